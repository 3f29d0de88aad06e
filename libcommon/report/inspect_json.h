/*
 * inspect_json.h - a model and its findings for programs: one object a line, man/ipsec-event.schema.json.
 *
 * In order: capture, peers, negotiations, SAs, tunnels, findings (worst first).  Evidence is frame numbers; where there
 * are several files, "file:frame".
 */
#ifndef REPORT_INSPECT_JSON_H
#define REPORT_INSPECT_JSON_H

#include "report/diagnose.h"

void inspect_json(FILE *to, const struct model *m, const struct diagnoses *ds);
/* {"type":"event","event":"finding",...}: one line, as findings come up. */
void inspect_json_finding(FILE *to, const struct model *m, const struct diagnosis *d);
/* {"type":"event","event":"packet",...} of ipsec-inspect --packets --json. */
void inspect_json_packet(FILE *to, const struct model_packet *p);

#endif
