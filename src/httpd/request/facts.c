/* SPDX-License-Identifier: Apache-2.0 */
/* FACTS[]: what scripts, logs and backends learn about the visitor, and how it is set and
 * cleared. */

#include "facts.h"

#include <apr_strings.h>

/** What scripts, log formats and (with SecurityPassHeaders) backends learn, one text each. */
static const struct {
    const char *variable;
    const char *header;
    size_t text; /* offset of the member of msa_record_t that is the text's offset */
} FACTS[] = {
    {"SECURITY_USER_ID",     "X-Security-User-Id",     offsetof(msa_record_t, id_text)    },
    {"SECURITY_EMAIL",       "X-Security-Email",       offsetof(msa_record_t, email)      },
    {"SECURITY_USERNAME",    "X-Security-Username",    offsetof(msa_record_t, username)   },
    {"SECURITY_ROLES",       "X-Security-Roles",       offsetof(msa_record_t, roles)      },
    {"SECURITY_PERMISSIONS", "X-Security-Permissions", offsetof(msa_record_t, permissions)},
    {"SECURITY_METHOD",      "X-Security-Method",      offsetof(msa_record_t, method)     },
};

#define FACT_COUNT (sizeof(FACTS) / sizeof(FACTS[0]))

/* The text lives as long as the record, and that as long as the visit. */
static const char *text_of(const msa_record_t *record, size_t fact)
{
    return msa_record_text(record,
                           *(const apr_uint16_t *)((const char *)record + FACTS[fact].text));
}

void msa_facts_set_environment(request_rec *r, const msa_record_t *record)
{
    bool is_empty = apr_is_empty_table(r->subprocess_env);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(record, i);
        if (is_empty)
            apr_table_addn(r->subprocess_env, FACTS[i].variable, text);
        else
            apr_table_setn(r->subprocess_env, FACTS[i].variable, text);
    }
}

void msa_facts_clear_environment(request_rec *r)
{
    if (apr_is_empty_table(r->subprocess_env))
        return;
    for (size_t i = 0; i < FACT_COUNT; i++)
        apr_table_unset(r->subprocess_env, FACTS[i].variable);
}

void msa_facts_pass(request_rec *r, const msa_record_t *record)
{
    apr_table_setn(r->headers_in, "X-Remote-User", msa_record_text(record, record->email));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        const char *text = text_of(record, i);
        if (*text)
            apr_table_setn(r->headers_in, FACTS[i].header, text);
    }
}
