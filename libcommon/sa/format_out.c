#include <string.h>

#include "sa/format.h"

/* The blank-separated word of list that version is, or 0. */
static size_t in_list(const char *list, const char *version)
{
	size_t n = strlen(version);

	while (list != NULL && *list != '\0') {
		size_t len = strcspn(list, " ");

		if (n == len && memcmp(list, version, n) == 0)
			return n;
		list += len;
		list += strspn(list, " ");
	}
	return 0;
}

int format_out_version(struct format_out *o, const struct format *f, const char *version,
    struct err *e)
{
	if (f->versions == NULL)
		return err_set(e, "found version \"%s\", but %s has none", version, f->name);
	if (in_list(f->versions, version) == 0)
		return err_set(e, "found version \"%s\" of %s, wanted one of %s", version, f->name,
		    f->versions);
	o->version = version;
	return 0;
}

bool format_out_is(const struct format_out *o, const struct format *f, const char *version)
{
	size_t n = strlen(version);

	if (o->version != NULL)
		return strcmp(o->version, version) == 0;
	return strncmp(f->versions, version, n) == 0 && strchr(" ", f->versions[n]) != NULL;
}

static void begin(struct format_out *o, const struct format *f)
{
	if (!o->begun && f->begin != NULL)
		f->begin(o);
	o->begun = true;
}

int format_write(struct format_out *o, const struct format *f, const struct sa *sa, struct err *e)
{
	int rc;

	if (f->write == NULL)
		return err_set(e, "%s is only read", f->name);
	if (!f->no_keys && !sa_has_keys(sa))
		return err_set(e, sa->encr_unknown || sa->integ_unknown ? "its algorithms are not known"
		    : "its keys are not known");
	begin(o, f);
	if ((rc = f->write(o, sa, e)) < 0)
		return -1;
	o->count++;
	return rc;
}

void format_write_end(struct format_out *o, const struct format *f)
{
	begin(o, f);
	if (f->end != NULL)
		f->end(o);
}
