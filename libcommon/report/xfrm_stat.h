/*
 * xfrm_stat.h - the counters of /proc/net/xfrm_stat: why Linux dropped packets,
 * and what to do about it (kernel documentation, networking/xfrm_proc).
 */
#ifndef REPORT_XFRM_STAT_H
#define REPORT_XFRM_STAT_H

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"
#include "report/finding.h"

/*
 * Lines "NAME NUMBER" among any other text; a finding for each counter that is not zero, also for one
 * that this program does not know.  name: of the source, for messages.  -1: not one counter is in it.
 */
int xfrm_stat_read(struct findings *f, const char *text, size_t n, const char *name, struct err *e);
/* Row i: the counter's name, or NULL past the last. */
const char *xfrm_stat_name(size_t i);

#endif
