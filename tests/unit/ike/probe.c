/* Probes asked of a responder of our own, and of nobody, and of one who answers nonsense. */
#include <criterion/criterion.h>
#include <string.h>

#include "ike/hub.h"
#include "ike/probe.h"
#include "unit/ike/pair_conf.h"

enum { ROUNDS = 400 };

struct answer { uint8_t b[4096]; size_t n; unsigned count; };

static int keep(void *arg, const struct session_packet *p, struct err *e)
{
	struct answer *a = arg;

	(void)e;
	cr_assert_leq(p->bytes.n, sizeof a->b);
	memcpy(a->b, p->bytes.p, p->bytes.n);
	a->n = p->bytes.n;
	a->count++;
	return 0;
}

static void no_event(void *arg, const struct session_event *ev)
{
	(void)arg;
	(void)ev;
}

struct scene {
	struct session_conf conf;
	struct creds creds;
	struct rng rng;
	struct hub *hub;
	struct answer answer;
	struct session_path path, back;
	struct probe *probe;
};

static void begin(struct scene *x, const char *proposal, unsigned flags)
{
	static const struct span psk = { (const uint8_t *)"psk", 3 };
	struct session_calls calls = { .arg = &x->answer, .send = keep, .event = no_event };
	struct err e;

	*x = (struct scene){ .path = { .local = pair_addr("192.0.2.1"), .remote = pair_addr("192.0.2.2"), .local_port = 40000,
		.remote_port = 500 } };
	x->back = (struct session_path){ x->path.remote, x->path.local, x->path.remote_port, x->path.local_port, 0 };
	cr_assert_eq(secret_init(&e), 0);
	rng_init_seed(&x->rng, psk, "test");
	pair_conf(&x->conf, &x->creds, PAIR_R, psk, &x->rng);
	pair_offers(&x->conf, &x->conf.ike, IKE_PROTO_IKE, proposal);
	x->hub = hub_new(&x->conf, &calls, &e);
	x->probe = probe_new(&x->path, flags, &x->rng, &e);
	cr_assert(x->hub != NULL && x->probe != NULL);
}

static void end(struct scene *x)
{
	probe_free(x->probe);
	hub_free(x->hub);
	session_conf_clear(&x->conf);
	creds_clear(&x->creds);
}

/* All questions, answered by the hub. */
static void ask_all(struct scene *x)
{
	struct span request;
	struct err e;
	int rc, rounds = 0;

	while ((rc = probe_ask(x->probe, &request, &e)) > 0 && rounds++ < ROUNDS) {
		x->answer.n = 0;
		cr_assert_eq(hub_push(x->hub, &x->back, request, rounds * 1000000LL, &e), 0, "%s", e.text);
		if (x->answer.n == 0)
			probe_silent(x->probe);
		else
			cr_assert_geq(probe_take(x->probe, (struct span){ x->answer.b, x->answer.n }, &e), 0);
	}
	cr_assert_eq(rc, 0);
}

static void expect_yes(const struct probe_result *r, const char *want)
{
	char got[1024] = "", word[OFFER_WORD];

	for (unsigned i = 0; i < r->nalg; i++) {
		cr_expect(r->alg[i].says == PROBE_YES || r->alg[i].says == PROBE_NO);
		if (r->alg[i].says == PROBE_YES)
			snprintf(got + strlen(got), sizeof got - strlen(got), "%s ", offer_alg_format(word, r->alg[i].type, r->alg[i].alg));
	}
	cr_expect_str_eq(got, want);
}

static void finds(bool cookies)
{
	struct scene x;
	const struct probe_result *r;
	struct hub_stats stats;

	begin(&x, "aes256gcm16-aes128-sha256-prfsha384-ecp384-modp1024", 0);
	x.conf.force_cookie = cookies;
	ask_all(&x);
	r = probe_result(x.probe);
	cr_expect_eq(r->v2, PROBE_YES);
	cr_expect_eq(r->v1, PROBE_SILENT);
	cr_expect(r->chosen && !r->plain);
	cr_expect_eq(r->cookie, cookies);
	cr_expect(r->nat_said && !r->nat_here && !r->nat_there);
	cr_expect_eq(r->suite.of[IKE_T_KE].alg[0].id, 20);
	expect_yes(r, "aes128 aes256gcm16 sha256 prfsha384 modp1024 ecp384 ");
	/* one alone is kept there */
	hub_stats(x.hub, &stats);
	cr_expect_leq(stats.half_open, 1);
	end(&x);
}

Test(probe, finds_what_is_taken)
{
	finds(false);
}

Test(probe, gives_cookies_back)
{
	finds(true);
}

Test(probe, sees_a_nat)
{
	struct scene x;

	begin(&x, "aes128-sha256-x25519", PROBE_BRIEF);
	x.back.remote_port = 1234;		/* this end's port is another one there */
	ask_all(&x);
	cr_expect(probe_result(x.probe)->nat_here);
	cr_expect_not(probe_result(x.probe)->nat_there);
	cr_expect_leq(probe_result(x.probe)->asked, 4);
	end(&x);
}

Test(probe, nobody_there)
{
	struct scene x;
	struct span request;
	struct err e;
	int rounds = 0;

	begin(&x, "aes128-sha256-x25519", 0);
	while (probe_ask(x.probe, &request, &e) > 0 && rounds++ < 10)
		probe_silent(x.probe);
	cr_expect_eq(rounds, 2);		/* IKEv2, IKEv1 */
	cr_expect_eq(probe_result(x.probe)->v2, PROBE_SILENT);
	cr_expect_eq(probe_result(x.probe)->answered, 0);
	end(&x);
}

Test(probe, answers_of_others_are_none)
{
	struct scene x;
	struct span request;
	uint8_t b[128] = { 0 };
	struct err e;

	begin(&x, "aes128-sha256-x25519", 0);
	cr_assert_eq(probe_ask(x.probe, &request, &e), 1);
	cr_expect_eq(probe_take(x.probe, (struct span){ b, 0 }, &e), 0);
	cr_expect_eq(probe_take(x.probe, (struct span){ b, sizeof b }, &e), 0);
	cr_expect_eq(probe_take(x.probe, request, &e), 0);		/* itself: no answer */
	cr_expect_eq(probe_result(x.probe)->answered, 0);
	end(&x);
}
