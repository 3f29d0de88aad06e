#include "sa/extra.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"

bool sa_extra_text(const struct sa *sa, const char *object, const char *key, char *out, size_t room)
{
	struct jdoc doc = { 0 };
	struct jval root, in, v;
	const char *text = NULL;
	struct err e;
	size_t n = 0;

	out[0] = '\0';
	if (sa->extra == NULL || strstr(sa->extra, key) == NULL)
		return false;
	if (jdoc_parse(&doc, sa->extra, strlen(sa->extra), &e) == 0) {
		root = jdoc_root(&doc);
		in = jval_get(&root, object);
		v = jval_get(&in, key);
		text = jval_text(&v, &n);
	}
	if (text != NULL && n < room)
		memcpy(out, text, n + 1);
	jdoc_clear(&doc);
	return out[0] != '\0';
}

int sa_extra_set(struct sa *sa, const char *object, const char *const (*members)[2], size_t n,
    struct err *e)
{
	char *text = NULL;
	size_t len = 0;
	bool any = false;
	FILE *to;

	if ((to = open_memstream(&text, &len)) == NULL)
		return err_nomem(e);
	fprintf(to, "{\"%s\":{", object);
	for (size_t i = 0; i < n; i++) {
		if (members[i][1] == NULL)
			continue;
		fprintf(to, "%s\"%s\":\"", any ? "," : "", members[i][0]);
		esc_json(to, members[i][1], strlen(members[i][1]));
		fputc('"', to);
		any = true;
	}
	fputs("}}", to);
	if (fclose(to) != 0) {
		free(text);
		return err_nomem(e);
	}
	if (any) {
		free(sa->extra);
		sa->extra = text;
	} else {
		free(text);
	}
	return 0;
}
