/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_STORE_STORE_H
#define MSA_STORE_STORE_H

#include <stdbool.h>
#include <apr_tables.h>
#include <apr_time.h>
#include "db.h"
#include "../base/digest.h"

/*
 * The records and every operation on them. All return apr_status_t: APR_SUCCESS, APR_NOTFOUND (no
 * such row, or a conditional change that did not apply), APR_EEXIST (unique key taken), APR_EINVAL
 * (a value too long or not clean UTF-8), anything else = broken and logged. Outputs are written on
 * APR_SUCCESS only and live in `pool`. Times are UTC microseconds, 0 = NULL, stored as whole
 * seconds.
 *
 * Whatever changes a row knows whom it concerns: of whom or of what ticket something is not true
 * any more that is remembered elsewhere. It says so to the transaction, whose end (msa_db_end)
 * tells all caches; outside of one it is a transaction by itself. Below, `Concerns:` tells whom;
 * where it is not said, nobody. What changed no row concerns nobody.
 */

typedef struct msa_user_t {
    apr_int64_t id;
    const char *email;
    const char *username; /* NULL = none */
    const char *password; /* the stored hash; NULL = none */
    bool is_active;
    const char *fs_uniquifier;
    apr_time_t confirmed_at;
    apr_time_t last_login_at, current_login_at;
    const char *last_login_ip, *current_login_ip; /* NULL = none */
    apr_int64_t login_count;
    apr_time_t created_at;
} msa_user_t;

typedef struct msa_role_t {
    apr_int64_t id;
    const char *name;
    const char *description; /* NULL = none */
    const char *permissions; /* "read,write"; NULL or "" = none */
} msa_role_t;

/**
 * What a secret is good for. Usable as bits: 1 << purpose. Sessions and tokens prove who somebody
 * is, and what they stand for is remembered outside of the database; of all others nothing is.
 */
typedef enum {
    MSA_PURPOSE_SESSION,
    MSA_PURPOSE_REMEMBER,
    MSA_PURPOSE_TOKEN,    /* authentication token of an API client */
    MSA_PURPOSE_PERSONAL, /* personal access token, `msa_` in front */
    MSA_PURPOSE_CONFIRM,
    MSA_PURPOSE_RESET,
    MSA_PURPOSE_CHANGE_EMAIL,
    MSA_PURPOSE_UNDO_EMAIL,
    MSA_PURPOSE_DEVICE, /* a browser that its user has signed in with before */
    MSA_PURPOSE_PLACE,  /* an address that its user has signed in from; no secret */
    MSA_PURPOSE_COUNT
} msa_purpose_t;

/** The name kept in the ticket table: `session`, `remember`, ... */
const char *msa_purpose_name(msa_purpose_t purpose);
/** The purpose of that name; MSA_PURPOSE_COUNT = none has it. */
msa_purpose_t msa_purpose_of(const char *name);

/** One secret handed out: session, remember cookie, token, link. Kept as SHA-256 only. */
typedef struct msa_ticket_t {
    apr_int64_t id;
    unsigned char digest[MSA_DIGEST_SIZE]; /* SHA-256 of the secret's 43 characters */
    const char *purpose;                   /* the name of a msa_purpose_t */
    apr_int64_t user_id;
    unsigned char stamp[MSA_DIGEST_SIZE]; /* what binds it to the user */
    const char *family;                   /* of all that one sign-in handed out; NULL */
    const char *audience;                 /* the site it is good for */
    apr_time_t created_at;
    apr_time_t expires_at;       /* absolute; 0 = never */
    apr_time_t used_at;          /* last seen; 0 = never */
    apr_time_t spent_at;         /* single use: when it was redeemed; 0 = not yet */
    apr_time_t fresh_at;         /* last proof of the password in this session; 0 = none */
    const char *address, *agent; /* of the client at issue or last use; NULL */
    const char *detail;          /* what it is bound to: e-mail, name, scope; NULL */
    const char *registration;    /* what a confirmation link brings along; not read with the rest */
} msa_ticket_t;

/** One mail on its way. */
typedef struct msa_mail_t {
    apr_int64_t id;
    const char *message_id; /* without <> */
    const char *sender, *recipient;
    const char *subject, *text, *html; /* text or html may be NULL */
    const char *kind;                  /* template name */
    apr_time_t created_at;
    apr_time_t next_at; /* not before */
    int attempts;
    apr_time_t sent_at, failed_at; /* 0 = not */
    const char *error;             /* of the last attempt; NULL */
} msa_mail_t;

/* schema.c */

/** Creates the tables and indexes that are missing; with triggers, those that note foreign writes.
 */
apr_status_t msa_schema_create(msa_db_t *db, apr_pool_t *pool, bool with_triggers);
/** Adds missing columns and indexes to existing tables, own and Flask-Security's; never drops. */
apr_status_t msa_schema_upgrade(msa_db_t *db, apr_pool_t *pool);
/**
 * `*faults`: array of const char *, one sentence each, empty when all is well. `password_width`:
 * characters of the longest password hash that will be stored.
 */
apr_status_t msa_schema_check(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **faults);
/** Only what the tables can be used with, but should be known. */
apr_status_t msa_schema_notes(msa_db_t *db, apr_pool_t *pool, int password_width,
                              apr_array_header_t **notes);

/* users.c: identities are compared with msa_text_identity_key, whatever the collation says; when
 * several rows share a key, the one spelled exactly as asked is found, else none. */

apr_status_t msa_user_by_id(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
/**
 * The same inside the caller's transaction, which sees the row as it is now and keeps it so until
 * its end. Whoever hands out or ends tickets of a user begins with this: so they come one by one.
 */
apr_status_t msa_user_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_user_t **user);
apr_status_t msa_user_by_email(msa_db_t *db, apr_pool_t *pool, const char *email,
                               msa_user_t **user);
apr_status_t msa_user_by_username(msa_db_t *db, apr_pool_t *pool, const char *username,
                                  msa_user_t **user);
apr_status_t msa_user_by_uniquifier(msa_db_t *db, apr_pool_t *pool, const char *fs_uniquifier,
                                    msa_user_t **user);
/** Inserts (id ignored, written back) with created/updated times `now`; APR_EEXIST = e-mail or
 * username taken. */
apr_status_t msa_user_create(msa_db_t *db, apr_pool_t *pool, msa_user_t *user, apr_time_t now);
/** Writes one further column of the user table that the administrator listed
 * (SecurityRegisterFields), inside the caller's transaction. None of them says who somebody is. */
apr_status_t msa_user_set_column(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *column,
                                 const char *value, apr_time_t now);
/**
 * Replaces the stored password when it still is `old_password` (NULL = whatever it is), and
 * fs_uniquifier when `fs_uniquifier` is not NULL. APR_NOTFOUND when another writer was first.
 * Concerns: the user, whose tickets are void.
 */
apr_status_t msa_user_set_password(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *old_password, const char *new_password,
                                   const char *fs_uniquifier, apr_time_t now);
/**
 * Puts another hash of the same password in the place of `old_password`; APR_NOTFOUND when another
 * writer was first. Whoever does it gives the tickets the new stamp in the same transaction: so all
 * stays as it was.
 */
apr_status_t msa_user_rehash(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                             const char *old_password, const char *new_password, apr_time_t now);
/** Concerns: the user, whose tickets are void. */
apr_status_t msa_user_set_uniquifier(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char *fs_uniquifier, apr_time_t now);
/** Concerns: the user. */
apr_status_t msa_user_set_active(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, bool is_active,
                                 apr_time_t now);
/** Concerns: the user. */
apr_status_t msa_user_set_confirmed(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                    apr_time_t confirmed_at, apr_time_t now);
/** APR_EEXIST when taken; APR_NOTFOUND when the address no longer is `old_email`. Concerns: the
 * user. */
apr_status_t msa_user_set_email(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                const char *old_email, const char *new_email,
                                apr_time_t confirmed_at, apr_time_t now);
/** APR_EEXIST when taken. Concerns: the user. */
apr_status_t msa_user_set_username(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                   const char *username, apr_time_t now);
/** Login tracking in one statement: last_* = current_* (or now/address), current_* = now/address,
 * count + 1. Addresses that do not fit their columns become NULL; what still is refused is not
 * noted at all. */
apr_status_t msa_user_track(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                            apr_time_t now);
/** Deletes the user, his role memberships and tickets. Concerns: the user. */
apr_status_t msa_user_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** Up to `limit` users with id > after, by id; only those with `role` when it is not NULL. Array of
 * msa_user_t *. */
apr_status_t msa_user_list(msa_db_t *db, apr_pool_t *pool, const char *role, apr_int64_t after,
                           int limit, apr_array_header_t **users);

/* roles.c */

/** The roles of a user, each once, by name. Array of msa_role_t *. */
apr_status_t msa_roles_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                               apr_array_header_t **roles);
apr_status_t msa_role_by_name(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/** The same inside a transaction: nobody else writes this role, or gives it, until its end. */
apr_status_t msa_role_lock(msa_db_t *db, apr_pool_t *pool, const char *name, msa_role_t **role);
/** Array of msa_role_t *, by name. */
apr_status_t msa_role_list(msa_db_t *db, apr_pool_t *pool, apr_array_header_t **roles);
apr_status_t msa_role_create(msa_db_t *db, apr_pool_t *pool, msa_role_t *role, apr_time_t now);
/** Concerns: everybody, for a role belongs to many. */
apr_status_t msa_role_set_permissions(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                      const char *permissions, apr_time_t now);
/** Deletes the role and its memberships. Concerns: everybody. */
apr_status_t msa_role_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** APR_EEXIST when he has it already. Concerns: the user. */
apr_status_t msa_role_add(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id, apr_int64_t role_id);
/** APR_NOTFOUND when he does not have it. Concerns: the user. */
apr_status_t msa_role_remove(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             apr_int64_t role_id);
/** Ids of the users with a role: array of apr_int64_t. */
apr_status_t msa_role_members(msa_db_t *db, apr_pool_t *pool, apr_int64_t role_id,
                              apr_array_header_t **user_ids);

/* tickets.c */

/** Inserts (id written back). */
apr_status_t msa_ticket_insert(msa_db_t *db, apr_pool_t *pool, msa_ticket_t *ticket);
apr_status_t msa_ticket_by_digest(msa_db_t *db, apr_pool_t *pool,
                                  const unsigned char digest[MSA_DIGEST_SIZE],
                                  msa_ticket_t **ticket);
/** By id, inside the caller's transaction, which keeps the row as it is now until its end. */
apr_status_t msa_ticket_hold(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, msa_ticket_t **ticket);
/** What a confirmation link brings along; `*registration` NULL = nothing. */
apr_status_t msa_ticket_registration(msa_db_t *db, apr_pool_t *pool, apr_int64_t id,
                                     const char **registration);
/** Those of two digests that there are and that are not spent, in no order: array of msa_ticket_t
 * *.
 */
apr_status_t msa_ticket_by_digests(msa_db_t *db, apr_pool_t *pool,
                                   const unsigned char one[MSA_DIGEST_SIZE],
                                   const unsigned char other[MSA_DIGEST_SIZE],
                                   apr_array_header_t **tickets);
/** used_at, and the address and agent last seen. */
apr_status_t msa_ticket_touch(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *address,
                              const char *agent, apr_time_t now);
/*
 * Of a ticket that is changed or ended its id, digest, purpose and user_id are looked at, as they
 * were read. Concerns, of all from here on: the ticket, when its purpose is a proof of who somebody
 * is.
 */

/** used_at = now, and expires_at. */
apr_status_t msa_ticket_prolong(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                apr_time_t expires_at, apr_time_t now);
/** spent_at = now if it was not spent; APR_NOTFOUND when somebody else was first. */
apr_status_t msa_ticket_spend(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                              apr_time_t now);
/** The last proof of the password. */
apr_status_t msa_ticket_set_fresh(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket,
                                  apr_time_t fresh_at);
apr_status_t msa_ticket_delete(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *ticket);
/** All tickets of a user with this purpose (NULL = every purpose) but `except_id` (0 = none).
 * Concerns: the user, when it is a proof. */
apr_status_t msa_ticket_delete_of_user(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                       const char *purpose, apr_int64_t except_id);
/** All tickets of a user's family but `except_id` (0 = none). Concerns: the user. */
apr_status_t msa_ticket_delete_family(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                      const char *family, apr_int64_t except_id);
/** A ticket that is out, and who holds it: of each only what binds them together. */
typedef struct msa_holder_t {
    msa_ticket_t ticket; /* purpose, user_id, stamp */
    msa_user_t user;     /* id, password, fs_uniquifier, created_at */
} msa_holder_t;

/** The live tickets of this family and purpose (at most 100) with their users; array of
 * msa_holder_t. */
apr_status_t msa_ticket_holders(msa_db_t *db, apr_pool_t *pool, const char *family,
                                const char *purpose, apr_time_t now, apr_array_header_t **holders);
/** Up to `limit` unspent tickets of a user, newest first; purpose NULL = all. Array of msa_ticket_t
 * *. */
apr_status_t msa_ticket_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                             const char *purpose, int limit, apr_array_header_t **tickets);
/**
 * Which of the unspent tickets of its user and purpose must go so that no more than `keep` stay
 * beside `next`, which is not inserted yet: first those that are over, then those that were last
 * used the longest ago, where what was in use for long counts as used that much later. At most
 * 200; array of msa_ticket_t *.
 */
apr_status_t msa_ticket_surplus(msa_db_t *db, apr_pool_t *pool, const msa_ticket_t *next, int keep,
                                apr_array_header_t **tickets);
/** The unspent tickets of a family and purpose, at most 200; array of msa_ticket_t *. */
apr_status_t msa_ticket_of_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                  const char *purpose, apr_array_header_t **tickets);
/** How many there are of a family and purpose, the spent ones among them. */
apr_status_t msa_ticket_count_family(msa_db_t *db, apr_pool_t *pool, const char *family,
                                     const char *purpose, int *count);
/** Gives every ticket of the user that carries `from` the stamp `to`, which is theirs by now. */
apr_status_t msa_ticket_move_stamp(msa_db_t *db, apr_pool_t *pool, apr_int64_t user_id,
                                   const unsigned char from[MSA_DIGEST_SIZE],
                                   const unsigned char to[MSA_DIGEST_SIZE]);
/** Replaces a part of the detail of the user's tickets of a purpose. Concerns: the user, when it is
 * a proof. */
apr_status_t msa_ticket_replace_detail(msa_db_t *db, apr_int64_t user_id, const char *purpose,
                                       const char *from, const char *to);
/** Deletes up to `limit` tickets that expired before `before`, a time that is over, and as many
 * that were spent before it; `*count` = `limit` when there may be more of either. */
apr_status_t msa_ticket_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count);

/* outbox.c */

/** What fits into the columns. */
#define MSA_MAIL_SUBJECT_BYTES 998
#define MSA_MAIL_SENDER_BYTES  320   /* and of a recipient */
#define MSA_MAIL_BODY_BYTES    60000 /* a part; the driver cuts at its fldsz, 65536 as we advise */

apr_status_t msa_outbox_insert(msa_db_t *db, apr_pool_t *pool, msa_mail_t *mail);
/**
 * Reads up to `limit` due mails that nobody holds and claims them until `until` for `owner` (a
 * random string), each by one conditional UPDATE. Array of msa_mail_t *.
 */
apr_status_t msa_outbox_claim(msa_db_t *db, apr_pool_t *pool, const char *owner, apr_time_t now,
                              apr_time_t until, int limit, apr_array_header_t **mails);
/**
 * Gives up to `limit` mails up, with `error`, whose claim ran out: who held it ended in the middle,
 * and the mail may have arrived. Array of msa_mail_t * without bodies.
 */
apr_status_t msa_outbox_abandon(msa_db_t *db, apr_pool_t *pool, apr_time_t now, const char *error,
                                int limit, apr_array_header_t **mails);
/**
 * Sent: the bodies are removed, the row stays as a record. Good as long as nobody claimed the mail
 * after `owner`, also when it was abandoned meanwhile; else APR_NOTFOUND.
 */
apr_status_t msa_outbox_sent(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                             apr_time_t now);
/** Not sent: attempts + 1, next_at, error; with `give_up`, failed_at = now. As above. */
apr_status_t msa_outbox_postpone(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, const char *owner,
                                 const char *error, apr_time_t next_at, bool give_up,
                                 apr_time_t now);
/** Newest first, up to `limit` with an id below `before` (0 = all); only those not sent unless
 * `with_sent`. Bodies are not read. */
apr_status_t msa_outbox_list(msa_db_t *db, apr_pool_t *pool, bool with_sent, apr_int64_t before,
                             int limit, apr_array_header_t **mails);
/** Makes failed and waiting mails due now with attempts 0; id 0 = all. `*count` = how many. */
apr_status_t msa_outbox_retry(msa_db_t *db, apr_pool_t *pool, apr_int64_t id, apr_time_t now,
                              int *count);
/** Deletes one mail, whatever became of it. APR_NOTFOUND. */
apr_status_t msa_outbox_delete(msa_db_t *db, apr_pool_t *pool, apr_int64_t id);
/** Deletes up to `limit` mails that were sent, and as many that were given up, before these times;
 * `*count` = `limit` when there may be more of either. */
apr_status_t msa_outbox_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t sent_before,
                              apr_time_t failed_before, int limit, int *count);
/** How many wait (those in hand among them), and how many were given up. */
apr_status_t msa_outbox_count(msa_db_t *db, apr_pool_t *pool, int *waiting, int *failed);

/* attempts.c: failed proofs of a password, for throttling */

/** What an attempt counts under. */
typedef struct msa_attempt_t {
    const char *account_key, *address;
    const char *guess; /* 32 hexadecimal digits that stand for what was tried; NULL = nothing */
} msa_attempt_t;
apr_status_t msa_attempt_insert(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                                apr_time_t now);
/** How many there are under each key; `of_guess` the very same ones, from the same address. */
typedef struct msa_attempts_t {
    int of_account, of_address, of_guess;
} msa_attempts_t;
/** Counts those since `since`. */
apr_status_t msa_attempt_count(msa_db_t *db, apr_pool_t *pool, const msa_attempt_t *attempt,
                               apr_time_t since, msa_attempts_t *count);
/** Forgets the failures of this account from this address. */
apr_status_t msa_attempt_clear(msa_db_t *db, apr_pool_t *pool, const char *account_key,
                               const char *address);
/** Forgets all under this account key. */
apr_status_t msa_attempt_forget(msa_db_t *db, apr_pool_t *pool, const char *account_key);
/** Deletes up to `limit` older rows; `*count` = how many. */
apr_status_t msa_attempt_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                               int *count);

/* changes.c: who must be forgotten by the caches of other processes and machines */

/** One whom a transaction concerned; with a digest, one ticket of theirs. */
typedef struct msa_change_t {
    apr_int64_t id;
    apr_int64_t user_id; /* 0 = everybody */
    bool has_digest;
    unsigned char digest[MSA_DIGEST_SIZE];
    apr_time_t created_at; /* as it was read: the same id with another time is another row */
} msa_change_t;
/** Up to `limit` rows with id > after, by id. Array of msa_change_t *. */
apr_status_t msa_change_list(msa_db_t *db, apr_pool_t *pool, apr_int64_t after, int limit,
                             apr_array_header_t **changes);
/** The newest id, 0 when there is none. */
apr_status_t msa_change_newest(msa_db_t *db, apr_pool_t *pool, apr_int64_t *id);
/** Deletes up to `limit` older rows; `*count` = how many. */
apr_status_t msa_change_sweep(msa_db_t *db, apr_pool_t *pool, apr_time_t before, int limit,
                              int *count);

/* audit.c */

apr_status_t msa_audit_insert(msa_db_t *db, apr_pool_t *pool, const char *event,
                              const char *outcome, apr_int64_t user_id, const char *identity,
                              const char *address, apr_time_t now);

#endif
