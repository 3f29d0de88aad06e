#include "cli/ike_probe.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/ike_paths.h"
#include "cli/tell.h"
#include "ike/transport.h"
#include "packet/udp.h"
#include "report/probe_out.h"

enum { KEY_PORT = 256, KEY_LOCAL, KEY_BRIEF, KEY_DELAY, KEY_WAIT, KEY_TRIES, KEY_SEED };
enum { HOSTS = 256, ADDRS = 16, TROUBLE = 200, TRIES_MOST = 20 };

/* A host, and the one request that it is to answer. */
struct asked {
	struct probe *probe;
	struct probe_host h;
	struct session_path path[ADDRS];	/* where it may be; h.path is that before the next */
	unsigned npath, next;
	struct rng rng;
	char trouble[TROUBLE];
	unsigned tries;			/* of this request so far */
	bool waits;			/* for its answer */
	bool over, shown;
	int64_t due, sent;
};

struct run {
	struct cli *cli;
	uint16_t port;
	struct ike_paths_from from;
	unsigned flags;
	int64_t delay, wait;
	uint64_t tries;
	const char *seed;
	struct transport *t;
	struct asked *host;
	unsigned n, silent;
	struct rng rng;
};

const struct opt ike_probe_rows[] = {
	{ KEY_PORT, "port", "N", "the other end's port (default 500)" },
	{ KEY_LOCAL, "local", "ADDRESS", "from this address (default: what the system takes)" },
	{ '4', "ipv4", NULL, "IPv4 alone" },
	{ '6', "ipv6", NULL, "IPv6 alone" },
	{ KEY_BRIEF, "brief", NULL, "no transforms one by one" },
	{ KEY_DELAY, "delay", "SECONDS", "between an answer and the next request to a host (default 0.1)" },
	{ KEY_WAIT, "retransmit", "SECONDS", "until a request is sent again first (default 1)" },
	{ KEY_TRIES, "tries", "N", "how often a request is sent again (default 2)" },
	{ KEY_SEED, "seed", "HEX", "random bytes follow from this: for tests" },
	{ 0 }
};

static int stop_fd[2] = { -1, -1 };

static void stop(void *arg)
{
	ssize_t ignored = write(stop_fd[1], "q", 1);

	(void)arg;
	(void)ignored;
}

static int take(struct run *r, int key, struct err *e)
{
	const char *v = r->cli->opt.value;
	uint64_t n;
	int rc = 0;

	switch (key) {
	case KEY_PORT:
		if ((rc = uint_parse(&n, v, strlen(v), 1, UINT16_MAX, e)) == 0)
			r->port = (uint16_t)n;
		break;
	case KEY_LOCAL:	rc = transport_addr_parse(&r->from.local, &r->from.scope, v, strlen(v), e); break;
	case '4':	r->from.family = 4; break;
	case '6':	r->from.family = 6; break;
	case KEY_BRIEF:	r->flags |= PROBE_BRIEF; break;
	case KEY_DELAY:	rc = seconds_parse(&r->delay, v, e); break;
	case KEY_WAIT:	rc = seconds_parse(&r->wait, v, e); break;
	case KEY_TRIES:	rc = uint_parse(&r->tries, v, strlen(v), 0, TRIES_MOST, e); break;
	case KEY_SEED:	r->seed = v; break;
	}
	return rc < 0 ? cli_bad_value(r->cli, r->cli->opt.row->name, e) : 0;
}

/* Its next address from the beginning. */
static int begin(struct run *r, struct asked *a, struct err *e)
{
	uint16_t natt;

	probe_free(a->probe);
	a->h.path = a->path[a->next++];
	transport_ports(r->t, &a->h.path.local_port, &natt);
	a->h.path.remote_port = r->port;
	a->waits = false;
	a->tries = 0;
	a->trouble[0] = '\0';
	return (a->probe = probe_new(&a->h.path, r->flags, &a->rng, e)) != NULL ? 0 : -1;
}

/* A host that cannot be found or reached is one that did not answer. */
static int add_host(struct run *r, const char *name, struct err *e)
{
	struct asked *a = &r->host[r->n];
	int n = ike_paths_find(r->cli, name, &r->from, a->path, ADDRS, e);

	if (n < 0) {
		if (e->kind != ERR_SYSTEM)
			return -1;
		cli_message(r->cli, -1, NULL, "%s", e->text);
		r->silent++;
		return 0;
	}
	a->h = (struct probe_host){ .name = name, .when = transport_now(), .rtt = -1 };
	a->npath = (unsigned)n;
	rng_fork(&a->rng, &r->rng, name, r->n++);
	return begin(r, a, e);
}

static int show(struct run *r, struct asked *a, struct err *e)
{
	struct table_place place = tell_table(r->cli);

	a->shown = true;
	r->silent += probe_result(a->probe)->answered == 0;
	a->h.trouble = a->trouble[0] != '\0' ? a->trouble : NULL;
	if (!r->cli->json)
		return probe_print(&place, &a->h, probe_result(a->probe), e);
	probe_json(tell_place(r->cli), &a->h, probe_result(a->probe));
	return 0;
}

/* Nobody has answered, and the host has further addresses. */
static bool is_elsewhere(const struct asked *a)
{
	return a->waits && a->h.rtt < 0 && a->next < a->npath;
}

static int go_on(struct run *r, struct asked *a, struct err *e)
{
	char from[ADDR_TEXT], to[ADDR_TEXT];

	cli_message(r->cli, 0, NULL, "%s: no answer from %s%s%s, %s is next", a->h.name, addr_format(from, &a->h.path.remote),
	    a->trouble[0] != '\0' ? "; the network said: " : "", a->trouble, addr_format(to, &a->path[a->next].remote));
	return begin(r, a, e);
}

/* What is due of one host: the next request, the same again, or that none will be answered. */
static int step(struct run *r, struct asked *a, int64_t now, struct err *e)
{
	struct session_packet p = { .path = a->h.path };
	int rc;

	if (a->over || now < a->due)
		return 0;
	if (is_elsewhere(a) && (a->tries > r->tries || a->trouble[0] != '\0') && go_on(r, a, e) < 0)
		return -1;
	if (a->waits && a->tries > r->tries) {
		probe_silent(a->probe);
		a->waits = false;
	}
	if ((rc = probe_ask(a->probe, &p.bytes, e)) < 0)
		return -1;
	if (rc == 0) {
		a->over = true;
		return show(r, a, e);
	}
	if (!a->waits)
		a->tries = 0;
	if (transport_send(r->t, &p, e) < 0)
		return -1;
	if (transport_why(r->t)[0] != '\0')
		snprintf(a->trouble, sizeof a->trouble, "%s", transport_why(r->t));
	a->waits = true;
	a->sent = now;
	a->due = now + (r->wait << (a->tries < 6 ? a->tries : 6));
	a->tries++;
	return 0;
}

static int take_datagram(void *arg, const struct transport_in *in, struct err *e)
{
	struct run *r = arg;
	int64_t now = transport_now();

	for (unsigned i = 0; i < r->n; i++) {
		struct asked *a = &r->host[i];
		int rc;

		if (a->over || !a->waits || in->path.remote_port != r->port || !addr_eq(&a->h.path.remote, &in->path.remote))
			continue;
		if (in->kind == TRANSPORT_ICMP) {
			snprintf(a->trouble, sizeof a->trouble, "%s", in->text);
			if (is_elsewhere(a))
				a->due = now;
			continue;
		}
		if (in->kind != TRANSPORT_IKE)
			continue;
		if ((rc = probe_take(a->probe, in->bytes, e)) < 0)
			return -1;
		if (rc == 0)
			continue;
		if (a->h.rtt < 0)
			a->h.rtt = now - a->sent;
		a->waits = false;
		a->due = now + r->delay;
	}
	return 0;
}

static int loop(struct run *r, struct err *e)
{
	struct transport_wait w = { .fd = stop_fd, .nfd = 1 };

	for (;;) {
		int64_t now = transport_now(), until = INT64_MAX;
		unsigned left = 0;

		for (unsigned i = 0; i < r->n; i++) {
			struct asked *a = &r->host[i];

			if (step(r, a, now, e) < 0)
				return -1;
			left += !a->over;
			if (!a->over && a->due < until)
				until = a->due;
		}
		fflush(tell_place(r->cli));
		if (left == 0)
			return 0;
		if (transport_wait(r->t, until, &w, take_datagram, r, e) < 0)
			return -1;
		if (w.ready != 0)
			break;
	}
	for (unsigned i = 0; i < r->n; i++)		/* what is known so far */
		if (!r->host[i].shown && show(r, &r->host[i], e) < 0)
			return -1;
	return 0;
}

static int probe_all(struct run *r, struct err *e)
{
	struct transport_conf c = { .local = r->from.local, .scope = r->from.scope };

	if (r->seed == NULL)
		rng_init_system(&r->rng);
	else if (rng_init_hex(&r->rng, r->seed, "ipsec-ike probe", e) < 0)
		return err_in(e, "option --seed");
	if (c.local.family == 0)
		c.local.family = (uint8_t)r->from.family;
	if (cli_json_open(r->cli, false, e) < 0)
		return -1;
	if (pipe(stop_fd) < 0)
		return err_sys(e, "pipe");
	fcntl(stop_fd[1], F_SETFL, O_NONBLOCK);
	cli_on_stop(1, stop, NULL);
	if ((r->host = calloc((size_t)r->cli->nwords, sizeof *r->host)) == NULL)
		return err_nomem(e);
	if ((r->t = transport_open(&c, e)) == NULL)
		return -1;
	for (int i = 0; i < r->cli->nwords; i++)
		if (add_host(r, r->cli->words[i], e) < 0)
			return -1;
	return loop(r, e) < 0 ? -1 : r->silent > 0;
}

int ike_probe_run(struct cli *cli, struct err *e)
{
	struct run r = { .cli = cli, .port = PORT_IKE, .delay = 100 * 1000000, .wait = 1000000000, .tries = 2 };
	int key, rc = 0;

	while (rc == 0 && (key = cli_next(cli, e)) != 0)
		rc = key < 0 ? -1 : take(&r, key, e);
	if (rc == 0 && (cli->nwords == 0 || cli->nwords > HOSTS)) {
		cli->parsing = true;
		rc = cli->nwords == 0 ? err_set(e, "wanted a host to ask") : err_set(e, "wanted at most %d hosts", HOSTS);
	}
	if (rc == 0)
		rc = probe_all(&r, e);
	for (unsigned i = 0; i < r.n; i++) {
		probe_free(r.host[i].probe);
		rng_clear(&r.host[i].rng);
	}
	free(r.host);
	transport_close(r.t);
	return rc;
}
