/* Traffic selectors (RFC 7296 3.13; SECLABEL: RFC 9478). */
#include <stdio.h>

#include "ike/payload/row.h"

enum { TS_HEAD = 4 };		/* of a selector: type, protocol, length */

const char *ike_ts_wrong(const struct ike_ts *t)
{
	if (addr_cmp(&t->first, &t->last) > 0)
		return "range of addresses that ends before it begins";
	if (t->first_port > t->last_port && !ike_ts_is_opaque(t))
		return "range of ports that ends before it begins";
	if (t->protocol == 0 && (t->first_port != 0 || t->last_port != UINT16_MAX))
		return "range of ports without a protocol";
	return NULL;
}

static bool range_decode(struct ike_ts *ts, struct rd r, uint8_t family)
{
	ts->first_port = rd_u16(&r);
	ts->last_port = rd_u16(&r);
	return ike_addr_take(&ts->first, &r, family) && ike_addr_take(&ts->last, &r, family) &&
	    rd_done(&r);
}

static bool ts_one(struct ike_ts *ts, struct rd *r, struct ike_payload *p, struct ike_decoder *d)
{
	const uint8_t *start = r->p;
	size_t left = r->n;
	const char *wrong;
	uint16_t length;

	ts->type = rd_u8(r);
	ts->protocol = rd_u8(r);
	length = rd_u16(r);
	if (!rd_ok(r))
		return ike_decoder_fault(d, p, IKE_FAULT_SHORT, start, "selector", left, TS_HEAD);
	if (length < TS_HEAD || length > left)
		return ike_decoder_fault(d, p, IKE_FAULT_PAYLOAD_LENGTH, start, "selector", length,
		    left);
	ts->data = rd_take(r, length - TS_HEAD);
	if (ts->type == IKE_TS_IPV4 || ts->type == IKE_TS_IPV6) {
		uint8_t family = ts->type == IKE_TS_IPV4 ? 4 : 6;

		if (!range_decode(ts, rd_of(ts->data.p, ts->data.n), family))
			return ike_decoder_fault(d, p, IKE_FAULT_LENGTH, start, "selector", length,
			    family == 4 ? 16 : 40);
		ts->data = (struct span){ 0 };
		/* only told: the next one stands where it should */
		if ((wrong = ike_ts_wrong(ts)) != NULL)
			ike_decoder_fault(d, p, IKE_FAULT_RANGE, start, wrong, 0, 0);
	}
	return true;
}

/* The count in the header is what it says; as many as there are octets for get memory. */
static bool ts_decode(struct ike_payload *p, struct rd r, struct ike_decoder *d)
{
	struct pl_ts *t = &p->ts;
	unsigned announced = rd_u8(&r), max;

	ike_reserved_take(t->reserved, sizeof t->reserved, &r);
	max = (unsigned)(r.n / TS_HEAD);
	if (max > announced)
		max = announced;
	if ((t->ts = ike_decoder_array(d, p, max, sizeof *t->ts)) == NULL)
		return false;
	while (t->nts < max && r.n > 0) {
		if (!ts_one(&t->ts[t->nts], &r, p, d))
			return true;
		t->nts++;
	}
	if (t->nts != announced)
		ike_decoder_fault(d, p, IKE_FAULT_COUNT, NULL, "selectors", t->nts, announced);
	else if (r.n > 0)
		ike_decoder_fault(d, p, IKE_FAULT_TRAILING, r.p, "selectors", r.n, 0);
	else if (announced == 0)
		ike_decoder_fault(d, p, IKE_FAULT_COUNT, NULL, "selectors", 0, 1);
	return true;
}

static void ts_encode(const struct ike_payload *p, struct wr *w)
{
	wr_u8(w, (uint8_t)p->ts.nts);
	wr_span(w, (struct span){ p->ts.reserved, sizeof p->ts.reserved });
	for (unsigned i = 0; i < p->ts.nts; i++) {
		const struct ike_ts *ts = &p->ts.ts[i];
		bool range = ts->type == IKE_TS_IPV4 || ts->type == IKE_TS_IPV6;
		size_t n = range ? 4 + 2 * addr_len(&ts->first) : ts->data.n;

		wr_u8(w, ts->type);
		wr_u8(w, ts->protocol);
		wr_u16(w, (uint16_t)(TS_HEAD + n));
		if (!range) {
			wr_span(w, ts->data);
			continue;
		}
		wr_u16(w, ts->first_port);
		wr_u16(w, ts->last_port);
		ike_addr_put(&ts->first, w);
		ike_addr_put(&ts->last, w);
	}
}

static void ts_show(const struct ike_payload *p, struct out *o)
{
	out_list(o, "selectors");
	for (unsigned i = 0; i < p->ts.nts; i++) {
		const struct ike_ts *ts = &p->ts.ts[i];

		out_object(o, NULL);
		out_code_head(o, "type", ts->type, ike_id_name(&ike_ts_types, ts->type));
		if (ts->first.family != 0) {
			ike_id_show(o, "protocol", &ike_ip_protocols, ts->protocol);
			out_number(o, "first_port", ts->first_port);
			out_number(o, "last_port", ts->last_port);
			ike_show_addr(o, "first", &ts->first);
			ike_show_addr(o, "last", &ts->last);
		} else if (ts->type == IKE_TS_SECLABEL) {
			struct span label = ts->data;

			/* SELinux sends its NUL */
			if (label.n > 0 && label.p[label.n - 1] == '\0')
				label.n--;
			ike_show_text(o, "label", "label_hex", label);
		} else {
			out_number(o, "protocol_id", ts->protocol);
			out_bytes(o, "data", ts->data);
		}
		out_end(o);
	}
	out_end(o);
}

const struct ike_payload_row ike_rows_ts[] = {
	{ IKE_V2, IKE_P_TSI, "TSi", 4, ts_decode, ts_encode, ts_show },
	{ IKE_V2, IKE_P_TSR, "TSr", 4, ts_decode, ts_encode, ts_show },
	{ 0, 0, NULL, 0, NULL, NULL, NULL },
};
