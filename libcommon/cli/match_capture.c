/* The offers that a capture holds. */
#include "cli/keys_in.h"
#include "cli/match.h"
#include "ike/follow.h"
#include "packet/pcap_in.h"

struct taking {
	struct conf *conf;
	struct conf_conn *conn;
	uint64_t sa;			/* number of the IKE SA whose offers are taken; 0: none yet */
	struct follow *follow;
};

/* Only what is proposed: in requests, of IKEv1 in what its initiator sends. */
static bool proposes(const struct follow_message *m)
{
	return m->m != NULL && m->repeats == 0 && !(m->fragments > 0 && !m->whole) &&
	    !(ike_hdr_is_v1(&m->m->hdr) ? m->response : ike_hdr_is_response(&m->m->hdr));
}

static int take_sa(struct taking *t, const struct ike_payload *sa, const char *name, struct err *e)
{
	struct offers os = { 0 };
	struct conf_child *child;

	if (offers_of_payload(&os, sa, &t->conf->mem, e) < 0)
		return -1;
	if (os.n > 0 && os.offer[0].protocol == IKE_PROTO_IKE && t->conn->ike.n == 0) {
		t->conn->ike = os;
	} else if (os.n > 0 && os.offer[0].protocol != IKE_PROTO_IKE && t->conn->nchild < CONF_CHILDREN) {
		if ((child = conf_add_child(t->conf, t->conn, name, e)) == NULL)
			return -1;
		child->offers = os;
		child->ts_bad = true;	/* a capture's are not compared */
	}
	return 0;
}

static int take_message(void *arg, const struct follow_message *m, struct err *e)
{
	struct taking *t = arg;
	const struct ike_payloads *ps;
	const struct ike_payload *sa;

	if (!proposes(m) || m->sa == NULL || (t->sa != 0 && m->sa->number != t->sa))
		return 0;
	ps = ike_message_payloads(m->m);
	sa = ike_payload_find(ps, ike_hdr_is_v1(&m->m->hdr) ? IKE_V1_P_SA : IKE_P_SA);
	if (sa == NULL)
		return 0;
	t->sa = m->sa->number;
	t->conn->version = m->sa->version;
	return take_sa(t, sa, "", e);
}

static int take_datagram(void *arg, const struct datagram *d, struct err *e)
{
	return d->kind == DATAGRAM_IKE ? follow_push(((struct taking *)arg)->follow, d, e) : 0;
}

static int take_packet(void *arg, const struct packet *p, struct err *e)
{
	return datagrams_push(arg, p, e);
}

static int read_packets(struct taking *t, struct pcap_in *in, struct err *e)
{
	struct datagrams *ds = datagrams_new(NULL, take_datagram, t, e);
	int rc = ds != NULL ? pcap_in_each(in, take_packet, ds, e) : -1;

	if (rc == 0 && datagrams_end(ds, e) < 0)
		rc = -1;
	datagrams_free(ds);
	return rc;
}

int match_capture(struct conf *c, struct cli *cli, const char *path, struct err *e)
{
	struct pcap_in_options o = { .files = &path, .nfiles = 1 };
	struct keys_in keys = { 0 };
	struct taking t = { .conf = c };
	struct follow_options f = { .ring = &keys.ring, .arg = &t, .message = take_message };
	struct pcap_in *in = NULL;
	int rc = -1;

	mem_init(&c->mem, CONF_MEMORY);
	c->format = "capture";
	t.conn = conf_add_conn(c, "", 0, e);
	if (t.conn != NULL && keys_in_read(&keys, cli, e) == 0 && (in = pcap_in_open(&o, e)) != NULL &&
	    (t.follow = follow_new(&f, e)) != NULL)
		rc = read_packets(&t, in, e);
	follow_free(t.follow);
	if (in != NULL)
		pcap_in_close(in);
	keys_in_clear(&keys);
	if (rc == 0 && t.conn->ike.n == 0 && t.conn->nchild == 0)
		rc = err_data(e, "%s: found no proposal that could be read", path);
	return rc;
}
