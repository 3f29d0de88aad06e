#include "report/ike_ladder.h"

#include <stdarg.h>
#include <string.h>

#include "crypto/cert.h"
#include "report/ike_words.h"
#include "report/out_text.h"
#include "report/sa_text.h"
#include "report/words.h"

/* Columns: where payloads begin, and where they go on; what lies below a message. */
enum { PAYLOADS_AT = 52, NARROW = 100, BELOW = 8, LINE = 1024, NS = 1000000000 };

enum tone { PLAIN, GOOD, BAD, FAINT };

static void tone_begin(const struct ike_ladder *l, enum tone tone)
{
	static const char *const codes[] = { "", "\033[32m", "\033[31m", "\033[2m" };

	if (l->color)
		fputs(codes[tone], l->to);
}

static void tone_end(const struct ike_ladder *l, enum tone tone)
{
	if (l->color && tone != PLAIN)
		fputs("\033[0m", l->to);
}

/* Columns that text takes: octets that go on with a character of UTF-8 take none. */
static size_t columns_of(const char *text)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* A new line where the text would not fit; what is longer than a line stays whole, for a terminal to break. */
static void put_word(struct ike_ladder *l, enum tone tone, const char *text)
{
	size_t indent = l->width == 0 || l->width >= NARROW ? PAYLOADS_AT : BELOW, n = columns_of(text);

	if (l->width > 0 && l->column > indent && l->column + 1 + n > l->width) {
		fprintf(l->to, "\n%*s", (int)indent, "");
		l->column = indent;
	} else {
		n += l->column < indent ? indent - l->column : 1;
		fprintf(l->to, "%*s", (int)(l->column < indent ? indent - l->column : 1), "");
	}
	tone_begin(l, tone);
	fputs(text, l->to);
	tone_end(l, tone);
	l->column += n;
}

/* A line below a message: text is escaped already. */
__attribute__((format(printf, 3, 4)))
static void below(const struct ike_ladder *l, enum tone tone, const char *fmt, ...)
{
	va_list ap;

	fprintf(l->to, "%*s", BELOW, "");
	tone_begin(l, tone);
	va_start(ap, fmt);
	vfprintf(l->to, fmt, ap);
	va_end(ap);
	tone_end(l, tone);
	fputc('\n', l->to);
}

static void put_end(FILE *to, const struct follow_end *end)
{
	char text[ADDR_TEXT];

	fprintf(to, end->addr.family == 6 ? "[%s]:%u" : "%s:%u", addr_format(text, &end->addr), end->port);
}

/* Which IKE SA it is of, where that is not the one of the line before. */
static void head(struct ike_ladder *l, const struct follow_sa *sa)
{
	if (sa == NULL || l->shown == sa->number)
		return;
	l->shown = sa->number;
	l->spi_r = sa->spi_r;
	fprintf(l->to, "IKE SA %llu: IKEv%d %016llx/", (unsigned long long)sa->number, sa->version,
	    (unsigned long long)sa->spi_i);
	if (sa->spi_r != 0)
		fprintf(l->to, "%016llx  ", (unsigned long long)sa->spi_r);
	else
		fputs("(not known yet)  ", l->to);
	put_end(l->to, &sa->i);
	fputs(" --> ", l->to);
	put_end(l->to, &sa->r);
	if (sa->replaces != 0)
		fprintf(l->to, "  (in place of IKE SA %llu)", (unsigned long long)sa->replaces);
	fputc('\n', l->to);
}

/* "IKE_AUTH 1 request", "Quick 8f2c3d11" */
static void put_exchange(struct words *w, const struct follow_message *m)
{
	const struct ike_hdr *h = &m->m->hdr;
	const char *name = ike_exchange_name(h->version, h->exchange);

	if (name != NULL)
		words_put(w, "%s", name);
	else
		words_put(w, "exchange %u", h->exchange);
	if (h->version >> 4 == 2)
		words_put(w, " %u %s", h->message_id, m->response ? "response" : "request");
	else if (h->message_id != 0)
		words_put(w, " %08x", h->message_id);
}

static void put_payloads(struct ike_ladder *l, const struct follow_message *m)
{
	const struct ike_message *msg = m->m;
	const struct ike_payloads *ps = msg->opened ? &msg->inner : &msg->payloads;
	bool sealed = !msg->opened && (msg->sealed.n > 0 || ike_message_sk(msg) != NULL);
	char text[IKE_WORDS];

	if (m->fragments > 0) {
		struct words w = words_of(text, sizeof text);

		words_put(&w, "fragment %u", m->fragment);
		/* IKEv1's say how many there are with the last one */
		if (m->whole || m->sa == NULL || m->sa->version == 2)
			words_put(&w, " of %u%s", m->fragments, m->whole ? ", all there:" : "");
		put_word(l, FAINT, text);
	}
	if (sealed && (m->fragments == 0 || m->verdict != V_OK))
		put_word(l, FAINT, "(encrypted)");
	for (unsigned i = 0; !sealed && (m->fragments == 0 || m->whole) && i < ps->n; i++) {
		bool bad = ps->payload[i].decoded && ps->payload[i].version == IKE_V2 &&
		    ps->payload[i].type == IKE_P_NOTIFY && ps->payload[i].notify.type < IKE_N_STATUS;

		put_word(l, bad ? BAD : PLAIN, ike_words(text, &ps->payload[i]));
	}
}

static void put_verdict(struct ike_ladder *l, const struct follow_message *m)
{
	char text[LINE];
	struct words w = words_of(text, sizeof text);

	if (m->repeats != 0) {
		words_put(&w, "[again, as frame %llu]", (unsigned long long)m->repeats);
		put_word(l, FAINT, text);
	}
	/* that the rest of an IKE SA is encrypted as well needs no more words */
	if (m->verdict == V_OK || (m->verdict == V_NO_KEY && !m->first_no_key))
		return;
	w = words_of(text, sizeof text);
	words_put(&w, "[%s", verdict_name(m->verdict));
	if (m->why != NULL) {
		words_put(&w, ": ");
		words_text(&w, (struct span){ (const uint8_t *)m->why, strlen(m->why) });
	}
	words_put(&w, "]");
	put_word(l, m->verdict == V_NO_KEY ? FAINT : BAD, text);
}

/* --- what came of it --- */

static void put_auth(const struct ike_ladder *l, const struct follow_message *m)
{
	static const struct { const char *words; enum tone tone; } rows[] = {
		[FOLLOW_UNCHECKED] = { "not checked:", PLAIN }, [FOLLOW_VERIFIED] = { "verified with", GOOD },
		[FOLLOW_FORGED] = { "wrong by", BAD },
	};
	struct span id = m->from_initiator ? m->sa->id_i : m->sa->id_r;
	char who[IKE_WORDS], text[LINE];
	struct words w = words_of(text, sizeof text);
	bool v1 = m->sa->version == 1, phase2 = v1 && m->m->hdr.message_id != 0;
	const char *what = !v1 ? "AUTH" : ike_payload_find(ike_message_payloads(m->m), IKE_V1_P_SIG) != NULL ? "SIG" : "HASH";

	/* the HASH of each message of phase 2 is worth a word only if it is not right */
	if ((m->auth == FOLLOW_UNCHECKED && m->auth_why == NULL) || (phase2 && m->auth != FOLLOW_FORGED))
		return;
	if (phase2) {
		below(l, BAD, "HASH is wrong");
		return;
	}
	if (m->auth_why != NULL)
		words_text(&w, (struct span){ (const uint8_t *)m->auth_why, strlen(m->auth_why) });
	below(l, PLAIN, "%s %s", m->from_initiator ? "initiator" : "responder",
	    id.n > 0 ? ike_words_id(who, id) : "(no identity)");
	below(l, rows[m->auth].tone, "    %s %s %s", what, rows[m->auth].words, text);
}

/* RFC 5280 4.1.2.5: judged at the time of the capture. */
static void put_validity(const struct ike_ladder *l, const struct follow_message *m)
{
	const struct ike_payloads *ps = ike_message_payloads(m->m);
	uint8_t type = m->sa != NULL && m->sa->version == 1 ? IKE_V1_P_CERT : IKE_P_CERT;
	char subject[IKE_WORDS], when[TIME_TEXT];

	for (unsigned i = 0; i < ps->n; i++) {
		const struct ike_payload *p = &ps->payload[i];
		struct cert *c;
		struct err e;
		int64_t now = m->d->ns / NS;

		if (p->type != type || !p->decoded || p->cert.encoding != IKE_CERT_X509 ||
		    (c = cert_decode(p->cert.data, &e)) == NULL)
			continue;
		if (ike_words_cert(subject, &p->cert) != NULL && now > cert_fields(c)->not_after)
			below(l, BAD, "certificate of %s: expired %s", subject,
			    time_format(when, cert_fields(c)->not_after * NS));
		else if (now < cert_fields(c)->not_before)
			below(l, BAD, "certificate of %s: not valid before %s", subject,
			    time_format(when, cert_fields(c)->not_before * NS));
		cert_free(c);
	}
}

static void put_faults(const struct ike_ladder *l, const struct ike_message *m)
{
	char text[IKE_FAULT_TEXT];

	for (unsigned i = 0; i < m->faults.n; i++)
		below(l, BAD, "fault: %s", ike_fault_text(text, &m->faults.fault[i]));
}

static void put_outcome(struct ike_ladder *l, const struct follow_message *m)
{
	if (m->m != NULL && m->sa != NULL && l->spi_r == 0 && m->m->hdr.spi_r != 0) {
		l->spi_r = m->m->hdr.spi_r;
		below(l, PLAIN, "the responder's SPI is %016llx", (unsigned long long)l->spi_r);
	}
	if (m->nat)
		below(l, PLAIN, "NAT: %s", m->sa->nat_i && m->sa->nat_r ? "both ends are behind one" :
		    m->sa->nat_i ? "the initiator is behind one" : "the responder is behind one");
	if (m->first_no_key && m->why == NULL)
		below(l, FAINT, "no key opens this IKE SA's messages: --keys takes a log or key file of either end");
	if (m->m == NULL)
		return;
	if (m->sa != NULL && m->repeats == 0) {
		put_auth(l, m);
		if (m->verdict == V_OK && (m->fragments == 0 || m->whole))
			put_validity(l, m);
	}
	put_faults(l, m->m);
}

static void put_full(const struct ike_ladder *l, const struct ike_message *m)
{
	struct out_text t;

	out_text_init(&t, l->to, BELOW, 32);
	ike_payloads_show(&t.out, "payloads", ike_message_payloads(m));
	fputc('\n', l->to);
}

void ike_ladder_message(struct ike_ladder *l, const struct follow_message *m)
{
	char text[LINE];
	struct words w = words_of(text, sizeof text);

	if (!l->started) {
		l->started = true;
		l->start = m->d->ns;
	}
	head(l, m->sa);
	words_put(&w, "%6llu %10.3f  %s  ", (unsigned long long)m->frame[m->nframes - 1],
	    (double)(m->d->ns - l->start) / 1e9, m->from_initiator ? "-->" : "<--");
	if (m->m != NULL)
		put_exchange(&w, m);
	fputs(text, l->to);
	l->column = w.n;
	if (m->m != NULL && m->m->hdr.version >> 4 <= 2)
		put_payloads(l, m);
	put_verdict(l, m);
	fputc('\n', l->to);
	put_outcome(l, m);
	if (l->full && m->m != NULL)
		put_full(l, m->m);
}

void ike_ladder_child(struct ike_ladder *l, const struct sa *sa, const struct follow_sa *of, enum follow_news news)
{
	static const char *const words[] = { [FOLLOW_UP] = "up", [FOLLOW_MOVED] = "moved", [FOLLOW_DELETED] = "deleted" };
	char name[SA_TEXT], algs[SA_TEXT], ts[SA_TEXT];

	head(l, of);
	if (news != FOLLOW_UP) {
		below(l, PLAIN, "child SA %s: %s", words[news], sa_text_name(name, sa));
		return;
	}
	below(l, PLAIN, "child SA up: %s  %s%s", sa_text_name(name, sa),
	    sa->proto == SA_IPCOMP ? "" : sa_text_algs(algs, sa),
	    sa->proto == SA_IPCOMP || sa_has_keys(sa) ? "" : "  (keys not known)");
	for (size_t i = 0; i < sa->nts; i++)
		below(l, PLAIN, "    %s", sa_text_ts(ts, &sa->ts[i]));
	if (sa->replaces != NULL) {
		size_t n = strlen(sa->replaces);
		char old[LINE];
		struct words w = words_of(old, sizeof old);

		words_text(&w, (struct span){ (const uint8_t *)sa->replaces, n });
		below(l, PLAIN, "    in place of %s", old);
	}
}
