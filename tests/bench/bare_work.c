#include "bare_work.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/wr.h"
#include "packet/checksum.h"

enum { HEAD = BARE_RECORD + BARE_ETHER, ROTATE = 65536, UDP = 17, ESP = 50, IPIP = 4 };

static uint32_t spread(uint32_t key)
{
	return key * 0x9e3779b1u >> 8;
}

static uint32_t table_key(const struct bare_plan *p, uint32_t i)
{
	return p->seal ? BARE_DST + i : BARE_SPI + i;
}

static void *key_stream(void)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t key[32];

	if (ctx == NULL || RAND_bytes(key, sizeof key) != 1 ||
	    EVP_EncryptInit_ex(ctx, EVP_aes_128_ctr(), NULL, key, key + 16) != 1)
		bare_die("random IVs");
	return ctx;
}

struct bare_worker *bare_worker_new(const struct bare_plan *p, size_t batch)
{
	struct bare_worker *w = calloc(1, sizeof *w);

	if (w == NULL || (w->in = aligned_alloc(4096, batch + BARE_SLACK)) == NULL ||
	    (w->out = aligned_alloc(4096, BARE_GROWTH * batch + ROTATE + BARE_SLACK)) == NULL ||
	    (w->iv = calloc(BARE_JOBS, 16)) == NULL || (w->sa = calloc(p->nsa, sizeof *w->sa)) == NULL ||
	    (w->table = calloc((size_t)p->mask + 1, sizeof *w->table)) == NULL ||
	    (w->engine = p->engine->start()) == NULL)
		bare_die("memory");
	w->plan = p;
	w->ivs = p->seal && p->suite->iv == 16 ? key_stream() : NULL;
	for (uint32_t i = 0; i < p->nsa; i++) {
		uint32_t at = spread(table_key(p, i)) & p->mask;

		bare_sa_make(&w->sa[i], p->suite, i);
		if (!p->engine->key(w->engine, &w->sa[i], p->seal))
			bare_die("keys");
		while (w->table[at] != 0)
			at = (at + 1) & p->mask;
		w->table[at] = i + 1;
	}
	return w;
}

static const struct bare_sa *find(const struct bare_worker *w, uint32_t key)
{
	uint32_t mask = w->plan->mask, at = spread(key) & mask;

	if (w->plan->seal && w->plan->nsa == 1)
		return &w->sa[0];
	for (; w->table[at] != 0; at = (at + 1) & mask)
		if (table_key(w->plan, w->table[at] - 1) == key)
			return &w->sa[w->table[at] - 1];
	bare_die("a packet without an SA");
	return NULL;
}

/* at: the IP header of n bytes; what to open. */
static inline void add_open(struct bare_worker *w, uint8_t *at, size_t n)
{
	const struct bare_sa *sa = find(w, load_be32(at + BARE_IP));
	size_t around = BARE_IP + BARE_ESP + sa->suite->iv + sa->suite->icv;
	struct bare_job *j = &w->jobs[w->n++];

	if (at[9] != ESP || n < around + BARE_IP + 2)
		bare_die("not a packet of ours");
	j->sa = sa;
	j->at = at + BARE_IP;
	j->n = (uint32_t)(n - around);
}

/* The same with what to seal: its ESP header is still to be placed. */
static inline void add_seal(struct bare_worker *w, uint8_t *at, size_t n)
{
	const struct bare_sa *sa = find(w, load_be32(at + 16));
	size_t align = sa->suite->block, pad = -(n + 2) & (align - 1);
	struct bare_job *j = &w->jobs[w->n++];

	j->sa = sa;
	j->at = at;
	j->n = (uint32_t)(n + pad + 2);
	j->seq = ++w->plan->seq[sa - w->sa];
}

static inline size_t cut(struct bare_worker *w, uint8_t *p, size_t n, bool seal)
{
	size_t at = 0;

	w->n = 0;
	while (w->n < BARE_JOBS && n - at >= HEAD + BARE_IP) {
		uint8_t *rec = p + at;
		uint32_t len;
		size_t total = load_be16(rec + HEAD + 2);

		memcpy(&len, rec + 8, sizeof len);
		if (len > n - at - BARE_RECORD)
			break;
		if (rec[HEAD] != 0x45 || total + BARE_ETHER > len || total > BARE_PACKET_MAX)
			bare_die("not IPv4 over Ethernet");
		if (seal)
			add_seal(w, rec + HEAD, total);
		else
			add_open(w, rec + HEAD, total);
		at += BARE_RECORD + len;
	}
	return at;
}

size_t bare_cut(struct bare_worker *w, uint8_t *p, size_t n)
{
	return w->plan->seal ? cut(w, p, n, true) : cut(w, p, n, false);
}

/* The record of what was opened to p; its length. */
static inline size_t finish(struct bare_worker *w, const struct bare_job *j, uint8_t *out, const uint8_t *p)
{
	size_t pad = p[j->n - 2], n = j->n - 2 - pad;
	const uint8_t *rec = j->at - BARE_IP - HEAD;
	uint32_t len = (uint32_t)(BARE_ETHER + n);

	if (p[j->n - 1] != IPIP || j->n < BARE_IP + 2 + pad || load_be16(p + 2) != n)
		bare_die("not a tunnelled packet");
	if (p != out + HEAD)
		memcpy(out + HEAD, p, n);
	memcpy(out, rec, 8);
	memcpy(out + 8, &len, 4);
	memcpy(out + 12, &len, 4);
	memcpy(out + BARE_RECORD, rec + BARE_RECORD, BARE_ETHER);
	w->packets++;
	w->inner += n;
	return HEAD + n;
}

static size_t open_each(struct bare_worker *w)
{
	const struct bare_engine *g = w->plan->engine;
	uint8_t *out = w->out, *end = out + ROTATE;

	for (size_t i = 0; i < w->n; i++) {
		const struct bare_job *j = &w->jobs[i];

		if (!g->open(w->engine, j->sa, j->at, j->n, out + HEAD))
			bare_die("a packet does not verify");
		out += finish(w, j, out, out + HEAD);
		if (!w->plan->keep && out > end)
			out = w->out;
	}
	return (size_t)(out - w->out);
}

/* Opened where they are (with keep), then moved together. */
static size_t open_many(struct bare_worker *w)
{
	uint8_t *out = w->out;

	for (size_t i = 0; i < w->n; i++) {
		struct bare_job *j = &w->jobs[i];

		j->out = w->plan->keep ? j->at + BARE_ESP + j->sa->suite->iv : out;
		out += (j->n + 63) / 64 * 64;
	}
	if (!w->plan->engine->many(w->engine, w->jobs, w->n, false))
		bare_die("a packet does not verify");
	out = w->out;
	for (size_t i = 0; i < w->n; i++) {
		const struct bare_job *j = &w->jobs[i];

		if (w->plan->keep) {
			out += finish(w, j, out, j->out);
		} else {
			w->packets++;
			w->inner += j->n - 2 - j->out[j->n - 2];
		}
	}
	return (size_t)(out - w->out);
}

static void put_trailer(uint8_t *p, size_t n, size_t body)
{
	size_t pad = body - n - 2;

	for (size_t i = 0; i < pad; i++)
		p[n + i] = (uint8_t)(i + 1);
	p[body - 2] = (uint8_t)pad;
	p[body - 1] = IPIP;
}

/* Everything in front of the body; the whole record's length. */
static size_t head(const struct bare_job *j, uint8_t *out, const uint8_t *iv)
{
	static const uint8_t ip[BARE_IP] = { 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, ESP, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2 };
	const struct bare_suite *s = j->sa->suite;
	size_t n = BARE_IP + BARE_ESP + s->iv + j->n + s->icv;
	uint32_t len = (uint32_t)(BARE_ETHER + n), seq = j->seq;
	uint32_t sum = 0x4500 + 0x4000 + 0x4032 + 2 * (0xc000 + 0x0200) + 1 + 2 + (uint32_t)n;
	const uint8_t *rec = j->at - HEAD;
	uint8_t *to = out + HEAD;

	memcpy(out, rec, 8);
	memcpy(out + 8, &len, 4);
	memcpy(out + 12, &len, 4);
	memcpy(out + BARE_RECORD, rec + BARE_RECORD, BARE_ETHER);
	memcpy(to, ip, sizeof ip);
	store_be16(to + 2, (uint16_t)n);
	sum = (sum >> 16) + (sum & 0xffff);
	store_be16(to + 10, (uint16_t)~(sum + (sum >> 16)));
	store_be32(to + BARE_IP, j->sa->spi);
	store_be32(to + BARE_IP + 4, seq);
	if (s->iv == 8)
		store_be64(to + BARE_IP + BARE_ESP, seq);
	else
		memcpy(to + BARE_IP + BARE_ESP, iv, 16);
	return BARE_RECORD + len;
}

static size_t inner_len(const struct bare_job *j)
{
	return load_be16(j->at + 2);
}

/* From the input to its place; the trailer is written behind the input and taken away again. */
static void seal_one(struct bare_worker *w, const struct bare_job *j, uint8_t *out)
{
	uint8_t *p = j->at, behind[32];
	size_t n = inner_len(j);

	memcpy(behind, p + n, sizeof behind);
	put_trailer(p, n, j->n);
	if (!w->plan->engine->seal(w->engine, j->sa, out + HEAD + BARE_IP, p, j->n))
		bare_die("a packet cannot be sealed");
	memcpy(p + n, behind, sizeof behind);
}

static size_t seal(struct bare_worker *w)
{
	const struct bare_plan *p = w->plan;
	uint8_t *out = w->out, *end = out + ROTATE;
	int len;

	if (w->ivs != NULL)			/* RFC 3602 3: nobody may foresee them */
		EVP_EncryptUpdate(w->ivs, w->iv, &len, w->iv, (int)(16 * w->n));
	for (size_t i = 0; i < w->n; i++) {
		struct bare_job *j = &w->jobs[i];
		size_t n = inner_len(j), len_all = head(j, out, w->iv + 16 * i);

		w->packets++;
		w->inner += n;
		if (p->engine->many == NULL) {
			seal_one(w, j, out);
		} else {
			j->out = out + HEAD + BARE_IP + BARE_ESP + p->suite->iv;
			memcpy(j->out, j->at, n);
			j->at = out + HEAD + BARE_IP;
			put_trailer(j->out, n, j->n);
		}
		out += len_all;
		if (p->engine->many == NULL && !p->keep && out > end)
			out = w->out;
	}
	if (p->engine->many != NULL && !p->engine->many(w->engine, w->jobs, w->n, true))
		bare_die("a packet cannot be sealed");
	return (size_t)(out - w->out);
}

size_t bare_work(struct bare_worker *w)
{
	size_t n = w->plan->seal ? seal(w) : w->plan->engine->many != NULL ? open_many(w) : open_each(w);

	return w->plan->keep ? n : 0;
}
