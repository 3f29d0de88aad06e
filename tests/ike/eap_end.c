/*
 * eap-end client|server METHODS NAME PASSWORD [CERTS ANCHORS [12|13 [SERVER]]]: one end of EAP, for tests against other
 * implementations.  A packet in hex is a line, in and out; "-" is none.  At the end "done KEY" or "failed WHY".
 * A server asks for the identity; NAME and PASSWORD are the one user's.  CERTS: certificate and key; now is now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "ike/eap.h"

static struct eap_conf conf;

static int is_user(void *arg, struct span name, struct span *password)
{
	(void)arg;
	if (name.n != strlen(conf.identity) || memcmp(name.p, conf.identity, name.n) != 0)
		return 0;
	*password = conf.password;
	return 1;
}

static void want(int ok, const struct err *e)
{
	if (ok)
		return;
	fprintf(stderr, "eap-end: %s\n", e->text);
	exit(2);
}

static void read_set(struct cert_set *s, const char *path)
{
	static uint8_t buf[1 << 20];
	FILE *f = fopen(path, "rb");
	struct err e = { .text = "cannot open certificates" };

	want(f != NULL, &e);
	want(cert_set_read(s, (struct span){ buf, fread(buf, 1, sizeof buf, f) }, NULL, &e) > 0, &e);
	fclose(f);
}

static unsigned methods_of(const char *list)
{
	unsigned set = 0;
	const struct name *row;

	for (size_t i = 0; (row = eap_method_name(i)) != NULL; i++)
		if (strstr(list, row->name) != NULL)
			set |= 1u << row->id;
	return set;
}

static int talk(struct eap *x, bool server)
{
	static char line[2 * EAP_PACKET_MAX + 3], hex[2 * EAP_OUT_MAX + 1];
	static uint8_t in[EAP_PACKET_MAX], out[EAP_OUT_MAX];
	int state = EAP_GOES_ON;
	struct err e;

	while (state == EAP_GOES_ON) {
		struct wr w = wr_of(out, sizeof out);
		size_t n = 0;

		if (!server && fgets(line, sizeof line, stdin) == NULL)
			return 1;
		if (!server)
			want(hex_parse(in, sizeof in, &n, line, strcspn(line, "\n"), &e) == 0, &e);
		server = false;
		want((state = eap_step(x, (struct span){ in, n }, &w, &e)) >= 0, &e);
		puts(w.n > 0 ? hex_format(hex, (struct span){ out, w.n }) : "-");
		fflush(stdout);
	}
	hex_format(hex, (struct span){ eap_msk(x)->p, eap_msk(x)->n });
	printf("%s %s\n", state == EAP_DONE ? "done" : "failed", state == EAP_DONE ? hex : eap_why(x));
	return state == EAP_DONE ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct cert_set own = { 0 }, anchors = { 0 };
	struct cert_policy policy = { .when = time(NULL) };
	struct arena arena = { 0 };
	struct rng rng;
	struct eap *x;
	struct err e;
	bool server = argc > 1 && strcmp(argv[1], "server") == 0;
	int rc;

	if (argc < 5)
		return 2;
	want(secret_init(&e) == 0, &e);
	rng_init_system(&rng);
	conf = (struct eap_conf){
		.methods = methods_of(argv[2]), .identity = argv[3], .user = is_user, .ask_identity = true,
		.password = { (uint8_t *)argv[4], strlen(argv[4]) }, .certs = &own, .anchors = &anchors, .policy = &policy,
		.tls_max = argc > 7 ? (unsigned)atoi(argv[7]) : 0, .server_name = argc > 8 ? argv[8] : NULL,
	};
	if (argc > 6) {
		read_set(&own, argv[5]);
		read_set(&anchors, argv[6]);
	}
	want((x = server ? eap_server_new(&conf, &rng, &arena, &e) : eap_client_new(&conf, &rng, &arena, &e)) != NULL, &e);
	rc = talk(x, server);
	eap_free(x);
	arena_clear(&arena);
	cert_set_clear(&own);
	cert_set_clear(&anchors);
	return rc;
}
