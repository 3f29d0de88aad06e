/*
 * filter.h - what the tools that turn packets into packets do alike: SAs, packets
 * in, the flow, packets out, one packet as --hex, --expect.
 *
 * A tool's own state begins with a struct filter, so that the stages' callbacks
 * serve both.
 */
#ifndef CLI_FILTER_H
#define CLI_FILTER_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/sas.h"
#include "crypto/engine.h"
#include "packet/flow.h"
#include "packet/link.h"
#include "packet/pcap_out.h"

/* The tool's three stages, as struct flow wants them. */
struct filter_stages {
	void *arg;
	size_t side_size;
	int (*claim)(void *arg, struct unit *u, struct err *e);
	void (*work)(void *arg, struct unit *u, unsigned worker);
	int (*settle)(void *arg, struct unit *u, struct err *e);
	void (*unit_clear)(void *arg, struct unit *u);
	/* what is left at the end of the input; or NULL */
	int (*finish)(void *arg, struct err *e);
};

struct filter {
	struct cli cli;
	struct sas sas;
	struct pcap_in *in;
	struct pcap_out out;
	struct out_file file;
	struct flow flow;
	struct progress progress;
	struct filter_stages stages;
	uint64_t expect;		/* --expect */
	uint64_t packets, bytes;	/* settled */
	bool hex, out_open;
};

#define FILTER_INIT { .file = OUT_FILE_INIT }

/* The value of --expect, and of --engine, which must be there. */
int filter_expect(struct filter *f, struct err *e);
int filter_engine(struct filter *f, enum engine_kind *kind, struct err *e);

/* Opens the SA files; needed: there must be one.  Streams are not read yet. */
int filter_open_sas(struct filter *f, bool needed, bool follow, struct err *e);
/* True if packets come as they happen. */
bool filter_is_live(const struct filter *f);
/* Opens input and output; raw: the output has no link-layer headers. */
int filter_open(struct filter *f, bool raw, struct err *e);
/* Not zero once the program is to stop. */
const volatile sig_atomic_t *filter_stopped(void);
/* Runs to the end of the input; everything that was done is written, also when that breaks off. */
int filter_run(struct filter *f, const struct filter_stages *stages, struct err *e);
/* One packet on stdin, cap bytes at most, *n of them. */
int filter_read_hex(struct filter *f, uint8_t *bytes, size_t cap, size_t *n, struct err *e);
/* Gives out records: to the output, or as hex without their headers; arg is the filter. */
int filter_emit(void *arg, const uint8_t *p, size_t n, struct err *e);
int filter_emit_hex(void *arg, const uint8_t *p, size_t n, struct err *e);
/* A note about an SA file; arg is the filter. */
void filter_note(void *arg, const char *where, const char *text);
/* The name of the file that a packet came from. */
const char *filter_name(const struct filter *f, const struct packet *p);
/* The exit status given the one so far: done packets fewer than --expect are a failure. */
int filter_status(struct filter *f, int status, uint64_t done, const char *word);
/* With -v how many SAs each engine served, with another one their versions. */
void filter_say_engines(struct filter *f, const unsigned served[ENGINE_COUNT]);
void filter_end(struct filter *f);

#endif
