/* Systems whose TUN devices are other ones: there is none, and tun_open() says so. */
#include "ike/tun.h"

#ifndef __linux__

struct tun *tun_open(const char *name, void (*tell)(void *arg, const char *command), void *arg, struct err *e)
{
	(void)tell;
	(void)arg;
	err_set(e, "%s: TUN devices are opened on Linux only; captures carry packets everywhere", name);
	return NULL;
}

static int none(struct err *e)
{
	return err_set(e, "no TUN device");
}

void tun_close(struct tun *t)
{
	(void)t;
}

const char *tun_name(const struct tun *t)
{
	(void)t;
	return "";
}

int tun_fd(const struct tun *t)
{
	(void)t;
	return -1;
}

int tun_up(struct tun *t, uint32_t mtu, struct err *e)
{
	(void)t;
	(void)mtu;
	return none(e);
}

int tun_address(struct tun *t, const struct addr *a, bool add, struct err *e)
{
	(void)t;
	(void)a;
	(void)add;
	return none(e);
}

bool tun_has(const struct tun *t, const struct addr *a)
{
	(void)t;
	(void)a;
	return false;
}

int tun_route(struct tun *t, const struct addr_range *to, const struct addr *from, bool add, struct err *e)
{
	(void)t;
	(void)to;
	(void)from;
	(void)add;
	return none(e);
}

int tun_bypass(struct tun *t, const struct addr *host, struct err *e)
{
	(void)t;
	(void)host;
	return none(e);
}

bool tun_local(const struct addr_range *range, struct addr *out)
{
	(void)range;
	(void)out;
	return false;
}

int tun_read(struct tun *t, uint8_t *p, struct err *e)
{
	(void)t;
	(void)p;
	return none(e);
}

int tun_write(struct tun *t, struct span packet, struct err *e)
{
	(void)t;
	(void)packet;
	return none(e);
}

#endif
