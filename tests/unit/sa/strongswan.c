#include <criterion/criterion.h>
#include <stdlib.h>

#include "load.h"
#include "sa/format/strongswan_log.h"

struct seen { char text[4096]; };

/* One line a record: slot, group, text; a dump's octets or what is wrong with it. */
static int see(void *arg, const struct strongswan_record *r, struct err *e)
{
	struct seen *s = arg;
	size_t n = strlen(s->text);

	(void)e;
	n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%u%s %s %.*s %llu %.*s", r->slot,
	    r->threaded ? "" : "?", r->group, (int)r->nike, r->ike != NULL ? r->ike : "",
	    (unsigned long long)r->line, (int)r->n, r->text);
	if (r->dump && r->bytes == NULL)
		n += (size_t)snprintf(s->text + n, sizeof s->text - n, " (%s)",
		    r->damage != NULL ? r->damage : "long");
	for (size_t i = 0; r->bytes != NULL && i < r->nbytes; i++)
		n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%s%02x", i == 0 ? " = " : "",
		    r->bytes[i]);
	snprintf(s->text + n, sizeof s->text - n, "\n");
	return 0;
}

static void records(struct seen *s, const char *text)
{
	struct strongswan_log *log = calloc(1, sizeof *log);
	struct err e;
	uint64_t number = 0;

	s->text[0] = '\0';
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		cr_assert_eq(strongswan_log_push(log, text, n, ++number, see, s, &e), 0);
		text += n + (text[n] == '\n');
	}
	cr_assert_eq(strongswan_log_end(log, see, s, &e), 0);
	strongswan_log_clear(log);
	free(log);
}

/* The records that a reader of IKE keys needs; threads write in turns. */
Test(strongswan, records)
{
	static const char log[] =
	    "Nov 23 10:59:30 12[IKE] <t|1> Sk_ei secret => 18 bytes @ 0x7fcd08001f80\n"
	    "Nov 23 10:59:30 03[MGR2] checkout IKEv2 SA by message with SPIs 0102030405060708_i "
	    "1112131415161718_r\n"
	    "Nov 23 10:59:30 12[IKE] <t|1>    0: 00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 41  "
	    "...............A\n"
	    "nothing of charon's\n"
	    "Nov 23 10:59:30 12[IKE] <t|1>   16: 42 25                                            B.\n"
	    "Nov 23 10:59:30 12[IKE] <1> nonces => 0 bytes @ (nil)\n"
	    "Nov 23 10:59:30 gw charon[7]: 12[CFG] not a dump => 5 words @ home\n"
	    "{\"time\":\"x\",\"thread\":12,\"group\":\"IKE\",\"level\":4,\"ikesa-uniqueid\":\"9\","
	    "\"msg\":\"a => 2 bytes @ 0x1\\n   0: 5C 22                                            "
	    "\\\\\\\"\"}\n"
	    "{\"__CURSOR\":\"s=1\",\"THREAD\":\"4\",\"GROUP\":\"CHD\",\"_PID\":\"7\",\"MESSAGE\":\"hello\"}\n"
	    "{\"type\":\"sa\",\"proto\":\"esp\",\"thread\":1,\"group\":\"IKE\",\"msg\":\"no\"}\n"
	    "Nov 23 gw charon-systemd[7]: b => 1 bytes @ 0x1\n"
	    "                                0: 61                                               a\n"
	    "Nov 23 10:59:30 gw charon: 12[IKE] cut => 17 bytes @ 0x1\n";
	struct seen s;

	records(&s, log);
	cr_expect_str_eq(s.text,
	    "1 MGR  2 checkout IKEv2 SA by message with SPIs 0102030405060708_i 1112131415161718_r\n"
	    "0 IKE t|1 1 Sk_ei secret = 000102030405060708090a0b0c0d0e414225\n"
	    "0 IKE 1 6 nonces\n"
	    "2 CFG  7 not a dump => 5 words @ home\n"
	    "0 IKE 9 8 a = 5c22\n"
	    "3 CHD  9 hello\n"
	    "4?   11 b = 61\n"
	    "5 IKE  13 cut (rows are missing)\n");
}

/* Each way in which a dump can be damaged is seen. */
Test(strongswan, damage)
{
	static const struct { const char *row, *why; } rows[] = {
		{ "   0: 41 42                                            AB", NULL },
		{ "   0: 41 42", NULL },
		{ "   0: 41 42 AB", NULL },
		{ "   0: 41 42                                            A", NULL },
		{ "   0: 41 43                                            AB", "octets and text of a row differ" },
		{ "   0: 41                                               A", "a row has too few octets" },
		{ "   0: 4142                                             AB", "a row has too few octets" },
		{ "   0: 41 4                                             AB", "a row has too few octets" },
		{ "  16: 41 42                                            AB", "a row is missing or out of place" },
		{ "   0: 41 42                                            AB12[IKE] x",
		  "a row is followed by other text" },
		{ "hello", "rows are missing" },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[256];
		struct seen s;

		snprintf(text, sizeof text, "12[IKE] k => 2 bytes @ 0x1\n12[IKE] %s\n", rows[i].row);
		records(&s, text);
		snprintf(text, sizeof text, "0 IKE  1 k %s%s%s\n", rows[i].why == NULL ? "= 4142" : "(",
		    rows[i].why == NULL ? "" : rows[i].why, rows[i].why == NULL ? "" : ")");
		cr_expect_eq(strncmp(s.text, text, strlen(text)), 0, "row %zu: %s", i, s.text);
	}
}

/* More threads than there are slots: the one that was silent longest gives way, its dump is lost. */
Test(strongswan, slots)
{
	struct strongswan_log *log = calloc(1, sizeof *log);
	struct seen s = { "" };
	struct err e;

	for (int i = 10; i < 10 + STRONGSWAN_SLOTS + 1; i++) {
		char text[64];

		snprintf(text, sizeof text, "%d[IKE] k => 2 bytes @ 0x1", i);
		cr_assert_eq(strongswan_log_push(log, text, strlen(text), 1, see, &s, &e), 0);
	}
	cr_assert_eq(strongswan_log_push(log, "10[IKE]    0: 41 42", 19, 2, see, &s, &e), 0);
	cr_expect_str_eq(s.text, "1 IKE  2    0: 41 42\n");
	strongswan_log_clear(log);
	free(log);
}

#define KEYS(t, a, b) t "[CHD]   using AES_GCM_16 for encryption\n" \
	t "[CHD] encryption initiator key => 20 bytes @ 0x1\n" \
	t "[CHD]    0: " a " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n" t "[CHD]   16: 00 00 00 00\n" \
	t "[CHD] encryption responder key => 20 bytes @ 0x1\n" \
	t "[CHD]    0: " b " 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n" t "[CHD]   16: 00 00 00 00\n"
#define SPIS(t, n) t "[CHD] adding inbound ESP SA\n" t "[CHD]   SPI 0x0000100" n ", src 192.0.2.1 dst 192.0.2.2\n" \
	t "[CHD] adding outbound ESP SA\n" t "[CHD]   SPI 0x0000200" n ", src 192.0.2.2 dst 192.0.2.1\n"

static void expect(const char *text, size_t count, unsigned inbound, unsigned outbound)
{
	struct loaded l;

	load(&l, text, strlen(text), 50);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_assert_eq(sad_count(l.sad), count, "%s: %zu", text, sad_count(l.sad));
	cr_expect_eq(sad_at(l.sad, 0)->sa.encr_key.p[0], inbound, "%s", text);
	cr_expect_eq(sad_at(l.sad, count / 2)->sa.encr_key.p[0], outbound, "%s", text);
	cr_expect_eq(sad_at(l.sad, 0)->sa.candidate != NULL, count > 2, "%s", text);
	sad_free(l.sad);
}

/* Who has which key is settled by the exchange, and by nothing else. */
Test(strongswan, roles)
{
	/* the initiator sends with the initiator's key */
	expect("07[ENC] parsed CREATE_CHILD_SA response 2 [ SA No TSi TSr ]\n" KEYS("07", "11", "22")
	    SPIS("07", "1"), 2, 0x22, 0x11);
	expect("07[ENC] parsed CREATE_CHILD_SA request 2 [ SA No TSi TSr ]\n" KEYS("07", "11", "22")
	    SPIS("07", "1"), 2, 0x11, 0x22);
	/* another thread's exchange, a message that makes no child, an answered one */
	expect("08[ENC] parsed CREATE_CHILD_SA request 2 [ SA No TSi TSr ]\n" KEYS("07", "11", "22")
	    SPIS("07", "1"), 4, 0x22, 0x11);
	expect("07[ENC] parsed CREATE_CHILD_SA response 2 [ SA No KE ]\n" KEYS("07", "11", "22")
	    SPIS("07", "1"), 4, 0x22, 0x11);
	expect("07[ENC] parsed CREATE_CHILD_SA request 2 [ SA No TSi TSr ]\n"
	    "07[ENC] generating CREATE_CHILD_SA response 2 [ N(NO_PROP) ]\n" KEYS("07", "11", "22")
	    SPIS("07", "1"), 4, 0x22, 0x11);
	/* without message lines: the task that began it */
	expect("06[IKE] establishing CHILD_SA t{2} reqid 1\n07[CHD] CHILD_SA t{2} state change: CREATED => "
	    "INSTALLING\n" KEYS("07", "11", "22") SPIS("07", "1"), 2, 0x22, 0x11);
	/* two that disagree */
	expect("06[IKE] establishing CHILD_SA t{2} reqid 1\n07[ENC] parsed CREATE_CHILD_SA request 2 "
	    "[ SA No TSi TSr ]\n07[CHD] CHILD_SA t{2} state change: CREATED => INSTALLING\n"
	    KEYS("07", "11", "22") SPIS("07", "1"), 4, 0x22, 0x11);
	/* the last message of EAP, and quick mode */
	expect("07[ENC] parsed IKE_AUTH request 5 [ AUTH ]\n" KEYS("07", "11", "22") SPIS("07", "1"), 2, 0x11,
	    0x22);
	expect("07[ENC] parsed QUICK_MODE request 5 [ HASH ]\n" KEYS("07", "11", "22") SPIS("07", "1"), 2, 0x11,
	    0x22);
}

/* Where threads cannot be told apart, messages that overlap settle nothing. */
Test(strongswan, journal)
{
#define J "gw charon-systemd[7]: "
	static const char log[] =
	    J "parsed CREATE_CHILD_SA request 2 [ SA No TSi TSr ]\n" J "parsed CREATE_CHILD_SA response 7 "
	    "[ SA No TSi TSr ]\n" J "  using AES_GCM_16 for encryption\n"
	    J "encryption initiator key => 1 bytes @ 0x1\n                         0: 11\n"
	    J "encryption responder key => 1 bytes @ 0x1\n                         0: 22\n"
	    J "adding inbound ESP SA\n" J "  SPI 0x00001001, src 192.0.2.1 dst 192.0.2.2\n"
	    J "adding outbound ESP SA\n" J "  SPI 0x00002001, src 192.0.2.2 dst 192.0.2.1\n";
	struct loaded l;

	load(&l, log, strlen(log), 50);
	cr_assert_eq(l.rc, 0, "%s", l.e.text);
	cr_expect_not_null(strstr(l.notes, "f:9:1: the log does not tell who began the exchange"));
	cr_expect_not_null(strstr(l.notes, "f:4:23: key left out: "), "%s", l.notes);
	sad_free(l.sad);
}
