/*
 * out.h - "show yourself": how a structure tells what it holds, whoever reads it.
 *
 * The structure calls the functions below; a backend (report/out_text.h, report/out_json.h) decides
 * how that looks, and alone escapes.  Everything between an object's start and its end is a field
 * with a key; everything in a list has the key NULL.  Keys are constants of ours in lower case with
 * underscores.  Text and bytes may come from a peer, names (out_head, out_code) are ours.
 *
 * out_head and out_code_head say what the object around them is: a backend for people leaves their
 * key out.  out_code is a number with a name (NULL: it has none): programs get both, the number
 * under KEY_id.
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <string.h>

#include "base/rd.h"

enum { OUT_DEPTH = 32 };			/* objects and lists in each other */

struct out;

struct out_ops {
	void (*open)(struct out *o, const char *key, bool list);
	void (*close)(struct out *o);
	void (*text)(struct out *o, const char *key, struct span text);
	void (*name)(struct out *o, const char *key, const char *name, bool head);
	void (*code)(struct out *o, const char *key, uint64_t id, const char *name, bool head);
	void (*number)(struct out *o, const char *key, uint64_t v);
	void (*bytes)(struct out *o, const char *key, struct span s);
	void (*flag)(struct out *o, const char *key, bool v);
};

struct out { const struct out_ops *ops; };

static inline void out_object(struct out *o, const char *key)
{
	o->ops->open(o, key, false);
}

static inline void out_list(struct out *o, const char *key)
{
	o->ops->open(o, key, true);
}

static inline void out_end(struct out *o)
{
	o->ops->close(o);
}

static inline void out_span(struct out *o, const char *key, struct span text)
{
	o->ops->text(o, key, text);
}

static inline void out_text(struct out *o, const char *key, const char *text)
{
	o->ops->text(o, key, (struct span){ (const uint8_t *)text, strlen(text) });
}

static inline void out_name(struct out *o, const char *key, const char *name)
{
	o->ops->name(o, key, name, false);
}

static inline void out_head(struct out *o, const char *key, const char *name)
{
	o->ops->name(o, key, name, true);
}

static inline void out_code(struct out *o, const char *key, uint64_t id, const char *name)
{
	o->ops->code(o, key, id, name, false);
}

static inline void out_code_head(struct out *o, const char *key, uint64_t id, const char *name)
{
	o->ops->code(o, key, id, name, true);
}

static inline void out_number(struct out *o, const char *key, uint64_t v)
{
	o->ops->number(o, key, v);
}

static inline void out_bytes(struct out *o, const char *key, struct span s)
{
	o->ops->bytes(o, key, s);
}

static inline void out_flag(struct out *o, const char *key, bool v)
{
	o->ops->flag(o, key, v);
}

#endif
