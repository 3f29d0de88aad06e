/*
 * page_text.h - text and data in a page, so that nobody can break out of it.
 */
#ifndef REPORT_PAGE_TEXT_H
#define REPORT_PAGE_TEXT_H

#include <stdio.h>

#include "base/rd.h"

/* Somebody else's text between tags or in a quoted attribute: & < > " ' as references, controls and bad UTF-8 as \xNN. */
void page_text(FILE *to, const char *text);
/* JSON that was made already, inside of <script type="application/json">: < > & as \uNNNN, which in JSON stand in strings alone. */
void page_json(FILE *to, struct span json);

#endif
