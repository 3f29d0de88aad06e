/* Against libpcap's own reader, on captures of the Linux kernel's IPsec. */
#include <pcap.h>
#include <unistd.h>

#include "pcap_make.h"

#define DIR "tests/interop/captures/"

static const char *const files[] = {
	DIR "link-nanosec-esp-tun44-aes128cbc-sha256-128.pcap",
	DIR "link-pcapng-esp-tra66-aes128cbc-sha1-96.pcapng",
	DIR "link-pcapng-esp-tun44-aes128gcm16.pcapng",
	DIR "link-raw-ah-tra44-sha256-128.pcap",
};
static const char gz[] = DIR "link-sll-esp-tun66-aes128cbc-sha256-128.pcap.gz";
enum { FILES = sizeof files / sizeof files[0] };

static uint64_t compare(const char *name, const char *expr)
{
	char why[PCAP_ERRBUF_SIZE];
	struct pcap_in_options o = { .files = &name, .nfiles = 1, .filter = expr };
	pcap_t *p = pcap_open_offline_with_tstamp_precision(name, PCAP_TSTAMP_PRECISION_NANO, why);
	struct bpf_program code;
	struct pcap_pkthdr *h;
	struct pcap_in *in;
	const u_char *data;
	uint64_t n = 0;
	struct batch b;
	struct err e;

	cr_assert_not_null(p, "%s", why);
	cr_assert_eq(pcap_compile(p, &code, expr, 1, PCAP_NETMASK_UNKNOWN), 0);
	cr_assert_eq(pcap_setfilter(p, &code), 0);
	in = pcap_in_open(&o, &e);
	cr_assert_not_null(in, "%s", e.text);
	cr_assert_eq(batch_init(&b, &e), 0);
	cr_expect_eq(dlt_of_linktype(pcap_in_form(in)->dlt), pcap_datalink(p));
	while (pcap_in_fill(in, &b, &e) > 0)
		for (size_t i = 0; i < b.n; i++, n++) {
			cr_assert_eq(pcap_next_ex(p, &h, &data), 1);
			cr_assert_eq(b.pkt[i].caplen, h->caplen);
			cr_assert_eq(b.pkt[i].len, h->len);
			cr_assert_eq(b.pkt[i].ns, h->ts.tv_sec * 1000000000 + h->ts.tv_usec);
			cr_assert(memcmp(b.pkt[i].data, data, h->caplen) == 0);
		}
	cr_assert_eq(pcap_next_ex(p, &h, &data), PCAP_ERROR_BREAK);
	pcap_freecode(&code);
	pcap_close(p);
	pcap_in_close(in);
	batch_clear(&b);
	return n;
}

Test(pcap_files, as_libpcap_reads_them)
{
	for (size_t i = 0; i < FILES; i++) {
		cr_expect_gt(compare(files[i], ""), 40);
		cr_expect_gt(compare(files[i], "ah or esp"), 10);
	}
}

/* All of them as one stream, which libpcap refuses to read. */
Test(pcap_files, one_stream)
{
	const char *all[FILES + 1];
	struct pcap_in_options o = { .files = all, .nfiles = FILES + 1, .filter = "ah or esp" };
	struct pcap_in *in;
	struct batch b;
	struct err e;
	size_t count[FILES + 1] = { 0 };
	int rc;

	memcpy(all, files, sizeof files);
	all[FILES] = gz;
	in = pcap_in_open(&o, &e);
	cr_assert_not_null(in, "%s", e.text);
	cr_expect(pcap_in_form(in)->nano);
	cr_expect_eq(pcap_in_fd(in), -1);
	cr_expect_not(pcap_in_is_live(in));
	cr_expect_str_eq(pcap_in_name(in, FILES), gz);
	cr_expect_str_eq(pcap_in_name(in, FILES + 1), "");
	cr_assert_eq(batch_init(&b, &e), 0);
	while ((rc = pcap_in_fill(in, &b, &e)) > 0)
		for (size_t i = 0; i < b.n; i++)
			count[b.pkt[i].file]++;
	cr_expect_eq(rc, 0, "%s", e.text);
	for (size_t i = 0; i <= FILES; i++)
		cr_expect_gt(count[i], 10, "%zu", i);
	pcap_in_close(in);
	batch_clear(&b);
}

/* Two names for stdin's content: "-" reads it, messages say "stdin". */
Test(pcap_files, stdin_name)
{
	const char *name = "-";
	struct pcap_in_options o = { .files = &name, .nfiles = 1 };
	struct err e;
	int fd[2];

	cr_assert_eq(pipe(fd), 0);
	cr_assert_eq(write(fd[1], "nonsense", 8), 8);
	close(fd[1]);
	cr_assert_geq(dup2(fd[0], STDIN_FILENO), 0);
	cr_expect_null(pcap_in_open(&o, &e));
	cr_expect_str_eq(e.text, "stdin: found 0x6e6f6e73 at its start, wanted a pcap or pcapng "
	    "capture");
}
