# SPDX-License-Identifier: Apache-2.0
"""Mistakes of comparable software: one user of a browser mistaken for another, single-use secrets
used again, and locked users let in by another door. docs/threats.md has the full list."""

import base64
import concurrent.futures
import hashlib
import hmac

import pytest
from servers import eventually
from test_account import link_in, register
from test_flask_cookies import KEY, sign
from test_links import change_email
from visitor import Visitor, password_of

CONFIG = f"""
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
SecurityTokens On
SecurityThrottleAccount 1000
SecurityThrottleAddress 0
SecurityHashSlots 8
SecurityFlaskSecretKey {KEY}
<Location /by-module>
AuthType Basic
AuthName lab
AuthBasicProvider security
Require valid-user
</Location>
"""
AREAS = {"all-ways": "SecurityApiEnabledMethods session token basic\nRequire valid-user",
         "by-module": ""}
JSON = {"Accept": "application/json"}
AT_ONCE = 8


def who(visitor):
    """The address of the signed-in user; None for nobody."""
    answer = visitor.get("/account", headers=JSON)
    return answer.json()["response"]["email"] if answer.status_code == 200 else None


def jar(visitor):
    return {cookie.name: cookie.value for cookie in visitor.session.cookies}


# ---- the next user of a browser ----

def leftovers(site):
    """The cookies a browser may have kept after sign-out: all, each alone, and all but each."""
    former = site.visitor()
    assert former.sign_in("ann", remember="y").status_code == 302
    former.get("/login")
    kept = jar(former)
    assert {"session", "remember_token", "session_device"} <= set(kept)
    assert former.post("/logout").status_code == 302
    yield kept
    for name in kept:
        yield {name: kept[name]}
        yield {other: value for other, value in kept.items() if other != name}


@pytest.mark.parametrize("remember", [{}, {"remember": "y"}], ids=["once", "remembered"])
@pytest.mark.parametrize("as_json", [False, True], ids=["form", "json"])
def test_the_next_user_of_a_browser_is_never_mistaken_for_the_previous_one(site, remember, as_json):
    """CVE-2025-12390 (Keycloak): cookies that a browser had kept of one user gave the next one that
    user's session."""
    for kept in leftovers(site):
        browser = site.visitor()
        for name, value in kept.items():
            browser.set_cookie(name, value)
        assert who(browser) is None
        sign_in = browser.sign_in_json if as_json else browser.sign_in
        assert sign_in("ed", **remember).status_code == (200 if as_json else 302)
        assert who(browser) == "ed@example.org", kept.keys()
        browser.drop_cookie("session")
        assert who(browser) == ("ed@example.org" if remember else None), kept.keys()
        browser.post("/logout")
        assert who(browser) is None


def test_the_remains_of_a_locked_user_are_gone_when_another_signs_in(site):
    """CVE-2025-12390 (Keycloak): nothing of one user reappears after the next."""
    browser = site.visitor()
    assert browser.sign_in("twin", remember="y").status_code == 302
    site.tool("users", "deactivate", "twin@example.org")
    assert eventually(lambda: who(browser) is None)
    assert browser.sign_in("ed").status_code == 302
    assert browser.cookie("remember_token") is None
    site.tool("users", "activate", "twin@example.org")
    browser.drop_cookie("session")
    assert who(browser) is None


def test_proving_anothers_password_does_not_change_who_is_signed_in(site):
    """GHSA-c9h6-v78w-52wj (Keycloak): signing in again as another kept the session of the first."""
    browser = site.visitor()
    assert browser.sign_in("ann", remember="y").status_code == 302
    browser.drop_cookie("session")
    assert browser.get("/fresh/").status_code == 302
    before = jar(browser)
    other = {"email": "ada@example.org", "username": "ada", "password": password_of("ada")}
    for headers in ({}, JSON):
        assert browser.post("/verify", other, headers=headers).status_code in (200, 400)
        assert browser.post("/verify", json=other, headers=JSON).status_code == 400
        assert browser.get("/fresh/").status_code == 302
        assert browser.post("/login", other, headers=headers).status_code in (302, 400)
        assert browser.post("/login", json=other, headers=JSON).status_code == 400
        assert who(browser) == "ann@example.org"
        assert browser.get("/admin/").status_code == 403
        assert {name: jar(browser)[name] for name in ("session", "remember_token")} == {
            name: before[name] for name in ("session", "remember_token")}


def test_taking_over_a_browser_by_a_link_takes_over_no_session(site, mailbox):
    """GHSA-c9h6-v78w-52wj (Keycloak): the session of the first went on under another's name."""
    for name, path in (("next1", "/confirm"), ("next2", "/reset")):
        secret = site.make_secret()
        register(site, f"{name}@example.org", secret)
        link = link_in(mailbox.wait_for(f"{name}@example.org"), site, "/confirm")
        if path == "/reset":
            site.visitor().post(link)
            site.visitor().post("/reset", {"email": f"{name}@example.org"})
            link = link_in(mailbox.wait_for(f"{name}@example.org", "instructions"), site, path)
        browser = site.visitor()
        assert browser.sign_in("ann", remember="y").status_code == 302
        before = jar(browser)
        changed = site.make_secret()
        assert browser.post(link, {"password": changed, "password_confirm": changed}
                            ).status_code == 302
        assert who(browser) == f"{name}@example.org"
        assert browser.cookie("session") != before["session"]
        browser.drop_cookie("session")
        assert who(browser) is None
        for cookie in ("session", "remember_token"):
            thief = site.visitor()
            thief.set_cookie(cookie, before[cookie])
            assert who(thief) is None


# ---- what works once ----

def press(site, link, fields):
    """Follows a link as an anonymous browser; returns where it was sent, and whether it was let in."""
    visitor = site.visitor()
    answer = visitor.post(link, fields)
    assert answer.status_code in (200, 302)
    return answer.headers.get("Location"), visitor.cookie("session") is not None


def address_of(site, number):
    return site.sql(f"SELECT email FROM `user` WHERE id = {number}")[0][0]


def at_once(site, link, fields=lambda number: {}):
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda number: press(site, link, fields(number)), range(AT_ONCE)))


def test_of_many_visitors_following_a_confirmation_link_only_one_gets_in(site, mailbox):
    """CVE-2022-23555 (authentik): an invitation could be used again."""
    register(site, "once@example.org", site.make_secret())
    link = link_in(mailbox.wait_for("once@example.org"), site, "/confirm")
    assert [is_in for _, is_in in at_once(site, link)].count(True) == 1
    assert [is_in for _, is_in in at_once(site, link)].count(True) == 0


def test_of_many_visitors_following_a_reset_link_only_one_sets_a_password(site, mailbox):
    """CVE-2022-23555 (authentik): what is good once was good again."""
    site.visitor().post("/reset", {"email": "bart@example.org"})
    link = link_in(mailbox.wait_for("bart@example.org", "instructions"), site, "/reset")
    words = [site.make_secret() for _ in range(AT_ONCE)]

    def fields(number):
        return {"password": words[number], "password_confirm": words[number]}

    came_in = [is_in for _, is_in in at_once(site, link, fields)]
    assert came_in.count(True) == 1
    assert [site.visitor().sign_in("bart", word).status_code == 302 for word in words] == came_in
    assert [is_in for _, is_in in at_once(site, link, fields)].count(True) == 0
    assert site.visitor().sign_in("bart", words[came_in.index(True)]).status_code == 302


def test_an_email_change_link_and_its_undo_link_work_once(site, mailbox):
    """CVE-2022-23555 (authentik): what is good once was good again."""
    number = site.sql("SELECT id FROM `user` WHERE email = 'twin@example.org'")[0][0]
    there, back = change_email(site, mailbox, "twin", "moved@elsewhere.example")
    for link, address in ((there, "moved@elsewhere.example"), (back, "twin@example.org")):
        places = [place for place, _ in at_once(site, link)]
        assert address_of(site, number) == address
        refusal = press(site, link, {})[0]
        assert len(places) - places.count(refusal) == 1, places
    assert {place for place, _ in at_once(site, there)} == {refusal}
    assert address_of(site, number) == "twin@example.org"


def test_a_remember_cookie_is_good_for_one_exchange(site):
    """CVE-2022-23555 (authentik): what is good once was good again."""
    member = site.visitor()
    assert member.sign_in("ed", remember="y").status_code == 302
    cookie = member.cookie("remember_token")

    def come(_):
        visitor = Visitor(site)
        visitor.set_cookie("remember_token", cookie)
        visitor.get("/members/")
        return visitor.cookie("remember_token"), visitor.cookie("session")

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        got = list(pool.map(come, range(AT_ONCE)))
    assert len({kept for kept, _ in got if kept != cookie}) == 1
    assert len({session for _, session in got}) == 1


# ---- locked out ----

def flask_cookies(site, name):
    key = site.sql(f"SELECT fs_uniquifier FROM `user` WHERE email = '{name}@example.org'")[0][0]
    mac = hmac.new(KEY.encode(), key.encode(), hashlib.sha512).hexdigest()
    return {
        "session of the application": {"Cookie": f"session={sign({'_user_id': key})}"},
        "remember cookie of the application": {"Cookie": f"remember_token={key}|{mac}"},
        "token of the application": {"Authentication-Token": sign([key], kind="token")},
    }


def keys_of(site, name):
    """Credentials that open /all-ways/ for a user: one of every kind, each from its own sign-in."""
    member, remembered = site.member(name), site.visitor()
    assert remembered.sign_in(name, remember="y").status_code == 302
    token = site.visitor(accept="application/json").sign_in_json(name).json()["response"]["user"][
        "authentication_token"]
    made = site.tool("tokens", "create", f"{name}@example.org", "a script").stdout.split()
    site.database.hand_over()
    personal = next(word for word in made if word.startswith("msa_"))
    site.secrets |= {token, personal}
    pairs = {word: base64.b64encode(f"{name}@example.org:{secret}".encode()).decode()
             for word, secret in (("password", password_of(name)), ("token", personal))}
    return {
        "session": {"Cookie": f"session={member.cookie('session')}"},
        "remember cookie": {"Cookie": f"remember_token={remembered.cookie('remember_token')}"},
        "token": {"Authentication-Token": token},
        "bearer": {"Authorization": f"Bearer {token}"},
        "personal token": {"Authorization": f"Bearer {personal}"},
        "password": {"Authorization": f"Basic {pairs['password']}"},
        "personal token as password": {"Authorization": f"Basic {pairs['token']}"},
        **flask_cookies(site, name),
    }


def opens(site, headers, path="/all-ways/"):
    return Visitor(site, accept="*/*").get(path, headers=headers).status_code == 200


@pytest.mark.smoke
def test_a_locked_user_gets_in_by_no_method(site, mailbox, expect_log):
    """CVE-2025-64521 (authentik), CVE-2025-65430 (allauth): tokens and other sources still served a
    deactivated user."""
    expect_log("AH01617: user ada@example.org")
    seen, unseen = keys_of(site, "ada"), keys_of(site, "ada")
    reset = site.visitor()
    reset.post("/reset", {"email": "ada@example.org"})
    link = link_in(mailbox.wait_for("ada@example.org", "instructions"), site, "/reset")
    # A remember cookie is exchanged when it is sent; what remains of it is tried below.
    assert {kind: opens(site, headers) for kind, headers in seen.items()} == dict.fromkeys(seen, True)
    assert opens(site, seen["password"], "/by-module/")
    site.tool("users", "deactivate", "ada@example.org")
    for kind, headers in seen.items():
        assert eventually(lambda headers=headers: not opens(site, headers)), kind
    for kind, headers in unseen.items():
        assert not opens(site, headers), kind
    for kind in ("password", "personal token as password"):
        assert not opens(site, seen[kind], "/by-module/"), kind
    word = site.make_secret()
    for path, fields in (("/login", Visitor.credentials("ada", None, {})),
                         (link, {"password": word, "password_confirm": word})):
        for headers in ({}, JSON):
            visitor = site.visitor()
            visitor.post(path, fields, headers=headers)
            assert visitor.cookie("session") is None and who(visitor) is None
    site.tool("users", "activate", "ada@example.org")
    assert site.visitor().sign_in("ada").status_code == 302, "the password is the one before"
