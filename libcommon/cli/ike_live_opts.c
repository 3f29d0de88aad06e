#include "cli/ike_live_opts.h"

#include <string.h>
#include <strings.h>

#include "ike/transport.h"

enum {
	KEY_ID = 256, KEY_REMOTE_ID, KEY_PSK, KEY_CERT, KEY_KEY, KEY_KEY_PASS, KEY_CA, KEY_CRL, KEY_NEED_CRL, KEY_REMOTE_CERT,
	KEY_REMOTE_KEY, KEY_AUTH, KEY_REMOTE_AUTH, KEY_SIGN, KEY_SEND_CERT, KEY_EAP, KEY_EAP_ID, KEY_EAP_PASSWORD,
	KEY_EAP_USERS, KEY_EAP_ONLY, KEY_PROPOSAL, KEY_ESP, KEY_AH, KEY_TS, KEY_MODE, KEY_CHILDLESS, KEY_ADDRESS, KEY_POOL,
	KEY_DNS, KEY_LISTEN, KEY_LOCAL, KEY_PORT, KEY_NATT_PORT, KEY_LOCAL_PORT, KEY_LOCAL_NATT_PORT, KEY_FRAGMENT,
	KEY_NO_MOBIKE, KEY_FORCE_NATT, KEY_COOKIES, KEY_COOKIE_AFTER, KEY_HALF_OPEN, KEY_HALF_OPEN_TIME, KEY_RETRANSMIT,
	KEY_TRIES, KEY_HOLD, KEY_SESSIONS, KEY_REKEY_IKE, KEY_REKEY_CHILD, KEY_REAUTH, KEY_DPD, KEY_DO, KEY_EVENTS, KEY_KEYLOG,
	KEY_KEYLOG_FORMAT, KEY_SAVE, KEY_IMPAIR, KEY_SEED,
};
enum { FRAGMENT_LEAST = 256, TRIES_MOST = 100, HALF_OPEN_MOST = 1 << 20 };

#define ROWS_WHO \
	{ 1, "Who this end is, and whom it believes", NULL, NULL }, \
	{ KEY_ID, "id", "ID", "this end: gw.example, me@example, an address, \"CN=gw\", keyid:..." }, \
	{ KEY_REMOTE_ID, "remote-id", "ID", "who the other end has to be (default: whoever authenticates)" }, \
	{ KEY_PSK, "psk-file", "FILE", "pre-shared key: one line, or lines \"ID: key\"; may be repeated" }, \
	{ KEY_CERT, "cert", "FILE", "certificate of this end and intermediate ones; may be repeated" }, \
	{ KEY_KEY, "key", "FILE", "private key of this end: of --cert, or a raw key" }, \
	{ KEY_KEY_PASS, "key-passphrase-file", "FILE", "passphrase of --key" }, \
	{ KEY_CA, "ca", "FILE", "authorities that vouch for the other end; may be repeated" }, \
	{ KEY_CRL, "crl", "FILE", "revocation lists; may be repeated" }, \
	{ KEY_NEED_CRL, "need-crl", NULL, "an authority without a revocation list is not believed" }, \
	{ KEY_REMOTE_CERT, "remote-cert", "FILE", "the other end's certificate, believed as it is; may be repeated" }, \
	{ KEY_REMOTE_KEY, "remote-key", "FILE", "the other end's raw public key; may be repeated" }, \
	{ KEY_AUTH, "auth", "psk|cert|rawkey|eap|null", "how this end authenticates (default: by what is given)" }, \
	{ KEY_REMOTE_AUTH, "remote-auth", "psk|cert|rawkey|eap|null", \
	    "how the other end has to; may be repeated (default: by what is given)" }, \
	{ KEY_SIGN, "sign", "pss|pkcs1|old", "RSA signatures (default pss); old: methods before RFC 7427" }, \
	{ KEY_SEND_CERT, "send-cert", "always|asked", "when this end shows its certificates (default always)" }, \
	{ KEY_EAP, "eap", "METHODS", "mschapv2, tls, md5, gtc, with commas: this end, or its clients" }, \
	{ KEY_EAP_ONLY, "eap-only", NULL, "the responder proves itself by EAP alone (RFC 5998)" }

#define ROWS_WHAT \
	{ 1, "What is negotiated", NULL, NULL }, \
	{ KEY_PROPOSAL, "proposal", "WORDS", "IKE SA: aes256gcm16-prfsha384-ecp384, ...; may be repeated" }, \
	{ KEY_ESP, "esp", "WORDS", "child SAs: aes256gcm16, aes128-sha256-x25519, ...; may be repeated" }, \
	{ KEY_AH, "ah", "WORDS", "AH instead: sha256, ...; may be repeated" }, \
	{ KEY_TS, "ts", "MINE=THEIRS", "a child SA for this: 10.1.0.0/16[tcp/80]=any, dynamic=any; may be repeated" }, \
	{ KEY_MODE, "mode", "tunnel|transport", "of the child SAs (default: tunnel; of a responder as it is asked)" }

#define ROWS_STAY \
	{ 1, "How long", NULL, NULL }, \
	{ KEY_REKEY_IKE, "rekey-ike", "SECONDS|off", "a new IKE SA after so long" }, \
	{ KEY_REKEY_CHILD, "rekey-child", "AMOUNT|off", "new child SAs after 3600, 100MB or 500p; may be repeated" }, \
	{ KEY_DPD, "dpd", "SECONDS|off", "ask a silent peer whether it lives (default 30)" }, \
	{ KEY_DO, "do", "LIST", "2s:rekey-child,4s:rekey-ike,dpd,delete: see ipsec-ike(1)" }

#define ROWS_REST \
	{ KEY_FRAGMENT, "fragment-size", "N|off", "IP packets of messages in fragments (default 1280)" }, \
	{ KEY_NO_MOBIKE, "no-mobike", NULL, "without MOBIKE (RFC 4555)" }, \
	{ KEY_FORCE_NATT, "force-natt", NULL, "ESP goes in UDP whether there is a NAT or not" }, \
	{ KEY_RETRANSMIT, "retransmit", "SECONDS", "until a request is sent again first (default 1)" }, \
	{ KEY_TRIES, "tries", "N", "how often a request is sent again (default 5)" }

#define ROWS_RESULTS \
	{ 1, "Results", NULL, NULL }, \
	{ KEY_EVENTS, "events", NULL, "every change of state as a JSON line beside the descriptors" }, \
	{ KEY_KEYLOG, "keylog", "FILE", "write the keys of the IKE SAs" }, \
	{ KEY_KEYLOG_FORMAT, "keylog-format", "FORMAT", "native (the default), wireshark or tcpdump" }, \
	{ KEY_SAVE, "save", "FILE", "write all that is received and sent as a pcap" }, \
	{ KEY_IMPAIR, "impair", "LIST", "faults on purpose: drop@IKE_AUTH:1, ...; may be repeated" }, \
	{ KEY_SEED, "seed", "HEX", "random bytes follow from this: for tests over loopback, not secret" }

const struct opt ike_initiate_rows[] = {
	ROWS_WHO,
	{ KEY_EAP_ID, "eap-id", "NAME", "who this end is to EAP (default: --id)" },
	{ KEY_EAP_PASSWORD, "eap-password-file", "FILE", "the password in its first line" },
	ROWS_WHAT,
	{ KEY_ADDRESS, "address", "[=IP]", "ask for an address, or for this one" },
	{ KEY_CHILDLESS, "childless", NULL, "the IKE SA first, child SAs by exchanges of their own (RFC 6023)" },
	{ 1, "Network", NULL, NULL },
	{ KEY_PORT, "port", "N", "the other end's port (default 500)" },
	{ KEY_NATT_PORT, "natt-port", "N", "the other end's port behind a NAT (default --port + 4000)" },
	{ KEY_LOCAL, "local", "ADDRESS", "from this address (default: what the system takes)" },
	{ KEY_LOCAL_PORT, "local-port", "N", "from this port (default: a free one)" },
	{ KEY_LOCAL_NATT_PORT, "local-natt-port", "N", "from this port behind a NAT (default: a free one)" },
	{ '4', "ipv4", NULL, "IPv4 alone" },
	{ '6', "ipv6", NULL, "IPv6 alone" },
	ROWS_REST,
	ROWS_STAY,
	{ KEY_HOLD, "hold", "SECONDS|forever", "keep it up for so long (default: delete it at once)" },
	{ KEY_REAUTH, "reauth", "SECONDS|off", "a new IKE SA with authentication after so long" },
	ROWS_RESULTS,
	{ 0 }
};

const struct opt ike_respond_rows[] = {
	ROWS_WHO,
	{ KEY_EAP_USERS, "eap-users", "FILE", "lines \"name:password\" of those who may" },
	ROWS_WHAT,
	{ KEY_POOL, "pool", "RANGES", "addresses to give: 10.9.0.0/24,fd00:9::/112" },
	{ KEY_DNS, "dns", "ADDRESS", "name server to give; may be repeated" },
	{ KEY_CHILDLESS, "childless", NULL, "IKE SAs without a child SA are allowed (RFC 6023)" },
	{ 1, "Network", NULL, NULL },
	{ KEY_LISTEN, "listen", "ADDR[:PORT]", "listen there (default: all addresses, ports 500 and 4500)" },
	{ KEY_PORT, "port", "N", "the port (default 500); 0: a free one" },
	{ KEY_NATT_PORT, "natt-port", "N", "the port behind a NAT (default --port + 4000)" },
	{ KEY_COOKIES, "cookies", NULL, "ask everyone for a cookie" },
	{ KEY_COOKIE_AFTER, "cookie-after", "N", "from so many half-open IKE SAs on (default 64)" },
	{ KEY_HALF_OPEN, "half-open-max", "N", "more are not answered (default 4096)" },
	{ KEY_HALF_OPEN_TIME, "half-open-time", "SECONDS", "until they are forgotten (default 30)" },
	ROWS_REST,
	ROWS_STAY,
	{ KEY_HOLD, "hold", "SECONDS|forever", "with --sessions: delete them after so long" },
	{ KEY_REAUTH, "reauth", "SECONDS|off", "ask clients to authenticate anew after so long (RFC 4478)" },
	{ KEY_SESSIONS, "sessions", "N", "end once N negotiations are over and their IKE SAs deleted" },
	ROWS_RESULTS,
	{ 0 }
};

const struct opt *const ike_live_parts[] = { ike_traffic_rows, NULL };

static int add(struct ike_live_texts *t, const char *v, struct err *e)
{
	if (t->n == IKE_LIVE_MANY)
		return err_set(e, "wanted at most %d of them", IKE_LIVE_MANY);
	t->v[t->n++] = v;
	return 0;
}

static int take_number(unsigned *to, const char *v, uint64_t least, uint64_t most, struct err *e)
{
	uint64_t n;

	if (uint_parse(&n, v, strlen(v), least, most, e) < 0)
		return -1;
	*to = (unsigned)n;
	return 0;
}

/* 0 is any free one. */
static int take_port(uint16_t *to, const char *v, struct err *e)
{
	unsigned n;

	if (take_number(&n, v, 0, UINT16_MAX, e) < 0)
		return -1;
	*to = (uint16_t)n;
	return 0;
}

/* none: the word for it, and what it stands for. */
static int take_time(int64_t *ns, const char *v, const char *none, int64_t then, struct err *e)
{
	if (none != NULL && strcmp(v, none) == 0) {
		*ns = then;
		return 0;
	}
	if (seconds_parse(ns, v, e) < 0)
		return -1;
	return *ns > 0 || then == INT64_MAX ? 0 : err_set(e, "wanted more than 0");
}

/* "1500000", "100MB", "2GiB", "500p", "3600": packets, octets, seconds. */
static int take_amount(struct ike_live_opts *o, const char *v, struct err *e)
{
	static const struct { const char *unit; uint64_t times; } units[] = {
		{ "B", 1 }, { "kB", 1000 }, { "MB", 1000000 }, { "GB", 1000000000 }, { "KiB", 1 << 10 }, { "MiB", 1 << 20 },
		{ "GiB", 1 << 30 },
	};
	size_t n = strspn(v, "0123456789");
	uint64_t value;

	if (strcmp(v, "off") == 0) {
		o->rekey_child_ns = 0;
		return 0;
	}
	if (v[n] == '\0' || v[n] == '.' || strcmp(v + n, "s") == 0)
		return take_time(&o->rekey_child_ns, v, NULL, 0, e);
	if (strcmp(v + n, "p") == 0)
		return uint_parse(&o->rekey_packets, v, n, 1, UINT64_MAX, e);
	for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
		if (strcasecmp(v + n, units[i].unit) != 0)
			continue;
		if (uint_parse(&value, v, n, 1, UINT64_MAX / units[i].times, e) < 0)
			return -1;
		o->rekey_bytes = value * units[i].times;
		return 0;
	}
	return err_set(e, "wanted seconds (3600), octets (100MB) or packets (500p)");
}

/* "127.0.0.1", "127.0.0.1:1500", "::1", "[::1]:1500", ":1500". */
static int take_listen(struct ike_live_opts *o, const char *v, struct err *e)
{
	const char *end = v + strlen(v), *colon = strrchr(v, ':'), *from = v, *to = end;

	if (*v == '[') {
		from = v + 1;
		to = strchr(v, ']');
		if (to == NULL || (to[1] != '\0' && to[1] != ':'))
			return err_set(e, "wanted [ADDRESS] or [ADDRESS]:PORT");
		colon = to[1] == ':' ? to + 1 : NULL;
	} else if (colon != NULL && strchr(v, ':') == colon) {
		to = colon;
	} else {
		colon = NULL;
	}
	if (colon != NULL) {
		if (take_port(&o->listen_port, colon + 1, e) < 0)
			return err_in(e, "port");
		o->listen_said = true;
	}
	o->local = (struct addr){ 0 };
	return to == from || (to - from == 1 && *from == '*') ? 0 :
	    transport_addr_parse(&o->local, &o->scope, from, (size_t)(to - from), e);
}

static int take_word(const struct cli *cli, int *to, int first, struct err *e)
{
	int i = opt_word(&cli->opt, e);

	if (i >= 0)
		*to = first + i;
	return i < 0 ? -1 : 0;
}

static int take_who(struct ike_live_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;
	int word = 0;

	switch (key) {
	case KEY_ID:		o->id = v; break;
	case KEY_REMOTE_ID:	o->remote_id = v; break;
	case KEY_PSK:		return add(&o->psk, v, e);
	case KEY_CERT:		return add(&o->cert, v, e);
	case KEY_KEY:		o->key = v; break;
	case KEY_KEY_PASS:	o->key_pass = v; break;
	case KEY_CA:		return add(&o->ca, v, e);
	case KEY_CRL:		return add(&o->crl, v, e);
	case KEY_NEED_CRL:	o->need_crl = true; break;
	case KEY_REMOTE_CERT:	return add(&o->remote_cert, v, e);
	case KEY_REMOTE_KEY:	return add(&o->remote_key, v, e);
	case KEY_AUTH:		return take_word(cli, &o->auth, CREDS_PSK, e);
	case KEY_REMOTE_AUTH:
		if (take_word(cli, &word, CREDS_PSK, e) < 0)
			return -1;
		o->remote_auth |= 1u << word;
		break;
	case KEY_SIGN:		return take_word(cli, &o->sign, 1, e);
	case KEY_SEND_CERT:
		if (take_word(cli, &word, 0, e) < 0)
			return -1;
		o->cert_if_asked = word == 1;
		break;
	case KEY_EAP:		o->eap = v; break;
	case KEY_EAP_ID:	o->eap_id = v; break;
	case KEY_EAP_PASSWORD:	o->eap_password = v; break;
	case KEY_EAP_USERS:	o->eap_users = v; break;
	case KEY_EAP_ONLY:	o->eap_only = true; break;
	}
	return 0;
}

static int take_what(struct ike_live_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;

	switch (key) {
	case KEY_PROPOSAL:	return add(&o->proposal, v, e);
	case KEY_ESP:		return add(&o->esp, v, e);
	case KEY_AH:		return add(&o->ah, v, e);
	case KEY_TS:		return add(&o->ts, v, e);
	case KEY_MODE:		return take_word(cli, &o->mode, SA_TUNNEL, e);
	case KEY_CHILDLESS:	o->childless = true; break;
	case KEY_POOL:		o->pool = v; break;
	case KEY_DNS:		return add(&o->dns, v, e);
	case KEY_ADDRESS:
		o->want_address = true;
		return v != NULL ? add(&o->address, v, e) : 0;
	}
	return 0;
}

static int take_where(struct ike_live_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;
	int64_t ns = 0;

	switch (key) {
	case KEY_LISTEN:	return take_listen(o, v, e);
	case KEY_LOCAL:		return transport_addr_parse(&o->local, &o->scope, v, strlen(v), e);
	case KEY_PORT:		o->port_said = true; return take_port(&o->port, v, e);
	case KEY_NATT_PORT:	o->natt_said = true; return take_port(&o->natt_port, v, e);
	case KEY_LOCAL_PORT:	return take_port(&o->local_port, v, e);
	case KEY_LOCAL_NATT_PORT:	return take_port(&o->local_natt_port, v, e);
	case '4':
	case '6':
		*(key == '4' ? &o->ipv4 : &o->ipv6) = true;
		break;
	case KEY_FRAGMENT:
		if ((o->no_fragments = strcmp(v, "off") == 0))
			break;
		return take_number(&o->fragment_size, v, FRAGMENT_LEAST, UINT16_MAX, e);
	case KEY_NO_MOBIKE:	o->no_mobike = true; break;
	case KEY_FORCE_NATT:	o->force_natt = true; break;
	case KEY_COOKIES:	o->cookies = true; break;
	case KEY_COOKIE_AFTER:	return take_number(&o->cookie_after, v, 1, HALF_OPEN_MOST, e);
	case KEY_HALF_OPEN:	return take_number(&o->half_open_max, v, 1, HALF_OPEN_MOST, e);
	case KEY_TRIES:		return take_number(&o->tries, v, 1, TRIES_MOST, e);
	case KEY_HALF_OPEN_TIME:
	case KEY_RETRANSMIT:
		if (take_time(&ns, v, NULL, 0, e) < 0)
			return -1;
		*(key == KEY_RETRANSMIT ? &o->retransmit_ns : &o->half_open_ns) = (uint64_t)ns;
		break;
	}
	return 0;
}

static int take_rest(struct ike_live_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *v = cli->opt.value;

	switch (key) {
	case KEY_HOLD:		return take_time(&o->hold_ns, v, "forever", INT64_MAX, e);
	case KEY_SESSIONS:	return uint_parse(&o->sessions, v, strlen(v), 1, UINT32_MAX, e);
	case KEY_REKEY_IKE:	return take_time(&o->rekey_ike_ns, v, "off", 0, e);
	case KEY_REKEY_CHILD:	return take_amount(o, v, e);
	case KEY_REAUTH:	return take_time(&o->reauth_ns, v, "off", 0, e);
	case KEY_DPD:		return take_time(&o->dpd_ns, v, "off", 0, e);
	case KEY_DO:		o->script = v; break;
	case KEY_EVENTS:	o->events = true; break;
	case KEY_KEYLOG:	o->keylog_file = v; break;
	case KEY_KEYLOG_FORMAT:	return keylog_by_name(&o->keylog_as, v, e);
	case KEY_SAVE:		o->save_file = v; break;
	case KEY_IMPAIR:	return add(&o->impair, v, e);
	case KEY_SEED:		o->seed = v; break;
	}
	return 0;
}

static int take(struct ike_live_opts *o, struct cli *cli, int key, struct err *e)
{
	const char *name = cli->opt.row->name;
	int rc;

	if (key >= IKE_TRAFFIC_KEY)
		return ike_traffic_take(&o->traffic, cli, key, e);
	if (key >= KEY_ID && key <= KEY_EAP_ONLY)
		rc = take_who(o, cli, key, e);
	else if (key >= KEY_PROPOSAL && key <= KEY_DNS)
		rc = take_what(o, cli, key, e);
	else if (key < KEY_HOLD)
		rc = take_where(o, cli, key, e);
	else
		rc = take_rest(o, cli, key, e);
	/* opt_word() names the option itself */
	return rc < 0 && strncmp(e->text, "option --", 9) != 0 ? cli_bad_value(cli, name, e) : rc;
}

int ike_live_opts_read(struct ike_live_opts *o, struct cli *cli, bool initiator, struct err *e)
{
	int key;

	*o = (struct ike_live_opts){ .auth = -1, .hold_ns = -1, .rekey_ike_ns = -1, .rekey_child_ns = -1, .reauth_ns = -1,
		.dpd_ns = -1 };
	while ((key = cli_next(cli, e)) > 0)
		if (take(o, cli, key, e) < 0)
			return -1;
	if (key < 0)
		return -1;
	cli->parsing = true;		/* what contradicts itself is about the command line, too */
	if (initiator && cli->nwords != 1)
		return err_set(e, cli->nwords == 0 ? "wanted the host to negotiate with" :
		    "found \"%s\" behind the host, wanted options alone", cli->nwords == 0 ? "" : cli->words[1]);
	if (!initiator && cli->nwords > 0)
		return err_set(e, "found \"%s\", wanted options alone", cli->words[0]);
	o->host = initiator ? cli->words[0] : NULL;
	if (ike_live_check(o, e) < 0 || ike_traffic_check(&o->traffic, cli, e) < 0)
		return -1;
	cli->parsing = false;
	return 0;
}
