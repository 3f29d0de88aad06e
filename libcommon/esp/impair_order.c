#include "esp/impair_order.h"

#include <stdlib.h>
#include <string.h>

/* Memory grows to the longest packet and stays. */
static int copy(struct impair_copy *c, const struct encap_item *it, const uint8_t *p, struct err *e)
{
	if (it->rec_len > c->cap) {
		uint8_t *more = realloc(c->p, it->rec_len);

		if (more == NULL)
			return err_nomem(e);
		c->p = more;
		c->cap = it->rec_len;
	}
	memcpy(c->p, p, it->rec_len);
	c->n = it->rec_len;
	c->item = *it;
	c->packet = *it->packet;
	c->item.packet = &c->packet;
	return 0;
}

/* The copy's bytes may be another packet's soon. */
static int write_copy(struct encap *d, struct impair_copy *c, impair_write *write, struct pcap_run *r,
    struct err *e)
{
	if (pcap_run_end(r, e) < 0 || write(d, &c->item, c->p, c->n, r, e) < 0)
		return -1;
	return pcap_run_end(r, e);
}

static int hold(struct impair *i, const struct encap_item *it, const uint8_t *p, struct err *e)
{
	for (int k = 0; k < IMPAIR_HELD; k++)
		if (i->held[k].left == 0) {
			if (copy(&i->held[k], it, p, e) < 0)
				return -1;
			i->held[k].left = i->fault[IMPAIR_REORDER].value + 1;
			return 1;
		}
	return 0;
}

/* One packet passed. */
static int release(struct impair *i, struct encap *d, impair_write *write, struct pcap_run *r, struct err *e)
{
	for (int k = 0; k < IMPAIR_HELD; k++)
		if (i->held[k].left > 0 && --i->held[k].left == 0 &&
		    write_copy(d, &i->held[k], write, r, e) < 0)
			return -1;
	return 0;
}

/* The packet that was written so many before this one. */
static int replay(struct impair *i, struct encap *d, impair_write *write, struct pcap_run *r, struct err *e)
{
	uint64_t back = i->fault[IMPAIR_REPLAY].value;
	struct impair_copy *c;

	if (i->nkept <= back)
		back = i->nkept - 1;
	c = &i->kept[(i->nkept - 1 - back) % IMPAIR_KEPT];
	c->item.faults = UINT32_C(1) << IMPAIR_REPLAY;
	return write_copy(d, c, write, r, e);
}

static int write_now(struct impair *i, struct encap *d, struct encap_item *it, const uint8_t *p,
    impair_write *write, struct pcap_run *r, struct err *e)
{
	bool again = impair_has(it, IMPAIR_REPLAY);
	uint32_t faults = it->faults;

	if (i->fault[IMPAIR_REPLAY].on && copy(&i->kept[i->nkept++ % IMPAIR_KEPT], it, p, e) < 0)
		return -1;
	it->faults &= ~(UINT32_C(1) << IMPAIR_REPLAY | UINT32_C(1) << IMPAIR_DUPLICATE);
	if (write(d, it, p, it->rec_len, r, e) < 0)
		return -1;
	if (faults >> IMPAIR_DUPLICATE & 1) {
		it->faults = UINT32_C(1) << IMPAIR_DUPLICATE;
		if (write(d, it, p, it->rec_len, r, e) < 0)
			return -1;
	}
	return again ? replay(i, d, write, r, e) : 0;
}

int impair_settle(struct impair *i, struct encap *d, struct encap_item *it, const uint8_t *p,
    impair_write *write, struct pcap_run *r, struct err *e)
{
	int held = 0;

	if (impair_has(it, IMPAIR_DROP)) {
		it->result = ENCAP_DROPPED;
		it->frames = 0;
		return write(d, it, p, 0, r, e);
	}
	if (impair_has(it, IMPAIR_REORDER) && (held = hold(i, it, p, e)) < 0)
		return -1;
	if (held == 0 && write_now(i, d, it, p, write, r, e) < 0)
		return -1;
	return release(i, d, write, r, e);
}

int impair_finish(struct impair *i, struct encap *d, impair_write *write, struct pcap_run *r,
    struct err *e)
{
	for (;;) {
		struct impair_copy *next = NULL;

		for (int k = 0; k < IMPAIR_HELD; k++)
			if (i->held[k].left > 0 && (next == NULL || i->held[k].left < next->left))
				next = &i->held[k];
		if (next == NULL)
			return 0;
		next->left = 0;
		if (write_copy(d, next, write, r, e) < 0)
			return -1;
	}
}
