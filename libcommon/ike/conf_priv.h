/* conf_priv.h - what the readers of configurations share: a row each, and what they write with. */
#ifndef IKE_CONF_PRIV_H
#define IKE_CONF_PRIV_H

#include "ike/conf.h"

struct conf_row {
	const char *name;
	bool (*looks)(const char *text, size_t n);
	/* text ends with NUL and is the reader's to write in */
	int (*read)(struct conf *c, char *text, struct err *e);
};

extern const struct conf_row conf_swanctl, conf_ipsec, conf_iked, conf_ios;

struct conf_secret *conf_add_secret(struct conf *c, const char *kind, const char *name, struct err *e);
/* "text", 0xHEX, 0sBASE64. */
int conf_take_secret(struct conf *c, struct conf_secret *s, const char *value, struct err *e);
/* One side's selectors: addresses, prefixes, ranges, "dynamic", with [proto/port] behind. */
void conf_take_ts(struct conf_child *child, int side, const char *value);
/* strongSwan's default, appended. */
int conf_take_default(struct conf *c, struct offers *os, uint8_t protocol, struct err *e);
/* The method of both ends. */
void conf_take_auth(struct conf_conn *conn, const char *auth);
int conf_copy(char out[CONF_WORD], const char *value, struct err *e);
bool conf_is_yes(const char *value);
/* Whether a line of the text begins with the word, blanks in front apart. */
bool conf_has_line(const char *text, size_t n, const char *word);
/* The next line of text, which is cut there: without its end and what follows #; NULL: none.  */
char *conf_line(char **text, uint64_t *number);
/* Without blanks and one pair of quotes around it; writes into s. */
char *conf_trim(char *s);

#endif
