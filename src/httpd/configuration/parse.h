/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_HTTPD_PARSE_H
#define MSA_HTTPD_PARSE_H

/* How the value of a directive is read: one kind for each form of value. */

#include "../module.h"
#include "../../base/settings.h"

/** A kind of value: how the words after a directive are read. */
typedef struct msa_value_kind_t {
    /** Reads `args` into `field`; `word` is that of the directive's row, for kinds that need it.
     * NULL on success; otherwise what is allowed, as the rest of a sentence that begins with the
     * directive. */
    const char *(*parse)(cmd_parms *cmd, const char *args, void *field, const char *word);
    bool is_server_only;
} msa_value_kind_t;

/** The only word of a directive, unquoted, from the pool of the configuration; NULL when there is
 * none or more than one. */
const char *msa_parse_word(cmd_parms *cmd, const char *args);

/* parse.c: choices, numbers, durations, texts, files, lists */
extern const msa_value_kind_t msa_kind_flag, msa_kind_button, msa_kind_spa, msa_kind_csrf,
    msa_kind_foreign, msa_kind_methods, msa_kind_number, msa_kind_count, msa_kind_concurrency,
    msa_kind_duration, msa_kind_duration_or_none, msa_kind_freshness, msa_kind_text, msa_kind_line,
    msa_kind_words, msa_kind_secret, msa_kind_secrets, msa_kind_command, msa_kind_directory,
    msa_kind_file, msa_kind_program, msa_kind_user, msa_kind_subject;

/* parse_fields.c */
extern const msa_value_kind_t msa_kind_register_fields;

/* parse_names.c: names, paths, hosts, URLs */
extern const msa_value_kind_t msa_kind_cookie, msa_kind_identifier, msa_kind_language,
    msa_kind_parameter, msa_kind_headers, msa_kind_path, msa_kind_view, msa_kind_url, msa_kind_host,
    msa_kind_sender;

#endif
