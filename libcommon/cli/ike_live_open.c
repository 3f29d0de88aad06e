#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ike_live_priv.h"
#include "cli/ike_paths.h"

static int wake_fd = -1;		/* for handlers, which have no argument */

static void wake_by(int what)
{
	char c = (char)what;
	ssize_t ignored = write(wake_fd, &c, 1);

	(void)ignored;
}

static void stop(void *arg)
{
	(void)arg;
	wake_by('q');
}

static void on_user(int number)
{
	int saved = errno;

	wake_by(number == SIGUSR1 ? 'c' : 'i');
	errno = saved;
}

static int open_signals(struct live *l, struct err *e)
{
	struct sigaction sa = { .sa_handler = on_user };

	if (pipe(l->wake) < 0)
		return err_sys(e, "pipe");
	for (int i = 0; i < 2; i++) {
		fcntl(l->wake[i], F_SETFD, FD_CLOEXEC);
		fcntl(l->wake[i], F_SETFL, O_NONBLOCK);
	}
	wake_fd = l->wake[1];
	sigemptyset(&sa.sa_mask);
	sigaction(SIGUSR1, &sa, NULL);
	sigaction(SIGUSR2, &sa, NULL);
	cli_on_stop(2, stop, NULL);
	return 0;
}

static bool is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = { [15] = 1 };

	return (a->family == 4 && a->b[0] == 127) || (a->family == 6 && memcmp(a->b, one, sizeof one) == 0);
}

/* Every address of the other end that there is a way to: the first, and what is tried after it. */
static int find_remote(struct live *l, struct err *e)
{
	struct session_path path[1 + SESSION_OTHERS];
	struct session_conf *conf = &l->conf.conf;
	int n = ike_paths_find(l->cli, l->o.host, &(struct ike_paths_from){ l->o.local, l->o.scope, l->o.family }, path,
	    1 + SESSION_OTHERS, e);

	if (n < 0)
		return -1;
	l->path = path[0];
	conf->nother = (unsigned)n - 1;
	memcpy(conf->other, path + 1, conf->nother * sizeof path[0]);
	return 0;
}

/* Standard input is one stream: two options that ask for it name each other. */
static int check_stdin(const struct ike_live_opts *o, struct err *e)
{
	const struct { const char *name; const char *const *path; unsigned n; } row[] = {
		{ "psk-file", o->psk.v, o->psk.n }, { "cert", o->cert.v, o->cert.n }, { "ca", o->ca.v, o->ca.n }, { "crl", o->crl.v, o->crl.n },
		{ "remote-cert", o->remote_cert.v, o->remote_cert.n }, { "remote-key", o->remote_key.v, o->remote_key.n }, { "key", &o->key, 1 },
		{ "key-passphrase-file", &o->key_pass, 1 }, { "eap-password-file", &o->eap_password, 1 }, { "eap-users", &o->eap_users, 1 },
		{ "packets-in", &o->traffic.packets_in, 1 },
	};
	const char *first = NULL;

	for (size_t i = 0; i < sizeof row / sizeof row[0]; i++)
		for (unsigned k = 0; k < row[i].n; k++) {
			if (row[i].path[k] == NULL || io_fd_of(row[i].path[k], STDIN_FILENO) != STDIN_FILENO)
				continue;
			if (first != NULL)
				return err_set(e, "--%s and --%s both want stdin", first, row[i].name);
			first = row[i].name;
		}
	return 0;
}

/* Keys made of a seed can be made again by anybody: they stay on this machine. */
static int check_seed(const struct live *l, struct err *e)
{
	const struct session_conf *conf = &l->conf.conf;
	bool here = is_loopback(l->initiator ? &l->path.remote : &l->o.local);

	for (unsigned i = 0; i < conf->nother; i++)
		here = here && is_loopback(&conf->other[i].remote);
	if (l->o.seed == NULL || here)
		return 0;
	return err_set(e, "--seed makes keys that are not secret: it is for %s of this machine alone (127.0.0.1, ::1)",
	    l->initiator ? "hosts" : "--listen addresses");
}

/* That of all addresses of the other end, or 0. */
static uint8_t one_family(const struct live *l)
{
	const struct session_conf *conf = &l->conf.conf;

	for (unsigned i = 0; i < conf->nother; i++)
		if (conf->other[i].remote.family != l->path.remote.family)
			return 0;
	return l->path.remote.family;
}

/* A raw socket where that is allowed; else ESP has to go in UDP. */
static int open_transport(struct live *l, struct err *e)
{
	const struct ike_live_opts *o = &l->o;
	struct transport_conf c = { .local = o->local, .scope = o->scope, .seen = ike_live_out_seen, .arg = &l->out };
	bool denied;

	c.port = l->initiator ? o->local_port : o->port;
	c.natt_port = l->initiator ? o->local_natt_port : o->natt_port;
	if (l->initiator && c.local.family == 0)
		c.local.family = one_family(l);
	if (!l->initiator && c.local.family == 0)
		c.local.family = (uint8_t)o->family;
	c.raw_esp = ike_traffic_wanted(&o->traffic) && !o->force_natt;
	if ((l->transport = transport_open(&c, e)) == NULL && c.raw_esp) {
		c.raw_esp = false;
		l->transport = transport_open(&c, e);
	}
	denied = l->transport == NULL && errno == EACCES;
	l->raw_esp = c.raw_esp;
	if (l->transport == NULL)
		return denied && !l->initiator && o->port != 0 && o->port < 1024 ?
		    err_in(e, "ports below 1024 want privileges, others do not (--port 1500)") : -1;
	if (ike_traffic_wanted(&o->traffic) && !c.raw_esp)
		l->conf.conf.force_natt = true;
	return 0;
}

static void settle_ports(struct live *l)
{
	struct session_conf *s = &l->conf.conf;
	uint16_t port, natt_port;

	transport_ports(l->transport, &port, &natt_port);
	s->natt_port = natt_port;
	s->remote_natt_port = l->o.natt_port;
	l->path.local_port = l->o.port == l->o.natt_port ? natt_port : port;
	l->path.remote_port = l->o.port;
	for (unsigned i = 0; i < s->nother; i++) {
		s->other[i].local_port = l->path.local_port;
		s->other[i].remote_port = l->path.remote_port;
	}
	if (!l->initiator)
		ike_live_out_listening(&l->out, &l->o.local, port, natt_port);
}

/* What cannot be reached is told as any other failure of a negotiation.  1: it was. */
static int find_or_tell(struct live *l, struct err *e)
{
	char why[REASON_TEXT];

	if (!l->initiator || find_remote(l, e) == 0)
		return 0;
	if (e->kind != ERR_SYSTEM)
		return -1;
	snprintf(why, sizeof why, "%s", e->text);
	if (ike_live_out_open(&l->out, l->cli, &l->o, e) < 0)
		return -1;
	ike_live_out_unreachable(&l->out, l->o.port, why);
	return 1;
}

int ike_live_open(struct live *l, struct err *e)
{
	struct session_calls calls;
	int rc;

	if (l->o.script != NULL && ike_live_do_parse(&l->script, l->o.script, e) < 0)
		return -1;
	if (check_stdin(&l->o, e) < 0 || ike_live_creds_read(&l->creds, &l->o, l->cli, l->initiator, e) < 0 ||
	    ike_live_conf_make(&l->conf, &l->o, &l->creds, l->initiator, e) < 0 || ike_live_do_check(&l->script, &l->conf.conf, e) < 0)
		return -1;
	if ((rc = find_or_tell(l, e)) != 0)
		return rc;
	if (check_seed(l, e) < 0 || open_signals(l, e) < 0 || ike_live_out_open(&l->out, l->cli, &l->o, e) < 0 || open_transport(l, e) < 0)
		return -1;
	settle_ports(l);
	ike_live_calls(l, &calls);
	if ((l->hub = hub_new(&l->conf.conf, &calls, e)) == NULL)
		return -1;
	return ike_traffic_new(&l->traffic, &l->o.traffic, l->cli, l->transport, l->hub, l->raw_esp, e);
}

void ike_live_end(struct live *l)
{
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	ike_traffic_free(l->traffic);
	l->traffic = NULL;
	hub_free(l->hub);
	l->hub = NULL;
}

void ike_live_close(struct live *l)
{
	ike_live_end(l);
	transport_close(l->transport);
	ike_live_out_clear(&l->out);
	ike_live_conf_clear(&l->conf);
	ike_live_creds_clear(&l->creds);
	for (int i = 0; i < 2; i++)
		if (l->wake[i] >= 0)
			close(l->wake[i]);
}
