/*
 * fault.h - what is wrong with an IKE message: a list, for a message is decoded as far as it can
 * be.
 *
 * An offset counts octets from the message's first one; with `inner` from the first one of what was
 * decrypted.  found and wanted are numbers whose unit the kind tells; `what` is a constant of ours.
 */
#ifndef IKE_FAULT_H
#define IKE_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/out.h"

enum ike_fault_kind {
	IKE_FAULT_TRUNCATED,		/* the header says more octets than there are */
	IKE_FAULT_TRAILING,		/* octets after the end */
	IKE_FAULT_PAYLOAD_LENGTH,	/* a length below its header's, or beyond what is there */
	IKE_FAULT_SHORT,		/* a field does not fit: found octets left, wanted more */
	IKE_FAULT_LENGTH,		/* a field has found octets, wanted others */
	IKE_FAULT_COUNT,		/* found of something, its header says wanted */
	IKE_FAULT_NEXT,			/* a nested next field is found, wanted another */
	IKE_FAULT_VALUE,		/* a field has a value it may not have */
	IKE_FAULT_RANGE,		/* a selector's is none (RFC 7296 3.13.1) */
	IKE_FAULT_CRITICAL,		/* an unknown payload that must be known (RFC 7296 2.5) */
	IKE_FAULT_AFTER_SK,		/* payloads after SK (RFC 7296 3.14) */
	IKE_FAULT_VERSION,		/* found is no version we read */
	IKE_FAULT_EXCHANGE,		/* found is no exchange of this version */
	IKE_FAULT_MISSING,		/* the exchange wants this payload (RFC 7296 appendix C) */
	IKE_FAULT_UNEXPECTED,		/* the exchange has no place for this payload */
	IKE_FAULT_REPEATED,		/* found of this payload, wanted at most */
	IKE_FAULT_ORDER,		/* it has to stand elsewhere */
	IKE_FAULT_CLEAR,		/* it has to be encrypted */
	IKE_FAULT_LIMIT,		/* more than we decode */
	IKE_FAULT_KINDS,
};

struct ike_fault {
	enum ike_fault_kind kind;
	uint8_t version;		/* octet: whose payload types these are */
	uint8_t payload;		/* type; 0: the header, or the message */
	bool inner;
	size_t offset;
	uint64_t found, wanted;
	const char *what;		/* the field; NULL: the payload as such */
};

enum { IKE_FAULTS_MAX = 32 };		/* kept; further ones are counted */

struct ike_faults { struct ike_fault fault[IKE_FAULTS_MAX]; unsigned n; unsigned more; };

void ike_fault_add(struct ike_faults *f, const struct ike_fault *fault);
/* Lengths that do not fit, where what follows is not read: the message is damaged. */
bool ike_faults_damage(const struct ike_faults *f);
const char *ike_fault_name(enum ike_fault_kind kind);	/* "truncated", for programs */
/* "KE at octet 28: group: 1 octet, wanted 2"; gives out. */
enum { IKE_FAULT_TEXT = 200 };
char *ike_fault_text(char out[IKE_FAULT_TEXT], const struct ike_fault *f);
/* A list "faults"; nothing if there are none. */
void ike_faults_show(struct out *o, const struct ike_faults *f);

#endif
