/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_WIRE_METHODS_H
#define MSA_WIRE_METHODS_H

#include "record.h"
#include "table.h"
#include "../page/page.h"

/*
 * The methods to prove who asks. A child of httpd tries them to find out whom it serves, and the
 * service tries them again before it answers with a page, since it believes no child about that.
 * Both apply them to the same headers; only how they look up a proof differs.
 */

/** What a visitor shows. */
typedef enum {
    MSA_PROOF_SECRET,   /* of a session or token of ours */
    MSA_PROOF_REMEMBER, /* the secret of a remember cookie; good for one exchange */
    MSA_PROOF_PASSWORD, /* a name and a password that another module asked for */
    MSA_PROOF_NAME,     /* a name that another authentication in httpd has proved */
    MSA_PROOF_FLASK_SESSION,
    MSA_PROOF_FLASK_REMEMBER,
    MSA_PROOF_FLASK_TOKEN,
    MSA_PROOF_BASIC, /* an Authorization header with Basic, as sent (RFC 7617) */
    MSA_PROOF_COUNT
} msa_proof_kind_t;

typedef struct msa_proof_t {
    msa_proof_kind_t kind;
    const char *value; /* secret, name, header or signed text, without a NUL inside; need not be
                          NUL-terminated */
    apr_size_t length;
    const char *password; /* with MSA_PROOF_PASSWORD; otherwise NULL */
} msa_proof_t;

#define MSA_SITE_SIZE 16 /* bytes of a site's fingerprint */

/**
 * Writes to `out` the key of a proof in the record table: SipHash-2-4 with 128 bits, under the
 * first 16 bytes of `key`, over `site` (a fingerprint), the kind and the texts. `site` keeps sites
 * apart: a proof unknown to one may be good at another. Only httpd and the service have `key`; so
 * nobody can run a dictionary against a table they can read, and no visitor can craft two proofs
 * with one key. Temporary memory comes from `pool` and is wiped.
 */
void msa_proof_key(apr_pool_t *pool, const unsigned char key[MSA_DIGEST_SIZE],
                   const unsigned char site[MSA_SITE_SIZE], const msa_proof_t *proof,
                   unsigned char out[MSA_TABLE_KEY]);

/** False when the form of a proof already shows that it cannot be good (a Basic header that cannot
 * be decoded): it is not worth asking about. */
bool msa_proof_is_readable(apr_pool_t *pool, const msa_proof_t *proof);

/**
 * Writes to `out` the fingerprint of a site. Sites whose public URL, database (`driver` and
 * `params`, NULL = none), tables, keys or limits differ do not share what they know about proofs,
 * and neither do requests with and without TLS.
 */
void msa_site_fingerprint(apr_pool_t *pool, const msa_settings_t *settings, const char *driver,
                          const char *params, bool is_secure, unsigned char out[MSA_SITE_SIZE]);

/** One request, as far as it can prove who asks. */
typedef struct msa_visitor_t {
    apr_pool_t *pool;
    const msa_settings_t *settings;
    const msa_cookie_names_t *cookies;
    bool is_secure; /* it came over TLS */
    const apr_table_t *headers;
    const char *query_token; /* the token in the query string; NULL = none */
    void *baton;             /* passed to the functions below */
    /** Whose proof is it? MSA_OK with `*record`, MSA_UNAUTHENTICATED, or trouble. */
    msa_outcome_t (*look_up)(void *baton, const msa_proof_t *proof, const msa_record_t **record);
    /** Logs a line at level info. */
    void (*log)(void *baton, const char *line);
} msa_visitor_t;

#define MSA_METHODS_MAX 8

/** The methods that a directory accepts: MSA_METHOD_ bits. */
int msa_methods_accepted(const msa_directory_settings_t *directory);

/** The MSA_METHOD_ bit of a method by its index, from 0 in order of precedence; 0 = there are no
 * more. Several methods may share a bit. */
int msa_method_bit(size_t index);

/**
 * Tries the method with this index, which must exist. MSA_OK with `*record`; MSA_NOT_FOUND =
 * nothing of the kind was sent, or none of the cookies of its name was good: try the next method;
 * MSA_UNAUTHENTICATED = it was sent and proves nothing; or trouble (MSA_BROKEN, MSA_BUSY,
 * MSA_THROTTLED). Stop at anything but MSA_NOT_FOUND.
 */
msa_outcome_t msa_method_try(const msa_visitor_t *visitor, size_t index,
                             const msa_record_t **record);

/** The token that was sent, in the query string, one of the token headers or as Bearer (RFC 6750),
 * not yet verified; NULL = none. */
const char *msa_visitor_token(const msa_visitor_t *visitor);

#endif
