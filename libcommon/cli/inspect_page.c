#include "cli/inspect_page.h"

#include "cli/inspect_check.h"
#include "cli/inspect_read.h"

struct again { struct page *page; const struct diagnoses *found; int64_t start; };

static int take(void *arg, const struct model_packet *p, struct err *e)
{
	struct again *a = arg;

	(void)e;
	page_take_line(a->page, p, a->found, a->start);
	return 0;
}

int inspect_page(const char *path, struct page *page, const struct pcap_in_options *from, const struct model_options *o,
    const struct model *m, const struct diagnoses *found, const struct page_options *po, struct err *e)
{
	struct model_options mo = *o;
	struct page_options written = *po;
	struct again a = { page, found, model_capture(m)->first };
	struct out_file place = OUT_FILE_INIT;
	FILE *to;
	int rc = -1;

	mo.arg = &a;
	mo.packet = take;
	/* a capture that is shorter by now, or gone, takes nothing from the report; where it breaks off is told already */
	written.read_again = from->iface == NULL && inspect_can_reread(from->files, from->nfiles);
	if (written.read_again)
		inspect_read_again(from, &mo, e);
	if (out_file_open(&place, path, false, e) == 0 && (to = out_file_stream(&place, NULL, 0, e)) != NULL) {
		struct err late;

		rc = page_write(to, page, m, found, &written, e);
		if (out_file_end(&place, to, &late) < 0 && rc == 0) {
			*e = late;
			rc = -1;
		}
	}
	out_file_abandon(&place);
	return rc;
}
