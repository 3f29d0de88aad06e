#include "cli/settled.h"

#include "cli/io.h"
#include "sa/desc.h"

static void fill(FILE *to, void *arg)
{
	const struct decap *d = arg;

	for (uint32_t i = 0; i < sad_count(d->sad); i++) {
		const struct sad_entry *group = sad_at(d->sad, i), *won;

		if (group->group == group && group->candidate != NULL &&
		    (won = decap_winner(d, group)) != NULL) {
			struct sa sa = won->sa;		/* still won's; only to say what was found */

			sa.esn = decap_uses_esn(d, group->index) ? SA_YES : SA_NO;
			desc_write(to, &sa, true);
		}
	}
}

int settled_write(const char *path, struct decap *d, struct err *e)
{
	return out_file_fill(path, fill, d, e);
}
