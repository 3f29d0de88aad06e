#include "cli/counters.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"
#include "cli/io.h"
#include "sa/desc.h"

enum { EXTRA = 128 };

static const char *const words = "x-encap";

/* The same SA with the same keys, or NULL. */
static const struct sad_entry *find(const struct sad *sad, const struct sa *sa)
{
	const struct sad_entry *s = sad != NULL ? sad_find(sad, sa->proto, sa->spi, &sa->src, &sa->dst) : NULL;

	for (; s != NULL; s = s->candidate)
		if (addr_eq(&s->sa.src, &sa->src) && addr_eq(&s->sa.dst, &sa->dst) && sa_same_keys(&s->sa, sa))
			return s;
	return NULL;
}

/* Numbers that were given under one mask, or none, go on under it. */
static int read_mask(struct ivgen *g, const struct jval *v, struct err *e)
{
	uint8_t mask[IVGEN_MAX];
	size_t digits, n = 0;
	const char *text = jval_text(v, &digits);

	if (text == NULL) {
		memset(g->mask, 0, g->kind == IVGEN_FIXED ? 0 : sizeof g->mask);
		return 0;
	}
	if (digits > 2 * sizeof mask || hex_parse(mask, sizeof mask, &n, text, digits, e) < 0 || n != g->n)
		return err_set(e, "%s: found no mask of %u bytes", words, g->n);
	if (g->kind == IVGEN_FIXED || !g->nonce)
		return 0;
	g->kind = IVGEN_RANDOM;
	memcpy(g->mask, mask, n);
	return 0;
}

static int read_words(struct encap_sa *s, const char *text, struct err *e)
{
	struct jdoc doc = { 0 };
	struct jval root, own, v;
	bool open = false;
	uint64_t next;
	int rc = -1;

	if (jdoc_parse(&doc, text, strlen(text), e) < 0)
		goto out;
	root = jdoc_root(&doc);
	own = jval_get(&root, words);
	v = jval_get(&own, "open");
	if (jval_kind(&v) != J_ABSENT && jval_bool(&v, &open, e) < 0)
		goto out;
	if (open) {
		err_set(e, "the run before did not end by itself, so its counters may be behind: new keys, or "
		    "remove \"open\" if it sent nothing");
		goto out;
	}
	v = jval_get(&own, "iv");
	if (jval_kind(&v) != J_ABSENT) {
		if (jval_uint(&v, &next, 0, UINT64_MAX, e) < 0)
			goto out;
		if (next > s->iv.next || next == 0)
			s->iv.next = next;
		s->iv.spent = s->iv.kind != IVGEN_FIXED && next == 0;	/* all were given */
	}
	v = jval_get(&own, "mask");
	rc = read_mask(&s->iv, &v, e);
out:
	jdoc_clear(&doc);
	return rc;
}

static int take_over(struct counters *c, struct encap *d, struct err *e)
{
	char name[ENCAP_SA_TEXT];

	for (uint32_t i = 0; i < d->nsa; i++) {
		struct encap_sa *s = &d->sa[i];
		const struct sad_entry *line = s->entry != NULL ? find(c->sas.sad, &s->entry->sa) : NULL;
		const struct sa *was;

		if (line == NULL)
			continue;
		was = &line->sa;
		if (!d->opt.seq_set && was->seq_known && was->seq > s->seq) {
			s->seq = was->seq;
			if (s->seq >= s->iv.next)
				s->iv.next = s->seq + 1;
		}
		if (was->extra != NULL && read_words(s, was->extra, e) < 0)
			return err_in(e, "%s: %s", c->path, encap_sa_text(name, was));
	}
	return 0;
}

/* How far an SA went; sa's strings stay the entry's. */
static void write_line(FILE *to, const struct encap_sa *s, bool open)
{
	char extra[EXTRA], mask[2 * IVGEN_MAX + 1] = "";
	struct sa sa = s->entry->sa;

	sa.seq = s->seq;
	sa.seq_known = true;
	if (s->iv.kind == IVGEN_RANDOM && s->iv.nonce)
		hex_format(mask, (struct span){ s->iv.mask, s->iv.n });
	snprintf(extra, sizeof extra, "{\"%s\":{\"iv\":\"0x%" PRIx64 "\"%s%s%s%s}}", words, s->iv.next,
	    mask[0] != '\0' ? ",\"mask\":\"" : "", mask, mask[0] != '\0' ? "\"" : "",
	    open ? ",\"open\":true" : "");
	sa.extra = extra;
	desc_write(to, &sa, true);
}

static int write_file(const struct counters *c, const struct encap *d, bool open, struct err *e)
{
	struct out_file file = OUT_FILE_INIT;
	FILE *to;

	if (out_file_open(&file, c->path, false, e) < 0)
		return -1;
	if ((to = out_file_stream(&file, NULL, 0, e)) == NULL) {
		out_file_abandon(&file);
		return -1;
	}
	for (uint32_t i = 0; c->sas.sad != NULL && i < sad_count(c->sas.sad); i++) {
		const struct sa *sa = &sad_at(c->sas.sad, i)->sa;
		const struct sad_entry *ours = find(d->sad, sa);

		if (ours == NULL || d->sa[ours->index].entry == NULL)
			desc_write(to, sa, true);
	}
	for (uint32_t i = 0; i < d->nsa; i++)
		if (d->sa[i].entry != NULL)
			write_line(to, &d->sa[i], open);
	return out_file_end(&file, to, e);
}

int counters_open(struct counters *c, const char *path, struct encap *d, format_note_fn *note, void *arg,
    struct err *e)
{
	struct stat st;

	*c = (struct counters){ .path = path };
	if (stat(path, &st) == 0) {
		if (!S_ISREG(st.st_mode))
			return err_set(e, "%s: wanted a regular file for --state", path);
		if (st.st_size > 0 && (sas_open(&c->sas, &c->path, 1, false, note, arg, e) < 0 ||
		    take_over(c, d, e) < 0))
			return -1;
	} else if (errno != ENOENT) {
		return err_sys(e, "%s", path);
	}
	return write_file(c, d, true, e);
}

int counters_save(const struct counters *c, const struct encap *d, struct err *e)
{
	return write_file(c, d, false, e);
}

void counters_close(struct counters *c)
{
	sas_close(&c->sas);
}
