#include "ike/keylog.h"

#include "base/names.h"

extern const struct keylog keylog_native, keylog_wireshark, keylog_wireshark_ikev1, keylog_tcpdump;

static const struct keylog *const rows[] = {
	&keylog_native, &keylog_wireshark, &keylog_wireshark_ikev1, &keylog_tcpdump,
};
enum { NROWS = sizeof rows / sizeof rows[0] };

const struct keylog *keylog_row(size_t i)
{
	return i < NROWS ? rows[i] : NULL;
}

int keylog_by_name(const struct keylog **k, const char *name, struct err *e)
{
	struct nearest near = { 0 };
	const char *best;

	for (size_t i = 0; i < NROWS; i++) {
		if (name_eq(rows[i]->format->name, name)) {
			*k = rows[i];
			return 0;
		}
		nearest_offer(&near, name, rows[i]->format->name);
	}
	if ((best = nearest_name(&near, name)) != NULL)
		return err_set(e, "unknown key log format \"%s\", nearest is \"%s\"", name, best);
	return err_set(e, "unknown key log format \"%s\", wanted native, wireshark, wireshark-ikev1 or tcpdump", name);
}

int keylog_write(struct format_out *o, const struct keylog *k, const struct keyset *set,
    struct err *e)
{
	int rc;

	if (!set->k.spi_i_known)
		return err_set(e, "its SPIs are not known");
	if (!keyset_has_keys(set) && !k->format->no_keys)
		return err_set(e, "none of its keys is known");
	if ((rc = k->write(o, set, e)) >= 0)
		o->count++;
	return rc;
}
