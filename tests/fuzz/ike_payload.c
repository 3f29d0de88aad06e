/* One payload of any type: first octet the version, second the type, the rest its body. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/shown.h"
#include "ike/payload.h"
#include "report/out_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void show(const struct ike_payloads *ps)
{
	struct out_json json;
	struct shown s;

	if (shown_open(&s) == NULL)
		return;
	out_json_init(&json, s.to);
	out_object(&json.out, NULL);
	ike_payloads_show(&json.out, "payloads", ps);
	out_end(&json.out);
	shown_json_close(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct ike_faults faults = { 0 };
	struct mem mem;
	struct ike_payloads ps;
	size_t size = n + 2;			/* p without two octets, with a header of four */
	uint8_t *wire = n >= 2 && n < 65000 ? malloc(size) : NULL, *again = malloc(size);
	struct ike_decoder d = { .mem = &mem, .faults = &faults, .start = wire };
	struct wr w = wr_of(again, size);

	if (wire != NULL && again != NULL) {
		d.version = p[0] & 1 ? IKE_V1 : IKE_V2;
		wire[0] = wire[1] = 0;
		store_be16(wire + 2, (uint16_t)size);
		memcpy(wire + 4, p + 2, n - 2);
		mem_init(&mem, 1 << 22);
		if (ike_payloads_decode(&ps, &d, p[1], (struct span){ wire, size }) == 0 && p[1] != 0) {
			ike_payloads_encode(&ps, &w);
			if (!wr_ok(&w) || w.n != size || memcmp(again, wire, size) != 0)
				abort();
			show(&ps);
		}
		mem_clear(&mem);
	}
	free(wire);
	free(again);
	return 0;
}
