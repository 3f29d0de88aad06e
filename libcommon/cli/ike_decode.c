#include "cli/ike_decode.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ike_explain.h"
#include "cli/keyout.h"
#include "cli/keys_in.h"
#include "cli/psk_in.h"
#include "cli/tell.h"
#include "ike/clear.h"
#include "ike/follow.h"
#include "ike/keylog.h"
#include "packet/link.h"
#include "packet/pcap_out.h"
#include "packet/udp_make.h"
#include "report/ike_event.h"
#include "report/ike_ladder.h"
#include "sa/desc.h"

enum { KEY_FULL = 256, KEY_PRINT_SA, KEY_PSK, KEY_KEYLOG, KEY_KEYLOG_FORMAT, KEY_CLEAR };
enum { PSK_MAX = 4096, CLEAR_ROOM = 66 * 1024 };

struct decode {
	struct cli *cli;
	struct keys_in keys;
	struct ike_ladder ladder;
	struct follow *follow;
	struct ike_explain why;
	bool print_sa;
	struct { uint64_t messages, opened, no_key, failed; } tally;
	struct arena arena;		/* psk */
	const char *psk_file, *keylog_file, *clear_file;
	struct secret psk;
	const struct keylog *keylog_as;
	struct keyout keylog;
	struct format_out keylog_out;
	struct out_file clear_place;
	struct pcap_out clear;
	bool clear_open;
};

static volatile sig_atomic_t stopped;

static void stop(void *arg)
{
	(void)arg;
	stopped = 1;
}

/* The message as one packet without encryption. */
static int write_clear(struct decode *d, const struct follow_message *m, struct err *e)
{
	static const uint8_t marker[4];
	static uint8_t message[CLEAR_ROOM], packet[PCAP_RECORD + CLEAR_ROOM];
	struct wr in = wr_of(message, sizeof message), w = wr_of(packet, sizeof packet);
	struct udp_ends ends = { m->d->src, m->d->dst, m->d->sport, m->d->dport };

	if (m->fragments > 0 && !m->whole)
		return 0;
	if (m->d->marker)
		wr_span(&in, (struct span){ marker, sizeof marker });
	if (m->m != NULL)
		ike_clear(m->m, &in);
	else
		wr_span(&in, m->d->body);
	wr_hold(&w, PCAP_RECORD);
	if (!wr_ok(&in) || !udp_make(&w, &ends, (struct span){ message, in.n })) {
		cli_message(d->cli, 0, NULL, "packet %llu: the decrypted message does not fit into a datagram",
		    (unsigned long long)m->frame[m->nframes - 1]);
		return 0;
	}
	pcap_out_record(&d->clear, packet, m->d->ns, (uint32_t)(w.n - PCAP_RECORD), (uint32_t)(w.n - PCAP_RECORD));
	return pcap_out_write(&d->clear, packet, w.n, e);
}

static int take_message(void *arg, const struct follow_message *m, struct err *e)
{
	struct decode *d = arg;

	d->tally.messages++;
	d->tally.opened += m->m != NULL && m->m->opened;
	d->tally.no_key += m->verdict == V_NO_KEY;
	d->tally.failed += (m->verdict != V_OK && m->verdict != V_NO_KEY) || m->auth == FOLLOW_FORGED ||
	    (m->m != NULL && ike_faults_damage(&m->m->faults));
	if (d->cli->json)
		ike_event_json(tell_place(d->cli), m);
	else if (!d->print_sa)
		ike_ladder_message(&d->ladder, m);
	if (ike_explain_message(&d->why, m, e) < 0)
		return -1;
	return d->clear_open ? write_clear(d, m, e) : 0;
}

static int take_child(void *arg, struct sa *sa, const struct follow_sa *of, enum follow_news news, struct err *e)
{
	struct decode *d = arg;

	(void)e;
	if (d->print_sa)
		desc_write(stdout, sa, true);
	else if (!d->cli->json)
		ike_ladder_child(&d->ladder, sa, of, news);
	return 0;
}

static int take_keys(void *arg, const struct follow_sa *sa, struct err *e)
{
	struct decode *d = arg;
	struct keyset set = { .k = sa->k, .file = sa->set_file };
	struct err why;

	(void)e;
	if (d->keylog_as != NULL && d->keylog_file != NULL && keylog_write(&d->keylog_out, d->keylog_as, &set, &why) != 0)
		cli_message(d->cli, -1, NULL, "--keylog: IKE SA %llu: %s", (unsigned long long)sa->number, why.text);
	return 0;
}

static void take_note(void *arg, const char *text)
{
	cli_message(((struct decode *)arg)->cli, 0, NULL, "%s", text);
}

static int take_datagram(void *arg, const struct datagram *d, struct err *e)
{
	struct follow *f = ((struct decode *)arg)->follow;

	if (d->kind == DATAGRAM_ESP)
		return follow_esp(f, d, e);
	return d->kind == DATAGRAM_IKE ? follow_push(f, d, e) : 0;
}

/* What has come so far is to be seen before more is waited for. */
static int flush(struct decode *d, struct err *e)
{
	if (fflush(stdout) != 0)
		return err_sys(e, "stdout");
	if (d->cli->json_out != NULL)
		fflush(d->cli->json_out);
	return d->clear_open ? pcap_out_flush(&d->clear, e) : 0;
}

/* All packets of the input. */
static int read_packets(struct decode *d, struct pcap_in *in, struct err *e)
{
	struct datagrams *t = datagrams_new(NULL, take_datagram, d, e);
	struct batch b = { 0 };
	struct err late;
	int rc = t != NULL ? batch_init(&b, e) : -1;

	while (rc == 0 && (rc = pcap_in_fill(in, &b, e)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < b.n; i++)
			rc = datagrams_push(t, &b.pkt[i], e);
		if (rc == 0 && !pcap_in_ready(in))
			rc = flush(d, e);
	}
	if (t != NULL && (datagrams_end(t, &late) < 0 || flush(d, &late) < 0) &&
	    rc == 0) {
		*e = late;
		rc = -1;
	}
	batch_clear(&b);
	datagrams_free(t);
	return rc;
}

/* A file that holds the key and perhaps a line end. */
static int read_psk(struct decode *d, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (d->psk_file == NULL)
		return 0;
	if (io_read_all(d->psk_file, PSK_MAX, &text, &n, e) < 0)
		return -1;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	rc = n > 0 ? psk_in_key(&d->arena, &d->psk, text, n, e) : err_set(e, "found no pre-shared key");
	if (rc < 0)
		err_in(e, "%s", d->psk_file);
	wipe(text, n);
	free(text);
	return rc;
}

static int open_outputs(struct decode *d, struct err *e)
{
	const struct pcap_form form = { .dlt = LINKTYPE_RAW };

	if (cli_json_open(d->cli, d->clear_file != NULL && cli_is_stdout(d->clear_file), e) < 0)
		return -1;
	if (d->keylog_file != NULL) {
		if (cli_own_file(d->cli, "--keylog", d->keylog_file, e) < 0 ||
		    keyout_open(&d->keylog, d->cli, d->keylog_file, e) < 0)
			return -1;
		d->keylog_out.to = d->keylog.to;
	}
	if (d->clear_file == NULL)
		return 0;
	if (cli_own_file(d->cli, "--write-decrypted", d->clear_file, e) < 0 ||
	    out_file_open(&d->clear_place, d->clear_file, true, e) < 0 ||
	    pcap_out_open(&d->clear, d->clear_place.fd, d->clear_place.path, &form, e) < 0)
		return -1;
	d->clear_open = true;
	return 0;
}

static int close_outputs(struct decode *d, struct err *e)
{
	if (d->keylog_file != NULL && keyout_close(&d->keylog, d->cli, true, e) < 0)
		return -1;
	return d->clear_open ? out_file_close(&d->clear_place, e) : 0;
}

/* What there was, in one line. */
static void sum_up(struct decode *d)
{
	unsigned long long messages = d->tally.messages, sas = follow_count(d->follow), opened = d->tally.opened,
	    no_key = d->tally.no_key, failed = d->tally.failed;

	if (d->cli->json)
		fprintf(tell_place(d->cli), "{\"type\":\"event\",\"event\":\"summary\",\"messages\":%llu,"
		    "\"ike_sas\":%llu,\"opened\":%llu,\"no_key\":%llu,\"failed\":%llu}\n", messages, sas, opened, no_key,
		    failed);
	if (!d->cli->json || tell_place(d->cli) != stderr)
		cli_message(d->cli, 0, NULL, "%llu messages, %llu IKE SAs: %llu opened, %llu without a key, %llu failed",
		    messages, sas, opened, no_key, failed);
}

static int decode(struct decode *d, struct err *e)
{
	struct cli *cli = d->cli;
	struct pcap_in_options o = { .files = cli->read, .nfiles = cli->nread, .iface = cli->iface,
		.filter = cli->filter, .count = cli->count, .stop = &stopped };
	struct follow_options f = { .ring = &d->keys.ring, .psk = &d->psk, .arg = d, .message = take_message,
		.child = take_child, .keys = take_keys, .note = take_note };
	struct pcap_in *in;
	int rc;

	cli_on_stop(1, stop, NULL);
	if (keys_in_read(&d->keys, cli, e) < 0 || read_psk(d, e) < 0 || open_outputs(d, e) < 0)
		return -1;
	f.sad = d->keys.sad;
	if ((in = pcap_in_open(&o, e)) == NULL)
		return -1;
	if (ike_explain_init(&d->why, cli->json ? tell_place(cli) : d->print_sa ? NULL : stdout, cli->json, e) < 0) {
		pcap_in_close(in);
		return -1;
	}
	d->ladder.to = stdout;
	d->ladder.width = io_width(STDOUT_FILENO);
	d->ladder.color = cli_wants_color(cli, STDOUT_FILENO);
	rc = (d->follow = follow_new(&f, e)) != NULL ? read_packets(d, in, e) : -1;
	if (rc == 0)
		rc = ike_explain_end(&d->why, e);
	if (rc == 0)
		sum_up(d);
	ike_explain_clear(&d->why);
	follow_free(d->follow);
	pcap_in_close(in);
	if (rc == 0)
		rc = close_outputs(d, e);
	return rc < 0 ? -1 : d->tally.failed > 0 || d->why.refused > 0;
}

const struct opt ike_decode_rows[] = {
	{ KEY_FULL, "full", NULL, "every payload with all it holds" },
	{ KEY_PRINT_SA, "print-sa", NULL, "print the child SAs as descriptors instead of the messages" },
	{ KEY_PSK, "psk-file", "FILE", "check AUTH with the pre-shared key in FILE" },
	{ KEY_KEYLOG, "keylog", "FILE", "write the IKE keys that opened something" },
	{ KEY_KEYLOG_FORMAT, "keylog-format", "FORMAT", "native (the default), wireshark, wireshark-ikev1 or tcpdump" },
	{ KEY_CLEAR, "write-decrypted", "FILE", "write the messages without encryption as a pcap" },
	{ 0 }
};

static int take_decode(struct decode *d, int key, struct err *e)
{
	const char *v = d->cli->opt.value;

	switch (key) {
	case KEY_FULL:
		d->ladder.full = true;
		return 0;
	case KEY_PRINT_SA:
		d->print_sa = true;
		return 0;
	case KEY_PSK:
		d->psk_file = v;
		return 0;
	case KEY_KEYLOG:
		d->keylog_file = v;
		return 0;
	case KEY_KEYLOG_FORMAT:
		return keylog_by_name(&d->keylog_as, v, e) < 0 ? cli_bad_value(d->cli, "keylog-format", e) : 0;
	}
	d->clear_file = v;
	return 0;
}

int ike_decode_run(struct cli *cli, struct err *e)
{
	struct decode d = { .cli = cli, .keylog_as = keylog_row(0), .keylog = KEYOUT_INIT,
		.clear_place = OUT_FILE_INIT };
	int key, rc = 0;

	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : take_decode(&d, key, e);
	if (rc == 0)
		rc = decode(&d, e);
	keys_in_clear(&d.keys);
	keyout_end(&d.keylog);
	if (d.clear_open)
		pcap_out_clear(&d.clear);
	out_file_abandon(&d.clear_place);
	arena_clear(&d.arena);
	return rc;
}
