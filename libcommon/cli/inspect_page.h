/*
 * inspect_page.h - ipsec-inspect --html FILE.
 */
#ifndef CLI_INSPECT_PAGE_H
#define CLI_INSPECT_PAGE_H

#include "cli/cli.h"
#include "packet/pcap_in.h"
#include "report/page.h"

/* Reads the inputs again, if they can be, for the lines of packets that findings point to; then writes the page.  from,
 * o: as the first time (its packet() is replaced), whose model m still stands. */
int inspect_page(const char *path, struct page *page, const struct pcap_in_options *from, const struct model_options *o,
    const struct model *m, const struct diagnoses *found, const struct page_options *po, struct err *e);

#endif
