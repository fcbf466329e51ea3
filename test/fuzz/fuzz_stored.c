/* SPDX-License-Identifier: Apache-2.0 */
#include "fuzz.h"

#include "../../src/password/scheme.h"

#include <string.h>

const char fuzz_name[] = "stored";

static const msa_scheme_t *const SCHEMES[] = {
    &msa_argon2,        &msa_bcrypt,        &msa_bcrypt_sha256,        &msa_scrypt,
    &msa_yescrypt,      &msa_sha512_crypt,  &msa_sha256_crypt,         &msa_pbkdf2_sha512,
    &msa_pbkdf2_sha256, &msa_django_argon2, &msa_django_pbkdf2_sha256, &msa_django_pbkdf2_sha1,
    &msa_ldap_sha1,     &msa_apr_md5_crypt, &msa_django_bcrypt_sha256, &msa_passlib_scrypt,
    &msa_des_crypt,
};

/* What another program wrote into the table: at most one scheme recognises it. */
void fuzz_text(apr_pool_t *pool, const char *text, size_t length)
{
    static const msa_scheme_cost_t COST = {
        {12, 2, 1}
    };
    int count = 0;
    (void)pool;
    (void)length;
    for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(SCHEMES[0]); i++) {
        if (!SCHEMES[i]->recognise(text))
            continue;
        count++;
        if (SCHEMES[i]->is_weaker)
            SCHEMES[i]->is_weaker(&COST, text);
        /* Locking puts a mark before a stored password, which no scheme may recognise. */
        fuzz_require(text[0] != '!' && text[0] != '*');
    }
    fuzz_require(count <= 1);
}
