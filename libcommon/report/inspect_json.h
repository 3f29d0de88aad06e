/*
 * inspect_json.h - a model and its findings for programs: one object a line, man/ipsec-event.schema.json.
 *
 * In order: capture, peers, negotiations, SAs, tunnels, findings (worst first).  Evidence is frame numbers; where there
 * are several files, "file:frame".
 */
#ifndef REPORT_INSPECT_JSON_H
#define REPORT_INSPECT_JSON_H

#include "report/diagnose.h"

/* Single lines of it; shares of one capture (--shard) have different peers and SAs alone. */
void inspect_json_capture(FILE *to, const struct model *m);
void inspect_json_peer(FILE *to, const struct model_peer *p);
void inspect_json_negotiation(FILE *to, const struct model *m, const struct model_ike *k);
void inspect_json_sa(FILE *to, const struct model *m, const struct model_sa *sa);
void inspect_json_tunnel(FILE *to, const struct model *m, const struct model_tunnel *t);
/* Members: addresses and ports of both. */
void inspect_json_ends(FILE *to, const struct model_ike *k);
void inspect_json_peers(FILE *to, const struct model *m);
void inspect_json_tunnels(FILE *to, const struct model *m);
/* All.  Each kind in an order that does not depend on how the work was shared out. */
void inspect_json(FILE *to, const struct model *m, const struct diagnoses *ds);
/* {"type":"event","event":"finding",...}: one line, as findings come up. */
void inspect_json_finding(FILE *to, const struct model *m, const struct diagnosis *d);

#endif
