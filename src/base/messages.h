/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_MESSAGES_H
#define MSA_BASE_MESSAGES_H

/* The texts that visitors see, looked up by key. */

#include <apr_pools.h>

/**
 * The texts that visitors read, by message key, from `messages/LANGUAGE.txt`: lines `KEY = text` in
 * UTF-8 of at most 1022 bytes, empty ones, and comments, which begin with `#`. A site's own file
 * replaces single texts of the shipped one, and the shipped file of another language replaces
 * single English ones.
 */
typedef struct msa_messages_t msa_messages_t;

/**
 * Loads the shipped texts of `language` and the site's (`site_directory` may be NULL) on top. One
 * of the two files may be missing; texts that are in neither are English. On failure `*error`, from
 * `pool`, names the cause, and the file and line if there is one: APR_EINVAL for a name that no
 * language can have, for a line that is too long, not clean UTF-8 or without `=`, and for a key
 * without a text or a text without a key; APR_NOTFOUND when both files are missing; or why a file
 * could not be read.
 */
apr_status_t msa_messages_load(apr_pool_t *pool, const char *site_directory,
                               const char *shipped_directory, const char *language,
                               const msa_messages_t **messages, const char **error);

/** The text of a key; the key itself when it has none. */
const char *msa_messages_text(const msa_messages_t *messages, const char *key);

#endif
