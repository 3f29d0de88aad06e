#include "sa/lint.h"

/*
 * How much one key may encrypt.  With blocks of 64 bits two equal ones are as likely as not after 2^32,
 * 32 GiB, and then tell what was in them (sweet32.info, RFC 8221 5 for 3DES's standing); at 1 GiB the
 * chance is 1 in 2,000.  With blocks of 128 bits it is 2^48 blocks, 4 PiB, for 1 in 2^33; RFC 4106 2
 * sets 2^64.
 */
#define GIB (UINT64_C(1) << 30)
#define PIB (UINT64_C(1) << 50)

static const struct volume { uint8_t block; uint64_t limit, most; } volumes[] = {
	{ 8, GIB, 32 * GIB },
	{ 16, 4 * PIB, 4 * PIB },
};

static const struct volume *volume_of(const struct sa *sa)
{
	unsigned block = sa->encr != NULL ? alg_encr_cipher_block(sa->encr) : 0;

	for (size_t i = 0; i < sizeof volumes / sizeof volumes[0]; i++)
		if (volumes[i].block == block)
			return &volumes[i];
	return NULL;
}

/* The smaller of both that is set, or 0. */
static uint64_t limit_of(const struct sa *sa)
{
	uint64_t soft = sa->soft.bytes, hard = sa->hard.bytes;

	return hard == 0 || (soft != 0 && soft < hard) ? soft : hard;
}

static int check_volume(struct lint *l, const struct sa *sa, struct err *e)
{
	const struct volume *v = volume_of(sa);
	struct lint_hit hit = { .sa = sa };

	if (v == NULL)
		return 0;
	hit.name = sa->encr->name;
	if (sa->used.bytes > v->most) {
		hit.id = LINT_VOLUME_OVER;
		hit.found = sa->used.bytes;
		hit.wanted = v->most;
		return lint_add(l, hit, e);
	}
	/* with larger blocks sequence numbers end first, unless they are extended */
	if (!sa->life_known || (v->block > 8 && sa->esn != SA_YES))
		return 0;
	hit.id = LINT_VOLUME_LIMIT;
	hit.found = limit_of(sa);
	hit.wanted = v->limit;
	if (hit.found > v->limit || (hit.found == 0 && v->block == 8))
		return lint_add(l, hit, e);
	return 0;
}

/* What of used reached its limit, or NULL.  Seconds are counted by the times. */
static const char *over(const struct sa *sa, const struct sa_limits *limit, int64_t now)
{
	int64_t age = sa->created_known && now > sa->created ? (now - sa->created) / 1000000000 : 0;

	if (limit->s != 0 && (uint64_t)age >= limit->s)
		return "time";
	if (limit->bytes != 0 && sa->used.bytes >= limit->bytes)
		return "bytes";
	if (limit->packets != 0 && sa->used.packets >= limit->packets)
		return "packets";
	return NULL;
}

static bool is_limited(const struct sa_limits *a)
{
	return a->s != 0 || a->bytes != 0 || a->packets != 0;
}

int lint_life(struct lint *l, const struct sa *sa, int64_t now, struct err *e)
{
	struct lint_hit hit = { .id = LINT_EXPIRED, .sa = sa };
	bool limited = is_limited(&sa->hard) || is_limited(&sa->soft) || sa->expires_known;

	if (sa->proto == SA_IPCOMP)
		return 0;
	if (check_volume(l, sa, e) < 0)
		return -1;
	hit.name = over(sa, &sa->hard, now);
	if (hit.name == NULL && sa->expires_known && sa->expires <= now)
		hit.name = "time";
	if (hit.name == NULL) {
		hit.id = LINT_REKEY_DUE;
		hit.name = over(sa, &sa->soft, now);
	}
	if (hit.name != NULL)
		return lint_add(l, hit, e);
	if (limited || !sa->life_known)
		return 0;
	hit.id = sa->encr != NULL && sa->encr->salt > 0 ? LINT_MANUAL_COUNTER : LINT_NO_LIMIT;
	hit.name = sa->encr != NULL ? sa->encr->name : NULL;
	return lint_add(l, hit, e);
}
