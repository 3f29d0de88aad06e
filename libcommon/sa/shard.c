#include "sa/shard.h"

#include <string.h>

int shard_parse(struct shard *s, const char *text, struct err *e)
{
	const char *slash = strchr(text, '/');
	uint64_t k, n;
	struct err why;

	if (slash == NULL || uint_parse(&k, text, (size_t)(slash - text), 1, SHARDS_MAX, &why) < 0 ||
	    uint_parse(&n, slash + 1, strlen(slash + 1), 1, SHARDS_MAX, &why) < 0 || k > n)
		return err_set(e, "found \"%s\", wanted K/N such as 2/4", text);
	*s = (struct shard){ (unsigned)k, (unsigned)n };
	return 0;
}
