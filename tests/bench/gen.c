/*
 * gen - a workload: inner packets, and the SAs to seal them with.
 *
 * usage: gen [-a SUITE] [-s BYTES|imix] [-S SAS] [-m MBYTES] PREFIX
 *
 * Writes PREFIX.plain.pcap (Ethernet, IPv4, UDP with right checksums), PREFIX.in.json for ipsec-decap and
 * PREFIX.out.json for ipsec-encap, which with several SAs also says what traffic each is for.  BYTES are
 * those of the inner IP packet; imix is 7 of 64, 4 of 576 and 1 of 1,400.  MBYTES are those of the inner
 * packets.  bare -x seals.  Prints packets and bytes of inner packets.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bare.h"
#include "base/wr.h"
#include "packet/checksum.h"

enum { IMIX = 12, POOL = 1 << 16 };

static uint64_t draw(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static FILE *create(const char *prefix, const char *suffix)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof path, "%s.%s", prefix, suffix);
	if ((f = fopen(path, "w")) == NULL)
		bare_die(path);
	return f;
}

static void finish(FILE *f)
{
	if (ferror(f) || fclose(f) != 0)
		bare_die("write");
}

static void hex(FILE *f, const char *name, const uint8_t *p, size_t n)
{
	fprintf(f, ",\"%s\":\"", name);
	while (n-- > 0)
		fprintf(f, "%02x", *p++);
	fputc('"', f);
}

static void write_sas(const char *prefix, const struct bare_suite *s, uint32_t n, bool out)
{
	FILE *f = create(prefix, out ? "out.json" : "in.json");

	for (uint32_t i = 0; i < n; i++) {
		struct bare_sa sa;
		uint32_t to = BARE_DST + i;

		bare_sa_make(&sa, s, i);
		fprintf(f, "{\"proto\":\"esp\",\"spi\":%u,\"mode\":\"tunnel\",\"src\":\"192.0.2.1\","
		    "\"dst\":\"192.0.2.2\",\"encr\":\"%s\"", sa.spi, s->encr);
		hex(f, "encr_key", sa.key, s->key + s->salt);
		if (s->integ != NULL) {
			fprintf(f, ",\"integ\":\"%s\"", s->integ);
			hex(f, "integ_key", sa.mac, s->mac);
		}
		if (out && n > 1)
			fprintf(f, ",\"ts\":[{\"dst\":\"%u.%u.%u.%u\"}]", to >> 24, to >> 16 & 255, to >> 8 & 255,
			    to & 255);
		fputs(",\"esn\":false}\n", f);
	}
	finish(f);
}

/* An IPv4 packet of n bytes with UDP in it. */
static void packet(uint8_t *p, size_t n, uint32_t to, uint64_t k, const uint8_t *pool)
{
	uint8_t pseudo[12] = { 0 };
	uint16_t sum;

	memset(p, 0, 28);
	p[0] = 0x45;
	store_be16(p + 2, (uint16_t)n);
	store_be16(p + 4, (uint16_t)k);
	p[6] = 0x40;
	p[8] = 64;
	p[9] = 17;
	store_be32(p + 12, BARE_SRC);
	store_be32(p + 16, to);
	store_be16(p + 10, checksum(p, 20));
	store_be16(p + 20, (uint16_t)(1024 + k % 60000));
	store_be16(p + 22, 9);
	store_be16(p + 24, (uint16_t)(n - 20));
	memcpy(p + 28, pool, n - 28);
	store_be64(p + 28, k);
	memcpy(pseudo, p + 12, 8);
	pseudo[9] = 17;
	store_be16(pseudo + 10, (uint16_t)(n - 20));
	sum = (uint16_t)~checksum_fold(checksum_add(checksum_add(0, pseudo, 12), p + 20, n - 20));
	store_be16(p + 26, sum != 0 ? sum : 0xffff);
}

static void write_plain(const char *prefix, size_t size, uint32_t nsa, uint64_t bytes)
{
	static const uint32_t file[6] = { 0xa1b2c3d4, 0x00040002, 0, 0, 262144, 1 };
	static const uint16_t mix[IMIX] = { 64, 576, 64, 64, 576, 64, 1400, 64, 576, 64, 64, 576 };
	static uint8_t pool[POOL + BARE_PACKET_MAX], rec[BARE_RECORD + BARE_ETHER + BARE_PACKET_MAX];
	FILE *f = create(prefix, "plain.pcap");
	uint64_t inner = 0, k, state = 0x9e3779b97f4a7c15;

	for (size_t i = 0; i < sizeof pool; i++)
		pool[i] = (uint8_t)draw(&state);
	memcpy(rec + BARE_RECORD, "\2\0\0\0\0\2\2\0\0\0\0\1\x08\0", BARE_ETHER);
	fwrite(file, sizeof file, 1, f);
	for (k = 0; inner < bytes; k++) {
		size_t n = size != 0 ? size : mix[k % IMIX];
		uint32_t len = (uint32_t)(BARE_ETHER + n);
		uint32_t head[4] = { (uint32_t)(1700000000 + k / 1000000), (uint32_t)(k % 1000000), len, len };

		memcpy(rec, head, sizeof head);
		packet(rec + BARE_RECORD + BARE_ETHER, n, BARE_DST + (uint32_t)(draw(&state) % nsa), k,
		    pool + draw(&state) % POOL);
		fwrite(rec, BARE_RECORD + len, 1, f);
		inner += n;
	}
	finish(f);
	printf("%llu %llu\n", (unsigned long long)k, (unsigned long long)inner);
}

int main(int argc, char **argv)
{
	const char *suite = "gcm128", *size = "imix";
	const struct bare_suite *s;
	size_t n = 0, mbytes = 100;
	uint32_t nsa = 1;
	int c;

	while ((c = getopt(argc, argv, "a:s:S:m:")) != -1)
		switch (c) {
		case 'a': suite = optarg; break;
		case 's': size = optarg; break;
		case 'S': nsa = (uint32_t)atoi(optarg); break;
		case 'm': mbytes = (size_t)atoi(optarg); break;
		default: return 2;
		}
	if (strcmp(size, "imix") != 0)
		n = (size_t)atoi(size);
	if (optind + 1 != argc || (s = bare_suite(suite)) == NULL || nsa < 1 || mbytes < 1 || n > 1900 ||
	    (strcmp(size, "imix") != 0 && n < 36)) {
		fprintf(stderr, "usage: gen [-a SUITE] [-s BYTES|imix] [-S SAS] [-m MBYTES] PREFIX\n");
		return 2;
	}
	write_sas(argv[optind], s, nsa, false);
	write_sas(argv[optind], s, nsa, true);
	write_plain(argv[optind], n, nsa, (uint64_t)mbytes * 1000000);
	return 0;
}
