/*
 * hub.h - many sessions behind one address: which message is whose, and who may begin one (RFC 7296 2.6, 2.4).
 *
 * Pure as session.h: no sockets, no clock.  Owns its sessions.  First messages of strangers cost a look and, from
 * conf->cookie_after half-open IKE SAs on, an answer with a cookie that is never longer than what they sent; cookies are
 * bound to address, nonce and SPI by a secret that changes.  Half-open IKE SAs are bounded in number and time.
 */
#ifndef IKE_HUB_H
#define IKE_HUB_H

#include "ike/session.h"

struct hub;

struct hub_stats { uint64_t sessions, half_open, begun, cookies_sent, cookies_bad, refused, dropped, invalid_spi, again; };

/* again: last answers of IKE SAs that are no more, given to requests that came again (parting.h).
 * conf and calls as in session.h; calls.ike_spi, child_spi, wake, adopt, initial_contact and parting are the hub's own.  conf NULL:
 * no responder. */
struct hub *hub_new(const struct session_conf *conf, const struct session_calls *calls, struct err *e);
void hub_free(struct hub *h);
/* A session of this end's making.  Sessions are freed at the end of the call in which they are over, after calls.over(). */
int hub_initiate(struct hub *h, const struct session_conf *conf, const struct session_path *path, int64_t now,
    struct session **out, struct err *e);
int hub_push(struct hub *h, const struct session_path *path, struct span message, int64_t now, struct err *e);
int hub_tick(struct hub *h, int64_t now, struct err *e);
int64_t hub_due(const struct hub *h);
/* The session whose child receives this SPI, or NULL. */
struct session *hub_by_child(const struct hub *h, uint32_t spi, const struct session_child **c);
struct session *hub_at(const struct hub *h, size_t i);		/* NULL past the last */
void hub_stats(const struct hub *h, struct hub_stats *out);
/* What is answered to strangers: a refusal or a cookie request is at most so long as what was asked. */

#endif
