#include "report/inspect_csv.h"

typedef unsigned long long ull;

static void rows(FILE *to, const struct model_sa *sa)
{
	const struct model_series *s = &sa->series;
	char src[ADDR_TEXT], dst[ADDR_TEXT], time[TIME_TEXT];

	addr_format(src, &sa->src);
	addr_format(dst, &sa->dst);
	for (unsigned i = 0; i < s->n; i++)
		fprintf(to, "%s,0x%08x,%s,%s,%s,%.3f,%u,%llu,%u,%u,%llu\r\n", sa_proto_name(sa->proto), sa->spi, src, dst,
		    time_format(time, s->start + (int64_t)i * s->step), (double)s->step / 1e9, s->point[i].packets,
		    (ull)s->point[i].bytes, s->point[i].lost, s->point[i].late, (ull)s->point[i].top);
}

void inspect_csv(FILE *to, const struct model *m)
{
	const struct model_sa *sa;

	fputs("proto,spi,src,dst,time,seconds,packets,bytes,lost,late,seq_top\r\n", to);
	for (size_t i = 0; (sa = model_sa_at(m, i)) != NULL; i++)
		rows(to, sa);
}
