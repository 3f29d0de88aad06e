#include "packet/pcap_run.h"

int pcap_run_end(struct pcap_run *r, struct err *e)
{
	int rc = r->n > 0 ? r->emit(r->arg, r->p, r->n, e) : 0;

	r->n = 0;
	return rc;
}

int pcap_run_add(struct pcap_run *r, const uint8_t *p, size_t n, struct err *e)
{
	if (r->n > 0 && r->p + r->n != p && pcap_run_end(r, e) < 0)
		return -1;
	if (r->n == 0)
		r->p = p;
	r->n += n;
	return 0;
}

int pcap_run_packet(struct pcap_run *r, const struct pcap_out *o, const struct packet *p,
    uint32_t skip, struct err *e)
{
	uint8_t rec[PCAP_RECORD];

	if (pcap_run_end(r, e) < 0)
		return -1;
	pcap_out_record(o, rec, p->ns, p->caplen - skip, p->len - skip);
	if (r->emit(r->arg, rec, sizeof rec, e) < 0)
		return -1;
	return r->emit(r->arg, p->data + skip, p->caplen - skip, e);
}
