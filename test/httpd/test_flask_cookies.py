# SPDX-License-Identifier: Apache-2.0
"""Cookies and tokens of a Flask-Security application open httpd's pages (SecurityFlaskSecretKey)."""

import hashlib
import subprocess
import time
import zlib

import pytest
from flask.json.tag import TaggedJSONSerializer
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from itsdangerous.encoding import base64_encode
from servers import eventually, free_port, stop, wait_until_up
from test_flask_security import Flask
from visitor import Visitor

KEY = "interoperation"
OLD_KEY = "the key before"
AREAS = {"fresh": "<RequireAll>\nRequire valid-user\nRequire fresh 5m\n</RequireAll>"}
DAY = 86400


@pytest.fixture(scope="module")
def port():
    return free_port()


@pytest.fixture(scope="module")
def site(make_site, port):
    """A virtual host that knows the application's keys, on tables with triggers."""

    def config(site):
        (site.folder / "flask-key").write_text(KEY + "\n")
        return (f"SecurityPasswordSalt salty\nSecurityPasswordHash bcrypt\n"
                f"SecurityFlaskSecretKey file:{site.folder}/flask-key \"{OLD_KEY}\"\n"
                f"ProxyPass /app/ http://127.0.0.1:{port}/\n")

    site = make_site(config, AREAS, fill=False, start=False)
    site.flask = Flask(site)
    site.flask("tables")
    site.fill()
    site.tool("schema", "create", "--triggers")
    site.start()
    return site


@pytest.fixture(scope="module")
def application(site, port):
    """The application itself, to which httpd proxies /app/."""
    log = site.folder / "flask.log"
    with open(log, "w", encoding="utf-8") as output:
        process = subprocess.Popen(site.flask.command("serve", port), stdout=output,
                                   stderr=subprocess.STDOUT)
    probe = Visitor(site)
    probe.base = f"http://127.0.0.1:{port}"
    wait_until_up(process, lambda: probe.get("/login"), log)
    site.database.hand_over()
    yield process
    stop(process)


@pytest.fixture(scope="module")
def issued(site):
    """A member's session cookie, remember cookie and token, signed by the application."""
    secret = site.make_secret()
    site.flask("add", "flo@example.org", secret, "admin")
    return site.flask("cookies", "flo@example.org", secret)


def ask(site, path="/admin/", secure=False, **headers):
    return site.visitor(secure=secure, accept="*/*").get(path, headers=headers).status_code


@pytest.fixture(scope="module")
def uniquifier(site, issued):
    return site.sql("SELECT fs_uniquifier FROM `user` WHERE email = 'flo@example.org'")[0][0]


def sign(payload, key=KEY, kind="session", at=0, salt=None):
    """A payload signed by itsdangerous `at` seconds from now, as Flask and Flask-Security do."""

    class Signer(TimestampSigner):
        def get_timestamp(self):
            return int(time.time()) + at

    if kind == "session":
        return URLSafeTimedSerializer(
            key, salt=salt or "cookie-session", serializer=TaggedJSONSerializer(), signer=Signer,
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha1}).dumps(payload)
    return URLSafeTimedSerializer(key, salt=salt or "remember-salt", signer=Signer).dumps(payload)


def sign_text(text, key=KEY):
    """Signs a text that no serializer produced."""
    return TimestampSigner(key, salt="cookie-session", key_derivation="hmac",
                           digest_method=hashlib.sha1).sign(text).decode()


def bomb(uniquifier, size):
    text = b'{"_user_id":"' + uniquifier.encode() + b'","x":"' + b"A" * size + b'"}'
    return sign_text(b"." + base64_encode(zlib.compress(text, 9)))


SESSIONS = {
    "plain": (200, lambda u: sign({"_user_id": u})),
    "compressed": (200, lambda u: sign({"_user_id": u, "_flashes": [("info", "A" * 3000)]})),
    "of a key before": (200, lambda u: sign({"_user_id": u}, OLD_KEY)),
    "a month old": (200, lambda u: sign({"_user_id": u}, at=-30 * DAY)),
    "older": (401, lambda u: sign({"_user_id": u}, at=-32 * DAY)),
    "of the future": (401, lambda u: sign({"_user_id": u}, at=600)),
    "of a foreign key": (401, lambda u: sign({"_user_id": u}, "another")),
    "of no key": (401, lambda u: sign({"_user_id": u}, "")),
    "of a wrong salt": (401, lambda u: sign({"_user_id": u}, salt="remember-salt")),
    "signed as a token": (401, lambda u: sign({"_user_id": u}, kind="token",
                                              salt="cookie-session")),
    "a token": (401, lambda u: sign({"ver": "5", "uid": u, "fs_paa": 1.0, "exp": 0}, kind="token")),
    "nobody's": (401, lambda u: sign({"fs_cc": "set"})),
    "of nobody we know": (401, lambda u: sign({"_user_id": "0" * 32})),
    "of a number": (401, lambda u: sign({"_user_id": 1})),
    "of an empty name": (401, lambda u: sign({"_user_id": ""})),
    "of a long name": (401, lambda u: sign({"_user_id": u * 9})),
    "a list": (401, lambda u: sign([u])),
    "a text": (401, lambda u: sign(u)),
    "no JSON": (401, lambda u: sign_text(base64_encode(b'{"_user_id":'))),
    "no base64": (401, lambda u: sign_text(b'{"_user_id":"x"}')),
    "no zlib": (401, lambda u: sign_text(b"." + base64_encode(b"{}"))),
    "packed well": (200, lambda u: bomb(u, 30000)),
    "a bomb": (401, lambda u: bomb(u, 50_000_000 // 10)),
    "without a signature": (401, lambda u: sign({"_user_id": u}).rsplit(".", 1)[0]),
    "with two": (401, lambda u: sign({"_user_id": u}) + "." + "A" * 27),
    "padded": (401, lambda u: sign({"_user_id": u}) + "="),
    "dots": (401, lambda u: "....."),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_is_accepted_as_by_the_application(site, uniquifier, name):
    expected, make = SESSIONS[name]
    value = make(uniquifier)
    assert len(value) < 8000
    assert ask(site, Cookie=f"session={value}") == expected


TOKENS = {
    "version 5": (200, lambda u: {"ver": "5", "uid": u, "fs_paa": 1.0, "exp": 0}, {}),
    "version 5 in time": (200, lambda u: {"ver": "5", "uid": u, "fs_paa": 1.0,
                                          "exp": int(time.time()) + 60}, {}),
    "version 5 too late": (401, lambda u: {"ver": "5", "uid": u, "fs_paa": 1.0,
                                           "exp": int(time.time()) - 1}, {}),
    "version 4": (200, lambda u: [u], {}),
    "version 3": (200, lambda u: ["7", "digest", u], {}),
    "old": (200, lambda u: [u], {"at": -400 * DAY}),
    "of a key before": (200, lambda u: [u], {"key": OLD_KEY}),
    "of a foreign key": (401, lambda u: [u], {"key": "another"}),
    "of the future": (401, lambda u: [u], {"at": 600}),
    "a link that resets": (401, lambda u: [u], {"salt": "reset-salt"}),
    "a link that signs in": (401, lambda u: [u], {"salt": "login-salt"}),
    "a session": (401, lambda u: {"_user_id": u}, {"kind": "session"}),
    "of nothing": (401, lambda u: [], {}),
    "of two": (401, lambda u: ["7", u], {}),
}


@pytest.mark.parametrize("name", TOKENS)
def test_a_token_is_accepted_as_by_the_application(site, uniquifier, name):
    expected, payload, how = TOKENS[name]
    token = sign(payload(uniquifier), **{"kind": "token", **how})
    assert ask(site, **{"Authentication-Token": token}) == expected


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_its_session_cookie_opens_a_page(site, issued, secure):
    assert ask(site, secure=secure, Cookie=f"session={issued['session']}") == 200


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_its_remember_cookie_opens_a_page(site, issued, secure):
    assert ask(site, secure=secure, Cookie=f"remember_token={issued['remember']}") == 200


def test_what_is_valid_in_one_place_is_not_in_another(site, issued):
    token, session, remember = issued["token"], issued["session"], issued["remember"]
    assert ask(site, **{"Authentication-Token": token}) == 200
    assert ask(site, Cookie=f"session={token}") == 401
    assert ask(site, Cookie=f"remember_token={token}") == 401
    assert ask(site, Cookie=f"session={session}") == 200
    assert ask(site, **{"Authentication-Token": session}) == 401
    assert ask(site, Cookie=f"remember_token={session}") == 401
    assert ask(site, Cookie=f"remember_token={remember}") == 200
    assert ask(site, Cookie=f"session={remember}") == 401


def test_a_user_with_its_cookie_proves_the_password_once(site, uniquifier):
    member = site.visitor()
    secret = site.make_secret()
    site.flask("add", "stale@example.org", secret)
    stale = site.flask("cookies", "stale@example.org", secret)["remember"]
    member.set_cookie("remember_token", stale)
    answer = member.get("/fresh/")
    assert answer.status_code == 302 and answer.headers["Location"].startswith("/verify")
    answer = member.post(answer.headers["Location"], {"password": secret})
    assert answer.headers["Location"] == "/fresh/"
    assert member.get("/fresh/").status_code == 200


def test_signing_out_removes_its_cookies_too(site, issued):
    for secure, names in ((False, {"session"}), (True, {"session", "__Host-session"})):
        member = site.visitor(secure=secure)
        answer = member.post("/logout", {}, headers={"Cookie": f"session={issued['session']}"})
        cleared = {part.split("=")[0].strip() for part in
                   answer.headers["Set-Cookie"].split(",") if "Max-Age=0" in part or "=;" in part}
        assert names <= cleared


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_signing_in_to_the_application_behind_httpd_opens_our_pages(
        site, application, secure):
    secret = site.make_secret()
    name = f"behind{secure:d}@example.org"
    site.flask("add", name, secret)
    member = site.visitor(secure=secure, accept="application/json")
    answer = member.post("/app/login?include_auth_token", json={"email": name, "password": secret})
    assert answer.status_code == 200, answer.text
    assert member.get("/app/whoami").text == name
    assert member.get("/members/").status_code == 200
    token = answer.json()["response"]["user"]["authentication_token"]
    program = site.visitor(secure=secure, accept="application/json")
    headers = {"Authentication-Token": token}
    assert program.get("/app/whoami", headers=headers).text == name
    assert program.get("/members/", headers=headers).status_code == 200


def test_the_application_does_not_see_what_we_issue(site, application):
    member = site.visitor()
    assert member.sign_in("ann", remember="y").status_code == 302
    member.set_cookie("other", "passes")
    assert member.get("/app/cookies").text == "other=passes"


def test_its_token_opens_a_page(site, issued):
    assert ask(site, **{"Authentication-Token": issued["token"]}) == 200
    assert ask(site, Authorization=f"Bearer {issued['token']}") == 200


def test_what_was_signed_for_a_future_user_works_once_they_exist(site):
    secret = site.make_secret()
    site.flask("add", "late@example.org", secret, "admin")
    cookie = f"session={site.flask('cookies', 'late@example.org', secret)['session']}"
    where = "WHERE email = 'late@example.org'"
    uniquifier = site.sql(f"SELECT fs_uniquifier FROM user {where}")[0][0]
    site.sql(f"UPDATE user SET fs_uniquifier = 'elsewhere' {where}")
    assert ask(site, Cookie=cookie) == 401
    site.sql(f"UPDATE user SET fs_uniquifier = '{uniquifier}' {where}")
    assert ask(site, Cookie=cookie) == 200


def test_a_cookie_is_not_a_token_and_a_token_is_not_a_cookie(site, issued):
    for _ in range(2):
        assert ask(site, Cookie=f"session={issued['session']}") == 200
        assert ask(site, Cookie=f"remember_token={issued['remember']}") == 200
        assert ask(site, **{"Authentication-Token": issued["token"]}) == 200
        assert ask(site, Authorization=f"Bearer {issued['session']}") == 401
        assert ask(site, Authorization=f"Bearer {issued['remember']}") == 401
        assert ask(site, Cookie=f"session={issued['token']}") == 401
        assert ask(site, Cookie=f"remember_token={issued['token']}") == 401


@pytest.mark.parametrize("kind, header", [
    ("session", "Cookie"), ("remember", "Cookie"), ("token", "Authentication-Token")])
def test_every_changed_character_is_noticed(site, issued, kind, header):
    names = {"session": "session=", "remember": "remember_token=", "token": ""}
    value = issued[kind]
    for at in range(0, len(value), max(1, len(value) // 24)):
        other = "A" if value[at] != "A" else "B"
        forged = names[kind] + value[:at] + other + value[at + 1:]
        assert ask(site, **{header: forged}) == 401, f"changed at {at}"
    for length in (0, 1, len(value) // 2, len(value) - 1):
        assert ask(site, **{header: names[kind] + value[:length]}) == 401


def test_a_site_without_the_key_refuses_them(site, issued, make_site):
    other = make_site("SecurityPasswordSalt salty\nSecurityPasswordHash bcrypt")
    assert ask(other, Cookie=f"session={issued['session']}") == 401
    assert ask(other, **{"Authentication-Token": issued["token"]}) == 401


@pytest.mark.parametrize("how", ["password", "reset-access"])
def test_a_new_uniquifier_ends_all_three(site, how):
    secret, changed = site.make_secret(), site.make_secret()
    name = f"mover-{how}@example.org"
    site.flask("add", name, secret)
    given = site.flask("cookies", name, secret)
    headers = [{"Cookie": f"session={given['session']}"},
               {"Cookie": f"remember_token={given['remember']}"},
               {"Authentication-Token": given["token"]}]
    assert [ask(site, "/members/", **header) for header in headers] == [200] * 3
    if how == "password":
        site.flask("change", name, secret, changed)
    else:
        site.tool("users", "reset-access", name)
    assert eventually(
        lambda: [ask(site, "/members/", **header) for header in headers] == [401] * 3, within=5)


def test_deactivation_in_the_application_ends_them_within_seconds(site):
    secret = site.make_secret()
    site.flask("add", "gone@example.org", secret)
    token = site.flask("cookies", "gone@example.org", secret)["token"]
    program = site.visitor(accept="*/*")
    headers = {"Authentication-Token": token}
    assert program.get("/members/", headers=headers).status_code == 200
    site.sql("UPDATE `user` SET active = 0 WHERE email = 'gone@example.org'")
    assert eventually(
        lambda: program.get("/members/", headers=headers).status_code == 401, within=5)


def test_a_role_granted_by_the_application_takes_effect_within_seconds(site):
    secret = site.make_secret()
    site.flask("add", "riser@example.org", secret)
    token = site.flask("cookies", "riser@example.org", secret)["token"]
    program = site.visitor(accept="*/*")
    headers = {"Authentication-Token": token}
    assert program.get("/admin/", headers=headers).status_code == 403
    site.sql("INSERT INTO roles_users (user_id, role_id) SELECT u.id, r.id FROM `user` u, role r "
             "WHERE u.email = 'riser@example.org' AND r.name = 'admin'")
    assert eventually(
        lambda: program.get("/admin/", headers=headers).status_code == 200, within=5)
