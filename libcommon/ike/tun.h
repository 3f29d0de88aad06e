/*
 * tun.h - a TUN device: IP packets to and from this system, with its address and the routes that lead into it.
 *
 * Linux; elsewhere tun_open() says so.  Needs CAP_NET_ADMIN, or a device that was made for this user (then addresses and
 * routes are the user's affair, too: each call that fails says what `ip` command was meant).  Nothing blocks but the
 * kernel's answers to netlink.  What was set is taken away by tun_close(); if it cannot be called, the device goes with
 * the process, and addresses and routes with it, all but those of tun_bypass(), which the next process then finds.  What is
 * there already is used, and left as it was.
 *
 * tell is given each change as the command of iproute2 that would do the same; it may be NULL.
 */
#ifndef IKE_TUN_H
#define IKE_TUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/rd.h"
#include "base/text.h"
#include "sa/selector.h"

struct tun;

enum { TUN_PACKET = 65535 };

/* name: "ipsec0", or with %d for the first number that is free. */
struct tun *tun_open(const char *name, void (*tell)(void *arg, const char *command), void *arg, struct err *e);
void tun_close(struct tun *t);
const char *tun_name(const struct tun *t);
int tun_fd(const struct tun *t);

/* Up, with this MTU; without addresses and messages of IPv6's own. */
int tun_up(struct tun *t, uint32_t mtu, struct err *e);
/* Addresses and routes are counted: one that was added twice goes when it was taken away twice.  tun_has(): such an address.  A route is to all
 * addresses of a range, from this one of ours (family 0: the system chooses); default routes go in as two halves, so
 * that one that is there stays. */
int tun_address(struct tun *t, const struct addr *a, bool add, struct err *e);
bool tun_has(const struct tun *t, const struct addr *a);
int tun_route(struct tun *t, const struct addr_range *to, const struct addr *from, bool add, struct err *e);
/* The way to this host stays what it is now, whatever routes lead into the device. */
int tun_bypass(struct tun *t, const struct addr *host, struct err *e);
/* An address of this system's inside the range; false: none. */
bool tun_local(const struct addr_range *range, struct addr *out);

/* One packet into room for TUN_PACKET: its length; 0: none now. */
int tun_read(struct tun *t, uint8_t *p, struct err *e);
/* 1; 0: the system did not take it (no room, or no such packet). */
int tun_write(struct tun *t, struct span packet, struct err *e);

#endif
