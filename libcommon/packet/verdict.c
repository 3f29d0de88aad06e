#include "packet/verdict.h"

static const struct { const char *name, *text; bool failure; } rows[V_COUNT] = {
	[V_OK] = { "ok", "opened", false },
	[V_NO_SA] = { "no-sa", "no SA has its SPI and addresses", true },
	[V_NO_KEY] = { "no-key", "the SA's keys are not known", true },
	[V_BAD_ICV] = { "bad-icv", "integrity check failed", true },
	[V_REPLAYED] = { "replayed", "dropped by the replay check", true },
	[V_TRUNCATED] = { "truncated", "the capture holds only a part of it", true },
	[V_BAD_PADDING] = { "bad-padding", "padding is not 1, 2, 3, ...", true },
	[V_BAD_HEADER] = { "bad-header", "a header makes no sense", true },
	[V_DUMMY] = { "dummy", "dummy packet (next header 59)", false },
	[V_INCOMPLETE] = { "incomplete", "fragments are missing", true },
	[V_OUTSIDE_TS] = { "outside-ts", "outside the SA's traffic selectors", true },
	[V_UNSUPPORTED] = { "unsupported", "not supported", true },
	[V_NOT_IPSEC] = { "not-ipsec", "not IPsec", false },
	[V_IKE] = { "ike", "IKE", false },
	[V_KEEPALIVE] = { "keepalive", "NAT keepalive", false },
};

const char *verdict_name(enum verdict v)
{
	return (unsigned)v < V_COUNT ? rows[v].name : "unknown";
}

const char *verdict_text(enum verdict v)
{
	return (unsigned)v < V_COUNT ? rows[v].text : "unknown";
}

bool verdict_is_failure(enum verdict v)
{
	return (unsigned)v >= V_COUNT || rows[v].failure;
}
