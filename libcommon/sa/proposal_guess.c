#include "sa/proposal_guess.h"

#include <stdio.h>
#include <string.h>

#include "base/names.h"
#include "crypto/alg.h"

static void guess_name(struct proposal_guess *g, const char *word, const char *name)
{
	struct nearest near = { 0 };
	size_t n = strlen(word), m = name != NULL ? strlen(name) : 0;

	/* so many edits are too many for nearest_name() */
	if ((n > m ? n - m : m - n) > 1 + n / 3)
		return;
	nearest_offer(&near, word, name);
	if (nearest_name(&near, word) == NULL || (g->name[0] != '\0' && near.distance >= g->distance))
		return;
	snprintf(g->name, sizeof g->name, "%s", name);
	snprintf(g->word, sizeof g->word, "%s", word);
	g->distance = near.distance;
}

static void guess_list(struct proposal_guess *g, const char *word, const char *list)
{
	char one[PROPOSAL_SKIPPED];

	for (size_t n; list != NULL && *list != '\0'; list += n + strspn(list + n, " ")) {
		n = strcspn(list, " ");
		snprintf(one, sizeof one, "%.*s", (int)n, list);
		guess_name(g, word, one);
	}
}

void proposal_guess(struct proposal_guess *g, const char *word)
{
	const struct alg_encr *encr;
	const struct alg_integ *integ;

	for (size_t i = 0; (encr = alg_encr_row(i)) != NULL; i++) {
		for (const struct alg_size *s = encr->size; s->strongswan != NULL; s++)
			guess_list(g, word, s->strongswan);
		guess_name(g, word, encr->name);
		guess_name(g, word, encr->iana);
		guess_name(g, word, encr->xfrm);
	}
	for (size_t i = 0; (integ = alg_integ_row(i)) != NULL; i++) {
		guess_list(g, word, integ->strongswan);
		guess_name(g, word, integ->name);
		guess_name(g, word, integ->iana);
		guess_name(g, word, integ->xfrm);
	}
	guess_name(g, word, "noesn");
	guess_name(g, word, "esn");
}

int proposal_guess_say(const struct proposal_guess *g, const char *word, struct err *e)
{
	if (g->name[0] == '\0')
		return err_set(e, "unknown algorithm \"%.60s\"", word);
	return err_set(e, "unknown algorithm \"%.60s\", nearest is \"%s\"", g->word, g->name);
}

int proposal_unknown(const char *word, struct err *e)
{
	struct proposal_guess g = { .distance = 0 };

	proposal_guess(&g, word);
	for (size_t i = 0; alg_prf_row(i) != NULL; i++)
		guess_list(&g, word, alg_prf_row(i)->strongswan);
	for (size_t i = 0; alg_ke_row(i) != NULL; i++)
		guess_list(&g, word, alg_ke_row(i)->strongswan);
	return proposal_guess_say(&g, word, e);
}
