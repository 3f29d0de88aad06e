#include <string.h>

#include "base/text.h"
#include "sa/desc_row.h"

void desc_key(struct desc_out *o, const char *key)
{
	fprintf(o->to, "%s\"%s\":", o->first ? "" : ",", key);
	o->first = false;
}

void desc_text(FILE *to, const char *text)
{
	fputc('"', to);
	esc_json(to, text, strlen(text));
	fputc('"', to);
}

void desc_uint(FILE *to, uint64_t v)
{
	if (v >= (uint64_t)1 << 53)
		fprintf(to, "\"0x%llx\"", (unsigned long long)v);
	else
		fprintf(to, "%llu", (unsigned long long)v);
}

int desc_word(const struct jval *v, const struct name *names, uint32_t *id, struct err *e)
{
	const char *word = jval_text(v, NULL);
	struct nearest near = { 0 };
	char all[128] = "";

	if (word == NULL)
		return jval_err(v, e, "%s: wanted a string", v->key);
	for (size_t i = 0; names[i].name != NULL; i++) {
		size_t n = strlen(all);

		if (name_eq(names[i].name, word)) {
			*id = names[i].id;
			return 0;
		}
		nearest_offer(&near, word, names[i].name);
		snprintf(all + n, sizeof all - n, "%s%s",
		    i == 0 ? "" : names[i + 1].name == NULL ? " or " : ", ", names[i].name);
	}
	if (nearest_name(&near, word) != NULL)
		return jval_err(v, e, "unknown %s \"%.60s\", nearest is \"%s\"", v->key, word,
		    nearest_name(&near, word));
	return jval_err(v, e, "unknown %s \"%.60s\", wanted %s", v->key, word, all);
}

int desc_unknown(const struct jval *member, const struct nearest *near, struct err *e)
{
	const char *best = nearest_name(near, member->key);

	if (best != NULL)
		err_set(e, "unknown key \"%.60s\", nearest is \"%s\"", member->key, best);
	else
		err_set(e, "unknown key \"%.60s\"", member->key);
	return jval_blame_key(member);
}

int desc_only(const struct jval *object, const char *const *keys, struct err *e)
{
	struct jval m = { 0 };

	while (jval_next(object, &m)) {
		struct nearest near = { 0 };
		size_t i = 0;

		for (; keys[i] != NULL && strcmp(keys[i], m.key) != 0; i++)
			nearest_offer(&near, m.key, keys[i]);
		if (keys[i] == NULL)
			return desc_unknown(&m, &near, e);
	}
	return 0;
}

int desc_object(const struct jval *v, struct err *e)
{
	if (jval_kind(v) == J_OBJECT)
		return 0;
	err_set(e, "wanted an object, {...}");
	return jval_blame(v, e);
}
