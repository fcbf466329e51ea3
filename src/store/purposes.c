/* SPDX-License-Identifier: Apache-2.0 */
/* PURPOSES[]: the names under which kinds of tickets are stored, and which of them prove who
 * someone is. */

#include "purposes.h"

#include <string.h>

/* What a proof stands for is remembered outside of the database. */
static const struct {
    const char *name;
    bool is_proof;
} PURPOSES[MSA_PURPOSE_COUNT] = {
    [MSA_PURPOSE_SESSION] = {"session",      true },
    [MSA_PURPOSE_REMEMBER] = {"remember",     false},
    [MSA_PURPOSE_TOKEN] = {"token",        true },
    [MSA_PURPOSE_PERSONAL] = {"personal",     true },
    [MSA_PURPOSE_CONFIRM] = {"confirm",      false},
    [MSA_PURPOSE_RESET] = {"reset",        false},
    [MSA_PURPOSE_CHANGE_EMAIL] = {"change-email", false},
    [MSA_PURPOSE_UNDO_EMAIL] = {"undo-email",   false},
    [MSA_PURPOSE_DEVICE] = {"device",       false},
    [MSA_PURPOSE_PLACE] = {"place",        false},
};

const char *msa_purpose_name(msa_purpose_t purpose)
{
    return PURPOSES[purpose].name;
}

msa_purpose_t msa_purpose_of(const char *name)
{
    int purpose = 0;
    while (purpose < MSA_PURPOSE_COUNT && strcmp(PURPOSES[purpose].name, name) != 0)
        purpose++;
    return purpose;
}

bool msa_purpose_is_proof(const char *purpose)
{
    msa_purpose_t found = purpose ? msa_purpose_of(purpose) : MSA_PURPOSE_COUNT;
    return found == MSA_PURPOSE_COUNT || PURPOSES[found].is_proof;
}
