#include <string.h>

#include "crypto/ke.h"
#include "ike/natd.h"
#include "ike/probe_priv.h"

enum { SHA1 = 2, MODP768 = 1, MODP1024 = 2, MODP2048 = 14, AEAD = 0, PLAIN = 1, SIZES = 8 };

static void add_alg(struct probe *p, uint8_t type, uint16_t id, unsigned bits)
{
	if (p->r.nalg < PROBE_ALGS)
		p->r.alg[p->r.nalg++] = (struct probe_alg){ .type = type, .alg = { id, (uint16_t)bits } };
}

/* Ciphers of IKE messages: they have an IV (RFC 8750 1), and protect more than integrity. */
static bool encr_for_ike(const struct alg_encr *a)
{
	bool kind = a->kind == ENCR_KIND_CBC || a->kind == ENCR_KIND_CTR || a->kind == ENCR_KIND_AEAD;

	return kind && a->id != 0 && a->iv != 0;
}

static void list_encr(struct probe *p)
{
	const struct alg_encr *a;

	for (size_t i = 0; (a = alg_encr_row(i)) != NULL; i++) {
		struct offer *o = &p->all.offer[a->kind == ENCR_KIND_AEAD ? AEAD : PLAIN];
		bool several = a->max_bits != 0 || a->size[1].bits != 0;

		for (unsigned s = 0; encr_for_ike(a) && s < SIZES && a->size[s].bits != 0; s++) {
			unsigned bits = several ? a->size[s].bits : 0;

			offer_add(o, IKE_T_ENCR, a->id, bits);
			add_alg(p, IKE_T_ENCR, a->id, bits);
		}
	}
}

int probe_list(struct probe *p, struct err *e)
{
	const struct alg_integ *integ;
	const struct alg_prf *prf;
	const struct alg_ke *ke;
	struct offer *o[2];

	for (int i = AEAD; i <= PLAIN; i++)
		if (offers_add(&p->all, IKE_PROTO_IKE, &p->mem) == NULL)
			return err_nomem(e);
	o[AEAD] = &p->all.offer[AEAD];
	o[PLAIN] = &p->all.offer[PLAIN];
	list_encr(p);
	for (size_t i = 0; (integ = alg_integ_row(i)) != NULL; i++) {
		if (integ->id == 0 || integ->kind == INTEG_KIND_NONE || integ->kind == INTEG_KIND_GMAC)
			continue;
		offer_add(o[PLAIN], IKE_T_INTEG, integ->id, 0);
		add_alg(p, IKE_T_INTEG, integ->id, 0);
	}
	for (size_t i = 0; (prf = alg_prf_row(i)) != NULL; i++) {
		if (prf->id == 0)
			continue;
		offer_add(o[AEAD], IKE_T_PRF, prf->id, 0);
		offer_add(o[PLAIN], IKE_T_PRF, prf->id, 0);
		add_alg(p, IKE_T_PRF, prf->id, 0);
	}
	for (size_t i = 0; (ke = alg_ke_row(i)) != NULL; i++) {
		if (ke->kind == KE_KIND_KEM)
			continue;
		if (ke->id != MODP768) {		/* the one that is not offered, see probe.h */
			offer_add(o[AEAD], IKE_T_KE, ke->id, 0);
			offer_add(o[PLAIN], IKE_T_KE, ke->id, 0);
		}
		add_alg(p, IKE_T_KE, ke->id, 0);
	}
	return 0;
}

static void only(struct offer *o, unsigned type, struct offer_alg a)
{
	o->of[type] = (struct offer_list){ 0 };
	offer_add(o, type, a.id, a.bits);
}

/* All that is offered in this step. */
static void choose_offers(const struct probe *p, struct offer *o, struct offers *os)
{
	const struct probe_alg *one = &p->r.alg[p->at];
	bool encr = p->step == PROBE_ONE && one->type == IKE_T_ENCR, aead = encr && offer_alg_is_aead(one->alg);
	bool plain_only = (encr && !aead) || (p->step == PROBE_ONE && one->type == IKE_T_INTEG);

	*os = (struct offers){ .offer = o };
	if (!plain_only)
		o[os->n++] = p->all.offer[AEAD];
	if (!aead)
		o[os->n++] = p->all.offer[PLAIN];
	/* all groups where none is computed: a gateway may take some algorithms with some of them alone */
	for (unsigned i = 0; i < os->n; i++) {
		if (p->step == PROBE_ONE)
			only(&o[i], one->type, one->alg);
		if (p->group != 0 && (p->step == PROBE_ALL || (p->r.plain && !(p->step == PROBE_ONE && one->type == IKE_T_KE))))
			only(&o[i], IKE_T_KE, (struct offer_alg){ p->group, 0 });
	}
}

static uint16_t choose_group(const struct probe *p)
{
	const struct probe_alg *one = &p->r.alg[p->at];
	bool ke = p->step == PROBE_ONE && one->type == IKE_T_KE;
	uint16_t group = ke ? one->alg.id : p->group != 0 ? p->group : MODP2048;

	if (p->step == PROBE_ALL || (p->step == PROBE_ONE && p->r.plain))
		return group;
	return ke && group == MODP768 ? MODP1024 : MODP768;
}

/* A public value; nobody will ever agree on a key with it. */
static int add_ke(struct probe *p, uint16_t group, struct err *e)
{
	const struct alg_ke *ke = alg_ke_by_id(group);
	struct arena arena = { 0 };
	struct secret key;
	uint8_t value[KE_PUBLIC_MAX];
	int rc = ke_generate(ke, p->rng, &arena, &key, e);

	if (rc == 0)
		rc = ke_public(ke, (struct span){ key.p, key.n }, value, e);
	arena_clear(&arena);
	if (rc == 0)
		build_ke(&p->build, group, (struct span){ value, ke->pub_i });
	return rc;
}

static int add_natd(struct probe *p, struct err *e)
{
	const struct session_path *path = p->path;
	const struct alg_prf *sha1 = alg_prf_by_id(SHA1);
	struct natd_end source = { p->spi, 0, &path->local, path->local_port };
	struct natd_end destination = { p->spi, 0, &path->remote, path->remote_port };
	uint8_t hash[PRF_MAX];
	size_t n;

	if (natd_hash(sha1, &source, hash, &n, e) < 0)
		return -1;
	build_notify(&p->build, IKE_N_NAT_DETECTION_SOURCE_IP, (struct span){ hash, n });
	if (natd_hash(sha1, &destination, hash, &n, e) < 0)
		return -1;
	build_notify(&p->build, IKE_N_NAT_DETECTION_DESTINATION_IP, (struct span){ hash, n });
	return 0;
}

/* That this end can do all of it, so that the other one says if it can. */
static void add_abilities(struct build *b)
{
	static const uint8_t hashes[] = { 0, 1, 0, 2, 0, 3, 0, 4, 0, 5 };

	build_notify(b, IKE_N_IKEV2_FRAGMENTATION_SUPPORTED, (struct span){ 0 });
	build_notify(b, IKE_N_SIGNATURE_HASH_ALGORITHMS, (struct span){ hashes, sizeof hashes });
	build_notify(b, IKE_N_REDIRECT_SUPPORTED, (struct span){ 0 });
	build_notify(b, IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED, (struct span){ 0 });
	build_notify(b, IKE_N_USE_PPK, (struct span){ 0 });
}

int probe_make(struct probe *p, struct err *e)
{
	struct ike_message m = { .hdr = { .spi_i = p->spi, .version = IKE_V2, .exchange = IKE_X_SA_INIT,
		.flags = IKE_FLAG_INITIATOR } };
	struct wr w = wr_of(p->out, sizeof p->out);
	struct build *b = &p->build;
	struct offer offer[2];
	struct offers os;

	build_clear(b);
	choose_offers(p, offer, &os);
	p->ke_group = choose_group(p);
	if (p->ncookie > 0)
		build_notify(b, IKE_N_COOKIE, (struct span){ p->cookie, p->ncookie });
	build_sa(b, &os, (struct span){ 0 }, 0);
	if (add_ke(p, p->ke_group, e) < 0)
		return -1;
	build_nonce(b, (struct span){ p->nonce, sizeof p->nonce });
	if (add_natd(p, e) < 0)
		return -1;
	if (p->step == PROBE_ALL)
		add_abilities(b);
	if (!build_ok(b))
		return err_nomem(e);
	m.payloads = build_payloads(b);
	if (ike_message_encode(&m, &w, e) < 0)
		return -1;
	p->nout = w.n;
	return 0;
}
