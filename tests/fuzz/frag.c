/* Reassembly: the input is a list of packets, each behind its 16-bit length. */
#include <stdlib.h>

#include "packet/frag.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct frag_lost here = { 0 }, lost;
	struct err e;
	struct frags *f = frags_new(&e);
	struct rd r = rd_of(p, n);
	struct span whole;
	struct ip_view v;
	uint64_t id;

	while (f != NULL && r.n > 2) {
		struct rd packet = rd_sub(&r, rd_u16(&r));

		here.ns += INT64_C(1000000000);
		here.number++;
		if (!rd_ok(&packet) || ip_parse(&v, packet.p, packet.n) != IP_OK || !v.frag)
			continue;
		if (frags_add(f, &v, packet.p, packet.n, &here, &whole, &id) == FRAG_WHOLE &&
		    (ip_parse(&v, whole.p, whole.n) == IP_OK && v.version == 4 && v.frag))
			abort();
		while (frags_expire(f, here.ns, &lost))
			;
	}
	while (f != NULL && frags_expire(f, INT64_MAX, &lost))
		;
	frags_free(f);
	return 0;
}
