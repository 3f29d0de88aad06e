#include "cli/settled.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/io.h"
#include "sa/desc.h"

int settled_write(const char *path, const struct decap *d, struct err *e)
{
	struct out_file file = OUT_FILE_INIT;
	FILE *to;
	int bad, rc = -1;

	if (out_file_open(&file, path, false, e) < 0)
		return -1;
	if ((to = fdopen(fcntl(file.fd, F_DUPFD_CLOEXEC, 0), "w")) == NULL) {
		err_sys(e, "%s", path);
		goto out;
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
	bad = ferror(to);
	if ((fclose(to) != 0) | bad)
		err_sys(e, "%s", path);
	else
		rc = out_file_close(&file, e);
out:
	out_file_abandon(&file);
	return rc;
}
