/* SPDX-License-Identifier: Apache-2.0 */
/* What is different on MySQL and MariaDB: the tables, the settings of a session, the meaning of
 * error numbers. */

#include "dialect.h"
#include "sql_standard.h"

#include <strings.h>

/* Independent of the server's defaults. Only MariaDB reads what follows M! in a comment; only MySQL
 * reads what follows a version that MariaDB leaves to it (50700 to 50799, and all above). ROLLBACK
 * comes first: autocommit = 1 would commit what is open. */
static const char *const SETUP[] = {
    "ROLLBACK AND NO CHAIN NO RELEASE",
    "SET NAMES utf8mb4",
    "SET SESSION TRANSACTION READ WRITE",
    "SET SESSION "
    "sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO', "
    "time_zone = '+00:00', autocommit = 1, completion_type = 0, sql_safe_updates = 0, "
    "sql_big_selects = 1, sql_select_limit = 18446744073709551615, "
    "innodb_lock_wait_timeout = 1, lock_wait_timeout = 1 "
    "/*M! , max_statement_time = 10 */ /*!50708 , max_execution_time = 10000 */",
    /* No locks on the gaps between rows, so nobody waits for those, and what was read is still true
     * when it is locked. A statement-based binary log does not allow that: there the gaps stay
     * locked, and a transaction that meets one is run again. */
    "SET SESSION /*M!100000 tx_isolation *//*!50720 transaction_isolation */ = "
    "IF(@@log_bin AND @@binlog_format = 'STATEMENT', 'REPEATABLE-READ', 'READ-COMMITTED')",
    NULL,
};

#define PATIENCE                                                                                   \
    "SET SESSION innodb_lock_wait_timeout = 60, lock_wait_timeout = 60 "                           \
    "/*M! , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */"

#define COLUMNS                                                                                    \
    "SELECT table_name, column_name, data_type, character_maximum_length "                         \
    "FROM information_schema.columns "                                                             \
    "WHERE table_schema = DATABASE() AND table_name IN"

#define TABLE_END ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci"

/* clang-format off */
static const char *const TABLES[] = {
    "CREATE TABLE IF NOT EXISTS {user} ("
        "id INT NOT NULL AUTO_INCREMENT, "
        "email VARCHAR(255) NOT NULL, "
        "username VARCHAR(255), "
        "password VARCHAR(255), "
        "active TINYINT(1) NOT NULL, "
        "fs_uniquifier VARCHAR(64) NOT NULL, "
        "confirmed_at DATETIME, "
        "last_login_at DATETIME, "
        "current_login_at DATETIME, "
        "last_login_ip VARCHAR(64), "
        "current_login_ip VARCHAR(64), "
        "login_count INT, "
        "tf_primary_method VARCHAR(64), "
        "tf_totp_secret VARCHAR(255), "
        "tf_phone_number VARCHAR(128), "
        "us_totp_secrets TEXT, "
        "us_phone_number VARCHAR(128), "
        "fs_webauthn_user_handle VARCHAR(64), "
        "mf_recovery_codes TEXT, "
        "create_datetime DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "
        "update_datetime DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "
        "PRIMARY KEY (id), "
        "UNIQUE (email), "
        "UNIQUE (username), "
        "UNIQUE (fs_uniquifier), "
        "UNIQUE (us_phone_number), "
        "UNIQUE (fs_webauthn_user_handle)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {role} ("
        "id INT NOT NULL AUTO_INCREMENT, "
        "name VARCHAR(80) NOT NULL, "
        "description VARCHAR(255), "
        "permissions TEXT, "
        "update_datetime DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP, "
        "PRIMARY KEY (id), "
        "UNIQUE (name)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {roles_users} ("
        "user_id INT, "
        "role_id INT, "
        "FOREIGN KEY (user_id) REFERENCES {user} (id), "
        "FOREIGN KEY (role_id) REFERENCES {role} (id)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}ticket ("
        "id BIGINT NOT NULL AUTO_INCREMENT, "
        "digest CHAR(64) CHARACTER SET ascii NOT NULL, "
        "purpose VARCHAR(16) CHARACTER SET ascii NOT NULL, "
        "user_id BIGINT NOT NULL, "
        "stamp CHAR(64) CHARACTER SET ascii NOT NULL, "
        "family VARCHAR(64) CHARACTER SET ascii, "
        "audience VARCHAR(255) NOT NULL, "
        "created_at BIGINT NOT NULL, "
        "expires_at BIGINT NOT NULL, "
        "used_at BIGINT NOT NULL, "
        "spent_at BIGINT NOT NULL DEFAULT 0, "
        "fresh_at BIGINT NOT NULL DEFAULT 0, "
        "address VARCHAR(64), "
        "agent VARCHAR(255), "
        "detail VARCHAR(1024), "
        "registration TEXT, "
        "PRIMARY KEY (id), "
        "UNIQUE {prefix}ticket_digest (digest)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}outbox ("
        "id BIGINT NOT NULL AUTO_INCREMENT, "
        "message_id VARCHAR(255) NOT NULL, "
        "sender VARCHAR(320) NOT NULL, "
        "recipient VARCHAR(320) NOT NULL, "
        "subject VARCHAR(998) NOT NULL, "
        "text_part MEDIUMTEXT, "
        "html_part MEDIUMTEXT, "
        "kind VARCHAR(64) NOT NULL, "
        "created_at BIGINT NOT NULL, "
        "next_at BIGINT NOT NULL, "
        "attempts INT NOT NULL DEFAULT 0, "
        "state INT NOT NULL DEFAULT 0, "
        "sent_at BIGINT NOT NULL DEFAULT 0, "
        "failed_at BIGINT NOT NULL DEFAULT 0, "
        "claimed_by VARCHAR(64), "
        "claimed_until BIGINT NOT NULL DEFAULT 0, "
        "error VARCHAR(255), "
        "PRIMARY KEY (id)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}attempt ("
        "id BIGINT NOT NULL AUTO_INCREMENT, "
        "account_key CHAR(64) CHARACTER SET ascii NOT NULL, "
        "address VARCHAR(64) NOT NULL, "
        "guess CHAR(32) CHARACTER SET ascii, "
        "created_at BIGINT NOT NULL, "
        "PRIMARY KEY (id)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}changes ("
        "id BIGINT NOT NULL AUTO_INCREMENT, "
        "user_id BIGINT NOT NULL, "
        "digest CHAR(64) CHARACTER SET ascii, "
        "created_at BIGINT NOT NULL, "
        "PRIMARY KEY (id)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}audit ("
        "id BIGINT NOT NULL AUTO_INCREMENT, "
        "event VARCHAR(64) NOT NULL, "
        "outcome VARCHAR(64) NOT NULL, "
        "user_id BIGINT NOT NULL, "
        "identity VARCHAR(255), "
        "address VARCHAR(64), "
        "created_at BIGINT NOT NULL, "
        "PRIMARY KEY (id)" TABLE_END,
    "CREATE TABLE IF NOT EXISTS {prefix}version (version INTEGER NOT NULL PRIMARY KEY" TABLE_END,
    "INSERT INTO {prefix}version (version) "
    "SELECT 1 FROM (SELECT 1) one "
    "WHERE NOT EXISTS (SELECT 1 FROM {prefix}version)",
    NULL,
};
/* clang-format on */

#define NOTE(user)                                                                                 \
    "INSERT INTO {prefix}changes (user_id, digest, created_at) "                                   \
    "VALUES (" user ", NULL, UNIX_TIMESTAMP())"

/* Compared byte by byte: the collation of the table would take `A` for `a`. */
#define SAME(column) "CAST(NEW." column " AS BINARY) <=> CAST(OLD." column " AS BINARY) AND "

/* clang-format off */
#define SAME_USER                                                                                  \
    SAME("password")                                                                               \
    SAME("email")                                                                                  \
    SAME("username")                                                                               \
    SAME("fs_uniquifier")                                                                          \
    "NEW.active <=> OLD.active AND NEW.confirmed_at <=> OLD.confirmed_at"
#define SAME_MEMBER "NEW.user_id <=> OLD.user_id AND NEW.role_id <=> OLD.role_id"
#define SAME_ROLE   SAME("name") SAME("permissions") "NEW.id <=> OLD.id"
/* clang-format on */

#define UNLESS(same, note) "BEGIN IF NOT (" same ") THEN " note "; END IF; END"

/* clang-format off */
static const char *const TRIGGERS[] = {
    "CREATE TRIGGER {prefix}user_updated AFTER UPDATE ON {user} FOR EACH ROW "
        UNLESS(SAME_USER, NOTE("NEW.id")),
    "CREATE TRIGGER {prefix}user_deleted AFTER DELETE ON {user} FOR EACH ROW "
        "BEGIN DELETE FROM {prefix}ticket WHERE user_id = OLD.id; " NOTE("OLD.id") "; END",
    "CREATE TRIGGER {prefix}member_added AFTER INSERT ON {roles_users} FOR EACH ROW "
        NOTE("COALESCE(NEW.user_id, 0)"),
    "CREATE TRIGGER {prefix}member_updated AFTER UPDATE ON {roles_users} FOR EACH ROW "
        UNLESS(SAME_MEMBER, NOTE("0")),
    "CREATE TRIGGER {prefix}member_removed AFTER DELETE ON {roles_users} FOR EACH ROW "
        NOTE("COALESCE(OLD.user_id, 0)"),
    "CREATE TRIGGER {prefix}role_updated AFTER UPDATE ON {role} FOR EACH ROW "
        UNLESS(SAME_ROLE, NOTE("0")),
    "CREATE TRIGGER {prefix}role_deleted AFTER DELETE ON {role} FOR EACH ROW "
        NOTE("0"),
    NULL,
};
/* clang-format on */

/** Error numbers of the server (from 1000) and of the client library (from 2000). */
static const struct {
    int code;
    msa_db_kind_t kind;
} ERRORS[] = {
    {1062, DB_UNIQUE },
    {1169, DB_UNIQUE },
    {1586, DB_UNIQUE },
    {1267, DB_UNFIT  },
    {1270, DB_UNFIT  },
    {1271, DB_UNFIT  },
    {3988, DB_UNFIT  },
    {1048, DB_REFUSED},
    {1264, DB_REFUSED},
    {1265, DB_REFUSED},
    {1292, DB_REFUSED},
    {1366, DB_REFUSED},
    {1406, DB_REFUSED},
    {3819, DB_REFUSED},
    {4025, DB_REFUSED},
    {1317, DB_SLOW   },
    {1969, DB_SLOW   },
    {3024, DB_SLOW   },
    {1020, DB_BUSY   },
    {1205, DB_BUSY   },
    {1213, DB_BUSY   },
    {1243, DB_STALE  },
    {1615, DB_STALE  },
    {2030, DB_STALE  },
    {2002, DB_GONE   },
    {2003, DB_GONE   },
    {2006, DB_GONE   },
    {2013, DB_LOST   },
    {2014, DB_LOST   },
    {2026, DB_LOST   },
    {2056, DB_STALE  },
    {2055, DB_LOST   },
    {1053, DB_LOST   },
    {1077, DB_LOST   },
    {1152, DB_LOST   },
    {1158, DB_LOST   },
    {1159, DB_LOST   },
    {1160, DB_LOST   },
    {1161, DB_LOST   },
    {1927, DB_LOST   },
    {4031, DB_GONE   },
};

/* Unsigned or zero-filled, they are the same types. */
static bool is_whole_mysql(const char *type)
{
    static const char *const TYPES[] = {"tinyint", "smallint", "mediumint", "int", "bigint"};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (strcasecmp(type, TYPES[i]) == 0)
            return true;
    }
    return false;
}

static msa_db_kind_t classify_mysql(int code, const char *error)
{
    (void)error;
    if (code == 0)
        return DB_OK;
    for (size_t i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++) {
        if (ERRORS[i].code == code)
            return ERRORS[i].kind;
    }
    return DB_OTHER;
}

/* The optimizer must not decide, whatever it thinks of a small table or of a user with a large part
 * of a big one: a scan of the table would lock, and wait for, other users' rows. */
#define BY_USER   " FORCE INDEX ({prefix}ticket_user) "
#define BY_FAMILY " FORCE INDEX ({prefix}ticket_family) "

/* clang-format off */
const msa_dialect_t msa_dialect_mysql = {
    .driver = "mysql",
    .quote = '`',
    .hold = " FOR UPDATE",
    .can_reconnect = true,
    .commits_by_statement = true,
    .by_user = BY_USER,
    .by_family = BY_FAMILY,
    .has_types = true,
    .setup = SETUP,
    .patience = PATIENCE,
    .columns = COLUMNS,
    .indexes = {
        "SELECT 1 "
        "FROM information_schema.statistics "
        "WHERE table_schema = DATABASE() AND table_name = '", "' AND index_name = '"
    },
    .tables = TABLES,
    .triggers = TRIGGERS,
    .classify = classify_mysql,
    .is_whole = is_whole_mysql,
    .texts = {
        [SQL_LAST_ID] =
            "SELECT LAST_INSERT_ID()",
        [SQL_ROLE_LOCK] =
            "SELECT " ROLE_COLUMNS " "
            "FROM {role} "
            "WHERE name = %s FOR UPDATE",
        [SQL_TICKET_DELETE_OF_USER] =
            "DELETE t "
            "FROM {prefix}ticket t" BY_USER
            "WHERE t.user_id = %lld "
              "AND t.id <> %lld",
        [SQL_TICKET_DELETE_OF_USER_PURPOSE] =
            "DELETE t "
            "FROM {prefix}ticket t" BY_USER
            "WHERE t.user_id = %lld "
              "AND t.id <> %lld "
              "AND t.purpose = %s",
        [SQL_TICKET_DELETE_FAMILY] =
            "DELETE t "
            "FROM {prefix}ticket t" BY_FAMILY
            "WHERE t.family = %s "
              "AND t.id <> %lld "
              "AND t.user_id = %lld",
        [SQL_TICKET_REPLACE_DETAIL] =
            "UPDATE {prefix}ticket" BY_USER
            "SET detail = REPLACE(detail, %s, %s) "
            "WHERE user_id = %lld "
              "AND purpose = %s",
        [SQL_TICKET_MOVE_STAMP] =
            "UPDATE {prefix}ticket" BY_USER
            "SET stamp = %s "
            "WHERE user_id = %lld "
              "AND stamp = %s",
    },
};
/* clang-format on */
