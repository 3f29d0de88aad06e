/*
 * impair_order.h - faults in the order of what is written: packets dropped, held
 * back, written twice, sent again later.
 */
#ifndef ESP_IMPAIR_ORDER_H
#define ESP_IMPAIR_ORDER_H

#include "esp/impair.h"
#include "packet/pcap_run.h"

/* What writing a sealed packet is: its n bytes of records at p, and the report. */
typedef int impair_write(struct encap *d, struct encap_item *it, const uint8_t *p, size_t n,
    struct pcap_run *r, struct err *e);

/* Writes it, or not, or more than that. */
int impair_settle(struct impair *i, struct encap *d, struct encap_item *it, const uint8_t *p,
    impair_write *write, struct pcap_run *r, struct err *e);
/* What is still held back, in the order in which it would have come. */
int impair_finish(struct impair *i, struct encap *d, impair_write *write, struct pcap_run *r,
    struct err *e);

#endif
