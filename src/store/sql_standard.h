/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_SQL_STANDARD_H
#define MSA_STORE_SQL_STANDARD_H

#include "sql.h"

/* The columns of a row as they are read, in that order. */

#define USER_COLUMNS                                                                               \
    "id, email, username, password, active, fs_uniquifier, confirmed_at, last_login_at, "          \
    "current_login_at, last_login_ip, current_login_ip, login_count, create_datetime"

#define TICKET_COLUMNS                                                                             \
    "id, digest, purpose, user_id, stamp, family, audience, created_at, expires_at, "              \
    "used_at, spent_at, fresh_at, address, agent, detail"

#define MAIL_COLUMNS                                                                               \
    "id, message_id, sender, recipient, subject, kind, created_at, next_at, attempts, "            \
    "sent_at, failed_at, error"

#define ROLE_COLUMNS "id, name, description, permissions"

/** A statement: its name for the log, and its text where the databases agree. */
typedef struct msa_statement_t {
    const char *name;
    const char *text; /* NULL = every dialect has its own */
} msa_statement_t;

extern const msa_statement_t msa_sql_standard[SQL_COUNT];

#endif
