/*
 * merge_member.h - members of a report's lines; each names itself in its error.
 */
#ifndef REPORT_MERGE_MEMBER_H
#define REPORT_MERGE_MEMBER_H

#include "base/json.h"
#include "base/text.h"
#include "report/evidence.h"

int merge_need(const struct jval *v, const char *key, uint64_t *out, struct err *e);
/* 0 where it is absent; so are times. */
int merge_may(const struct jval *v, const char *key, uint64_t *out, struct err *e);
int merge_when(const struct jval *v, const char *key, int64_t *ns, struct err *e);
int merge_addr(const struct jval *v, const char *key, struct addr *a, struct err *e);
/* "" where there is none. */
const char *merge_word(const struct jval *v, const char *key);
bool merge_flag(const struct jval *v, const char *key);
/* "KEY":3,"KEY_frames":[4,9,12] */
int merge_evidence(const struct jval *v, const char *key, struct evidence *ev, struct err *e);

#endif
