/* What EAP's methods say where everybody may read it.  What does not fit its method is shown as
 * bytes.  Passwords in clear (GTC, OTP) are told by their length alone, as no key is shown. */
#include "ike/payload/row.h"

typedef bool show_method(struct out *o, const struct pl_eap *eap, struct rd r);

static bool show_text(struct out *o, const struct pl_eap *eap, struct rd r)
{
	(void)eap;
	ike_show_text(o, "text", "text_hex", rd_rest(&r));
	return true;
}

/* RFC 3748 5.1: an identity may be followed by NUL and options. */
static bool show_identity(struct out *o, const struct pl_eap *eap, struct rd r)
{
	if (r.n > 0)
		ike_show_text(o, eap->code == EAP_RESPONSE ? "identity" : "text", "text_hex", rd_rest(&r));
	return true;
}

/* RFC 3748 5.3.1: the types wanted instead. */
static bool show_nak(struct out *o, const struct pl_eap *eap, struct rd r)
{
	(void)eap;
	out_list(o, "wanted");
	while (r.n > 0)
		ike_id_show(o, NULL, &ike_eap_types, rd_u8(&r));
	out_end(o);
	return true;
}

/* RFC 3748 5.4, as CHAP: size, value, name. */
static bool show_md5(struct out *o, const struct pl_eap *eap, struct rd r)
{
	struct span value = rd_take(&r, rd_u8(&r)), name = rd_rest(&r);

	if (!rd_ok(&r))
		return false;
	out_bytes(o, eap->code == EAP_REQUEST ? "challenge" : "response", value);
	if (name.n > 0)
		ike_show_text(o, "name", "name_hex", name);
	return true;
}

/* RFC 3748 5.5, 5.6: a message, answered by what is a password. */
static bool show_password(struct out *o, const struct pl_eap *eap, struct rd r)
{
	if (eap->code == EAP_REQUEST)
		return show_text(o, eap, r);
	out_number(o, "secret_octets", r.n);
	return true;
}

/* draft-kamath-pppext-eap-mschapv2: operation, id, length; challenge or response with a name, or
 * a text. */
static bool show_mschapv2(struct out *o, const struct pl_eap *eap, struct rd r)
{
	enum { OP_CHALLENGE = 1, OP_RESPONSE = 2, RESPONSE_LEN = 49 };
	uint8_t op = rd_u8(&r), size;
	struct span value;

	if (!rd_ok(&r))
		return false;
	ike_id_show(o, "operation", &ike_mschapv2_ops, op);
	if (r.n == 0)			/* a response to Success or Failure has no more */
		return true;
	out_number(o, "mschapv2_id", rd_u8(&r));
	out_number(o, "mschapv2_length", rd_u16(&r));
	if (!rd_ok(&r))
		return true;
	if (op != OP_CHALLENGE && op != OP_RESPONSE)
		return show_text(o, eap, r);
	size = rd_u8(&r);
	value = rd_take(&r, size);
	if (!rd_ok(&r))
		return true;
	if (op == OP_RESPONSE && size == RESPONSE_LEN) {
		struct rd v = rd_of(value.p, value.n);

		out_bytes(o, "peer_challenge", rd_take(&v, 16));
		rd_take(&v, 8);			/* reserved */
		out_bytes(o, "nt_response", rd_take(&v, 24));
		out_number(o, "mschapv2_flags", rd_u8(&v));
	} else {
		out_bytes(o, op == OP_CHALLENGE ? "challenge" : "response", value);
	}
	ike_show_text(o, "name", "name_hex", rd_rest(&r));
	return true;
}

/* RFC 5216 3.1, RFC 5281 9.1: flags, the whole length if L is set, TLS records. */
static bool show_tls(struct out *o, const struct pl_eap *eap, struct rd r)
{
	enum { L = 0x80, M = 0x40, S = 0x20, VERSION = 0x07 };
	uint8_t flags = rd_u8(&r);

	if (!rd_ok(&r))
		return false;
	out_flag(o, "more_fragments", flags & M);
	out_flag(o, "start", flags & S);
	if (eap->type != EAP_TLS)
		out_number(o, "method_version", flags & VERSION);
	if (flags & L)
		out_number(o, "tls_length", rd_u32(&r));
	if (!rd_ok(&r))
		return true;
	if (r.n > 0)
		out_bytes(o, "tls", rd_rest(&r));
	return true;
}

/* RFC 4186 8.1, RFC 4187 8.1: subtype, reserved, attributes. */
static bool show_sim(struct out *o, const struct pl_eap *eap, struct rd r)
{
	uint8_t subtype = rd_u8(&r);

	(void)eap;
	rd_u16(&r);
	if (!rd_ok(&r))
		return false;
	out_number(o, "subtype", subtype);
	if (r.n > 0)
		out_bytes(o, "attributes", rd_rest(&r));
	return true;
}

static const struct { uint8_t type; show_method *show; } methods[] = {
	{ EAP_IDENTITY, show_identity }, { EAP_NOTIFICATION, show_text }, { EAP_NAK, show_nak },
	{ EAP_MD5, show_md5 }, { EAP_OTP, show_password }, { EAP_GTC, show_password },
	{ EAP_MSCHAPV2, show_mschapv2 }, { EAP_TLS, show_tls }, { EAP_TTLS, show_tls },
	{ EAP_PEAP, show_tls }, { EAP_FAST, show_tls }, { EAP_TEAP, show_tls },
	{ EAP_SIM, show_sim }, { EAP_AKA, show_sim }, { EAP_AKA_PRIME, show_sim },
};

void ike_eap_method_show(struct out *o, const struct pl_eap *eap)
{
	ike_id_show(o, "type", &ike_eap_types, eap->type);
	if (eap->type == EAP_EXPANDED) {
		out_number(o, "vendor", eap->vendor);
		out_number(o, "vendor_type", eap->vendor_type);
	}
	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
		if (methods[i].type == eap->type &&
		    methods[i].show(o, eap, rd_of(eap->data.p, eap->data.n)))
			return;
	if (eap->data.n > 0)
		out_bytes(o, "data", eap->data);
}
