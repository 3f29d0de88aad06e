#include "packet/flow.h"

#include <pthread.h>
#include <stdlib.h>

enum { EMPTY, FILLED, RUNNING, DONE };
enum { UNIT_ROOM = 2 * BATCH_BLOCK };

struct flow_state {
	struct flow *flow;
	struct unit *ring;
	unsigned size, head, tail;	/* head: filled next; tail: settled next; both count up */
	pthread_mutex_t lock;
	pthread_cond_t filled, done;
	pthread_t *thread;
	unsigned nthreads;
	bool stop, mutex_made;
};

static struct unit *at(struct flow_state *s, unsigned i)
{
	return &s->ring[i % s->size];
}

int unit_room(struct unit *u, size_t n, struct err *e)
{
	uint8_t *p;

	if (n <= u->out_cap)
		return 0;
	if (n < UNIT_ROOM)		/* what nearly every batch fits into */
		n = UNIT_ROOM;
	if ((p = malloc(n)) == NULL)
		return err_nomem(e);
	free(u->out);
	u->out = p;
	u->out_cap = n;
	return 0;
}

static int unit_init(struct unit *u, size_t side, struct err *e)
{
	if (batch_init(&u->batch, e) < 0)
		return -1;
	if ((u->side = calloc(1, side)) == NULL)
		return err_nomem(e);
	return 0;
}

/* The oldest unit that nobody works on, marked as ours; NULL if there is none.  Locked. */
static struct unit *next_filled(struct flow_state *s)
{
	for (unsigned i = s->tail; i != s->head; i++)
		if (at(s, i)->state == FILLED) {
			at(s, i)->state = RUNNING;
			return at(s, i);
		}
	return NULL;
}

static void work_one(struct flow_state *s, struct unit *u, unsigned worker)
{
	pthread_mutex_unlock(&s->lock);
	s->flow->work(s->flow->arg, u, worker);
	pthread_mutex_lock(&s->lock);
	u->state = DONE;
	pthread_cond_signal(&s->done);
}

struct start { struct flow_state *state; unsigned worker; };

static void *worker_main(void *arg)
{
	struct start start = *(struct start *)arg;
	struct flow_state *s = start.state;
	struct unit *u;

	free(arg);
	pthread_mutex_lock(&s->lock);
	while (!s->stop) {
		if ((u = next_filled(s)) != NULL)
			work_one(s, u, start.worker);
		else
			pthread_cond_wait(&s->filled, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* A thread that cannot be started is done without: this one works too. */
static void start_threads(struct flow_state *s)
{
	while (s->nthreads + 1 < s->flow->threads) {
		struct start *start = malloc(sizeof *start);

		if (start == NULL)
			return;
		*start = (struct start){ s, s->nthreads + 1 };
		if (pthread_create(&s->thread[s->nthreads], NULL, worker_main, start) != 0) {
			free(start);
			s->flow->threads = s->nthreads + 1;
			return;
		}
		s->nthreads++;
	}
}

static void enqueue(struct flow_state *s, struct unit *u)
{
	if (s->flow->threads > 1 && s->head - s->tail >= 1)
		start_threads(s);
	pthread_mutex_lock(&s->lock);
	u->state = FILLED;
	s->head++;
	pthread_cond_signal(&s->filled);
	pthread_mutex_unlock(&s->lock);
}

/* Sees the oldest unit to its end, working while it is not done. */
static int settle_one(struct flow_state *s, struct err *e)
{
	struct unit *u = at(s, s->tail), *mine;
	int rc;

	pthread_mutex_lock(&s->lock);
	while (u->state != DONE) {
		if ((mine = next_filled(s)) != NULL)
			work_one(s, mine, 0);
		else
			pthread_cond_wait(&s->done, &s->lock);
	}
	pthread_mutex_unlock(&s->lock);
	rc = s->flow->settle(s->flow->arg, u, e);
	pthread_mutex_lock(&s->lock);
	u->state = EMPTY;
	s->tail++;
	pthread_mutex_unlock(&s->lock);
	return rc;
}

int flow_drain(struct flow *f, struct err *e)
{
	struct flow_state *s = f->state;

	while (s->tail != s->head)
		if (settle_one(s, e) < 0)
			return -1;
	return 0;
}

/* 1: a unit is on its way; 0: the input ended; -1: it failed, perhaps behind a unit that is on its way;
 * -2: nothing goes on. */
static int fill_one(struct flow_state *s, struct err *e)
{
	struct flow *f = s->flow;
	struct unit *u = at(s, s->head);
	int got = pcap_in_fill(f->in, &u->batch, e);

	if (got <= 0)
		return got;
	if ((got = f->claim(f->arg, u, e)) < 0)
		return -2;
	pcap_in_took(f->in, &u->batch);
	enqueue(s, u);
	return got > 0 ? -1 : 1;
}

static int pump(struct flow_state *s, struct err *e)
{
	struct flow *f = s->flow;
	struct err late;
	int got = 1;

	while (got > 0 || s->tail != s->head) {
		bool room = s->head - s->tail < s->size, ready;

		if (got > 0 && room) {
			ready = pcap_in_ready(f->in);
			if (!ready && s->head == s->tail && f->idle(f->arg, e) < 0)
				return -1;
			if (ready || s->head == s->tail) {
				if ((got = fill_one(s, &late)) == -2) {
					*e = late;
					return -1;
				}
				if (got > 0 && f->threads > 1)
					continue;
			}
		}
		if (s->tail != s->head && settle_one(s, e) < 0)
			return -1;
	}
	if (got < 0)
		*e = late;
	return got;
}

static void state_clear(struct flow_state *s)
{
	struct flow *f = s->flow;

	if (s->mutex_made) {
		pthread_mutex_lock(&s->lock);
		s->stop = true;
		pthread_cond_broadcast(&s->filled);
		pthread_mutex_unlock(&s->lock);
		for (unsigned i = 0; i < s->nthreads; i++)
			pthread_join(s->thread[i], NULL);
		pthread_cond_destroy(&s->filled);
		pthread_cond_destroy(&s->done);
		pthread_mutex_destroy(&s->lock);
	}
	for (unsigned i = 0; s->ring != NULL && i < s->size; i++) {
		if (f->unit_clear != NULL && s->ring[i].side != NULL)
			f->unit_clear(f->arg, &s->ring[i]);
		batch_clear(&s->ring[i].batch);
		free(s->ring[i].side);
		free(s->ring[i].out);
	}
	free(s->ring);
	free(s->thread);
	f->state = NULL;
}

int flow_run(struct flow *f, struct err *e)
{
	struct flow_state s = { .flow = f, .size = f->threads > 1 ? f->threads + 2 : 1 };
	int rc = -1;

	if (f->lazy)
		pcap_in_lazy(f->in);
	// cppcheck-suppress autoVariables ; state_clear() takes it away again
	f->state = &s;
	s.ring = calloc(s.size, sizeof *s.ring);
	s.thread = calloc(f->threads, sizeof *s.thread);
	if (s.ring == NULL || s.thread == NULL) {
		err_nomem(e);
		goto out;
	}
	for (unsigned i = 0; i < s.size; i++)
		if (unit_init(&s.ring[i], f->side_size, e) < 0)
			goto out;
	if (pthread_mutex_init(&s.lock, NULL) != 0 || pthread_cond_init(&s.filled, NULL) != 0 ||
	    pthread_cond_init(&s.done, NULL) != 0) {
		err_set(e, "cannot make a lock");
		goto out;
	}
	s.mutex_made = true;
	rc = pump(&s, e);
out:
	state_clear(&s);
	return rc;
}
