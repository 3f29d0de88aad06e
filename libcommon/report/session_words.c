#include <string.h>

#include "report/sa_text.h"
#include "report/session_event.h"
#include "report/words.h"

/* What the words begin with, and how talkative one has to be. */
static const struct { const char *words; int level; } rows[SESSION_KINDS] = {
	[SESSION_INIT_SENT] = { "IKE_SA_INIT sent", 1 },
	[SESSION_COOKIE] = { "a cookie was asked for", 0 },
	[SESSION_OTHER_GROUP] = { "another key exchange is wanted", 0 },
	[SESSION_OTHER_ADDRESS] = { "the peer is looked for here", 0 },
	[SESSION_KEYS] = { "keys agreed on", 1 },
	[SESSION_NAT] = { "NAT found", 0 },
	[SESSION_AUTHENTICATED] = { "authenticated", 0 },
	[SESSION_ADDRESS] = { "address", 0 },
	[SESSION_CHILD_UP] = { "up", 0 },
	[SESSION_CHILD_REKEYED] = { "rekeyed", 0 },
	[SESSION_CHILD_DOWN] = { "down", 0 },
	[SESSION_CHILD_REFUSED] = { "refused", -1 },
	[SESSION_IKE_REKEYED] = { "IKE SA rekeyed", 0 },
	[SESSION_MOVED] = { "moved", 0 },
	[SESSION_RETRANSMIT] = { "no answer, sent again", 0 },
	[SESSION_DPD] = { "is the peer there", 1 },
	[SESSION_DELETED] = { "IKE SA deleted", 0 },
	[SESSION_FAILED] = { "failed", -1 },
};

static void put_path(struct words *w, const struct session_path *p)
{
	char a[ADDR_TEXT], b[ADDR_TEXT];

	words_put(w, "%s[%u] > %s[%u]", p->local.family != 0 ? addr_format(a, &p->local) : "*", p->local_port,
	    addr_format(b, &p->remote), p->remote_port);
}

static void put_id(struct words *w, const struct identity *id)
{
	char text[IDENTITY_TEXT];

	words_put(w, "%s", id->type != 0 ? identity_format(text, id->type, identity_span(id)) : "(nobody)");
}

static void put_child(struct words *w, const struct session_event *ev)
{
	const struct session_child *c = ev->child;
	const struct session_child_conf *conf = c != NULL && c->conf != NULL ? c->conf : ev->conf;
	char text[SA_TEXT];

	words_put(w, "child%s%s", conf != NULL && conf->name != NULL ? " " : "",
	    conf != NULL && conf->name != NULL ? conf->name : "");
	if (c == NULL) {
		words_put(w, " %s", rows[ev->kind].words);
		return;
	}
	words_put(w, " %s: %s %s, in 0x%08x, out 0x%08x", rows[ev->kind].words, sa_proto_name(c->out.proto),
	    c->out.mode != SA_MODE_UNKNOWN ? sa_mode_name(c->out.mode) : "", c->in.spi, c->out.spi);
	if (ev->kind == SESSION_CHILD_DOWN)
		return;
	words_put(w, ", %s%s", sa_text_algs(text, &c->out), c->out.encap.type == SA_ENCAP_UDP ? ", in UDP" : "");
	for (size_t i = 0; i < c->out.nts && i < 4; i++)
		words_put(w, ", %s", sa_text_ts(text, &c->out.ts[i]));
}

static void put_addresses(struct words *w, const struct session_ike *ike)
{
	char text[ADDR_TEXT];

	words_put(w, "%s", ike->initiator ? "got" : "gave");
	if (ike->virtual4.family != 0)
		words_put(w, " %s", addr_format(text, &ike->virtual4));
	if (ike->virtual6.family != 0)
		words_put(w, " %s", addr_format(text, &ike->virtual6));
	for (unsigned i = 0; i < ike->ndns && i < SESSION_DNS; i++)
		words_put(w, "%s%s", i == 0 ? ", DNS " : " ", addr_format(text, &ike->dns[i]));
}

static void put_authenticated(struct words *w, const struct session_ike *ike)
{
	words_put(w, "authenticated: ");
	put_id(w, &ike->id);
	words_put(w, " and ");
	put_id(w, &ike->remote_id);
}

static void put_keys(struct words *w, const struct session_event *ev)
{
	const struct ike_keys *k = ev->ike->keys;

	words_put(w, "%s", rows[ev->kind].words);
	if (k == NULL || k->encr == NULL)
		return;
	words_put(w, ": %s", k->encr->name);
	if (k->encr_bits != 0)
		words_put(w, "-%u", k->encr_bits);
	if (k->integ != NULL)
		words_put(w, ", %s", k->integ->name);
	if (k->prf != NULL)
		words_put(w, ", %s", k->prf->name);
	for (unsigned i = 0; i < k->nke && k->ke[i] != NULL; i++)
		words_put(w, ", %s", k->ke[i]->name);
}

char *session_event_words(char out[SESSION_EVENT_TEXT], const struct session_event *ev)
{
	struct words w = words_of(out, SESSION_EVENT_TEXT);
	const struct session_ike *ike = ev->ike;

	if (ike->path.remote.family != 0) {
		put_path(&w, &ike->path);
		words_put(&w, ": ");
	}
	switch (ev->kind) {
	case SESSION_CHILD_UP:
	case SESSION_CHILD_REKEYED:
	case SESSION_CHILD_DOWN:
	case SESSION_CHILD_REFUSED:	put_child(&w, ev); break;
	case SESSION_KEYS:
	case SESSION_IKE_REKEYED:	put_keys(&w, ev); break;
	case SESSION_AUTHENTICATED:	put_authenticated(&w, ike); break;
	case SESSION_ADDRESS:		put_addresses(&w, ike); break;
	case SESSION_NAT:
		words_put(&w, "%s", ev->text);
		return out;
	default:			words_put(&w, "%s", rows[ev->kind].words); break;
	}
	if (ev->text != NULL && ev->text[0] != '\0')
		words_put(&w, ": %s", ev->text);
	return out;
}

int session_event_level(const struct session_event *ev)
{
	return rows[ev->kind].level;
}
