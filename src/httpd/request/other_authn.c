/* SPDX-License-Identifier: Apache-2.0 */
/* Looks up a user whom another module has authenticated, where such names count as those of our
 * users. */

#include "other_authn.h"

#include <apr_atomic.h>

#include "authn_methods.h"
#include "finding.h"
#include "state.h"

static void tell_why(request_rec *r, const char *why)
{
    static apr_uint32_t told;
    /* A notice once per process; at level info, every time. */
    bool is_first = apr_atomic_xchg32(&told, 1) == 0;
    ap_log_rerror(APLOG_MARK, is_first ? APLOG_NOTICE : APLOG_INFO, 0, r,
                  "a user name set by another authentication module is not looked up: %s", why);
}

msa_outcome_t msa_other_authn_look_up(request_rec *r, const msa_record_t **record)
{
    const msa_state_user_t *user = msa_state_user(r);
    const char *why = user ? NULL : msa_other_authn_objection(r);
    if (why) {
        tell_why(r, why);
        return MSA_UNAUTHENTICATED;
    }
    if (!user) {
        msa_proof_t proof = {MSA_PROOF_NAME, r->user, strlen(r->user), NULL};
        const msa_record_t *found = NULL;
        msa_outcome_t outcome = msa_authn_is_off(r) ? MSA_BROKEN : msa_find(r, &proof, &found);
        if (outcome == MSA_BROKEN || outcome == MSA_BUSY)
            return MSA_BROKEN;
        user = msa_state_name_other(r, found);
    }
    *record = user->record;
    return user->record ? MSA_OK : MSA_UNAUTHENTICATED;
}
