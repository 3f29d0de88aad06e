/*
 * pcap_lib.h - libpcap, loaded when a filter or an interface first needs it: with all that it depends on it would
 * take more time and memory at the start than everything else.  For packet/pcap_*.c, behind <pcap.h>.
 */
#ifndef PACKET_PCAP_LIB_H
#define PACKET_PCAP_LIB_H

#include "base/err.h"

#define PCAP_CALLS(X) X(pcap_activate) X(pcap_close) X(pcap_compile) X(pcap_create) X(pcap_datalink) \
	X(pcap_datalink_val_to_name) X(pcap_findalldevs) X(pcap_freealldevs) X(pcap_freecode) \
	X(pcap_get_selectable_fd) X(pcap_get_tstamp_precision) X(pcap_geterr) X(pcap_next_ex) \
	X(pcap_offline_filter) X(pcap_open_dead) X(pcap_set_immediate_mode) X(pcap_set_promisc) \
	X(pcap_set_snaplen) X(pcap_set_tstamp_precision) X(pcap_setfilter) X(pcap_setnonblock) X(pcap_stats) \
	X(pcap_statustostr)

/* NOLINTNEXTLINE(bugprone-macro-parentheses): the name of a member takes none */
#define PCAP_MEMBER(f) __typeof__(f) *f;
struct pcap_lib { PCAP_CALLS(PCAP_MEMBER) };

/* The calls, once pcap_lib_load() gave 0; else it says why there are none.  One thread. */
extern struct pcap_lib pcap_lib;
int pcap_lib_load(struct err *e);

#endif
