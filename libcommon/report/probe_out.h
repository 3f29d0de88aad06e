/*
 * probe_out.h - what a gateway answered to probes, for people and as a line of JSON.
 */
#ifndef REPORT_PROBE_OUT_H
#define REPORT_PROBE_OUT_H

#include "ike/probe.h"
#include "report/table.h"

struct probe_host {
	const char *name;		/* as it was asked for */
	struct session_path path;
	int64_t when, rtt;		/* ns; rtt of the first answer, -1: there was none */
	const char *trouble;		/* what the network said, or NULL */
};

int probe_print(const struct table_place *place, const struct probe_host *h, const struct probe_result *r, struct err *e);
/* {"type":"event","event":"ike-probe",...} */
void probe_json(FILE *to, const struct probe_host *h, const struct probe_result *r);

#endif
