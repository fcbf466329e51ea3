/* SPDX-License-Identifier: Apache-2.0 */
#include "mutators.h"

#include "../../src/store/attempts.h"
#include "../../src/store/audit.h"
#include "../../src/store/changes.h"

#define MISSING 4711
#define LATER   (store->now + apr_time_from_sec(60))

static msa_ticket_t insert(store_t *store, apr_int64_t user_id, const char *purpose, int mark)
{
    msa_ticket_t *ticket = store_ticket(store, user_id, purpose, mark);
    ticket->family = "family";
    ticket->detail = "a detail";
    assert_int_equal(msa_ticket_insert(store->db, store->pool, ticket), APR_SUCCESS);
    return *ticket;
}

static msa_role_t create_role(store_t *store, const char *name)
{
    msa_role_t role = {.name = name, .permissions = "read"};
    assert_int_equal(msa_role_create(store->db, store->pool, &role, store->now), APR_SUCCESS);
    return role;
}

static msa_mail_t queue(store_t *store)
{
    msa_mail_t mail = {.message_id = "a@example.org",
                       .sender = "a@example.org",
                       .recipient = "b@example.org",
                       .subject = "s",
                       .text = "t",
                       .kind = "welcome",
                       .created_at = store->now,
                       .next_at = store->now};
    assert_int_equal(msa_outbox_insert(store->db, store->pool, &mail), APR_SUCCESS);
    return mail;
}

void scene_forget(store_t *store)
{
    store->told->nelts = 0;
    store_do(store, "DELETE FROM security_changes");
}

static void empty(store_t *store)
{
    static const char *const TABLES[] = {
        "roles_users", "role", "user", "security_ticket", "security_outbox", "security_attempt"};
    for (size_t i = 0; i < sizeof(TABLES) / sizeof(TABLES[0]); i++)
        store_do(store, apr_pstrcat(store->pool, "DELETE FROM ", TABLES[i], NULL));
}

scene_t scene_set(store_t *store)
{
    scene_t scene = {.store = store, .db = store->db, .pool = store->pool, .later = LATER};
    empty(store);
    scene.user = *store_user(store, "ann@example.org", "ann");
    scene.role = create_role(store, "editor");
    scene.spare = create_role(store, "reader");
    assert_int_equal(msa_role_add(store->db, store->pool, scene.user.id, scene.role.id),
                     APR_SUCCESS);
    scene.session = insert(store, scene.user.id, "session", 1);
    scene.personal = insert(store, scene.user.id, "personal", 2);
    scene.link = insert(store, scene.user.id, "reset", 3);
    scene.other_link = insert(store, scene.user.id, "undo-email", 4);
    insert(store, scene.user.id, "unheard-of", 5);
    scene.mail = queue(store);
    scene_forget(store);
    return scene;
}

scene_t scene_unset(store_t *store)
{
    scene_t scene = scene_set(store);
    empty(store);
    scene.user.id = scene.role.id = scene.spare.id = scene.mail.id = MISSING;
    scene.session.id = scene.personal.id = scene.link.id = scene.other_link.id = MISSING;
    return scene;
}

/* ---- functions that change a row ---- */

#define CHANGE(name, call)                                                                         \
    static apr_status_t name(scene_t *s)                                                           \
    {                                                                                              \
        return call;                                                                               \
    }

#define TICKET(name, kind, call) CHANGE(name##_##kind, call(s->db, s->pool, &s->kind))
#define OF_USER(name, purpose)                                                                     \
    CHANGE(name, msa_ticket_delete_of_user(s->db, s->pool, s->user.id, purpose, 0))

static apr_status_t create_user(scene_t *s)
{
    msa_user_t user = {.email = "new@example.org", .fs_uniquifier = "new"};
    return msa_user_create(s->db, s->pool, &user, s->later);
}

/* The column may only be set inside a transaction. */
static apr_status_t set_column(scene_t *s)
{
    bool is_own = msa_db_begin(s->db) == APR_SUCCESS;
    apr_status_t status =
        msa_user_set_column(s->db, s->pool, s->user.id, "tf_phone_number", "1", s->later);
    if (is_own)
        assert_int_equal(msa_db_end(s->db, true), APR_SUCCESS);
    return status;
}

CHANGE(set_password, msa_user_set_password(s->db, s->pool, s->user.id, NULL, "n", "n", s->later))
CHANGE(set_bare_password,
       msa_user_set_password(s->db, s->pool, s->user.id, "$hash$", "n", NULL, s->later))
CHANGE(rehash, msa_user_rehash(s->db, s->pool, s->user.id, "$hash$", "n", s->later))
CHANGE(set_uniquifier, msa_user_set_uniquifier(s->db, s->pool, s->user.id, "n", s->later))
CHANGE(set_active, msa_user_set_active(s->db, s->pool, s->user.id, false, s->later))
CHANGE(set_confirmed, msa_user_set_confirmed(s->db, s->pool, s->user.id, 0, s->later))
CHANGE(set_email, msa_user_set_email(s->db, s->pool, s->user.id, "ann@example.org", "n@example.org",
                                     s->later, s->later))
CHANGE(set_username, msa_user_set_username(s->db, s->pool, s->user.id, "n", s->later))
CHANGE(track, msa_user_track(s->db, s->pool, s->user.id, "192.0.2.1", s->later))
CHANGE(delete_user, msa_user_delete(s->db, s->pool, s->user.id))

static apr_status_t make_role(scene_t *s)
{
    msa_role_t role = {.name = "new"};
    return msa_role_create(s->db, s->pool, &role, s->later);
}

CHANGE(set_permissions, msa_role_set_permissions(s->db, s->pool, s->role.id, "write", s->later))
CHANGE(delete_role, msa_role_delete(s->db, s->pool, s->role.id))
CHANGE(add_role, msa_role_add(s->db, s->pool, s->user.id, s->spare.id))
CHANGE(add_role_again, msa_role_add(s->db, s->pool, s->user.id, s->role.id))
CHANGE(remove_role, msa_role_remove(s->db, s->pool, s->user.id, s->role.id))

static apr_status_t insert_ticket(scene_t *s)
{
    return msa_ticket_insert(s->db, s->pool, store_ticket(s->store, s->user.id, "session", 9));
}

CHANGE(touch, msa_ticket_touch(s->db, s->pool, s->session.id, "192.0.2.9", "agent", s->later))
CHANGE(prolong_session, msa_ticket_prolong(s->db, s->pool, &s->session, s->later, s->later))
CHANGE(prolong_link, msa_ticket_prolong(s->db, s->pool, &s->link, s->later, s->later))
CHANGE(spend_session, msa_ticket_spend(s->db, s->pool, &s->session, s->later))
CHANGE(spend_link, msa_ticket_spend(s->db, s->pool, &s->link, s->later))
CHANGE(set_fresh, msa_ticket_set_fresh(s->db, s->pool, &s->session, s->later))
TICKET(delete, session, msa_ticket_delete)
TICKET(delete, personal, msa_ticket_delete)
TICKET(delete, link, msa_ticket_delete)
OF_USER(delete_all, NULL)
OF_USER(delete_sessions, "session")
OF_USER(delete_links, "reset")
OF_USER(delete_what_nobody_knows, "unheard-of")
CHANGE(delete_family, msa_ticket_delete_family(s->db, s->pool, s->user.id, "family", 0))

static apr_status_t move_stamp(scene_t *s)
{
    unsigned char to[MSA_DIGEST_SIZE] = {0};
    return msa_ticket_move_stamp(s->db, s->pool, s->user.id, s->session.stamp, to);
}

CHANGE(change_scope,
       msa_ticket_replace_detail(s->db, s->user.id, "personal", "a detail", "another"))
CHANGE(change_way_back,
       msa_ticket_replace_detail(s->db, s->user.id, "undo-email", "a detail", "another"))

static apr_status_t sweep_tickets(scene_t *s)
{
    int count;
    return msa_ticket_sweep(s->db, s->pool, s->session.expires_at + 1000000, 9, &count);
}

static apr_status_t insert_mail(scene_t *s)
{
    return msa_outbox_insert(s->db, s->pool, &s->mail);
}

static apr_status_t claim_mail(scene_t *s)
{
    apr_array_header_t *mails = NULL;
    return msa_outbox_claim(s->db, s->pool, "one", s->later, s->later + 1000000, 9, &mails);
}

static apr_status_t abandon_mail(scene_t *s)
{
    apr_array_header_t *mails = NULL;
    apr_status_t status = claim_mail(s);
    if (status != APR_SUCCESS)
        return status;
    return msa_outbox_abandon(s->db, s->pool, s->later + 9000000, "no", 9, &mails);
}

static apr_status_t send_mail(scene_t *s)
{
    apr_status_t status = claim_mail(s);
    return status == APR_SUCCESS ? msa_outbox_sent(s->db, s->pool, s->mail.id, "one", s->later)
                                 : status;
}

static apr_status_t postpone_mail(scene_t *s)
{
    apr_status_t status = claim_mail(s);
    return status == APR_SUCCESS ? msa_outbox_postpone(s->db, s->pool, s->mail.id, "one", "no",
                                                       s->later, false, s->later)
                                 : status;
}

static apr_status_t retry_mail(scene_t *s)
{
    int count;
    return msa_outbox_retry(s->db, s->pool, s->mail.id, s->later, &count);
}

CHANGE(delete_mail, msa_outbox_delete(s->db, s->pool, s->mail.id))

static apr_status_t sweep_mails(scene_t *s)
{
    int count;
    return msa_outbox_sweep(s->db, s->pool, s->later, s->later, 9, &count);
}

static const msa_attempt_t ATTEMPT = {"account", "192.0.2.1", NULL};

CHANGE(insert_attempt, msa_attempt_insert(s->db, s->pool, &ATTEMPT, s->later))
CHANGE(clear_attempts, msa_attempt_clear(s->db, s->pool, "account", "192.0.2.1"))
CHANGE(forget_attempts, msa_attempt_forget(s->db, s->pool, "account"))

static apr_status_t sweep_attempts(scene_t *s)
{
    int count;
    return msa_attempt_sweep(s->db, s->pool, s->later, 9, &count);
}

static apr_status_t sweep_changes(scene_t *s)
{
    int count;
    return msa_change_sweep(s->db, s->pool, s->later, 9, &count);
}

CHANGE(insert_audit,
       msa_audit_insert(s->db, s->pool, "event", "ok", s->user.id, "ann", "192.0.2.1", s->later))

const mutator_t MUTATORS[] = {
    {"msa_user_create",           create_user,              NOBODY,      APR_SUCCESS},
    {"msa_user_set_column",       set_column,               NOBODY,      APR_SUCCESS},
    {"msa_user_set_password",     set_password,             THE_USER,    APR_SUCCESS},
    {"msa_user_set_password",     set_bare_password,        THE_USER,    APR_SUCCESS},
    {"msa_user_rehash",           rehash,                   NOBODY,      APR_SUCCESS},
    {"msa_user_set_uniquifier",   set_uniquifier,           THE_USER,    APR_SUCCESS},
    {"msa_user_set_active",       set_active,               THE_USER,    APR_SUCCESS},
    {"msa_user_set_confirmed",    set_confirmed,            THE_USER,    APR_SUCCESS},
    {"msa_user_set_email",        set_email,                THE_USER,    APR_SUCCESS},
    {"msa_user_set_username",     set_username,             THE_USER,    APR_SUCCESS},
    {"msa_user_track",            track,                    NOBODY,      APR_SUCCESS},
    {"msa_user_delete",           delete_user,              THE_USER,    APR_SUCCESS},
    {"msa_role_create",           make_role,                NOBODY,      APR_SUCCESS},
    {"msa_role_set_permissions",  set_permissions,          EVERYBODY,   APR_SUCCESS},
    {"msa_role_delete",           delete_role,              EVERYBODY,   APR_SUCCESS},
    {"msa_role_add",              add_role,                 THE_USER,    APR_SUCCESS},
    {"msa_role_add",              add_role_again,           NOBODY,      APR_EEXIST },
    {"msa_role_remove",           remove_role,              THE_USER,    APR_SUCCESS},
    {"msa_ticket_insert",         insert_ticket,            NOBODY,      APR_SUCCESS},
    {"msa_ticket_touch",          touch,                    NOBODY,      APR_SUCCESS},
    {"msa_ticket_prolong",        prolong_session,          THE_SESSION, APR_SUCCESS},
    {"msa_ticket_prolong",        prolong_link,             NOBODY,      APR_SUCCESS},
    {"msa_ticket_spend",          spend_session,            THE_SESSION, APR_SUCCESS},
    {"msa_ticket_spend",          spend_link,               NOBODY,      APR_SUCCESS},
    {"msa_ticket_set_fresh",      set_fresh,                THE_SESSION, APR_SUCCESS},
    {"msa_ticket_delete",         delete_session,           THE_SESSION, APR_SUCCESS},
    {"msa_ticket_delete",         delete_personal,          THE_TOKEN,   APR_SUCCESS},
    {"msa_ticket_delete",         delete_link,              NOBODY,      APR_SUCCESS},
    {"msa_ticket_delete_of_user", delete_all,               THE_USER,    APR_SUCCESS},
    {"msa_ticket_delete_of_user", delete_sessions,          THE_USER,    APR_SUCCESS},
    {"msa_ticket_delete_of_user", delete_links,             NOBODY,      APR_SUCCESS},
    {"msa_ticket_delete_of_user", delete_what_nobody_knows, THE_USER,    APR_SUCCESS},
    {"msa_ticket_delete_family",  delete_family,            THE_USER,    APR_SUCCESS},
    {"msa_ticket_move_stamp",     move_stamp,               NOBODY,      APR_SUCCESS},
    {"msa_ticket_replace_detail", change_scope,             THE_USER,    APR_SUCCESS},
    {"msa_ticket_replace_detail", change_way_back,          NOBODY,      APR_SUCCESS},
    {"msa_ticket_sweep",          sweep_tickets,            NOBODY,      APR_SUCCESS},
    {"msa_outbox_insert",         insert_mail,              NOBODY,      APR_SUCCESS},
    {"msa_outbox_claim",          claim_mail,               NOBODY,      APR_SUCCESS},
    {"msa_outbox_abandon",        abandon_mail,             NOBODY,      APR_SUCCESS},
    {"msa_outbox_sent",           send_mail,                NOBODY,      APR_SUCCESS},
    {"msa_outbox_postpone",       postpone_mail,            NOBODY,      APR_SUCCESS},
    {"msa_outbox_retry",          retry_mail,               NOBODY,      APR_SUCCESS},
    {"msa_outbox_delete",         delete_mail,              NOBODY,      APR_SUCCESS},
    {"msa_outbox_sweep",          sweep_mails,              NOBODY,      APR_SUCCESS},
    {"msa_attempt_insert",        insert_attempt,           NOBODY,      APR_SUCCESS},
    {"msa_attempt_clear",         clear_attempts,           NOBODY,      APR_SUCCESS},
    {"msa_attempt_forget",        forget_attempts,          NOBODY,      APR_SUCCESS},
    {"msa_attempt_sweep",         sweep_attempts,           NOBODY,      APR_SUCCESS},
    {"msa_change_sweep",          sweep_changes,            NOBODY,      APR_SUCCESS},
    {"msa_audit_insert",          insert_audit,             NOBODY,      APR_SUCCESS},
    {NULL,                        NULL,                     NOBODY,      APR_SUCCESS},
};

const char *const READERS[] = {
    "msa_schema_create",     "msa_schema_upgrade",   "msa_schema_check",
    "msa_schema_notes",      "msa_user_by_id",       "msa_user_hold",
    "msa_user_by_email",     "msa_user_by_username", "msa_user_by_uniquifier",
    "msa_user_list",         "msa_roles_of_user",    "msa_role_by_name",
    "msa_role_lock",         "msa_role_list",        "msa_role_members",
    "msa_ticket_by_digest",  "msa_ticket_hold",      "msa_ticket_registration",
    "msa_ticket_by_digests", "msa_ticket_holders",   "msa_ticket_list",
    "msa_ticket_surplus",    "msa_ticket_of_family", "msa_ticket_count_family",
    "msa_outbox_list",       "msa_outbox_count",     "msa_attempt_count",
    "msa_change_list",       "msa_change_newest",    NULL};
