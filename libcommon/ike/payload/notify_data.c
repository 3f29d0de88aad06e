/*
 * What is in the data of a Notify, a row each type.  A row's read takes the data apart; what has no
 * row is shown as bytes.  Lengths outside min..max are a fault.
 */
#include "ike/payload/row.h"

enum gateway { GATEWAY_IPV4 = 1, GATEWAY_IPV6 = 2, GATEWAY_FQDN = 3 };	/* RFC 5685 */
enum { ANY = 0xffff };

struct layout {
	uint8_t version;
	uint16_t type;
	uint16_t min, max;		/* octets of data */
	void (*read)(struct pl_notify *n, struct rd *r);
	void (*show)(const struct pl_notify *n, struct out *o);
};

static void read_number(struct pl_notify *n, struct rd *r)
{
	for (size_t i = 0, k = r->n; i < k; i++)
		n->number = n->number << 8 | rd_u8(r);
}

static void read_value(struct pl_notify *n, struct rd *r)
{
	n->value = rd_rest(r);
}

static void read_addr(struct pl_notify *n, struct rd *r)
{
	ike_addr_take(&n->addr, r, r->n == 4 ? 4 : 6);
}

/* RFC 7296 3.10.1: CPI, then the transform. */
static void read_ipcomp(struct pl_notify *n, struct rd *r)
{
	n->number = rd_u16(r);
	n->kind = rd_u8(r);
}

/* RFC 5723: lifetime, then the ticket. */
static void read_lifetime_value(struct pl_notify *n, struct rd *r)
{
	n->number = rd_u32(r);
	n->value = rd_rest(r);
}

/* RFC 8784: a type, then the identity. */
static void read_kind_value(struct pl_notify *n, struct rd *r)
{
	if (r->n == 0)
		return;
	n->kind = rd_u8(r);
	n->value = rd_rest(r);
}

/* RFC 5685: type, length, identity, and, in REDIRECT of IKE_SA_INIT, the initiator's nonce. */
static void read_gateway(struct pl_notify *n, struct rd *r)
{
	struct rd id;

	n->kind = rd_u8(r);
	id = rd_sub(r, rd_u8(r));
	n->value = (struct span){ id.p, id.n };
	n->nonce = rd_rest(r);
	if (n->kind == GATEWAY_IPV4 || n->kind == GATEWAY_IPV6)
		if (!ike_addr_take(&n->addr, &id, n->kind == GATEWAY_IPV4 ? 4 : 6) || !rd_done(&id))
			r->bad = true;
}

/* RFC 8019: PRF and difficulty. */
static void read_puzzle(struct pl_notify *n, struct rd *r)
{
	n->number = rd_u16(r);
	n->kind = rd_u8(r);
	n->value = rd_rest(r);
}

/* RFC 6311: nonce, next message id to send, next one to receive. */
static void read_message_ids(struct pl_notify *n, struct rd *r)
{
	n->nonce = rd_take(r, 4);
	n->number = rd_u64(r);
}

/* RFC 2407 4.6.3: attributes of the SA, phase 1 or 2 by the protocol; checked where they are
 * shown. */
static void read_nothing(struct pl_notify *n, struct rd *r)
{
	(void)n;
	rd_rest(r);
}

static void show_group(const struct pl_notify *n, struct out *o)
{
	ike_id_show(o, "group", &ike_kes, (uint32_t)n->number);
}

static void show_payload(const struct pl_notify *n, struct out *o)
{
	char text[IKE_ID_TEXT];

	out_name(o, "unsupported", ike_payload_text(text, IKE_V2, (uint8_t)n->number));
}

static void show_number(const struct pl_notify *n, struct out *o)
{
	out_number(o, "value", n->number);
}

static void show_seconds(const struct pl_notify *n, struct out *o)
{
	out_number(o, "seconds", n->number);
}

static void show_sequence(const struct pl_notify *n, struct out *o)
{
	out_number(o, "sequence", n->number);
}

static void show_window(const struct pl_notify *n, struct out *o)
{
	out_number(o, "window", n->number);
}

static void show_message_id(const struct pl_notify *n, struct out *o)
{
	out_number(o, "invalid_message_id", n->number);
}

static void show_ipcomp(const struct pl_notify *n, struct out *o)
{
	out_number(o, "cpi", n->number);
	ike_id_show(o, "transform", &ike_ipcomps, n->kind);
}

static void show_addr(const struct pl_notify *n, struct out *o)
{
	ike_show_addr(o, "address", &n->addr);
}

static void show_cookie(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "cookie", n->value);
}

static void show_hash(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "hash", n->value);
}

static void show_token(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "token", n->value);
}

static void show_link(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "link", n->value);
}

static void show_ticket(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "ticket", n->value);
}

static void show_lifetime_ticket(const struct pl_notify *n, struct out *o)
{
	show_seconds(n, o);
	show_ticket(n, o);
}

static void show_gateway(const struct pl_notify *n, struct out *o)
{
	ike_id_show(o, "gateway_type", &ike_gateway_types, n->kind);
	if (n->addr.family != 0)
		ike_show_addr(o, "gateway", &n->addr);
	else if (n->kind == GATEWAY_FQDN)
		out_span(o, "gateway", n->value);
	else
		out_bytes(o, "gateway", n->value);
	if (n->nonce.n > 0)
		out_bytes(o, "nonce", n->nonce);
}

static void show_ppk(const struct pl_notify *n, struct out *o)
{
	if (n->data.n == 0)
		return;
	ike_id_show(o, "ppk_type", &ike_ppk_types, n->kind);
	ike_show_text(o, "ppk_id", "ppk_id_hex", n->value);
}

static void show_puzzle(const struct pl_notify *n, struct out *o)
{
	out_code(o, "prf", n->number, ike_transform_name(IKE_T_PRF, (uint16_t)n->number));
	out_number(o, "difficulty", n->kind);
	if (n->value.n > 0)
		out_bytes(o, "data", n->value);
}

static void show_message_ids(const struct pl_notify *n, struct out *o)
{
	out_bytes(o, "nonce", n->nonce);
	out_number(o, "next_send", n->number >> 32);
	out_number(o, "next_receive", n->number & UINT32_MAX);
}

static void show_list(const struct pl_notify *n, struct out *o, const char *key,
    const struct ike_ids *ids)
{
	struct rd r = rd_of(n->data.p, n->data.n);

	out_list(o, key);
	while (r.n >= 2)
		ike_id_show(o, NULL, ids, rd_u16(&r));
	out_end(o);
}

static void show_hashes(const struct pl_notify *n, struct out *o)
{
	show_list(n, o, "hashes", &ike_hashes);
}

static void show_passwords(const struct pl_notify *n, struct out *o)
{
	show_list(n, o, "methods", &ike_secure_passwords);
}

/* RFC 9593: announcements of length, method and, where longer, certificate link and
 * algorithm. */
static void show_auths(const struct pl_notify *n, struct out *o)
{
	struct rd r = rd_of(n->data.p, n->data.n);

	out_list(o, "methods");
	while (r.n >= 2) {
		uint8_t length = rd_u8(&r), method = rd_u8(&r);
		struct span more = rd_take(&r, length < 2 ? r.n : length - 2u);

		out_object(o, NULL);
		ike_id_show(o, "method", &ike_auth_methods, method);
		if (more.n > 0)
			out_number(o, "certificate_link", more.p[0]);
		if (more.n > 1)
			out_bytes(o, "algorithm", (struct span){ more.p + 1, more.n - 1 });
		out_end(o);
	}
	out_end(o);
}

/* RFC 9347: "C" congestion control, "D" don't fragment. */
static void show_aggfrag(const struct pl_notify *n, struct out *o)
{
	out_flag(o, "dont_fragment", n->number & 1);
	out_flag(o, "congestion_control", n->number & 2);
}

enum { SOME = 8 };		/* attributes of a notification; there are five types at most */

static unsigned attrs_of(struct ike_attr attr[SOME], const struct pl_notify *n)
{
	struct rd r = rd_of(n->data.p, n->data.n);
	unsigned k = 0;

	while (r.n >= 4 && k < SOME) {
		uint16_t type = rd_u16(&r), length = rd_u16(&r);

		attr[k] = (struct ike_attr){ .type = type & 0x7fff, .tv = type & 0x8000 };
		if (attr[k].tv)
			attr[k].value = length;
		else
			attr[k].data = rd_take(&r, length);
		if (rd_ok(&r))
			k++;
	}
	return k;
}

/* RFC 2407 4.6.3.1 */
static void show_v1_lifetime(const struct pl_notify *n, struct out *o)
{
	struct ike_attr attr[SOME];
	unsigned k = attrs_of(attr, n);

	ike_attrs_show(o, attr, k,
	    n->protocol == IKE_PROTO_IKE ? IKE_ATTRS_PHASE1 : IKE_ATTRS_PHASE2);
}

/* RFC 5857 */
static void show_rohc(const struct pl_notify *n, struct out *o)
{
	struct ike_attr attr[SOME];
	unsigned k = attrs_of(attr, n);

	out_list(o, "attributes");
	for (unsigned i = 0; i < k; i++) {
		out_object(o, NULL);
		out_code_head(o, "attribute", attr[i].type, ike_id_name(&ike_rohc_attrs, attr[i].type));
		out_number(o, "value", ike_attr_number(&attr[i]));
		out_end(o);
	}
	out_end(o);
}

static void show_nothing(const struct pl_notify *n, struct out *o)
{
	(void)n;
	(void)o;
}

#define EMPTY(type) { IKE_V2, type, 0, 0, read_nothing, show_nothing }
#define GATEWAY(type) { IKE_V2, type, 2, ANY, read_gateway, show_gateway }

static const struct layout layouts[] = {
	{ IKE_V2, IKE_N_UNSUPPORTED_CRITICAL_PAYLOAD, 1, 1, read_number, show_payload },
	{ IKE_V2, IKE_N_INVALID_MESSAGE_ID, 4, 4, read_number, show_message_id },
	{ IKE_V2, IKE_N_INVALID_KE_PAYLOAD, 2, 2, read_number, show_group },
	{ IKE_V2, IKE_N_SET_WINDOW_SIZE, 4, 4, read_number, show_window },
	{ IKE_V2, IKE_N_IPCOMP_SUPPORTED, 3, 3, read_ipcomp, show_ipcomp },
	{ IKE_V2, IKE_N_NAT_DETECTION_SOURCE_IP, 20, 20, read_value, show_hash },
	{ IKE_V2, IKE_N_NAT_DETECTION_DESTINATION_IP, 20, 20, read_value, show_hash },
	{ IKE_V2, IKE_N_COOKIE, 1, 64, read_value, show_cookie },	/* RFC 7296 2.6 */
	{ IKE_V2, IKE_N_COOKIE2, 8, 64, read_value, show_cookie },	/* RFC 4555 4.2.5 */
	{ IKE_V2, IKE_N_ADDITIONAL_IP4_ADDRESS, 4, 4, read_addr, show_addr },
	{ IKE_V2, IKE_N_ADDITIONAL_IP6_ADDRESS, 16, 16, read_addr, show_addr },
	{ IKE_V2, IKE_N_AUTH_LIFETIME, 4, 4, read_number, show_seconds },
	GATEWAY(IKE_N_REDIRECT), GATEWAY(IKE_N_REDIRECTED_FROM),
	{ IKE_V2, IKE_N_TICKET_LT_OPAQUE, 5, ANY, read_lifetime_value, show_lifetime_ticket },
	{ IKE_V2, IKE_N_TICKET_OPAQUE, 1, ANY, read_value, show_ticket },
	{ IKE_V2, IKE_N_LINK_ID, 1, ANY, read_value, show_link },
	{ IKE_V2, IKE_N_QUICK_CRASH_DETECTION, 16, 128, read_value, show_token },	/* RFC 6290 4.1 */
	{ IKE_V2, IKE_N_IKEV2_MESSAGE_ID_SYNC, 12, 12, read_message_ids, show_message_ids },
	{ IKE_V2, IKE_N_IPSEC_REPLAY_COUNTER_SYNC, 4, 8, read_number, show_number },
	{ IKE_V2, IKE_N_SECURE_PASSWORD_METHODS, 2, ANY, read_nothing, show_passwords },
	{ IKE_V2, IKE_N_SIGNATURE_HASH_ALGORITHMS, 2, ANY, read_nothing, show_hashes },
	{ IKE_V2, IKE_N_ROHC_SUPPORTED, 4, ANY, read_nothing, show_rohc },
	{ IKE_V2, IKE_N_PUZZLE, 3, ANY, read_puzzle, show_puzzle },
	/* RFC 8784: an answer has none */
	{ IKE_V2, IKE_N_PPK_IDENTITY, 0, ANY, read_kind_value, show_ppk },
	/* RFC 9370 2.2.4 */
	{ IKE_V2, IKE_N_ADDITIONAL_KEY_EXCHANGE, 1, ANY, read_value, show_link },
	{ IKE_V2, IKE_N_USE_AGGFRAG, 1, 1, read_number, show_aggfrag },
	{ IKE_V2, IKE_N_SUPPORTED_AUTH_METHODS, 0, ANY, read_nothing, show_auths },
	EMPTY(IKE_N_USE_TRANSPORT_MODE), EMPTY(IKE_N_HTTP_CERT_LOOKUP_SUPPORTED), EMPTY(IKE_N_REKEY_SA),
	EMPTY(IKE_N_ESP_TFC_PADDING_NOT_SUPPORTED), EMPTY(IKE_N_NON_FIRST_FRAGMENTS_ALSO),
	EMPTY(IKE_N_ADDITIONAL_TS_POSSIBLE), EMPTY(IKE_N_MOBIKE_SUPPORTED),
	EMPTY(IKE_N_NO_ADDITIONAL_ADDRESSES), EMPTY(IKE_N_UPDATE_SA_ADDRESSES),
	EMPTY(IKE_N_MULTIPLE_AUTH_SUPPORTED), EMPTY(IKE_N_ANOTHER_AUTH_FOLLOWS),
	EMPTY(IKE_N_REDIRECT_SUPPORTED), EMPTY(IKE_N_TICKET_REQUEST), EMPTY(IKE_N_TICKET_ACK),
	EMPTY(IKE_N_TICKET_NACK), EMPTY(IKE_N_EAP_ONLY_AUTHENTICATION),
	EMPTY(IKE_N_CHILDLESS_IKEV2_SUPPORTED), EMPTY(IKE_N_IKEV2_MESSAGE_ID_SYNC_SUPPORTED),
	EMPTY(IKE_N_IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED), EMPTY(IKE_N_CLONE_IKE_SA_SUPPORTED),
	EMPTY(IKE_N_CLONE_IKE_SA), EMPTY(IKE_N_USE_PPK), EMPTY(IKE_N_CHILD_SA_NOT_FOUND),
	EMPTY(IKE_N_INTERMEDIATE_EXCHANGE_SUPPORTED), EMPTY(IKE_N_IKEV2_FRAGMENTATION_SUPPORTED),
	{ IKE_V1, IKE_V1_N_RESPONDER_LIFETIME, 4, ANY, read_nothing, show_v1_lifetime },
	{ IKE_V1, IKE_V1_N_REPLAY_STATUS, 4, 4, read_number, show_number },
	{ IKE_V1, IKE_V1_N_R_U_THERE, 4, 4, read_number, show_sequence },	/* RFC 3706 5.3 */
	{ IKE_V1, IKE_V1_N_R_U_THERE_ACK, 4, 4, read_number, show_sequence },
	{ IKE_V1, IKE_V1_N_UNITY_LOAD_BALANCE, 4, 4, read_addr, show_addr },
};

static const struct layout *layout_of(uint8_t version, uint16_t type)
{
	for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++)
		if (layouts[i].type == type && ike_is_v1(layouts[i].version) == ike_is_v1(version))
			return &layouts[i];
	return NULL;
}

void ike_notify_data_decode(struct ike_payload *p, struct ike_decoder *d)
{
	struct pl_notify *n = &p->notify;
	const struct layout *l = layout_of(p->version, n->type);
	struct rd r = rd_of(n->data.p, n->data.n);

	if (l == NULL)
		return;
	if (r.n < l->min || r.n > l->max) {
		ike_decoder_fault(d, p, IKE_FAULT_LENGTH, n->data.p, "notification data", r.n,
		    r.n < l->min ? l->min : l->max);
		return;
	}
	l->read(n, &r);
	n->laid_out = rd_ok(&r);
	if (!n->laid_out)
		ike_decoder_fault(d, p, IKE_FAULT_SHORT, n->data.p, "notification data", n->data.n,
		    l->min);
}

void ike_notify_data_show(const struct ike_payload *p, struct out *o)
{
	const struct pl_notify *n = &p->notify;
	const struct layout *l = layout_of(p->version, n->type);

	if (l != NULL && n->laid_out)
		l->show(n, o);
	else if (n->data.n > 0)
		ike_show_text(o, "data", "data_hex", n->data);
}
