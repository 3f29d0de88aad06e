#include "esp/esp.h"

#include <string.h>

#include "base/wr.h"

/* Pad Length and Next Header close the payload; padding counts 1, 2, 3, ... (RFC 4303 2.4). */
static enum verdict trailer(const uint8_t *p, size_t n, struct esp_opened *o)
{
	size_t pad;

	if (n < 2)
		return V_BAD_PADDING;
	pad = p[n - 2];
	o->next = p[n - 1];
	if (pad > n - 2)
		return V_BAD_PADDING;
	o->n = n - 2 - pad;
	for (size_t i = 0; i < pad; i++)
		if (p[o->n + i] != (uint8_t)(i + 1))
			return V_BAD_PADDING;
	return V_OK;
}

struct suite_job esp_job(const uint8_t *p, size_t n, struct esp_seq seq, bool no_verify, uint8_t *out)
{
	return (struct suite_job){ .p = p, .n = n, .out = out, .head = ESP_HEAD, .esn = seq.esn,
		.esn_high = seq.high, .no_verify = no_verify };
}

enum verdict esp_result(const struct suite *s, const struct suite_job *j, struct esp_opened *o)
{
	enum verdict v;

	*o = (struct esp_opened){ .misfit = j->result == SUITE_BAD_LENGTH, .verified = j->result == SUITE_OK };
	if (o->misfit || (!o->verified && !j->no_verify))
		return V_BAD_ICV;
	v = trailer(j->out, j->n - ESP_HEAD - suite_iv_len(s) - suite_icv_len(s), o);
	return o->verified || v != V_OK ? v : V_BAD_ICV;
}

enum verdict esp_open(struct suite *s, const uint8_t *p, size_t n, struct esp_seq seq, bool no_verify,
    uint8_t *out, struct esp_opened *o)
{
	struct suite_job job = esp_job(p, n, seq, no_verify, out);

	suite_open_many(s, &job, 1);
	return esp_result(s, &job, o);
}

size_t esp_encode(const struct suite *s, uint8_t *p, size_t n, const struct esp_parts *parts)
{
	size_t iv = suite_iv_len(s);
	uint8_t *end = p + ESP_HEAD + iv + n;

	store_be32(p, parts->spi);
	store_be32(p + 4, parts->seq);
	if (iv > 0)
		memcpy(p + ESP_HEAD, parts->iv, iv);
	memset(end, 0, parts->tfc);
	end += parts->tfc;
	for (size_t i = 0; i < parts->pad; i++)
		end[i] = (uint8_t)(i + 1);
	end[parts->pad] = (uint8_t)parts->pad;
	end[parts->pad + 1] = parts->next;
	return (size_t)(end - p) + parts->pad + ESP_TRAILER + suite_icv_len(s);
}

bool esp_seal(struct suite *s, uint8_t *p, size_t n, struct esp_seq seq)
{
	struct suite_job job = { .p = p, .n = n, .head = ESP_HEAD, .esn = seq.esn, .esn_high = seq.high };

	suite_seal_many(s, &job, 1);
	return job.result == SUITE_OK;
}
