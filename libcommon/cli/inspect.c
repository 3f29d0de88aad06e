#include "cli/inspect.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/keys_in.h"
#include "cli/sa_in.h"
#include "cli/tell.h"
#include "packet/pcap_in.h"
#include "report/diagnose.h"
#include "report/inspect_json.h"
#include "report/inspect_text.h"

enum { KEY_PACKETS = 256 };

struct inspect {
	struct cli *cli;
	struct keys_in keys;
	struct sas sas;
	struct model *model;
	struct diagnoses found;
	bool packets;
};

static volatile sig_atomic_t stopped;

static void stop(void *arg)
{
	(void)arg;
	stopped = 1;
}

/* SAs of --keys beside those of --sa. */
static int join(struct sad *to, const struct sad *from, struct err *e)
{
	for (uint32_t i = 0; i < sad_count(from); i++) {
		struct sa sa;

		if (sa_copy(&sa, &sad_at(from, i)->sa, e) < 0 || sad_add(to, &sa, e) < 0)
			return -1;
	}
	return 0;
}

static int read_keys(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;

	if (keys_in_read(&in->keys, cli, e) < 0)
		return -1;
	if (cli->nsa == 0)
		return 0;
	return sa_in_read(&in->sas, cli, cli->sa, cli->nsa, NULL, e) < 0 ? -1 : join(in->keys.sad, in->sas.sad, e);
}

static int read_packets(struct inspect *in, struct pcap_in *from, struct err *e)
{
	struct batch b = { 0 };
	int rc = batch_init(&b, e);

	while (rc == 0 && (rc = pcap_in_fill(from, &b, e)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < b.n; i++)
			rc = model_push(in->model, &b.pkt[i], e);
	}
	batch_clear(&b);
	return rc;
}

static int tell(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;
	struct inspect_text t = { .place = tell_table(cli), .name = cli->iface != NULL ? cli->iface : cli->read[0],
		.all = cli->verbose > 0 };

	if (diagnose(&in->found, in->model, e) < 0)
		return -1;
	if (cli->json)
		inspect_json(tell_place(cli), in->model, &in->found);
	else if (inspect_text(&t, in->model, &in->found, e) < 0)
		return -1;
	for (size_t i = 0; i < in->found.n; i++)
		if (in->found.list[i].severity == SEVERITY_ERROR)
			return 1;
	return 0;
}

static int inspect(struct inspect *in, struct err *e)
{
	struct cli *cli = in->cli;
	struct pcap_in_options o = { .files = cli->read, .nfiles = cli->nread, .iface = cli->iface, .filter = cli->filter,
		.count = cli->count, .stop = &stopped };
	struct model_options mo = { .ring = &in->keys.ring, .explain = true };
	struct pcap_in *from;
	struct err late;
	int rc, told;

	cli_on_stop(stop, NULL);
	if (read_keys(in, e) < 0 || cli_json_open(cli, false, e) < 0)
		return -1;
	mo.sad = in->keys.sad;
	if ((from = pcap_in_open(&o, e)) == NULL)
		return -1;
	rc = (in->model = model_new(&mo, e)) != NULL ? read_packets(in, from, e) : -1;
	pcap_in_close(from);
	if (in->model == NULL)
		return -1;
	/* what was read before an error is told all the same */
	told = model_end(in->model, &late) < 0 ? -1 : tell(in, &late);
	if (rc == 0 && told < 0)
		*e = late;
	return rc < 0 ? rc : told;
}

const struct opt inspect_rows[] = {
	{ KEY_PACKETS, "packets", NULL, "a line for each packet instead of the report" },
	{ 0 }
};

int inspect_run(struct cli *cli, struct err *e)
{
	struct inspect in = { .cli = cli };
	int key, rc = 0;

	while (rc == 0 && (key = cli_next(cli, e)) != 0) {
		if (key < 0)
			rc = -1;
		else
			in.packets = true;
	}
	if (rc == 0)
		rc = inspect(&in, e);
	diagnoses_clear(&in.found);
	model_free(in.model);
	sas_close(&in.sas);
	keys_in_clear(&in.keys);
	return rc;
}
