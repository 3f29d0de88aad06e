/*
 * wireshark.h - what the reader and the writer of Wireshark's esp_sa table share.
 */
#ifndef SA_FORMAT_WIRESHARK_H
#define SA_FORMAT_WIRESHARK_H

#include "sa/format.h"

/* Deprecated: the ICV's length is not in it. */
#define WIRESHARK_GCM "AES-GCM [RFC4106]"
#define WIRESHARK_ANY "ANY %u bit authentication [no checking]"

extern const struct format format_wireshark;

/* The lengths that a WIRESHARK_ANY string can have. */
bool wireshark_has_any(unsigned bits);
int wireshark_write(struct format_out *o, const struct sa *sa, struct err *e);

#endif
