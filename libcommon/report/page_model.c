/* The page's parts that show the model: hosts, negotiations, tunnels. */
#include <stdlib.h>

#include "report/amount.h"
#include "report/inspect_words.h"
#include "report/page_priv.h"
#include "report/page_svg.h"
#include "report/page_text.h"

typedef unsigned long long ull;

void page_left_out(FILE *to, bool some, const char *what)
{
	if (some)
		fprintf(to, "<p>There are %s, which are not shown.</p>\n", what);
}

void page_hosts(const struct page_writing *w)
{
	const struct model_peer **list;
	char addr[ADDR_TEXT], bytes[AMOUNT_TEXT];
	struct err e;
	size_t n;

	if (model_peer_at(w->m, 0) == NULL || (list = inspect_peers(w->m, &n, &e)) == NULL)
		return;
	fputs("<section id=\"hosts\"><h2>Hosts</h2>\n<div class=\"wide\"><table><thead><tr><th>Host<th>Sent<th>Bytes<th>What</tr></thead><tbody>\n", w->to);
	for (size_t i = 0; i < n && i < PAGE_HOSTS; i++) {
		fprintf(w->to, "<tr><td>%s<td>%llu<td>%s<td>", addr_format(addr, &list[i]->addr), (ull)list[i]->packets,
		    amount_bytes(bytes, list[i]->bytes));
		page_text(w->to, list[i]->product != NULL ? list[i]->product : "");
		fprintf(w->to, "%s%s</tr>\n", list[i]->product != NULL && list[i]->behind_nat ? ", " : "", list[i]->behind_nat ? "behind a NAT" : "");
	}
	fputs("</tbody></table></div>\n", w->to);
	page_left_out(w->to, n > PAGE_HOSTS, "further hosts");
	fputs("</section>\n", w->to);
	free(list);
}

void page_negotiations(const struct page_writing *w)
{
	const struct model_ike *k;
	char ends[INSPECT_WORDS], who[INSPECT_WHO];
	size_t i = 0;

	if (model_ike_at(w->m, 0) == NULL)
		return;
	fputs("<section id=\"negotiations\"><h2>Negotiations</h2>\n", w->to);
	for (; (k = model_ike_at(w->m, i)) != NULL && i < PAGE_PLOTS; i++) {
		fprintf(w->to, "<figure id=\"ike-%u\"><figcaption>IKEv%d ", k->id, k->version);
		page_text(w->to, inspect_ike(ends, k));
		fprintf(w->to, " <code>%s</code> ", k->suite);
		page_text(w->to, inspect_who(who, k));
		fprintf(w->to, ", %llu message%s: <span class=\"%s\">%s%s</span></figcaption>\n", (ull)k->messages, inspect_s(k->messages),
		    inspect_is_bad(k) ? "bad" : "state", inspect_outcome(k), k->replaces != 0 ? " (rekeyed)" : "");
		page_svg_ladder(w->to, k, w->p);
		fputs("</figure>\n", w->to);
	}
	if (w->p->left_out > 0)
		fprintf(w->to, "<p>%llu further messages are not shown.</p>\n", (ull)w->p->left_out);
	page_left_out(w->to, model_ike_at(w->m, i) != NULL, "further negotiations");
	fputs("</section>\n", w->to);
}

static void sa_row(const struct page_writing *w, const struct model_sa *sa)
{
	char bytes[AMOUNT_TEXT], text[INSPECT_WORDS];

	fprintf(w->to, "<tr id=\"row-%u\"><td><a href=\"#sa-%u\">%s 0x%08x</a><td>", sa->id, sa->id, sa_proto_name(sa->proto), sa->spi);
	page_text(w->to, inspect_way_in(text, sa));
	fprintf(w->to, "<td>%llu<td>%s<td>%s<td>%llu<td>%llu<td>%llu<td>", (ull)sa->packets, amount_bytes(bytes, sa->bytes),
	    sa->packets > 0 ? inspect_time(text, sa->last.ns - sa->first.ns) : "", (ull)sa->seq.lost, (ull)sa->seq.late,
	    (ull)(sa->seq.duplicates + sa->seq.older));
	page_text(w->to, inspect_cipher(text, sa));
	fputs("<td>", w->to);
	page_text(w->to, inspect_verdicts(text, sa));
	fputs("</tr>\n", w->to);
}

static void plots(const struct page_writing *w, const struct model_sa *sa)
{
	char text[INSPECT_WORDS];

	if (sa->packets == 0)
		return;
	fprintf(w->to, "<figure class=\"sa\" id=\"sa-%u\" data-sa=\"%s\"><figcaption>", sa->id, inspect_sa_id(text, sa));
	page_text(w->to, inspect_sa(text, sa));
	fprintf(w->to, ": sequence numbers %llu to %llu</figcaption>\n", (ull)sa->seq.low, (ull)sa->seq.top);
	page_svg_sequence(w->to, sa);
	page_svg_rate(w->to, sa);
	fputs("</figure>\n", w->to);
}

void page_tunnels(const struct page_writing *w)
{
	const struct model_tunnel *t;
	unsigned plotted = 0;
	char text[INSPECT_WORDS];
	size_t i = 0;

	if (model_tunnel_at(w->m, 0) == NULL)
		return;
	fputs("<section id=\"tunnels\"><h2>Tunnels</h2>\n", w->to);
	for (; (t = model_tunnel_at(w->m, i)) != NULL && i < PAGE_PLOTS; i++) {
		fprintf(w->to, "<h3 id=\"tunnel-%u\">Between ", t->id);
		page_text(w->to, inspect_tunnel(text, w->m, t));
		fprintf(w->to, ": %u SA%s%s", t->nsa, inspect_s(t->nsa), t->generations > 1 ? ", rekeyed" : "");
		fputs("</h3>\n<div class=\"wide\"><table><thead><tr><th>SA<th>From &gt; to<th>Packets<th>Bytes<th>Time<th>Lost<th>Late<th>Twice"
		    "<th>Cipher<th>Opened</tr></thead><tbody>\n", w->to);
		for (unsigned j = 0; j < t->nsa; j++)
			sa_row(w, model_sa_at(w->m, t->sa[j] - 1));
		fputs("</tbody></table></div>\n<figure>", w->to);
		page_svg_timeline(w->to, w->m, t);
		fputs("</figure>\n", w->to);
		for (unsigned j = 0; j < t->nsa && plotted < PAGE_PLOTS; j++, plotted++)
			plots(w, model_sa_at(w->m, t->sa[j] - 1));
	}
	page_left_out(w->to, model_tunnel_at(w->m, i) != NULL, "further tunnels");
	fputs("</section>\n", w->to);
}
