#include "ike/impair_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PAYLOADS(name, arg, what, kind, absent, min, max, fn) \
	{ { name, arg, what, IKE_IMPAIR_PAYLOADS }, kind, absent, min, max, fn, NULL, NULL }
#define CHAIN(name, arg, what, kind, absent, min, max, fn) \
	{ { name, arg, what, IKE_IMPAIR_CHAIN }, kind, absent, min, max, NULL, fn, NULL }
#define DATAGRAM(name, arg, what, kind, absent, min, max, fn) \
	{ { name, arg, what, IKE_IMPAIR_DATAGRAM }, kind, absent, min, max, NULL, NULL, fn }
#define CONDUCT(name, what) { { name, NULL, what, IKE_IMPAIR_CONDUCT }, ARG_NONE, 0, 0, 0, NULL, NULL, NULL }

static const struct impair_kind kinds[] = {
	DATAGRAM("drop", NULL, "the datagram is not sent", ARG_NONE, 0, 0, 0, impair_drop),
	DATAGRAM("no-answer", NULL, "answers are not sent", ARG_NONE, 0, 0, 0, impair_no_answer),
	DATAGRAM("duplicate", NULL, "it is sent twice", ARG_NONE, 0, 0, 0, impair_duplicate),
	DATAGRAM("replay", "[BACK]", "the one BACK before is sent again behind it", ARG_NUMBER, 1, 1, IMPAIR_KEPT - 1,
	    impair_replay),
	DATAGRAM("reorder", NULL, "it is sent behind the next one", ARG_NONE, 0, 0, 0, impair_reorder),
	DATAGRAM("corrupt-icv", NULL, "one bit of the ICV is wrong", ARG_NONE, 0, 0, 0, impair_corrupt_icv),
	DATAGRAM("corrupt", "[OCTET]", "one bit of this octet is wrong, or of any behind the header", ARG_NUMBER, UINT64_MAX,
	    0, IMPAIR_DATAGRAM, impair_corrupt),
	DATAGRAM("truncate", "[OCTETS]", "so many octets at its end are missing", ARG_NUMBER, 7, 1, IMPAIR_DATAGRAM,
	    impair_truncate),
	DATAGRAM("trailing", "[OCTETS]", "so many stray octets follow it", ARG_NUMBER, 8, 1, IMPAIR_STRAY, impair_trailing),
	DATAGRAM("bad-message-length", "[BY]", "the header's length is more by so much", ARG_NUMBER, 1, 1, UINT32_MAX,
	    impair_message_length),
	DATAGRAM("missing-fragment", "[NUMBER]", "this fragment is not sent", ARG_NUMBER, 1, 1, UINT16_MAX,
	    impair_missing_fragment),
	PAYLOADS("wrong-message-id", "[BY]", "the message id is more by so much", ARG_NUMBER, 1, 1, UINT32_MAX,
	    impair_message_id),
	PAYLOADS("wrong-spi", "[BY]", "the peer's SPI in the header is more by so much", ARG_NUMBER, 1, 1, UINT32_MAX,
	    impair_spi),
	PAYLOADS("bad-version", "[MAJOR]", "the header has another major version", ARG_NUMBER, 3, 0, 15, impair_version),
	PAYLOADS("minor-version", "[MINOR]", "the header has a later minor version", ARG_NUMBER, 5, 0, 15, impair_minor),
	PAYLOADS("bad-exchange", "[TYPE]", "the exchange type is another", ARG_NUMBER, 99, 0, 255, impair_exchange),
	PAYLOADS("flip-initiator", NULL, "the header's flag I is wrong", ARG_NONE, 0, 0, 0, impair_flag_initiator),
	PAYLOADS("flip-response", NULL, "the header's flag R is wrong", ARG_NONE, 0, 0, 0, impair_flag_response),
	PAYLOADS("reserved-bits", NULL, "reserved fields are not zero", ARG_NONE, 0, 0, 0, impair_reserved),
	PAYLOADS("unknown-critical", "[TYPE]", "a critical payload of an unknown type is added", ARG_NUMBER, 200, 1, 255,
	    impair_critical),
	PAYLOADS("unknown-payload", "[TYPE]", "a payload of an unknown type is added", ARG_NUMBER, 200, 1, 255, impair_unknown),
	PAYLOADS("critical-known", NULL, "all payloads are marked critical", ARG_NONE, 0, 0, 0, impair_critical_known),
	PAYLOADS("add-vendor", "[TEXT]", "a vendor id is added", ARG_TEXT, 0, 0, 0, impair_add_vendor),
	PAYLOADS("add-notify", "TYPE", "a notify of this name or number is added", ARG_NOTIFY, 0, 0, 0, impair_add_notify),
	PAYLOADS("omit", "PAYLOAD", "this payload or notify is left out (NAT-D: both of NAT detection)", ARG_PAYLOAD, 0, 0, 0,
	    impair_omit),
	PAYLOADS("duplicate-payload", "PAYLOAD", "this payload or notify is there twice", ARG_PAYLOAD, 0, 0, 0, impair_twice),
	PAYLOADS("reorder-payloads", NULL, "payloads stand in reverse order", ARG_NONE, 0, 0, 0, impair_reverse),
	PAYLOADS("wrong-proposal", NULL, "all transforms have ids that nobody knows", ARG_NONE, 0, 0, 0, impair_proposal),
	PAYLOADS("bad-spi-size", "[OCTETS]", "SPIs in proposals have so many octets", ARG_NUMBER, 3, 0, 255, impair_spi_size),
	PAYLOADS("zero-spi", NULL, "SPIs in proposals are 0", ARG_NONE, 0, 0, 0, impair_zero_spi),
	PAYLOADS("bad-nonce-length", "[OCTETS]", "the nonce has so many octets", ARG_NUMBER, 8, 0, 1024, impair_nonce_length),
	PAYLOADS("bad-ke-length", "[BY]", "so many octets of the public value are missing", ARG_NUMBER, 1, 1, UINT16_MAX,
	    impair_ke_length),
	PAYLOADS("zero-ke", NULL, "the public value is 0", ARG_NONE, 0, 0, 0, impair_zero_ke),
	PAYLOADS("wrong-ke-group", "[GROUP]", "the KE payload is of another group", ARG_NUMBER, 1000, 0, UINT16_MAX,
	    impair_ke_group),
	PAYLOADS("forged-natd", NULL, "NAT detection's hashes are wrong, as if both ends were behind NATs", ARG_NONE, 0, 0, 0,
	    impair_natd),
	PAYLOADS("wrong-id", "[TEXT]", "the identity that is sent is not that which is signed", ARG_TEXT, 0, 0, 0, impair_id),
	PAYLOADS("bad-auth", NULL, "one bit of AUTH is wrong", ARG_NONE, 0, 0, 0, impair_auth),
	PAYLOADS("wrong-auth-method", "[METHOD]", "AUTH says another method", ARG_NUMBER, 200, 0, 255, impair_auth_method),
	PAYLOADS("bad-ts", NULL, "traffic selectors end before they begin", ARG_NONE, 0, 0, 0, impair_ts),
	CHAIN("bad-length", "[LENGTH]", "the first payload's length is wrong", ARG_NUMBER, 65535, 0, UINT16_MAX, impair_length),
	CHAIN("bad-proposal-length", "[LENGTH]", "the first proposal's length is wrong", ARG_NUMBER, 65535, 0, UINT16_MAX,
	    impair_proposal_length),
	CONDUCT("force-cookie", "as responder: everyone is asked for a cookie"),
	CONDUCT("early-delete", "the IKE SA is deleted as soon as it is established"),
	CONDUCT("no-rekey-answer", "requests to rekey are not answered"),
	CONDUCT("no-delete", "the session ends without telling the peer"),
	CONDUCT("no-retransmit", "requests are sent once"),
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

const struct ike_impair_row *ike_impair_row(unsigned i)
{
	return i < KINDS ? &kinds[i].row : NULL;
}

struct ike_impair *ike_impair_new(const struct rng *rng, struct err *e)
{
	struct ike_impair *im = calloc(1, sizeof *im);

	if (im == NULL || (im->room = malloc(IMPAIR_DATAGRAM + IMPAIR_STRAY)) == NULL) {
		free(im);
		err_nomem(e);
		return NULL;
	}
	rng_fork(&im->rng, rng, "ike-impair", 0);
	return im;
}

void ike_impair_free(struct ike_impair *im)
{
	if (im == NULL)
		return;
	for (unsigned i = 0; i < IMPAIR_KEPT; i++)
		free(im->kept[i].p);
	free(im->held.p);
	free(im->sent.p);
	free(im->room);
	rng_clear(&im->rng);
	free(im);
}

static const struct impair_kind *kind_of(const char *name, struct err *e)
{
	struct nearest near = { 0 };

	for (size_t k = 0; k < KINDS; k++) {
		if (strcmp(name, kinds[k].row.name) == 0)
			return &kinds[k];
		nearest_offer(&near, name, kinds[k].row.name);
	}
	if (nearest_name(&near, name) != NULL)
		err_set(e, "found \"%s\", nearest is \"%s\"", name, nearest_name(&near, name));
	else
		err_set(e, "found \"%s\", wanted the name of a fault", name);
	return NULL;
}

static bool ends_with(char *text, const char *end)
{
	size_t n = strlen(text), m = strlen(end);

	if (n < m || !name_eq(text + n - m, end))
		return false;
	text[n - m] = '\0';
	return true;
}

/* EXCHANGE[-request|-response][:N]; false: it is none. */
static bool parse_when(struct impair_fault *f, const char *word)
{
	char text[IMPAIR_TEXT], *colon;
	const struct name *x;
	struct err e;

	snprintf(text, sizeof text, "%s", word);
	if ((colon = strchr(text, ':')) != NULL) {
		*colon++ = '\0';
		if (uint_parse(&f->n, colon, strlen(colon), 1, UINT32_MAX, &e) < 0)
			return false;
	}
	f->way = ends_with(text, "-request") ? WAY_REQUEST : ends_with(text, "-response") ? WAY_RESPONSE : WAY_ANY;
	if (name_eq(text, "any"))
		return true;
	if ((x = name_by_name(ike_exchanges.row, ike_exchanges.n, text)) == NULL)
		return false;
	f->exchange = (uint8_t)x->id;
	return true;
}

static bool parse_notify(struct impair_fault *f, const char *arg)
{
	const struct name *n = name_by_name(ike_notifies.row, ike_notifies.n, arg);
	uint64_t number;
	struct err e;

	if (n == NULL && uint_parse(&number, arg, strlen(arg), 0, UINT16_MAX, &e) < 0)
		return false;
	f->payload = IKE_P_NOTIFY;
	f->notify[0] = (uint16_t)(n != NULL ? n->id : number);
	f->nnotify = 1;
	return true;
}

static bool parse_payload(struct impair_fault *f, const char *arg)
{
	const struct ike_payload_row *row;

	for (size_t i = 0; (row = ike_payload_row_at(i)) != NULL; i++)
		if (!ike_is_v1(row->version) && name_eq(arg, row->name)) {
			f->payload = row->type;
			return true;
		}
	if (!name_eq(arg, "NAT-D"))
		return parse_notify(f, arg);
	f->payload = IKE_P_NOTIFY;
	f->notify[0] = IKE_N_NAT_DETECTION_SOURCE_IP;
	f->notify[1] = IKE_N_NAT_DETECTION_DESTINATION_IP;
	f->nnotify = 2;
	return true;
}

/* arg NULL: there is none. */
static int parse_arg(struct impair_fault *f, const char *arg, struct err *e)
{
	const struct impair_kind *k = f->kind;

	f->number = k->absent;
	if (arg == NULL && k->row.arg != NULL && k->row.arg[0] != '[')
		return err_set(e, "found no argument, wanted \"%s:%s\"", k->row.name, k->row.arg);
	if (arg == NULL)
		return 0;
	switch (k->arg) {
	case ARG_NONE:
		return err_set(e, "found \"%s\", wanted no argument", arg);
	case ARG_NUMBER:
		return uint_parse(&f->number, arg, strlen(arg), k->min, k->max, e);
	case ARG_PAYLOAD:
		if (!parse_payload(f, arg))
			return err_set(e, "found \"%s\", wanted a payload (SA, KE, AUTH...) or a notify", arg);
		return 0;
	case ARG_NOTIFY:
		if (!parse_notify(f, arg))
			return err_set(e, "found \"%s\", wanted a notify's name or number", arg);
		return 0;
	case ARG_TEXT:
		snprintf(f->text, sizeof f->text, "%s", arg);
	}
	return 0;
}

/* What follows the last "@" is when, unless it belongs to a text. */
static int parse_at(struct impair_fault *f, char *arg, char *at, struct err *e)
{
	struct impair_fault was = *f;

	if (f->kind->row.phase == IKE_IMPAIR_CONDUCT)
		return err_set(e, "found \"@%s\", wanted nothing: it is no fault of a message", at + 1);
	if (parse_when(f, at + 1)) {
		*at = '\0';
		return 0;
	}
	*f = was;
	if (f->kind->arg == ARG_TEXT && arg != NULL && arg < at)
		return 0;
	return err_set(e, "found \"@%s\", wanted @IKE_SA_INIT, @IKE_AUTH, @CREATE_CHILD_SA, @INFORMATIONAL or @any, "
	    "\"-request\" or \"-response\" behind it, and \":N\"", at + 1);
}

static int parse_fault(struct impair_fault *f, const char *p, size_t n, struct err *e)
{
	char text[2 * IMPAIR_TEXT], *arg, *at;
	char name[IMPAIR_TEXT];

	if (n >= sizeof text || memchr(p, '\0', n) != NULL)
		return err_set(e, "found %zu characters for one fault, wanted at most %zu", n, sizeof text - 1);
	memcpy(text, p, n);
	text[n] = '\0';
	snprintf(name, sizeof name, "%.*s", (int)strcspn(text, ":@"), text);
	if ((f->kind = kind_of(name, e)) == NULL)
		return -1;
	arg = text[strlen(name)] == ':' ? text + strlen(name) + 1 : NULL;
	if ((at = strrchr(text, '@')) != NULL && parse_at(f, arg, at, e) < 0)
		return err_in(e, "%s", name);
	if (arg != NULL && strlen(arg) >= IMPAIR_TEXT)
		return err_set(e, "%s: found %zu characters, wanted at most %d", name, strlen(arg), IMPAIR_TEXT - 1);
	return parse_arg(f, arg, e) < 0 ? err_in(e, "%s", name) : 0;
}

int ike_impair_add(struct ike_impair *im, const char *list, struct err *e)
{
	for (;;) {
		size_t n = strcspn(list, ",");
		struct impair_fault f = { 0 };

		if (parse_fault(&f, list, n, e) < 0)
			return -1;
		if (im->n == IKE_IMPAIRS)
			return err_set(e, "found more than %d faults", IKE_IMPAIRS);
		im->fault[im->n++] = f;
		if (list[n] == '\0')
			return 0;
		list += n + 1;
	}
}

bool ike_impair_has(const struct ike_impair *im, const char *name)
{
	for (unsigned i = 0; im != NULL && i < im->n; i++)
		if (strcmp(im->fault[i].kind->row.name, name) == 0)
			return true;
	return false;
}

bool impair_hits(struct impair_fault *f, enum ike_impair_phase phase, const struct ike_hdr *h)
{
	bool response = (h->flags & IKE_FLAG_RESPONSE) != 0;

	if (f->kind->row.phase != phase || (f->exchange != 0 && f->exchange != h->exchange))
		return false;
	if (f->way != WAY_ANY && response != (f->way == WAY_RESPONSE))
		return false;
	f->count++;
	return f->n == 0 || f->n == f->count;
}
