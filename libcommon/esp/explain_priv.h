/*
 * explain_priv.h - what the parts of explain share; for esp/explain*.c alone.
 */
#ifndef ESP_EXPLAIN_PRIV_H
#define ESP_EXPLAIN_PRIV_H

#include "esp/decap_state.h"
#include "esp/explain.h"
#include "esp/plausible.h"

enum { EXPLAIN_ADDRS = 64, EXPLAIN_SPIS = 1024, EXPLAIN_PACKET = DECAP_ONE_MAX };

/* What is remembered of an SA, by index. */
struct explain_sa {
	uint64_t credit;		/* work left, in blocks of 16 octets */
	uint32_t seen;			/* bit of each why that was given */
	uint8_t row;			/* what explained the last packet: its number among the tries + 1 */
	bool granted;
};

struct explainer {
	struct explained out;
	struct explain_sa *sa;
	uint32_t nsa;
	struct addr addr[EXPLAIN_ADDRS];
	unsigned naddr;
	struct { uint32_t spi, seen; bool used; struct explained last; } spi[EXPLAIN_SPIS];
	uint8_t packet[EXPLAIN_PACKET];	/* the datagram that holds the layer; may be changed by a trial */
	uint8_t room[EXPLAIN_PACKET + 64];	/* what trials decrypt to */
};

/* One layer that stayed closed. */
struct attempt {
	struct explainer *x;
	struct decap *d;
	const struct decap_layer *layer;
	const struct sa *sa;
	const struct sad_entry *group;
	const struct decap_sa *known;	/* what opened with it */
	uint32_t missed;		/* and what did not, up to this packet */
	struct explain_sa *memory;
	struct place place;		/* in x->packet */
	struct addr src, dst;		/* outer ones */
};

/* Numbers the packet may have, the likeliest first: what stands, else without ESN and with low halves. */
enum { EXPLAIN_HALVES = 16 };
struct esn_list { struct esp_seq seq[EXPLAIN_HALVES + 2 * SA_HINTS + 1]; unsigned n; };
struct esn_list explain_esn(const struct attempt *a);

/* The protected part. */
static inline uint8_t *attempt_p(const struct attempt *a)
{
	return a->x->packet + a->place.at;
}

/* Pays for work; false: there is none left. */
bool explain_pay(struct attempt *a, uint64_t work);
/* Sets why and evidence; true. */
__attribute__((format(printf, 3, 4)))
bool explain_say(struct attempt *a, enum explain_why why, const char *fmt, ...);
/* The SA's keys, to open with. */
struct suite_keys explain_keys(const struct attempt *a);
/* What people do to a salt: n octets of key with the salt's last, as they should be if way is the mistake. */
enum { EXPLAIN_SALTS = 3, EXPLAIN_KEY = 64 };
void explain_salt(const uint8_t *key, size_t n, size_t salt, int way, uint8_t *out);
const char *explain_salt_text(int way);

/* True if the packet's ICV is right under these keys, with one of the likely numbers: *seq, if not NULL. */
bool explain_verifies(struct attempt *a, const struct suite_keys *k, struct esp_seq *seq);
/* AH under another algorithm, ICV length or key. */
bool explain_ah_verifies(struct attempt *a, const struct alg_integ *integ, const struct secret *key,
    unsigned icv_bits, struct esp_seq *seq);
/* True if it is right under another SA. */
bool explain_sa_verifies(struct attempt *a, const struct sa *sa);
/* What the keys make of the packet, without its ICV; n 0 if nothing. */
struct plausible explain_decrypt(struct attempt *a, const struct suite_keys *k);

/* The SA's ICV is not right. */
bool explain_icv(struct attempt *a);
/* It is, and yet there is no packet inside. */
bool explain_inside(struct attempt *a);
/* The SA, one of the other direction first, of which fits says that it is the right one; or NULL. */
const struct sa *explain_other_sa(struct attempt *a, bool (*fits)(struct attempt *a, const struct sa *sa));
bool explain_is_reverse(const struct attempt *a, const struct sa *sa);

#endif
