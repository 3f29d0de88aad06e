#include "cli/inspect_page.h"

#include "cli/inspect_check.h"
#include "packet/pcap_in.h"

struct again { struct page *page; const struct diagnoses *found; int64_t start; };

static int take(void *arg, const struct model_packet *p, struct err *e)
{
	struct again *a = arg;

	(void)e;
	page_take_line(a->page, p, a->found, a->start);
	return 0;
}

/* A capture that is shorter by now, or gone, takes nothing from the report. */
static int read_again(const struct cli *cli, struct again *a, const struct model_options *o, struct err *e)
{
	struct pcap_in_options po = { .files = cli->read, .nfiles = cli->nread, .filter = cli->filter, .count = cli->count };
	struct model_options mo = *o;
	struct batch b = { 0 };
	struct pcap_in *in;
	struct model *m;
	int rc;

	mo.arg = a;
	mo.packet = take;
	if ((m = model_new(&mo, e)) == NULL)
		return -1;
	rc = (in = pcap_in_open(&po, e)) != NULL ? batch_init(&b, e) : -1;
	while (rc == 0 && (rc = pcap_in_fill(in, &b, e)) > 0) {
		rc = 0;
		for (size_t i = 0; rc == 0 && i < b.n; i++)
			rc = model_push(m, &b.pkt[i], e);
	}
	batch_clear(&b);
	pcap_in_close(in);
	model_free(m);
	return rc;
}

int inspect_page(const struct cli *cli, const char *path, struct page *page, const struct model_options *o, const struct model *m,
    const struct diagnoses *found, const struct page_options *po, struct err *e)
{
	struct again a = { page, found, model_capture(m)->first };
	struct out_file place = OUT_FILE_INIT;
	FILE *to;
	int rc = -1;

	/* where it breaks off is told already */
	if (cli->iface == NULL && !inspect_reads_stdin(cli) && !io_is_live(cli->read, cli->nread))
		read_again(cli, &a, o, e);
	if (out_file_open(&place, path, false, e) == 0 && (to = out_file_stream(&place, NULL, 0, e)) != NULL) {
		struct err late;

		rc = page_write(to, page, m, found, po, e);
		if (out_file_end(&place, to, &late) < 0 && rc == 0) {
			*e = late;
			rc = -1;
		}
	}
	out_file_abandon(&place);
	return rc;
}
