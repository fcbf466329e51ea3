/* SPDX-License-Identifier: Apache-2.0 */
/* The text of every statement as most databases accept it; a dialect states its own where it
 * differs. */

#include "sql_standard.h"

/* clang-format off */
/* {user} and the like stand for the names of tables, which are settings, {hold}, {by_user} and
 * {by_family} for words of the dialect, %s and %lld for arguments (apr_dbd). */
const msa_statement_t msa_sql_standard[SQL_COUNT] = {
    [SQL_GUARD] = {"guard", "SELECT 1"},
    [SQL_COMMIT] = {"commit", "COMMIT"},
    [SQL_LAST_ID] = {"last_id", NULL},
    [SQL_USER_BY_ID] = {"user_by_id",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE id = %lld"},
    /* In a transaction on SQLite nobody else writes; other dialects have to say it. */
    [SQL_USER_HOLD] = {"user_hold",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE id = %lld{hold}"},
    [SQL_USER_BY_EMAIL] = {"user_by_email",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE email IN (%s, %s, %s)"},
    [SQL_USER_BY_USERNAME] = {"user_by_username",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE username IN (%s, %s, %s)"},
    [SQL_USER_BY_UNIQUIFIER] = {"user_by_uniquifier",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE fs_uniquifier = %s"},
    [SQL_USER_INSERT] = {"user_insert",
        "INSERT INTO {user} (email, username, password, active, fs_uniquifier, confirmed_at, "
          "create_datetime, update_datetime) "
        "VALUES (%s, %s, %s, %lld, %s, %s, %s, %s)"},
    [SQL_USER_INSERT_HANDLE] = {"user_insert_handle",
        "INSERT INTO {user} (email, username, password, active, fs_uniquifier, confirmed_at, "
          "create_datetime, update_datetime, fs_webauthn_user_handle) "
        "VALUES (%s, %s, %s, %lld, %s, %s, %s, %s, %s)"},
    [SQL_USER_INSERT_TOKEN] = {"user_insert_token",
        "INSERT INTO {user} (email, username, password, active, fs_uniquifier, confirmed_at, "
          "create_datetime, update_datetime, fs_webauthn_user_handle, fs_token_uniquifier) "
        "VALUES (%s, %s, %s, %lld, %s, %s, %s, %s, %s, %s)"},
    [SQL_USER_SET_PASSWORD] = {"user_set_password",
        "UPDATE {user} "
        "SET password = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_CAS_PASSWORD] = {"user_cas_password",
        "UPDATE {user} "
        "SET password = %s, update_datetime = %s "
        "WHERE id = %lld "
          "AND password = %s"},
    [SQL_USER_RENEW_PASSWORD] = {"user_renew_password",
        "UPDATE {user} "
        "SET password = %s, fs_uniquifier = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_CAS_RENEW_PASSWORD] = {"user_cas_renew_password",
        "UPDATE {user} "
        "SET password = %s, fs_uniquifier = %s, update_datetime = %s "
        "WHERE id = %lld "
          "AND password = %s"},
    [SQL_USER_SET_UNIQUIFIER] = {"user_set_uniquifier",
        "UPDATE {user} "
        "SET fs_uniquifier = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_SET_TOKEN_UNIQUIFIER] = {"user_set_token_uniquifier",
        "UPDATE {user} SET fs_token_uniquifier = %s WHERE id = %lld"},
    [SQL_USER_SET_ACTIVE] = {"user_set_active",
        "UPDATE {user} "
        "SET active = %lld, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_SET_CONFIRMED] = {"user_set_confirmed",
        "UPDATE {user} "
        "SET confirmed_at = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_SET_EMAIL] = {"user_set_email",
        "UPDATE {user} "
        "SET email = %s, confirmed_at = %s, update_datetime = %s "
        "WHERE id = %lld "
          "AND email = %s"},
    [SQL_USER_SET_USERNAME] = {"user_set_username",
        "UPDATE {user} "
        "SET username = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_TRACK] = {"user_track",
        "UPDATE {user} "
        "SET last_login_at = COALESCE(current_login_at, %s), "
            "last_login_ip = COALESCE(current_login_ip, %s), "
            "current_login_at = %s, current_login_ip = %s, "
            "login_count = COALESCE(login_count, 0) + 1, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_TRACK_TIME] = {"user_track_time",
        "UPDATE {user} "
        "SET last_login_at = COALESCE(current_login_at, %s), last_login_ip = NULL, "
            "current_login_at = %s, current_login_ip = NULL, "
            "login_count = COALESCE(login_count, 0) + 1, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_USER_DELETE] = {"user_delete",
        "DELETE FROM {user} WHERE id = %lld"},
    [SQL_USER_DELETE_ROLES] = {"user_delete_roles",
        "DELETE FROM {roles_users} WHERE user_id = %lld"},
    [SQL_USER_LIST] = {"user_list",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE id > %lld "
        "ORDER BY id "
        "LIMIT %lld"},
    [SQL_USER_LIST_ROLE] = {"user_list_role",
        "SELECT " USER_COLUMNS " "
        "FROM {user} "
        "WHERE id > %lld "
          "AND id IN (SELECT ru.user_id "
                     "FROM {roles_users} ru "
                     "JOIN {role} r ON r.id = ru.role_id "
                     "WHERE r.name = %s) "
        "ORDER BY id "
        "LIMIT %lld"},
    [SQL_ROLES_OF_USER] = {"roles_of_user",
        "SELECT r.id, r.name, r.description, r.permissions "
        "FROM {role} r "
        "JOIN {roles_users} ru ON ru.role_id = r.id "
        "WHERE ru.user_id = %lld"},
    [SQL_ROLE_BY_ID] = {"role_by_id",
        "SELECT 1 FROM {role} WHERE id = %lld"},
    [SQL_ROLE_BY_NAME] = {"role_by_name",
        "SELECT " ROLE_COLUMNS " "
        "FROM {role} "
        "WHERE name = %s"},
    [SQL_ROLE_LOCK] = {"role_lock",
        "SELECT " ROLE_COLUMNS " "
        "FROM {role} "
        "WHERE name = %s"},
    [SQL_ROLE_LIST] = {"role_list",
        "SELECT " ROLE_COLUMNS " "
        "FROM {role} "
        "ORDER BY name"},
    [SQL_ROLE_INSERT] = {"role_insert",
        "INSERT INTO {role} (name, description, permissions, update_datetime) "
        "VALUES (%s, %s, %s, %s)"},
    [SQL_ROLE_SET_PERMISSIONS] = {"role_set_permissions",
        "UPDATE {role} "
        "SET permissions = %s, update_datetime = %s "
        "WHERE id = %lld"},
    [SQL_ROLE_DELETE] = {"role_delete",
        "DELETE FROM {role} WHERE id = %lld"},
    [SQL_ROLE_DELETE_MEMBERS] = {"role_delete_members",
        "DELETE FROM {roles_users} WHERE role_id = %lld"},
    [SQL_ROLE_HAS] = {"role_has",
        "SELECT 1 "
        "FROM {roles_users} "
        "WHERE user_id = %lld "
          "AND role_id = %lld "
        "LIMIT 1"},
    [SQL_ROLE_ADD] = {"role_add",
        "INSERT INTO {roles_users} (user_id, role_id) "
        "VALUES (%lld, %lld)"},
    [SQL_ROLE_REMOVE] = {"role_remove",
        "DELETE FROM {roles_users} "
        "WHERE user_id = %lld "
          "AND role_id = %lld"},
    [SQL_ROLE_MEMBERS] = {"role_members",
        "SELECT DISTINCT user_id "
        "FROM {roles_users} "
        "WHERE role_id = %lld "
          "AND user_id IS NOT NULL"},
    [SQL_TICKET_INSERT] = {"ticket_insert",
        "INSERT INTO {prefix}ticket (digest, purpose, user_id, stamp, family, audience, "
          "created_at, expires_at, used_at, spent_at, fresh_at, address, agent, detail, "
          "registration) "
        "VALUES (%s, %s, %lld, %s, %s, %s, %lld, %lld, %lld, %lld, %lld, %s, %s, %s, %s)"},
    [SQL_TICKET_BY_ID] = {"ticket_by_id",
        "SELECT 1 FROM {prefix}ticket WHERE id = %lld"},
    [SQL_TICKET_BY_DIGEST] = {"ticket_by_digest",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket "
        "WHERE digest = %s"},
    [SQL_TICKET_HOLD] = {"ticket_hold",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket "
        "WHERE id = %lld{hold}"},
    [SQL_TICKET_REGISTRATION] = {"ticket_registration",
        "SELECT registration FROM {prefix}ticket WHERE id = %lld"},
    [SQL_TICKET_BY_DIGESTS] = {"ticket_by_digests",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket "
        "WHERE digest IN (%s, %s) "
          "AND spent_at = 0"},
    [SQL_TICKET_TOUCH] = {"ticket_touch",
        "UPDATE {prefix}ticket "
        "SET used_at = %lld, address = %s, agent = %s "
        "WHERE id = %lld"},
    [SQL_TICKET_PROLONG] = {"ticket_prolong",
        "UPDATE {prefix}ticket "
        "SET used_at = %lld, expires_at = %lld "
        "WHERE id = %lld"},
    [SQL_TICKET_SPEND] = {"ticket_spend",
        "UPDATE {prefix}ticket "
        "SET spent_at = %lld "
        "WHERE id = %lld "
          "AND spent_at = 0"},
    [SQL_TICKET_SET_FRESH] = {"ticket_set_fresh",
        "UPDATE {prefix}ticket SET fresh_at = %lld WHERE id = %lld"},
    [SQL_TICKET_DELETE] = {"ticket_delete",
        "DELETE FROM {prefix}ticket WHERE id = %lld"},
    [SQL_TICKET_DELETE_OF_USER] = {"ticket_delete_of_user",
        "DELETE FROM {prefix}ticket WHERE user_id = %lld AND id <> %lld"},
    [SQL_TICKET_DELETE_OF_USER_PURPOSE] = {"ticket_delete_of_user_purpose",
        "DELETE FROM {prefix}ticket "
        "WHERE user_id = %lld "
          "AND id <> %lld "
          "AND purpose = %s"},
    [SQL_TICKET_DELETE_FAMILY] = {"ticket_delete_family",
        "DELETE FROM {prefix}ticket "
        "WHERE family = %s "
          "AND id <> %lld "
          "AND user_id = %lld"},
    [SQL_TICKET_HOLDERS] = {"ticket_holders",
        "SELECT t.stamp, u.id, u.password, u.fs_uniquifier, u.create_datetime "
        "FROM {prefix}ticket t "
        "JOIN {user} u ON u.id = t.user_id "
        "WHERE t.family = %s "
          "AND t.purpose = %s "
          "AND t.spent_at = 0 "
          "AND (t.expires_at = 0 OR t.expires_at > %lld) "
        "LIMIT 100"},
    /* + 0: for a user with many tickets MariaDB would rather read everybody's by another index. */
    [SQL_TICKET_LIST] = {"ticket_list",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket{by_user} "
        "WHERE user_id = %lld "
          "AND spent_at + 0 = 0 "
        "ORDER BY id DESC "
        "LIMIT %lld"},
    [SQL_TICKET_LIST_PURPOSE] = {"ticket_list_purpose",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket{by_user} "
        "WHERE user_id = %lld "
          "AND purpose = %s "
          "AND spent_at + 0 = 0 "
        "ORDER BY id DESC "
        "LIMIT %lld"},
    [SQL_TICKET_SURPLUS] = {"ticket_surplus",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket{by_user} "
        "WHERE user_id = %lld "
          "AND purpose = %s "
          "AND spent_at + 0 = 0 "
        "ORDER BY CASE WHEN expires_at > 0 AND expires_at <= %lld THEN 1 ELSE 0 END, "
                 "2 * used_at - created_at DESC, id DESC "
        "LIMIT 200 OFFSET %lld"},
    [SQL_TICKET_OF_FAMILY] = {"ticket_of_family",
        "SELECT " TICKET_COLUMNS " "
        "FROM {prefix}ticket{by_family} "
        "WHERE family = %s "
          "AND purpose = %s "
          "AND spent_at + 0 = 0 "
        "LIMIT 200"},
    [SQL_TICKET_COUNT_FAMILY] = {"ticket_count_family",
        "SELECT COUNT(*) "
        "FROM {prefix}ticket{by_family} "
        "WHERE family = %s "
          "AND purpose = %s"},
    [SQL_TICKET_MOVE_STAMP] = {"ticket_move_stamp",
        "UPDATE {prefix}ticket "
        "SET stamp = %s "
        "WHERE user_id = %lld "
          "AND stamp = %s"},
    [SQL_TICKET_REPLACE_DETAIL] = {"ticket_replace_detail",
        "UPDATE {prefix}ticket "
        "SET detail = REPLACE(detail, %s, %s) "
        "WHERE user_id = %lld "
          "AND purpose = %s"},
    [SQL_TICKET_SWEEP_EXPIRED] = {"ticket_sweep_expired",
        "DELETE FROM {prefix}ticket "
        "WHERE expires_at > 0 "
          "AND expires_at < %lld "
        "LIMIT %lld"},
    [SQL_TICKET_SWEEP_SPENT] = {"ticket_sweep_spent",
        "DELETE FROM {prefix}ticket "
        "WHERE spent_at > 0 "
          "AND spent_at < %lld "
        "LIMIT %lld"},
    [SQL_OUTBOX_INSERT] = {"outbox_insert",
        "INSERT INTO {prefix}outbox (message_id, sender, recipient, subject, text_part, "
          "html_part, kind, created_at, next_at) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %lld, %lld)"},
    [SQL_OUTBOX_DUE] = {"outbox_due",
        "SELECT id "
        "FROM {prefix}outbox "
        "WHERE state = 0 "
          "AND next_at <= %lld "
          "AND claimed_until = 0 "
        "ORDER BY next_at "
        "LIMIT %lld"},
    [SQL_OUTBOX_READ] = {"outbox_read",
        "SELECT " MAIL_COLUMNS ", text_part, html_part "
        "FROM {prefix}outbox "
        "WHERE id = %lld"},
    [SQL_OUTBOX_CLAIM] = {"outbox_claim",
        "UPDATE {prefix}outbox "
        "SET claimed_by = %s, claimed_until = %lld "
        "WHERE id = %lld "
          "AND state = 0 "
          "AND next_at <= %lld "
          "AND claimed_until = 0"},
    [SQL_OUTBOX_ABANDONED] = {"outbox_abandoned",
        "SELECT " MAIL_COLUMNS " "
        "FROM {prefix}outbox "
        "WHERE state = 0 "
          "AND claimed_until > 0 "
          "AND claimed_until < %lld "
        "ORDER BY id "
        "LIMIT %lld"},
    [SQL_OUTBOX_ABANDON] = {"outbox_abandon",
        "UPDATE {prefix}outbox "
        "SET state = 2, failed_at = %lld, attempts = attempts + 1, claimed_until = 0, error = %s "
        "WHERE id = %lld "
          "AND state = 0 "
          "AND claimed_until > 0 "
          "AND claimed_until < %lld"},
    [SQL_OUTBOX_SENT] = {"outbox_sent",
        "UPDATE {prefix}outbox "
        "SET state = 1, sent_at = %lld, failed_at = 0, attempts = attempts + 1, claimed_until = 0, "
            "text_part = NULL, html_part = NULL, error = NULL "
        "WHERE id = %lld "
          "AND claimed_by = %s "
          "AND state <> 1"},
    [SQL_OUTBOX_POSTPONE] = {"outbox_postpone",
        "UPDATE {prefix}outbox "
        "SET state = %lld, failed_at = %lld, next_at = %lld, attempts = attempts + 1, "
            "claimed_until = 0, error = %s "
        "WHERE id = %lld "
          "AND claimed_by = %s "
          "AND state <> 1"},
    [SQL_OUTBOX_LIST] = {"outbox_list",
        "SELECT " MAIL_COLUMNS " "
        "FROM {prefix}outbox "
        "WHERE state <> 1 "
          "AND id < %lld "
        "ORDER BY id DESC "
        "LIMIT %lld"},
    [SQL_OUTBOX_LIST_ALL] = {"outbox_list_all",
        "SELECT " MAIL_COLUMNS " "
        "FROM {prefix}outbox "
        "WHERE id < %lld "
        "ORDER BY id DESC "
        "LIMIT %lld"},
    [SQL_OUTBOX_RETRY] = {"outbox_retry",
        "UPDATE {prefix}outbox "
        "SET state = 0, failed_at = 0, attempts = 0, next_at = %lld "
        "WHERE id = %lld "
          "AND state <> 1"},
    [SQL_OUTBOX_RETRY_ALL] = {"outbox_retry_all",
        "UPDATE {prefix}outbox "
        "SET state = 0, failed_at = 0, attempts = 0, next_at = %lld "
        "WHERE state <> 1"},
    [SQL_OUTBOX_DELETE] = {"outbox_delete",
        "DELETE FROM {prefix}outbox WHERE id = %lld"},
    [SQL_OUTBOX_SWEEP] = {"outbox_sweep",
        "DELETE FROM {prefix}outbox "
        "WHERE state = 1 "
          "AND sent_at < %lld "
        "LIMIT %lld"},
    [SQL_OUTBOX_SWEEP_FAILED] = {"outbox_sweep_failed",
        "DELETE FROM {prefix}outbox "
        "WHERE state = 2 "
          "AND failed_at < %lld "
        "LIMIT %lld"},
    [SQL_OUTBOX_COUNT] = {"outbox_count",
        "SELECT state, COUNT(*) "
        "FROM {prefix}outbox "
        "WHERE state IN (0, 2) "
        "GROUP BY state"},
    [SQL_ATTEMPT_INSERT] = {"attempt_insert",
        "INSERT INTO {prefix}attempt (account_key, address, guess, created_at) "
        "VALUES (%s, %s, %s, %lld)"},
    [SQL_ATTEMPT_COUNT] = {"attempt_count",
        "SELECT (SELECT COUNT(*) FROM {prefix}attempt "
                "WHERE account_key = %s AND created_at >= %lld), "
               "(SELECT COUNT(*) FROM {prefix}attempt "
                "WHERE address = %s AND created_at >= %lld), "
               "(SELECT COUNT(*) FROM {prefix}attempt "
                "WHERE account_key = %s AND created_at >= %lld AND address = %s AND guess = %s)"},
    [SQL_ATTEMPT_CLEAR] = {"attempt_clear",
        "DELETE FROM {prefix}attempt "
        "WHERE account_key = %s "
          "AND address = %s"},
    [SQL_ATTEMPT_FORGET] = {"attempt_forget",
        "DELETE FROM {prefix}attempt WHERE account_key = %s"},
    [SQL_ATTEMPT_SWEEP] = {"attempt_sweep",
        "DELETE FROM {prefix}attempt WHERE created_at < %lld LIMIT %lld"},
    [SQL_CHANGE_INSERT] = {"change_insert",
        "INSERT INTO {prefix}changes (user_id, digest, created_at) "
        "VALUES (%lld, %s, %lld)"},
    [SQL_CHANGE_LIST] = {"change_list",
        "SELECT id, user_id, digest, created_at "
        "FROM {prefix}changes "
        "WHERE id > %lld "
        "ORDER BY id "
        "LIMIT %lld"},
    [SQL_CHANGE_NEWEST] = {"change_newest",
        "SELECT MAX(id) FROM {prefix}changes"},
    [SQL_CHANGE_SWEEP] = {"change_sweep",
        "DELETE FROM {prefix}changes WHERE created_at < %lld LIMIT %lld"},
    [SQL_AUDIT_INSERT] = {"audit_insert",
        "INSERT INTO {prefix}audit (event, outcome, user_id, identity, address, created_at) "
        "VALUES (%s, %s, %lld, %s, %s, %lld)"},
};
/* clang-format on */
