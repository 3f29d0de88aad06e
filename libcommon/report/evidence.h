/*
 * evidence.h - how often something was seen in a capture, and in which packets: the first ones and the last.
 *
 * A plain value, all zero at first; the places are taken with the first packet.  Without memory only the count goes on.
 */
#ifndef REPORT_EVIDENCE_H
#define REPORT_EVIDENCE_H

#include <stdint.h>
#include <stdlib.h>

enum { EVIDENCE_KEPT = 10 };

struct seen_at { uint16_t file; uint64_t frame; int64_t ns; };	/* frame 0: nowhere */
struct evidence { uint64_t n; unsigned kept; struct seen_at *at; };

static inline void evidence_add(struct evidence *ev, struct seen_at at)
{
	ev->n++;
	if (ev->at == NULL && (ev->at = calloc(EVIDENCE_KEPT, sizeof *ev->at)) == NULL)
		return;
	ev->at[ev->kept < EVIDENCE_KEPT ? ev->kept++ : EVIDENCE_KEPT - 1] = at;
}

static inline void evidence_clear(struct evidence *ev)
{
	free(ev->at);
	*ev = (struct evidence){ 0 };
}

#endif
