/*
 * page_svg.h - the pictures of ipsec-inspect's page: static SVG, readable without scripts.
 */
#ifndef REPORT_PAGE_SVG_H
#define REPORT_PAGE_SVG_H

#include <stdio.h>

#include "report/page.h"

/* Sequence numbers over time, lost packets marked. */
void page_svg_sequence(FILE *to, const struct model_sa *sa);
/* Octets a second over time. */
void page_svg_rate(FILE *to, const struct model_sa *sa);
/* When each SA of a tunnel carried packets, both directions; ike: its negotiations as marks. */
void page_svg_timeline(FILE *to, const struct model *m, const struct model_tunnel *t);
/* The messages of a negotiation, n of them. */
void page_svg_ladder(FILE *to, const struct model_ike *k, const struct page *p);

#endif
