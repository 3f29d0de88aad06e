#include "packet/pcap_ahead.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { SLOTS = 4 };

struct slot { struct batch batch; int rc; struct err err; };

struct pcap_ahead {
	struct pcap_in *in;
	struct slot slot[SLOTS];
	unsigned filled, taken;		/* both count up; slot[taken % SLOTS] is the caller's, once he has asked */
	bool out, stop, locks, thread;	/* out: the caller has a batch */
	pthread_mutex_t lock;
	pthread_cond_t more, room;
	pthread_t reader;
};

static void *read_on(void *arg)
{
	struct pcap_ahead *a = arg;
	struct slot *s;

	pthread_mutex_lock(&a->lock);
	for (;;) {
		while (!a->stop && a->filled - a->taken == SLOTS)
			pthread_cond_wait(&a->room, &a->lock);
		if (a->stop)
			break;
		s = &a->slot[a->filled % SLOTS];
		pthread_mutex_unlock(&a->lock);
		s->rc = pcap_in_fill(a->in, &s->batch, &s->err);
		pthread_mutex_lock(&a->lock);
		a->filled++;
		pthread_cond_signal(&a->more);
		if (s->rc <= 0)
			break;
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Signals are the caller's, but for those that an access of this thread brings. */
static bool start(struct pcap_ahead *a)
{
	sigset_t none, was;

	if (pthread_mutex_init(&a->lock, NULL) != 0)
		return false;
	if (pthread_cond_init(&a->more, NULL) != 0) {
		pthread_mutex_destroy(&a->lock);
		return false;
	}
	if (pthread_cond_init(&a->room, NULL) != 0) {
		pthread_cond_destroy(&a->more);
		pthread_mutex_destroy(&a->lock);
		return false;
	}
	a->locks = true;
	sigfillset(&none);
	sigdelset(&none, SIGBUS);
	sigdelset(&none, SIGSEGV);
	sigdelset(&none, SIGILL);
	sigdelset(&none, SIGFPE);
	pthread_sigmask(SIG_SETMASK, &none, &was);
	a->thread = pthread_create(&a->reader, NULL, read_on, a) == 0;
	pthread_sigmask(SIG_SETMASK, &was, NULL);
	return a->thread;
}

struct pcap_ahead *pcap_ahead_new(struct pcap_in *in, struct err *e)
{
	struct pcap_ahead *a = calloc(1, sizeof *a);
	unsigned slots = pcap_in_is_files(in) && sysconf(_SC_NPROCESSORS_ONLN) > 1 ? SLOTS : 1;

	if (a == NULL) {
		err_nomem(e);
		return NULL;
	}
	a->in = in;
	for (unsigned i = 0; i < slots; i++)
		if (batch_init(&a->slot[i].batch, e) < 0) {
			pcap_ahead_free(a);
			return NULL;
		}
	if (slots > 1)
		start(a);		/* else without */
	return a;
}

int pcap_ahead_fill(struct pcap_ahead *a, const struct batch **b, struct err *e)
{
	struct slot *s;

	if (!a->thread) {
		*b = &a->slot[0].batch;
		return pcap_in_fill(a->in, &a->slot[0].batch, e);
	}
	pthread_mutex_lock(&a->lock);
	if (a->out && a->slot[a->taken % SLOTS].rc > 0) {		/* the end stays the end */
		a->taken++;
		if (a->filled - a->taken <= SLOTS / 2)		/* room for some: to wake a thread for each takes as long as to fill it */
			pthread_cond_signal(&a->room);
	}
	a->out = true;
	while (a->filled == a->taken)
		pthread_cond_wait(&a->more, &a->lock);
	s = &a->slot[a->taken % SLOTS];
	pthread_mutex_unlock(&a->lock);
	*b = &s->batch;
	if (s->rc < 0)
		*e = s->err;
	return s->rc;
}

void pcap_ahead_free(struct pcap_ahead *a)
{
	if (a == NULL)
		return;
	if (a->thread) {
		pthread_mutex_lock(&a->lock);
		a->stop = true;
		pthread_cond_signal(&a->room);
		pthread_mutex_unlock(&a->lock);
		pthread_join(a->reader, NULL);
	}
	if (a->locks) {
		pthread_cond_destroy(&a->more);
		pthread_cond_destroy(&a->room);
		pthread_mutex_destroy(&a->lock);
	}
	for (unsigned i = 0; i < SLOTS; i++)
		batch_clear(&a->slot[i].batch);
	free(a);
}
