/* page_priv.h - inside report/page*.c: the parts of the page. */
#ifndef REPORT_PAGE_PRIV_H
#define REPORT_PAGE_PRIV_H

#include "report/page.h"

struct page_writing {
	FILE *to;
	const struct page *p;
	const struct model *m;
	const struct diagnoses *ds;
	const struct page_options *o;
};

/* Of each there is no section where there is nothing to show. */
void page_hosts(const struct page_writing *w);
void page_negotiations(const struct page_writing *w);
void page_tunnels(const struct page_writing *w);
/* That there are some of what: "further hosts". */
void page_left_out(FILE *to, bool some, const char *what);

#endif
