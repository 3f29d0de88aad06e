#include "crypto/mac.h"

struct mac *mac_new(const struct alg_integ *a, struct span key, struct err *e)
{
	if (a->kind == INTEG_KIND_HMAC)
		return mac_hmac_new(a, key, e);
	return mac_cbc_new(a, key, e);
}

void mac_free(struct mac *m)
{
	if (m != NULL)
		m->ops->free(m);
}
