/*
 * rules_form.h - the forms that messages of an exchange may have: what ike/rules.c reads.
 *
 * Notify and Vendor ID may stand in every one.
 */
#ifndef IKE_RULES_FORM_H
#define IKE_RULES_FORM_H

#include <stdbool.h>
#include <stdint.h>

enum ike_form_way { IKE_FORM_BOTH, IKE_FORM_REQUEST, IKE_FORM_RESPONSE };

enum { IKE_RULE_ANY = 0xff, IKE_FORM_RULES = 12 };

struct ike_rule { uint8_t type, min, max; };	/* of an array; ends with max 0 */

struct ike_form {
	uint8_t version, exchange;
	enum ike_form_way way;		/* IKEv1 has no direction: IKE_FORM_BOTH */
	bool sealed;			/* has to be encrypted */
	uint8_t first;			/* has to be the first; 0: any order (RFC 7296 2.5) */
	struct ike_rule rule[IKE_FORM_RULES];
};

extern const struct ike_form ike_forms[];	/* ends with version 0 */

#endif
