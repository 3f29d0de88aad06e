/*
 * row.h - what the files of this folder share: their rows, and faults found inside a payload.
 */
#ifndef IKE_PAYLOAD_ROW_H
#define IKE_PAYLOAD_ROW_H

#include "ike/payload.h"

/* One array a file; ends with name NULL. */
extern const struct ike_payload_row ike_rows_sa[], ike_rows_ke[], ike_rows_id[], ike_rows_cert[],
    ike_rows_auth[], ike_rows_opaque[], ike_rows_notify[], ike_rows_delete[], ike_rows_vendor[],
    ike_rows_ts[], ike_rows_cp[], ike_rows_eap[], ike_rows_sk[], ike_rows_fragment[];

/* Whose attributes: RFC 7296 3.3.5, RFC 2409 A, RFC 2407 4.5. */
enum ike_attrs_of { IKE_ATTRS_V2, IKE_ATTRS_PHASE1, IKE_ATTRS_PHASE2 };

/* A fault at p (NULL: at the payload); marks the payload as bad.  Gives false, a decoder's "no". */
bool ike_decoder_fault(struct ike_decoder *d, struct ike_payload *at, enum ike_fault_kind kind,
    const uint8_t *p, const char *what, uint64_t found, uint64_t wanted);
/* n elements of size bytes in the decoder's memory; NULL is a fault, too. */
void *ike_decoder_array(struct ike_decoder *d, struct ike_payload *at, size_t n, size_t size);

/*
 * The attributes that fill r (RFC 7296 3.3.5: a type's top bit says that the value is in place of
 * the length).  Without tv the bit means nothing (RFC 7296 3.15.1).
 */
bool ike_attrs_decode(struct ike_attr **attr, unsigned *n, struct rd r, bool tv,
    struct ike_payload *at, struct ike_decoder *d);
void ike_attrs_encode(const struct ike_attr *attr, unsigned n, bool tv, struct wr *w);
/* Attributes of a transform as fields of it, each type once; the rest as a list
 * "other_attributes". */
void ike_attrs_show(struct out *o, const struct ike_attr *attr, unsigned n, enum ike_attrs_of of);

/* Fields many payloads have. */
static inline void ike_reserved_take(uint8_t *out, size_t n, struct rd *r)
{
	for (size_t i = 0; i < n; i++)
		out[i] = rd_u8(r);
}

void ike_show_addr(struct out *o, const char *key, const struct addr *a);
/* Text under key if it has no controls, else bytes under hex. */
void ike_show_text(struct out *o, const char *key, const char *hex, struct span s);
/* A DER Name as text (crypto/cert.h), else its bytes. */
void ike_show_dn(struct out *o, const char *key, const char *hex, struct span der);
/* The fields of a certificate, or of a key (cert_show.c); nothing for other encodings. */
void ike_cert_show(struct out *o, uint8_t encoding, struct span der);
bool ike_addr_take(struct addr *a, struct rd *r, uint8_t family);	/* 4 or 6 */
void ike_addr_put(const struct addr *a, struct wr *w);

/* What is in a notify's data, by its type (notify_data.c). */
void ike_notify_data_decode(struct ike_payload *p, struct ike_decoder *d);
void ike_notify_data_show(const struct ike_payload *p, struct out *o);
/* What is in an identification (RFC 7296 3.5). */
void ike_id_data_show(struct out *o, uint8_t version, const struct pl_id *id);
/* EAP's methods (eap_method.c). */
void ike_eap_method_show(struct out *o, const struct pl_eap *eap);

#endif
