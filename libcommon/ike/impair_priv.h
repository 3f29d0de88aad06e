/*
 * impair_priv.h - inside ike/impair*.c: a fault that was asked for, and what each kind does.
 *
 * impair.c		rows, and the text form
 * impair_payloads.c	header and payloads
 * impair_content.c	what payloads hold
 * impair_send.c	lengths, datagrams
 */
#ifndef IKE_IMPAIR_PRIV_H
#define IKE_IMPAIR_PRIV_H

#include "ike/impair.h"

enum impair_arg { ARG_NONE, ARG_NUMBER, ARG_PAYLOAD, ARG_NOTIFY, ARG_TEXT };
enum impair_way { WAY_ANY, WAY_REQUEST, WAY_RESPONSE };

enum { IMPAIR_TEXT = 64, IMPAIR_KEPT = 8, IMPAIR_DATAGRAM = 65535, IMPAIR_STRAY = 64 };

struct impair_kind;

struct impair_fault {
	const struct impair_kind *kind;
	uint8_t exchange;		/* 0: any */
	enum impair_way way;
	uint64_t n, count;		/* n 0: all; count of those that were looked at */
	uint64_t number;		/* ARG */
	uint8_t payload;
	unsigned nnotify;
	uint16_t notify[2];
	char text[IMPAIR_TEXT];
};

/* A datagram as it is being changed: at most room octets. */
struct impair_datagram {
	struct ike_hdr h;
	uint8_t *p;
	size_t n, room;
	unsigned times;			/* that it is sent */
	unsigned back;			/* the one so many before is sent, too; 0: none */
	bool hold;			/* it waits for the next one */
};

typedef void impair_payloads_fn(const struct impair_fault *f, struct ike_hdr *h, struct build *b);
typedef void impair_chain_fn(const struct impair_fault *f, uint8_t first, uint8_t *chain, size_t n);
typedef void impair_datagram_fn(const struct impair_fault *f, struct rng *rng, struct impair_datagram *d);

struct impair_kind {
	struct ike_impair_row row;
	enum impair_arg arg;
	uint64_t absent, min, max;	/* of ARG_NUMBER; absent UINT64_MAX: what is done then is the function's */
	impair_payloads_fn *payloads;
	impair_chain_fn *chain;
	impair_datagram_fn *datagram;
};

struct impair_kept { uint64_t spi_i; uint8_t *p; size_t n; };

struct ike_impair {
	struct impair_fault fault[IKE_IMPAIRS];
	unsigned n;
	struct rng rng;
	uint64_t nkept;
	struct impair_kept kept[IMPAIR_KEPT], held, sent;	/* sent: held, on its way */
	uint8_t *room;			/* IMPAIR_DATAGRAM + IMPAIR_STRAY octets */
};

/* Counts, and says whether this fault hits a message with this header. */
bool impair_hits(struct impair_fault *f, enum ike_impair_phase phase, const struct ike_hdr *h);
/* Whether it is the payload that ARG names. */
bool impair_names(const struct impair_fault *f, const struct ike_payload *p);
/* n octets that the builder owns, zero; NULL: it is spoilt. */
uint8_t *impair_octets(struct build *b, size_t n);

impair_payloads_fn impair_message_id, impair_spi, impair_version, impair_minor, impair_exchange, impair_flag_initiator,
    impair_flag_response, impair_reserved, impair_critical, impair_unknown, impair_add_vendor, impair_add_notify, impair_omit,
    impair_twice, impair_reverse, impair_critical_known;
impair_payloads_fn impair_proposal, impair_spi_size, impair_zero_spi, impair_nonce_length, impair_ke_length, impair_zero_ke,
    impair_ke_group, impair_natd, impair_id, impair_auth, impair_auth_method, impair_ts;
impair_chain_fn impair_length, impair_proposal_length;
impair_datagram_fn impair_drop, impair_no_answer, impair_duplicate, impair_replay, impair_reorder, impair_corrupt_icv,
    impair_corrupt, impair_truncate, impair_trailing, impair_message_length, impair_missing_fragment;

#endif
