#include "cli/match.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/tell.h"
#include "ike/compare.h"
#include "report/match_out.h"

enum { KEY_AS = 256, KEY_CONNECTION };

const struct opt match_rows[] = { { KEY_AS, "as", "ike|esp|ah",
				      "what proposals given as words are for; default: what they hold" },
	{ KEY_CONNECTION, "connection", "NAME", "only the connection of this name in A" }, { 0 } };

struct match {
	struct cli *cli;
	struct conf side[2];
	uint8_t protocol; /* of words; IKE_PROTO_NONE: as they say */
	const char *connection;
	unsigned compared, failed;
	struct compared result;
};

/* Where words are a proposal: a connection of nothing else. */
static int take_words(struct match *m, int i, const char *text, struct err *e)
{
	struct conf *c = &m->side[i];
	struct offers os = { 0 };
	struct conf_conn *conn;
	struct conf_child *child;

	mem_init(&c->mem, CONF_MEMORY);
	if (offers_parse(&os, text, m->protocol, OFFER_ANY, &c->mem, e) < 0)
		return -1;
	if ((conn = conf_add_conn(c, "", 0, e)) == NULL)
		return -1;
	if (os.offer[0].protocol == IKE_PROTO_IKE) {
		conn->ike = os;
		return 0;
	}
	if ((child = conf_add_child(c, conn, "", e)) == NULL)
		return -1;
	child->offers = os;
	return 0;
}

/* pcap of either byte order and precision, pcapng, gzip. */
static bool is_capture(const char *text, size_t n)
{
	static const uint8_t magic[][4] = { { 0xa1, 0xb2, 0xc3, 0xd4 }, { 0xd4, 0xc3, 0xb2, 0xa1 },
		{ 0xa1, 0xb2, 0x3c, 0x4d }, { 0x4d, 0x3c, 0xb2, 0xa1 }, { 0x0a, 0x0d, 0x0d, 0x0a } };

	for (size_t i = 0; i < sizeof magic / sizeof magic[0]; i++)
		if (n >= 4 && memcmp(text, magic[i], 4) == 0)
			return true;
	return n >= 2 && memcmp(text, "\x1f\x8b", 2) == 0;
}

/* The first octets tell a capture, which is read by packets and may be of any size. */
static int file_is_capture(const char *path, struct err *e)
{
	FILE *f = fopen(path, "rb");
	char head[4];
	size_t n;

	if (f == NULL)
		return err_sys(e, "%s", path);
	n = fread(head, 1, sizeof head, f);
	fclose(f);
	return is_capture(head, n);
}

static int take_file(struct match *m, int i, const char *path, struct err *e)
{
	struct stat st;
	char *text = NULL;
	size_t n = 0;
	int rc = stat(path, &st) == 0 && S_ISREG(st.st_mode) ? file_is_capture(path, e) : 0;

	if (rc < 0)
		return -1;
	if (rc > 0)
		return match_capture(&m->side[i], m->cli, path, e);
	if (io_read_all(path, CONF_FILE_MAX, &text, &n, e) < 0)
		return -1;
	rc = is_capture(text, n) ? err_set(e, "found a capture, wanted it as a file of its own")
				 : conf_read(&m->side[i], text, n, e);
	wipe(text, n);
	free(text);
	if (rc < 0)
		return err_in(e, "%s", path);
	if (m->side[i].includes > 0)
		cli_message(m->cli, 0, path, "%u include%s not read", m->side[i].includes,
		    m->side[i].includes == 1 ? " was" : "s were");
	return 0;
}

static int take_side(struct match *m, int i, struct err *e)
{
	const char *word = m->cli->words[i];
	struct stat st;

	if (io_fd_of(word, 0) >= 0 || stat(word, &st) == 0)
		return take_file(m, i, word, e);
	if (take_words(m, i, word, e) == 0)
		return 0;
	return err_in(e, "%s is no file, and as a proposal", i == 0 ? "A" : "B");
}

static void compare(struct match *m, const struct conf_conn *a, const struct conf_conn *b)
{
	static const char *const names[2] = { "A", "B" };

	conf_compare(&m->result, &m->side[0], a, &m->side[1], b, names);
	m->compared++;
	m->failed += m->result.fails;
	if (m->cli->json)
		match_json(tell_place(m->cli), &m->result);
	else
		match_print(stdout, &m->result);
}

/* IKE here and ESP there have nothing to be compared. */
static int check_kinds(const struct conf_conn *a, const struct conf_conn *b, struct err *e)
{
	if ((a->ike.n > 0 && b->ike.n > 0) || (a->nchild > 0 && b->nchild > 0))
		return 0;
	return err_set(e,
	    "found proposals of IKE alone in %s and of child SAs alone in %s: say ike=, esp= or --as",
	    a->ike.n > 0 ? "A" : "B", a->ike.n > 0 ? "B" : "A");
}

static int compare_all(struct match *m, struct err *e)
{
	const struct conf *a = &m->side[0], *b = &m->side[1];

	for (unsigned i = 0; i < a->nconn; i++) {
		const struct conf_conn *other;

		if (m->connection != NULL && strcmp(m->connection, a->conn[i]->name) != 0)
			continue;
		if ((other = conf_opposite(a, b, i)) == NULL) {
			cli_message(m->cli, 0, m->cli->words[0],
			    "connection \"%s\" has no counterpart in B: neither its name nor its "
			    "addresses are there",
			    a->conn[i]->name);
			continue;
		}
		if (check_kinds(a->conn[i], other, e) < 0)
			return -1;
		compare(m, a->conn[i], other);
	}
	if (m->compared > 0)
		return m->failed > 0;
	if (m->connection != NULL)
		return err_set(e, "found no connection \"%.60s\" in A that B has, too", m->connection);
	return err_set(
	    e, "found no connection of A in B: they are paired by name, by addresses, or as the only ones");
}

int match_run(struct cli *cli, struct err *e)
{
	static const uint8_t protocols[] = { IKE_PROTO_IKE, IKE_PROTO_ESP, IKE_PROTO_AH };
	struct match *m = calloc(1, sizeof *m);
	int key, n, rc = -1;

	if (m == NULL)
		return err_nomem(e);
	m->cli = cli;
	while ((key = cli_next(cli, e)) > 0) {
		if (key == KEY_CONNECTION)
			m->connection = cli->opt.value;
		else if ((n = opt_word(&cli->opt, e)) < 0)
			break;
		else
			m->protocol = protocols[n];
	}
	if (key == 0 && cli->nwords != 2)
		err_set(e, "wanted two proposals, configurations or captures, found %d", cli->nwords);
	else if (key == 0 && io_fd_of(cli->words[0], 0) == 0 && io_fd_of(cli->words[1], 0) == 0)
		err_set(e, "stdin is asked for twice");
	else if (key == 0 && cli_json_open(cli, false, e) == 0 && take_side(m, 0, e) == 0 &&
	    take_side(m, 1, e) == 0)
		rc = compare_all(m, e);
	conf_free(&m->side[0]);
	conf_free(&m->side[1]);
	free(m);
	return rc;
}
