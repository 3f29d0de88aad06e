#include "ike/derive.h"

#include <string.h>

#include "base/wr.h"
#include "crypto/prf.h"
#include "ike/keylog.h"
#include "sa/desc_row.h"
#include "sa/key_text.h"

static int missing(const char *what, struct err *e)
{
	return err_set(e, "no %s", what);
}

/* The shared secret, of a private value and what both sent. */
static int from_private(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;

	if (k->private_key.n == 0 || k->nshared > 0)
		return 0;
	if (d->ke_i.n == 0 || d->ke_r.n == 0)
		return err_set(e, "no %s, which goes with private", d->ke_i.n == 0 ? "ke_i" :
		    "ke_r");
	return keymat_private(k, secret_span(&d->ke_i), secret_span(&d->ke_r), arena, e) < 0
	    ? -1 : 0;
}

/* SKEYSEED of an IKE SA that follows another; the first one's is keymat_fill()'s. */
static int from_old(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;
	struct span secrets[IKE_KE_MAX], ni = secret_span(&k->ni), nr = secret_span(&k->nr);

	if (d->old_prf == NULL)
		return d->resumed ? missing("old, which goes with resumed", e) : 0;
	if (ni.n == 0 || nr.n == 0)
		return missing(ni.n == 0 ? "ni" : "nr", e);
	if (d->resumed)
		return keymat_skeyseed_resumed(d->old_prf, secret_span(&d->old_sk_d), ni, nr, arena,
		    &k->skeyseed, e);
	if (k->nshared == 0)
		return missing("shared", e);
	for (unsigned i = 0; i < k->nshared; i++)
		secrets[i] = secret_span(&k->shared[i]);
	return keymat_skeyseed_next(d->old_prf, secret_span(&d->old_sk_d), secrets, k->nshared, ni,
	    nr, arena, &k->skeyseed, e);
}

/* The first thing without which nothing of IKE's own keys follows. */
static int check_inputs(const struct ike_keys *k, struct err *e)
{
	if (k->prf == NULL)
		return missing("prf", e);
	if (k->skeyseed.n > 0 || k->sk_d.n > 0)
		return 0;
	if (k->ni.n == 0 || k->nr.n == 0)
		return missing(k->ni.n == 0 ? "ni" : "nr", e);
	return missing("shared, skeyseed or sk_d", e);
}

static int raw_part(const struct ike_keys *k, const struct secret *key, const struct span *parts,
    size_t n, struct arena *arena, struct secret *out, struct err *e)
{
	if (secret_new(arena, out, out->n > 0 ? out->n : DERIVE_LENGTH, e) < 0)
		return -1;
	return prf_plus(k->prf, secret_span(key), parts, n, out->p, out->n, e);
}

/* The material of SKEYSEED, and SK_d, which is its beginning, where nothing says how long other
 * keys are. */
static int raw_keys(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;
	uint8_t spi[16];
	struct span parts[3] = { secret_span(&k->ni), secret_span(&k->nr), { spi, sizeof spi } };

	if (k->skeyseed.n == 0)
		return 0;
	if (parts[0].n == 0 || parts[1].n == 0)
		return missing(parts[0].n == 0 ? "ni" : "nr", e);
	if (!k->spi_i_known || !k->spi_r_known)
		return missing(k->spi_i_known ? "spi_r" : "spi_i", e);
	store_be64(spi, k->spi_i);
	store_be64(spi + 8, k->spi_r);
	if (raw_part(k, &k->skeyseed, parts, 3, arena, &d->dkm, e) < 0)
		return -1;
	if (k->sk_d.n > 0)
		return 0;
	if (secret_new(arena, &k->sk_d, k->prf->key, e) < 0)
		return -1;
	return prf_plus(k->prf, secret_span(&k->skeyseed), parts, 3, k->sk_d.p, k->sk_d.n, e);
}

static int run_raw(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;
	struct span new = secret_span(&d->gir_new);
	struct span parts[2] = { secret_span(&k->ni), secret_span(&k->nr) };
	struct span with[3] = { new, parts[0], parts[1] };

	d->raw = true;
	if (raw_keys(d, arena, e) < 0)
		return -1;
	if (parts[0].n == 0 || parts[1].n == 0)
		return missing(parts[0].n == 0 ? "ni" : "nr", e);
	if (raw_part(k, &k->sk_d, parts, 2, arena, &d->dkm_child, e) < 0)
		return -1;
	if (new.n == 0)
		return 0;
	if (raw_part(k, &k->sk_d, with, 3, arena, &d->dkm_child_dh, e) < 0)
		return -1;
	return keymat_skeyseed_next(k->prf, secret_span(&k->sk_d), &new, 1, parts[0], parts[1],
	    arena, &d->skeyseed_rekey, e);
}

static int run_child(struct derive *d, struct arena *arena, struct err *e)
{
	const struct ike_keys *k = &d->set.k;
	const struct derive_child *c = &d->child;
	struct keymat_child in = { .prf = k->prf, .sk_d = secret_span(&k->sk_d),
		.nshared = c->nshared, .ni = secret_span(c->ni.n > 0 ? &c->ni : &k->ni),
		.nr = secret_span(c->nr.n > 0 ? &c->nr : &k->nr) };

	for (unsigned i = 0; i < c->nshared; i++)
		in.shared[i] = secret_span(&c->shared[i]);
	return keymat_child(&in, &c->want, 1, &d->pair, arena, e);
}

static int run_v2(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;

	if (from_private(d, arena, e) < 0 || from_old(d, arena, e) < 0 ||
	    keymat_fill(k, arena, e) < 0 || check_inputs(k, e) < 0)
		return -1;
	/* what SKEYSEED gives wants more than a child does */
	if (k->skeyseed.n > 0 && k->encr != NULL && k->sk_ei.n == 0 &&
	    k->encr->kind != ENCR_KIND_NULL && !(d->child.asked && k->sk_d.n > 0))
		return keymat_expand(k, arena, e);
	if (d->child.asked && k->sk_d.n == 0 && raw_keys(d, arena, e) < 0)
		return -1;
	if (d->child.asked)
		return run_child(d, arena, e) < 0 ? err_in(e, "child") : 0;
	return k->encr != NULL && k->sk_ei.n > 0 ? 0 : run_raw(d, arena, e);
}

static int run_quick(struct derive *d, struct arena *arena, struct err *e)
{
	const struct ike_keys *k = &d->set.k;
	const struct derive_child *c = &d->child;
	struct keymat_v1_quick q = { .prf = k->prf, .skeyid_d = secret_span(&k->skeyid_d),
		.ni = secret_span(&c->ni), .nr = secret_span(&c->nr), .protocol = c->ah ? 2 : 3,
		.encr = c->want.encr, .encr_bits = c->want.encr_bits, .integ = c->want.integ };

	if (c->nspi == 0)
		return missing("spi", e);
	if (c->nshared > 0)
		q.shared = secret_span(&c->shared[0]);
	for (size_t i = 0; i < c->nspi; i++) {
		q.spi = c->spi[i];
		if (keymat_v1_quick(&q, arena, &d->sa[i].encr, &d->sa[i].integ, e) < 0)
			return -1;
	}
	return 0;
}

static int run_v1_iv(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;
	uint8_t iv[KEYMAT_V1_IV_MAX];

	if (k->iv.n > 0 || k->encr == NULL || d->ke_i.n == 0 || d->ke_r.n == 0)
		return 0;
	if (keymat_v1_iv(k->prf, secret_span(&d->ke_i), secret_span(&d->ke_r), k->encr->block, iv,
	    e) < 0)
		return -1;
	return secret_copy(arena, &k->iv, iv, k->encr->block, e);
}

static int run_v1(struct derive *d, struct arena *arena, struct err *e)
{
	struct ike_keys *k = &d->set.k;

	if (k->prf == NULL)
		return missing("prf", e);
	if (from_private(d, arena, e) < 0)
		return -1;
	if (d->auth == KEYMAT_V1_PSK && k->psk.n == 0 && k->skeyid.n == 0)
		return missing("psk", e);
	if (k->skeyid.n == 0 && d->auth != KEYMAT_V1_NONE &&
	    keymat_v1_skeyid(k, d->auth, arena, e) < 0)
		return -1;
	if (keymat_v1_fill(k, arena, e) < 0 || run_v1_iv(d, arena, e) < 0)
		return -1;
	if (d->child.asked)
		return run_quick(d, arena, e) < 0 ? err_in(e, "child") : 0;
	if (k->skeyid.n == 0 && k->skeyid_e.n == 0)
		return missing(k->psk.n == 0 ? "skeyid, and no auth" :
		    k->ni.n == 0 ? "ni" : "nr", e);
	if (k->skeyid_e.n == 0)
		return missing(k->nshared == 0 ? "shared" : k->spi_i_known ? "cky_r" : "cky_i", e);
	return 0;
}

/* Characters from 1 as line and column; 0: no place is known. */
static int blame(const char *name, const char *text, size_t n, size_t at, struct err *e)
{
	size_t line = 1, column = 1;

	if (at == 0)
		return err_in(e, "%s", name);
	for (size_t i = 0; i < n && at > 1; i++) {
		bool first = ((unsigned char)text[i] & 0xc0) != 0x80;

		at -= first;
		column = text[i] == '\n' ? 1 : column + first;
		line += text[i] == '\n';
	}
	return err_in(e, "%s:%zu:%zu", name, line, column);
}

int derive_parse(struct derive *d, const char *name, const char *text, size_t n,
    struct arena *arena, struct err *e)
{
	struct jdoc doc = { 0 };
	struct jval root;
	int rc = jdoc_parse(&doc, text, n, e);

	if (rc == 0) {
		root = jdoc_root(&doc);
		rc = derive_read(d, &root, arena, e);
	}
	if (rc < 0)
		blame(name, text, n, doc.column, e);
	jdoc_clear(&doc);
	return rc;
}

int derive_run(struct derive *d, struct arena *arena, struct err *e)
{
	return d->set.k.version == 1 ? run_v1(d, arena, e) : run_v2(d, arena, e);
}

static void put(FILE *to, const char *key, const struct secret *s)
{
	if (s->n == 0)
		return;
	fprintf(to, ",\"%s\":\"", key);
	key_text_write(to, *s);
	putc('"', to);
}

static void put_sa(FILE *to, const struct secret *encr, const struct secret *integ)
{
	put(to, "encr_key", encr);
	put(to, "integ_key", integ);
	putc('}', to);
}

static void write_child(FILE *to, const struct derive *d)
{
	fputs(",\"child\":[", to);
	if (d->set.k.version == 1) {
		for (size_t i = 0; i < d->child.nspi; i++) {
			fprintf(to, "%s{\"spi\":\"0x%08x\"", i > 0 ? "," : "", d->child.spi[i]);
			put_sa(to, &d->sa[i].encr, &d->sa[i].integ);
		}
	} else {
		fputs("{\"from\":\"initiator\"", to);
		put_sa(to, &d->pair.encr_i, &d->pair.integ_i);
		fputs(",{\"from\":\"responder\"", to);
		put_sa(to, &d->pair.encr_r, &d->pair.integ_r);
	}
	putc(']', to);
}

/* Everything but what is no key of this IKE SA. */
static void write_event(FILE *to, const struct derive *d)
{
	fprintf(to, "{\"type\":\"event\",\"event\":\"derived\",\"version\":%d", d->set.k.version);
	for (size_t i = 0; i < keys_nfields; i++)
		if (keys_fields[i].version != 0 && strcmp(keys_fields[i].name, "ppk") != 0)
			put(to, keys_fields[i].name, keys_secret(&d->set.k, &keys_fields[i]));
	if (d->raw)
		put(to, "dkm", &d->dkm);
	put(to, "dkm_child", &d->dkm_child);
	put(to, "dkm_child_dh", &d->dkm_child_dh);
	put(to, "skeyseed_rekey", &d->skeyseed_rekey);
	if (d->child.asked)
		write_child(to, d);
	fputs("}\n", to);
}

int derive_write(FILE *to, const struct derive *d, struct err *e)
{
	struct format_out o = { .to = to };

	if (!d->raw && !d->child.asked && d->set.k.spi_i_known)
		return keylog_write(&o, keylog_row(0), &d->set, e);
	write_event(to, d);
	return 0;
}
