/* Text as a proposal; what is accepted must print and read back as itself. */
#include <stdlib.h>
#include <string.h>

#include "sa/proposal.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	char *text = malloc(n + 1), again[PROPOSAL_MAX];
	struct proposal one, two;
	struct err e;

	if (text == NULL)
		return 0;
	if (n > 0)
		memcpy(text, p, n);
	text[n] = '\0';
	if (proposal_parse(&one, text, &e) == 0 && (one.encr != NULL || one.integ != NULL)) {
		if (proposal_parse(&two, proposal_format(again, &one), &e) < 0 || one.encr != two.encr ||
		    one.encr_bits != two.encr_bits || one.integ != two.integ || one.esn != two.esn)
			abort();
		if (proposal_check(&one, SA_ESP, &e) == 0 && proposal_check(&one, SA_AH, &e) == 0)
			abort();
		if (one.encr != NULL && one.encr_bits != 0 &&
		    alg_encr_size(one.encr, one.encr_bits / 8) == NULL)
			abort();
	}
	free(text);
	return 0;
}
