/*
 * Datagrams for a hub of responders, from a few addresses: first messages of a true initiator with octets changed, or anything
 * at all.  The hub answers strangers with no more than they sent while it asks for cookies, and its half-open sessions stay
 * within their bound.
 */
#include <stdlib.h>
#include <string.h>

#include "ike/hub.h"
#include "unit/ike/pair_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

enum { MAX = 4096, HALF_OPEN = 8, MS = 1000000 };

static struct hub *hub;
static uint8_t model[MAX], answer[MAX];
static size_t model_n, answer_n, longest;

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* So many octets as the next one says, or all there are. */
static struct span some(struct rd *in)
{
	size_t n = rd_u8(in);

	return rd_take(in, n < in->n ? n : in->n);
}

static int keep_model(void *arg, const struct session_packet *p, struct err *e)
{
	(void)arg;
	(void)e;
	must(p->bytes.n <= sizeof model);
	memcpy(model, p->bytes.p, model_n = p->bytes.n);
	return 0;
}

static int keep_answer(void *arg, const struct session_packet *p, struct err *e)
{
	(void)arg;
	(void)e;
	must(p->bytes.n <= sizeof answer);
	memcpy(answer, p->bytes.p, answer_n = p->bytes.n);
	if (p->bytes.n > longest)
		longest = p->bytes.n;
	return 0;
}

static void event(void *arg, const struct session_event *ev)
{
	(void)arg;
	must(session_event_name(ev->kind) != NULL);
}

/* The cookie that came last goes into the next first message: in front of all other payloads. */
static size_t with_cookie(uint8_t *out)
{
	size_t extra = answer_n > 28 && answer[16] == IKE_P_NOTIFY ? answer_n - 28 : 0;

	if (extra == 0 || model_n + extra > MAX)
		return 0;
	memcpy(out, model, 28);
	memcpy(out + 28, answer + 28, extra);
	memcpy(out + 28 + extra, model + 28, model_n - 28);
	out[28] = model[16];
	out[16] = IKE_P_NOTIFY;
	store_be32(out + 24, (uint32_t)(model_n + extra));
	return model_n + extra;
}

static void datagram(struct rd *in, int64_t *now)
{
	struct session_path path = { .local = pair_addr("198.51.100.2"), .remote = pair_addr("192.0.2.1"), .local_port = 500,
		.remote_port = 500 };
	uint8_t what = rd_u8(in), bytes[MAX];
	struct hub_stats before, after;
	size_t n = 0;
	struct err e;

	path.remote.b[3] = what >> 4;
	switch (what & 3) {
	case 0: {
		struct span s = some(in);

		if ((n = s.n) > 0)
			memcpy(bytes, s.p, n);
		break;
	}
	case 1: memcpy(bytes, model, n = model_n); break;
	case 2: n = with_cookie(bytes); break;
	case 3:
		*now += rd_u16(in) * (int64_t)MS * 100;
		must(hub_tick(hub, *now, &e) == 0);
		return;
	}
	for (unsigned k = what & 4 ? rd_u8(in) % 8 : 0; k > 0 && n > 0; k--)
		bytes[rd_u16(in) % n] = rd_u8(in);
	hub_stats(hub, &before);
	longest = 0;
	must(hub_push(hub, &path, (struct span){ n > 0 ? bytes : NULL, n }, *now, &e) == 0);
	hub_stats(hub, &after);
	must(after.half_open <= HALF_OPEN && after.sessions <= HALF_OPEN);
	must(after.cookies_sent == before.cookies_sent || longest <= n);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const uint8_t psk[] = "secret";
	struct rd in = rd_of(p, n);
	struct session_conf conf[2];
	struct creds creds[2];
	struct session_calls calls = { .send = keep_answer, .event = event }, first = { .send = keep_model };
	struct session_path path = { .local = pair_addr("192.0.2.1"), .remote = pair_addr("198.51.100.2"), .local_port = 500,
		.remote_port = 500 };
	int64_t now = INT64_C(1790000000) * 1000 * MS;
	struct session *s;
	struct rng rng;
	struct err e;

	must(secret_init(&e) == 0);
	rng_init_seed(&rng, (struct span){ psk, sizeof psk }, "fuzz");
	for (int i = 0; i < 2; i++)
		pair_conf(&conf[i], &creds[i], i, (struct span){ psk, sizeof psk - 1 }, &rng);
	conf[PAIR_R].half_open_max = HALF_OPEN;
	conf[PAIR_R].cookie_after = 1 + rd_u8(&in) % 8u;
	must((s = session_initiate(&conf[PAIR_I], &first, &path, now, &e)) != NULL);
	session_free(s);
	must((hub = hub_new(&conf[PAIR_R], &calls, &e)) != NULL);
	answer_n = 0;
	for (int k = 0; k < 200 && in.n > 0; k++)
		datagram(&in, &now);
	hub_free(hub);
	for (int i = 0; i < 2; i++) {
		session_conf_clear(&conf[i]);
		creds_clear(&creds[i]);
	}
	return 0;
}
