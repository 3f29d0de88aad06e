#include "pcap_make.h"

/* make_record() cannot say what is in a packet, the length serves: "len" and "greater" filters. */
static struct made lengths(void)
{
	struct made m = { 0 };

	make_header(&m, 0xa1b2c3d4, 0, 1);
	for (uint32_t i = 1; i <= 50; i++)
		make_record(&m, i, 0, 60 + i, 60 + i);
	return m;
}

Test(pcap_filter, counts_behind_and_numbers_before)
{
	struct made m = lengths();
	struct span one = { m.p, m.n };
	struct pcap_in_options o = { .filter = "greater 90", .count = 3 };
	struct seen s = see_with(&one, 1, 0, &o);

	cr_expect_eq(s.rc, 0, "%s", s.e.text);
	cr_expect_eq(s.n, 3);
	cr_expect_eq(s.k[0].number, 30);
	cr_expect_eq(s.k[2].number, 32);
	o = (struct pcap_in_options){ .filter = "greater 1000" };
	s = see_with(&one, 1, 7, &o);
	cr_expect_eq(s.rc, 0);
	cr_expect_eq(s.n, 0);
	free(m.p);
}

Test(pcap_filter, wrong_expression)
{
	struct made m = lengths();
	struct span one = { m.p, m.n };
	struct pcap_in_options o = { .filter = "esp and and" };
	struct seen s = see_with(&one, 1, 0, &o);

	cr_expect_not(s.opened);
	cr_expect_eq(s.e.kind, ERR_INPUT);
	cr_expect(strncmp(s.e.text, "filter: ", 8) == 0, "%s", s.e.text);
	free(m.p);
}

/* Ethernet, raw IP (whose number in files is not libpcap's) and one that knows no protocols. */
Test(pcap_filter, link_types)
{
	struct made m = { 0 };
	struct span one;
	struct pcap_in_options o = { .filter = "greater 62" };
	struct seen s;

	make_section(&m);
	make_iface(&m, 1, 0, 6, 0);
	make_iface(&m, 101, 0, 6, 0);
	make_iface(&m, 229, 0, 6, 0);
	make_iface(&m, 147, 0, 6, 0);
	for (uint32_t i = 0; i < 6; i++)
		make_packet(&m, i % 3, i, 60 + i, 60 + i);
	make_packet(&m, 3, 9, 70, 70);
	one = (struct span){ m.p, m.n };
	s = see_with(&one, 1, 0, &o);
	cr_expect_eq(s.rc, 0, "%s", s.e.text);
	cr_expect_eq(s.n, 5);
	cr_expect_eq(s.k[0].number, 3);
	o.filter = "ip proto 50";
	s = see_with(&one, 1, 0, &o);
	cr_expect_eq(s.rc, -1);
	cr_expect_eq(s.e.kind, ERR_INPUT);
	cr_expect(strncmp(s.e.text, "memory: packet 7: link type 147 (unknown): filter: ", 51) == 0,
	    "%s", s.e.text);
	free(m.p);
}

/* More link types than are kept compiled. */
Test(pcap_filter, many_link_types)
{
	struct made m = { 0 };
	struct span one;
	struct seen s;

	make_section(&m);
	for (uint16_t i = 0; i < 40; i++)
		make_iface(&m, 147 + i, 0, 6, 0);
	for (uint32_t i = 0; i < 60; i++)
		make_packet(&m, i % 40, i, 60, 60);
	one = (struct span){ m.p, m.n };
	s = see_with(&one, 1, 0, &(struct pcap_in_options){ .filter = "greater 60" });
	cr_expect_eq(s.rc, 0, "%s", s.e.text);
	cr_expect_eq(s.n, 60);
	free(m.p);
}

Test(pcap_filter, link_type_numbers)
{
	cr_expect_eq(linktype_of_dlt(12), 101);
	cr_expect_eq(dlt_of_linktype(101), 12);
	cr_expect_eq(linktype_of_dlt(1), 1);
	cr_expect_eq(dlt_of_linktype(276), 276);
}
