#include "cli/ike_live_opts.h"

#include "packet/udp.h"

enum { NATT_AFTER = PORT_NATT - PORT_IKE };

/* As 500 and 4500 are so far apart. */
static int settle_ports(struct ike_live_opts *o, struct err *e)
{
	if (o->listen_said && o->port_said && o->port != o->listen_port)
		return err_set(e, "found port %u in --listen and --port %u", o->listen_port, o->port);
	if (o->listen_said)
		o->port = o->listen_port;
	else if (!o->port_said)
		o->port = PORT_IKE;
	if (o->host != NULL && (o->port == 0 || (o->natt_said && o->natt_port == 0)))
		return err_set(e, "found port 0 of the other end");
	if (o->natt_said || o->port == 0)
		return 0;
	if (o->port > UINT16_MAX - NATT_AFTER)
		return err_set(e, "found --port %u, and no port 4000 higher for --natt-port: say which", o->port);
	o->natt_port = (uint16_t)(o->port + NATT_AFTER);
	return 0;
}

/* An identity that is empty would be anybody's: a variable that is not set. */
static int check_ids(const struct ike_live_opts *o, struct err *e)
{
	if (o->id != NULL && *o->id == '\0')
		return err_set(e, "option --id: found nothing, wanted an identity");
	if (o->remote_id != NULL && *o->remote_id == '\0')
		return err_set(e, "option --remote-id: found nothing, wanted an identity, or no --remote-id for whoever authenticates");
	return 0;
}

static int check_pairs(const struct ike_live_opts *o, struct err *e)
{
	if (o->esp.n > 0 && o->ah.n > 0)
		return err_set(e, "found --esp and --ah, wanted one of them");
	if (o->ipv4 && o->ipv6)
		return err_set(e, "found --ipv4 and --ipv6, wanted one of them, or none for either");
	if (o->cookies && o->cookie_after > 0)
		return err_set(e, "found --cookies and --cookie-after, wanted one of them");
	if (o->keylog_as != NULL && o->keylog_file == NULL)
		return err_set(e, "found --keylog-format, and no --keylog FILE that it is for");
	if (o->host == NULL && o->hold_ns >= 0 && o->sessions == 0)
		return err_set(e, "found --hold without --sessions N: a responder stays until it is stopped");
	if (o->mode == SA_TRANSPORT && o->traffic.tun != NULL)
		return err_set(e, "found --mode transport and --tun: a TUN device carries tunnel mode alone");
	return 0;
}

int ike_live_check(struct ike_live_opts *o, struct err *e)
{
	if (check_ids(o, e) < 0 || check_pairs(o, e) < 0 || settle_ports(o, e) < 0)
		return -1;
	o->family = o->ipv4 ? 4 : o->ipv6 ? 6 : 0;
	if (o->keylog_as == NULL)
		o->keylog_as = keylog_row(0);
	return 0;
}
