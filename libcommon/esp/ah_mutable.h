/*
 * ah_mutable.h - IP headers as AH's ICV sees them (RFC 4302 3.3.3.1, appendix A).
 *
 * For esp/ah.c.  Mutable fields become zero; predictable ones what they are at the
 * final destination, so that a packet captured on its way verifies too.
 */
#ifndef ESP_AH_MUTABLE_H
#define ESP_AH_MUTABLE_H

#include <stddef.h>
#include <stdint.h>

#include "packet/verdict.h"

/*
 * Changes the *n bytes of headers at h, which end where AH starts.  *n gets less when a fragment
 * header goes.  V_OK, V_BAD_HEADER, V_UNSUPPORTED.
 */
enum verdict ah_mutable(uint8_t *h, size_t *n);

#endif
