/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MSA_PAGE_CONVERSATION_H
#define MSA_PAGE_CONVERSATION_H

#include "page.h"

/*
 * What the files of this floor share: one request on its way to one reply. A page function reads
 * `fields`, calls the account floor, and ends with exactly one of the answer functions.
 */
typedef struct msa_page_t {
    msa_context_t *ctx;
    const msa_request_t *request;
    const msa_route_t *route;
    const msa_identity_t *identity; /* who is signed in now; follows a sign-in on this page */
    const char *link;           /* what stands behind the endpoint's path, `/reset/LINK`; or NULL */
    const apr_table_t *fields;  /* of the body, form or JSON; never NULL */
    const apr_table_t *others;  /* of a JSON body: what is no string, as text; never NULL */
    const apr_table_t *query;   /* never NULL */
    bool is_json;               /* the face of the answer */
    bool only_looks;            /* HEAD, or a browser that fetches ahead: uses no link up */
    apr_array_header_t *faults; /* of msa_fault_t, in the order they were found */
    msa_values_t *values;       /* what templates are filled with */
    json_t *extras;             /* further members of the JSON `response` */
    msa_reply_t *reply;
} msa_page_t;

/* request.c */

/** Reads query and body into the page. MSA_OK, or why it cannot be read (each a 4xx). */
msa_outcome_t msa_page_read(msa_page_t *page);
/** A field of the form or JSON body; NULL when absent. No string in JSON: MSA_API_ERROR on it. */
const char *msa_page_field(const msa_page_t *page, const char *name);
/** A checkbox: false for absent, "", "false", and false and 0 of JSON. */
bool msa_page_flag(const msa_page_t *page, const char *name);
/** A number above 0, of a form or of JSON; 0 when there is none. */
apr_int64_t msa_page_number(const msa_page_t *page, const char *name);
/** Notes on field `repeated` when it does not repeat the password of field `name`. */
void msa_page_check_repeated(const msa_page_t *page, const char *name, const char *repeated);
/** A query parameter; NULL when absent. */
const char *msa_page_query(const msa_page_t *page, const char *name);
/** What a cookie of ours (prefixed as this connection asks for) says, or NULL. */
const char *msa_page_cookie(const msa_page_t *page, msa_cookie_t cookie);
/** The same, of those that hold a secret, behind `skipped` of them: another path or host may have
 * set one that comes first. NULL when there is none, or none that is still looked at. */
const char *msa_page_secret(const msa_page_t *page, msa_cookie_t cookie, int skipped);

/* csrf.c */

/**
 * MSA_OK when this state change was asked for by this site's own pages or by a program. Without
 * `wants_token` only the origin counts.
 */
msa_outcome_t msa_csrf_check(const msa_page_t *page, bool wants_token);
/** True when the regime (SecurityCsrf token, both) checks csrf_token. */
bool msa_csrf_is_needed(const msa_page_t *page);
/** The csrf_token of this visitor; sets the cookie it hangs on where the regime needs one. */
const char *msa_csrf_token(msa_page_t *page);

/** Many clients ask for a token once, before they sign in, and go on with it: the one that was sent
 * with this sign-in counts for its session. */
void msa_csrf_keep(msa_page_t *page);

/* cookie.c */

/** Adds a Set-Cookie: HttpOnly, SameSite=Lax, Path=/, Secure on TLS. Lifetime 0 = of the browser
 * session. */
void msa_cookie_set(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie,
                    const char *value, apr_interval_time_t lifetime);
/** Adds a Set-Cookie that removes the cookie. */
void msa_cookie_clear(const msa_context_t *ctx, apr_table_t *headers, msa_cookie_t cookie);
/** Removes every cookie that a visitor is taken by. */
void msa_cookie_signout(const msa_context_t *ctx, apr_table_t *headers);

/* next.c */

/**
 * Where the visitor wants to go: field `next`, else query `next`, made safe. NULL when there is
 * none. An unsafe one adds the fault MSA_INVALID_REDIRECT on `next` and gives NULL.
 */
const char *msa_page_next(msa_page_t *page);
/** The first of `next`, `view`, `fallback` that is set; "/" otherwise. */
const char *msa_page_target(const char *next, const char *view, const char *fallback);
/**
 * Where a link of a mail leads in the end: in single-page mode (SecurityRedirectBehavior spa) the
 * view on SecurityRedirectHost with `name=text` and, when `user` is not NULL, his e-mail in the
 * query; else `view`, or `fallback` when the view is NULL.
 */
const char *msa_page_link_target(const msa_page_t *page, const char *view, const char *fallback,
                                 const char *name, msa_outcome_t outcome, const msa_user_t *user);
/** The path of an endpoint with the prefix, e.g. of settings->login_url. */
const char *msa_page_path(const msa_page_t *page, const char *url);

/* link.c: what stands in a mail */

/**
 * Whether a GET may use up a link to `user` at once. Not when it only looks, when a form came back
 * with faults, when the site wants a button (SecurityLinkConfirmation), when a page of whatever
 * site fetches it as a part of itself, or when somebody else is signed in: then a page with one
 * button is shown.
 */
bool msa_link_acts(const msa_page_t *page, const msa_user_t *user);
/** Whoever follows a link is its user from now on: ends the session of another that this browser
 * has. A program's token goes on. */
msa_outcome_t msa_link_leave(msa_page_t *page, const msa_user_t *user);
/** What the page behind a link says of it: action_url, email, and other_account when another is
 * signed in. `user` may be NULL. */
void msa_link_fill(const msa_page_t *page, const msa_user_t *user);

/* reply.c: the answers; each fills page->reply */

/** Notes a fault of the form. Under generic responses what the visitor may not learn is replaced.
 */
void msa_page_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** The same without hiding: for visitors who are known, and faults that tell nothing of an account.
 */
void msa_page_fault_plain(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** True when this fault of the field was noted. */
bool msa_page_has_fault(const msa_page_t *page, const char *field, msa_outcome_t outcome);
/** The same as msa_page_fault on the field that the outcome's row names. */
void msa_page_fault_of(const msa_page_t *page, msa_outcome_t outcome);
/**
 * The form: HTML page `name` with values and faults (200), or JSON: 200 with csrf_token and extras
 * when there are no faults, else 400 with them. MSA_BUSY and MSA_THROTTLED faults set their own
 * status and Retry-After, MSA_BROKEN becomes the 503 page.
 */
void msa_answer_form(msa_page_t *page, const char *name);
/**
 * The answer to somebody who asked for a mail with `outcome`: the form again with `notice`, or,
 * where responses are not generic, with what is wrong with the address. Whoever asks too often is
 * told so in any case.
 */
void msa_answer_mailed(msa_page_t *page, const char *name, msa_outcome_t outcome,
                       msa_outcome_t notice);
/** True for what no other answer in the form would mend: broken, or not who was signed in any more.
 */
bool msa_page_is_over(msa_outcome_t outcome);
/** True for what has nothing to do with the form: all slots taken, too many attempts. */
bool msa_page_is_trouble(msa_outcome_t outcome);
/**
 * It is done: JSON 200 with csrf_token, user and extras; a browser is sent to `target` with the
 * message of `flash` (MSA_OK = none) shown there.
 */
void msa_answer_done(msa_page_t *page, const char *target, msa_outcome_t flash);
/** As msa_answer_done, but JSON `response` is exactly {}. */
void msa_answer_empty(msa_page_t *page, const char *target, msa_outcome_t flash);
/** 302 for both faces. */
void msa_answer_redirect(msa_page_t *page, const char *target, msa_outcome_t flash);
/** A refusal or failure as a page of its own, or JSON with `errors`. */
void msa_answer_outcome(msa_page_t *page, msa_outcome_t outcome);
/** Adds `user` with the id (and the token when not NULL) to the JSON answer. */
void msa_answer_user(msa_page_t *page, apr_int64_t user_id, const char *token);
/** Sets the cookies of a sign-in and makes its identity the page's. */
void msa_answer_signin(msa_page_t *page, const msa_signin_t *signin);
/** The same for a session that was renewed, which leaves other cookies alone; for none: nothing. */
void msa_answer_renewed(msa_page_t *page, const msa_signin_t *signin);
/**
 * For an authenticating POST: adds `user`, with an authentication token when the client is to get
 * one (JSON, SecurityBackwardsCompatAuthToken or ?include_auth_token). It ends with the sign-in of
 * the page's identity.
 */
msa_outcome_t msa_answer_credentials(msa_page_t *page, const msa_user_t *user, apr_time_t fresh_at);

/* face.c: the two faces of an answer, shared with msa_page_refuse */

/** Fills the values every template knows: site_name, URLs, csrf_token, flashes, signed_in_email. */
void msa_face_values(msa_page_t *page);
/** Renders page `name` into the reply. */
void msa_face_html(msa_page_t *page, const char *name, int status);
/** Puts {"meta":{"code":status},"response":response} into the reply; takes over `response`. */
void msa_face_json(msa_page_t *page, int status, json_t *response);
/** A reply with the headers every answer of ours carries. */
msa_reply_t *msa_face_reply(apr_pool_t *pool);
/** Shows a message on this page (HTML). */
void msa_face_notice(msa_page_t *page, msa_outcome_t outcome);
/** True when an earlier answer left a message that was not shown yet. */
bool msa_face_has_flash(const msa_page_t *page);
/** Shows a message on the next page: sets the flash cookie. */
void msa_face_flash(msa_page_t *page, msa_outcome_t outcome);

/* the pages: one function per method, rows of ROUTES[] */

void serve_login_form(msa_page_t *page);
void serve_login(msa_page_t *page);
void serve_logout_form(msa_page_t *page);
void serve_logout(msa_page_t *page);
void serve_verify_form(msa_page_t *page);
void serve_verify(msa_page_t *page);
void serve_style(msa_page_t *page);
void serve_register_form(msa_page_t *page);
void serve_register(msa_page_t *page);
void serve_confirm_form(msa_page_t *page);
void serve_confirm(msa_page_t *page);
void serve_confirm_link_form(msa_page_t *page);
void serve_confirm_link(msa_page_t *page);
void serve_reset_form(msa_page_t *page);
void serve_reset(msa_page_t *page);
void serve_reset_link_form(msa_page_t *page);
void serve_reset_link(msa_page_t *page);
void serve_change_form(msa_page_t *page);
void serve_change(msa_page_t *page);
void serve_change_username_form(msa_page_t *page);
void serve_change_username(msa_page_t *page);
void serve_change_email_form(msa_page_t *page);
void serve_change_email(msa_page_t *page);
void serve_change_email_link_form(msa_page_t *page);
void serve_change_email_link(msa_page_t *page);
void serve_account_form(msa_page_t *page);
void serve_account(msa_page_t *page);
void serve_tokens_form(msa_page_t *page);
void serve_tokens(msa_page_t *page);

#endif
