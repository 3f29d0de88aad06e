#include "cli/ike_live_do.h"

#include <stdlib.h>
#include <string.h>

#include "base/names.h"
#include "ike/transport.h"

enum arg { ARG_NONE, ARG_NUMBER, ARG_ADDRESS };

struct doing { struct session *s; const struct session_conf *conf; uint64_t number; const struct addr *to; int64_t now; unsigned n; };

/* A step: its words, what it does to one session (counting in n the events to come), and which event tells that it is done. */
struct ike_live_step {
	const char *name;
	enum arg arg;
	int (*act)(struct doing *d, struct err *e);
	enum session_event_kind done;
};

/* Another one is in its place, and it is only yet to be deleted. */
static bool is_replaced(const struct session *s, uint64_t number)
{
	const struct session_child *c;

	for (unsigned i = 0; (c = session_child_at(s, i)) != NULL; i++)
		if (c->replaces == number)
			return true;
	return false;
}

static int rekey_child(struct doing *d, struct err *e)
{
	const struct session_child *c;
	uint64_t number[SESSION_CHILDREN];
	unsigned n = 0;

	for (unsigned i = 0; (c = session_child_at(d->s, i)) != NULL && n < SESSION_CHILDREN; i++)
		if (d->number == 0 ? !is_replaced(d->s, c->number) : c->number == d->number)
			number[n++] = c->number;
	for (unsigned i = 0; i < n; i++)
		if (session_rekey_child(d->s, number[i], d->now, e) < 0)
			return -1;
	d->n += n;
	return 0;
}

/* Without a number: the first there is. */
static int delete_child(struct doing *d, struct err *e)
{
	const struct session_child *c = session_child_at(d->s, 0);

	if (c == NULL)
		return err_set(e, "there is no child SA");
	d->n++;
	return session_delete_child(d->s, d->number != 0 ? d->number : c->number, d->now, e);
}

static int new_child(struct doing *d, struct err *e)
{
	d->n++;
	return session_new_child(d->s, &d->conf->child[d->number - 1], d->now, e);
}

static int rekey_ike(struct doing *d, struct err *e)
{
	d->n++;
	return session_rekey_ike(d->s, d->now, e);
}

static int reauth(struct doing *d, struct err *e)
{
	d->n++;
	return session_reauth(d->s, d->now, e);
}

static int dpd(struct doing *d, struct err *e)
{
	d->n++;
	return session_check_peer(d->s, d->now, e);
}

static int move(struct doing *d, struct err *e)
{
	struct session_path path = session_ike(d->s)->path;
	char text[ADDR_TEXT], peer[ADDR_TEXT];

	addr_format(text, d->to);
	if (d->to->family != path.remote.family)
		return err_set(e, "%s does not reach the peer, which is at %s", text, addr_format(peer, &path.remote));
	if (!transport_is_here(d->to, path.scope))
		return err_set(e, "this host has no address %s", text);
	path.local = *d->to;
	d->n++;
	return session_move(d->s, &path, d->now, e);
}

static int delete_ike(struct doing *d, struct err *e)
{
	d->n++;
	return session_delete(d->s, d->now, e);
}

static const struct ike_live_step steps[] = {
	{ "rekey-child", ARG_NUMBER, rekey_child, SESSION_CHILD_REKEYED },
	{ "rekey-ike", ARG_NONE, rekey_ike, SESSION_IKE_REKEYED },
	{ "reauth", ARG_NONE, reauth, SESSION_DELETED },
	{ "dpd", ARG_NONE, dpd, SESSION_DPD },
	{ "new-child", ARG_NUMBER, new_child, SESSION_CHILD_UP },
	{ "delete-child", ARG_NUMBER, delete_child, SESSION_CHILD_DOWN },
	{ "move", ARG_ADDRESS, move, SESSION_MOVED },
	{ "delete", ARG_NONE, delete_ike, SESSION_DELETED },
};

enum { STEPS = sizeof steps / sizeof *steps, WORD = 80, MANY = 1 << 30 };

static int step_by_name(const struct ike_live_step **out, const char *name, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t i = 0; i < STEPS; i++) {
		if (strcmp(steps[i].name, name) == 0) {
			*out = &steps[i];
			return 0;
		}
		nearest_offer(&near, name, steps[i].name);
	}
	if (nearest_name(&near, name) != NULL)
		return err_set(e, "unknown step \"%s\", nearest is \"%s\"", name, nearest_name(&near, name));
	return err_set(e, "unknown step \"%s\", wanted such as rekey-child, rekey-ike, dpd, delete", name);
}

/* "2s:rekey-child=1" */
static int parse_one(struct ike_live_do *d, char *word, struct err *e)
{
	char *colon = strchr(word, ':'), *name = word, *eq;
	const struct ike_live_step *row;

	if (d->n == IKE_LIVE_STEPS)
		return err_set(e, "wanted at most %d steps", IKE_LIVE_STEPS);
	d->step[d->n].at = -1;
	if (colon != NULL && word[0] >= '0' && word[0] <= '9') {
		*colon = '\0';
		name = colon + 1;
		if (colon > word && colon[-1] == 's')
			colon[-1] = '\0';
		if (seconds_parse(&d->step[d->n].at, word, e) < 0)
			return -1;
	}
	if ((eq = strchr(name, '=')) != NULL)
		*eq++ = '\0';
	if (step_by_name(&row, name, e) < 0)
		return -1;
	d->step[d->n].row = row;
	if (eq != NULL && row->arg == ARG_NONE)
		return err_set(e, "%s takes no value", name);
	if (eq == NULL && (row->arg == ARG_ADDRESS || row->act == new_child))
		return err_set(e, "%s wants a value: %s=%s", name, name, row->arg == ARG_ADDRESS ? "ADDRESS" : "N");
	if (eq != NULL && row->arg == ARG_NUMBER && uint_parse(&d->step[d->n].number, eq, strlen(eq), 1, UINT32_MAX, e) < 0)
		return err_in(e, "%s", name);
	if (eq != NULL && row->arg == ARG_ADDRESS && addr_parse(&d->step[d->n].to, eq, strlen(eq), e) < 0)
		return err_in(e, "%s", name);
	d->n++;
	return 0;
}

int ike_live_do_parse(struct ike_live_do *d, const char *text, struct err *e)
{
	char word[WORD];

	*d = (struct ike_live_do){ 0 };
	for (const char *p = text; p != NULL; p = *p == ',' ? p + 1 : NULL) {
		size_t n = strcspn(p, ",");

		if (n >= sizeof word)
			return err_set(e, "option --do: found a step of %zu characters", n);
		memcpy(word, p, n);
		word[n] = '\0';
		if (parse_one(d, word, e) < 0)
			return err_in(e, "option --do");
		p += n;
	}
	return 0;
}

int ike_live_do_check(const struct ike_live_do *d, const struct session_conf *conf, struct err *e)
{
	for (unsigned i = 0; i < d->n; i++)
		if (d->step[i].row->act == new_child && d->step[i].number > conf->nchild)
			return err_set(e, "option --do: found new-child=%llu, there %s %u of --ts", (unsigned long long)d->step[i].number,
			    conf->nchild == 1 ? "is" : "are", conf->nchild);
	return 0;
}

void ike_live_do_start(struct ike_live_do *d, int64_t now)
{
	if (d->start == 0)
		d->start = now;
}

int64_t ike_live_do_due(const struct ike_live_do *d)
{
	if (d->start == 0 || d->next == d->n)
		return INT64_MAX;
	if (d->step[d->next].at >= 0)
		return d->start + d->step[d->next].at;
	return d->waits == 0 ? 0 : INT64_MAX;
}

struct session **ike_live_sessions(const struct hub *hub, size_t *n, struct err *e)
{
	struct session **list;

	for (*n = 0; hub_at(hub, *n) != NULL;)
		++*n;
	if ((list = calloc(*n + 1, sizeof(*list))) == NULL)
		err_nomem(e);
	for (size_t i = 0; list != NULL && i < *n; i++)
		list[i] = hub_at(hub, i);
	return list;
}

static int act(const struct ike_live_step *row, struct hub *hub, struct doing *how, struct err *e)
{
	size_t n;
	struct session **list = ike_live_sessions(hub, &n, e);
	int rc = list == NULL ? -1 : 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		how->s = list[i];
		rc = session_over(list[i]) ? 0 : row->act(how, e);
	}
	free(list);
	return rc < 0 ? err_in(e, "%s", row->name) : 0;
}

int ike_live_do_run(struct ike_live_do *d, struct hub *hub, const struct session_conf *conf, int64_t now, struct err *e)
{
	while (ike_live_do_due(d) <= now) {
		struct doing how = { .conf = conf, .number = d->step[d->next].number, .to = &d->step[d->next].to, .now = now };
		const struct ike_live_step *row = d->step[d->next++].row;

		d->wait = row->done;
		d->waits = MANY;		/* events that come at once count */
		if (act(row, hub, &how, e) < 0)
			return -1;
		/* so many came, or will */
		d->waits = d->waits > MANY - how.n ? d->waits - (MANY - how.n) : 0;
	}
	return 0;
}

void ike_live_do_event(struct ike_live_do *d, const struct session_event *ev)
{
	bool refused = ev->kind == SESSION_CHILD_REFUSED &&
	    (d->wait == SESSION_CHILD_UP || d->wait == SESSION_CHILD_REKEYED || d->wait == SESSION_IKE_REKEYED);
	bool asked = ev->kind == SESSION_DPD && strcmp(ev->text, "asked") == 0;

	if (d->waits > 0 && (ev->kind == d->wait || refused) && !asked) {
		d->waits--;
		d->refused |= refused;
	}
	if (ev->kind == SESSION_FAILED)
		d->waits = 0;
}

bool ike_live_do_deletes(const struct ike_live_do *d)
{
	for (unsigned i = 0; i < d->next; i++)
		if (d->step[i].row->act == delete_ike)
			return true;
	return false;
}

bool ike_live_do_done(const struct ike_live_do *d)
{
	return d->next == d->n && d->waits == 0;
}

int ike_live_do_now(const char *name, struct hub *hub, int64_t now, struct err *e)
{
	struct doing how = { .now = now };
	const struct ike_live_step *row;

	return step_by_name(&row, name, e) < 0 ? -1 : act(row, hub, &how, e);
}
