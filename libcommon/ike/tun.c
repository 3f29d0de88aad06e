#include "ike/tun_priv.h"

#ifdef __linux__

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char device[] = "/dev/net/tun";

static int attach(struct tun *t, const char *name, struct err *e)
{
	struct ifreq r;

	memset(&r, 0, sizeof r);
	memcpy(r.ifr_name, name, strlen(name));
	r.ifr_flags = IFF_TUN | IFF_NO_PI;
	if ((t->fd = open(device, O_RDWR | O_NONBLOCK | O_CLOEXEC)) < 0)
		return err_sys(e, "%s", device);
	if (ioctl(t->fd, TUNSETIFF, &r) < 0)
		return errno != EPERM ? err_sys(e, "TUN device %s", name) :
		    err_sys(e, "TUN device %s (needs CAP_NET_ADMIN, or before: ip tuntap add %s mode tun user ...)", name, name);
	memcpy(t->name, r.ifr_name, sizeof t->name - 1);
	return tun_net_open(t, e);
}

struct tun *tun_open(const char *name, void (*tell)(void *arg, const char *command), void *arg, struct err *e)
{
	size_t n = strlen(name), letters = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-%");
	const char *percent = strchr(name, '%');
	struct tun *t;

	if (n == 0 || n >= IFNAMSIZ || letters < n || (percent != NULL && strcmp(percent, "%d") != 0)) {
		err_set(e, "found \"%s\", wanted a name of 1 to %d letters, such as ipsec0 or ipsec%%d", name, IFNAMSIZ - 1);
		return NULL;
	}
	if ((t = calloc(1, sizeof *t)) == NULL) {
		err_nomem(e);
		return NULL;
	}
	*t = (struct tun){ .fd = -1, .net = -1, .tell = tell, .arg = arg };
	if (attach(t, name, e) == 0)
		return t;
	tun_close(t);
	return NULL;
}

void tun_close(struct tun *t)
{
	if (t == NULL)
		return;
	tun_set_clear(t);
	tun_net_close(t);
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

int tun_read(struct tun *t, uint8_t *p, struct err *e)
{
	ssize_t n = read(t->fd, p, TUN_PACKET);

	if (n >= 0)
		return (int)n;
	/* EIO: it is down */
	return errno == EAGAIN || errno == EINTR || errno == EIO ? 0 : err_sys(e, "%s", t->name);
}

int tun_write(struct tun *t, struct span packet, struct err *e)
{
	if (write(t->fd, packet.p, packet.n) >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR || errno == EIO || errno == EINVAL || errno == ENOBUFS || errno == ENOMEM ? 0 :
	    err_sys(e, "%s", t->name);
}

const char *tun_name(const struct tun *t)
{
	return t->name;
}

int tun_fd(const struct tun *t)
{
	return t->fd;
}

#endif
