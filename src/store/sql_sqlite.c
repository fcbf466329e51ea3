/* SPDX-License-Identifier: Apache-2.0 */
/* What is different on SQLite: the tables, the settings of a connection, the meaning of its error
 * messages. */

#include "dialect.h"
#include "sql_standard.h"

#include <string.h>
#include <strings.h>

/* No busy_timeout: the driver itself waits, outside the lock that all connections share. */
static const char *const SETUP[] = {
    "PRAGMA foreign_keys = ON",
    "PRAGMA synchronous = NORMAL",
    NULL,
};

/* clang-format off */
static const char *const TABLES[] = {
    "CREATE TABLE IF NOT EXISTS {user} ("
        "id INTEGER NOT NULL PRIMARY KEY, "
        "email VARCHAR(255) NOT NULL UNIQUE, "
        "username VARCHAR(255) UNIQUE, "
        "password VARCHAR(255), "
        "active BOOLEAN NOT NULL, "
        "fs_uniquifier VARCHAR(64) NOT NULL UNIQUE, "
        "confirmed_at DATETIME, "
        "last_login_at DATETIME, "
        "current_login_at DATETIME, "
        "last_login_ip VARCHAR(64), "
        "current_login_ip VARCHAR(64), "
        "login_count INTEGER, "
        "tf_primary_method VARCHAR(64), "
        "tf_totp_secret VARCHAR(255), "
        "tf_phone_number VARCHAR(128), "
        "us_totp_secrets TEXT, "
        "us_phone_number VARCHAR(128) UNIQUE, "
        "fs_webauthn_user_handle VARCHAR(64) UNIQUE, "
        "mf_recovery_codes TEXT, "
        "create_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL, "
        "update_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {role} ("
        "id INTEGER NOT NULL PRIMARY KEY, "
        "name VARCHAR(80) NOT NULL UNIQUE, "
        "description VARCHAR(255), "
        "permissions TEXT, "
        "update_datetime DATETIME DEFAULT (CURRENT_TIMESTAMP) NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {roles_users} ("
        "user_id INTEGER REFERENCES {user} (id), "
        "role_id INTEGER REFERENCES {role} (id))",
    "CREATE TABLE IF NOT EXISTS {prefix}ticket ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "digest TEXT NOT NULL UNIQUE, "
        "purpose TEXT NOT NULL, "
        "user_id INTEGER NOT NULL, "
        "stamp TEXT NOT NULL, "
        "family TEXT, "
        "audience TEXT NOT NULL, "
        "created_at INTEGER NOT NULL, "
        "expires_at INTEGER NOT NULL, "
        "used_at INTEGER NOT NULL, "
        "spent_at INTEGER NOT NULL DEFAULT 0, "
        "fresh_at INTEGER NOT NULL DEFAULT 0, "
        "address TEXT, "
        "agent TEXT, "
        "detail TEXT, "
        "registration TEXT)",
    "CREATE TABLE IF NOT EXISTS {prefix}outbox ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "message_id TEXT NOT NULL, "
        "sender TEXT NOT NULL, "
        "recipient TEXT NOT NULL, "
        "subject TEXT NOT NULL, "
        "text_part TEXT, "
        "html_part TEXT, "
        "kind TEXT NOT NULL, "
        "created_at INTEGER NOT NULL, "
        "next_at INTEGER NOT NULL, "
        "attempts INTEGER NOT NULL DEFAULT 0, "
        "state INTEGER NOT NULL DEFAULT 0, "
        "sent_at INTEGER NOT NULL DEFAULT 0, "
        "failed_at INTEGER NOT NULL DEFAULT 0, "
        "claimed_by TEXT, "
        "claimed_until INTEGER NOT NULL DEFAULT 0, "
        "error TEXT)",
    "CREATE TABLE IF NOT EXISTS {prefix}attempt ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "account_key TEXT NOT NULL, "
        "address TEXT NOT NULL, "
        "guess TEXT, "
        "created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {prefix}changes ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "user_id INTEGER NOT NULL, "
        "digest TEXT, "
        "created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {prefix}audit ("
        "id INTEGER PRIMARY KEY AUTOINCREMENT, "
        "event TEXT NOT NULL, "
        "outcome TEXT NOT NULL, "
        "user_id INTEGER NOT NULL, "
        "identity TEXT, "
        "address TEXT, "
        "created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS {prefix}version (version INTEGER NOT NULL PRIMARY KEY)",
    "INSERT INTO {prefix}version (version) "
    "SELECT 1 FROM (SELECT 1) one "
    "WHERE NOT EXISTS (SELECT 1 FROM {prefix}version)",
    NULL,
};
/* clang-format on */

#define NOTE_OF(user)                                                                              \
    "INSERT INTO {prefix}changes (user_id, digest, created_at) "                                   \
    "VALUES (" user ", NULL, CAST(strftime('%s', 'now') AS INTEGER));"

#define NOTE(user) "BEGIN " NOTE_OF(user) " END"

/* clang-format off */
static const char *const TRIGGERS[] = {
    "CREATE TRIGGER IF NOT EXISTS {prefix}user_updated AFTER UPDATE ON {user} "
        "FOR EACH ROW WHEN NEW.password IS NOT OLD.password "
          "OR NEW.active IS NOT OLD.active "
          "OR NEW.fs_uniquifier IS NOT OLD.fs_uniquifier "
          "OR NEW.email IS NOT OLD.email "
          "OR NEW.username IS NOT OLD.username "
          "OR NEW.confirmed_at IS NOT OLD.confirmed_at "
        NOTE("NEW.id"),
    "CREATE TRIGGER IF NOT EXISTS {prefix}user_deleted AFTER DELETE ON {user} "
        "FOR EACH ROW BEGIN "
          "DELETE FROM {prefix}ticket WHERE user_id = OLD.id; " NOTE_OF("OLD.id") " END",
    "CREATE TRIGGER IF NOT EXISTS {prefix}member_added AFTER INSERT ON {roles_users} "
        "FOR EACH ROW " NOTE("COALESCE(NEW.user_id, 0)"),
    "CREATE TRIGGER IF NOT EXISTS {prefix}member_updated AFTER UPDATE ON {roles_users} "
        "FOR EACH ROW WHEN NEW.user_id IS NOT OLD.user_id "
          "OR NEW.role_id IS NOT OLD.role_id "
        NOTE("0"),
    "CREATE TRIGGER IF NOT EXISTS {prefix}member_removed AFTER DELETE ON {roles_users} "
        "FOR EACH ROW " NOTE("COALESCE(OLD.user_id, 0)"),
    "CREATE TRIGGER IF NOT EXISTS {prefix}role_updated AFTER UPDATE ON {role} "
        "FOR EACH ROW WHEN NEW.id IS NOT OLD.id "
          "OR NEW.name IS NOT OLD.name "
          "OR NEW.permissions IS NOT OLD.permissions "
        NOTE("0"),
    "CREATE TRIGGER IF NOT EXISTS {prefix}role_deleted AFTER DELETE ON {role} "
        "FOR EACH ROW " NOTE("0"),
    NULL,
};
/* clang-format on */

#define COLUMNS                                                                                    \
    "SELECT tables.name, columns.name, columns.type, NULL "                                        \
    "FROM sqlite_master tables "                                                                   \
    "JOIN pragma_table_info(tables.name) columns "                                                 \
    "WHERE tables.type IN ('table', 'view') AND tables.name COLLATE NOCASE IN"

/* Any other affinity keeps 6f or 6.5 as it is; this one still keeps text that is not a number. */
static bool is_whole_sqlite(const char *type)
{
    for (; *type; type++) {
        if (strncasecmp(type, "int", 3) == 0)
            return true;
    }
    return false;
}

/* The driver uses one number for nearly every error; only the message tells them apart. */
static msa_db_kind_t classify_sqlite(int code, const char *error)
{
    if (code == 0)
        return DB_OK;
    if (code == 5 || code == 6 || (code == 1 && error && strstr(error, "is locked")))
        return DB_BUSY;
    if (code == 1 && error && strstr(error, "UNIQUE constraint failed"))
        return DB_UNIQUE;
    if (code == 1 && error &&
        (strstr(error, "CHECK constraint failed") || strstr(error, "NOT NULL constraint failed") ||
         strstr(error, "datatype mismatch") || strstr(error, "cannot store")))
        return DB_REFUSED;
    if (code == 1 && error &&
        (strstr(error, "schema has changed") || strcmp(error, "not an error") == 0))
        return DB_STALE;
    return DB_OTHER;
}

/* clang-format off */
const msa_dialect_t msa_dialect_sqlite = {
    .driver = "sqlite3",
    .quote = '"',
    .by_user = "",
    .by_family = "",
    .hold = "", /* there is only one writer at a time */
    .setup = SETUP,
    .columns = COLUMNS,
    .indexes = {
        "SELECT 1 "
        "FROM sqlite_master "
        "WHERE type = 'index' AND tbl_name COLLATE NOCASE = '", "' AND name = '"
    },
    .tables = TABLES,
    .triggers = TRIGGERS,
    .classify = classify_sqlite,
    .is_whole = is_whole_sqlite,
    .texts = {
        [SQL_GUARD] =
            "SELECT 1 FROM sqlite_master LIMIT 1",
        [SQL_LAST_ID] =
            "SELECT last_insert_rowid()",
        [SQL_USER_BY_EMAIL] =
            "SELECT " USER_COLUMNS " "
            "FROM {user} "
            "WHERE lower(email) IN (lower(%s), lower(%s), lower(%s))",
        [SQL_USER_BY_USERNAME] =
            "SELECT " USER_COLUMNS " "
            "FROM {user} "
            "WHERE lower(username) IN (lower(%s), lower(%s), lower(%s))",
        [SQL_TICKET_SWEEP_EXPIRED] =
            "DELETE FROM {prefix}ticket "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}ticket "
                         "WHERE expires_at > 0 AND expires_at < %lld "
                         "LIMIT %lld)",
        [SQL_TICKET_SWEEP_SPENT] =
            "DELETE FROM {prefix}ticket "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}ticket "
                         "WHERE spent_at > 0 AND spent_at < %lld "
                         "LIMIT %lld)",
        [SQL_ATTEMPT_SWEEP] =
            "DELETE FROM {prefix}attempt "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}attempt "
                         "WHERE created_at < %lld "
                         "LIMIT %lld)",
        [SQL_CHANGE_SWEEP] =
            "DELETE FROM {prefix}changes "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}changes "
                         "WHERE created_at < %lld "
                         "LIMIT %lld)",
        [SQL_OUTBOX_SWEEP] =
            "DELETE FROM {prefix}outbox "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}outbox "
                         "WHERE state = 1 AND sent_at < %lld "
                         "LIMIT %lld)",
        [SQL_OUTBOX_SWEEP_FAILED] =
            "DELETE FROM {prefix}outbox "
            "WHERE id IN (SELECT id "
                         "FROM {prefix}outbox "
                         "WHERE state = 2 AND failed_at < %lld "
                         "LIMIT %lld)",
    },
};
/* clang-format on */
