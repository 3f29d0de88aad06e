#include "ike/payload.h"

#include <stdio.h>

#include "ike/hdr.h"
#include "ike/payload/row.h"

static const struct ike_payload_row *const files[] = {
	ike_rows_sa, ike_rows_ke, ike_rows_id, ike_rows_cert, ike_rows_auth, ike_rows_opaque,
	ike_rows_notify, ike_rows_delete, ike_rows_vendor, ike_rows_ts, ike_rows_cp, ike_rows_eap,
	ike_rows_sk, ike_rows_fragment,
};
enum { NFILES = sizeof files / sizeof files[0] };

const struct ike_payload_row *ike_payload_row_at(size_t i)
{
	for (unsigned k = 0; k < NFILES; k++)
		for (const struct ike_payload_row *row = files[k]; row->name != NULL; row++)
			if (i-- == 0)
				return row;
	return NULL;
}

const struct ike_payload_row *ike_payload_row(uint8_t version, uint8_t type)
{
	bool v1 = ike_is_v1(version);

	for (unsigned k = 0; k < NFILES; k++)
		for (const struct ike_payload_row *row = files[k]; row->name != NULL; row++)
			if (row->type == type && ike_is_v1(row->version) == v1)
				return row;
	return NULL;
}

char *ike_payload_text(char out[IKE_ID_TEXT], uint8_t version, uint8_t type)
{
	const struct ike_payload_row *row = ike_payload_row(version, type);

	if (row != NULL)
		snprintf(out, IKE_ID_TEXT, "%s", row->name);
	else
		snprintf(out, IKE_ID_TEXT, "unknown (%u)", type);
	return out;
}

bool ike_decoder_fault(struct ike_decoder *d, struct ike_payload *at, enum ike_fault_kind kind,
    const uint8_t *p, const char *what, uint64_t found, uint64_t wanted)
{
	struct ike_fault f = { .kind = kind, .version = d->version, .payload = at->type,
		.inner = d->inner, .offset = p != NULL ? (size_t)(p - d->start) : at->offset,
		.found = found, .wanted = wanted, .what = what };

	at->bad = true;
	ike_fault_add(d->faults, &f);
	return false;
}

void *ike_decoder_array(struct ike_decoder *d, struct ike_payload *at, size_t n, size_t size)
{
	void *p = mem_array(d->mem, n, size);

	if (p == NULL)
		ike_decoder_fault(d, at, IKE_FAULT_LIMIT, NULL, "octets of memory", n * size,
		    d->mem->limit);
	return p;
}

static bool ends_chain(const struct ike_payload *p)
{
	return !ike_is_v1(p->version) && (p->type == IKE_P_SK || p->type == IKE_P_SKF);
}

/*
 * One payload off r; *type is its type, then that of the next.  False: the chain cannot be
 * followed.
 */
static bool payload_take(struct ike_payload *p, struct ike_decoder *d, struct rd *r, uint8_t *type)
{
	const uint8_t *start = r->p;
	size_t left = r->n;
	uint8_t next = rd_u8(r), second = rd_u8(r);
	uint16_t length = rd_u16(r);

	*p = (struct ike_payload){ .version = d->version, .type = *type,
		.offset = (size_t)(start - d->start), .length = length };
	if (!rd_ok(r))
		return ike_decoder_fault(d, p, IKE_FAULT_SHORT, NULL, "payload header", left,
		    IKE_GENERIC_LEN);
	if (length < IKE_GENERIC_LEN || length > left) {
		ike_decoder_fault(d, p, IKE_FAULT_PAYLOAD_LENGTH, NULL, NULL, length, left);
		if (length < IKE_GENERIC_LEN)
			return false;
	}
	p->critical = !ike_is_v1(d->version) && (second & 0x80);
	p->reserved = p->critical ? second & 0x7f : second;
	p->body = length > left ? rd_rest(r) : rd_take(r, length - IKE_GENERIC_LEN);
	if (ends_chain(p))
		p->sk.first = next;
	*type = ends_chain(p) || length > left ? IKE_P_NONE : next;
	return true;
}

static void payload_decode(struct ike_payload *p, struct ike_decoder *d)
{
	const struct ike_payload_row *row = ike_payload_row(p->version, p->type);

	if (row == NULL) {
		/* RFC 7296 2.5: an unknown payload is skipped, unless it says that it must not
		 * be. */
		if (p->critical)
			ike_decoder_fault(d, p, IKE_FAULT_CRITICAL, NULL, NULL, 0, 0);
	} else if (p->body.n < row->min) {
		ike_decoder_fault(d, p, IKE_FAULT_SHORT, NULL, "payload", p->body.n, row->min);
	} else if (row->decode != NULL) {
		p->decoded = row->decode(p, rd_of(p->body.p, p->body.n), d);
	}
}

/* How many payloads the chain has, from headers alone. */
static unsigned count(uint8_t version, uint8_t type, struct span chain)
{
	struct ike_faults faults = { 0 };
	struct ike_decoder d = { .faults = &faults, .version = version, .start = chain.p };
	struct rd r = rd_of(chain.p, chain.n);
	struct ike_payload p;
	unsigned n = 0;

	while (type != IKE_P_NONE && n < IKE_PAYLOADS_MAX && payload_take(&p, &d, &r, &type))
		n++;
	return n;
}

int ike_payloads_decode(struct ike_payloads *ps, struct ike_decoder *d, uint8_t first,
    struct span chain)
{
	struct rd r = rd_of(chain.p, chain.n);
	unsigned n = count(d->version, first, chain);
	struct ike_payload last = { .version = d->version };
	uint8_t type = first;

	*ps = (struct ike_payloads){ 0 };
	if ((ps->payload = mem_array(d->mem, n, sizeof *ps->payload)) == NULL)
		return -1;
	while (type != IKE_P_NONE && ps->n < n && payload_take(&ps->payload[ps->n], d, &r, &type))
		payload_decode(&ps->payload[ps->n++], d);
	if (type == IKE_P_NONE) {
		ps->rest = rd_rest(&r);
	} else if (n == IKE_PAYLOADS_MAX) {
		last.offset = (size_t)(r.p - d->start);
		ike_decoder_fault(d, &last, IKE_FAULT_LIMIT, NULL, "payloads", n + 1,
		    IKE_PAYLOADS_MAX);
	} else {
		last.type = type;		/* what payload_take() says of it */
		payload_take(&last, d, &r, &type);
	}
	return 0;
}

uint8_t ike_payloads_encode(const struct ike_payloads *ps, struct wr *w)
{
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];
		const struct ike_payload_row *row = ike_payload_row(p->version, p->type);
		size_t start = w->n;
		uint8_t *head = wr_hold(w, IKE_GENERIC_LEN);

		if (row != NULL && row->encode != NULL && p->decoded && !p->bad)
			row->encode(p, w);
		else
			wr_span(w, p->body);
		if (head == NULL || !wr_ok(w))
			break;
		if (w->n - start > UINT16_MAX) {
			w->bad = true;
			break;
		}
		head[0] = i + 1 < ps->n ? ps->payload[i + 1].type :
		    ends_chain(p) ? p->sk.first : IKE_P_NONE;
		head[1] = (uint8_t)(p->critical ? p->reserved | 0x80 : p->reserved);
		store_be16(head + 2, (uint16_t)(w->n - start));
	}
	return ps->n > 0 ? ps->payload[0].type : IKE_P_NONE;
}

void ike_payload_show(struct out *o, const struct ike_payload *p)
{
	const struct ike_payload_row *row = ike_payload_row(p->version, p->type);

	out_code_head(o, "payload", p->type, row != NULL ? row->name : NULL);
	out_number(o, "length", p->length);
	if (p->critical)
		out_flag(o, "critical", true);
	if (p->bad)
		out_flag(o, "malformed", true);
	if (p->decoded && row != NULL && row->show != NULL)
		row->show(p, o);
	if (!p->decoded && p->body.n > 0)
		out_bytes(o, "data", p->body);
}

void ike_payloads_show(struct out *o, const char *key, const struct ike_payloads *ps)
{
	out_list(o, key);
	for (unsigned i = 0; i < ps->n; i++) {
		out_object(o, NULL);
		ike_payload_show(o, &ps->payload[i]);
		out_end(o);
	}
	out_end(o);
}

static void payload_word(char *out, size_t room, const struct ike_payload *p)
{
	char name[IKE_ID_TEXT];
	bool notify = p->type == (ike_is_v1(p->version) ? IKE_V1_P_NOTIFY : IKE_P_NOTIFY);
	const struct ike_ids *ids = ike_is_v1(p->version) ? &ike_v1_notifies : &ike_notifies;

	if (notify && p->decoded)
		snprintf(out, room, "N(%s)", ike_id_text(name, ids, p->notify.type));
	else
		snprintf(out, room, "%s", ike_payload_text(name, p->version, p->type));
}

char *ike_payloads_text(char *out, size_t room, const struct ike_payloads *ps)
{
	size_t at = 0;

	if (room > 0)
		out[0] = '\0';
	for (unsigned i = 0; i < ps->n && at < room; i++) {
		char word[IKE_ID_TEXT + 4];

		payload_word(word, sizeof word, &ps->payload[i]);
		at += (size_t)snprintf(out + at, room - at, "%s%s", i > 0 ? ", " : "", word);
	}
	return out;
}

struct span ike_payloads_span(const struct ike_payloads *ps, unsigned from)
{
	const struct ike_payload *last = ps->n > from ? &ps->payload[ps->n - 1] : NULL;
	const uint8_t *start;

	if (last == NULL)
		return (struct span){ 0 };
	start = ps->payload[from].body.p - IKE_GENERIC_LEN;
	return (struct span){ start, (size_t)(last->body.p + last->body.n - start) };
}

const struct ike_payload *ike_payload_find(const struct ike_payloads *ps, uint8_t type)
{
	for (unsigned i = 0; i < ps->n; i++)
		if (ps->payload[i].type == type)
			return &ps->payload[i];
	return NULL;
}

const struct pl_notify *ike_notify_find(const struct ike_payloads *ps, uint16_t type)
{
	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];
		uint8_t notify = ike_is_v1(p->version) ? IKE_V1_P_NOTIFY : IKE_P_NOTIFY;

		if (p->type == notify && p->decoded && p->notify.type == type)
			return &p->notify;
	}
	return NULL;
}
