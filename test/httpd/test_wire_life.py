# SPDX-License-Identifier: Apache-2.0
"""The wire of an account's life: links, passwords, rows, and what each answer leaves behind."""

import re

import pytest
from test_wire import JSON, credentials, program, response
from visitor import password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityTrackable On
SecurityTokens On
SecurityReturnGenericResponses Off
SecurityBackwardsCompatAuthToken Off
SecurityRequiresConfirmationErrorView /confirm
"""


def registration(site, name):
    secret = site.make_secret()
    return {"email": f"{name}@example.org", "password": secret, "password_confirm": secret}


def link_of(site, mailbox, address, kind, subject=""):
    text = mailbox.wait_for(address, subject).get_body(("plain",)).get_content()
    found = re.search(rf"/{kind}/[A-Za-z0-9_-]+", text)[0]
    site.links.add(found.rsplit("/", 1)[1])
    return found


def make_user(site, name):
    """Creates a confirmed account; returns its password."""
    secret = site.make_secret()
    site.tool("users", "create", f"{name}@example.org", "--password-stdin", "--confirmed",
              typed=secret + "\n")
    return secret


def row(site, name, columns):
    return site.sql(f"SELECT {columns} FROM `user` WHERE email = '{name}@example.org'")[0]


def token_of(site, body):
    inner = response(program(site).post("/login?include_auth_token", json=body))
    token = inner["user"]["authentication_token"]
    site.secrets.add(token)
    return token


# ---- registration and confirmation ----

def test_a_new_row_is_what_flask_security_writes(site):
    body = registration(site, "row")
    assert program(site).post("/register", json={**body, "email": "Row@EXAMPLE.org"}).ok
    active, unique, handle, confirmed, count = site.sql(
        "SELECT active, fs_uniquifier, fs_webauthn_user_handle, confirmed_at, login_count"
        " FROM `user` WHERE email = 'Row@example.org'")[0]
    assert active == "1" and re.fullmatch("[0-9a-f]{32}", unique)
    assert handle == "NULL" or re.fullmatch("[0-9a-f]{32}", handle)
    assert confirmed == "NULL" and count in ("NULL", "0")


def test_a_user_who_has_not_confirmed_is_led_to_the_view_with_their_address(site):
    answer = site.visitor().sign_in("una")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/confirm?email=una%40example.org"
    assert 'value="una@example.org"' in site.visitor().get(answer.headers["Location"]).text
    assert program(site).post("/login", json=credentials("una")).status_code == 400
    assert site.visitor().sign_in("una", "wrong-password").status_code == 200


@pytest.mark.parametrize("method, options", [
    ("GET", {}), ("GET", {"headers": {"Accept": JSON}}), ("POST", {"json": {}}), ("POST", {})],
    ids=["page", "program", "post-json", "post"])
def test_a_confirmation_link_redirects_whoever_follows_it(site, mailbox, method, options):
    name = f"confirm{method.lower()}{len(options)}{'json' in options}".lower()
    body = registration(site, name)
    assert program(site).post("/register", json=body).status_code == 200
    link = link_of(site, mailbox, body["email"], "confirm")
    visitor = site.visitor()
    answer = visitor.request(method, link, **options)
    assert answer.status_code == 302 and answer.headers["Location"] == "/"
    assert visitor.is_signed_in() and row(site, name, "confirmed_at") != ["NULL"]
    again = site.visitor().request(method, link, **options)
    assert again.status_code == 302 and again.headers["Location"] == "/confirm"


def test_following_a_link_signs_out_the_previous_user_of_the_browser(site, mailbox):
    body = registration(site, "other")
    assert program(site).post("/register", json=body).status_code == 200
    member = site.member("ann")
    session = member.cookie("session")
    assert member.post(link_of(site, mailbox, body["email"], "confirm")).status_code == 302
    inner = response(member.get("/account", headers={"Accept": JSON}))
    assert inner["email"] == body["email"]
    before = site.visitor()
    before.set_cookie("session", session)
    assert not before.is_signed_in()


def test_requesting_confirmation_of_a_confirmed_address_is_reported(site):
    inner = response(program(site).post("/confirm", json={"email": "ann@example.org"}))
    assert list(inner["field_errors"]) == ["email"]
    assert site.visitor().post("/confirm", {"email": "ann@example.org"}).status_code == 200


# ---- reset ----

def reset_link(site, mailbox, name):
    answer = program(site).post("/reset", json={"email": f"{name}@example.org"})
    assert set(response(answer)) == {"csrf_token"}
    # The notice from the same test on another server may still be in the mailbox.
    return link_of(site, mailbox, f"{name}@example.org", "reset", "Password reset")


def test_a_reset_link_is_a_form_for_everybody(site, mailbox):
    make_user(site, "opener")
    link = reset_link(site, mailbox, "opener")
    for visitor in (program(site), site.visitor()):
        answer = visitor.get(link)
        assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("body, fields", [
    ({}, ["password", "password_confirm"]),
    ({"password": "long enough 1"}, ["password_confirm"]),
    ({"password": "long enough 1", "password_confirm": "other"}, ["password_confirm"]),
    ({"password": "a", "password_confirm": "a"}, ["password"]),
    ({"password": 5}, ["password", "password_confirm"])])
def test_a_reset_names_the_fields_that_are_wrong(site, mailbox, body, fields):
    name = f"faults{len(body)}{len(fields)}{abs(len(str(body)))}"
    make_user(site, name)
    inner = response(program(site).post(reset_link(site, mailbox, name), json=body))
    assert list(inner["field_errors"]) == fields


def test_a_reset_signs_in_ends_everything_else_and_works_once(site, mailbox):
    old = make_user(site, "resetter")
    body = {"email": "resetter@example.org", "password": old}
    token = token_of(site, body)
    unique = row(site, "resetter", "fs_uniquifier")
    link = reset_link(site, mailbox, "resetter")
    secret = site.make_secret()
    fields = {"password": secret, "password_confirm": secret}
    visitor = program(site)
    inner = response(visitor.post(link + "?include_auth_token", json=fields))
    assert set(inner) == {"csrf_token", "user", "tf_required"}
    assert set(inner["user"]) == {"id", "authentication_token"}
    site.secrets.add(inner["user"]["authentication_token"])
    assert visitor.is_signed_in() and row(site, "resetter", "fs_uniquifier") != unique
    headers = {"Authentication-Token": token}
    assert program(site).get("/members/", headers=headers).status_code == 401
    answer = program(site).post(link, json=fields)
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == [""]
    for answer in (site.visitor().post(link, fields), site.visitor().get(link)):
        assert answer.status_code == 302 and answer.headers["Location"] == "/reset"
    assert program(site).post("/login", json={**body, "password": secret}).status_code == 200


# ---- change and verify ----

def test_a_change_continues_under_a_new_session_and_counts_as_a_sign_in(site):
    old = make_user(site, "changer")
    body = {"email": "changer@example.org", "password": old}
    visitor, other = program(site), program(site)
    visitor.post("/login", json={**body, "remember": True})
    other.post("/login", json=body)
    token, session = token_of(site, body), visitor.cookie("session")
    unique, count = row(site, "changer", "fs_uniquifier, login_count")
    new = site.make_secret()
    answer = visitor.post("/change?include_auth_token", json={
        "password": old, "new_password": new, "new_password_confirm": new})
    inner = response(answer)
    assert set(inner) == {"csrf_token", "user"}
    site.secrets.add(inner["user"]["authentication_token"])
    assert visitor.is_signed_in() and visitor.cookie("session") != session
    assert "remember_token=" in answer.headers["Set-Cookie"]
    assert not other.is_signed_in()
    headers = {"Authentication-Token": token}
    assert program(site).get("/members/", headers=headers).status_code == 401
    assert row(site, "changer", "fs_uniquifier")[0] != unique
    assert int(row(site, "changer", "login_count")[0]) == int(count) + 1


def test_changing_the_password_with_only_a_token_starts_a_session(site):
    old, new = make_user(site, "tokenist"), site.make_secret()
    token = token_of(site, {"email": "tokenist@example.org", "password": old})
    visitor = program(site)
    answer = visitor.post("/change", headers={"Authentication-Token": token}, json={
        "password": old, "new_password": new, "new_password_confirm": new})
    assert answer.status_code == 200 and visitor.is_signed_in()


def test_errors_of_a_change_follow_the_order_of_its_form(site):
    inner = response(site.member("ann").post("/change", json={}))
    fields = ["password", "new_password", "new_password_confirm"]
    assert inner["errors"] == [inner["field_errors"][field][0] for field in fields]


def test_proving_the_password_is_not_a_sign_in(site):
    member = site.member("ed")
    count = row(site, "ed", "login_count")
    inner = response(member.post("/verify?include_auth_token",
                                 json={"password": password_of("ed")}))
    assert set(inner) == {"csrf_token", "user"} and "authentication_token" in inner["user"]
    site.secrets.add(inner["user"]["authentication_token"])
    answer = member.post("/verify", json={"password": "wrong-password"})
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == ["password"]
    assert row(site, "ed", "login_count") == count


@pytest.mark.parametrize("query, form, location", [
    ("", {}, "/"), ("?next=/page1", {}, "/page1"), ("", {"next": "/page2"}, "/page2")])
def test_proving_the_password_leads_on(site, query, form, location):
    answer = site.member("ed").post("/verify" + query, {"password": password_of("ed"), **form})
    assert answer.status_code == 302 and answer.headers["Location"] == location


# ---- sign-out ----

def test_sign_out_clears_the_cookies_and_ends_one_session_only(site):
    one, other = program(site), site.member("ann")
    token = token_of(site, credentials("ann"))
    one.post("/login", json={**credentials("ann"), "remember": True})
    answer = one.post("/logout", headers={"Content-Type": JSON})
    assert response(answer) == {}
    for name in ("session", "remember_token"):
        assert re.search(rf"{name}=; [^,]*Expires=Thu, 01 Jan 1970", answer.headers["Set-Cookie"])
    assert not one.is_signed_in() and other.is_signed_in()
    headers = {"Authentication-Token": token}
    assert program(site).get("/members/", headers=headers).status_code == 200


@pytest.mark.parametrize("query, form, location", [
    ("", {}, "/"), ("?next=/page1", {}, "/page1"), ("", {"next": "/page2"}, "/page2"),
    ("?next=http://evil.example/", {}, "/")])
def test_sign_out_leads_on_and_never_away(site, query, form, location):
    for visitor in (site.member("ann"), site.visitor()):
        answer = visitor.post("/logout" + query, form)
        assert answer.status_code == 302 and answer.headers["Location"] == location


# ---- signed-in users and flashes ----

def test_next_is_not_followed_for_a_signed_in_user(site):
    member = site.member("ann")
    assert member.get("/login?next=/page1").headers["Location"] == "/"
    assert member.post("/login?next=/page1", credentials("ann")).headers["Location"] == "/"
    assert member.get("/register?next=/page1").headers["Location"] == "/"


def test_programs_are_sent_no_message_for_the_next_page(site):
    visitor = program(site)
    answers = [visitor.get("/change"), visitor.post("/login", json=credentials("ann")),
               visitor.post("/verify", json={"password": password_of("ann")}),
               visitor.post("/logout")]
    assert not [answer for answer in answers if "flash" in answer.headers.get("Set-Cookie", "")]
