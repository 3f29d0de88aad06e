#include "packet/pcap_in.h"

#include <sys/stat.h>
#include <unistd.h>

#include "packet/pcap_priv.h"

/* What a step of filling came to, beside the values of pcap_in_fill(). */
enum { FILL_END = 0, FILL_SOME = 1, FILL_WAIT = 2, FILL_MORE = 3 };

const char *pcap_in_name(const struct pcap_in *in, size_t i)
{
	if (in->o.iface != NULL)
		return i == 0 ? in->o.iface : "";
	if (i >= in->o.nfiles)
		return "";
	if (in->o.files == NULL)
		return "memory";
	return strcmp(in->o.files[i], "-") == 0 ? "stdin" : in->o.files[i];
}

void pcap_in_hold(struct pcap_in *in, struct err *e)
{
	err_in(e, "%s: packet %llu", pcap_in_name(in, in->file),
	    (unsigned long long)in->number + 1);
	in->err = *e;
	in->failed = true;
}

int pcap_in_give(struct pcap_in *in, struct batch *b, struct err *e)
{
	struct packet *k = &b->pkt[b->n];
	int pass;

	if (in->filter != NULL && (pass = filter_pass(in->filter, k, e)) <= 0) {
		in->number += pass == 0;
		return pass;
	}
	if (in->mapped)
		pcap_map_look_ahead(in);
	k->number = ++in->number;
	k->file = (uint16_t)in->file;
	b->bytes += k->caplen;
	b->n++;
	if (in->o.count > 0 && --in->left == 0)
		in->ended = true;
	return 0;
}

const struct pcap_form *pcap_in_form(const struct pcap_in *in)
{
	return &in->form;
}

static int walk(struct pcap_in *in, struct batch *b, struct err *e)
{
	return in->kind == PCAP_CLASSIC ? classic_walk(in, b, e) : ng_walk(in, b, e);
}

/* The input has no more bytes: on to the next one, unless it broke off. */
static int next_input(struct pcap_in *in, bool wait, struct err *e)
{
	const struct window *w = &in->win;
	int rc;

	if (w->n > 0 || in->ng.total > 0) {
		/* of a block that is being skipped only the rest is still wanted */
		uint64_t gone = in->ng.total > 0 ? in->ng.total - w->want : 0;

		err_data(e, "cut: found %llu of %llu bytes", (unsigned long long)(gone + w->n),
		    (unsigned long long)(gone + w->want));
		pcap_in_hold(in, e);
		return FILL_MORE;
	}
	if (in->file + 1 >= in->o.nfiles) {
		in->ended = true;
		return FILL_END;
	}
	if (!wait)
		return FILL_WAIT;	/* opening a FIFO waits for its writer */
	in->file++;
	rc = pcap_in_start(in, e);
	if (rc == SOURCE_STOPPED)
		in->ended = true;
	if (rc == SOURCE_FAILED) {
		in->err = *e;
		in->failed = true;
	}
	return FILL_MORE;
}

static int read_on(struct pcap_in *in, bool wait, struct err *e)
{
	ssize_t got = pcap_in_read(in, BATCH_BLOCK, wait, e);

	if (got == 0)
		return next_input(in, wait, e);
	if (got == SOURCE_WAIT)
		return FILL_WAIT;
	if (got == SOURCE_STOPPED)
		in->ended = true;
	if (got == SOURCE_FAILED)
		pcap_in_hold(in, e);
	return FILL_MORE;
}

static int map_on(struct pcap_in *in, struct batch *b, struct err *e)
{
	if (pcap_map_window(in, b, e) < 0)
		pcap_in_hold(in, e);
	return FILL_MORE;
}

static int step(struct pcap_in *in, struct batch *b, bool wait, struct err *e)
{
	if (in->failed) {
		*e = in->err;
		return -1;
	}
	if (in->ended || source_is_stopped(&in->src))
		return FILL_END;
	if (walk(in, b, e) < 0)
		pcap_in_hold(in, e);
	if (b->n > 0)
		return FILL_SOME;
	if (in->failed || in->ended)
		return FILL_MORE;
	return in->mapped ? map_on(in, b, e) : read_on(in, wait, e);
}

static int fill_live(struct pcap_in *in, struct batch *b, bool wait, struct err *e)
{
	int rc;

	if (in->failed) {
		*e = in->err;
		return -1;
	}
	if (in->ended)
		return FILL_END;
	rc = live_fill(in, b, wait, e);
	if (rc == SOURCE_FAILED) {
		in->err = *e;
		in->failed = true;
	}
	if (b->n > 0)
		return FILL_SOME;
	return rc == SOURCE_WAIT ? FILL_WAIT : rc == SOURCE_STOPPED ? FILL_END : -1;
}

/* The window moves out of the batch. */
static void carry(struct pcap_in *in)
{
	struct window *w = &in->win;

	memcpy(in->carry, w->p, w->n);
	w->p = in->buf = in->carry;
}

void pcap_in_took(struct pcap_in *in, struct batch *b)
{
	if (b->raw == NULL)
		return;
	b->bytes = b->raw_n - b->n * BATCH_RECORD;
	in->number += b->n;
	window_skip(&in->win, b->raw_n);
	carry(in);
}

static int fill(struct pcap_in *in, struct batch *b, bool wait, struct err *e)
{
	struct window *w = &in->win;
	int rc;

	b->n = 0;
	b->bytes = 0;
	b->stamp = BATCH_NO_STAMP;
	b->raw = NULL;
	pcap_map_leave(in, b);
	if (in->live != NULL)
		return fill_live(in, b, wait, e);
	in->buf = b->buf;
	w->p = memcpy(b->buf + window_at(w->n), w->p, w->n);
	if (in->mapped && !in->failed)
		map_on(in, b, e);
	while ((rc = step(in, b, wait, e)) == FILL_MORE)
		continue;
	if (in->mapped)
		pcap_map_stay(in, b);
	if (b->raw == NULL)
		carry(in);
	return rc;
}

int pcap_in_fill(struct pcap_in *in, struct batch *b, struct err *e)
{
	if (in->ahead.n > 0) {
		struct batch t = *b;

		*b = in->ahead;
		in->ahead = t;
		in->ahead.n = 0;
		return FILL_SOME;
	}
	return fill(in, b, true, e);
}

int pcap_in_each(struct pcap_in *in, packet_fn *give, void *arg, struct err *e)
{
	struct batch b = { 0 };
	int rc = batch_init(&b, e);

	while (rc == 0 && (rc = pcap_in_fill(in, &b, e)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < b.n; i++)
			rc = give(arg, &b.pkt[i], e);
	}
	batch_clear(&b);
	return rc;
}

bool pcap_in_ready(struct pcap_in *in)
{
	struct err e;

	if (in->ahead.n > 0 || in->failed || in->ended || source_is_stopped(&in->src) ||
	    in->src.regular)
		return true;
	/* an end or an error is kept and comes again */
	return fill(in, &in->ahead, false, &e) != FILL_WAIT;
}

int pcap_in_fd(const struct pcap_in *in)
{
	if (in->live != NULL)
		return live_fd(in->live);
	return in->src.regular ? -1 : in->src.fd;
}

bool pcap_in_is_live(const struct pcap_in *in)
{
	return in->live != NULL || !in->src.regular;
}

bool pcap_in_is_files(const struct pcap_in *in)
{
	struct stat st;

	if (in->live != NULL || in->o.fd != NULL)
		return false;
	for (size_t i = 0; in->files != NULL && i < in->o.nfiles; i++)
		if ((strcmp(in->files[i], "-") == 0 ? fstat(STDIN_FILENO, &st) : stat(in->files[i], &st)) < 0 || !S_ISREG(st.st_mode))
			return false;
	return true;
}

void pcap_in_lazy(struct pcap_in *in)
{
	in->lazy = true;
}

void pcap_in_stop(struct pcap_in *in)
{
	in->stop = 1;
}

uint64_t pcap_in_dropped(struct pcap_in *in)
{
	return in->live != NULL ? live_dropped(in->live) : 0;
}
