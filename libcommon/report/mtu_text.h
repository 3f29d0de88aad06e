/*
 * mtu_text.h - where the bytes of packets go, as a picture in text, a table or
 * JSON.
 */
#ifndef REPORT_MTU_TEXT_H
#define REPORT_MTU_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "sa/sad.h"

/* What is asked: of packets through a link, or of inner packets of first to last bytes (link 0). */
struct mtu_plan {
	uint32_t link, first, last;
	unsigned ah_align;		/* 4 or 8 */
	bool wesp, table, json;
	size_t width;
	/* told about SAs of which too little is known */
	void (*left_out)(void *arg, const struct sa *sa, const char *why);
	void *arg;
};

/* Every SA, those of one bundle together.  1: some were left out; -1: failed. */
int mtu_text(FILE *to, const struct sad *sad, const struct mtu_plan *plan, struct err *e);
/* A table of every suite through a link, IPv4 and IPv6, with and without UDP. */
int mtu_suites(FILE *to, const struct mtu_plan *plan, struct err *e);

#endif
