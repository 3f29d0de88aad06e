#include <string.h>

#include "esp/mtu_fit.h"
#include "report/mtu_text.h"
#include "report/sa_text.h"
#include "report/table.h"

/* The forms that a suite is asked for. */
static const struct form { const char *title; enum sa_mode mode; uint8_t version; bool udp; } forms[] = {
	{ "TUNNEL IPV4", SA_TUNNEL, 4, false }, { "IPV4 UDP", SA_TUNNEL, 4, true },
	{ "IPV6", SA_TUNNEL, 6, false }, { "IPV6 UDP", SA_TUNNEL, 6, true },
	{ "TRANSPORT IPV4", SA_TRANSPORT, 4, false }, { "IPV6", SA_TRANSPORT, 6, false },
};
enum { FORMS = sizeof forms / sizeof forms[0], COLUMNS = FORMS + 3 };

static uint32_t largest(const struct sa *suite, const struct form *f, const struct mtu_plan *plan)
{
	struct sa sa = *suite;
	struct mtu_sa m;

	sa.mode = f->mode;
	sa.dst.family = f->version;
	sa.encap.type = f->udp ? SA_ENCAP_UDP : SA_ENCAP_NONE;
	mtu_sa_init(&m, &sa, plan->ah_align, plan->wesp);
	return mtu_largest(&m, 1, f->version, plan->link);
}

static void add(struct table *t, const struct sa *suite, const struct mtu_plan *plan)
{
	uint32_t tunnel = largest(suite, &forms[0], plan);
	char text[SA_TEXT];

	table_cell(t, "%s", sa_text_algs(text, suite));
	for (size_t i = 0; i < FORMS; i++)
		table_cell(t, "%u", largest(suite, &forms[i], plan));
	table_cell(t, "%u", tunnel > 40 ? tunnel - 40 : 0);
	table_cell(t, "%u", tunnel > 60 ? tunnel - 60 : 0);
}

int mtu_suites(FILE *to, const struct mtu_plan *plan, struct err *e)
{
	const struct alg_integ *integ = alg_integ_by_name("hmac-sha2-256-128");
	struct table_column columns[COLUMNS] = { { "SUITE", TABLE_WRAP } };
	const struct alg_encr *encr;
	const struct alg_integ *one;
	struct table *t;
	struct sa sa;
	int rc;

	for (size_t i = 0; i < FORMS; i++)
		columns[i + 1] = (struct table_column){ forms[i].title, TABLE_RIGHT | TABLE_WRAP };
	columns[FORMS + 1] = (struct table_column){ "TCP MSS IPV4", TABLE_RIGHT | TABLE_WRAP };
	columns[FORMS + 2] = (struct table_column){ "IPV6", TABLE_RIGHT };
	if ((t = table_new(columns, COLUMNS, e)) == NULL)
		return -1;
	sa_init(&sa);
	sa.proto = SA_ESP;
	for (size_t i = 0; (encr = alg_encr_row(i)) != NULL; i++) {
		sa.encr = encr;
		sa.integ = alg_encr_is_aead(encr) ? NULL : integ;
		add(t, &sa, plan);
	}
	/* AES-CBC with each integrity algorithm; those of GMAC are AH's */
	sa.encr = alg_encr_by_name("aes-cbc", NULL);
	for (size_t i = 0; (one = alg_integ_row(i)) != NULL; i++)
		if (one->kind != INTEG_KIND_NONE && one->kind != INTEG_KIND_GMAC && one != integ) {
			sa.integ = one;
			add(t, &sa, plan);
		}
	rc = table_print(&(struct table_place){ to, plan->width, false }, t, e);
	table_free(t);
	return rc;
}
