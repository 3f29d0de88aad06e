/* Lengths, and datagrams as they go. */
#include <stdlib.h>
#include <string.h>

#include "ike/impair_priv.h"

enum { LENGTH_AT = 24 };			/* of the message, in its header */

void ike_impair_chain(struct ike_impair *im, const struct ike_hdr *h, uint8_t *chain, size_t n)
{
	for (unsigned i = 0; im != NULL && i < im->n; i++)
		if (impair_hits(&im->fault[i], IKE_IMPAIR_CHAIN, h))
			im->fault[i].kind->chain(&im->fault[i], h->next, chain, n);
}

void impair_length(const struct impair_fault *f, uint8_t first, uint8_t *chain, size_t n)
{
	(void)first;
	if (n >= IKE_GENERIC_LEN)
		store_be16(chain + 2, (uint16_t)f->number);
}

/* RFC 7296 3.3.1: last (1), RESERVED (1), length (2)... */
void impair_proposal_length(const struct impair_fault *f, uint8_t first, uint8_t *chain, size_t n)
{
	struct rd r = rd_of(chain, n);
	uint8_t type = first;

	while (type != IKE_P_NONE && r.n >= IKE_GENERIC_LEN) {
		uint8_t *at = chain + (n - r.n);
		uint16_t length = load_be16(at + 2);

		if (length < IKE_GENERIC_LEN || length > r.n)
			return;
		if (type == IKE_P_SA && length >= 2 * IKE_GENERIC_LEN) {
			store_be16(at + IKE_GENERIC_LEN + 2, (uint16_t)f->number);
			return;
		}
		type = at[0];
		rd_take(&r, length);
	}
}

void impair_drop(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)f;
	(void)rng;
	d->times = 0;
}

void impair_no_answer(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)f;
	(void)rng;
	if (d->h.flags & IKE_FLAG_RESPONSE)
		d->times = 0;
}

void impair_duplicate(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)f;
	(void)rng;
	d->times *= 2;
}

void impair_replay(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)rng;
	d->back = (unsigned)f->number;
}

void impair_reorder(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)f;
	(void)rng;
	d->hold = true;
}

void impair_corrupt_icv(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)f;
	(void)rng;
	if (d->h.next == IKE_P_SK || d->h.next == IKE_P_SKF)
		d->p[d->n - 1] ^= 1;
}

void impair_corrupt(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	size_t i = f->number;

	if (f->number == UINT64_MAX && d->n > IKE_HDR_LEN)
		i = IKE_HDR_LEN + rng_below(rng, (uint32_t)(d->n - IKE_HDR_LEN));
	if (i < d->n)
		d->p[i] ^= 1;
}

void impair_truncate(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)rng;
	d->n -= f->number < d->n ? f->number : d->n - 1;
}

void impair_trailing(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	size_t n = f->number < d->room - d->n ? f->number : d->room - d->n;

	rng_bytes(rng, d->p + d->n, n);
	d->n += n;
}

void impair_message_length(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)rng;
	if (d->n >= IKE_HDR_LEN)
		store_be32(d->p + LENGTH_AT, d->h.length + (uint32_t)f->number);
}

void impair_missing_fragment(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d)
{
	(void)rng;
	if (d->h.next == IKE_P_SKF && d->n >= IKE_HDR_LEN + IKE_GENERIC_LEN + 2 &&
	    load_be16(d->p + IKE_HDR_LEN + IKE_GENERIC_LEN) == f->number)
		d->times = 0;
}

/* Takes the place of what was there; without memory it is forgotten. */
static void keep(struct impair_kept *k, uint64_t spi_i, struct span s)
{
	free(k->p);
	*k = (struct impair_kept){ .spi_i = spi_i, .p = malloc(s.n), .n = s.n };
	if (k->p != NULL)
		memcpy(k->p, s.p, s.n);
}

/* The one sent so many before, of the same IKE SA; empty: there was none.  The oldest is about to be overwritten. */
static struct span kept(const struct ike_impair *im, uint64_t spi_i, unsigned back)
{
	for (uint64_t i = im->nkept; i > 0 && im->nkept - i < IMPAIR_KEPT - 1; i--) {
		const struct impair_kept *k = &im->kept[(i - 1) % IMPAIR_KEPT];

		if (k->p != NULL && k->spi_i == spi_i && --back == 0)
			return (struct span){ k->p, k->n };
	}
	return (struct span){ 0 };
}

/* What goes instead of it, behind it what was held, and what is replayed. */
static unsigned sequence(struct ike_impair *im, const struct impair_datagram *d, struct span out[IKE_IMPAIR_OUT])
{
	struct span old = d->back > 0 ? kept(im, d->h.spi_i, d->back) : (struct span){ 0 };
	unsigned n = 0;

	if (d->hold && im->held.p == NULL && d->times > 0) {
		keep(&im->held, d->h.spi_i, (struct span){ d->p, d->n });
	} else {
		while (n < d->times && n < 2)
			out[n++] = (struct span){ d->p, d->n };
		if (im->held.p != NULL && im->held.spi_i == d->h.spi_i) {
			free(im->sent.p);
			im->sent = im->held;
			im->held = (struct impair_kept){ 0 };
			out[n++] = (struct span){ im->sent.p, im->sent.n };
		}
	}
	if (old.n > 0)
		out[n++] = old;
	return n;
}

unsigned ike_impair_send(struct ike_impair *im, struct span datagram, struct span out[IKE_IMPAIR_OUT])
{
	struct impair_datagram d = { .n = datagram.n, .room = IMPAIR_DATAGRAM + IMPAIR_STRAY, .times = 1 };
	struct rd r = rd_of(datagram.p, datagram.n);
	struct err e;
	unsigned n;

	out[0] = datagram;
	if (im == NULL || datagram.n <= IKE_HDR_LEN || datagram.n > IMPAIR_DATAGRAM || ike_hdr_decode(&d.h, &r, &e) < 0)
		return 1;
	d.p = im->room;
	memcpy(d.p, datagram.p, datagram.n);
	for (unsigned i = 0; i < im->n; i++)
		if (impair_hits(&im->fault[i], IKE_IMPAIR_DATAGRAM, &d.h))
			im->fault[i].kind->datagram(&im->fault[i], &im->rng, &d);
	n = sequence(im, &d, out);
	keep(&im->kept[im->nkept++ % IMPAIR_KEPT], d.h.spi_i, datagram);
	return n;
}
