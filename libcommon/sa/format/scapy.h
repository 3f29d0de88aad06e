/*
 * scapy.h - what the reader and the writer of scapy's constructors share.
 */
#ifndef SA_FORMAT_SCAPY_H
#define SA_FORMAT_SCAPY_H

#include "sa/dialect.h"
#include "sa/format.h"

extern const struct dialect scapy_ciphers[], scapy_macs[];
extern const struct format format_scapy;

void scapy_begin(struct format_out *o);
int scapy_write(struct format_out *o, const struct sa *sa, struct err *e);
void scapy_end(struct format_out *o);

#endif
