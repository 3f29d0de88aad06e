/* What sessions negotiate, judged by the follower of captures: it opens the same messages with the keys of the IKE SAs,
 * and derives the same child SAs from them. */
#include "unit/ike/pair.h"

#include "ike/follow.h"
#include "packet/ip.h"

enum { MOST = 64 };

static struct judge {
	struct follow *f;
	struct keyring ring;
	struct { uint32_t spi; uint8_t key[128]; size_t n; bool esn; enum sa_mode mode; unsigned deleted; } sa[MOST];
	unsigned n, bad, messages;
	uint64_t frame;
	struct { struct datagram d; uint8_t *p; } kept[512];
	unsigned nkept;
} judge;

static void keep_key(struct secret *to, const struct secret *from)
{
	struct err e;

	cr_assert_eq(secret_copy(&judge.ring.arena, to, from->p, from->n, &e), 0);
}

/* Of the initiator's events: all that can be known of an IKE SA but the secrets of the key exchanges. */
static void take_event(void *arg, const struct session_event *ev)
{
	const struct ike_keys *k = ev->ike->keys;
	struct keyset *set;
	struct err e;

	if (ev->kind == SESSION_KEYS) {
		cr_assert_not_null(set = keyring_add(&judge.ring, &e));
		set->k = (struct ike_keys){ .version = 2, .spi_i_known = true, .spi_r_known = true, .spi_i = k->spi_i, .spi_r = k->spi_r,
			.encr = k->encr, .encr_bits = k->encr_bits, .integ = k->integ, .prf = k->prf };
		keep_key(&set->k.sk_d, &k->sk_d);
		keep_key(&set->k.sk_ei, &k->sk_ei);
		keep_key(&set->k.sk_er, &k->sk_er);
		keep_key(&set->k.sk_ai, &k->sk_ai);
		keep_key(&set->k.sk_ar, &k->sk_ar);
		keep_key(&set->k.sk_pi, &k->sk_pi);
		keep_key(&set->k.sk_pr, &k->sk_pr);
		keyring_touch(&judge.ring);
	}
	pair_event(arg, ev);
}

/* Kept as captured: they are looked at once all keys are known. */
static bool capture(struct pair *p, struct pair_datagram *d)
{
	struct datagram *x = &judge.kept[judge.nkept].d;

	if (judge.nkept == sizeof judge.kept / sizeof judge.kept[0])
		return true;
	*x = (struct datagram){ .kind = DATAGRAM_IKE, .proto = IP_UDP, .src = d->path.remote, .dst = d->path.local,
		.sport = d->path.remote_port, .dport = d->path.local_port, .frame = (const uint64_t[]){ ++judge.frame }, .nframes = 1, .ns = p->now };
	judge.kept[judge.nkept].p = malloc(d->n);
	cr_assert_not_null(judge.kept[judge.nkept].p);
	memcpy(judge.kept[judge.nkept].p, d->p, d->n);
	x->body = (struct span){ judge.kept[judge.nkept++].p, d->n };
	x->whole = d->n;
	return true;
}

static int see_message(void *arg, const struct follow_message *m, struct err *e)
{
	(void)arg;
	(void)e;
	judge.messages++;
	judge.bad += m->verdict != V_OK;
	return 0;
}

static int see_child(void *arg, struct sa *sa, const struct follow_sa *of, enum follow_news news, struct err *e)
{
	(void)arg;
	(void)of;
	(void)e;
	for (unsigned i = 0; i < judge.n; i++)
		if (judge.sa[i].spi == sa->spi) {
			judge.sa[i].deleted += news == FOLLOW_DELETED;
			return 0;
		}
	cr_assert_lt(judge.n, MOST);
	judge.sa[judge.n].spi = sa->spi;
	judge.sa[judge.n].esn = sa->esn == SA_YES;
	judge.sa[judge.n].mode = sa->mode;
	pair_key_copy(judge.sa[judge.n].key, &judge.sa[judge.n].n, sa);
	judge.n++;
	return 0;
}

static void look(void)
{
	struct follow_options o = { .ring = &judge.ring, .message = see_message, .child = see_child };
	struct err e;

	cr_assert_not_null(judge.f = follow_new(&o, &e));
	for (unsigned i = 0; i < judge.nkept; i++) {
		cr_assert_eq(follow_push(judge.f, &judge.kept[i].d, &e), 0, "%s", e.text);
		free(judge.kept[i].p);
	}
	follow_free(judge.f);
	keyring_clear(&judge.ring);
}

/* All children that ever were, both directions. */
static void compare(const struct pair_end *x)
{
	for (unsigned i = 0; i < x->nchild; i++)
		for (int dir = 0; dir < 2; dir++) {
			const struct pair_child *c = &x->child[i];
			uint32_t spi = dir == 0 ? c->spi_in : c->spi_out;
			const uint8_t *key = dir == 0 ? c->key_in : c->key_out;
			size_t n = dir == 0 ? c->n_in : c->n_out;
			unsigned k = 0;

			while (k < judge.n && judge.sa[k].spi != spi)
				k++;
			cr_assert_lt(k, judge.n, "child %u is not seen", i);
			cr_expect(judge.sa[k].n == n && memcmp(judge.sa[k].key, key, n) == 0, "child %u, direction %d", i, dir);
			cr_expect(judge.sa[k].mode == c->mode && judge.sa[k].esn == (c->in.esn == SA_YES));
			cr_expect_eq(judge.sa[k].deleted, !c->up, "child %u, direction %d", i, dir);
		}
	cr_expect_eq(judge.n, 2 * x->nchild);
}

static void follows(const char *ike, const char *esp)
{
	struct pair p;
	struct err e;

	judge = (struct judge){ .n = 0 };
	pair_init(&p, ike);
	p.man = capture;
	for (int i = 0; i < 2; i++) {
		pair_offers(&p.end[i].conf, &p.end[i].conf.ike, IKE_PROTO_IKE, ike);
		pair_offers(&p.end[i].conf, &p.end[i].conf.child[0].offers, IKE_PROTO_ESP, esp);
	}
	p.end[0].calls.event = take_event;
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p), "%s\n%s", p.end[0].log, p.end[1].log);
	for (int i = 0; i < 6; i++) {
		struct pair_end *x = &p.end[i % 2];

		if (i == 2 || i == 3)
			session_rekey_ike(x->s, p.now, &e);
		else if (i == 4)
			session_new_child(x->s, &x->conf.child[0], p.now, &e);
		else
			session_rekey_child(x->s, session_child_at(x->s, 0)->number, p.now, &e);
		pair_quiet(&p);
	}
	pair_expect_equal(&p);
	cr_expect_eq(p.end[0].nchild, 5, "%s\n%s", p.end[0].log, p.end[1].log);
	look();
	cr_expect(judge.messages >= 24 && judge.bad == 0, "%u of %u messages", judge.bad, judge.messages);
	compare(&p.end[0]);
	compare(&p.end[1]);
	pair_clear(&p);
}

Test(session_follow, same_children)
{
	follows("aes128gcm16-prfsha256-x25519", "aes128gcm16");
	follows("aes256-sha384-ecp384", "aes256-sha256-esn");
	follows("chacha20poly1305-prfaesxcbc-modp2048", "chacha20poly1305-aes128gcm16");
	follows("aes128-aescmac-prfaescmac-ecp256", "aes128ctr-sha1");
}
