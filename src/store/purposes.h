/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_PURPOSES_H
#define MSA_STORE_PURPOSES_H

/* The kinds of tickets. */

#include <stdbool.h>

/**
 * What a secret is good for. Usable as bits: 1 << purpose. Sessions and tokens prove who someone
 * is, and what they stand for is remembered outside of the database; nothing is remembered of the
 * others.
 */
typedef enum {
    MSA_PURPOSE_SESSION,
    MSA_PURPOSE_REMEMBER,
    MSA_PURPOSE_TOKEN,    /* authentication token of an API client */
    MSA_PURPOSE_PERSONAL, /* personal access token, which begins with `msa_` */
    MSA_PURPOSE_CONFIRM,
    MSA_PURPOSE_RESET,
    MSA_PURPOSE_CHANGE_EMAIL,
    MSA_PURPOSE_UNDO_EMAIL,
    MSA_PURPOSE_DEVICE, /* a browser in which its user has signed in before */
    MSA_PURPOSE_PLACE,  /* an address from which its user has signed in; not a secret */
    MSA_PURPOSE_COUNT
} msa_purpose_t;

/** The name stored in the ticket table: `session`, `remember`, ... */
const char *msa_purpose_name(msa_purpose_t purpose);
/** The purpose of that name; MSA_PURPOSE_COUNT when there is none. */
msa_purpose_t msa_purpose_of(const char *name);

/**
 * True when tickets of this purpose prove who someone is, so that what they stand for is remembered
 * outside of the database. Also true for an unknown name, which might be one, and for NULL, any
 * purpose.
 */
bool msa_purpose_is_proof(const char *name);

#endif
