/*
 * setkey.h - what the readers of setkey.conf and of `setkey -D` share.
 */
#ifndef SA_FORMAT_SETKEY_H
#define SA_FORMAT_SETKEY_H

#include "sa/dialect.h"
#include "sa/format.h"

extern const struct dialect setkey_ciphers[], setkey_macs[];

/* "192.0.2.1" or "192.0.2.1[4500]"; port 0: none. */
bool setkey_addr(const struct word *w, struct addr *a, uint16_t *port);
/* Protocol words: esp, esp-udp, ah, ipcomp...; false if there is no such SA here. */
bool setkey_proto(const struct word *w, struct sa *sa, bool *udp);
enum sa_mode setkey_mode(const struct word *w);
/* -E or -A: the name of the algorithm.  An unknown one is noted. */
void setkey_cipher(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line);
void setkey_mac(struct format_source *s, struct sa *sa, const struct word *w, uint64_t line, bool *noted);
/* What the whole record tells, then sa_check().  1: usable, 0: passed over with a note. */
int setkey_settle(struct format_source *s, struct sa *sa, uint64_t line, size_t column, struct err *e);

#endif
