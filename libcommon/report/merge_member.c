#include "report/merge_member.h"

#include <stdio.h>

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

bool merge_flag(const struct jval *v, const char *key)
{
	struct jval x = jval_get(v, key);
	struct err e;
	bool b = false;

	return jval_bool(&x, &b, &e) == 0 && b;
}

/* "KEY":3,"KEY_frames":[4,9,12] */
int merge_evidence(const struct jval *v, const char *key, struct evidence *ev, struct err *e)
{
	char frames[32];
	struct jval list, x;
	uint64_t n, frame;

	if (merge_may(v, key, &n, e) < 0)
		return -1;
	snprintf(frames, sizeof frames, "%s_frames", key);
	list = jval_get(v, frames);
	for (size_t i = 0; jval_kind(&list) == J_ARRAY && i < jval_count(&list) && i < FRAMES_MAX; i++) {
		x = jval_at(&list, i);
		if (jval_uint(&x, &frame, 1, UINT64_MAX, e) < 0)
			return -1;
		evidence_add(ev, (struct seen_at){ 0, frame, 0 });
	}
	if (n > ev->n)
		ev->n = n;
	return 0;
}
