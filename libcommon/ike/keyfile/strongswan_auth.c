#include <string.h>

#include "base/rd.h"
#include "ike/keyfile/strongswan.h"

/* RFC 7296 3.1, 3.2, 3.9 */
enum { NONCE = 40, IKE_SA_INIT = 34, NONCE_MIN = 16, NONCE_MAX = 256 };

static struct rd dump_of(const struct strongswan_record *r)
{
	return (struct rd){ r->bytes, r->bytes != NULL ? r->nbytes : 0, false };
}

/* RFC 7296 2.23: SPIi | SPIr | address | port, before it is hashed; RFC 3947 3.2 has the same. */
static void take_natd(struct swan_in *in)
{
	struct rd r = dump_of(in->r);
	struct swan_spis spis;

	spis.i = rd_u64(&r);
	spis.r = rd_u64(&r);
	if (rd_ok(&r) && (r.n == 4 + 2 || r.n == 16 + 2) && spis.r != 0)
		in->t->natd = spis;
}

/* The keys of the IKE SA that is authenticated now, or NULL. */
static struct keyset *auth_set(struct swan_in *in)
{
	struct swan_thread *t = in->t;
	struct swan_sa *sa = swan_sa(in, swan_job_sa(in));

	if (t->set != NULL && (t->auth || !t->set->rekeyed))
		return t->set;
	return sa != NULL ? sa->set : NULL;
}

static bool is_secret(const struct strongswan_record *r, const struct secret *s)
{
	return r->bytes != NULL && s->n > 0 && s->n == r->nbytes && bytes_eq(s->p, r->bytes, s->n);
}

/* SK_pi or SK_pr of an IKE SA that is authenticated now: says which, where no name does. */
static void take_sk_p(struct swan_in *in)
{
	const struct swan *w = in->w;
	struct swan_thread *t = in->t;

	for (unsigned i = 0; i < SWAN_RECENT && i < w->nrecent; i++) {
		struct keyset *set = w->recent[(w->nrecent - 1 - i) % SWAN_RECENT];
		bool initiator = is_secret(in->r, &set->k.sk_pi);

		if (!initiator && !is_secret(in->r, &set->k.sk_pr))
			continue;
		t->set = set;
		t->auth = true;
		t->auth_i = initiator;
		return;
	}
	t->auth = t->established = false;
}

/* The nonce payload of a message without encryption, or an empty span. */
static struct span find_nonce(struct rd r, uint8_t type)
{
	while (type != 0 && rd_ok(&r)) {
		uint8_t next = rd_u8(&r);
		uint16_t len;
		struct span body;

		rd_take(&r, 1);
		len = rd_u16(&r);
		body = rd_take(&r, len >= 4 ? len - 4u : r.n + 1);
		if (type == NONCE && rd_ok(&r))
			return body;
		type = next;
	}
	return (struct span){ 0 };
}

static int put_nonce(struct swan_in *in, struct secret *nonce, struct span from, struct err *e)
{
	if (nonce->n > 0 || from.n < NONCE_MIN || from.n > NONCE_MAX)
		return 0;
	return secret_copy(keyfile_arena(in->s), nonce, from.p, from.n, e);
}

/* RFC 7296 2.15: an end's IKE_SA_INIT message | the other's nonce | prf(SK_px, its ID payload's
 * body). */
static int take_octets(struct swan_in *in, struct err *e)
{
	struct swan_thread *t = in->t;
	struct rd r = dump_of(in->r), message = { 0 };
	struct keyset *set = t->set;
	struct span other = { 0 };
	struct swan_spis spis;
	uint8_t type, exchange;
	uint32_t len;
	size_t prf;

	if (!t->auth || set == NULL)
		return 0;
	message = r;
	spis.i = rd_u64(&r);
	spis.r = rd_u64(&r);
	type = rd_u8(&r);
	rd_take(&r, 1);
	exchange = rd_u8(&r);
	rd_take(&r, 1 + 4);
	len = rd_u32(&r);
	prf = set->k.skeyseed.n > 0 ? set->k.skeyseed.n : set->k.sk_pr.n;
	if (!rd_ok(&r) || exchange != IKE_SA_INIT || len < 28 || len > message.n ||
	    prf > message.n - len)
		return 0;
	r = rd_sub(&r, len - 28);
	rd_take(&message, len);
	other = rd_take(&message, message.n - prf);
	if (!t->auth_i)
		swan_set_spis(in, set, spis);
	if (put_nonce(in, t->auth_i ? &set->k.ni : &set->k.nr, find_nonce(r, type), e) < 0)
		return -1;
	return put_nonce(in, t->auth_i ? &set->k.nr : &set->k.ni, other, e);
}

/* charon's own nonces have SWAN_NONCE bytes, so that the role says where to cut. */
int swan_nonces(struct swan_in *in, struct keyset *set, struct err *e)
{
	size_t n = in->r->bytes != NULL ? in->r->nbytes : 0, ni;

	if (n < SWAN_NONCE + NONCE_MIN || n > SWAN_NONCE + NONCE_MAX ||
	    (set->role == KEYSET_ROLE_UNKNOWN && n != 2 * SWAN_NONCE))
		return 0;
	ni = set->role == KEYSET_RESPONDER ? n - SWAN_NONCE : SWAN_NONCE;
	if (put_nonce(in, &set->k.ni, (struct span){ in->r->bytes, ni }, e) < 0)
		return -1;
	return put_nonce(in, &set->k.nr, (struct span){ in->r->bytes + ni, n - ni }, e);
}

/* What the keys of the first child SA are made from: Ni | Nr of IKE_SA_INIT (RFC 7296 2.17). */
static int take_seed(struct swan_in *in, struct err *e)
{
	bool first = in->t->exchange == SWAN_AUTH || in->t->established;
	struct keyset *set = first ? auth_set(in) : NULL;

	if (set == NULL || set->k.version == 1 || set->rekeyed)
		return 0;
	in->t->established = false;
	return swan_nonces(in, set, e);
}

static void put_psk(struct swan_in *in)
{
	struct swan_thread *t = in->t;
	struct keyset *set = auth_set(in);

	if (set != NULL && set->k.psk.n == 0) {
		set->k.psk = t->psk;
		t->psk = (struct secret){ 0 };
	} else if (set != NULL && !secret_eq(&set->k.psk, &t->psk)) {
		format_note(in->s, in->r->line, in->r->column,
		    "the two ends have pre-shared keys of their own: kept "
		    "the one that came first");
	}
	secret_clear(&t->psk);
	t->psk_next = false;
}

static int take_secret(struct swan_in *in, struct err *e)
{
	struct swan_thread *t = in->t;

	secret_clear(&t->psk);
	if (in->r->bytes == NULL || in->r->nbytes == 0)
		return 0;
	if (secret_copy(keyfile_arena(in->s), &t->psk, in->r->bytes, in->r->nbytes, e) < 0)
		return -1;
	if (t->psk_next)
		put_psk(in);
	return 0;
}

int swan_authenticated(struct swan_in *in, struct word rest, struct err *e)
{
	(void)e;
	if (!word_has(&rest, " with pre-shared key"))
		return 0;
	if (word_has(&rest, "' (myself) with "))
		in->t->psk_next = true;
	else if (word_has(&rest, "successful") && in->t->psk.n > 0)
		put_psk(in);
	return 0;
}

/* RFC 8784 3: SK_d, SK_pi and SK_pr follow, as they are from now on. */
static int take_ppk(struct swan_in *in, struct err *e)
{
	struct swan_thread *t = in->t;
	struct keyset *set = auth_set(in);

	t->set = set;
	if (set == NULL && swan_open(in, e) < 0)
		return -1;
	t->open = false;
	t->ppk = true;
	if (in->r->bytes == NULL)
		return 0;
	secret_clear(&t->set->k.ppk);
	return secret_copy(keyfile_arena(in->s), &t->set->k.ppk, in->r->bytes, in->r->nbytes, e);
}

int swan_dump(struct swan_in *in, const struct word *label, struct err *e)
{
	if (!swan_is_sure(in))
		return 0;
	if (word_is(label, "natd_chunk"))
		take_natd(in);
	else if (word_is(label, "SK_p"))
		take_sk_p(in);
	else if (word_is(label, "octets = message + nonce + prf(Sk_px, IDx')"))
		return take_octets(in, e);
	else if (word_is(label, "seed"))
		return take_seed(in, e);
	else if (word_is(label, "secret"))
		return take_secret(in, e);
	else if (word_is(label, "derive keys using PPK"))
		return take_ppk(in, e);
	return 0;
}
