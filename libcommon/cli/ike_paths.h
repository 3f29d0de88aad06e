/*
 * ike_paths.h - where the other end may be: "gw.example", "192.0.2.1", "fe80::1%eth0" or several of them with commas
 * between ("gw1.example,gw2.example"), and the address of this end to reach each from.
 *
 * All addresses of a name, in the system's order (RFC 6724); what there is no way to is left out.  A name of several that cannot
 * be found is told, and passed over.  Ports are the caller's to fill in.
 */
#ifndef CLI_IKE_PATHS_H
#define CLI_IKE_PATHS_H

#include "cli/cli.h"
#include "ike/session_conf.h"

/* What was asked for: an address of this end (family 0: what the system takes), a family (0: either). */
struct ike_paths_from { struct addr local; uint32_t scope; int family; };

/* How many there are, at most max; -1: none, e says why not the last one. */
int ike_paths_find(struct cli *cli, const char *hosts, const struct ike_paths_from *from, struct session_path *out, unsigned max,
    struct err *e);

#endif
