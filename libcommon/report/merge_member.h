/*
 * merge_member.h - members of a report's lines; each names itself in its error.
 */
#ifndef REPORT_MERGE_MEMBER_H
#define REPORT_MERGE_MEMBER_H

#include "base/json.h"
#include "base/text.h"
#include "report/evidence.h"
#include "sa/sa.h"

int merge_need(const struct jval *v, const char *key, uint64_t *out, struct err *e);
/* 0 where it is absent; so are times. */
int merge_may(const struct jval *v, const char *key, uint64_t *out, struct err *e);
int merge_when(const struct jval *v, const char *key, int64_t *ns, struct err *e);
int merge_addr(const struct jval *v, const char *key, struct addr *a, struct err *e);
/* Unchanged where it is absent. */
int merge_may_addr(const struct jval *v, const char *key, struct addr *a, struct err *e);
/* 17, "2:17"; frame 0 where it is absent. */
int merge_frame(const struct jval *v, const char *key, struct seen_at *at, struct err *e);
/* All of a list, as many as most; how many there were, or -1. */
int merge_frames(const struct jval *v, const char *key, struct seen_at *at, unsigned most, struct err *e);
/* enum sa_proto of "proto"; -1: another, or none. */
int merge_proto(const struct jval *v);
/* "" where there is none. */
const char *merge_word(const struct jval *v, const char *key);
bool merge_flag(const struct jval *v, const char *key);
/* "KEY":3,"KEY_frames":[4,9,12] */
int merge_evidence(const struct jval *v, const char *key, struct evidence *ev, struct err *e);

#endif
