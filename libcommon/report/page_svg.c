#include "report/page_svg.h"

#include <string.h>

#include "report/amount.h"
#include "report/inspect_words.h"
#include "report/page_text.h"

typedef unsigned long long ull;

#define NS_MOST 4e18			/* shown as no more than that */

enum {
	WIDTH = 720, HEIGHT = 180, LEFT = 100, RIGHT = 10, TOP = 10, BOTTOM = 24,
	PLOT_W = WIDTH - LEFT - RIGHT, PLOT_H = HEIGHT - TOP - BOTTOM,
	BAR = 14, BAR_STEP = 20, RUNG = 26, LADDER_LEFT = 120, LADDER_RIGHT = 600, BARS = 40, RUNG_LABEL = 64,
};

static void open_svg(FILE *to, int height, const char *title)
{
	fprintf(to, "<div class=\"wide\"><svg viewBox=\"0 0 %d %d\" role=\"img\" class=\"plot\"><title>", WIDTH, height);
	page_text(to, title);
	fputs("</title>\n", to);
}

static double x_of(double at, double span)
{
	return LEFT + (span > 0 ? at * PLOT_W / span : 0);
}

/* No longer than there is room for on the left. */
static void number(char out[32], uint64_t n)
{
	if (n < UINT64_C(10000000000000))
		snprintf(out, 32, "%llu", (ull)n);
	else
		snprintf(out, 32, "%llu e12", (ull)(n / UINT64_C(1000000000000)));
}

/* Frame, marks at both ends of both axes. */
static void axes(FILE *to, const char *low, const char *high, double span)
{
	char text[INSPECT_WORDS];

	fprintf(to, "<path class=\"axis\" d=\"M%d %dV%dH%d\"/>\n", LEFT, TOP, TOP + PLOT_H, WIDTH - RIGHT);
	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LEFT - 6, TOP + 10, high);
	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>", LEFT - 6, TOP + PLOT_H, low);
	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\">0</text>", LEFT, HEIGHT - 8);
	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", WIDTH - RIGHT, HEIGHT - 8,
	    inspect_time(text, span < NS_MOST ? (int64_t)span : (int64_t)NS_MOST));
}

/* Twice the time at most, which may be more than 64 bits hold. */
static double span_of(const struct model_series *s)
{
	return (double)s->n * (double)s->step;
}

void page_svg_sequence(FILE *to, const struct model_sa *sa)
{
	const struct model_series *s = &sa->series;
	double range = sa->seq.top > sa->seq.low ? (double)(sa->seq.top - sa->seq.low) : 1;
	char low[32], high[32];

	open_svg(to, HEIGHT, "sequence numbers over time, red where packets are missing");
	number(low, sa->seq.low);
	number(high, sa->seq.top);
	axes(to, low, high, span_of(s));
	fprintf(to, "<polyline class=\"line\" points=\"%d,%d ", LEFT, TOP + PLOT_H);
	for (unsigned i = 0; i < s->n; i++) {
		double v = s->point[i].top > sa->seq.low ? (double)(s->point[i].top - sa->seq.low) / range : 0;

		fprintf(to, "%.1f,%.1f ", x_of((double)(i + 1) * (double)s->step, span_of(s)), TOP + PLOT_H * (1 - (v > 1 ? 1 : v)));
	}
	fputs("\"/>\n", to);
	for (unsigned i = 0; i < s->n; i++)
		if (s->point[i].lost > 0)
			fprintf(to, "<line class=\"lost\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\"><title>%u lost</title></line>",
			    x_of((i + 0.5) * (double)s->step, span_of(s)), x_of((i + 0.5) * (double)s->step, span_of(s)), TOP, TOP + PLOT_H, s->point[i].lost);
	fputs("</svg></div>\n", to);
}

void page_svg_rate(FILE *to, const struct model_sa *sa)
{
	const struct model_series *s = &sa->series;
	uint64_t most = 1;
	char high[AMOUNT_TEXT];

	for (unsigned i = 0; i < s->n; i++)
		if (s->point[i].bytes > most)
			most = s->point[i].bytes;
	open_svg(to, HEIGHT, "rate over time");
	axes(to, "0", amount_rate(high, s->step > 0 ? (double)most * 8e9 / (double)s->step : 0), span_of(s));
	fprintf(to, "<path class=\"area\" d=\"M%d %d", LEFT, TOP + PLOT_H);
	for (unsigned i = 0; i < s->n; i++) {
		double y = TOP + PLOT_H * (1 - (double)s->point[i].bytes / (double)most);

		fprintf(to, "L%.1f %.1fL%.1f %.1f", x_of((double)i * (double)s->step, span_of(s)), y, x_of((double)(i + 1) * (double)s->step, span_of(s)), y);
	}
	fprintf(to, "L%d %dZ\"/>\n</svg></div>\n", WIDTH - RIGHT, TOP + PLOT_H);
}

void page_svg_timeline(FILE *to, const struct model *m, const struct model_tunnel *t)
{
	unsigned shown = t->nsa < BARS ? t->nsa : BARS;
	int64_t span = t->last.ns - t->first.ns > 0 ? t->last.ns - t->first.ns : 1;
	int height = TOP + (int)shown * BAR_STEP + BOTTOM;
	char text[INSPECT_WORDS];

	open_svg(to, height, "when each SA carried packets");
	for (unsigned i = 0; i < shown; i++) {
		const struct model_sa *sa = model_sa_at(m, t->sa[i] - 1);
		double from, w;
		int y = TOP + (int)i * BAR_STEP;

		if (sa->packets == 0)
			continue;
		from = x_of((double)(sa->first.ns - t->first.ns), (double)span);
		w = x_of((double)(sa->last.ns - t->first.ns), (double)span) - from;
		fprintf(to, "<a href=\"#sa-%u\"><rect class=\"bar %s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"><title>", sa->id,
		    addr_cmp(&sa->src, &sa->dst) < 0 ? "there" : "back", from, y, w < 2 ? 2 : w, BAR);
		page_text(to, inspect_sa(text, sa));
		fprintf(to, "</title></rect></a><text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%08x</text>\n", LEFT - 6, y + 11, sa->spi);
	}
	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text></svg></div>\n", WIDTH - RIGHT, height - 8,
	    inspect_time(text, span));
}

static void rung(FILE *to, const struct page_message *g, int64_t start, int y, bool links)
{
	int from = g->from_initiator ? LADDER_LEFT : LADDER_RIGHT, end = g->from_initiator ? LADDER_RIGHT : LADDER_LEFT;
	int tip = g->from_initiator ? -7 : 7;
	char cut[RUNG_LABEL];

	fprintf(to, "<text class=\"tick\" x=\"%d\" y=\"%d\" text-anchor=\"end\">%.3f s</text>", LADDER_LEFT - 8, y + 4,
	    (double)(g->at.ns - start) / 1e9);
	if (links)
		fprintf(to, "<a href=\"#p-%u-%llu\">", g->at.file + 1u, (ull)g->at.frame);
	else
		fputs("<g>", to);
	fprintf(to, "<path class=\"arrow%s%s\" d=\"M%d %dH%dm%d -4l%d 4l%d 4\"/><text class=\"label\" x=\"%d\" y=\"%d\" "
	    "text-anchor=\"middle\">", g->again ? " again" : "", g->verdict != V_OK ? " closed" : "", from, y,
	    end, tip, -tip, tip, (LADDER_LEFT + LADDER_RIGHT) / 2, y - 4);
	snprintf(cut, sizeof cut, "%s", g->label);
	page_text(to, cut);
	fputs(strlen(g->label) >= sizeof cut ? "...</text><title>" : "</text><title>", to);
	page_text(to, g->label);
	fputs(links ? "</title></a>\n" : "</title></g>\n", to);
}

void page_svg_ladder(FILE *to, const struct model_ike *k, const struct page *p)
{
	const struct page_message *message = p->message;
	size_t n = p->n;
	size_t rungs = 0;
	int height, y;
	char a[ADDR_TEXT];

	for (size_t i = 0; i < n && rungs < PAGE_RUNGS; i++)
		rungs += message[i].ike == k->id;
	height = (int)rungs * RUNG + 50;
	open_svg(to, height, "messages between initiator and responder");
	fprintf(to, "<text class=\"end\" x=\"%d\" y=\"16\" text-anchor=\"middle\">%s</text>", LADDER_LEFT, addr_format(a, &k->i.addr));
	fprintf(to, "<text class=\"end\" x=\"%d\" y=\"16\" text-anchor=\"middle\">%s</text>", LADDER_RIGHT, addr_format(a, &k->r.addr));
	fprintf(to, "<path class=\"axis\" d=\"M%d 22V%dM%d 22V%d\"/>\n", LADDER_LEFT, height - 6, LADDER_RIGHT, height - 6);
	y = 22 + RUNG;
	for (size_t i = 0; i < n && rungs > 0; i++)
		if (message[i].ike == k->id) {
			rung(to, &message[i], k->first.ns, y, p->nline > 0);
			y += RUNG;
			rungs--;
		}
	fputs("</svg></div>\n", to);
}
