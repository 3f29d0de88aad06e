/*
 * wireshark.h - what the reader and the writers of Wireshark's IKE tables share: its names.
 *
 * The lists are the same from 2.4 to 4.6: no ChaCha20, Camellia, XCBC or CMAC.
 */
#ifndef IKE_KEYFILE_WIRESHARK_H
#define IKE_KEYFILE_WIRESHARK_H

#include <stdbool.h>
#include <stddef.h>

#include "sa/dialect.h"

/* No key, and nothing is checked: only so much is cut off. */
#define WIRESHARK_IKE_ANY "ANY %u-bits of Authentication [No Checking]"
#define WIRESHARK_IKE_NONE "NONE [RFC4306]"

extern const struct dialect wireshark_ike_encr[], wireshark_ike_integ[];

/* AES takes 16, 24 and 32 bytes, 3DES 24, DES 8: Ka has no other length but with ciphers that
 * nobody has. */
bool wireshark_v1_length_ok(size_t n);

#endif
