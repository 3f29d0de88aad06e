/*
 * proposal_guess.h - the nearest name of an algorithm to a word that is none, for messages.
 */
#ifndef SA_PROPOSAL_GUESS_H
#define SA_PROPOSAL_GUESS_H

#include "base/err.h"
#include "sa/proposal.h"

/* The nearest to the words offered so far, and to which of them; all zero: none yet. */
struct proposal_guess { char name[PROPOSAL_SKIPPED], word[PROPOSAL_MAX]; unsigned distance; };

/* Ciphers, integrity algorithms and esn. */
void proposal_guess(struct proposal_guess *g, const char *word);
/* "unknown algorithm, nearest is"; word: what to call unknown where nothing is near.  -1. */
int proposal_guess_say(const struct proposal_guess *g, const char *word, struct err *e);
/* The same for one word, PRFs and key exchanges included. */
int proposal_unknown(const char *word, struct err *e);

#endif
