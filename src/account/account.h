/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_ACCOUNT_ACCOUNT_H
#define MSA_ACCOUNT_ACCOUNT_H

#include <stdbool.h>
#include <apr_tables.h>
#include "../base/outcome.h"
#include "../flask/flask.h"
#include "context.h"
#include "ticket.h"

/*
 * The rules: the only place where decisions about people are made. Every function returns one
 * msa_outcome_t; outputs are written on MSA_OK only and live in ctx->pool. MSA_BROKEN means that a
 * dependency failed and is logged already. Every decision is logged once, here (audit.c).
 */

/* ---- identities (identity.c) ---- */

/** What a request knows of its user: all that guards and environment variables need. */
typedef struct msa_identity_t {
    apr_int64_t ticket_id;                 /* 0 for Basic */
    unsigned char digest[MSA_DIGEST_SIZE]; /* of the secret that proved it */
    msa_purpose_t purpose;
    const char *method; /* `session`, `remember`, `token`, `basic` */
    apr_int64_t user_id;
    const char *email;
    const char *username; /* NULL = none */
    const char *fs_uniquifier;
    const apr_array_header_t *roles;       /* of const char *, each once */
    const apr_array_header_t *permissions; /* of const char *, each once */
    /* all that the user has; more than the two above for a personal token */
    const apr_array_header_t *held_roles, *held_permissions;
    const char *family;   /* NULL = none */
    const char *audience; /* as stored in the ticket; "" for Basic */
    bool is_confirmed;
    bool is_foreign; /* proved by a cookie or token of a Flask-Security application */
    apr_time_t issued_at;
    apr_time_t fresh_at;   /* last proof of the password; 0 = none in this session; Basic: now */
    apr_time_t expires_at; /* the latest time this identity may be used without asking again */
} msa_identity_t;

/** Roles and permissions of a user as an identity; no ticket in it yet. */
msa_outcome_t msa_identity_of_user(msa_context_t *ctx, const msa_user_t *user,
                                   msa_identity_t **identity);

/** As much of the ticket that proved an identity as it takes to change or end it. */
msa_ticket_t msa_identity_ticket(const msa_identity_t *identity);

/**
 * Who holds this secret as one of `purposes` (bits)? Checks expiry, idle limit, stamp, site,
 * active; notes use (used_at), at most once a minute. MSA_UNAUTHENTICATED when nobody.
 */
msa_outcome_t msa_identity_by_secret(msa_context_t *ctx, const char *secret, unsigned purposes,
                                     msa_identity_t **identity);

/**
 * Who has this name (e-mail, or username) and password? Throttled, hashed in a slot, upgrades the
 * stored hash. For Basic: no session, no tracking. `name` may also go with a personal access token
 * as password. MSA_UNAUTHENTICATED, MSA_THROTTLED, MSA_BUSY, MSA_BROKEN.
 */
msa_outcome_t msa_identity_by_password(msa_context_t *ctx, const char *name, const char *password,
                                       msa_identity_t **identity);

/**
 * Who does a Flask-Security application's cookie or token speak of (SecurityFlaskSecretKey)?
 * Nothing is written. MSA_UNAUTHENTICATED when it is not its own, expired, or the user is gone or
 * inactive.
 */
msa_outcome_t msa_identity_by_flask(msa_context_t *ctx, msa_flask_kind_t kind, const char *value,
                                    msa_identity_t **identity);

/** True when the password was proved within `within` (below 0 = always true). */
bool msa_identity_is_fresh(const msa_context_t *ctx, const msa_identity_t *identity,
                           apr_interval_time_t within);

/* ---- sign-in (signin.c) ---- */

/** The secrets a sign-in hands out; NULL where it does not. */
typedef struct msa_signin_t {
    const char *session;                   /* for the session cookie */
    const char *remember;                  /* for the remember cookie */
    apr_interval_time_t remember_lifetime; /* what is left of it */
    const char *device;                    /* for the device cookie */
    msa_identity_t *identity;
} msa_signin_t;

/**
 * Proves a password: throttle, find by `email` or else `username` (the other NULL), verify in a
 * hash slot (a dummy for unknown names), active, confirmed, upgrade of an outdated hash. Returns
 * what is true; the page decides what is published. `*user` as stored after an upgrade.
 */
msa_outcome_t msa_signin_check(msa_context_t *ctx, const char *email, const char *username,
                               const char *password, msa_user_t **user);

/**
 * Inside the transaction of a sign-in: knows the browser by its device cookie, or gives it one and,
 * when the user has used another since the password is the same, mails them
 * (SecuritySendNewLoginEmail).
 */
msa_outcome_t msa_device_note(msa_context_t *ctx, const msa_user_t *user, msa_signin_t *signin);

/**
 * Starts a session for a user who proved himself: tracking, a session ticket, a remember ticket
 * when asked; ends `previous` (the session the browser had; NULL = none). One transaction.
 * `is_fresh` false for links that do not prove the password. MSA_UNAUTHENTICATED: the user is not
 * as he was proved any more, see msa_user_claim.
 */
msa_outcome_t msa_signin_start(msa_context_t *ctx, const msa_user_t *user, bool remember,
                               bool is_fresh, const msa_identity_t *previous, msa_signin_t *signin);

/**
 * Issues an authentication token (MSA_PURPOSE_TOKEN) to a user; fresh_at as given (0 = not). It
 * belongs to the sign-in of `identity` (NULL = to none) and ends with it. MSA_UNAUTHENTICATED: that
 * ended meanwhile, or the user is not as they were proved any more.
 */
msa_outcome_t msa_signin_token(msa_context_t *ctx, const msa_user_t *user,
                               const msa_identity_t *identity, apr_time_t fresh_at,
                               const char **token);

/**
 * Signs in with a remember cookie: rotates it (a replay after the grace time ends its whole
 * family), and starts a session that is not fresh in the place of the one that the browser had.
 * However many requests show one cookie at the same time, they get one session. MSA_UNAUTHENTICATED
 * when it is not good, also because there were too many exchanges before it, which ends its family.
 */
msa_outcome_t msa_signin_revive(msa_context_t *ctx, const char *remember, msa_signin_t *signin);

/**
 * Signs out: ends all that the sign-in of `identity` (a session, or an authentication token) handed
 * out, and that of the remember cookie. Either may be NULL.
 */
msa_outcome_t msa_signin_end(msa_context_t *ctx, const msa_identity_t *identity,
                             const char *remember);

/** The same by the SHA-256 of the secret of a session or remember cookie, whatever site it is of;
 * of one that is nobody's there is nothing to end. */
msa_outcome_t msa_signin_end_digest(msa_context_t *ctx,
                                    const unsigned char digest[MSA_DIGEST_SIZE]);

/** True for who comes by a session of ours: by its cookie, not by a token or a password. */
bool msa_signin_is_session(const msa_identity_t *identity);

/**
 * Gives a session another secret, inside the caller's transaction: who else holds it, by a remember
 * cookie that both showed at the same time, is out. It keeps its family, its times and what it
 * notes; with `is_proved` it is fresh from now on. `signin` gets the secret, and the identity as it
 * is then; tell the cache of `identity` after the commit. MSA_UNAUTHENTICATED: it ended meanwhile.
 */
msa_outcome_t msa_signin_renew(msa_context_t *ctx, const msa_identity_t *identity, bool is_proved,
                               msa_signin_t *signin);

/**
 * Proves the password again: the token is fresh from now on, or the session, which is renewed (see
 * msa_signin_renew; `signin` is left alone otherwise). MSA_INVALID_PASSWORD otherwise;
 * MSA_UNAUTHENTICATED when it ended meanwhile.
 */
msa_outcome_t msa_signin_refresh(msa_context_t *ctx, const msa_identity_t *identity,
                                 const char *password, msa_signin_t *signin);

/**
 * Checks the password of a known user (throttled, in a hash slot): MSA_OK or MSA_INVALID_PASSWORD,
 * MSA_THROTTLED, MSA_BUSY, MSA_BROKEN. Upgrades an outdated hash; `user` then holds the new one.
 */
msa_outcome_t msa_signin_prove(msa_context_t *ctx, msa_user_t *user, const char *password);

/** Hashes a new password in a hash slot; one of those for whoever `is_newcomer` without an account.
 */
msa_outcome_t msa_signin_hash(msa_context_t *ctx, const char *password, bool is_newcomer,
                              const char **stored);

/* ---- sessions and tokens of a user (sessions.c) ---- */

/**
 * What is live of a user, newest first: sessions, or authentication tokens (MSA_PURPOSE_TOKEN).
 * Array of msa_ticket_t *.
 */
msa_outcome_t msa_sessions_list(msa_context_t *ctx, apr_int64_t user_id, msa_purpose_t purpose,
                                apr_array_header_t **tickets);
/**
 * Ends one session with all that its sign-in handed out, or one authentication token. 0 = all
 * sessions, authentication tokens and remember cookies. MSA_NOT_FOUND.
 */
msa_outcome_t msa_sessions_end(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t ticket_id);
/**
 * Ends all of them but that of `identity`. A session is renewed (see msa_signin_renew; `signin` is
 * left alone otherwise). MSA_UNAUTHENTICATED, and nothing is ended: it ended meanwhile.
 */
msa_outcome_t msa_sessions_end_others(msa_context_t *ctx, const msa_identity_t *identity,
                                      msa_signin_t *signin);

/* ---- policy (policy.c) ---- */

/** Length in code points after NFKD, clean UTF-8, not the user's own e-mail or name. */
msa_outcome_t msa_policy_password(const msa_context_t *ctx, const char *password, const char *email,
                                  const char *username);
/** NFKD, letters and digits only, 4 to 32 code points; `*normal` is what is stored. */
msa_outcome_t msa_policy_username(const msa_context_t *ctx, const char *username,
                                  const char **normal);
/** A role name or permission: 1 to 80 bytes of clean UTF-8 without comma or white space around. */
bool msa_policy_is_name(const char *name);

/* ---- audit (audit.c) ---- */

/**
 * One log line per decision: `EVENT ok|denied: OUTCOME user="..." client=ADDRESS`, fit for
 * fail2ban, and a row in the audit table when SecurityAudit is On. `identity` is quoted; NULL =
 * "-". Outside a transaction of its own: the row joins the caller's if there is one.
 */
void msa_audit(msa_context_t *ctx, const char *event, msa_outcome_t outcome, apr_int64_t user_id,
               const char *identity);

/* ---- administration (admin.c, admin_roles.c): what the tool does ---- */

/** A user as the administrator orders it; NULL = none. `password` in clear. */
typedef struct msa_user_order_t {
    const char *email, *username, *password;
    const char *stored_password; /* an imported hash instead of a password */
    bool is_active, is_confirmed;
    const apr_array_header_t *roles; /* of const char *; NULL = none */
} msa_user_order_t;

msa_outcome_t msa_admin_create_user(msa_context_t *ctx, const msa_user_order_t *order,
                                    msa_user_t **user);
/** By e-mail, username or `#id`. MSA_USER_DOES_NOT_EXIST. */
msa_outcome_t msa_admin_find_user(msa_context_t *ctx, const char *name, msa_user_t **user);
msa_outcome_t msa_admin_set_active(msa_context_t *ctx, const msa_user_t *user, bool is_active);
msa_outcome_t msa_admin_confirm(msa_context_t *ctx, const msa_user_t *user);
/** Forgets the failures that make an account wait. */
msa_outcome_t msa_admin_unlock(msa_context_t *ctx, const msa_user_t *user);
/** New password: all sessions, tokens and links end. The policy applies. */
msa_outcome_t msa_admin_set_password(msa_context_t *ctx, const msa_user_t *user,
                                     const char *password);
/** New fs_uniquifier: everything handed out ends; the password stays. */
msa_outcome_t msa_admin_reset_access(msa_context_t *ctx, const msa_user_t *user);
msa_outcome_t msa_admin_delete_user(msa_context_t *ctx, const msa_user_t *user);
/** MSA_NOT_FOUND = no such role. */
msa_outcome_t msa_admin_create_role(msa_context_t *ctx, const char *name, const char *description,
                                    const apr_array_header_t *permissions);
msa_outcome_t msa_admin_delete_role(msa_context_t *ctx, const char *name);
msa_outcome_t msa_admin_add_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_remove_role(msa_context_t *ctx, const msa_user_t *user, const char *role);
msa_outcome_t msa_admin_grant(msa_context_t *ctx, const char *role, const char *permission);
msa_outcome_t msa_admin_revoke(msa_context_t *ctx, const char *role, const char *permission);

/* ---- the life of an account (register.c, confirm.c, recover.c, change.c, change_email.c) ---- */

/** What a visitor typed into the registration form; NULL = not given. */
typedef struct msa_registration_t {
    const char *email, *username, *password;
    const apr_array_header_t
        *extra; /* of const char *, as settings->register_fields; may be NULL */
} msa_registration_t;

/** The faults of a form: at most one outcome per field. */
typedef struct msa_fault_t {
    const char *field; /* "" = the form */
    msa_outcome_t outcome;
} msa_fault_t;

/**
 * Registers: policy, uniqueness, the row, mails, in one transaction. `faults` (array of
 * msa_fault_t) gets every fault that may be published; MSA_API_ERROR then. With generic responses a
 * taken address or name gives MSA_OK with `*user` NULL, the same work, and a mail to the owner.
 * MSA_OK with
 * `*user`: made; confirmation is pending unless user->confirmed_at or the feature is off.
 */
msa_outcome_t msa_register(msa_context_t *ctx, const msa_registration_t *registration,
                           apr_array_header_t *faults, msa_user_t **user);

/** Mails a new confirmation link. MSA_USER_DOES_NOT_EXIST, MSA_ALREADY_CONFIRMED,
 * MSA_INVALID_EMAIL_ADDRESS. */
msa_outcome_t msa_confirm_request(msa_context_t *ctx, const char *email);
/** Looks at a link without using it (HEAD, the one-button page): MSA_OK or what msa_confirm would
 * say. */
msa_outcome_t msa_confirm_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/** Uses a link up: the user is confirmed, with what the link brings along. Without a password
 * (`(*user)->password` NULL) he is to choose one: see msa_recover_link.
 * MSA_INVALID_CONFIRMATION_TOKEN, MSA_CONFIRMATION_EXPIRED, MSA_ALREADY_CONFIRMED. */
msa_outcome_t msa_confirm(msa_context_t *ctx, const char *secret, msa_user_t **user);

/** Mails a reset link; kills older ones. Errors as msa_confirm_request, MSA_DISABLED_ACCOUNT,
 * MSA_CONFIRMATION_REQUIRED. */
msa_outcome_t msa_recover_request(msa_context_t *ctx, const char *email);
/** A reset link for who proved by another link that the address is his, without a mail. */
msa_outcome_t msa_recover_link(msa_context_t *ctx, const msa_user_t *user, const char **secret);
msa_outcome_t msa_recover_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user);
/** Sets the new password, uses the link up, ends everything else of the user, mails the notice. */
msa_outcome_t msa_recover(msa_context_t *ctx, const char *secret, const char *password,
                          msa_user_t **user);

/**
 * Changes the password of a signed-in user: current one proved, policy, not the same; all tickets
 * end; a new session starts (`signin`), with a remember cookie when `remember`; notice mail.
 */
msa_outcome_t msa_change_password(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *password, const char *new_password, bool remember,
                                  msa_signin_t *signin, msa_user_t **user);
msa_outcome_t msa_change_username(msa_context_t *ctx, const msa_identity_t *identity,
                                  const char *username);
/** Mails a link to the new address and a notice with an undo link to the old one. */
msa_outcome_t msa_change_email_request(msa_context_t *ctx, const msa_identity_t *identity,
                                       const char *email);
msa_outcome_t msa_change_email_inspect(msa_context_t *ctx, const char *secret, msa_user_t **user,
                                       const char **email);
msa_outcome_t msa_change_email(msa_context_t *ctx, const char *secret, msa_user_t **user);

/* ---- personal access tokens (token.c) ---- */

typedef struct msa_personal_token_t {
    apr_int64_t id;
    const char *name;
    const apr_array_header_t *roles, *permissions; /* scope, of const char * */
    apr_time_t created_at, expires_at, used_at;
    const char *address; /* last seen from; NULL */
} msa_personal_token_t;

#define MSA_TOKEN_LIFETIME apr_time_from_sec(90 * 86400) /* when nobody says another */
#define MSA_TOKENS_MAX     200                           /* of one user */

/** Makes one for a user; its scope is a subset of what he has (MSA_TOKEN_SCOPE_EXCEEDED otherwise).
 * MSA_TOO_MANY_TOKENS = MSA_TOKENS_MAX are alive. `*secret` = msa_.... */
msa_outcome_t msa_token_create(msa_context_t *ctx, const msa_user_t *user, const char *name,
                               const apr_array_header_t *roles,
                               const apr_array_header_t *permissions, apr_interval_time_t lifetime,
                               const char **secret, msa_personal_token_t **token);
msa_outcome_t msa_token_list(msa_context_t *ctx, apr_int64_t user_id, apr_array_header_t **tokens);
/** Ends one of them, or an authentication token. MSA_NOT_FOUND. */
msa_outcome_t msa_token_revoke(msa_context_t *ctx, apr_int64_t user_id, apr_int64_t id);
/** Cuts the roles and permissions of an identity down to the scope in a personal ticket's detail.
 */
void msa_token_restrict(apr_pool_t *pool, const char *detail, msa_identity_t *identity);

/* ---- mail (mail.c, delivery.c) ---- */

/**
 * Renders a mail and puts it into the outbox, inside the caller's transaction. `values` is given
 * site_name, email and the like here, and which addresses can take the recipient's account back.
 */
msa_outcome_t msa_mail_queue(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** The same for a mail of which nobody may know whether it is feigned: as much work as that. */
msa_outcome_t msa_mail_queue_hidden(msa_context_t *ctx, const char *kind, const char *recipient,
                                    msa_values_t *values);
/** Does the work of msa_mail_queue_hidden, but no mail stays. */
msa_outcome_t msa_mail_feign(msa_context_t *ctx, const char *kind, const char *recipient,
                             msa_values_t *values);
/** What mails and pages call the site: host and port of the public URL. */
const char *msa_mail_site(const msa_context_t *ctx);
/** The absolute URL of an endpoint: settings->public_url, prefix, path, and "/secret" when not
 * NULL. */
const char *msa_mail_link(const msa_context_t *ctx, const char *path, const char *secret);
/** What became of one mail, until the outbox says it. */
typedef struct msa_mail_result_t {
    apr_int64_t id; /* 0 = nothing is open */
    char owner[33]; /* of the claim */
    bool is_sent, gives_up;
    apr_time_t at, next_at;
    char error[256];
} msa_mail_result_t;

/** One who delivers; zeros but for what is given. Keep it from round to round. */
typedef struct msa_delivery_t {
    bool (*is_stopping)(void *baton); /* from then on few seconds are left; NULL = never */
    void *baton;
    apr_interval_time_t time; /* after which a round begins with no other mail; 0 = no limit */
    msa_mail_result_t unsettled[MSA_MAIL_CONCURRENCY_MAX];
} msa_delivery_t;

/**
 * Sends what is due, one claim and one sendmail process per mail, settings->mail_concurrency of
 * them at once, until nothing is due, a round is full (200), its time is over or it is stopping; no
 * process outlives the round. `*sent`, `*failed` count. Safe to run on several machines at once. No
 * mail is sent twice: who dies between the claim and the note of what became of it leaves a claim
 * that runs out, and then the mail is given up as one that may have arrived. A note that the
 * database does not take is kept in `delivery` for the next round.
 */
msa_outcome_t msa_mail_deliver(msa_context_t *ctx, msa_delivery_t *delivery, int *sent,
                               int *failed);

/* ---- what is over (sweep.c) ---- */

/** How long what changed can be read in the table of changes. */
#define MSA_CHANGES_KEPT apr_time_from_sec(3600)

/**
 * Deletes tickets, attempts, changes and mails that nobody needs any more, a few in each
 * transaction, until all are gone or the time is over, by the clock that nobody sets. `*is_more`:
 * some are left.
 */
msa_outcome_t msa_sweep(msa_context_t *ctx, apr_interval_time_t time, bool *is_more);

#endif
