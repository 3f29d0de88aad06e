/* Datagrams over loopback: markers, ports, addresses, and what ICMP says. */
#include <criterion/criterion.h>
#include <net/if.h>
#include <string.h>
#include <unistd.h>

#include "ike/transport.h"

enum { GOT = 8 };

struct got { enum transport_kind kind; struct session_path path; bool marker; uint8_t bytes[64]; size_t n; char text[200]; };
struct box { struct got got[GOT]; unsigned n; };

static const int64_t patience = 20LL * 1000000000;

static int keep(void *arg, const struct transport_in *in, struct err *e)
{
	struct box *b = arg;
	struct got *g = &b->got[b->n < GOT ? b->n++ : GOT - 1];

	(void)e;
	*g = (struct got){ .kind = in->kind, .path = in->path, .marker = in->marker, .n = in->bytes.n };
	memcpy(g->bytes, in->bytes.p, g->n < sizeof g->bytes ? g->n : sizeof g->bytes);
	if (in->text != NULL)
		snprintf(g->text, sizeof g->text, "%s", in->text);
	return 0;
}

static struct addr at(const char *text)
{
	struct addr a = { 0 };
	struct err e;

	cr_assert_eq(addr_parse(&a, text, strlen(text), &e), 0);
	return a;
}

static struct transport *open_at(const char *local, uint16_t port, uint16_t natt)
{
	struct transport_conf c = { .port = port, .natt_port = natt };
	struct transport *t;
	struct err e;

	if (local != NULL)
		c.local = at(local);
	t = transport_open(&c, &e);
	cr_assert_not_null(t, "%s", e.text);
	return t;
}

/* Until so many have come. */
static void collect(struct transport *t, struct box *b, unsigned n)
{
	int64_t end = transport_now() + patience;
	struct err e;

	while (b->n < n && transport_now() < end)
		cr_assert_eq(transport_wait(t, end, NULL, keep, b, &e), 0, "%s", e.text);
	cr_assert_eq(b->n, n, "found %u, wanted %u", b->n, n);
}

static void put(struct transport *t, const char *from, uint16_t fport, const char *to, uint16_t tport, const char *text,
    bool marker)
{
	struct session_packet p = { .path = { .remote = at(to), .local_port = fport, .remote_port = tport },
		.bytes = { (const uint8_t *)text, strlen(text) }, .marker = marker };
	struct err e;

	if (from != NULL)
		p.path.local = at(from);
	cr_assert_eq(transport_send(t, &p, &e), 0, "%s", e.text);
	cr_assert_str_eq(transport_why(t), "");
}

static void check(const struct got *g, enum transport_kind kind, bool marker, const char *text)
{
	cr_expect_eq(g->kind, kind);
	cr_expect_eq(g->marker, marker);
	cr_expect_eq(g->n, strlen(text));
	cr_expect_eq(memcmp(g->bytes, text, strlen(text)), 0);
}

/* RFC 3948 2: what goes with a marker and without, on both ports. */
static void kinds(const char *local)
{
	struct transport *a = open_at(local, 0, 0), *b = open_at(local, 0, 0);
	uint16_t ai, an, bi, bn;
	struct session_path path = { .local = at(local), .remote = at(local) };
	struct box box = { 0 };
	struct addr want = at(local);
	struct err e;

	transport_ports(a, &ai, &an);
	transport_ports(b, &bi, &bn);
	cr_assert_neq(ai, an);
	put(a, local, ai, local, bi, "plain ike message", false);
	collect(b, &box, 1);
	put(a, local, an, local, bn, "ike behind a marker", true);
	collect(b, &box, 2);
	put(a, local, an, local, bn, "\xff", false);
	collect(b, &box, 3);
	path.local_port = an;
	path.remote_port = bn;
	cr_assert_eq(transport_send_esp(a, &path, true, (struct span){ (const uint8_t *)"esp.....", 8 }, &e), 0);
	collect(b, &box, 4);
	check(&box.got[0], TRANSPORT_IKE, false, "plain ike message");
	check(&box.got[1], TRANSPORT_IKE, true, "ike behind a marker");
	check(&box.got[2], TRANSPORT_KEEPALIVE, false, "\xff");
	check(&box.got[3], TRANSPORT_ESP, false, "esp.....");
	cr_expect_eq(box.got[1].path.local_port, bn);
	cr_expect_eq(box.got[1].path.remote_port, an);
	cr_expect(addr_eq(&box.got[1].path.local, &want));
	cr_expect(addr_eq(&box.got[1].path.remote, &want));
	transport_close(a);
	transport_close(b);
}

Test(transport, kinds_v4)
{
	kinds("127.0.0.1");
}

Test(transport, kinds_v6)
{
	kinds("::1");
}

/* Who listens on all addresses answers from the one that was written to. */
Test(transport, answers_from_the_right_address)
{
	struct transport *a = open_at("127.0.0.1", 0, 0), *b = open_at(NULL, 0, 0), *c = open_at("::1", 0, 0);
	uint16_t ai, bi, ci, natt;
	struct box box = { 0 };
	struct addr five = at("127.0.0.5"), one = at("::1");
	struct session_packet p;
	struct err e;

	transport_ports(a, &ai, &natt);
	transport_ports(b, &bi, &natt);
	transport_ports(c, &ci, &natt);
	put(a, NULL, ai, "127.0.0.5", bi, "who are you", false);
	collect(b, &box, 1);
	cr_expect(addr_eq(&box.got[0].path.local, &five));
	p = (struct session_packet){ .path = box.got[0].path, .bytes = { (const uint8_t *)"five", 4 } };
	cr_assert_eq(transport_send(b, &p, &e), 0);
	collect(a, &box, 2);
	cr_expect(addr_eq(&box.got[1].path.remote, &five));
	put(c, NULL, ci, "::1", bi, "and by ipv6", false);
	collect(b, &box, 3);
	cr_expect(addr_eq(&box.got[2].path.local, &one));
	cr_expect(addr_eq(&box.got[2].path.remote, &one));
	transport_close(a);
	transport_close(b);
	transport_close(c);
}

/* One port for all: IKE is told by its marker, and by its header. */
Test(transport, one_port)
{
	static const uint8_t init[28] = { 1, 2, 3, 4, 5, 6, 7, 8, [16] = 33, 0x20, 34, 8, [27] = 28 };
	struct transport *a = open_at("127.0.0.1", 0, 0), *b;
	struct transport_conf c = { .local = at("127.0.0.1") };
	struct session_packet p = { .path = { .remote = at("127.0.0.1") }, .bytes = { init, sizeof init } };
	struct box box = { 0 };
	uint16_t port, natt;
	struct err e;

	transport_ports(a, &port, &natt);
	c.port = c.natt_port = (uint16_t)(port ^ 1);
	while ((b = transport_open(&c, &e)) == NULL)	/* taken by somebody else */
		c.port = c.natt_port = (uint16_t)(c.port < 65000 ? c.port + 7 : 20000);
	transport_ports(b, &p.path.remote_port, &natt);
	cr_assert_eq(p.path.remote_port, natt);
	p.path.local_port = port;
	cr_assert_eq(transport_send(a, &p, &e), 0);
	collect(b, &box, 1);
	p.marker = true;
	cr_assert_eq(transport_send(a, &p, &e), 0);
	collect(b, &box, 2);
	put(a, NULL, port, "127.0.0.1", natt, "an esp packet", false);
	collect(b, &box, 3);
	cr_expect_eq(box.got[0].kind, TRANSPORT_IKE);
	cr_expect_not(box.got[0].marker);
	cr_expect_eq(box.got[1].kind, TRANSPORT_IKE);
	cr_expect(box.got[1].marker);
	cr_expect_eq(box.got[1].n, sizeof init);
	cr_expect_eq(box.got[2].kind, TRANSPORT_ESP);
	transport_close(a);
	transport_close(b);
}

#ifdef __linux__
static void refused(const char *local, const char *says)
{
	struct transport *a = open_at(local, 0, 0), *b = open_at(local, 0, 0);
	struct box box = { 0 };
	struct addr want = at(local);
	uint16_t port, closed, natt;

	transport_ports(a, &port, &natt);
	transport_ports(b, &closed, &natt);
	transport_close(b);
	put(a, NULL, port, local, closed, "anybody there", false);
	collect(a, &box, 1);
	cr_expect_eq(box.got[0].kind, TRANSPORT_ICMP);
	cr_expect_str_eq(box.got[0].text, says);
	cr_expect_eq(box.got[0].path.remote_port, closed);
	cr_expect_eq(box.got[0].path.local_port, port);
	cr_expect(addr_eq(&box.got[0].path.remote, &want));
	/* it is told once, and stops nothing */
	b = open_at(local, 0, 0);
	transport_ports(b, &closed, &natt);
	put(a, NULL, port, local, closed, "now", false);
	collect(b, &box, 2);
	check(&box.got[1], TRANSPORT_IKE, false, "now");
	transport_close(a);
	transport_close(b);
}

Test(transport, icmp_v4)
{
	refused("127.0.0.1", "ICMP: port unreachable, says 127.0.0.1");
}

Test(transport, icmp_v6)
{
	refused("::1", "ICMP: port unreachable, says ::1");
}
#endif

static void count(void *arg, const struct session_path *path, bool sent, struct span datagram)
{
	unsigned *n = arg;

	(void)path;
	n[sent]++;
	n[2] += (unsigned)datagram.n;
}

Test(transport, seen_as_on_the_wire)
{
	unsigned n[3] = { 0 };
	struct transport_conf c = { .local = at("127.0.0.1"), .seen = count, .arg = n };
	struct box box = { 0 };
	struct err e;
	struct transport *t = transport_open(&c, &e);
	uint16_t port, natt;

	cr_assert_not_null(t);
	transport_ports(t, &port, &natt);
	put(t, NULL, natt, "127.0.0.1", natt, "12345678", true);
	collect(t, &box, 1);
	cr_expect_eq(n[0], 1);
	cr_expect_eq(n[1], 1);
	cr_expect_eq(n[2], 24);
	transport_close(t);
}

Test(transport, other_descriptors_wake_it)
{
	struct transport *t = open_at("127.0.0.1", 0, 0);
	struct box box = { 0 };
	struct err e;
	int p[2], q[2], fds[2];
	struct transport_wait w = { .fd = fds, .nfd = 2 };

	cr_assert_eq(pipe(p), 0);
	cr_assert_eq(pipe(q), 0);
	fds[0] = p[0];
	fds[1] = q[0];
	cr_assert_eq(write(q[1], "x", 1), 1);
	cr_assert_eq(transport_wait(t, transport_now() + patience, &w, keep, &box, &e), 0);
	cr_expect_eq(w.ready, 2);
	cr_assert_eq(transport_wait(t, 0, NULL, keep, &box, &e), 0);	/* long past */
	transport_close(t);
}

Test(transport, what_does_not_work)
{
	struct transport *t = open_at("127.0.0.1", 0, 0);
	struct transport_conf c = { .local = at("127.0.0.1") };
	struct session_packet p = { .path = { .remote = at("127.0.0.1") } };
	struct session_path a[4];
	uint32_t scope = 7;
	struct addr one;
	uint16_t port, natt;
	struct err e;

	transport_ports(t, &port, &natt);
	c.port = port;
	cr_expect_null(transport_open(&c, &e));
	cr_expect_eq(e.kind, ERR_SYSTEM);
	p.path.local_port = (uint16_t)(port ^ 0x5555);
	p.path.remote_port = 1;
	cr_expect_eq(transport_send(t, &p, &e), -1);
	cr_expect_eq(transport_resolve("127.0.0.1", 0, a, 4, &e), 1);
	cr_expect_eq(a[0].remote.family, 4);
	cr_expect_eq(transport_resolve("::1", 0, a, 4, &e), 1);
	cr_expect_eq(a[0].remote.family, 6);
	cr_expect_eq(transport_resolve("::1", 4, a, 4, &e), -1);
	cr_expect_eq(e.kind, ERR_SYSTEM);
	a[0] = (struct session_path){ .remote = at("127.0.0.9") };
	cr_expect_eq(transport_local(&a[0], &e), 0);
	cr_expect_eq(a[0].local.b[0], 127);
	/* link-local addresses have an interface: the loopback is one everywhere */
	cr_expect_eq(transport_resolve("fe80::1%lo", 0, a, 4, &e), 1);
	cr_expect(a[0].scope == if_nametoindex("lo") && a[0].scope != 0 && a[0].remote.b[0] == 0xfe);
	cr_expect_eq(transport_addr_parse(&one, &scope, "fe80::1%lo", 10, &e), 0);
	cr_expect_eq(scope, if_nametoindex("lo"));
	cr_expect_eq(transport_addr_parse(&one, &scope, "192.0.2.1]", 9, &e), 0);
	cr_expect(scope == 0 && one.family == 4);
	cr_expect_eq(transport_addr_parse(&one, &scope, "fe80::1%nosuchthing", 19, &e), -1);
	cr_expect_eq(e.kind, ERR_INPUT);
	transport_close(t);
	transport_close(NULL);
}
