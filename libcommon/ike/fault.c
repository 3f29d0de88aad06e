#include "ike/fault.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"
#include "ike/payload.h"

/* How found and wanted are put into words. */
enum form { FORM_NONE, FORM_OCTETS, FORM_NUMBERS, FORM_FOUND };

static const struct { const char *name, *text; enum form form; } rows[IKE_FAULT_KINDS] = {
	[IKE_FAULT_TRUNCATED] = { "truncated", "is cut off", FORM_OCTETS },
	[IKE_FAULT_TRAILING] = { "trailing", "is followed by stray octets", FORM_FOUND },
	[IKE_FAULT_PAYLOAD_LENGTH] = { "payload-length", "has an impossible length", FORM_NUMBERS },
	[IKE_FAULT_SHORT] = { "short", "does not fit", FORM_OCTETS },
	[IKE_FAULT_LENGTH] = { "length", "has a wrong length", FORM_OCTETS },
	[IKE_FAULT_COUNT] = { "count", "are not as many as announced", FORM_NUMBERS },
	[IKE_FAULT_NEXT] = { "next", "chain is wrong", FORM_NUMBERS },
	[IKE_FAULT_VALUE] = { "value", "has a value it may not have", FORM_FOUND },
	[IKE_FAULT_RANGE] = { "range", "is no selector", FORM_NONE },
	[IKE_FAULT_CRITICAL] = { "critical", "is critical and unknown", FORM_NONE },
	[IKE_FAULT_AFTER_SK] = { "after-sk", "stands after the encrypted payload", FORM_NONE },
	[IKE_FAULT_VERSION] = { "version", "is not known", FORM_FOUND },
	[IKE_FAULT_EXCHANGE] = { "exchange", "is not known", FORM_FOUND },
	[IKE_FAULT_MISSING] = { "missing", "is missing", FORM_NONE },
	[IKE_FAULT_UNEXPECTED] = { "unexpected", "does not belong into this exchange", FORM_NONE },
	[IKE_FAULT_REPEATED] = { "repeated", "occurs too often", FORM_NUMBERS },
	[IKE_FAULT_ORDER] = { "order", "stands in the wrong place", FORM_NONE },
	[IKE_FAULT_CLEAR] = { "clear", "stands outside the encryption", FORM_NONE },
	[IKE_FAULT_LIMIT] = { "limit", "are more than are decoded", FORM_NUMBERS },
};

void ike_fault_add(struct ike_faults *f, const struct ike_fault *fault)
{
	if (f->n < IKE_FAULTS_MAX)
		f->fault[f->n++] = *fault;
	else
		f->more++;
}

bool ike_faults_damage(const struct ike_faults *f)
{
	for (unsigned i = 0; i < f->n; i++) {
		enum ike_fault_kind k = f->fault[i].kind;

		if (k == IKE_FAULT_TRUNCATED || k == IKE_FAULT_PAYLOAD_LENGTH || k == IKE_FAULT_SHORT)
			return true;
	}
	return false;
}

const char *ike_fault_name(enum ike_fault_kind kind)
{
	return rows[kind].name;
}

static void values(char *out, size_t room, const struct ike_fault *f)
{
	switch (rows[f->kind].form) {
	case FORM_OCTETS:
		snprintf(out, room, ": %" PRIu64 " octet%s, wanted %" PRIu64, f->found,
		    f->found == 1 ? "" : "s", f->wanted);
		break;
	case FORM_NUMBERS:
		snprintf(out, room, ": %" PRIu64 ", wanted %" PRIu64, f->found, f->wanted);
		break;
	case FORM_FOUND:
		snprintf(out, room, ": %" PRIu64, f->found);
		break;
	default:
		out[0] = '\0';
	}
}

char *ike_fault_text(char out[IKE_FAULT_TEXT], const struct ike_fault *f)
{
	char numbers[64], name[IKE_ID_TEXT] = "message";

	if (f->payload != 0)
		ike_payload_text(name, f->version, f->payload);
	if (f->kind == IKE_FAULT_MISSING) {		/* it is nowhere */
		snprintf(out, IKE_FAULT_TEXT, "%s payload is missing", name);
		return out;
	}
	values(numbers, sizeof numbers, f);
	snprintf(out, IKE_FAULT_TEXT, "%s at octet %zu%s: %s %s%s", name, f->offset,
	    f->inner ? " of what was encrypted" : "",
	    f->what != NULL ? f->what : f->payload != 0 ? "payload" : "it", rows[f->kind].text,
	    numbers);
	return out;
}

void ike_faults_show(struct out *o, const struct ike_faults *f)
{
	char text[IKE_FAULT_TEXT];

	if (f->n == 0)
		return;
	out_list(o, "faults");
	for (unsigned i = 0; i < f->n; i++) {
		const struct ike_fault *it = &f->fault[i];

		out_object(o, NULL);
		out_name(o, "fault", ike_fault_name(it->kind));
		out_number(o, "offset", it->offset);
		out_head(o, "text", ike_fault_text(text, it));
		out_end(o);
	}
	out_end(o);
	if (f->more > 0)
		out_number(o, "more_faults", f->more);
}
