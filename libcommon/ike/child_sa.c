#include "ike/child_sa.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/ids.h"

enum { SN_EXTENDED = 1, NAME_TEXT = 48 };

int child_sa_text(char **to, const char *text, struct err *e)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return err_nomem(e);
	free(*to);
	*to = copy;
	return 0;
}

int child_sa_ike(struct sa *sa, uint64_t spi_i, uint64_t spi_r, struct err *e)
{
	char ike[NAME_TEXT];

	snprintf(ike, sizeof ike, "%016llx/%016llx", (unsigned long long)spi_i, (unsigned long long)spi_r);
	return child_sa_text(&sa->ike, ike, e);
}

int child_sa_name(struct sa *a, struct sa *b, uint64_t number, struct err *e)
{
	struct sa *sa[2] = { a, b };
	char id[2][NAME_TEXT];

	for (int i = 0; i < 2; i++)
		snprintf(id[i], sizeof id[i], "%s-%08x-%llu", sa_proto_name(sa[i]->proto), sa[i]->spi,
		    (unsigned long long)number);
	for (int i = 0; i < 2; i++)
		if (child_sa_text(&sa[i]->id, id[i], e) < 0 || child_sa_text(&sa[i]->peer, id[!i], e) < 0)
			return -1;
	return 0;
}

void child_sa_transform(struct keymat_want *want, bool *esn, unsigned type, uint16_t id, unsigned bits)
{
	if (type == IKE_T_ENCR) {
		want->encr = alg_encr_by_id(id);
		want->encr_bits = bits;
	} else if (type == IKE_T_INTEG && id != 0) {
		want->integ = alg_integ_by_id(id);
	} else if (type == IKE_T_SN) {
		*esn = id == SN_EXTENDED;
	}
}

void child_sa_algs(struct sa *sa, const struct keymat_want *want, bool esn)
{
	sa->esn = esn ? SA_YES : SA_NO;
	sa->encr = want->encr;
	sa->integ = want->integ;
	sa->encr_unknown = sa->proto == SA_ESP && want->encr == NULL;
	if (sa->proto == SA_ESP && want->integ == NULL && want->encr != NULL && !alg_encr_is_aead(want->encr) &&
	    want->encr->icv == 0)
		sa->integ = alg_integ_by_id(0);
	sa_settle_keys(sa);
}

int child_sa_keys(const struct keymat_child *k, const struct keymat_want *want, struct sa *forth, struct sa *back,
    struct arena *arena, struct err *e)
{
	struct keymat_pair pair = { 0 };

	if (keymat_child(k, want, 1, &pair, arena, e) < 0)
		return -1;
	forth->encr_key = pair.encr_i;
	forth->integ_key = pair.integ_i;
	back->encr_key = pair.encr_r;
	back->integ_key = pair.integ_r;
	forth->encr_key_known = back->encr_key_known = want->encr != NULL;
	forth->integ_key_known = back->integ_key_known = want->integ != NULL;
	return 0;
}
