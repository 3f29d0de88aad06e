#include <stdlib.h>
#include <string.h>

#include "sa/format/xfrm.h"

int xfrm_do_encap(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *type = words_after(ws, "type"), *w = words_after(ws, "addr");
	struct sa_encap *encap = &x->sa->encap;
	static const struct addr zero;
	struct addr a;
	uint64_t v;

	encap->type = word_is(type, "espintcp") ? SA_ENCAP_TCP : SA_ENCAP_UDP;
	if (!word_is(type, "espintcp") && !word_is(type, "espinudp"))
		xfrm_extra(x, "encap", type->p, type->n);
	if (word_number(words_after(ws, "sport"), UINT16_MAX, &v))
		encap->sport = (uint16_t)v;
	if (word_number(words_after(ws, "dport"), UINT16_MAX, &v))
		encap->dport = (uint16_t)v;
	if (w->n > 0 && addr_parse(&a, w->p, w->n, e) == 0 && memcmp(a.b, zero.b, addr_len(&a)) != 0)
		encap->oa_src = a;
	return 0;
}

/* "anti-replay context:" and the lines of an esn context: whatever numbers they name. */
int xfrm_do_seq(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	uint64_t v;

	(void)e;
	if (word_number(words_after(ws, "seq"), UINT32_MAX, &v)) {
		x->seq = v;
		x->numbers = true;
	}
	if (word_number(words_after(ws, "oseq"), UINT32_MAX, &v))
		x->oseq = v;
	if (word_number(words_after(ws, "seq-hi"), UINT32_MAX, &v))
		x->seq_hi = v;
	if (word_number(words_after(ws, "oseq-hi"), UINT32_MAX, &v))
		x->oseq_hi = v;
	if (word_number(words_after(ws, "replay_window"), SA_REPLAY_MAX, &v))
		x->sa->replay_window = (int64_t)v;
	return 0;
}

int xfrm_do_small(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *dir = words_after(ws, "dir"), *w = words_after(ws, "output-mark");
	uint64_t v;

	(void)e;
	xfrm_extra(x, "output_mark", w->p, w->n);
	if (word_is(&ws->w[0], "dir"))
		x->sa->dir = word_is(dir, "in") ? SA_IN : word_is(dir, "out") ? SA_OUT : SA_DIR_UNKNOWN;
	if (word_number(words_after(ws, "tfcpad"), 65535, &v))
		x->sa->tfc = (int64_t)v;
	if (word_number(words_after(ws, "if_id"), UINT32_MAX, &v)) {
		x->sa->if_id = (uint32_t)v;
		x->sa->if_id_known = true;
	}
	return 0;
}

/* A prefix; none for /0, which is any address. */
static bool sel_range(const struct word *w, struct addr_range *r, uint8_t *n, struct err *e)
{
	*n = 0;
	if (w->n > 2 && memcmp(w->p + w->n - 2, "/0", 2) == 0)
		return true;
	*n = 1;
	return addr_range_parse(r, w->p, w->n, e) == 0;
}

static void sel_port(const struct word *w, bool *set, struct port_range *r)
{
	uint64_t v;

	if (!word_number(w, UINT16_MAX, &v))
		return;
	*set = true;
	*r = (struct port_range){ (uint16_t)v, (uint16_t)v };
}

int xfrm_do_sel(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	struct selector s = { .proto = -1, .icmp_type = -1, .icmp_code = -1 };
	const struct word *proto = words_after(ws, "proto");
	char name[32];
	uint64_t v;

	if (proto->n > 0 && proto->n < sizeof name) {
		memcpy(name, proto->p, proto->n);
		name[proto->n] = '\0';
		s.proto = (int16_t)selector_proto_parse(name);
	}
	if (!sel_range(words_after(ws, "src"), s.src, &s.nsrc, e) ||
	    !sel_range(words_after(ws, "dst"), s.dst, &s.ndst, e) || (proto->n > 0 && s.proto < 0)) {
		if (!x->quiet)
			format_note(x->s, x->line->number, ws->w[0].column, "selector not understood");
		return 0;
	}
	sel_port(words_after(ws, "sport"), &s.sport_set, &s.sport);
	sel_port(words_after(ws, "dport"), &s.dport_set, &s.dport);
	if (word_number(words_after(ws, "type"), 255, &v))
		s.icmp_type = (int16_t)v;
	if (word_number(words_after(ws, "code"), 255, &v))
		s.icmp_code = (int16_t)v;
	if (s.nsrc == 0 && s.ndst == 0 && s.proto < 0 && !s.sport_set && !s.dport_set)
		return 0;
	free(x->sa->ts);
	if ((x->sa->ts = malloc(sizeof s)) == NULL)
		return err_nomem(e);
	*x->sa->ts = s;
	x->sa->nts = 1;
	return 0;
}

int xfrm_do_section(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	(void)e;
	x->stats = word_is(&ws->w[0], "stats:");
	x->current = word_is(words_after(ws, "lifetime"), "current:");
	return 0;
}

/* "limit: soft N(bytes), hard N(bytes)", "expire add: soft N(sec), hard N(sec)" */
int xfrm_do_limit(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	const struct word *soft = words_after(ws, "soft"), *hard = words_after(ws, "hard");
	struct sa *sa = x->sa;
	uint64_t v, *at[2] = { NULL, NULL };

	(void)e;
	if (word_is(&ws->w[0], "expire")) {
		if (word_is(&ws->w[1], "add:")) {
			at[0] = &sa->soft.s;
			at[1] = &sa->hard.s;
		}
	} else if (memchr(soft->p, 'b', soft->n) != NULL) {
		at[0] = &sa->soft.bytes;
		at[1] = &sa->hard.bytes;
	} else {
		at[0] = &sa->soft.packets;
		at[1] = &sa->hard.packets;
	}
	if (at[0] == NULL)
		return 0;
	if (word_number(soft, UINT64_MAX, &v) && v > 0)
		*at[0] = v;
	if (word_number(hard, UINT64_MAX, &v) && v > 0)
		*at[1] = v;
	sa->life_known |= *at[0] > 0 || *at[1] > 0;
	return 0;
}

/* "1179(bytes), 29(packets)" and "add DATE TIME use DATE TIME" */
int xfrm_do_current(struct xfrm_state *x, const struct words *ws, struct err *e)
{
	struct sa *sa = x->sa;
	char text[24];
	uint64_t v;

	if (!x->current || ws->n < 2)
		return 0;
	if (!word_is(&ws->w[0], "add")) {
		if (word_number(&ws->w[0], UINT64_MAX, &v))
			sa->used.bytes = v;
		if (word_number(&ws->w[1], UINT64_MAX, &v))
			sa->used.packets = v;
		sa->life_known |= sa->used.bytes > 0 || sa->used.packets > 0;
		return 0;
	}
	/* Local time of a machine we do not know: taken as UTC. */
	if (ws->n < 3 || ws->w[1].n != 10 || ws->w[2].n != 8)
		return 0;
	snprintf(text, sizeof text, "%.10sT%.8sZ", ws->w[1].p, ws->w[2].p);
	sa->created_known = time_parse(&sa->created, text, strlen(text), e) == 0;
	return 0;
}
