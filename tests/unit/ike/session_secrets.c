/* After a session nothing of its keys is left in this process' memory. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "ike/session_priv.h"
#include "unit/ike/pair.h"

enum { MASK = 0xa5, SECRETS = 64, SOME = 16, PIECE = 1 << 16, LARGE = 1 << 27 };

static struct pair p;
/* The first octets of each secret that was seen, masked, so that they are none themselves. */
static struct { uint8_t p[SOME]; const char *name; } secrets[SECRETS];
static unsigned n;

static void note(const char *name, const struct secret *s)
{
	if (s->n < SOME || n == SECRETS)
		return;
	for (int i = 0; i < SOME; i++)
		secrets[n].p[i] = s->p[i] ^ MASK;
	secrets[n++].name = name;
}

static void event(void *arg, const struct session_event *ev)
{
	const struct ike_keys *k = ev->ike->keys;

	(void)arg;
	if (ev->kind == SESSION_KEYS) {
		note("SK_d", &k->sk_d);
		note("SK_ei", &k->sk_ei);
		note("SK_er", &k->sk_er);
		note("SK_ai", &k->sk_ai);
		note("SK_ar", &k->sk_ar);
		note("SK_pi", &k->sk_pi);
		note("SK_pr", &k->sk_pr);
	}
	if (ev->kind == SESSION_CHILD_UP || ev->kind == SESSION_CHILD_REKEYED) {
		note("a child's cipher key", &ev->child->in.encr_key);
		note("a child's integrity key", &ev->child->in.integ_key);
	}
}

static bool is_secret(const uint8_t *at, unsigned k)
{
	for (int i = 0; i < SOME; i++)
		if ((at[i] ^ MASK) != secrets[k].p[i])
			return false;
	return true;
}

/* Memory from here on, as it is: read as a file, for sanitizers guard some of it. */
static uint8_t piece[PIECE + SOME];

static unsigned scan_piece(size_t got, const char **name)
{
	static bool first[256];
	unsigned found = 0;

	memset(first, 0, sizeof first);
	for (unsigned k = 0; k < n; k++)
		first[secrets[k].p[0] ^ MASK] = true;
	for (size_t i = 0; i + SOME <= got; i++)
		for (unsigned k = 0; first[piece[i]] && k < n; k++)
			if (is_secret(piece + i, k)) {
				*name = secrets[k].name;
				found++;
			}
	return found;
}

static unsigned scan_range(int mem, uintptr_t from, uintptr_t to, const char **name)
{
	unsigned found = 0;

	for (uintptr_t at = from; at < to; at += PIECE) {
		size_t want = to - at < sizeof piece ? to - at : sizeof piece;
		ssize_t got;

		wipe(piece, sizeof piece);
		if (at + want > (uintptr_t)piece && at < (uintptr_t)piece + sizeof piece)
			continue;		/* it would find what it has just read */
		if ((got = pread(mem, piece, want, (off_t)at)) > 0)
			found += scan_piece((size_t)got, name);
	}
	wipe(piece, sizeof piece);
	return found;
}

/* How many are found in what of this process can be written to; the name of one of them. */
static unsigned scan(const char **name)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int mem = open("/proc/self/mem", O_RDONLY);
	unsigned found = 0;
	char line[512];

	cr_assert(maps != NULL && mem >= 0);
	while (fgets(line, sizeof line, maps) != NULL) {
		unsigned long from, to;
		char mode[5];

		/* sanitizers reserve terabytes, which hold nothing of ours */
		if (sscanf(line, "%lx-%lx %4s", &from, &to, mode) == 3 && mode[0] == 'r' && mode[1] == 'w' && to - from < LARGE)
			found += scan_range(mem, from, to, name);
	}
	close(mem);
	fclose(maps);
	return found;
}

static void life(const char *suite)
{
	const char *name = "none";
	unsigned found;
	struct err e;

	n = 0;
	pair_init(&p, suite);
	for (int i = 0; i < 2; i++) {
		pair_offers(&p.end[i].conf, &p.end[i].conf.ike, IKE_PROTO_IKE, suite);
		p.end[i].calls.event = event;
		p.end[i].calls.message = NULL;
	}
	pair_start(&p);
	pair_settle(&p);
	cr_assert(pair_is_up(&p));
	cr_assert_eq(session_rekey_child(p.end[PAIR_I].s, 1, p.now, &e), 0);
	pair_quiet(&p);
	cr_assert_eq(session_rekey_ike(p.end[PAIR_R].s, p.now, &e), 0);
	pair_quiet(&p);
	cr_assert_gt(n, 6);
	/* there they are, and can be found */
	cr_expect_geq(scan(&name), 4, "%s", suite);
	cr_assert_eq(session_delete(p.end[PAIR_I].s, p.now, &e), 0);
	pair_quiet(&p);
	cr_assert(pair_is_over(&p));
	/* over, and before anything is freed */
	found = scan(&name);
	cr_expect_eq(found, 0, "%s: %u left, such as %s", suite, found, name);
	pair_clear(&p);
	found = scan(&name);
	cr_expect_eq(found, 0, "%s: %u left after all was freed, such as %s", suite, found, name);
}

Test(session_secrets, nothing_is_left)
{
	life("aes256gcm16-prfsha256-x25519");
	life("aes256-sha256-modp2048");
	life("chacha20poly1305-prfsha384-ecp256");
}
