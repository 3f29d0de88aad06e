#include <stdlib.h>

#include "packet/pcap_priv.h"

ssize_t pcap_in_read(struct pcap_in *in, size_t most, bool wait, struct err *e)
{
	struct window *w = &in->win;
	size_t room = BATCH_CAP - w->n - (size_t)(w->p - in->buf);
	ssize_t got;

	if (room < most && room < BATCH_BLOCK / 2) {
		memmove(in->buf + window_at(w->n), w->p, w->n);
		w->p = in->buf + window_at(w->n);
		room = BATCH_CAP - w->n - window_at(w->n);
	}
	got = source_read(&in->src, w->p + w->n, room < most ? room : most, wait, e);
	if (got > 0)
		w->n += (size_t)got;
	return got;
}

/* Reads until the window has n bytes or the input ends: 0, SOURCE_FAILED or SOURCE_STOPPED. */
static int window_want(struct pcap_in *in, size_t n, struct err *e)
{
	ssize_t got = 1;

	while (in->win.n < n && got > 0)
		got = pcap_in_read(in, SOURCE_FIRST - in->win.n, true, e);
	return got < 0 ? (int)got : 0;
}

static int not_a_capture(const struct window *w, struct err *e)
{
	static const char wanted[] = "wanted a pcap or pcapng capture";
	size_t i = 0;

	if (w->n == 0)
		return err_data(e, "empty, %s", wanted);
	while (i < w->n && strchr(" \t\r\n", w->p[i]) != NULL && w->p[i] != '\0')
		i++;
	if ((i < w->n && w->p[i] == '{') || (w->n - i >= 4 && memcmp(w->p + i, "src ", 4) == 0))
		return err_data(e, "looks like SA descriptors (they are read with --sa), %s",
		    wanted);
	if (w->n < 4)
		return err_data(e, "found %zu bytes, %s", w->n, wanted);
	return err_data(e, "found 0x%08x at its start, %s", load_be32(w->p), wanted);
}

static int recognise(struct pcap_in *in, struct err *e)
{
	static const uint8_t section[4] = { 0x0a, 0x0d, 0x0d, 0x0a };
	struct window *w = &in->win;
	int rc;

	if ((rc = window_want(in, 4, e)) < 0)
		return rc;
	if (w->n >= 2 && w->p[0] == 0x1f && w->p[1] == 0x8b) {
		if (source_gunzip(&in->src, w->p, w->n, e) < 0)
			return -1;
		w->n = 0;
		if ((rc = window_want(in, 4, e)) < 0)
			return rc;
	}
	if (w->n >= 4 && memcmp(w->p, section, 4) == 0) {
		in->kind = PCAP_NG;
		return 0;
	}
	if (w->n < 4 || !classic_is_magic(w->p))
		return not_a_capture(w, e);
	in->kind = PCAP_CLASSIC;
	if ((rc = window_want(in, 24, e)) < 0)
		return rc;
	return classic_open(in, e);
}

int pcap_in_start(struct pcap_in *in, struct err *e)
{
	struct source *s = &in->src;
	int rc = 0;

	source_close(s);
	ng_clear(&in->ng);
	in->kind = PCAP_NONE;
	in->number = 0;
	in->win = (struct window){ .p = in->buf };
	if (in->mems != NULL) {
		s->mem = in->mems[in->file];
		s->step = in->step;
		s->regular = true;
	} else if (in->o.fd != NULL) {
		rc = source_borrow(s, *in->o.fd, pcap_in_name(in, in->file), e);
	} else {
		rc = source_open(s, in->o.files[in->file], e);
	}
	if (rc < 0)
		return rc;
	if (!s->regular && in->ahead.buf == NULL && batch_init(&in->ahead, e) < 0)
		return -1;
	rc = recognise(in, e);
	if (rc == SOURCE_FAILED)
		err_in(e, "%s", pcap_in_name(in, in->file));
	in->map = NULL;
	in->alike = 0;
	in->mapped = in->o.map && s->ours && s->regular && s->gz == NULL;
	return rc;
}

/* Up to the first packet, for its interface.  An error behind the section header can wait. */
static int first_interface(struct pcap_in *in, struct err *e)
{
	ssize_t got = 1;
	int rc = 0;

	while (got > 0 && (rc = ng_walk_head(in, e)) == 0)
		got = pcap_in_read(in, BATCH_BLOCK, true, e);
	if (got == SOURCE_STOPPED)
		return SOURCE_STOPPED;
	if (rc < 0 || got < 0) {
		if (!in->ng.section)
			return err_in(e, "%s", pcap_in_name(in, 0));
		pcap_in_hold(in, e);
	}
	ng_form(in, &in->form);
	return 0;
}

static int open_first(struct pcap_in *in, struct err *e)
{
	int rc;

	if (in->o.iface != NULL) {
		in->live = live_open(&in->o, &in->form, e);
		return in->live != NULL ? batch_init(&in->ahead, e) : -1;
	}
	in->buf = in->carry = malloc(BATCH_CAP);
	if (in->carry == NULL)
		return err_nomem(e);
	if (in->mems == NULL) {
		in->files = calloc(in->o.nfiles, sizeof *in->files);
		if (in->files == NULL)
			return err_nomem(e);
		for (size_t i = 0; in->o.files != NULL && i < in->o.nfiles; i++)
			in->files[i] = in->o.files[i];
		in->o.files = in->files;
	}
	if ((rc = pcap_in_start(in, e)) < 0)
		return rc;
	if (in->kind == PCAP_NG && in->o.fd == NULL && (rc = first_interface(in, e)) < 0)
		return rc;
	if (in->kind == PCAP_CLASSIC)
		in->form = (struct pcap_form){
			.swapped = in->classic.big != host_is_big(),
			.nano = in->classic.unit == 1,
			.snaplen = in->classic.snaplen,
			.dlt = in->classic.dlt,
		};
	return 0;
}

static struct pcap_in *open_any(const struct pcap_in_options *o, const struct span *mems,
    size_t step, struct err *e)
{
	struct pcap_in *in = calloc(1, sizeof *in);
	int rc;

	if (in == NULL) {
		err_nomem(e);
		return NULL;
	}
	*in = (struct pcap_in){ .o = *o, .mems = mems, .step = step, .left = o->count,
	    .form = { .dlt = 1 } };
	in->src = (struct source){ .fd = -1, .stop = { &in->stop, o->stop } };
	rc = open_first(in, e);
	if (rc == SOURCE_STOPPED)
		in->ended = true;
	else if (rc < 0)
		goto bad;
	if (in->form.snaplen == 0)
		in->form.snaplen = BATCH_SNAP;
	if (o->filter != NULL && o->iface == NULL) {
		in->filter = filter_new(o->filter, e);
		if (in->filter == NULL || filter_prepare(in->filter, in->form.dlt, e) < 0)
			goto bad;
	}
	return in;
bad:
	pcap_in_close(in);
	return NULL;
}

struct pcap_in *pcap_in_open(const struct pcap_in_options *o, struct err *e)
{
	if (o->iface == NULL && (o->nfiles == 0 || o->nfiles > UINT16_MAX)) {
		err_set(e, "found %zu inputs, wanted 1 to %d", o->nfiles, UINT16_MAX);
		return NULL;
	}
	return open_any(o, NULL, 0, e);
}

struct pcap_in *pcap_in_open_mem(const struct span *mems, size_t n, size_t step,
    const struct pcap_in_options *o, struct err *e)
{
	struct pcap_in_options own = *o;

	own.files = NULL;
	own.nfiles = n;
	return open_any(&own, mems, step, e);
}

void pcap_in_close(struct pcap_in *in)
{
	if (in == NULL)
		return;
	source_close(&in->src);
	live_close(in->live);
	filter_free(in->filter);
	ng_clear(&in->ng);
	pcap_map_close(in);
	batch_clear(&in->ahead);
	free(in->carry);
	free(in->files);
	free(in);
}
