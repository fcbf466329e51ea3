# SPDX-License-Identifier: Apache-2.0
"""Frequent sign-ins leave no more behind than a page can show, and all of it can be ended there."""

import concurrent.futures
import json
import re

import pytest
from servers import eventually
from test_tokens import create, program, status, token_of
from visitor import Visitor, password_of

CONFIG = """
SecurityTokens On
SecurityChangeable On
SecurityThrottleAccount 0
SecurityThrottleAddress 0
SecurityRememberGrace 1m
"""
JSON = {"Accept": "application/json"}


def rows(site, name, purpose):
    return int(site.sql(
        f"SELECT COUNT(*) FROM security_ticket t JOIN `user` u ON u.id = t.user_id WHERE "
        f"u.email = '{name}@example.org' AND t.purpose = '{purpose}' AND t.spent_at = 0")[0][0])


def account(member):
    return member.get("/account", headers=JSON).json()["response"]


def signed_in_program(site, name):
    """A program with everything that a JSON sign-in issues: cookies and a token."""
    client = program(site)
    answer = client.sign_in_json(name, remember=True)
    token = answer.json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    return client, token


@pytest.mark.smoke
def test_thirty_program_sign_ins_appear_on_the_account_page_and_end_with_one_button(site):
    tokens = [token_of(site, "ann") for _ in range(30)]
    member = site.member("ann")
    assert all(status(site, token) == 200 for token in tokens)
    assert len(account(member)["tokens"]) >= 30
    page = member.get("/account").text
    assert page.count("Sign out<") >= 61 and "Programs with a token" in page
    assert member.post("/account", {"end": "others"}).status_code == 302
    assert all(status(site, token) == 401 for token in tokens)
    assert member.is_signed_in()
    assert account(member)["tokens"] == [] and rows(site, "ann", "token") == 0
    assert len(account(member)["sessions"]) == 1


def test_the_account_says_of_a_token_when_and_from_where_it_was_used_but_not_what_it_is(site):
    client = program(site)
    client.session.headers["User-Agent"] = "backup robot/1.0"
    token = client.sign_in_json("ed").json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    member = site.member("ed")
    entry = account(member)["tokens"][0]
    assert entry["agent"] == "backup robot/1.0" and entry["address"] == "127.0.0.1"
    assert entry["created_at"] and entry["used_at"] and entry["expires_at"] is None
    assert entry["current"] is False
    page = member.get("/account").text
    assert "backup robot/1.0" in page and token not in page
    mine = client.get("/account", headers={**JSON, "Authorization": f"Bearer {token}"}).json()
    assert [entry["current"] for entry in mine["response"]["tokens"]].count(True) == 1


def test_a_token_is_ended_by_itself(site):
    kept, ended = token_of(site, "twin"), token_of(site, "twin")
    member = site.member("twin")
    number = account(member)["tokens"][0]["id"]
    assert member.post("/account", {"end": str(number)}).status_code == 302
    assert (status(site, kept), status(site, ended)) == (200, 401)
    assert member.is_signed_in()
    assert member.post("/account", {"end": str(number)}).status_code == 404


def test_what_is_no_session_is_told_with_what_the_field_takes(site):
    answer = site.member("ed").post("/account", json={"end": "everything"}, headers=JSON)
    assert answer.status_code == 400
    assert "The field end must be the number" in answer.json()["response"]["errors"][0]


def test_nobody_can_end_another_users_token(site):
    token = token_of(site, "twin")
    number = account(site.member("twin"))["tokens"][0]["id"]
    assert site.member("ed").post("/account", {"end": str(number)}).status_code == 404
    assert status(site, token) == 200


def test_a_program_can_end_all_tokens_except_its_own(site):
    mine, other, member = token_of(site, "ada"), token_of(site, "ada"), site.member("ada")
    answer = program(site).post("/account", json={"end": "others"}, headers={
        "Authorization": f"Bearer {mine}"})
    assert answer.status_code == 200
    assert (status(site, mine), status(site, other)) == (200, 401)
    assert not member.is_signed_in()


@pytest.mark.smoke
def test_signing_out_ends_everything_the_sign_in_issued(site):
    client, token = signed_in_program(site, "ed")
    other, another = signed_in_program(site, "ed")
    kept = client.cookie("remember_token")
    client.drop_cookie("session")
    assert client.is_signed_in()
    assert client.post("/logout", headers=JSON).status_code == 200
    assert status(site, token) == 401
    thief = site.visitor()
    thief.set_cookie("remember_token", kept)
    assert not thief.is_signed_in()
    assert other.is_signed_in() and status(site, another) == 200


def test_a_program_signs_out_with_its_token(site):
    client, token = signed_in_program(site, "ed")
    other = token_of(site, "ed")
    answer = program(site).post("/logout", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert status(site, token) == 401 and not client.is_signed_in()
    assert status(site, other) == 200


def test_a_token_issued_for_a_repeated_password_ends_with_the_same_sign_in(site):
    client, _ = signed_in_program(site, "ed")
    answer = client.post("/verify?include_auth_token", json={"password": password_of("ed")})
    token = answer.json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    assert status(site, token) == 200
    assert client.post("/logout", headers=JSON).status_code == 200
    assert status(site, token) == 401


def test_signing_out_and_ending_others_keeps_personal_tokens(site):
    member = site.member("ann")
    _, secret = create(member, site)
    assert member.post("/account", {"end": "others"}).status_code == 302
    assert program(site).post("/logout", headers={
        "Authorization": f"Bearer {secret}"}).status_code == 200
    assert status(site, secret) == 200


# ---- one remember cookie ----

def remembered(site, name):
    member = site.visitor()
    member.sign_in(name, remember="y")
    return member.cookie("remember_token")


def show(site, cookie):
    """Requests a page with nothing but a remember cookie; returns the session cookie."""
    visitor = Visitor(site)
    visitor.set_cookie("remember_token", cookie)
    answer = visitor.get("/members/")
    assert answer.status_code == 200
    return visitor.cookie("session"), visitor.cookie("remember_token")


@pytest.mark.smoke
def test_one_remember_cookie_sent_two_hundred_times_at_once_opens_one_session(site):
    cookie = remembered(site, "bart")
    before = rows(site, "bart", "session")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        shown = list(pool.map(lambda _: show(site, cookie), range(200)))
    sessions = {session for session, _ in shown}
    assert len(sessions) == 1
    assert len({kept for _, kept in shown} - {cookie}) == 1
    # It replaces the session of the sign-in, which this browser has lost.
    assert rows(site, "bart", "session") == before
    tab = site.visitor()
    tab.set_cookie("session", sessions.pop())
    assert tab.is_signed_in()


def test_one_browser_has_one_session_however_often_it_is_remembered(site):
    cookie = remembered(site, "bart")
    before = rows(site, "bart", "session")
    session = None
    for _ in range(10):
        former = session
        session, cookie = show(site, cookie)
    assert rows(site, "bart", "session") == before
    stale = site.visitor(accept="*/*")
    stale.set_cookie("session", former)
    assert eventually(lambda: stale.get("/members/").status_code == 401)


# ---- personal tokens ----

def copy_personal(site, name, count):
    """Adds copies of NAME's personal token, with secrets that nobody knows."""
    columns = "purpose, user_id, stamp, audience, created_at, expires_at, used_at, detail"
    for number in range(count):
        site.sql(
            f"INSERT INTO security_ticket (digest, {columns}) SELECT '{number:064d}', {columns} FROM "
            f"security_ticket WHERE purpose = 'personal' AND user_id = (SELECT id FROM `user` WHERE "
            f"email = '{name}@example.org') LIMIT 1")


def test_at_most_two_hundred_personal_tokens_are_created_however_many_are_requested_at_once(site):
    member = site.member("twin")
    create(member, site)
    copy_personal(site, "twin", 194)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: create(member, site)[0], range(16)))
    refused = [answer for answer in answers if answer.status_code == 400]
    assert len(refused) == 11 and "too many tokens" in refused[0].text
    assert rows(site, "twin", "personal") == 200


# ---- the tool ----

def test_the_tool_lists_and_revokes_the_tokens_of_both_kinds(site):
    member = site.member("una")
    _, personal = create(member, site, name="deploy")
    token = token_of(site, "una")

    def listed():
        text = site.tool("tokens", "list", "una@example.org", "--json").stdout
        return {entry["kind"]: entry["id"] for entry in json.loads(text)}

    assert set(listed()) == {"personal", "sign-in"}
    lines = site.tool("tokens", "list", "una@example.org").stdout
    assert re.search(r"(?m)^ *\d+  personal +deploy ", lines)
    assert re.search(r"(?m)^ *\d+  sign-in +python-requests/", lines)
    assert personal not in lines and token not in lines
    for kind, secret in (("sign-in", token), ("personal", personal)):
        assert status(site, secret) == 200
        site.tool("tokens", "revoke", "una@example.org", str(listed()[kind]))
        assert eventually(lambda secret=secret: status(site, secret) == 401)
    assert listed() == {}


def test_the_tool_ends_tokens_with_the_sessions_of_a_user(site):
    token = token_of(site, "una")
    site.tool("sessions", "end", "una@example.org")
    assert eventually(lambda: status(site, token) == 401)


# ---- two browsers that share a session after sending the same cookie ----

def two_in_one_session(site, name):
    """The owner of a browser, and a thief who used its remember cookie within the grace period."""
    owner, thief = site.visitor(), site.visitor()
    owner.sign_in(name, remember="y")
    owner.drop_cookie("session")
    thief.set_cookie("remember_token", owner.cookie("remember_token"))
    assert owner.is_signed_in() and thief.is_signed_in()
    assert owner.cookie("session") == thief.cookie("session")
    thief.drop_cookie("remember_token")
    return owner, thief


@pytest.mark.smoke
@pytest.mark.parametrize("send", [{}, {"headers": JSON}], ids=["browser", "program"])
def test_only_the_browser_that_proves_the_password_becomes_fresh(site, send):
    owner, thief = two_in_one_session(site, "ed")
    before, remember = owner.cookie("session"), owner.cookie("remember_token")
    expires = account(owner)["sessions"][0]["expires_at"]
    answer = owner.post("/verify", {"password": password_of("ed")}, **send)
    assert answer.status_code == (200 if send else 302)
    assert owner.cookie("session") != before and owner.cookie("remember_token") == remember
    assert owner.get("/tokens").status_code == 200
    assert not thief.is_signed_in() and thief.get("/tokens").status_code == 302
    devices = [entry for entry in account(owner)["sessions"] if entry["current"]]
    assert [entry["expires_at"] for entry in devices] == [expires]
    assert rows(site, "ed", "session") == len(account(owner)["sessions"])


@pytest.mark.smoke
def test_ending_all_others_ends_others_with_the_same_session(site):
    owner, thief = two_in_one_session(site, "ada")
    before = owner.cookie("session")
    assert owner.post("/account", {"end": "others"}).status_code == 302
    assert not thief.is_signed_in()
    assert owner.cookie("session") != before and owner.is_signed_in()
    assert [entry["current"] for entry in account(owner)["sessions"]] == [True]
    assert owner.get("/fresh/").status_code == 302


def test_a_token_that_proves_the_password_or_ends_others_stays_the_same(site):
    client = program(site)
    token = client.sign_in_json("twin").json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    client.drop_cookie("session")
    headers = {**JSON, "Authorization": f"Bearer {token}"}
    for path, body in [("/verify", {"password": password_of("twin")}), ("/account", {"end": "others"})]:
        answer = client.post(path, json=body, headers=headers)
        assert answer.status_code == 200 and not client.cookie("session")
    assert status(site, token) == 200
