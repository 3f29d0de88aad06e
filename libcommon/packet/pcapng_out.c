#include "packet/pcapng_out.h"

enum {
	BLOCK_SECTION = 0x0a0d0d0a, BLOCK_INTERFACE = 1, BLOCK_PACKET = 6, BYTE_ORDER_MAGIC = 0x1a2b3c4d,
	OPT_END = 0, OPT_COMMENT = 1, OPT_APPLICATION = 4, OPT_TSRESOL = 9, NANO = 9,
	BLOCK_AROUND = 12,		/* type, length, length again */
	COMMENT_MAX = UINT16_MAX,
};

static void put16(FILE *to, uint16_t v)
{
	fwrite(&v, sizeof v, 1, to);
}

static void put32(FILE *to, uint32_t v)
{
	fwrite(&v, sizeof v, 1, to);
}

static uint32_t padded(uint32_t n)
{
	return (n + 3) & ~UINT32_C(3);
}

static void put_padded(FILE *to, const void *p, uint32_t n)
{
	static const uint8_t zero[3];

	fwrite(p, 1, n, to);
	fwrite(zero, 1, padded(n) - n, to);
}

static void put_option(FILE *to, uint16_t code, const void *p, uint16_t n)
{
	put16(to, code);
	put16(to, n);
	put_padded(to, p, n);
}

static uint32_t option_size(uint32_t n)
{
	return 4 + padded(n);
}

void pcapng_out_start(struct pcapng_out *o, FILE *to, const char *application)
{
	uint16_t n = (uint16_t)strlen(application);
	uint32_t len = BLOCK_AROUND + 16 + option_size(n) + 4;

	*o = (struct pcapng_out){ .to = to };
	put32(to, BLOCK_SECTION);
	put32(to, len);
	put32(to, BYTE_ORDER_MAGIC);
	put16(to, 1);
	put16(to, 0);
	put32(to, UINT32_MAX);		/* the section's length is not known: -1 in 64 bits */
	put32(to, UINT32_MAX);
	put_option(to, OPT_APPLICATION, application, n);
	put32(to, OPT_END);
	put32(to, len);
}

static void put_interface(FILE *to, uint16_t dlt)
{
	const uint8_t resolution = NANO;
	uint32_t len = BLOCK_AROUND + 8 + option_size(1) + 4;

	put32(to, BLOCK_INTERFACE);
	put32(to, len);
	put16(to, dlt);
	put16(to, 0);
	put32(to, BATCH_SNAP);
	put_option(to, OPT_TSRESOL, &resolution, 1);
	put32(to, OPT_END);
	put32(to, len);
}

static int interface_of(struct pcapng_out *o, const struct packet *p, struct err *e)
{
	for (unsigned i = 0; i < o->n; i++)
		if (o->interface[i].file == p->file && o->interface[i].dlt == p->dlt)
			return (int)i;
	if (o->n == PCAPNG_OUT_INTERFACES)
		return err_set(e, "more than %d inputs and link types", PCAPNG_OUT_INTERFACES);
	o->interface[o->n].file = p->file;
	o->interface[o->n].dlt = p->dlt;
	put_interface(o->to, p->dlt);
	return (int)o->n++;
}

/* Octets of all comments as options, without the end of options. */
static uint32_t comments_size(const struct packet *p, size_t n)
{
	uint32_t size = n > 0 ? option_size((uint32_t)n) : 0;
	struct span own;

	for (size_t at = 0; packet_comment(p, &at, &own);)
		size += option_size((uint32_t)own.n);
	return size;
}

int pcapng_out_packet(struct pcapng_out *o, const struct packet *p, const char *comment, struct err *e)
{
	size_t n = comment != NULL ? strlen(comment) : 0;
	int interface = interface_of(o, p, e);
	uint64_t ns = (uint64_t)p->ns;
	uint32_t len, comments;
	struct span own;

	if (interface < 0)
		return -1;
	if (n > COMMENT_MAX)
		n = COMMENT_MAX;
	comments = comments_size(p, n);
	len = BLOCK_AROUND + 20 + padded(p->caplen) + (comments > 0 ? comments + 4 : 0);
	put32(o->to, BLOCK_PACKET);
	put32(o->to, len);
	put32(o->to, (uint32_t)interface);
	put32(o->to, (uint32_t)(ns >> 32));
	put32(o->to, (uint32_t)ns);
	put32(o->to, p->caplen);
	put32(o->to, p->len);
	put_padded(o->to, p->data, p->caplen);
	for (size_t at = 0; packet_comment(p, &at, &own);)
		put_option(o->to, OPT_COMMENT, own.p, (uint16_t)own.n);
	if (n > 0)
		put_option(o->to, OPT_COMMENT, comment, (uint16_t)n);
	if (comments > 0)
		put32(o->to, OPT_END);
	put32(o->to, len);
	return 0;
}
