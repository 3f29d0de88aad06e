/* Packets, octets and losses of an SA over time, in a bounded number of steps. */
#include "report/model_priv.h"

enum { STEP_FIRST = 1000 * 1000, POINTS_FIRST = 8 };

/* Two points become one, as often as it takes for the time to fit. */
static void widen(struct model_series *s, int64_t ns)
{
	while ((uint64_t)(ns - s->start) >= (uint64_t)s->step * MODEL_POINTS) {
		for (unsigned i = 0; i < s->n; i++) {
			struct model_point *to = &s->point[i / 2], from = s->point[i];

			if (i % 2 == 0) {
				*to = from;
				continue;
			}
			to->packets += from.packets;
			to->lost += from.lost;
			to->late += from.late;
			to->bytes += from.bytes;
			if (from.top > to->top)
				to->top = from.top;
		}
		s->n = (s->n + 1) / 2;
		s->step *= 2;
	}
}

static bool room_for(struct model_series *s, unsigned i)
{
	unsigned room = s->room == 0 ? POINTS_FIRST : s->room;
	struct model_point *p;

	while (room <= i)
		room *= 2;
	if (room == s->room)
		return true;
	if ((p = realloc(s->point, room * sizeof *p)) == NULL)
		return false;
	s->point = p;
	s->room = room;
	return true;
}

/* The point for that time, perhaps a new one. */
static bool find_point(struct model_series *s, int64_t ns, unsigned *i)
{
	if (s->step == 0) {
		s->start = ns;
		s->step = STEP_FIRST;
	}
	if (ns < s->start)
		ns = s->start;		/* captures of several interfaces: a packet from a little before */
	widen(s, ns);
	*i = (unsigned)((ns - s->start) / s->step);
	s->from = INT64_MAX;
	if (!room_for(s, *i))
		return false;
	for (; s->n <= *i; s->n++)
		s->point[s->n] = (struct model_point){ .top = s->n > 0 ? s->point[s->n - 1].top : 0 };
	s->at = *i;
	s->from = s->start + *i * s->step;
	return true;
}

void model_series_add(struct model_series *s, int64_t ns, uint32_t packets, uint64_t bytes, uint32_t lost, uint32_t late,
    uint64_t top)
{
	unsigned i;

	if (s->n > 0 && ns >= s->from && ns - s->from < s->step)
		i = s->at;
	else if (!find_point(s, ns, &i))
		return;
	s->point[i].packets += packets;
	s->point[i].bytes += bytes;
	s->point[i].lost += lost;
	s->point[i].late += late;
	if (top > s->point[i].top)
		s->point[i].top = top;
}

/* Where the step ahead was seen that left seq out: the first point that is past it. */
void model_series_found(struct model_series *s, uint64_t seq)
{
	unsigned i = s->at, k;

	if (s->n == 0 || i >= s->n)
		return;
	while (i > 0 && s->point[i - 1].top >= seq)
		i--;
	for (k = i; k < s->n && s->point[k].lost == 0; k++)
		;
	if (k == s->n)			/* steps were joined since */
		for (k = i; k > 0 && s->point[k].lost == 0; k--)
			;
	if (s->point[k].lost > 0)
		s->point[k].lost--;
}
