#include "cli/ike_live_out.h"

#include <stdlib.h>
#include <string.h>

#include "ike/transport.h"
#include "packet/ip.h"
#include "packet/link.h"
#include "packet/udp.h"
#include "packet/udp_make.h"
#include "report/reason_out.h"
#include "report/session_event.h"
#include "sa/desc.h"

enum { RECORD_ROOM = PCAP_RECORD + UDP_MAKE_HEADERS + 65536, REKEYED_BITS = 32 };

static bool wants_events(const struct ike_live_out *x)
{
	return x->o->events || x->cli->json;
}

static void keep_trouble(struct ike_live_out *x, const struct err *e)
{
	if (!x->bad)
		x->trouble = *e;
	x->bad = true;
}

static int open_save(struct ike_live_out *x, struct err *e)
{
	const struct pcap_form form = { .dlt = LINKTYPE_RAW };

	if (x->o->save_file == NULL)
		return 0;
	if ((x->room = malloc(RECORD_ROOM)) == NULL)
		return err_nomem(e);
	if (cli_own_file(x->cli, "--save", x->o->save_file, e) < 0 || out_file_open(&x->save_place, x->o->save_file, true, e) < 0 ||
	    pcap_out_open(&x->save, x->save_place.fd, x->save_place.path, &form, e) < 0)
		return -1;
	x->save_open = true;
	/* it grows for as long as the session lives */
	return pcap_out_flush(&x->save, e) < 0 ? -1 : out_file_show(&x->save_place, e);
}

static int open_keylog(struct ike_live_out *x, struct err *e)
{
	const char *path = x->o->keylog_file;
	struct cli plain = *x->cli;

	if (path == NULL)
		return 0;
	if (cli_own_file(x->cli, "--keylog", path, e) < 0)
		return -1;
	plain.json_file = NULL;		/* another file than --json's */
	if (keyout_open(&x->keylog, &plain, path, e) < 0)
		return -1;
	x->keylog_out.to = x->keylog.to;
	return out_file_show(&x->keylog.file, e);
}

static int check_stdout(const struct ike_live_out *x, struct err *e)
{
	const struct ike_live_opts *o = x->o;
	bool save = o->save_file != NULL && cli_is_stdout(o->save_file);
	bool keylog = o->keylog_file != NULL && cli_is_stdout(o->keylog_file);

	if ((save || keylog) && x->cli->json_file == NULL)
		return err_set(e, "--%s and the descriptors both want stdout", save ? "save" : "keylog");
	if (o->save_file != NULL && o->keylog_file != NULL && strcmp(o->save_file, o->keylog_file) == 0)
		return err_set(e, "\"--save %s\" and \"--keylog %s\" ask for one file twice", o->save_file, o->keylog_file);
	return 0;
}

int ike_live_out_open(struct ike_live_out *x, struct cli *cli, const struct ike_live_opts *o, struct err *e)
{
	*x = (struct ike_live_out){ .cli = cli, .o = o, .desc = KEYOUT_INIT, .keylog = KEYOUT_INIT,
		.save_place = OUT_FILE_INIT };
	if (check_stdout(x, e) < 0 || (x->seen = refusals_new(true, e)) == NULL || keyout_open(&x->desc, cli, NULL, e) < 0)
		return -1;
	if (out_file_is_shared(&x->desc.file))
		cli_message(cli, 0, x->desc.file.path, "others can read this file, and descriptors hold keys: umask 077");
	return open_save(x, e) < 0 ? -1 : open_keylog(x, e);
}

void ike_live_out_clear(struct ike_live_out *x)
{
	refusals_free(x->seen);
	keyout_end(&x->desc);
	keyout_end(&x->keylog);
	if (x->save_open)
		pcap_out_clear(&x->save);
	out_file_abandon(&x->save_place);
	free(x->room);
}

void ike_live_out_flush(struct ike_live_out *x)
{
	struct err e;

	if (x->desc.to != NULL && fflush(x->desc.to) != 0) {
		err_sys(&e, "%s", x->desc.file.path);
		keep_trouble(x, &e);
	}
	if (x->keylog.to != NULL && fflush(x->keylog.to) != 0) {
		err_sys(&e, "%s", x->keylog.file.path);
		keep_trouble(x, &e);
	}
	if (x->save_open && !x->bad && pcap_out_flush(&x->save, &e) < 0)
		keep_trouble(x, &e);
}

int ike_live_out_close(struct ike_live_out *x, struct err *e)
{
	struct err late;
	int rc = 0;

	if (x->save_open && (pcap_out_flush(&x->save, &late) < 0 || out_file_close(&x->save_place, &late) < 0))
		keep_trouble(x, &late);
	if (x->keylog.to != NULL && keyout_close(&x->keylog, x->cli, false, &late) < 0)
		keep_trouble(x, &late);
	if (x->desc.to != NULL && keyout_close(&x->desc, x->cli, false, &late) < 0)
		keep_trouble(x, &late);
	if (x->bad) {
		*e = x->trouble;
		rc = -1;
	}
	return rc;
}

/* Raw ESP: made as UDP whose header is the packet's own first octets, which its ports and length are no more. */
static bool make_esp(struct wr *w, const struct udp_ends *ends, struct span esp)
{
	uint8_t *ip = w->p + w->n;
	size_t before = w->n;
	struct ip_view v;

	if (esp.n < UDP_HEADER || !udp_make(w, ends, (struct span){ esp.p + UDP_HEADER, esp.n - UDP_HEADER }) ||
	    ip_parse(&v, ip, w->n - before) != IP_OK)
		return false;
	memcpy(ip + v.payload, esp.p, UDP_HEADER);
	ip_fix(&v, ip, IPPROTO_ESP_, (uint32_t)(w->n - before));
	return true;
}

void ike_live_out_seen(void *arg, const struct session_path *path, bool sent, struct span datagram)
{
	struct ike_live_out *x = arg;
	struct wr w = wr_of(x->room, x->save_open ? RECORD_ROOM : 0);
	struct udp_ends ends = { path->local, path->remote, path->local_port, path->remote_port };
	struct err e;

	if (!x->save_open || x->bad)
		return;
	ends.src.family = path->remote.family;		/* not said: 0.0.0.0, :: */
	if (!sent)
		ends = (struct udp_ends){ ends.dst, ends.src, ends.dport, ends.sport };
	wr_hold(&w, PCAP_RECORD);
	if (!(path->local_port == 0 ? make_esp(&w, &ends, datagram) : udp_make(&w, &ends, datagram)))
		return;
	pcap_out_record(&x->save, x->room, transport_now(), (uint32_t)(w.n - PCAP_RECORD), (uint32_t)(w.n - PCAP_RECORD));
	if (pcap_out_write(&x->save, x->room, w.n, &e) < 0)
		keep_trouble(x, &e);
}

/* One direction, marked if its keys can be made again. */
static void write_desc(struct ike_live_out *x, const struct sa *sa)
{
	struct sa marked;
	struct err e;

	if (x->o->seed == NULL) {
		desc_write(x->desc.to, sa, true);
		return;
	}
	if (sa_copy(&marked, sa, &e) < 0) {
		keep_trouble(x, &e);
		return;
	}
	free(marked.insecure);
	if ((marked.insecure = strdup("seed")) != NULL)
		desc_write(x->desc.to, &marked, true);
	else if (err_nomem(&e) < 0)
		keep_trouble(x, &e);
	sa_clear(&marked);
}

static void write_keys(struct ike_live_out *x, const struct session_event *ev)
{
	struct keyset set = { 0 };
	struct err why;

	if (x->keylog.to == NULL || ev->ike->keys == NULL)
		return;
	set.k = *ev->ike->keys;
	if (keylog_write(&x->keylog_out, x->o->keylog_as, &set, &why) != 0)
		cli_message(x->cli, -1, NULL, "--keylog: %s", why.text);
	if (fflush(x->keylog.to) != 0) {
		err_sys(&why, "%s", x->keylog.file.path);
		keep_trouble(x, &why);
	}
}

static bool has_row(const struct reasons *rs, const char *id)
{
	for (unsigned i = 0; i < rs->n; i++)
		if (strcmp(rs->row[i].id, id) == 0)
			return true;
	return false;
}

/* What this end knows, and what the messages tell besides. */
static const struct reasons *merge_reasons(struct ike_live_out *x, const struct session_event *ev)
{
	const struct reasons *told = &x->last.rows;

	x->merged.n = 0;
	if (ev->why != NULL)
		x->merged = *ev->why;
	if (x->last.spi_i != ev->ike->spi_i)
		return &x->merged;
	for (unsigned i = 0; i < told->n && x->merged.n < REASONS_MAX; i++)
		if (!has_row(&x->merged, told->row[i].id))
			x->merged.row[x->merged.n++] = told->row[i];
	x->last.rows.n = 0;
	return &x->merged;
}

static void tell_words(struct ike_live_out *x, const struct session_event *ev, const struct reasons *why)
{
	char text[SESSION_EVENT_TEXT];
	int level = session_event_level(ev);

	if (level >= 0 && x->cli->verbose < level)
		return;
	session_event_words(text, ev);
	if (text[0] != '\0')
		cli_message(x->cli, level, NULL, "%s", text);
	if (why != NULL)
		reasons_print(stderr, 4, why);
}

void ike_live_out_listening(struct ike_live_out *x, const struct addr *local, uint16_t port, uint16_t natt_port)
{
	char text[ADDR_TEXT] = "*", time[TIME_TEXT];

	if (local->family != 0)
		addr_format(text, local);
	if (!wants_events(x)) {
		cli_message(x->cli, 0, NULL, "listening on %s, UDP ports %u and %u", text, port, natt_port);
		return;
	}
	fprintf(x->desc.to, "{\"type\":\"event\",\"event\":\"ike-listening\",\"time\":\"%s\",\"local\":\"%s\",\"port\":%u,"
	    "\"natt_port\":%u}\n", time_format(time, transport_now()), text, port, natt_port);
	ike_live_out_flush(x);
}

void ike_live_out_unreachable(struct ike_live_out *x, uint16_t port, const char *why)
{
	const struct session_ike ike = { .number = 1, .initiator = true, .path.remote_port = port };
	struct reasons reasons = { .n = 0 };
	const struct session_event ev = { .kind = SESSION_FAILED, .when = transport_now(), .ike = &ike, .why = &reasons, .text = "" };

	reason_advise(reason_add(&reasons, reason_unreachable, REASON_ERROR, "%s", why), "%s", reason_unreachable_advice);
	ike_live_out_event(x, &ev, 1);
}

void ike_live_out_event(struct ike_live_out *x, const struct session_event *ev, uint64_t number)
{
	bool failed = ev->kind == SESSION_FAILED || ev->kind == SESSION_CHILD_REFUSED;
	const struct reasons *why = failed ? merge_reasons(x, ev) : NULL;

	if (x->desc.to == NULL)
		return;
	if (ev->kind == SESSION_KEYS)
		write_keys(x, ev);
	if (wants_events(x))
		session_event_json(x->desc.to, ev, number, why);
	else
		tell_words(x, ev, why);
	if (ev->child != NULL && (ev->kind == SESSION_CHILD_UP || ev->kind == SESSION_CHILD_REKEYED)) {
		write_desc(x, &ev->child->out);
		write_desc(x, &ev->child->in);
	}
	if (x->desc.to != NULL && fflush(x->desc.to) != 0) {
		struct err e;

		err_sys(&e, "%s", x->desc.file.path);
		keep_trouble(x, &e);
	}
}

static struct follow_end end_of(const struct addr *a, uint16_t port)
{
	return (struct follow_end){ *a, port };
}

void ike_live_out_message(struct ike_live_out *x, const struct session_message *m, uint64_t number)
{
	const struct session_ike *ike = m->ike;
	const struct session_path *p = m->path;
	const uint64_t frame = ++x->messages;
	struct datagram d = { .kind = DATAGRAM_IKE, .body = m->m->wire, .whole = m->m->wire.n, .ns = m->when, .frame = &frame, .nframes = 1,
		.src = m->sent ? p->local : p->remote, .dst = m->sent ? p->remote : p->local,
		.sport = m->sent ? p->local_port : p->remote_port, .dport = m->sent ? p->remote_port : p->local_port };
	struct follow_sa sa = { .number = number + (ike->number << REKEYED_BITS), .version = 2, .spi_i = ike->spi_i,
		.spi_r = ike->spi_r, .keys = ike->keys != NULL ? FOLLOW_GOOD_KEYS : FOLLOW_NO_KEYS };
	struct follow_message fm = { .d = &d, .m = m->m, .sa = &sa, .from_initiator = ike_hdr_is_initiator(&m->m->hdr),
		.response = ike_hdr_is_response(&m->m->hdr), .verdict = m->verdict, .frame = &frame, .nframes = 1 };
	struct reasons rows;
	struct err e;

	sa.i = ike->initiator ? end_of(&p->local, p->local_port) : end_of(&p->remote, p->remote_port);
	sa.r = ike->initiator ? end_of(&p->remote, p->remote_port) : end_of(&p->local, p->local_port);
	if (ike->keys != NULL)
		sa.k = *ike->keys;
	if (m->again || refusals_message(x->seen, &fm, &rows, &e) < 0 || rows.n == 0)
		return;
	x->last.spi_i = ike->spi_i;
	x->last.rows = rows;
}
