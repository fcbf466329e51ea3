/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_PURPOSES_H
#define MSA_STORE_PURPOSES_H

/* The kinds of tickets. */

#include <stdbool.h>

/**
 * What a secret is good for. Usable as bits: 1 << purpose. Sessions and tokens prove who somebody
 * is, and what they stand for is remembered outside of the database; of all others nothing is.
 */
typedef enum {
    MSA_PURPOSE_SESSION,
    MSA_PURPOSE_REMEMBER,
    MSA_PURPOSE_TOKEN,    /* authentication token of an API client */
    MSA_PURPOSE_PERSONAL, /* personal access token, `msa_` in front */
    MSA_PURPOSE_CONFIRM,
    MSA_PURPOSE_RESET,
    MSA_PURPOSE_CHANGE_EMAIL,
    MSA_PURPOSE_UNDO_EMAIL,
    MSA_PURPOSE_DEVICE, /* a browser that its user has signed in with before */
    MSA_PURPOSE_PLACE,  /* an address that its user has signed in from; no secret */
    MSA_PURPOSE_COUNT
} msa_purpose_t;

/** The name kept in the ticket table: `session`, `remember`, ... */
const char *msa_purpose_name(msa_purpose_t purpose);
/** The purpose of that name; MSA_PURPOSE_COUNT = none has it. */
msa_purpose_t msa_purpose_of(const char *name);

/** True for a proof of who somebody is, of which the server remembers what it stands for; what is
 * not known may be one; NULL = of any purpose. */
bool msa_purpose_is_proof(const char *name);

#endif
