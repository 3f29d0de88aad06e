#include "one.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/wr.h"
#include "crypto/alg.h"
#include "crypto/mac.h"
#include "crypto/suite.h"

enum { DEPTH = 8 };

/* One line, and nothing in it that a terminal obeys. */
__attribute__((format(printf, 2, 3))) static void say(struct vectors *v, const char *fmt, ...)
{
	char text[4096 + 1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	esc_text(v->words, text, strlen(text));
	fputc('\n', v->words);
}

/* The first reason stays. */
void one_wrong(struct one *c, const char *fmt, ...)
{
	va_list ap;

	if (c->why[0] != '\0')
		return;
	va_start(ap, fmt);
	vsnprintf(c->why, sizeof c->why, fmt, ap);
	va_end(ap);
}

void one_skip(struct one *c, const char *fmt, ...)
{
	char what[sizeof c->skips[0].what];
	size_t i = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof what, fmt, ap);
	va_end(ap);
	while (i < c->n_skips && strcmp(c->skips[i].what, what) != 0)
		i++;
	if (i == SKIPS)
		memcpy(c->skips[i = SKIPS - 1].what, "other kinds", sizeof "other kinds");
	else if (i == c->n_skips)
		memcpy(c->skips[c->n_skips++].what, what, sizeof what);
	c->skips[i].n++;
	c->skipped = true;
}

uint8_t *one_hold(struct one *c, size_t n)
{
	uint8_t *p = c->n_held < FIELDS ? calloc(1, n > 0 ? n : 1) : NULL;

	if (p == NULL)
		abort();
	return c->held[c->n_held++] = p;
}

static void drop(struct one *c)
{
	while (c->n_held > 0)
		free(c->held[--c->n_held]);
}

struct span one_join(struct one *c, size_t n, const struct span *parts)
{
	struct wr w;
	size_t sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += parts[i].n;
	w = wr_of(one_hold(c, sum), sum);
	for (size_t i = 0; i < n; i++)
		wr_span(&w, parts[i]);
	return (struct span){ w.p, w.n };
}
const char *one_word(struct one *c, json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	if (s == NULL)
		one_wrong(c, "no text \"%s\"", name);
	return s != NULL ? s : "";
}

long one_number(struct one *c, json_t *o, const char *name, long max)
{
	json_t *j = json_object_get(o, name);
	json_int_t n = json_integer_value(j);

	if (!json_is_integer(j) || n < 0 || n > max) {
		one_wrong(c, "no number \"%s\" from 0 to %ld", name, max);
		return 0;
	}
	return (long)n;
}

struct span one_bytes(struct one *c, json_t *o, const char *name)
{
	json_t *j = json_object_get(o, name);
	size_t n = json_string_length(j), got = 0;
	struct err e = { 0 };
	uint8_t *p;

	if (!json_is_string(j)) {
		one_wrong(c, "no text \"%s\"", name);
		return (struct span){ 0 };
	}
	p = one_hold(c, n / 2);
	if (hex_parse(p, n / 2, &got, json_string_value(j), n, &e) < 0)
		one_wrong(c, "\"%s\": %s", name, e.text);
	return (struct span){ p, got };
}

void one_expect(struct one *c, const char *what, struct span found, struct span wanted)
{
	size_t i = 0;

	while (i < found.n && i < wanted.n && found.p[i] == wanted.p[i])
		i++;
	if (found.n != wanted.n)
		one_wrong(c, "%s is %zu bytes, wanted %zu", what, found.n, wanted.n);
	else if (i < found.n)
		one_wrong(c, "%s differs from byte %zu: 0x%02x, wanted 0x%02x", what, i, found.p[i], wanted.p[i]);
}

static void hit_encr(struct one *c, const struct suite_keys *k)
{
	const struct alg_size *s = alg_encr_size(k->encr, k->encr_key.n - k->encr->salt);

	for (size_t i = 0; i < VECTORS_ROWS && alg_encr_row(i) != NULL; i++)
		if (alg_encr_row(i) == k->encr && s != NULL && s - k->encr->size < VECTORS_SIZES)
			c->v->encr[i][s - k->encr->size] = true;
}

static void hit_integ(struct one *c, const struct alg_integ *a)
{
	for (size_t i = 0; i < VECTORS_ROWS && alg_integ_row(i) != NULL; i++)
		if (alg_integ_row(i) == a)
			c->v->integ[i] = true;
}

/* What every protected packet goes through: whole is head | IV | body | ICV. */
struct packet { struct suite_keys keys; struct span whole, plain; size_t head; bool esn; uint32_t high; };

static void open_packet(struct one *c, struct suite *s, const struct packet *p, bool in_place)
{
	size_t from = p->head + suite_iv_len(s), over = from + suite_icv_len(s);
	size_t n = p->whole.n >= over ? p->whole.n - over : 0;
	uint8_t *copy = (uint8_t *)(uintptr_t)JOIN(c, p->whole).p, *out = in_place ? copy + from : one_hold(c, n);
	struct suite_job j = { .p = copy, .n = p->whole.n, .out = out, .esn_high = p->high,
		.head = (uint16_t)p->head, .esn = p->esn };

	suite_open_many(s, &j, 1);
	if (c->may)
		return;
	if (c->valid && j.result != SUITE_OK)
		one_wrong(c, "refused");
	else if (!c->valid && j.result == SUITE_OK)
		one_wrong(c, "not refused");
	else if (c->valid)
		one_expect(c, in_place ? "plain text in place" : "plain text", (struct span){ out, n }, p->plain);
	else if (!in_place)
		for (size_t i = 0; i < n; i++)
			if (out[i] != 0)
				one_wrong(c, "plain text left behind a refusal");
}

static void seal_packet(struct one *c, struct suite *s, const struct packet *p)
{
	size_t from = p->head + suite_iv_len(s);
	struct span head = { p->whole.p, from }, icv = { one_hold(c, suite_icv_len(s)), suite_icv_len(s) };
	struct span made = JOIN(c, head, p->plain, icv);
	struct suite_job j = { .p = made.p, .n = made.n, .esn_high = p->high,
		.head = (uint16_t)p->head, .esn = p->esn };

	suite_seal_many(s, &j, 1);
	if (j.result != SUITE_OK)
		one_wrong(c, "cannot be sealed");
	one_expect(c, "sealed packet", made, p->whole);
}

static void check_packet(struct one *c, const struct packet *p)
{
	struct suite_keys keys = p->keys;
	struct suite *s;
	struct err e;

	if (c->why[0] != '\0')
		return;
	keys.engine = c->v->engine;
	if ((s = suite_new(&keys, &e)) == NULL) {
		if (c->valid)
			one_wrong(c, "%s", e.text);
		return;
	}
	c->v->by_engine += suite_engine(s) == ENGINE_IPSEC_MB;
	if (p->head > UINT16_MAX || (c->valid && p->whole.n < p->head + suite_iv_len(s))) {
		one_wrong(c, "packet of %zu bytes does not fit", p->whole.n);
	} else {
		open_packet(c, s, p, false);
		open_packet(c, s, p, true);
		if (c->valid)
			seal_packet(c, s, p);
	}
	suite_free(s);
	if (!c->valid || c->why[0] != '\0')
		return;
	hit_encr(c, &p->keys);
	if (p->keys.integ != NULL)
		hit_integ(c, p->keys.integ);
}

static bool find_encr(struct one *c, const char *name, struct suite_keys *k)
{
	if (c->why[0] == '\0' && (k->encr = alg_encr_by_name(name, NULL)) == NULL)
		one_skip(c, "encr %s", name);
	return k->encr != NULL;
}

static const struct alg_integ *find_integ(struct one *c, const char *name)
{
	const struct alg_integ *a = NULL;

	if (c->why[0] == '\0' && (a = alg_integ_by_name(name)) == NULL)
		one_skip(c, "integ %s", name);
	return a;
}

static struct secret secret_of(struct span s)
{
	return (struct secret){ (uint8_t *)(uintptr_t)s.p, s.n };
}

static void case_esp(struct one *c, json_t *o)
{
	struct packet p = { .head = 8 };

	if (!find_encr(c, one_word(c, o, "enc"), &p.keys) ||
	    (p.keys.integ = find_integ(c, one_word(c, o, "integ"))) == NULL)
		return;
	p.keys.encr_key = secret_of(JOIN(c, one_bytes(c, o, "enc_key"), one_bytes(c, o, "salt")));
	p.keys.integ_key = secret_of(one_bytes(c, o, "integ_key"));
	if (json_object_get(o, "icv_len") != NULL)
		p.keys.icv_bits = (unsigned)one_number(c, o, "icv_len", 64) * 8;
	p.whole = one_bytes(c, o, "esp");
	p.esn = json_is_true(json_object_get(o, "esn"));
	p.high = p.esn ? (uint32_t)one_number(c, o, "seq_hi", UINT32_MAX) : 0;
	if (c->valid) {
		uint8_t end[2] = { (uint8_t)one_number(c, o, "pad_len", 255),
			(uint8_t)one_number(c, o, "next_header", 255) };

		p.plain = JOIN(c, one_bytes(c, o, "payload"), one_bytes(c, o, "padding"),
		    (struct span){ end, sizeof end });
	}
	check_packet(c, &p);
}

/* cipher and aead: the same without the packet's form. */
static void case_cipher(struct one *c, json_t *o)
{
	bool aead = strcmp(one_word(c, o, "type"), "aead") == 0;
	struct span aad = { 0 }, tag = { 0 };
	struct packet p = { 0 };

	if (!find_encr(c, one_word(c, o, "enc"), &p.keys))
		return;
	if (aead) {
		aad = one_bytes(c, o, "aad");
		tag = one_bytes(c, o, "tag");
	}
	p.head = aad.n;
	p.keys.encr_key = secret_of(JOIN(c, one_bytes(c, o, "key"), one_bytes(c, o, "salt")));
	p.plain = one_bytes(c, o, "plaintext");
	p.whole = JOIN(c, aad, one_bytes(c, o, "iv"), one_bytes(c, o, "ciphertext"), tag);
	check_packet(c, &p);
}

static void check_mac(struct one *c, const struct alg_integ *a, struct span key, struct span msg,
    struct span icv)
{
	uint8_t out[MAC_MAX] = { 0 };
	struct mac *m;
	struct err e;

	if (c->why[0] != '\0')
		return;
	if (icv.n > a->full) {
		one_wrong(c, "ICV is %zu bytes, wanted %u at most", icv.n, a->full);
		return;
	}
	if ((m = mac_new(a, key, &e)) == NULL) {
		if (c->valid)
			one_wrong(c, "%s", e.text);
		return;
	}
	mac_make(m, msg, (struct span){ 0 }, out);
	mac_free(m);
	if (c->valid)
		one_expect(c, "ICV", (struct span){ out, icv.n }, icv);
	else if (!c->may && memcmp(out, icv.p, icv.n) == 0)
		one_wrong(c, "not refused");
	if (c->valid && c->why[0] == '\0' && icv.n >= a->icv)
		hit_integ(c, a);
}

/* The same in a packet that is not encrypted, for the engine. */
static void check_mac_packet(struct one *c, const struct alg_integ *a, struct span key, struct span msg,
    struct span icv)
{
	struct packet p = { .keys = { .encr = alg_encr_by_name("null", NULL), .integ = a,
		.integ_key = secret_of(key), .icv_bits = (unsigned)icv.n * 8 } };
	struct err e;

	if (msg.n == 0 || icv.n == 0 || suite_check(&p.keys, &e) < 0 ||
	    engine_serving(ENGINE_IPSEC_MB, &p.keys) != ENGINE_IPSEC_MB)
		return;
	p.whole = JOIN(c, msg, icv);
	p.plain = msg;
	check_packet(c, &p);
}

static void case_integ(struct one *c, json_t *o)
{
	const struct alg_integ *a = find_integ(c, one_word(c, o, "integ"));

	if (a == NULL)
		return;
	check_mac(c, a, one_bytes(c, o, "key"), one_bytes(c, o, "msg"), one_bytes(c, o, "icv"));
	if (c->v->engine != NULL)
		check_mac_packet(c, a, one_bytes(c, o, "key"), one_bytes(c, o, "msg"), one_bytes(c, o, "icv"));
}

static const struct { const char *type; void (*run)(struct one *c, json_t *o); } types[] = {
	{ "esp", case_esp }, { "cipher", case_cipher }, { "aead", case_cipher }, { "integ", case_integ },
};

/* gmac: only additional data, which is AES-GCM with nothing to encrypt. */
static const struct { const char *name, *row; bool mac, gmac; } wycheproof[] = {
	{ "AES-GCM", "AES_GCM_16", false, false },
	{ "AES-CCM", "AES_CCM_16", false, false },
	{ "AES-GMAC", "AES_GCM_16", false, true },
	{ "CHACHA20-POLY1305", "CHACHA20_POLY1305", false, false },
	{ "AES-CMAC", "AES_CMAC_96", true, false },
	{ "HMACSHA1", "HMAC_SHA1_96", true, false },
	{ "HMACSHA256", "HMAC_SHA2_256_128", true, false },
	{ "HMACSHA384", "HMAC_SHA2_384_192", true, false },
	{ "HMACSHA512", "HMAC_SHA2_512_256", true, false },
};

static void wycheproof_case(struct one *c, json_t *o, const char *algorithm)
{
	const struct alg_integ *a;
	struct span key, iv, aad, tag;
	struct packet p = { 0 };
	size_t i = 0, salt;

	while (i < COUNT(wycheproof) && strcmp(wycheproof[i].name, algorithm) != 0)
		i++;
	if (i == COUNT(wycheproof)) {
		if (!ike_wycheproof(c, o, algorithm) && !sign_wycheproof(c, o, algorithm))
			one_skip(c, "%s", algorithm);
		return;
	}
	key = one_bytes(c, o, "key");
	tag = one_bytes(c, o, "tag");
	if (wycheproof[i].mac) {
		a = find_integ(c, wycheproof[i].row);
		if (a != NULL && a->kind == INTEG_KIND_CMAC && (key.n == 24 || key.n == 32))
			one_skip(c, "AES-CMAC key of %zu bytes", key.n);
		else if (a != NULL)
			check_mac(c, a, key, one_bytes(c, o, "msg"), tag);
		return;
	}
	if (!find_encr(c, wycheproof[i].row, &p.keys))
		return;
	iv = one_bytes(c, o, "iv");
	salt = p.keys.encr->salt;
	if (iv.n != salt + p.keys.encr->iv || tag.n != p.keys.encr->icv) {
		one_skip(c, "%s nonce of %zu bytes, tag of %zu", algorithm, iv.n, tag.n);
		return;
	}
	aad = one_bytes(c, o, wycheproof[i].gmac ? "msg" : "aad");
	p.head = aad.n;
	p.plain = wycheproof[i].gmac ? (struct span){ 0 } : one_bytes(c, o, "msg");
	p.keys.encr_key = secret_of(JOIN(c, key, (struct span){ iv.p, salt }));
	p.whole = JOIN(c, aad, (struct span){ iv.p + salt, iv.n - salt },
	    wycheproof[i].gmac ? (struct span){ 0 } : one_bytes(c, o, "ct"), tag);
	check_packet(c, &p);
}

/* algorithm NULL: our own schema */
static void run_case(struct one *c, json_t *o, const char *algorithm)
{
	const char *result = json_string_value(json_object_get(o, "result")), *type;
	json_t *id = json_object_get(o, algorithm != NULL ? "tcId" : "id");
	size_t i = 0;

	if (json_is_integer(id))
		snprintf(c->id, sizeof c->id, "%" JSON_INTEGER_FORMAT, json_integer_value(id));
	else
		snprintf(c->id, sizeof c->id, "%s", json_is_string(id) ? json_string_value(id) : "(no id)");
	c->why[0] = '\0';
	c->skipped = false;
	c->valid = result != NULL && strcmp(result, "valid") == 0;
	c->may = result != NULL && strcmp(result, "acceptable") == 0;
	if (!c->valid && !c->may && (result == NULL || strcmp(result, "invalid") != 0))
		one_wrong(c, "no result \"valid\", \"invalid\" or \"acceptable\"");
	if (algorithm != NULL) {
		wycheproof_case(c, o, algorithm);
	} else {
		type = one_word(c, o, "type");
		while (i < COUNT(types) && strcmp(types[i].type, type) != 0)
			i++;
		if (i < COUNT(types))
			types[i].run(c, o);
		else if (!ike_case(c, o, type) && !auth_case(c, o, type) && c->why[0] == '\0')
			one_skip(c, "type %s", type);
	}
	drop(c);
	c->v->passed += c->why[0] == '\0' && !c->skipped;
	c->v->skipped += c->why[0] == '\0' && c->skipped;
	c->v->failed += c->why[0] != '\0';
	if (c->why[0] != '\0')
		say(c->v, "%s: case %s: %s", c->file, c->id, c->why);
}

/* file: the end of path, from the directory that was asked for */
static void run_file(struct vectors *v, const char *path, const char *file)
{
	struct one c = { .v = v, .file = file };
	json_t *root, *o;
	json_error_t trouble;
	const char *algorithm;
	unsigned before = v->passed + v->failed + v->skipped;
	size_t i, k;

	if ((root = json_load_file(path, JSON_REJECT_DUPLICATES, &trouble)) == NULL) {
		say(v, "%s:%d: %s", file, trouble.line, trouble.text);
		v->failed++;
		return;
	}
	algorithm = json_string_value(json_object_get(root, "algorithm"));
	json_array_foreach(json_object_get(root, "cases"), i, o)
		run_case(&c, o, NULL);
	if (algorithm != NULL)
		json_array_foreach(json_object_get(root, "testGroups"), i, c.group)
			json_array_foreach(json_object_get(c.group, "tests"), k, o)
				run_case(&c, o, algorithm);
	if (v->passed + v->failed + v->skipped == before) {
		say(v, "%s: no \"cases\", and no \"algorithm\" with \"testGroups\"", file);
		v->failed++;
	}
	for (i = 0; i < c.n_skips; i++)
		say(v, "skipped: %s: %u of %s", file, c.skips[i].n, c.skips[i].what);
	json_decref(root);
}

static int run_dir(struct vectors *v, const char *dir, size_t root, int depth, struct err *e)
{
	struct dirent **rows;
	int n = scandir(dir, &rows, NULL, alphasort), rc = 0;
	struct stat st;
	char path[4096];

	if (n < 0)
		return err_sys(e, "%s", dir);
	for (int i = 0; i < n; i++) {
		const char *name = rows[i]->d_name, *dot = strrchr(name, '.');
		int len = snprintf(path, sizeof path, "%s/%s", dir, name);

		if (rc == 0 && name[0] != '.' && (size_t)len < sizeof path && lstat(path, &st) == 0) {
			if (S_ISDIR(st.st_mode) && depth < DEPTH)
				rc = run_dir(v, path, root, depth + 1, e);
			else if (S_ISREG(st.st_mode) && dot != NULL && strcmp(dot, ".json") == 0)
				run_file(v, path, path + root);
		}
		free(rows[i]);
	}
	free(rows);
	return rc;
}

int vectors_run(struct vectors *v, const char *dir, struct err *e)
{
	if (run_dir(v, dir, strlen(dir) + 1, 0, e) < 0)
		return -1;
	if (v->passed + v->failed + v->skipped == 0)
		return err_set(e, "%s: no test vector", dir);
	return 0;
}
