/*
 * inspect_read.h - the packets of captures into a model, read a few batches ahead where that can be (pcap_ahead.h).
 */
#ifndef CLI_INSPECT_READ_H
#define CLI_INSPECT_READ_H

#include "packet/pcap_in.h"
#include "report/model.h"

/* Called before each batch, with what the one before had (all zero at first); -1 ends the reading. */
typedef int inspect_before_fn(void *arg, uint64_t packets, uint64_t bytes, struct err *e);

/* All of in to m; before may be NULL. */
int inspect_read(struct pcap_in *in, struct model *m, inspect_before_fn *before, void *arg, struct err *e);
/* All that o names to a model of its own. */
int inspect_read_again(const struct pcap_in_options *o, const struct model_options *mo, struct err *e);

#endif
