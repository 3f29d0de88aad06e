/* NAT detection (RFC 7296 2.23): what both ends take their addresses for. */
#include "ike/natd.h"
#include "ike/session_priv.h"

enum { PRF_HMAC_SHA1 = 2, SHA1 = 20 };

/* A hash that fits no address makes the other end see a NAT. */
static void hash_add(struct sess_ike *ike, uint16_t type, const struct addr *a, uint16_t port, bool fake, struct build *b,
    struct err *e)
{
	struct natd_end end = { ike->pub.spi_i, ike->pub.spi_r, a, port };
	uint8_t hash[PRF_MAX];
	size_t n = SHA1;

	if (fake)
		rng_bytes(ike->s->conf->rng, hash, n);
	else if (natd_hash(alg_prf_by_id(PRF_HMAC_SHA1), &end, hash, &n, e) < 0)
		b->bad = true;
	build_notify(b, type, (struct span){ hash, n });
}

void sess_natd_add(struct sess_ike *ike, const struct session_path *path, struct build *b, struct err *e)
{
	hash_add(ike, IKE_N_NAT_DETECTION_SOURCE_IP, &path->local, path->local_port, ike->s->conf->force_natt, b, e);
	hash_add(ike, IKE_N_NAT_DETECTION_DESTINATION_IP, &path->remote, path->remote_port, false, b, e);
}

/* -1: nothing was said, else whether one of these notifies has the hash. */
static int has_hash(const struct ike_payloads *p, uint16_t type, const struct natd_end *end)
{
	int said = -1;

	for (unsigned i = 0; i < p->n; i++) {
		const struct pl_notify *n = &p->payload[i].notify;

		if (p->payload[i].type != IKE_P_NOTIFY || !p->payload[i].decoded || n->type != type)
			continue;
		if (natd_matches(alg_prf_by_id(PRF_HMAC_SHA1), end, n->data))
			return 1;
		said = 0;
	}
	return said;
}

static void look(struct sess_ike *ike, uint64_t spi_r, const struct session_path *path, const struct ike_payloads *p)
{
	struct session_ike *pub = &ike->pub;
	struct natd_end there = { pub->spi_i, spi_r, &path->remote, path->remote_port };
	struct natd_end here = { pub->spi_i, spi_r, &path->local, path->local_port };
	int source = has_hash(p, IKE_N_NAT_DETECTION_SOURCE_IP, &there);
	int destination = has_hash(p, IKE_N_NAT_DETECTION_DESTINATION_IP, &here);
	bool force = ike->s->conf->force_natt;

	pub->nat_there = source == 0;
	pub->nat_here = destination == 0;
	pub->natt = pub->nat_there || pub->nat_here || force;
	if (pub->natt)
		sess_event(ike, SESSION_NAT, NULL, "%s", pub->nat_there && pub->nat_here ? "both ends are behind a NAT" :
		    pub->nat_there ? "the peer is behind a NAT" : pub->nat_here ? "this end is behind a NAT" :
		    "no NAT, but ESP in UDP was asked for");
}

void sess_natd_look(struct sess_ike *ike, const struct session_path *path, const struct ike_payloads *p)
{
	look(ike, ike->pub.spi_r, path, p);
}

void sess_natd_first(struct sess_ike *ike, const struct sess_in *in)
{
	look(ike, 0, in->path, in->p);
}
