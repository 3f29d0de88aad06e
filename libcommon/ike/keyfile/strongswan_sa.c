#include <string.h>

#include "ike/keyfile/strongswan.h"

struct swan_sa *swan_sa(struct swan_in *in, uint64_t id)
{
	struct swan *w = in->w;
	struct swan_sa *oldest = &w->sas[0];

	if (id == 0)
		return NULL;
	for (unsigned i = 0; i < SWAN_SAS; i++) {
		if (w->sas[i].id == id && w->sas[i].daemon == in->r->daemon) {
			w->sas[i].used = ++w->clock;
			return &w->sas[i];
		}
		if (w->sas[i].used < oldest->used)
			oldest = &w->sas[i];
	}
	*oldest = (struct swan_sa){ .id = id, .daemon = in->r->daemon, .used = ++w->clock };
	return oldest;
}

void swan_begin(struct swan_sa *sa)
{
	*sa = (struct swan_sa){ .id = sa->id, .daemon = sa->daemon, .used = sa->used };
}

/* "lab[1]" to its number; 0: it is no name. */
static uint64_t number_of(const struct word *name)
{
	size_t open = name->n;
	uint64_t id;
	struct err e;

	while (open > 0 && name->p[open - 1] != '[')
		open--;
	if (open < 2 || name->n < open + 2 || name->p[name->n - 1] != ']' ||
	    uint_parse(&id, name->p + open, name->n - open - 1, 1, UINT32_MAX, &e) < 0)
		return 0;
	return id;
}

struct swan_sa *swan_named(struct swan_in *in, const struct word *name)
{
	struct swan_sa *sa = swan_sa(in, number_of(name));

	if (sa != NULL && !word_starts(name, "(unnamed)"))
		word_text(sa->label, sizeof sa->label, name);
	return sa;
}

bool swan_spis(struct word rest, struct swan_spis *spis)
{
	struct word w[2] = { word_next(&rest, ""), word_next(&rest, "") };
	uint64_t v[2];

	for (int i = 0; i < 2; i++) {
		size_t n = w[i].n > 0 && w[i].p[w[i].n - 1] == '*' ? w[i].n - 1 : w[i].n;
		struct word digits = { w[i].p, 16, w[i].column };

		if (n != 18 || memcmp(w[i].p + 16, i == 0 ? "_i" : "_r", 2) != 0 ||
		    !keyfile_spi(&digits, &v[i]))
			return false;
	}
	*spis = (struct swan_spis){ v[0], v[1] };
	return true;
}

/* The next message; what the thread knew of the last one is over. */
void swan_job(struct swan_in *in)
{
	struct swan_thread *t = in->t, before = *t;

	secret_clear(&t->psk);
	if (in->r->threaded || in->r->fresh || !t->open) {
		swan_close(in);
		before = (struct swan_thread){ .jobs = t->jobs };
	}
	/* where threads are not told apart, another one may begin while this one dumps keys */
	*t = (struct swan_thread){ .set = before.set, .open = before.open, .last = before.last };
	t->jobs = in->r->threaded || in->r->fresh ? 0 : before.jobs;
}

bool swan_is_sure(const struct swan_in *in)
{
	return in->r->threaded || in->t->jobs <= 1;
}

/* "AES_CBC_128" as the registry writes it: AES-CBC-128. */
static bool take_alg(struct swan_algs *a, const char *name)
{
	const struct alg_integ *integ;
	const struct alg_prf *prf;
	const struct alg_ke *ke;
	char text[64];
	unsigned bits;
	size_t n = 0;

	for (; name[n] != '\0' && n + 1 < sizeof text; n++)
		text[n] = name[n] == '_' ? '-' : name[n];
	text[n] = '\0';
	if (strncmp(name, "PRF_", 4) == 0)
		return (prf = alg_prf_by_name(name)) != NULL && (a->prf = prf) != NULL;
	if (strncmp(name, "KE", 2) == 0 && name[2] >= '1' && name[2] <= '7' && name[3] == '_')
		name += 4;		/* an additional key exchange, RFC 9370 */
	if ((ke = alg_ke_by_name(name)) != NULL) {
		if (a->nke < IKE_KE_MAX)
			a->ke[a->nke++] = ke;
		return true;
	}
	if (a->encr == NULL && strncmp(text, "CAST-CBC", 8) == 0)
		memmove(text + 4, text + 8, n - 8 + 1);
	if (a->encr == NULL && (a->encr = alg_encr_by_name(text, &bits)) != NULL) {
		a->encr_bits = bits;
		return true;
	}
	return (integ = alg_integ_by_name(name)) != NULL && (a->integ = integ) != NULL;
}

void swan_proposal(struct swan_in *in, struct word rest)
{
	struct swan_algs a = { .said = true };
	char name[64];

	while (rest.n > 0) {
		struct word w = word_next(&rest, "/");

		if (rest.n > 0 && *rest.p == '/') {
			rest.p++;
			rest.n--;
			rest.column++;
		}
		if (w.n == 0)
			break;
		if (!word_text(name, sizeof name, &w) || !take_alg(&a, name))
			format_note(in->s, in->r->line, w.column, "unknown algorithm \"%.*s\"",
			    (int)(w.n > 60 ? 60 : w.n), w.p);
	}
	in->t->algs = a;
	/* a new IKE SA is the one that was made last */
	if (in->t->created != 0 || (in->t->sa != 0 && in->t->exchange != SWAN_CREATE_CHILD))
		swan_sa(in, in->t->created != 0 ? in->t->created : in->t->sa)->algs = a;
}

void swan_set_spis(struct swan_in *in, struct keyset *set, struct swan_spis spis)
{
	if (spis.i == 0 || spis.r == 0 || set->k.spi_r_known)
		return;
	set->k.spi_i = spis.i;
	set->k.spi_r = spis.r;
	set->k.spi_i_known = set->k.spi_r_known = true;
	keyfile_named(in->s);
}

static void fill_algs(struct keyset *set, const struct swan_algs *a)
{
	struct ike_keys *k = &set->k;

	if (!a->said || k->encr != NULL)
		return;
	k->encr = a->encr;
	k->encr_bits = a->encr_bits;
	k->integ = k->version == 1 || (a->encr != NULL && alg_encr_is_aead(a->encr)) ? NULL
	    : a->integ;
	k->prf = a->prf;
	k->nke = a->nke;
	memcpy(k->ke, a->ke, sizeof k->ke);
}

static void fill_addrs(struct keyset *set, const struct addr *local, const struct addr *remote)
{
	if (set->role == KEYSET_ROLE_UNKNOWN || set->k.initiator.family != 0 || local->family == 0)
		return;
	set->k.initiator = set->role == KEYSET_INITIATOR ? *local : *remote;
	set->k.responder = set->role == KEYSET_INITIATOR ? *remote : *local;
}

void swan_fill(struct swan_in *in, struct swan_sa *sa, struct keyset *set)
{
	struct swan_thread *t = in->t;

	if (set == NULL)
		return;
	if (sa != NULL) {
		swan_set_spis(in, set, sa->spis);
		fill_algs(set, &sa->algs);
		if (set->role == KEYSET_ROLE_UNKNOWN)
			set->role = sa->role;
		if (sa->label[0] != '\0' && set->label[0] == '\0')
			memcpy(set->label, sa->label, sizeof set->label);
		fill_addrs(set, &sa->local, &sa->remote);
	}
	if (set == t->set && swan_is_sure(in)) {
		fill_algs(set, &t->algs);
		if (set->role == KEYSET_ROLE_UNKNOWN)
			set->role = t->role;
		fill_addrs(set, &t->local, &t->remote);
	}
	keyset_settle(set);
}

/* "lab: #1, ESTABLISHED, IKEv2, A_i* B_r" of swanctl --list-sas, "lab[1]: IKEv2 SPIs: A_i* B_r" of
 * ipsec statusall. */
static bool cut_status(const char *p, size_t n, uint64_t *id, struct swan_spis *spis)
{
	struct word rest = { p, n, 1 }, w = word_next(&rest, "");
	struct err e;

	if (w.n < 2 || w.p[w.n - 1] != ':')
		return false;
	w.n--;
	if ((*id = number_of(&w)) != 0) {
		w = word_next(&rest, "");
		if (!word_starts(&w, "IKEv"))
			return false;
		w = word_next(&rest, "");
		return word_is(&w, "SPIs:") && swan_spis(rest, spis);
	}
	w = word_next(&rest, "");
	if (w.n < 3 || w.p[0] != '#' || w.p[w.n - 1] != ',' ||
	    uint_parse(id, w.p + 1, w.n - 2, 1, UINT32_MAX, &e) < 0)
		return false;
	do
		w = word_next(&rest, "");
	while (w.n > 0 && !word_starts(&w, "IKEv"));
	return w.n > 0 && swan_spis(rest, spis);
}

bool swan_is_status(const char *p, size_t n)
{
	struct swan_spis spis;
	uint64_t id;

	return memchr(p, ':', n < 128 ? n : 128) != NULL && cut_status(p, n, &id, &spis);
}

void swan_status(struct swan_in *in, const struct format_line *l)
{
	struct swan_spis spis;
	struct swan_sa *only = NULL;
	uint64_t id;

	if (!cut_status(l->p, l->n, &id, &spis))
		return;
	/* The text does not say of which daemon. */
	for (unsigned i = 0; i < SWAN_SAS; i++) {
		struct swan_sa *sa = &in->w->sas[i];

		if (sa->id != id)
			continue;
		if (only != NULL)
			return;
		only = sa;
	}
	if (only == NULL)
		return;
	only->spis = spis;
	if (only->set != NULL)
		swan_set_spis(in, only->set, spis);
}
