/*
 * tun_priv.h - a TUN device and what was set for it: tun.c packets, tun_set.c what is there, tun_net.c netlink.  For tun*.c only.
 */
#ifndef IKE_TUN_PRIV_H
#define IKE_TUN_PRIV_H

#include "ike/tun.h"

enum { TUN_NAME = 16, TUN_COMMAND = 256 };

enum tun_what { TUN_ADDRESS, TUN_ROUTE, TUN_BYPASS };

/* Something that was set, uses times. */
struct tun_set {
	enum tun_what what;
	struct addr to, from, via;	/* from, via: family 0 for none */
	uint8_t bits;			/* of to */
	unsigned dev;			/* of a bypass */
	unsigned uses;
	bool foreign;			/* was there before, and stays */
};

struct tun {
	int fd, net;			/* net: netlink */
	unsigned index;
	uint32_t seq, mtu;
	char name[TUN_NAME];
	void (*tell)(void *arg, const char *command);
	void *arg;
	struct tun_set *set;		/* nset, in room for cap */
	size_t nset, cap;
};

/* Takes away all that is set. */
void tun_set_clear(struct tun *t);

/* Opens t->net and finds t->index. */
int tun_net_open(struct tun *t, struct err *e);
void tun_net_close(struct tun *t);
/* Each is one change; -1: errno. */
int tun_net_link(struct tun *t, uint32_t mtu);
int tun_net_change(struct tun *t, const struct tun_set *s, bool add);
/* Where packets to s->to go now: s->dev, s->via; local: nowhere outside. */
int tun_net_way(struct tun *t, struct tun_set *s, bool *local);

#endif
