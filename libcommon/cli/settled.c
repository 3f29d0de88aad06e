#include "cli/settled.h"

#include <stdio.h>

#include "cli/io.h"
#include "sa/desc.h"

int settled_write(const char *path, const struct decap *d, struct err *e)
{
	struct out_file file = OUT_FILE_INIT;
	FILE *to;

	if (out_file_open(&file, path, false, e) < 0)
		return -1;
	if ((to = out_file_stream(&file, NULL, 0, e)) == NULL) {
		out_file_abandon(&file);
		return -1;
	}
	for (uint32_t i = 0; i < sad_count(d->sad); i++) {
		const struct sad_entry *group = sad_at(d->sad, i), *won;

		if (group->group == group && group->candidate != NULL &&
		    (won = decap_winner(d, group)) != NULL) {
			struct sa sa = won->sa;		/* still won's; only to say what was found */

			sa.esn = decap_uses_esn(d, group->index) ? SA_YES : SA_NO;
			desc_write(to, &sa, true);
		}
	}
	return out_file_end(&file, to, e);
}
