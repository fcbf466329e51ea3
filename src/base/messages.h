/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_BASE_MESSAGES_H
#define MSA_BASE_MESSAGES_H

/* The texts that visitors see, found by their key. */

#include <apr_pools.h>

/**
 * The texts that visitors read, by message key, from `messages/LANGUAGE.txt`: lines `KEY = text`,
 * UTF-8, `#` comments. A site's own file replaces single texts of the shipped one, and those of
 * another language the English ones.
 */
typedef struct msa_messages_t msa_messages_t;

/**
 * Loads the shipped texts of `language` and the site's on top; one of the two files may be missing,
 * and texts that neither has are English. On failure `*error` says file, line
 * and cause (unknown language, a line without `=`, a key without a text).
 */
apr_status_t msa_messages_load(apr_pool_t *pool, const char *site_directory,
                               const char *shipped_directory, const char *language,
                               const msa_messages_t **messages, const char **error);

/** The text of a key; the key itself when there is none. */
const char *msa_messages_text(const msa_messages_t *messages, const char *key);

#endif
