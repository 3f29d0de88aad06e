#include "esp/explain_priv.h"

#include <string.h>

#include "esp/esp.h"

/* In blocks of 16 octets: to key a cipher and a MAC, and to use them once. */
enum { KEYING = 400, USE = 40, OTHERS = 256 };

struct suite_keys explain_keys(const struct attempt *a)
{
	struct suite_keys k;

	sa_suite_keys(a->sa, &k);
	k.use = SUITE_FOR_OPEN;
	return k;
}

void explain_salt(const uint8_t *key, size_t n, size_t salt, int way, uint8_t *out)
{
	memcpy(out, key, n);
	switch (way) {
	case 0:
		memcpy(out, key + salt, n - salt);
		memcpy(out + n - salt, key, salt);
		break;
	case 1:
		memset(out + n - salt, 0, salt);
		break;
	default:
		for (size_t i = 0; i < salt; i++)
			out[n - 1 - i] = key[n - salt + i];
	}
}

const char *explain_salt_text(int way)
{
	static const char *const texts[] = { "the salt taken from the key's front: it goes last",
		"a salt of zeros", "the salt's octets in reverse order" };

	return texts[way];
}

struct esn_list explain_esn(const struct attempt *a)
{
	struct esn_list l = { .n = 0 };

	if (a->group != NULL && a->known->settled) {
		struct decap_plan p = decap_plan(a->d, a->group, a->layer->seq);

		l.seq[l.n++] = (struct esp_seq){ p.esn, p.high };
		return l;
	}
	if (a->sa->esn != SA_YES)
		l.seq[l.n++] = (struct esp_seq){ false, 0 };
	if (a->sa->esn == SA_NO)
		return l;
	for (unsigned i = 0; i < 2 * a->sa->nhints; i++)	/* that half, and the next one */
		l.seq[l.n++] = (struct esp_seq){ true, (uint32_t)(a->sa->seq_hint[i / 2] >> 32) + i % 2 };
	for (uint32_t high = 0; high < EXPLAIN_HALVES; high++)
		l.seq[l.n++] = (struct esp_seq){ true, high };
	return l;
}

/* The numbers of the list; tells the right one. */
static bool opens(struct attempt *a, struct suite *s, const struct esn_list *l, struct esp_seq *seq)
{
	struct suite_job job = { .p = attempt_p(a), .n = a->place.n, .out = a->x->room, .head = ESP_HEAD };

	for (unsigned i = 0; i < l->n; i++) {
		if (!explain_pay(a, USE + a->place.n / 16))
			return false;
		job.esn = l->seq[i].esn;
		job.esn_high = l->seq[i].high;
		suite_open_many(s, &job, 1);
		if (job.result == SUITE_OK) {
			if (seq != NULL)
				*seq = l->seq[i];
			return true;
		}
	}
	return false;
}

bool explain_verifies(struct attempt *a, const struct suite_keys *k, struct esp_seq *seq)
{
	struct esn_list l = explain_esn(a);
	struct suite *s;
	struct err e;
	bool ok;

	if (!explain_pay(a, KEYING) || (s = suite_new(k, &e)) == NULL)
		return false;
	ok = suite_icv_len(s) > 0 && opens(a, s, &l, seq);
	suite_free(s);
	return ok;
}

bool explain_ah_verifies(struct attempt *a, const struct alg_integ *integ, const struct secret *key,
    unsigned icv_bits, struct esp_seq *seq)
{
	struct esn_list l = explain_esn(a);
	struct ah_mac *m;
	struct ah_view view;
	struct err e;
	bool ok = false;

	if (!explain_pay(a, KEYING) ||
	    (m = ah_mac_new(integ, (struct span){ key->p, key->n }, icv_bits, &e)) == NULL)
		return false;
	for (unsigned i = 0; i < l.n && !ok && explain_pay(a, USE + a->place.ip.len / 16); i++) {
		ok = ah_open(m, a->x->packet, a->place.ip.len, a->place.at, l.seq[i], &view) == V_OK;
		if (ok && seq != NULL)
			*seq = l.seq[i];
	}
	ah_mac_free(m);
	return ok;
}

bool explain_sa_verifies(struct attempt *a, const struct sa *sa)
{
	struct suite_keys k;

	if (sa->proto == SA_AH)
		return explain_ah_verifies(a, sa->integ, &sa->integ_key, sa->icv_bits, NULL);
	sa_suite_keys(sa, &k);
	k.use = SUITE_FOR_OPEN;
	return explain_verifies(a, &k, NULL);
}

struct plausible explain_decrypt(struct attempt *a, const struct suite_keys *k)
{
	struct suite_job job = { .p = attempt_p(a), .n = a->place.n, .out = a->x->room, .head = ESP_HEAD,
		.no_verify = true };
	struct plausible w = { 0 };
	struct suite *s;
	struct err e;

	if (!explain_pay(a, KEYING + USE + a->place.n / 16) || (s = suite_new(k, &e)) == NULL)
		return w;
	job.esn = a->layer->esn;
	job.esn_high = a->layer->high;
	suite_open_many(s, &job, 1);
	if (job.result != SUITE_BAD_LENGTH)
		w = plausible_esp(a->x->room, a->place.n - ESP_HEAD - suite_iv_len(s) - suite_icv_len(s),
		    a->sa->mode, &a->src, &a->dst);
	suite_free(s);
	return w;
}

bool explain_is_reverse(const struct attempt *a, const struct sa *sa)
{
	if (sa->dir != SA_DIR_UNKNOWN && a->sa->dir != SA_DIR_UNKNOWN)
		return sa->dir != a->sa->dir;
	return (sa->src.family != 0 || sa->dst.family != 0) &&
	    (sa->src.family == 0 || addr_eq(&sa->src, &a->dst)) &&
	    (sa->dst.family == 0 || addr_eq(&sa->dst, &a->src));
}

const struct sa *explain_other_sa(struct attempt *a, bool (*fits)(struct attempt *a, const struct sa *sa))
{
	uint32_t n = (uint32_t)sad_count(a->d->sad), tried = 0;

	for (int reverse = 1; reverse >= 0; reverse--)
		for (uint32_t i = 0; i < n && tried < OTHERS; i++) {
			const struct sa *sa = &sad_at(a->d->sad, i)->sa;

			if (sa == a->sa || sa->proto != a->sa->proto || !sa_has_keys(sa) ||
			    explain_is_reverse(a, sa) != (reverse == 1))
				continue;
			tried++;
			if (fits(a, sa))
				return sa;
		}
	return NULL;
}
