/* Child SAs of live sessions: what comes up, with which selectors, modes and keys, and what is refused with which words. */
#include "unit/ike/pair.h"

static void up(struct pair *p)
{
	pair_start(p);
	pair_settle(p);
	cr_assert(pair_is_up(p), "%s\n%s", p->end[0].log, p->end[1].log);
	pair_expect_equal(p);
}

static void esp(struct pair *p, const char *initiator, const char *responder)
{
	pair_offers(&p->end[0].conf, &p->end[0].conf.child[0].offers, IKE_PROTO_ESP, initiator);
	pair_offers(&p->end[1].conf, &p->end[1].conf.child[0].offers, IKE_PROTO_ESP, responder);
}

static void nets(struct selector *ts, const char *mine, const char *theirs)
{
	const char *text[2] = { mine, theirs };

	for (int i = 0; i < 2; i++) {
		struct addr_range *r = i == 0 ? ts->src : ts->dst;
		uint8_t n = 0;

		for (const char *at = text[i]; *at != '\0'; at += strcspn(at, ",") + (at[strcspn(at, ",")] == ',')) {
			char word[100];

			snprintf(word, sizeof word, "%.*s", (int)strcspn(at, ","), at);
			pair_range(&r[n++], word);
		}
		*(i == 0 ? &ts->nsrc : &ts->ndst) = n;
	}
}

/* "10.1.0.0/16=10.2.0.0/16" of an SA that is sent by the initiator. */
static const char *ts_text(const struct sa *sa)
{
	static char out[2000];
	size_t at = 0;

	out[0] = '\0';
	for (size_t i = 0; i < sa->nts; i++) {
		const struct selector *s = &sa->ts[i];
		char text[ADDR_RANGE_TEXT];

		at += (size_t)snprintf(out + at, sizeof out - at, "%s", i > 0 ? " " : "");
		for (unsigned k = 0; k < s->nsrc; k++)
			at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", k > 0 ? "," : "", addr_range_format(text, &s->src[k]));
		at += (size_t)snprintf(out + at, sizeof out - at, "=");
		for (unsigned k = 0; k < s->ndst; k++)
			at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", k > 0 ? "," : "", addr_range_format(text, &s->dst[k]));
		if (s->proto >= 0)
			at += (size_t)snprintf(out + at, sizeof out - at, "/%d", s->proto);
		if (s->dport_set)
			at += (size_t)snprintf(out + at, sizeof out - at, ":%u-%u", s->dport.first, s->dport.last);
	}
	return out;
}

/* --- algorithms --- */

Test(session_child, algorithms)
{
	static const struct { const char *i, *r, *encr, *integ; size_t key; bool esn; } rows[] = {
		{ "aes128gcm16", "aes256gcm16,aes128gcm16", "aes-gcm-16", NULL, 20, false },
		{ "aes128gcm16-aes256gcm16", "aes256gcm16-aes128gcm16", "aes-gcm-16", NULL, 36, false },
		{ "aes256-sha256,chacha20poly1305", "chacha20poly1305", "chacha20-poly1305", NULL, 36, false },
		{ "aes128-sha1-sha512", "aes128-sha512", "aes-cbc", "hmac-sha2-512-256", 16, false },
		{ "aes128gcm16-esn", "aes128gcm16-esn-noesn", "aes-gcm-16", NULL, 20, true },
		{ "aes128gcm16-esn-noesn", "aes128gcm16", "aes-gcm-16", NULL, 20, false },
		{ "null-sha256", "null-sha256", "null", "hmac-sha2-256-128", 0, false },
		{ "aes256gmac", "aes256gmac", "null-auth-aes-gmac", NULL, 36, false },
		{ "aes128ctr-aesxcbc", "aes128ctr-aesxcbc", "aes-ctr", "aes-xcbc-96", 20, false },
	};
	struct pair p;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const struct sa *sa;

		pair_init(&p, rows[i].i);
		esp(&p, rows[i].i, rows[i].r);
		up(&p);
		sa = &p.end[0].child[0].out;
		cr_expect_str_eq(sa->encr->name, rows[i].encr, "%s: %s", rows[i].i, sa->encr->name);
		cr_expect(rows[i].integ == NULL ? sa->integ == NULL : sa->integ != NULL && strcmp(sa->integ->name, rows[i].integ) == 0,
		    "%s", rows[i].i);
		cr_expect_eq(session_child_at(p.end[0].s, 0)->out.encr_key.n, rows[i].key, "%s", rows[i].i);
		cr_expect_eq(sa->esn, rows[i].esn ? SA_YES : SA_NO, "%s", rows[i].i);
		pair_clear(&p);
	}
}

Test(session_child, ah)
{
	struct pair p;

	pair_init(&p, "ah");
	for (int i = 0; i < 2; i++)
		pair_offers(&p.end[i].conf, &p.end[i].conf.child[0].offers, IKE_PROTO_AH, "sha256-esn");
	up(&p);
	cr_expect(p.end[0].child[0].in.proto == SA_AH && p.end[0].child[0].in.esn == SA_YES && p.end[0].child[0].in.encr == NULL);
	cr_expect_eq(session_child_at(p.end[0].s, 0)->in.integ_key.n, 32);
	pair_clear(&p);
}

/* Everything that ipsec-sa wants of a descriptor. */
Test(session_child, descriptors)
{
	const struct sa *in, *out;
	const struct pair_child *c;
	struct pair p;
	char ike[60];

	pair_init(&p, "descriptors");
	p.end[0].conf.child[0].rekey_ns = 3600 * UINT64_C(1000000000);
	p.end[0].conf.child[0].rekey_bytes = 1000000;
	up(&p);
	c = &p.end[0].child[0];
	in = &c->in;
	out = &c->out;
	cr_expect(in->dir == SA_IN && out->dir == SA_OUT && in->mode == SA_TUNNEL && out->mode == SA_TUNNEL);
	cr_expect(addr_eq(&in->src, &p.end[1].addr) && addr_eq(&in->dst, &p.end[0].addr));
	cr_expect(addr_eq(&out->src, &p.end[0].addr) && addr_eq(&out->dst, &p.end[1].addr));
	cr_expect(in->encap.type == SA_ENCAP_NONE && out->encap.type == SA_ENCAP_NONE);
	cr_expect_str_eq(in->peer, out->id);
	cr_expect_str_eq(out->peer, in->id);
	snprintf(ike, sizeof ike, "%016llx/%016llx", (unsigned long long)session_ike(p.end[0].s)->spi_i,
	    (unsigned long long)session_ike(p.end[0].s)->spi_r);
	cr_expect_str_eq(in->ike, ike);
	cr_expect(in->life_known && in->soft.s == 3600 && in->soft.bytes == 1000000 && in->replay_window == SA_REPLAY_DEFAULT);
	cr_expect(in->created_known && in->created / 1000000000 == p.now / 1000000000);
	cr_expect_str_eq(ts_text(out), "10.1.0.0/16=10.2.0.0/16");
	cr_expect_str_eq(ts_text(in), "10.2.0.0/16=10.1.0.0/16");
	cr_expect_str_eq(ts_text(&p.end[1].child[0].in), "10.1.0.0/16=10.2.0.0/16");
	pair_clear(&p);
}

/* --- selectors --- */

Test(session_child, narrowing)
{
	static const struct { const char *i_mine, *i_theirs, *r_mine, *r_theirs, *want; } rows[] = {
		{ "10.1.0.0/16", "0.0.0.0/0", "10.2.0.0/16", "0.0.0.0/0", "10.1.0.0/16=10.2.0.0/16" },
		{ "10.0.0.0/8", "10.0.0.0/8", "10.2.0.0/16", "10.1.0.0/16", "10.1.0.0/16=10.2.0.0/16" },
		{ "10.1.0.0/16,192.168.0.0/24", "10.2.0.0/16", "10.2.0.0/16", "192.168.0.0/16", "192.168.0.0/24=10.2.0.0/16" },
		{ "10.1.0.0/16", "10.2.0.0/16,10.3.0.0/16", "10.3.5.0/24,10.2.0.0/16", "10.1.0.0/16",
		  "10.1.0.0/16=10.2.0.0/16,10.3.5.0/24" },
		{ "10.1.0.0/16,fd01::/64", "10.2.0.0/16,fd02::/64", "10.2.0.0/16,fd02::/64", "10.1.0.0/16,fd01::/64",
		  "10.1.0.0/16=10.2.0.0/16 fd01::/64=fd02::/64" },
		{ "fd01::/64", "fd02::/64", "fd02::5-fd02::9", "::/0", "fd01::/64=fd02::5-fd02::9" },
	};
	struct pair p;

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		pair_init(&p, "narrowing");
		nets(&p.end[0].conf.child[0].ts, rows[i].i_mine, rows[i].i_theirs);
		nets(&p.end[1].conf.child[0].ts, rows[i].r_mine, rows[i].r_theirs);
		up(&p);
		cr_expect_str_eq(ts_text(&p.end[0].child[0].out), rows[i].want, "%zu: %s", i, ts_text(&p.end[0].child[0].out));
		cr_expect_str_eq(ts_text(&p.end[1].child[0].in), rows[i].want);
		pair_clear(&p);
	}
}

Test(session_child, ports_and_protocols)
{
	struct pair p;

	pair_init(&p, "ports");
	p.end[0].conf.child[0].ts.proto = 6;
	p.end[1].conf.child[0].ts.proto = 6;
	p.end[1].conf.child[0].ts.sport_set = true;
	p.end[1].conf.child[0].ts.sport = (struct port_range){ 80, 443 };
	up(&p);
	cr_expect_str_eq(ts_text(&p.end[0].child[0].out), "10.1.0.0/16=10.2.0.0/16/6:80-443");
	pair_clear(&p);
}

/* The IKE SA comes up, the child does not, and both ends know why. */
static void refused(struct pair *p, const char *id, const char *words)
{
	pair_start(p);
	pair_run(p, 2);
	for (int i = 0; i < 2; i++) {
		cr_assert_not_null(p->end[i].s);
		cr_expect_eq(p->end[i].count[SESSION_AUTHENTICATED], 1);
		cr_expect_eq(p->end[i].count[SESSION_CHILD_REFUSED], 1, "%s", p->end[i].log);
		cr_expect(p->end[i].nchild == 0 && session_child_at(p->end[i].s, 0) == NULL);
		cr_expect_gt(p->end[i].why.n, 0);
		cr_expect_str_eq(p->end[i].why.row[0].id, id, "%s", p->end[i].log);
	}
	cr_expect_not_null(strstr(p->end[0].why.row[0].text, words), "%s", p->end[0].why.row[0].text);
	cr_expect(!session_is_complete(p->end[0].s));
	pair_clear(p);
}

Test(session_child, selectors_refused)
{
	struct pair p;

	pair_init(&p, "refused");
	nets(&p.end[1].conf.child[0].ts, "10.9.0.0/16", "10.1.0.0/16");
	refused(&p, "ts-unacceptable", "refuses the selectors 10.1.0.0/16 = 10.2.0.0/16");
	pair_init(&p, "no narrowing");
	p.end[1].conf.narrow = false;
	nets(&p.end[0].conf.child[0].ts, "10.1.0.0/16", "10.0.0.0/8");
	refused(&p, "ts-unacceptable", "refuses the selectors");
}

Test(session_child, proposals_refused)
{
	struct pair p;

	pair_init(&p, "no proposal");
	esp(&p, "aes128gcm16", "aes256-sha256");
	refused(&p, "no-proposal", "accepts none of the child SA proposals of this end");
}

/* --- transport mode --- */

static void hosts(struct pair *p)
{
	for (int i = 0; i < 2; i++) {
		struct session_child_conf *c = &p->end[i].conf.child[0];

		c->mode = SA_TRANSPORT;
		c->ts.nsrc = c->ts.ndst = 0;
		c->mine_dynamic = c->theirs_dynamic = true;
	}
}

Test(session_child, transport)
{
	struct pair p;

	pair_init(&p, "transport");
	hosts(&p);
	up(&p);
	cr_expect(p.end[0].child[0].mode == SA_TRANSPORT && p.end[1].child[0].mode == SA_TRANSPORT);
	cr_expect_str_eq(ts_text(&p.end[0].child[0].out), "192.0.2.1/32=198.51.100.2/32");
	pair_clear(&p);
}

/* RFC 7296 2.23.1: each end sees the other where its NAT puts it, and keeps what the other one said. */
Test(session_child, transport_through_a_nat)
{
	const struct sa *sa;
	struct addr nat = pair_addr("203.0.113.9");
	struct pair p;
	struct err e;

	pair_init(&p, "transport nat");
	hosts(&p);
	p.nat = nat;
	p.nat_port = 1000;
	up(&p);
	cr_expect_str_eq(ts_text(&p.end[0].child[0].out), "192.0.2.1/32=198.51.100.2/32");
	cr_expect_str_eq(ts_text(&p.end[1].child[0].in), "203.0.113.9/32=198.51.100.2/32");
	sa = &p.end[1].child[0].in;
	cr_expect(addr_eq(&sa->encap.oa_src, &p.end[0].addr) && addr_eq(&sa->encap.oa_dst, &p.end[1].addr));
	cr_expect(sa->encap.type == SA_ENCAP_UDP && sa->encap.sport == 5500 && sa->encap.dport == 4500 && addr_eq(&sa->src, &nat),
	    "%u %u", sa->encap.sport, sa->encap.dport);
	for (int who = 0; who < 2; who++) {
		cr_assert_eq(session_rekey_child(p.end[who].s, session_child_at(p.end[who].s, 0)->number, p.now, &e), 0);
		pair_quiet(&p);
		pair_expect_equal(&p);
		cr_assert_eq(p.end[1].nchild, 2u + (unsigned)who, "%s\n%s", p.end[0].log, p.end[1].log);
		cr_expect_eq(p.end[1].child[1 + who].mode, SA_TRANSPORT);
		cr_expect_str_eq(ts_text(&p.end[1].child[1 + who].in), "203.0.113.9/32=198.51.100.2/32");
		cr_expect_str_eq(ts_text(&p.end[0].child[1 + who].out), "192.0.2.1/32=198.51.100.2/32");
	}
	pair_clear(&p);
}

static struct addr_range range(const char *text)
{
	struct addr_range r;
	struct err e;

	cr_assert_eq(addr_range_parse(&r, text, strlen(text), &e), 0);
	return r;
}

/* Packets between nets do not fit transport mode, which the responder declines for them; of "any" the hosts are taken. */
Test(session_child, transport_of_others)
{
	struct pair p;

	for (int nat = 0; nat < 2; nat++) {
		pair_init(&p, "transport of nets");
		hosts(&p);
		if (nat != 0) {
			p.nat = pair_addr("203.0.113.9");
			p.nat_port = 1000;
		}
		for (int i = 0; i < 2; i++) {
			struct session_child_conf *c = &p.end[i].conf.child[0];

			c->mine_dynamic = c->theirs_dynamic = false;
			c->ts.nsrc = c->ts.ndst = i == 0;
			c->ts.src[0] = range("10.1.0.0/16");
			c->ts.dst[0] = range("10.2.0.0/16");
		}
		pair_start(&p);
		pair_run(&p, 2);
		cr_expect_str_eq(p.end[0].why.row[0].id, "mode", "%s", p.end[0].log);
		cr_expect_not_null(strstr(p.end[0].why.row[0].text, "it is for tunnel mode"));
		cr_expect(p.end[1].count[SESSION_CHILD_UP] == 1 && p.end[1].child[0].mode == SA_TUNNEL, "%s", p.end[1].log);
		pair_clear(&p);
	}
	pair_init(&p, "transport of any");
	hosts(&p);
	p.end[1].conf.child[0].mine_dynamic = p.end[1].conf.child[0].theirs_dynamic = false;
	p.end[0].conf.child[0].mine_dynamic = p.end[0].conf.child[0].theirs_dynamic = false;
	up(&p);
	cr_expect_str_eq(ts_text(&p.end[0].child[0].out), "192.0.2.1/32=198.51.100.2/32");
	pair_clear(&p);
}

/* Transport mode was asked for, and the responder gives a tunnel: the child is not taken, and the responder's goes again. */
Test(session_child, transport_refused)
{
	struct pair p;

	pair_init(&p, "transport refused");
	hosts(&p);
	p.end[1].conf.child[0].mode = SA_TUNNEL;
	pair_start(&p);
	pair_run(&p, 2);
	cr_expect_eq(p.end[0].count[SESSION_CHILD_REFUSED], 1, "%s", p.end[0].log);
	cr_expect_str_eq(p.end[0].why.row[0].id, "mode");
	cr_expect(p.end[1].count[SESSION_CHILD_UP] == 1 && p.end[1].count[SESSION_CHILD_DOWN] == 1, "%s", p.end[1].log);
	cr_expect_null(session_child_at(p.end[1].s, 0));
	pair_clear(&p);
}
