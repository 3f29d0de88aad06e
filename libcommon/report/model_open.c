/* Packets whose keys are known, opened one by one by the stages of ipsec-decap; what is inside is looked at and forgotten. */
#include "report/model_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/wr.h"
#include "esp/decap.h"
#include "packet/ip.h"
#include "packet/link.h"

enum { BARE_4 = 20, BARE_6 = 40, HOPS = 64, TCP_SYN = 2, TCP_FLAGS = 13, TCP_HEAD = 20, TCP_MSS = 2, MSS_LEN = 4, V6_HEADERS = 60, V4_HEADERS = 40 };

struct opener {
	struct decap d;
	struct pcap_out out;
	struct flow flow;
	struct unit u;
	size_t sas;			/* of the SAD, that d knows */
	struct model *m;
	struct model_sa *sa;
	const struct datagram *datagram;
	bool told;
	uint8_t bare[BARE_6 + UINT16_MAX];	/* a message in TCP, as a packet */
};

/* The MSS option of a SYN, or 0. */
static uint16_t mss_of(const uint8_t *p, size_t n)
{
	size_t end;

	if (n < TCP_HEAD || (p[TCP_FLAGS] & TCP_SYN) == 0)
		return 0;
	end = (size_t)(p[12] >> 4) * 4;
	for (size_t at = TCP_HEAD; at + 1 < end && end <= n; at += p[at] == 1 ? 1 : p[at + 1]) {
		if (p[at] == 0 || (p[at] != 1 && p[at + 1] < 2))
			return 0;
		if (p[at] == TCP_MSS && at + MSS_LEN <= end)
			return load_be16(p + at + 2);
	}
	return 0;
}

/* What came out: n octets from an IP header on. */
static void look_inside(struct opener *o, const uint8_t *p, size_t n)
{
	const struct datagram *d = o->datagram;
	struct model_sa *sa = o->sa;
	struct ip_view v;
	uint16_t mss;

	if (ip_parse(&v, p, n) != IP_OK)
		return;
	sa->opened++;
	sa->inner_bytes += v.len;
	if (d->packet.n > 0 && d->ip.len > v.len && d->ip.len - v.len > sa->overhead_most)
		sa->overhead_most = d->ip.len - v.len;
	if (v.tos >> 2 != d->ip.tos >> 2 && sa->sa->mode != SA_TRANSPORT)
		model_note(o->m, &sa->dscp_differs);
	if (v.proto != IP_TCP || v.frag || (mss = mss_of(p + v.payload, n - v.payload)) == 0)
		return;
	if (mss > sa->mss_most)
		sa->mss_most = mss;
	if (mss + (v.version == 4 ? V4_HEADERS : V6_HEADERS) + sa->overhead_most > 1500)
		model_note(o->m, &sa->mss);
}

static int emit(void *arg, const uint8_t *p, size_t n, struct err *e)
{
	(void)e;
	if (n > PCAP_RECORD)
		look_inside(arg, p + PCAP_RECORD, n - PCAP_RECORD);
	return 0;
}

static void report(void *arg, const struct decap_item *it)
{
	struct opener *o = arg;
	struct model_sa *sa = o->sa;
	struct model *m = o->m;
	/* a receiver drops more than what came a second time: what is too late, a number that begins again */
	bool again = m->out.news == TRACK_DUPLICATE || m->out.news == TRACK_OLD;
	struct evidence *of = it->verdict == V_BAD_ICV ? &sa->bad_icv : it->verdict == V_REPLAYED && again ? &sa->replayed :
	    it->verdict == V_BAD_PADDING ? &sa->bad_padding : it->verdict == V_OUTSIDE_TS ? &sa->outside :
	    it->verdict == V_DUMMY ? &sa->dummy : NULL;

	if (o->told || it->verdict >= V_COUNT)
		return;
	o->told = true;
	sa->count[it->verdict]++;
	m->out.judged = true;
	m->out.verdict = it->verdict;
	if (of != NULL)
		model_note(m, of);
	if (it->nlayers > 0 && it->layer[0].verified && it->layer[0].esn)
		sa->esn = true;
	if (it->explained == NULL)
		return;
	sa->why[it->explained->why]++;
	if (sa->why_text[0] == '\0')
		snprintf(sa->why_text, sizeof sa->why_text, "%s", it->explained->text);
	m->out.why = explain_name(it->explained->why);
	m->out.evidence = sa->why_text;
}

static struct opener *start(struct model *m, struct err *e)
{
	struct decap_options opt = { .threads = 1, .raw = true, .replay_window = SA_REPLAY_MAX, .esn_search = DECAP_ESN_SEARCH,
		.explain = m->opt.explain, .ts = DECAP_TS_REPORT, .emit = emit, .report = report };
	struct opener *o = calloc(1, sizeof *o);

	if (o == NULL) {
		err_nomem(e);
		return NULL;
	}
	opt.arg = o;
	o->m = m;
	o->out.form.dlt = LINKTYPE_RAW;
	o->sas = sad_count(m->opt.sad);
	m->opener = o;
	if ((o->u.side = calloc(1, decap_side_size())) == NULL) {
		err_nomem(e);
		return NULL;
	}
	return decap_init(&o->d, &opt, m->opt.sad, &o->flow, &o->out, e) < 0 ? NULL : o;
}

void model_open_free(struct opener *o)
{
	if (o == NULL)
		return;
	if (o->u.side != NULL)
		decap_unit_clear(&o->d, &o->u);
	free(o->u.side);
	free(o->u.out);
	decap_clear(&o->d);
	free(o);
}

/* A message out of TCP gets a header of its own. */
static struct span bare_packet(struct opener *o, const struct datagram *d)
{
	struct wr w = wr_of(o->bare, sizeof o->bare);

	if (d->src.family == 4 && d->body.n <= UINT16_MAX - BARE_4) {
		wr_u16(&w, 0x4500);
		wr_u16(&w, (uint16_t)(BARE_4 + d->body.n));
		wr_zero(&w, 4);
		wr_u16(&w, HOPS << 8 | IPPROTO_ESP_);
		wr_zero(&w, 2);
	} else if (d->src.family == 6 && d->body.n <= UINT16_MAX) {
		wr_u32(&w, UINT32_C(0x60000000));
		wr_u16(&w, (uint16_t)d->body.n);
		wr_u16(&w, IPPROTO_ESP_ << 8 | HOPS);
	} else {
		return (struct span){ 0 };
	}
	wr_span(&w, (struct span){ d->src.b, addr_len(&d->src) });
	wr_span(&w, (struct span){ d->dst.b, addr_len(&d->dst) });
	wr_span(&w, d->body);
	return wr_ok(&w) ? (struct span){ w.p, w.n } : (struct span){ 0 };
}

int model_open_saw(struct model *m, const struct datagram *d, struct err *e)
{
	if (!m->opt.explain)
		return 0;
	if (m->opener == NULL && start(m, e) == NULL)
		return -1;
	explainer_see_addrs(m->opener->d.explainer, &d->src, &d->dst);
	return 0;
}

int model_open(struct model *m, struct model_sa *sa, const struct datagram *d, struct err *e)
{
	struct opener *o = m->opener != NULL ? m->opener : start(m, e);
	struct packet packet;
	struct span s;
	int rc;

	if (o == NULL)
		return -1;
	s = d->proto == IP_TCP ? bare_packet(o, d) : d->packet;
	if (s.n == 0 || s.n > DECAP_ONE_MAX)
		return 0;
	if (o->sas != sad_count(m->opt.sad)) {
		o->sas = sad_count(m->opt.sad);
		if (decap_more(&o->d, e) < 0)
			return -1;
	}
	packet = (struct packet){ .data = s.p, .caplen = (uint32_t)s.n, .len = (uint32_t)s.n, .ns = d->ns,
		.number = m->now.frame, .dlt = LINKTYPE_RAW, .file = d->file };
	o->u.batch = (struct batch){ .pkt = &packet, .n = 1 };
	o->sa = sa;
	o->datagram = d;
	o->told = false;
	if ((rc = decap_claim(&o->d, &o->u, e)) == 0) {
		decap_work(&o->d, &o->u, 0);
		rc = decap_settle(&o->d, &o->u, e);
	}
	o->u.batch = (struct batch){ 0 };
	return rc < 0 ? -1 : 0;
}
