/* SPDX-License-Identifier: Apache-2.0 */
/* Sign-outs that came while the database was away, kept in mind until it is back. */

#include "later.h"

#include "../base/digest.h"
#include "../identity/remember.h"

#include <pthread.h>
#include <string.h>

#include "host.h"
#include "log.h"
#include "world.h"

#define KEPT_MAX 4096

/** Who signed out: the secrets of their cookies, empty where there was none. */
typedef struct later_t {
    msa_host_t *host;
    bool is_secure;
    char session[MSA_SECRET_LENGTH + 1], remember[MSA_SECRET_LENGTH + 1];
} later_t;

static struct {
    pthread_mutex_t lock;
    later_t kept[KEPT_MAX];
    int count;
} later = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void copy_secret(char to[MSA_SECRET_LENGTH + 1], const char *secret)
{
    if (secret && msa_digest_is_secret(secret, strlen(secret)))
        memcpy(to, secret, MSA_SECRET_LENGTH + 1);
}

bool msa_later_add(msa_host_t *host, bool is_secure, const char *session, const char *remember)
{
    later_t one = {.host = host, .is_secure = is_secure};
    unsigned char digest[MSA_DIGEST_SIZE];
    bool is_kept;
    copy_secret(one.session, session);
    copy_secret(one.remember, remember);
    pthread_mutex_lock(&later.lock);
    is_kept = later.count < KEPT_MAX;
    if (is_kept)
        later.kept[later.count++] = one;
    pthread_mutex_unlock(&later.lock);
    if (is_kept && *one.session) {
        msa_digest_sha256(one.session, MSA_SECRET_LENGTH, digest);
        msa_world_ticket_changed(digest);
    }
    msa_digest_wipe(&one, sizeof(one));
    return is_kept;
}

/* Takes one of this store's off the list. */
static bool take(const msa_host_t *host, later_t *one)
{
    bool is_found = false;
    pthread_mutex_lock(&later.lock);
    for (int i = 0; !is_found && i < later.count; i++) {
        if (!msa_host_is_same_store(later.kept[i].host, host))
            continue;
        *one = later.kept[i];
        later.kept[i] = later.kept[--later.count];
        msa_digest_wipe(&later.kept[later.count], sizeof(*one));
        is_found = true;
    }
    pthread_mutex_unlock(&later.lock);
    return is_found;
}

static msa_outcome_t sign_out(apr_pool_t *pool, const later_t *one)
{
    msa_context_t *ctx = msa_world_make(pool, one->host, 0, NULL);
    const char *remember = *one->remember ? one->remember : NULL;
    msa_identity_t *identity = NULL;
    msa_outcome_t outcome = MSA_UNAUTHENTICATED;
    ctx->is_secure = one->is_secure;
    if (*one->session)
        outcome = msa_identity_by_secret(ctx, one->session, 1u << MSA_PURPOSE_SESSION, &identity);
    return outcome == MSA_BROKEN ? outcome : msa_signin_end(ctx, identity, remember);
}

void msa_later_run(apr_pool_t *pool, const msa_host_t *host)
{
    later_t one;
    msa_outcome_t outcome = MSA_OK;
    while (outcome == MSA_OK && take(host, &one)) {
        outcome = sign_out(pool, &one);
        if (outcome != MSA_OK && !msa_later_add(one.host, one.is_secure, one.session, one.remember))
            msa_log_write(one.host, MSA_LOG_ERROR,
                          "service: a sign-out was lost: too many are waiting for the database");
    }
    msa_digest_wipe(&one, sizeof(one));
}
