#include "cli/inspect_annotate.h"

#include <stdlib.h>
#include <string.h>

#include "cli/inspect_check.h"
#include "packet/pcapng_out.h"
#include "report/inspect_packet.h"
#include "report/words.h"

enum { COMMENT = 4096 };

/* Which finding a frame is evidence of. */
struct mark { uint16_t file; uint64_t frame; const struct diagnosis *of; };

struct annotate {
	struct pcapng_out out;
	struct model *model;
	struct mark *mark;
	size_t nmark;
	const struct packet *now;
	bool files;			/* there are several inputs */
	uint64_t written;
	struct words words;
	char comment[COMMENT];
};

int inspect_annotate_check(const struct cli *cli, struct err *e)
{
	if (cli->iface != NULL)
		return err_set(e, "--annotate: reads its input twice: write the capture to a file first");
	if (!inspect_can_reread(cli->read, cli->nread))
		return err_set(e, "--annotate: reads its input twice, which a pipe cannot be: give a file with -r");
	return 0;
}

static int mark_cmp(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	return x->frame < y->frame ? -1 : x->frame > y->frame;
}

static int make_marks(struct annotate *a, const struct diagnoses *found, struct err *e)
{
	size_t n = 0;

	for (size_t i = 0; i < found->n; i++)
		n += found->list[i].n;
	if (n > 0 && (a->mark = calloc(n, sizeof *a->mark)) == NULL)
		return err_nomem(e);
	for (size_t i = 0; a->mark != NULL && i < found->n; i++)
		for (unsigned j = 0; j < found->list[i].n; j++)
			a->mark[a->nmark++] = (struct mark){ found->list[i].at[j].file, found->list[i].at[j].frame, &found->list[i] };
	if (n > 0)
		qsort(a->mark, n, sizeof *a->mark, mark_cmp);
	return 0;
}

static int take(void *arg, const struct model_packet *p, struct err *e)
{
	struct annotate *a = arg;
	char line[PACKET_LINE];

	(void)e;
	if (p->at.frame != a->now->number || p->at.file != a->now->file)
		return 0;		/* told of later, such as lost fragments */
	inspect_packet_comment(line, p);
	if (line[0] != '\0')
		words_put(&a->words, "%s%s", a->words.n > 0 ? "\n" : "", line);
	return 0;
}

static void put_findings(struct annotate *a)
{
	struct mark key = { a->now->file, a->now->number, NULL }, *m;

	if (a->nmark == 0 || (m = bsearch(&key, a->mark, a->nmark, sizeof *m, mark_cmp)) == NULL)
		return;
	while (m > a->mark && mark_cmp(m - 1, &key) == 0)
		m--;
	for (; m < a->mark + a->nmark && mark_cmp(m, &key) == 0; m++) {
		words_put(&a->words, "%s%s %s: ", a->words.n > 0 ? "\n" : "", severity_name(m->of->severity), m->of->id);
		words_text(&a->words, (struct span){ (const uint8_t *)m->of->text, strlen(m->of->text) });
	}
}

/* Where the packet has another number in the file that is written: by what the report calls it. */
static void put_number(struct annotate *a)
{
	if (a->files)
		words_put(&a->words, "packet %u:%llu", a->now->file + 1u, (unsigned long long)a->now->number);
	else if (a->now->number != a->written)
		words_put(&a->words, "packet %llu", (unsigned long long)a->now->number);
}

static int one(void *arg, const struct packet *p, struct err *e)
{
	struct annotate *a = arg;

	a->now = p;
	a->words = words_of(a->comment, sizeof a->comment);
	a->comment[0] = '\0';
	a->written++;
	put_number(a);
	if (model_push(a->model, p, e) < 0)
		return -1;
	put_findings(a);
	return pcapng_out_packet(&a->out, p, a->comment[0] != '\0' ? a->comment : NULL, e);
}

static int all(struct annotate *a, const struct pcap_in_options *from, struct err *e)
{
	struct pcap_in *in = pcap_in_open(from, e);
	int rc = in != NULL ? pcap_in_each(in, one, a, e) : -1;

	pcap_in_close(in);
	return rc;
}

int inspect_annotate(const char *path, const struct pcap_in_options *from, const struct model_options *o,
    const struct diagnoses *found, struct err *e)
{
	static struct annotate a;
	struct model_options mo = *o;
	struct out_file place = OUT_FILE_INIT;
	FILE *to;
	int rc = -1;

	a = (struct annotate){ .files = from->nfiles > 1 };
	mo.arg = &a;
	mo.packet = take;
	if (make_marks(&a, found, e) == 0 && out_file_open(&place, path, true, e) == 0 &&
	    (to = out_file_stream(&place, NULL, 0, e)) != NULL) {
		pcapng_out_start(&a.out, to, "ipsec-inspect");
		struct err late;

		/* an input that breaks off has its packets so far */
		rc = (a.model = model_new(&mo, e)) != NULL ? all(&a, from, e) : -1;
		if (out_file_end(&place, to, &late) < 0 && rc == 0) {
			*e = late;
			rc = -1;
		}
	}
	out_file_abandon(&place);
	model_free(a.model);
	free(a.mark);
	return rc;
}
