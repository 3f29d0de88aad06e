#include <ctype.h>
#include <string.h>

#include "sa/desc.h"
#include "sa/format.h"
#include "sa/format/strongswan_log.h"

extern const struct format format_native;

struct native { bool noted; };

/* A line that begins with a brace; anything else that is JSON is not ours, nor is charon's log. */
static bool sniff(const struct format_line *l)
{
	size_t i = 0;

	while (i < l->n && (l->p[i] == ' ' || l->p[i] == '\t'))
		i++;
	/* in JSON a name or the end follows; a person may have forgotten quotes */
	return i < l->n && l->p[i] == '{' && (i + 1 == l->n || memchr(" \t\"'}{[", l->p[i + 1], 7) != NULL ||
	    isalpha((unsigned char)l->p[i + 1])) && !strongswan_log_is(l->p, l->n);
}

static int take(struct format_source *s, void *state, const struct format_line *l, struct err *e)
{
	struct native *native = state;
	size_t column;
	struct sa sa;
	int rc;

	if (!sniff(l)) {
		/* Comments are usual; other text among descriptors may be a slip. */
		if (!native->noted && l->p[0] != '#')
			format_note(s, l->number, 1, "passed over text that is no descriptor");
		native->noted |= l->p[0] != '#';
		return 0;
	}
	rc = desc_parse(&sa, sad_arena(format_sad(s)), l->p, l->n, &column, e);
	if (rc < 0) {
		if (l->n < 3)
			err_set(e, "wanted one whole object in a line (jq -c writes such)");
		return format_blame(s, l->number, column, e);
	}
	if (rc == DESC_SA) {
		rc = format_give(s, &sa, &format_native, l->number, false, e);
		sa_clear(&sa);
		return rc;
	}
	format_skip(s, rc == DESC_IKE);
	return 0;
}

static int write_sa(struct format_out *o, const struct sa *sa, struct err *e)
{
	(void)e;
	desc_write(o->to, sa, !o->hide_keys);
	return 0;
}

const struct format format_native = {
	.name = "native", .what = "descriptors, ipsec-sa(5)", .state = sizeof(struct native),
	.sniff = sniff, .line = take, .no_keys = true,
	.write = write_sa,
};
