#include "report/merge_member.h"

#include <stdio.h>
#include <string.h>

enum { FRAMES_MAX = EVIDENCE_KEPT };

int merge_need(const struct jval *v, const char *key, uint64_t *out, struct err *e)
{
	struct jval x = jval_get(v, key);

	return jval_uint(&x, out, 0, UINT64_MAX, e);
}

/* 0 where it is absent. */
int merge_may(const struct jval *v, const char *key, uint64_t *out, struct err *e)
{
	struct jval x = jval_get(v, key);

	*out = 0;
	return jval_kind(&x) == J_ABSENT ? 0 : jval_uint(&x, out, 0, UINT64_MAX, e);
}

const char *merge_word(const struct jval *v, const char *key)
{
	struct jval x = jval_get(v, key);
	const char *text = jval_text(&x, NULL);

	return text != NULL ? text : "";
}

int merge_when(const struct jval *v, const char *key, int64_t *ns, struct err *e)
{
	struct jval x = jval_get(v, key);
	size_t n;
	const char *text = jval_text(&x, &n);

	*ns = 0;
	return text == NULL ? 0 : time_parse(ns, text, n, e) < 0 ? jval_blame(&x, e) : 0;
}

int merge_addr(const struct jval *v, const char *key, struct addr *a, struct err *e)
{
	struct jval x = jval_get(v, key);
	size_t n;
	const char *text = jval_text(&x, &n);

	if (text == NULL)
		return jval_err(&x, e, "found no address");
	return addr_parse(a, text, n, e) < 0 ? jval_blame(&x, e) : 0;
}

int merge_may_addr(const struct jval *v, const char *key, struct addr *a, struct err *e)
{
	struct jval x = jval_get(v, key);

	return jval_kind(&x) == J_ABSENT ? 0 : merge_addr(v, key, a, e);
}

int merge_proto(const struct jval *v)
{
	static const enum sa_proto all[] = { SA_ESP, SA_AH, SA_IPCOMP };
	const char *name = merge_word(v, "proto");

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		if (strcmp(name, sa_proto_name(all[i])) == 0)
			return (int)all[i];
	return -1;
}

bool merge_flag(const struct jval *v, const char *key)
{
	struct jval x = jval_get(v, key);
	struct err e;
	bool b = false;

	return jval_bool(&x, &b, &e) == 0 && b;
}

static int take_frame(const struct jval *x, struct seen_at *at, struct err *e)
{
	size_t n;
	const char *text = jval_text(x, &n), *colon = text != NULL ? memchr(text, ':', n) : NULL;
	uint64_t file = 1;

	if (colon == NULL)
		return jval_uint(x, &at->frame, 0, UINT64_MAX, e);
	if (uint_parse(&file, text, (size_t)(colon - text), 1, UINT16_MAX, e) < 0 ||
	    uint_parse(&at->frame, colon + 1, n - (size_t)(colon + 1 - text), 1, UINT64_MAX, e) < 0)
		return jval_blame(x, e);
	at->file = (uint16_t)(file - 1);
	return 0;
}

int merge_frame(const struct jval *v, const char *key, struct seen_at *at, struct err *e)
{
	struct jval x = jval_get(v, key);

	return jval_kind(&x) == J_ABSENT ? 0 : take_frame(&x, at, e);
}

int merge_frames(const struct jval *v, const char *key, struct seen_at *at, unsigned most, struct err *e)
{
	struct jval list = jval_get(v, key);
	unsigned n = 0;

	for (; jval_kind(&list) == J_ARRAY && n < jval_count(&list) && n < most; n++) {
		struct jval x = jval_at(&list, n);

		at[n] = (struct seen_at){ 0 };
		if (take_frame(&x, &at[n], e) < 0)
			return -1;
	}
	return (int)n;
}

/* "KEY":3,"KEY_frames":[4,9,12] */
int merge_evidence(const struct jval *v, const char *key, struct evidence *ev, struct err *e)
{
	struct seen_at at[FRAMES_MAX];
	char frames[32];
	uint64_t n;
	int kept;

	snprintf(frames, sizeof frames, "%s_frames", key);
	if (merge_may(v, key, &n, e) < 0 || (kept = merge_frames(v, frames, at, FRAMES_MAX, e)) < 0)
		return -1;
	for (int i = 0; i < kept; i++)
		evidence_add(ev, at[i]);
	if (n > ev->n)
		ev->n = n;
	return 0;
}
