#include <stdlib.h>
#include <string.h>

#include "sa/format/platform.h"

/*
 * RouterOS: /ip ipsec installed-sa print.  Version 2.9 is known from published output, 6 and 7 from
 * memory: awaits a real dump.
 *
 * Fields come in any order and over several lines, so a record is kept until the next one begins.
 */

enum field {
	F_SPI, F_SRC, F_DST, F_AUTH, F_ENC, F_ENC_SIZE, F_AUTH_KEY, F_ENC_KEY, F_REPLAY, F_STATE,
	F_DIRECTION, F_LIFE, F_BYTES, F_PACKETS, F_COUNT
};

static const char *const names[F_COUNT] = {
	"spi", "src-address", "dst-address", "auth-algorithm", "enc-algorithm", "enc-key-size", "auth-key",
	"enc-key", "replay", "state", "direction", "add-lifetime", "current-bytes", "current-packets",
};

enum { MIKROTIK_TEXT = 4096 };

struct mikrotik {
	char text[MIKROTIK_TEXT];	/* values one after another */
	size_t n;
	struct { size_t at, n, column; uint64_t line; bool said; } field[F_COUNT];
	uint64_t line;
	bool open, ah, mixed;
};

extern const struct format format_mikrotik;

static bool is_field(const struct word *w, enum field f)
{
	size_t n = strlen(names[f]);

	return w->n > n && w->p[n] == '=' && memcmp(w->p, names[f], n) == 0;
}

/* " 0   E spi=0xC0A80001 ...": an index, flags, fields. */
static bool is_head(const struct words *ws)
{
	uint64_t v;

	if (ws->n < 2 || !word_number(&ws->w[0], UINT32_MAX, &v))
		return false;
	for (size_t i = 1; i < ws->n; i++)
		if (is_field(&ws->w[i], F_SPI) || is_field(&ws->w[i], F_SRC) || is_field(&ws->w[i], F_ENC))
			return true;
	return false;
}

static bool sniff(const struct format_line *l)
{
	struct words ws;
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	if (i == l->n || l->p[i] < '0' || l->p[i] > '9' || memchr(l->p, '=', l->n) == NULL)
		return false;
	words_cut(&ws, l->p, l->n, l->column);
	return is_head(&ws);
}

static struct word value(const struct mikrotik *m, enum field f)
{
	return (struct word){ m->text + m->field[f].at, m->field[f].n, m->field[f].column };
}

static void keep(struct mikrotik *m, enum field f, struct word v, uint64_t line)
{
	/* A field that comes twice belongs to a record whose head is lost. */
	m->mixed |= m->field[f].said;
	if (v.n > MIKROTIK_TEXT - m->n)
		return;
	memcpy(m->text + m->n, v.p, v.n);
	m->field[f].at = m->n;
	m->field[f].n = v.n;
	m->field[f].column = v.column;
	m->field[f].line = line;
	m->field[f].said = true;
	m->n += v.n;
}

static void take_words(struct mikrotik *m, const struct words *ws, size_t from, uint64_t line)
{
	for (size_t i = from; i < ws->n; i++) {
		const struct word *w = &ws->w[i];

		for (enum field f = 0; f < F_COUNT; f++)
			if (is_field(w, f)) {
				size_t n = strlen(names[f]) + 1;

				keep(m, f, (struct word){ w->p + n, w->n - n, w->column + n }, line);
			}
	}
}

/* "192.0.2.1" or, with NAT-T, "192.0.2.1:4500" */
static void address(struct word w, struct addr *a, uint16_t *port)
{
	if (!word_addr(&w, a))
		platform_endpoint(w, a, port);
}

/* The quotes stand round hex digits here. */
static int unquote(struct format_source *s, const struct mikrotik *m, enum field f, struct word *w,
    struct err *e)
{
	if (w->n == 0 || w->p[0] != '"')
		return 0;
	if (w->n < 2 || w->p[w->n - 1] != '"') {
		err_set(e, "%s: the quotes are not closed", names[f]);
		return format_blame(s, m->field[f].line, w->column, e);
	}
	w->p++;
	w->n -= 2;
	w->column++;
	return 0;
}

static int keys(struct format_source *s, const struct mikrotik *m, struct sa *sa, struct err *e)
{
	struct word encr = value(m, F_ENC_KEY), integ = value(m, F_AUTH_KEY), size = value(m, F_ENC_SIZE);
	uint64_t bits;

	if (unquote(s, m, F_ENC_KEY, &encr, e) < 0 || unquote(s, m, F_AUTH_KEY, &integ, e) < 0)
		return -1;
	/* Lines are lost in front of a key whose algorithm is missing: it may be another SA's. */
	if ((encr.n > 0 && !m->ah && !m->field[F_ENC].said) || (integ.n > 0 && !m->field[F_AUTH].said)) {
		format_note(s, m->line, 1, "keys left out: an algorithm is missing");
		return 0;
	}
	if (encr.n > 0 && sa->proto == SA_ESP &&
	    format_encr_key(s, sa, &encr, m->field[F_ENC_KEY].line, e) < 0)
		return -1;
	if (integ.n > 0 && format_integ_key(s, sa, &integ, m->field[F_AUTH_KEY].line, e) < 0)
		return -1;
	if (sa->encr_key_known && word_number(&size, 4096, &bits) && bits != 8 * sa->encr_key.n) {
		err_set(e, "found a key of %zu bits, wanted %llu", 8 * sa->encr_key.n,
		    (unsigned long long)bits);
		return format_blame(s, m->field[F_ENC_KEY].line, encr.column, e);
	}
	return 0;
}

/* "24m/30m", "1h30m", "50s": seconds. */
static uint64_t seconds(const char *p, size_t n)
{
	static const struct { char unit; uint64_t s; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 },
	};
	uint64_t sum = 0, v = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		if (p[i] >= '0' && p[i] <= '9') {
			v = v < 100000000 ? v * 10 + (uint64_t)(p[i] - '0') : v;
			continue;
		}
		while (k < 5 && units[k].unit != p[i])
			k++;
		if (k == 5)
			return 0;
		sum += v * units[k].s;
		v = 0;
	}
	return sum;
}

static void details(const struct mikrotik *m, struct sa *sa)
{
	struct word w = value(m, F_DIRECTION), life = value(m, F_LIFE), spi = value(m, F_SPI);
	const char *slash = memchr(life.p, '/', life.n);
	uint64_t v;

	sa->dir = word_is(&w, "in") ? SA_IN : word_is(&w, "out") ? SA_OUT : SA_DIR_UNKNOWN;
	w = value(m, F_REPLAY);
	/* The versions that print no 0x count octets of the bitmap. */
	if (word_number(&w, SA_REPLAY_MAX / 8, &v))
		sa->replay_window = (int64_t)(word_starts(&spi, "0x") ? v : v * 8);
	if (slash != NULL) {
		sa->soft.s = seconds(life.p, (size_t)(slash - life.p));
		sa->hard.s = seconds(slash + 1, life.n - (size_t)(slash - life.p) - 1);
		sa->life_known = sa->soft.s != 0 || sa->hard.s != 0;
	}
	w = value(m, F_BYTES);
	if (word_number(&w, UINT64_MAX, &v) && v > 0) {
		sa->used.bytes = v;
		sa->life_known = true;
	}
	w = value(m, F_PACKETS);
	if (word_number(&w, UINT64_MAX, &v) && v > 0) {
		sa->used.packets = v;
		sa->life_known = true;
	}
}

static int make(struct format_source *s, struct mikrotik *m, struct sa *sa, struct err *e)
{
	struct word w = value(m, F_SPI), enc = value(m, F_ENC), auth = value(m, F_AUTH);
	uint16_t sport = 0, dport = 0;
	uint64_t v;

	sa->proto = m->ah ? SA_AH : SA_ESP;
	if (!word_hex(&w, UINT32_MAX, &v)) {
		err_set(e, "wanted spi and up to 8 hex digits");
		return format_blame(s, m->line, w.column, e);
	}
	sa->spi = (uint32_t)v;
	address(value(m, F_SRC), &sa->src, &sport);
	address(value(m, F_DST), &sa->dst, &dport);
	if (sport != 0 && dport != 0)
		sa->encap = (struct sa_encap){ .type = SA_ENCAP_UDP, .sport = sport, .dport = dport };
	if (enc.n > 0 && sa->proto == SA_ESP)
		platform_set_encr(s, sa, &enc, m->field[F_ENC].line);
	if (auth.n > 0)
		platform_set_integ(s, sa, &auth, m->field[F_AUTH].line);
	details(m, sa);
	if (m->mixed) {
		format_note(s, m->line, 1, "keys left out: fields of several SAs are mixed");
		sa->encr = NULL;
		sa->integ = NULL;
		return 0;
	}
	return keys(s, m, sa, e);
}

static int give(struct format_source *s, struct mikrotik *m, struct err *e)
{
	struct sa sa;
	int rc = 0;

	if (m->open && m->field[F_SPI].said) {
		sa_init(&sa);
		rc = make(s, m, &sa, e);
		if (rc == 0)
			rc = platform_give(s, &format_mikrotik, &sa, m->line, false, e);
		sa_clear(&sa);
	}
	wipe(m, sizeof *m);
	return rc;
}

static int line(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct mikrotik *m = state;
	struct words ws;
	size_t i = 1;

	words_cut(&ws, l->p, l->n, l->column);
	if (!is_head(&ws)) {
		if (m->open)
			take_words(m, &ws, 0, l->number);
		return 0;
	}
	if (give(s, m, e) < 0)
		return -1;
	m->open = true;
	m->line = l->number;
	for (; i < ws.n && memchr(ws.w[i].p, '=', ws.w[i].n) == NULL; i++)
		m->ah |= memchr(ws.w[i].p, 'A', ws.w[i].n) != NULL;
	take_words(m, &ws, i, l->number);
	return 0;
}

static int flush(struct format_source *s, void *state, bool done, struct err *e)
{
	return done ? give(s, state, e) : 0;
}

const struct format format_mikrotik = {
	.name = "mikrotik", .what = "RouterOS: /ip ipsec installed-sa print",
	.state = sizeof(struct mikrotik), .sniff = sniff, .line = line, .flush = flush,
};
