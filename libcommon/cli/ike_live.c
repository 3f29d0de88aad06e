#include "cli/ike_live.h"

#include <stdlib.h>
#include <string.h>

#include "cli/ike_live_priv.h"
#include "crypto/alg.h"
#include "ike/impair.h"

const char *ike_live_words(const char *option, size_t i)
{
	const struct ike_impair_row *fault = ike_impair_row((unsigned)i);
	const struct name *method = eap_method_name(i);

	if (option == NULL)
		return NULL;
	if (strcmp(option, "impair") == 0)
		return fault != NULL ? fault->name : NULL;
	if (strcmp(option, "eap") == 0)
		return method != NULL ? method->name : NULL;
	if (strcmp(option, "keylog-format") == 0)
		return keylog_row(i) != NULL ? keylog_row(i)->format->name : NULL;
	return NULL;
}

static int run(struct cli *cli, bool initiator, struct err *e)
{
	struct live *l = calloc(1, sizeof *l);
	struct err late;
	int rc;

	if (l == NULL)
		return err_nomem(e);
	*l = (struct live){ .cli = cli, .initiator = initiator, .wake = { -1, -1 } };
	rc = ike_live_opts_read(&l->o, cli, initiator, e);
	if (rc == 0)
		rc = ike_live_open(l, e);
	if (rc == 0)
		rc = ike_live_loop(l, e);
	if (rc >= 0 && ike_traffic_close(l->traffic, e) < 0)
		rc = -1;
	ike_live_end(l);
	if (rc >= 0 && ike_live_out_close(&l->out, &late) < 0) {
		*e = late;
		rc = late.kind == ERR_PIPE ? rc : -1;	/* | head has seen enough */
	}
	ike_live_close(l);
	free(l);
	return rc;
}

int ike_initiate_run(struct cli *cli, struct err *e)
{
	return run(cli, true, e);
}

int ike_respond_run(struct cli *cli, struct err *e)
{
	return run(cli, false, e);
}
