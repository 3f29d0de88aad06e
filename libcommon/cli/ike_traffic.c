#include "cli/ike_traffic_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "packet/link.h"
#include "report/traffic.h"

enum { KEY_TUN = IKE_TRAFFIC_KEY, KEY_PACKETS_IN, KEY_PACKETS_OUT, KEY_PACE };
enum { BURST = 64, ROOM_WAIT = 1000000 };	/* packets before the network is looked at again; ns until there may be room */

const struct opt ike_traffic_rows[] = {
	{ 1, "What the child SAs carry", NULL, NULL },
	{ KEY_TUN, "tun", "NAME", "their packets through this TUN device, with its addresses and routes" },
	{ KEY_PACKETS_IN, "packets-in", "FILE", "without a TUN device: IP packets to send, a capture or a pipe (\"-\": stdin)" },
	{ KEY_PACKETS_OUT, "packets-out", "FILE", "the IP packets that come, as a capture, each at once" },
	{ KEY_PACE, "packets-pace", NULL, "send those of --packets-in as far apart as they were captured" },
	{ 0 }
};

int ike_traffic_take(struct ike_traffic_opts *o, struct cli *cli, int key, struct err *e)
{
	switch (key) {
	case KEY_TUN:
		o->tun = cli->opt.value;
		break;
	case KEY_PACKETS_IN:
		o->packets_in = cli->opt.value;
		break;
	case KEY_PACKETS_OUT:
		o->packets_out = cli->opt.value;
		break;
	case KEY_PACE:
		o->pace = true;
		break;
	default:
		return err_set(e, "option of another kind");
	}
	return 0;
}

int ike_traffic_check(const struct ike_traffic_opts *o, const struct cli *cli, struct err *e)
{
	if (o->tun != NULL && (o->packets_in != NULL || o->packets_out != NULL))
		return err_set(e, "--tun carries packets both ways: wanted no --packets-%s beside it", o->packets_in != NULL ? "in" : "out");
	if (o->pace && o->packets_in == NULL)
		return err_set(e, "--packets-pace paces the packets of --packets-in, which is missing");
	if (o->packets_out != NULL && cli_is_stdout(o->packets_out) && cli->json_file == NULL)
		return err_set(e, "--packets-out and the descriptors both want stdout: --json=FILE takes these");
	if (o->packets_in != NULL && o->packets_out != NULL && strcmp(o->packets_in, o->packets_out) == 0 &&
	    strcmp(o->packets_in, "-") != 0)
		return err_set(e, "found \"%s\" for both --packets-in and --packets-out", o->packets_in);
	return 0;
}

void ike_traffic_warn(struct ike_traffic *t, const char *where, const struct err *e)
{
	cli_message(t->cli, -1, where, "%s", e->text);
}

static int open_out(struct ike_traffic *t, const char *path, struct err *e)
{
	const struct pcap_form form = { .nano = true, .dlt = LINKTYPE_RAW };

	if (out_file_open(&t->file, path, true, e) < 0 || pcap_out_open(&t->out, t->file.fd, t->file.path, &form, e) < 0)
		return -1;
	t->out_open = true;
	return pcap_out_flush(&t->out, e) < 0 ? -1 : out_file_show(&t->file, e);
}

int ike_traffic_new(struct ike_traffic **out, const struct ike_traffic_opts *o, struct cli *cli, struct transport *transport,
    struct hub *hub, bool raw_esp, struct err *e)
{
	struct ike_traffic *t;

	*out = NULL;
	if (!ike_traffic_wanted(o))
		return 0;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return err_nomem(e);
	t->cli = cli;
	t->transport = transport;
	t->hub = hub;
	t->raw_esp = raw_esp;
	t->in = (struct packets_in)PACKETS_IN_INIT;
	t->file = (struct out_file)OUT_FILE_INIT;
	rng_init_system(&t->rng);
	if ((t->traffic = traffic_new(&t->rng, e)) == NULL ||
	    (o->packets_in != NULL && packets_in_open(&t->in, o->packets_in, o->pace, e) < 0) ||
	    (o->packets_out != NULL && open_out(t, o->packets_out, e) < 0) ||
	    (o->tun != NULL && ike_traffic_tun_open(t, o->tun, e) < 0)) {
		ike_traffic_free(t);
		return -1;
	}
	*out = t;
	return 0;
}

void ike_traffic_free(struct ike_traffic *t)
{
	if (t == NULL)
		return;
	ike_traffic_tun_close(t);
	packets_in_close(&t->in);
	if (t->out_open)
		pcap_out_clear(&t->out);
	out_file_abandon(&t->file);
	traffic_free(t->traffic);
	rng_clear(&t->rng);
	free(t);
}

static bool in_udp(const struct session_event *ev)
{
	return ev->ike->natt || ev->child->out.encap.type == SA_ENCAP_UDP;
}

static int take_child(struct ike_traffic *t, const struct session_event *ev, struct err *e)
{
	if (t->tun != NULL && ev->child->in.mode == SA_TRANSPORT)
		return err_set(e, "found transport mode, wanted tunnel mode for a TUN device: its packets are those between "
		    "the two hosts themselves");
	if (!in_udp(ev) && !t->raw_esp)
		return err_set(e, "its ESP is not in UDP, and raw sockets need privileges (CAP_NET_RAW)");
	return traffic_up(t->traffic, ev->session, ev->child, &ev->ike->path, in_udp(ev), e);
}

static void child_up(struct ike_traffic *t, const struct session_event *ev)
{
	struct err e;

	if (traffic_of(t->traffic, ev->child->in.spi) != NULL)
		return;			/* told of before */
	if (take_child(t, ev, &e) < 0) {
		err_in(&e, "child SA 0x%08x carries no packets", ev->child->in.spi);
		ike_traffic_warn(t, NULL, &e);
		return;
	}
	ike_traffic_tun_up(t, ev->child, &ev->ike->path);
}

static void child_down(struct ike_traffic *t, const struct session_event *ev)
{
	const struct traffic_counts *c = traffic_of(t->traffic, ev->child->in.spi);
	char text[TRAFFIC_TEXT];

	if (c == NULL)
		return;
	cli_message(t->cli, 1, NULL, "child SA 0x%08x: %s", ev->child->in.spi, traffic_text(text, c));
	traffic_down(t->traffic, ev->child->in.spi);
	ike_traffic_tun_down(t, ev->child);
}

void ike_traffic_event(struct ike_traffic *t, const struct session_event *ev)
{
	if (t == NULL)
		return;
	switch (ev->kind) {
	case SESSION_CHILD_UP:
	case SESSION_CHILD_REKEYED:
		child_up(t, ev);
		break;
	case SESSION_CHILD_DOWN:
		child_down(t, ev);
		break;
	case SESSION_ADDRESS:
		if (ev->ike->initiator)
			ike_traffic_tun_address(t, ev->ike);
		break;
	case SESSION_MOVED:
		traffic_moved(t->traffic, ev->session, &ev->ike->path, ev->ike->natt);
		ike_traffic_tun_moved(t, &ev->ike->path);
		break;
	case SESSION_DELETED:
	case SESSION_FAILED:
		if (session_over(ev->session))
			traffic_over(t->traffic, ev->session);
		break;
	default:
		break;
	}
}

static int write_out(struct ike_traffic *t, struct span packet, int64_t now, struct err *e)
{
	pcap_out_record(&t->out, t->packet, now, (uint32_t)packet.n, (uint32_t)packet.n);
	memcpy(t->packet + PCAP_RECORD, packet.p, packet.n);
	return pcap_out_write(&t->out, t->packet, PCAP_RECORD + packet.n, e) < 0 ? -1 : pcap_out_flush(&t->out, e);
}

static void fail(struct ike_traffic *t, const struct err *e)
{
	t->broken = t->failed = true;
	t->trouble = *e;
}

void ike_traffic_esp(struct ike_traffic *t, const struct transport_in *in, int64_t now)
{
	const struct session_child *child;
	struct traffic_opened o;
	struct session *s;
	struct err e;
	enum verdict v;
	int rc = 1;

	if (t == NULL)
		return;
	v = traffic_in(t->traffic, in->bytes, &o);
	if (o.verified && (s = hub_by_child(t->hub, load_be32(in->bytes.p), &child)) != NULL &&
	    session_heard(s, o.newest && in->path.local_port != 0 ? &in->path : NULL, now, &e) < 0)
		fail(t, &e);
	if (v != V_OK || t->broken)
		return;
	if (t->tun != NULL && (rc = tun_write(t->tun, o.packet, &e)) == 0)
		t->unread++;
	if (t->out_open)
		rc = write_out(t, o.packet, now, &e);
	if (rc < 0)
		fail(t, &e);
}

/* All that was asked for is up: now what waits is for somebody. */
static bool is_up(const struct ike_traffic *t)
{
	struct session *s;

	for (size_t i = 0; (s = hub_at(t->hub, i)) != NULL; i++)
		if (session_is_complete(s))
			return true;
	return false;
}

unsigned ike_traffic_fds(const struct ike_traffic *t, int fd[IKE_TRAFFIC_FDS])
{
	unsigned n = 0;

	if (t == NULL || t->broken)
		return 0;
	if (t->tun != NULL)
		fd[n++] = tun_fd(t->tun);
	if (t->started && t->again == 0 && packets_in_fd(&t->in) >= 0)
		fd[n++] = packets_in_fd(&t->in);
	return n;
}

int64_t ike_traffic_due(const struct ike_traffic *t)
{
	if (t == NULL || !t->started || t->broken)
		return INT64_MAX;
	return t->again != 0 ? t->again : packets_in_due(&t->in);
}

/* 1: it waits for room. */
static int hand_on(struct ike_traffic *t, const struct traffic_sealed *o)
{
	struct err e;
	int rc = transport_send_esp(t->transport, &o->path, o->udp, o->esp, &e);

	if (rc == 0 || rc == 1)
		return rc;
	if (t->unsent++ == 0) {
		if (rc > 0)
			err_set(&e, "packet not sent: %s", transport_why(t->transport));
		ike_traffic_warn(t, NULL, &e);
	}
	return 0;
}

static int send_out(struct ike_traffic *t, struct span packet, struct traffic_sealed *o)
{
	enum verdict v = traffic_out(t->traffic, packet, o);

	if (v == V_OK)
		return hand_on(t, o);
	cli_message(t->cli, 2, NULL, "packet not sent: %s", o->why != NULL ? o->why : verdict_text(v));
	return 0;
}

static void read_tun(struct ike_traffic *t)
{
	struct traffic_sealed o;
	struct err e;
	int n = 1;

	for (int i = 0; i < BURST && (n = tun_read(t->tun, t->packet, &e)) > 0; i++)
		if (send_out(t, (struct span){ t->packet, (size_t)n }, &o) > 0)
			t->unsent++;		/* as any link drops what it has no room for */
	if (n < 0)
		fail(t, &e);
}

/* What waits for room goes first: nothing else is sealed meanwhile, so that it stays where it is. */
static bool is_stuck(struct ike_traffic *t)
{
	if (t->waits.esp.n > 0 && hand_on(t, &t->waits) > 0)
		return true;
	t->waits.esp.n = 0;
	return false;
}

static void read_in(struct ike_traffic *t, int64_t now)
{
	const struct packet *k;
	struct link_view v;
	struct span ip;
	int rc = 1;

	for (int i = 0; i < BURST && !is_stuck(t) && (rc = packets_in_next(&t->in, now, &k, &t->trouble)) > 0; i++) {
		ip = (struct span){ 0 };		/* ARP and its like: counted as cut, without a header as they are */
		if (link_parse(k->dlt, k->data, k->caplen, &v) == LINK_IP)
			ip = (struct span){ k->data + v.ip, k->caplen - v.ip };
		if (send_out(t, ip, &t->waits) == 0)
			t->waits.esp.n = 0;
	}
	if (rc < 0) {
		t->failed = true;
		ike_traffic_warn(t, NULL, &t->trouble);
	}
	t->again = t->waits.esp.n > 0 ? now + ROOM_WAIT : 0;
}

void ike_traffic_ready(struct ike_traffic *t, uint32_t ready, int64_t now)
{
	if (t == NULL || t->broken)
		return;
	if (!t->started)
		t->started = is_up(t);
	if (t->tun != NULL && (ready & 1) != 0)
		read_tun(t);
	if (t->started)
		read_in(t, now);
}

void ike_traffic_start(struct ike_traffic *t)
{
	if (t != NULL)
		t->started = true;
}

bool ike_traffic_broken(const struct ike_traffic *t)
{
	return t != NULL && t->broken;
}

void ike_traffic_used(const struct ike_traffic *t, const struct session_child *c, uint64_t *bytes, uint64_t *packets)
{
	const struct traffic_counts *n = t != NULL ? traffic_of(t->traffic, c->in.spi) : NULL;

	*bytes = *packets = 0;
	if (n == NULL)
		return;
	*bytes = n->out.bytes > n->in.bytes ? n->out.bytes : n->in.bytes;
	*packets = n->out.tally.count[V_OK] > n->in.tally.count[V_OK] ? n->out.tally.count[V_OK] : n->in.tally.count[V_OK];
}

bool ike_traffic_done(const struct ike_traffic *t)
{
	return t == NULL || (t->in.ended && t->waits.esp.n == 0);
}

void ike_traffic_sum(const struct ike_traffic *t, FILE *to)
{
	char text[TRAFFIC_TEXT];

	if (t == NULL)
		return;
	if (to != NULL)
		traffic_json(to, traffic_sum(t->traffic), t->unsent, t->unread);
	else
		cli_message(t->cli, 0, NULL, "%s", traffic_text(text, traffic_sum(t->traffic)));
	if (to == NULL && t->unsent + t->unread > 0)
		cli_message(t->cli, 0, NULL, "the network did not take %llu packets, this system %llu",
		    (unsigned long long)t->unsent, (unsigned long long)t->unread);
}

int ike_traffic_close(struct ike_traffic *t, struct err *e)
{
	int rc = 0;

	if (t == NULL)
		return 0;
	if (t->out_open && !t->broken)
		rc = pcap_out_flush(&t->out, e) < 0 ? -1 : out_file_close(&t->file, e);
	if (rc == 0 && t->failed) {
		*e = t->trouble;
		if (!t->broken)			/* that of the packets to send was told when it came */
			snprintf(e->text, sizeof e->text, "not all packets of --packets-in were read");
		rc = -1;
	}
	return rc;
}
