/* pair_conf.h - what two ends of tests are configured for, unless a test says otherwise. */
#ifndef TESTS_IKE_PAIR_CONF_H
#define TESTS_IKE_PAIR_CONF_H

#include <stdlib.h>
#include <string.h>

#include "ike/session_conf.h"

enum { PAIR_I, PAIR_R };

static inline void pair_must(bool ok)
{
	if (!ok)
		abort();
}

static inline struct addr pair_addr(const char *text)
{
	struct addr a;
	struct err e;

	pair_must(addr_parse(&a, text, strlen(text), &e) == 0);
	return a;
}

static inline void pair_range(struct addr_range *r, const char *text)
{
	struct err e;

	pair_must(addr_range_parse(r, text, strlen(text), &e) == 0);
}

static inline void pair_offers(struct session_conf *c, struct offers *os, uint8_t protocol, const char *text)
{
	struct err e;

	*os = (struct offers){ 0 };
	pair_must(offers_parse(os, text, protocol, OFFER_STRONGSWAN, &c->mem, &e) == 0);
}

/* A further child: "10.1.0.0/16" here, "10.2.0.0/16" there. */
static inline struct session_child_conf *pair_child_add(struct session_conf *c, const char *name, const char *mine,
    const char *theirs)
{
	struct session_child_conf *k = &c->child[c->nchild++];

	*k = (struct session_child_conf){ .name = name, .mode = SA_TUNNEL };
	k->ts.proto = k->ts.icmp_type = k->ts.icmp_code = -1;
	k->ts.nsrc = k->ts.ndst = 1;
	pair_range(&k->ts.src[0], mine);
	pair_range(&k->ts.dst[0], theirs);
	pair_offers(c, &k->offers, IKE_PROTO_ESP, "aes128gcm16");
	return k;
}

static inline void pair_conf(struct session_conf *c, struct creds *creds, int who, struct span psk, struct rng *rng)
{
	struct err e;

	session_conf_init(c);
	memset(creds, 0, sizeof *creds);
	c->creds = creds;
	c->rng = rng;
	creds->how = CREDS_PSK;
	creds->remote = 1u << CREDS_PSK;
	creds->send_cert = true;
	pair_must(creds_add_psk(creds, &(struct identity){ .type = 0 }, psk.p, psk.n, &e) == 0);
	pair_must(identity_parse(&c->id, who == PAIR_I ? "me@example" : "gw.example", &e) == 0);
	pair_must(identity_parse(&c->remote_id, who == PAIR_I ? "gw.example" : "me@example", &e) == 0);
	pair_offers(c, &c->ike, IKE_PROTO_IKE, "aes128gcm16-prfsha256-x25519");
	pair_child_add(c, "net", who == PAIR_I ? "10.1.0.0/16" : "10.2.0.0/16", who == PAIR_I ? "10.2.0.0/16" : "10.1.0.0/16");
}

#endif
