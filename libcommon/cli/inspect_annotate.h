/*
 * inspect_annotate.h - ipsec-inspect --annotate FILE: the capture again, with a comment on each packet.
 */
#ifndef CLI_INSPECT_ANNOTATE_H
#define CLI_INSPECT_ANNOTATE_H

#include "cli/cli.h"
#include "packet/pcap_in.h"
#include "report/diagnose.h"

/* An error if the inputs cannot be read a second time (pipes, interfaces). */
int inspect_annotate_check(const struct cli *cli, struct err *e);
/* Reads the inputs again; from, o: as the first time (its packet() is replaced), whose model still stands. */
int inspect_annotate(const char *path, const struct pcap_in_options *from, const struct model_options *o,
    const struct diagnoses *found, struct err *e);

#endif
