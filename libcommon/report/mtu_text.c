#include "report/mtu_text.h"

#include <stdlib.h>
#include <string.h>

#include "esp/mtu_fit.h"
#include "report/json_text.h"
#include "report/sa_text.h"
#include "report/table.h"

enum { TCP_BASE = 20, PIECES = 12 * MTU_LAYERS, LINE = 512 };

/* The SAs around a packet, innermost first. */
struct chain {
	const struct sa *sa[MTU_LAYERS];
	struct mtu_sa layer[MTU_LAYERS];
	size_t n;
	uint8_t version;		/* of the packet inside */
};

struct view {
	FILE *to;
	const struct sad *sad;
	const struct mtu_plan *plan;
	struct table *table;
	bool *done;
	bool left_out;
};

static uint8_t outer_version(const struct sa *sa)
{
	return sa->dst.family != 0 ? sa->dst.family : sa->src.family != 0 ? sa->src.family : 4;
}

/* What is not said is taken as a tunnel over IPv4; without algorithms there is nothing to count. */
static bool add_layer(struct view *v, struct chain *c, const struct sa *sa)
{
	struct sa known = *sa;
	const char *why = NULL;

	if (c->n == MTU_LAYERS)
		why = "it is in too many layers";
	else if (sa->proto == SA_ESP && sa->encr == NULL)
		why = "its cipher is not known";
	else if (sa->proto != SA_IPCOMP && sa->integ_unknown && sa->icv_bits == 0)
		why = "its integrity algorithm is not known";
	if (why != NULL) {
		v->left_out = true;
		v->plan->left_out(v->plan->arg, sa, why);
		return false;
	}
	known.dst.family = outer_version(sa);
	if (known.mode == SA_MODE_UNKNOWN)
		known.mode = SA_TUNNEL;
	c->sa[c->n] = sa;
	mtu_sa_init(&c->layer[c->n++], &known, v->plan->ah_align, v->plan->wesp);
	return true;
}

/* The index of the SA for this layer of the bundle, in this direction; or the count. */
static uint32_t in_bundle(const struct view *v, const struct sa *of, int layer)
{
	uint32_t i = 0;

	for (; i < sad_count(v->sad); i++) {
		const struct sa *sa = &sad_at(v->sad, i)->sa;

		if (!v->done[i] && sa->bundle != NULL && strcmp(sa->bundle, of->bundle) == 0 && sa->dir == of->dir &&
		    sa->layer == layer)
			break;
	}
	return i;
}

static bool make_chain(struct view *v, uint32_t index, struct chain *c)
{
	const struct sa *sa = &sad_at(v->sad, index)->sa;

	*c = (struct chain){ 0 };
	if (sa->bundle == NULL) {
		v->done[index] = true;
		if (!add_layer(v, c, sa))
			return false;
	}
	for (int layer = 0; sa->bundle != NULL && layer < MTU_LAYERS; layer++) {
		uint32_t i = in_bundle(v, sa, layer);

		if (i == sad_count(v->sad))
			continue;
		v->done[i] = true;
		if (!add_layer(v, c, &sad_at(v->sad, i)->sa))
			return false;
	}
	if (c->n == 0)
		return false;
	c->version = c->layer[0].mode == SA_TUNNEL ? 4 : outer_version(c->sa[0]);
	/* BEET's inner addresses are those of its selectors */
	if (c->layer[0].mode == SA_BEET && c->sa[0]->nts > 0 && c->sa[0]->ts[0].nsrc > 0)
		c->version = c->sa[0]->ts[0].src[0].first.family;
	return true;
}

/* What the layers hold may be of one family only: in transport mode the header stays outside. */
static bool carries(const struct chain *c, uint8_t version)
{
	return c->layer[0].mode != SA_TRANSPORT || c->version == version;
}

struct answer { uint32_t inner, outer, link, mss4, mss6; struct mtu_parts parts[MTU_LAYERS]; };

static uint32_t mss(const struct chain *c, uint8_t version, uint32_t link)
{
	uint32_t head = (version == 4 ? 20U : 40U) + TCP_BASE;
	uint32_t most = carries(c, version) ? mtu_largest(c->layer, c->n, version, link) : 0;

	return most > head ? most - head : 0;
}

/* inner 0: the largest that fits. */
static void answer(struct answer *a, const struct chain *c, uint32_t link, uint32_t inner)
{
	*a = (struct answer){ .link = link, .inner = inner };
	if (inner == 0) {
		a->inner = mtu_largest(c->layer, c->n, c->version, link);
		a->mss4 = mss(c, 4, link);
		a->mss6 = mss(c, 6, link);
	}
	if (a->inner < mtu_plain(c->version, 0).inside)
		a->inner = 0;
	if (a->inner > 0)
		a->outer = mtu_around(c->layer, c->n, mtu_plain(c->version, a->inner), a->parts);
}

/* One box of the picture. */
struct piece { char name[16], bytes[16]; };

static void add_piece(struct piece *piece, size_t *n, const char *name, uint32_t bytes)
{
	if (bytes == 0)
		return;
	snprintf(piece[*n].name, sizeof piece[*n].name, "%s", name);
	snprintf(piece[*n].bytes, sizeof piece[*n].bytes, "%u", bytes);
	(*n)++;
}

static void front_pieces(struct piece *piece, size_t *n, const struct mtu_sa *m, const struct mtu_parts *p,
    uint8_t version)
{
	add_piece(piece, n, version == 4 ? "IPv4" : "IPv6", p->outer);
	add_piece(piece, n, m->encap == SA_ENCAP_TCP ? "TCP" : "UDP", p->carrier);
	add_piece(piece, n, "WESP", p->wesp);
	add_piece(piece, n, m->proto == SA_ESP ? "ESP" : m->proto == SA_AH ? "AH" : "IPComp", p->head);
	add_piece(piece, n, "IV", p->iv);
	if (m->proto == SA_AH) {
		add_piece(piece, n, "ICV", p->icv);
		add_piece(piece, n, "AH pad", p->icv_pad);
	}
	add_piece(piece, n, "BEET", p->pseudo);
}

/* Of the headers in front of layer i: transport mode keeps those of what is inside. */
static uint8_t version_around(const struct chain *c, size_t i)
{
	const struct mtu_sa *m = &c->layer[i];

	while (m > c->layer && m->mode == SA_TRANSPORT)
		m--;
	return m->mode == SA_TRANSPORT ? c->version : m->version;
}

static size_t make_pieces(struct piece piece[PIECES], const struct chain *c, const struct answer *a)
{
	size_t n = 0;

	for (size_t i = c->n; i-- > 0;) {
		/* of an inner layer in transport mode the headers are already outside */
		struct mtu_parts p = a->parts[i];

		if (i + 1 < c->n && c->layer[i + 1].mode != SA_TUNNEL)
			p.outer = 0;
		front_pieces(piece, &n, &c->layer[i], &p, version_around(c, i));
	}
	add_piece(piece, &n, c->layer[0].mode == SA_TUNNEL ? "inner packet" : "payload", a->parts[0].payload);
	for (size_t i = 0; i < c->n; i++) {
		const struct mtu_parts *p = &a->parts[i];

		if (p->trailer > 0) {
			snprintf(piece[n].name, sizeof piece[n].name, "pad");
			snprintf(piece[n].bytes, sizeof piece[n].bytes, "%u+%u", p->pad, p->trailer);
			n++;
		}
		if (c->layer[i].proto == SA_ESP)
			add_piece(piece, &n, "ICV", p->icv);
	}
	return n;
}

static int piece_width(const struct piece *p)
{
	size_t a = strlen(p->name), b = strlen(p->bytes);

	return (int)(a > b ? a : b);
}

static void rule(FILE *to, const struct piece *piece, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		putc('+', to);
		for (int k = piece_width(&piece[i]) + 2; k > 0; k--)
			putc('-', to);
	}
	fputs("+\n", to);
}

static void boxes(FILE *to, const struct piece *piece, size_t n, bool bytes)
{
	for (size_t i = 0; i < n; i++)
		if (bytes)
			fprintf(to, "| %*s ", piece_width(&piece[i]), piece[i].bytes);
		else
			fprintf(to, "| %-*s ", piece_width(&piece[i]), piece[i].name);
	fputs("|\n", to);
}

static void picture(FILE *to, const struct chain *c, const struct answer *a, size_t width)
{
	struct piece piece[PIECES];
	size_t n = make_pieces(piece, c, a);

	/* as many boxes in a row as there is room for */
	for (size_t from = 0, end; from < n; from = end) {
		size_t used = 1;

		for (end = from; end < n; end++) {
			used += (size_t)piece_width(&piece[end]) + 3;
			if (width > 0 && used > width && end > from)
				break;
		}
		rule(to, piece + from, end - from);
		boxes(to, piece + from, end - from, false);
		boxes(to, piece + from, end - from, true);
		rule(to, piece + from, end - from);
	}
}

static void title(FILE *to, const struct chain *c)
{
	char text[SA_TEXT];

	for (size_t i = 0; i < c->n; i++) {
		const struct sa *sa = c->sa[i];

		fprintf(to, "%s%s", c->n > 1 ? i == 0 ? "inner: " : "around: " : "", sa_text_name(text, sa));
		fprintf(to, ", %s%s", sa->mode == SA_MODE_UNKNOWN ? "tunnel?" : sa_mode_name(sa->mode),
		    sa->proto != SA_IPCOMP ? ", " : "");
		fprintf(to, "%s\n", sa_text_algs(text, sa));
	}
}

/* Bytes of the link that no header and no data uses. */
static uint32_t lost(const struct answer *a, const struct chain *c)
{
	uint32_t n = a->link - a->outer;

	for (size_t i = 0; i < c->n; i++)
		n += a->parts[i].pad + a->parts[i].icv_pad;
	return n;
}

static void words(FILE *to, const struct answer *a, const struct chain *c)
{
	if (a->inner == 0) {
		if (a->link > 0)
			fprintf(to, "nothing fits through a link of %u bytes\n\n", a->link);
		else
			fputs("no packet is so short\n\n", to);
		return;
	}
	if (a->link == 0) {
		fprintf(to, "a packet of %u bytes takes %u on the link, %u more\n\n", a->inner, a->outer,
		    a->outer - a->inner);
		return;
	}
	fprintf(to, "largest inner packet %u of %u bytes; TCP MSS", a->inner, a->link);
	if (carries(c, 4))
		fprintf(to, " %u (IPv4)", a->mss4);
	if (carries(c, 6))
		fprintf(to, "%s %u (IPv6)", carries(c, 4) ? "," : "", a->mss6);
	fprintf(to, "; lost to alignment %u\n\n", lost(a, c));
}

static void json_parts(FILE *to, const struct mtu_parts *p)
{
	const struct { const char *name; uint32_t n; } part[] = {
		{ "outer", p->outer }, { "carrier", p->carrier }, { "wesp", p->wesp }, { "head", p->head },
		{ "iv", p->iv }, { "pseudo", p->pseudo }, { "payload", p->payload }, { "pad", p->pad },
		{ "trailer", p->trailer }, { "icv", p->icv }, { "icv_pad", p->icv_pad },
	};

	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++)
		if (part[i].n > 0 || i == 0)
			fprintf(to, ",\"%s\":%u", part[i].name, part[i].n);
}

static void print_json(FILE *to, const struct chain *c, const struct answer *a)
{
	fputs("{\"type\":\"event\",\"event\":\"mtu\"", to);
	if (a->link != 0)
		fprintf(to, ",\"link\":%u", a->link);
	fprintf(to, ",\"inner\":%u,\"outer\":%u", a->inner, a->outer);
	if (a->link != 0)
		fprintf(to, ",\"unused\":%u", a->inner > 0 ? a->link - a->outer : 0);
	if (a->mss4 > 0)
		fprintf(to, ",\"mss_ipv4\":%u", a->mss4);
	if (a->mss6 > 0)
		fprintf(to, ",\"mss_ipv6\":%u", a->mss6);
	fputs(",\"layers\":[", to);
	for (size_t i = 0; i < c->n; i++) {
		fprintf(to, "%s{\"proto\":\"%s\",\"spi\":\"0x%08x\",\"mode\":\"%s\"", i > 0 ? "," : "",
		    sa_proto_name(c->sa[i]->proto), c->sa[i]->spi, sa_mode_name(c->layer[i].mode));
		json_parts(to, &a->parts[i]);
		putc('}', to);
	}
	fputs("]}\n", to);
}

static void add_row(struct table *t, const struct chain *c, const struct answer *a)
{
	char text[SA_TEXT];
	uint32_t numbers[] = { a->inner, a->outer, a->mss4, a->mss6 };

	table_cell(t, "%s", sa_text_name(text, c->sa[0]));
	table_cell(t, "%s", sa_text_algs(text, c->sa[0]));
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
		if (numbers[i] > 0)
			table_cell(t, "%u", numbers[i]);
		else
			table_cell(t, "%s", "");
	table_cell(t, "%u", a->parts[0].pad);
}

static void show(struct view *v, const struct chain *c)
{
	const struct mtu_plan *plan = v->plan;
	uint32_t last = plan->link != 0 ? 0 : plan->last;
	struct answer a;

	for (uint32_t n = plan->link != 0 ? 0 : plan->first; n <= last; n++) {
		answer(&a, c, plan->link, n);
		if (plan->json) {
			print_json(v->to, c, &a);
		} else if (v->table != NULL) {
			add_row(v->table, c, &a);
		} else {
			title(v->to, c);
			if (a.inner > 0)
				picture(v->to, c, &a, plan->width);
			words(v->to, &a, c);
		}
	}
}

static const struct table_column columns[] = {
	{ "SA", TABLE_WRAP }, { "ALGORITHMS", TABLE_WRAP | TABLE_SPARE }, { "INNER", TABLE_RIGHT },
	{ "LINK", TABLE_RIGHT }, { "MSS IPV4", TABLE_RIGHT | TABLE_SPARE },
	{ "MSS IPV6", TABLE_RIGHT | TABLE_SPARE }, { "PADDING", TABLE_RIGHT },
};

int mtu_text(FILE *to, const struct sad *sad, const struct mtu_plan *plan, struct err *e)
{
	struct view v = { .to = to, .sad = sad, .plan = plan, .done = calloc(sad_count(sad) + 1, 1) };
	struct chain c;
	int rc = -1;

	if (v.done == NULL)
		return err_nomem(e);
	if (plan->table && !plan->json &&
	    (v.table = table_new(columns, sizeof columns / sizeof columns[0], e)) == NULL)
		goto out;
	for (uint32_t i = 0; i < sad_count(sad); i++)
		if (!v.done[i] && sad_at(sad, i)->group == sad_at(sad, i) && make_chain(&v, i, &c))
			show(&v, &c);
	rc = v.table == NULL ? 0
	    : table_print(&(struct table_place){ to, plan->width, false }, v.table, e);
	if (rc == 0 && v.left_out)
		rc = 1;
out:
	table_free(v.table);
	free(v.done);
	return rc;
}
