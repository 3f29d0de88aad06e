#include "report/page.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/hash.h"
#include "report/amount.h"
#include "report/inspect_json.h"
#include "report/inspect_packet.h"
#include "report/inspect_text.h"
#include "report/inspect_words.h"
#include "report/page_assets.h"
#include "report/page_priv.h"
#include "report/page_text.h"

typedef unsigned long long ull;

/* --- collected while packets pass --- */

void page_take(struct page *p, const struct model_packet *packet)
{
	const struct follow_message *fm = packet->message;
	struct page_message *g;
	char payloads[PAGE_LABEL];
	const char *name;

	if (fm == NULL || fm->m == NULL || packet->ike == NULL || (fm->fragments > 0 && !fm->whole))
		return;
	if (p->n == PAGE_MESSAGES || (p->message == NULL && (p->message = calloc(PAGE_MESSAGES, sizeof *p->message)) == NULL)) {
		p->left_out++;
		return;
	}
	g = &p->message[p->n++];
	*g = (struct page_message){ .ike = packet->ike->id, .at = packet->at, .from_initiator = fm->from_initiator,
		.response = fm->response, .again = fm->repeats != 0, .verdict = fm->verdict };
	name = ike_exchange_name(ike_hdr_is_v1(&fm->m->hdr) ? IKE_V1 : IKE_V2, fm->m->hdr.exchange);
	snprintf(g->label, sizeof g->label, "%s %u: %.110s", name != NULL ? name : "unknown exchange", fm->m->hdr.message_id,
	    ike_payloads_text(payloads, sizeof payloads, ike_message_payloads(fm->m)));
}

static int seen_cmp(const void *a, const void *b)
{
	const struct seen_at *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

/* All packets that findings point to, in order, once. */
static void make_marks(struct page *p, const struct diagnoses *ds)
{
	size_t n = 0;

	for (size_t i = 0; i < ds->n; i++)
		n += ds->list[i].n;
	if ((p->mark = calloc(n + 1, sizeof *p->mark)) == NULL)
		return;
	for (size_t i = 0; i < ds->n; i++)
		for (unsigned j = 0; j < ds->list[i].n; j++)
			p->mark[p->nmark++] = ds->list[i].at[j];
	qsort(p->mark, p->nmark, sizeof *p->mark, seen_cmp);
}

static bool is_evidence(const struct page *p, struct seen_at at)
{
	return p->nmark > 0 && bsearch(&at, p->mark, p->nmark, sizeof at, seen_cmp) != NULL;
}

void page_take_line(struct page *p, const struct model_packet *packet, const struct diagnoses *ds, int64_t start)
{
	char line[PACKET_LINE];

	if (p->mark == NULL)
		make_marks(p, ds);
	if (packet->at.frame == 0 || p->nline == PAGE_LINES || (packet->message == NULL && !is_evidence(p, packet->at)))
		return;
	if (p->line == NULL && (p->line = calloc(PAGE_LINES, sizeof *p->line)) == NULL)
		return;
	p->line[p->nline].at = packet->at;
	if ((p->line[p->nline].text = strdup(inspect_packet_line(line, packet, start, false))) != NULL)
		p->nline++;
}

void page_clear(struct page *p)
{
	for (size_t i = 0; i < p->nline; i++)
		free(p->line[i].text);
	free(p->line);
	free(p->mark);
	free(p->message);
	*p = (struct page){ 0 };
}

/* --- parts --- */

static void put_asset(FILE *to, const uint8_t *p, size_t n)
{
	fwrite(p, 1, n, to);
}

/* Nothing but what is in the page, and of that only what has these hashes. */
static void head(const struct page_writing *w)
{
	const struct span css[] = { { asset_uplot_min_css, asset_uplot_min_css_n }, { asset_page_css, asset_page_css_n } };
	const struct span js[] = { { asset_uplot_iife_min_js, asset_uplot_iife_min_js_n }, { asset_page_js, asset_page_js_n } };
	char style[HASH_SHA256_BASE64], plots[HASH_SHA256_BASE64], own[HASH_SHA256_BASE64];

	fprintf(w->to, "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta http-equiv=\"Content-Security-Policy\" "
	    "content=\"default-src 'none'; style-src 'sha256-%s'; script-src 'sha256-%s' 'sha256-%s'; base-uri 'none'; form-action "
	    "'none'\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<title>",
	    hash_sha256_base64(style, css, 2), hash_sha256_base64(plots, &js[0], 1), hash_sha256_base64(own, &js[1], 1));
	page_text(w->to, w->o->name);
	fputs(" - ipsec-inspect</title>\n<style>", w->to);
	put_asset(w->to, css[0].p, css[0].n);
	put_asset(w->to, css[1].p, css[1].n);
	fputs("</style>\n", w->to);
}

static void top(const struct page_writing *w)
{
	const struct model_capture *c = model_capture(w->m);
	char bytes[AMOUNT_TEXT], time[TIME_TEXT], lasts[INSPECT_WORDS];

	fputs("<header><h1>", w->to);
	page_text(w->to, w->o->name);
	fprintf(w->to, "</h1>\n<p>%llu packet%s, %s, %s from %s: %llu of IKE, %llu of ESP, %llu of AH.</p>\n", (ull)c->frames,
	    inspect_s(c->frames), amount_bytes(bytes, c->bytes), inspect_time(lasts, c->last - c->first), time_format(time, c->first),
	    (ull)c->count[DATAGRAM_IKE], (ull)c->count[DATAGRAM_ESP], (ull)c->count[DATAGRAM_AH]);
	fputs("<nav><a href=\"#findings\">Findings</a>", w->to);
	if (model_peer_at(w->m, 0) != NULL)
		fputs(" <a href=\"#hosts\">Hosts</a>", w->to);
	if (model_ike_at(w->m, 0) != NULL)
		fputs(" <a href=\"#negotiations\">Negotiations</a>", w->to);
	if (model_tunnel_at(w->m, 0) != NULL)
		fputs(" <a href=\"#tunnels\">Tunnels</a>", w->to);
	if (w->o->two != NULL)
		fputs(" <a href=\"#compared\">Two captures</a>", w->to);
	fputs(" <a href=\"#packets\">Packets</a></nav></header>\n<main>\n", w->to);
}

static void frames(const struct page_writing *w, const struct diagnosis *d)
{
	bool files = model_capture(w->m)->files > 1;

	for (unsigned i = 0; i < d->n; i++) {
		fputs(i > 0 ? ", " : d->n == 1 ? "<p class=\"frames\">Packet " : "<p class=\"frames\">Packets ", w->to);
		if (i > 0 && i + 1 == d->n && inspect_has_more(d))
			fputs("..., ", w->to);
		if (w->p->nline > 0)
			fprintf(w->to, "<a href=\"#p-%u-%llu\">", d->at[i].file + 1u, (ull)d->at[i].frame);
		if (files)
			fprintf(w->to, "%u:", d->at[i].file + 1u);
		fprintf(w->to, "%llu%s", (ull)d->at[i].frame, w->p->nline > 0 ? "</a>" : "");
	}
	if (d->n > 0)
		fputs("</p>\n", w->to);
}

static void findings(const struct page_writing *w)
{
	fputs("<section id=\"findings\"><h2>Findings</h2>\n", w->to);
	if (w->ds->n == 0)
		fputs("<p>Nothing was found wrong.</p>\n", w->to);
	for (size_t i = 0; i < w->ds->n; i++) {
		const struct diagnosis *d = &w->ds->list[i];

		fprintf(w->to, "<article class=\"%s\" id=\"f-%zu\"><h3><span class=\"severity\">%s</span> %s</h3>\n<p>",
		    severity_name(d->severity), i + 1, severity_name(d->severity), d->id);
		page_text(w->to, d->text);
		fputs("</p>\n", w->to);
		if (d->advice[0] != '\0') {
			fputs("<p class=\"advice\"><b>To do:</b> ", w->to);
			page_text(w->to, d->advice);
			fputs("</p>\n", w->to);
		}
		frames(w, d);
		if (d->of.sa != NULL)
			fprintf(w->to, "<p class=\"frames\"><a href=\"#sa-%u\">SA 0x%08x</a></p>\n", d->of.sa->id, d->of.sa->spi);
		if (d->more > 0)
			fprintf(w->to, "<p class=\"frames\">and %llu more of this kind</p>\n", (ull)d->more);
		if (d->reference != NULL)
			fprintf(w->to, "<p class=\"reference\">%s</p>\n", d->reference);
		fputs("</article>\n", w->to);
	}
	fputs("</section>\n", w->to);
}

/* What two captures of one tunnel show beside each other. */
static void compared(const struct page_writing *w)
{
	const struct two_flow *f;
	char a[ADDR_TEXT], b[ADDR_TEXT], text[TWO_WORDS];

	fputs("<section id=\"compared\"><h2>Between the two captures</h2>\n<div class=\"wide\"><table><thead><tr><th>SA<th>From &gt; to<th>First"
	    "<th>Second<th>First alone<th>Second alone<th>Median time<th>Changed on the way</tr></thead><tbody>\n", w->to);
	for (size_t i = 0; (f = two_ends_at(w->o->two, i)) != NULL && i < PAGE_FLOWS; i++) {
		const struct two_side *s = f->side[0].packets > 0 ? &f->side[0] : &f->side[1];

		if (f->ike)
			fputs("<tr><td>ike", w->to);
		else
			fprintf(w->to, "<tr><td>%s 0x%08x", sa_proto_name(f->proto), f->spi);
		fprintf(w->to, "<td>%s &gt; %s<td>%llu<td>%llu<td>%llu<td>%llu", addr_format(a, &s->src), addr_format(b, &s->dst),
		    (ull)f->side[0].packets, (ull)f->side[1].packets, (ull)f->only[0], (ull)f->only[1]);
		fprintf(w->to, "<td>%s<td>", two_ends_time(text, w->o->two, f));
		page_text(w->to, two_ends_changes(text, f));
		fputs("</tr>\n", w->to);
	}
	fputs("</tbody></table></div>\n", w->to);
	page_left_out(w->to, two_ends_at(w->o->two, PAGE_FLOWS) != NULL, "further SAs and messages");
	fputs("</section>\n", w->to);
}

/* Anchors of all packets that something points to. */
static void packets(const struct page_writing *w)
{
	struct seen_at last = { 0 };

	fputs("<section id=\"packets\"><h2>Packets</h2>\n", w->to);
	if (!w->o->read_again)
		fputs("<p>The packets are not here: the capture came on a pipe or live, and could not be read again.</p>\n", w->to);
	else if (w->p->nline == 0)
		fputs("<p>No finding points to a packet, and there is no IKE.</p>\n", w->to);
	else
		fputs("<p>Messages of IKE, and what findings point to.</p>\n", w->to);
	fputs("<ol class=\"packets\">\n", w->to);
	for (size_t i = 0; i < w->p->nline; i++) {
		const struct page_line *l = &w->p->line[i];

		if (l->at.frame == last.frame && l->at.file == last.file)
			continue;		/* several messages in one frame */
		last = l->at;
		fprintf(w->to, "<li id=\"p-%u-%llu\"><code>", l->at.file + 1u, (ull)l->at.frame);
		page_text(w->to, l->text);
		fputs("</code></li>\n", w->to);
	}
	fputs("</ol></section>\n", w->to);
}

/* What is plotted once more for the scripts: not all SAs that there may be. */
static int data(const struct page_writing *w, struct err *e)
{
	const struct model_tunnel *t;
	unsigned plotted = 0;
	char *text = NULL;
	size_t n = 0;
	FILE *to = open_memstream(&text, &n);

	if (to == NULL)
		return err_nomem(e);
	inspect_json_capture(to, w->m);
	for (size_t i = 0; (t = model_tunnel_at(w->m, i)) != NULL && i < PAGE_PLOTS; i++)
		for (unsigned j = 0; j < t->nsa && plotted < PAGE_PLOTS; j++, plotted++)
			inspect_json_sa(to, w->m, model_sa_at(w->m, t->sa[j] - 1));
	if (fclose(to) != 0) {
		free(text);
		return err_nomem(e);
	}
	fputs("<script type=\"application/json\" id=\"data\">", w->to);
	page_json(w->to, (struct span){ (const uint8_t *)text, n });
	fputs("</script>\n", w->to);
	free(text);
	return 0;
}

int page_write(FILE *to, const struct page *p, const struct model *m, const struct diagnoses *ds, const struct page_options *o,
    struct err *e)
{
	struct page_writing w = { to, p, m, ds, o };

	head(&w);
	top(&w);
	findings(&w);
	page_hosts(&w);
	page_negotiations(&w);
	page_tunnels(&w);
	if (o->two != NULL)
		compared(&w);
	packets(&w);
	fputs("</main>\n", to);
	if (data(&w, e) < 0)
		return -1;
	fputs("<script>", to);
	put_asset(to, asset_uplot_iife_min_js, asset_uplot_iife_min_js_n);
	fputs("</script>\n<script>", to);
	put_asset(to, asset_page_js, asset_page_js_n);
	fputs("</script>\n<details class=\"licence\"><summary>uPlot draws the plots</summary><pre>", to);
	put_asset(to, asset_uplot_license, asset_uplot_license_n);
	fputs("</pre></details>\n</html>\n", to);
	return 0;
}
