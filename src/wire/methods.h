/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_METHODS_H
#define MSA_WIRE_METHODS_H

#include "record.h"
#include "table.h"
#include "../page/page.h"

/*
 * The ways to prove who asks. httpd's children go them to find out whom they serve, the service to
 * find out whom it answers a page to: it believes no child about that. Both take the same headers;
 * what differs is only how they look a proof up.
 */

/** What somebody shows. */
typedef enum {
    MSA_PROOF_SECRET,   /* of a session or a token of ours */
    MSA_PROOF_REMEMBER, /* the secret of a remember cookie; good for one exchange */
    MSA_PROOF_PASSWORD, /* with a name, that another module has asked for */
    MSA_PROOF_NAME,     /* a name that another authentication of httpd's has proved */
    MSA_PROOF_FLASK_SESSION,
    MSA_PROOF_FLASK_REMEMBER,
    MSA_PROOF_FLASK_TOKEN,
    MSA_PROOF_BASIC, /* an Authorization header of Basic, as it was sent (RFC 7617) */
    MSA_PROOF_COUNT
} msa_proof_kind_t;

typedef struct msa_proof_t {
    msa_proof_kind_t kind;
    const char *value; /* secret, name or signed text; without a NUL behind it */
    apr_size_t length;
    const char *password; /* of MSA_PROOF_PASSWORD; else NULL */
} msa_proof_t;

#define MSA_SITE_SIZE 16 /* bytes of a fingerprint */

/**
 * The key of a proof in the record table: of `site` (a fingerprint), so that what one site does not
 * know another may; SipHash-2-4 with 128 bits under `key`, of which the first 16 bytes count, and
 * that only httpd and the service have, so that whoever reads the table alone can try no dictionary
 * against it, and no visitor can make two proofs with one key.
 */
void msa_proof_key(apr_pool_t *pool, const unsigned char key[MSA_DIGEST_SIZE],
                   const unsigned char site[MSA_SITE_SIZE], const msa_proof_t *proof,
                   unsigned char out[MSA_TABLE_KEY]);

/** False for what is nobody's by its form alone, so that it is not worth a question. */
bool msa_proof_is_readable(apr_pool_t *pool, const msa_proof_t *proof);

/**
 * The fingerprint of a site: virtual hosts that give the same URL for different databases have
 * different users, and what was proved over TLS is another thing without. Nor do those that believe
 * other keys and limits share what they have found.
 */
void msa_site_fingerprint(apr_pool_t *pool, const msa_settings_t *settings, const char *driver,
                          const char *params, bool is_secure, unsigned char out[MSA_SITE_SIZE]);

/** One request, as far as it can prove who asks. */
typedef struct msa_visitor_t {
    apr_pool_t *pool;
    const msa_settings_t *settings;
    const msa_cookie_names_t *cookies;
    bool is_secure; /* they came over TLS */
    const apr_table_t *headers;
    const char *query_token; /* the token of the query string; NULL */
    void *baton;             /* of the functions below */
    /** Whose proof is it? MSA_OK with `*record`, MSA_UNAUTHENTICATED, or trouble. */
    msa_outcome_t (*look_up)(void *baton, const msa_proof_t *proof, const msa_record_t **record);
    /** A line worth knowing (info). */
    void (*log)(void *baton, const char *line);
} msa_visitor_t;

#define MSA_METHODS_MAX 8

/** The methods that count in a place: bits of MSA_METHOD_. */
int msa_methods_accepted(const msa_directory_settings_t *directory);

/** The method (a bit of MSA_METHOD_) that a way belongs to; 0 = there are no more ways. */
int msa_method_bit(size_t way);

/**
 * Goes a way. MSA_NOT_FOUND = nothing of the kind was sent, the next one is gone; MSA_OK with
 * `*record`; MSA_UNAUTHENTICATED; or trouble (MSA_BROKEN, MSA_BUSY, MSA_THROTTLED).
 */
msa_outcome_t msa_method_try(const msa_visitor_t *visitor, size_t way, const msa_record_t **record);

/** The token that was sent, in whatever place; NULL = none. */
const char *msa_visitor_token(const msa_visitor_t *visitor);

#endif
