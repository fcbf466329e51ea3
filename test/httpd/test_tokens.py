# SPDX-License-Identifier: Apache-2.0
"""Authentication tokens and personal access tokens of programs."""

import re

import pytest
from servers import eventually
from visitor import Visitor

CONFIG = "SecurityTokens On\nSecurityChangeable On"
CONFIG += """
<AuthzProviderAlias role outcast banned>
</AuthzProviderAlias>
<Location /outcasts>
AuthType Security
AuthName lab
<RequireAll>
Require valid-user
Require not outcast
</RequireAll>
</Location>
"""
AREAS = {"basic": "SecurityApiEnabledMethods session token basic\nRequire valid-user",
         "basicadmin": "SecurityApiEnabledMethods token basic\nRequire role admin",
         "notbanned": "<RequireAll>\nRequire valid-user\nRequire not role banned\n</RequireAll>",
         "outcasts": "",
         "basicunbanned": "AuthType Basic\nAuthBasicProvider security\n<RequireAll>\n"
                          "Require valid-user\nRequire not role banned\n</RequireAll>"}


def program(site):
    return site.visitor(accept="application/json")


def token_of(site, name, password=None):
    answer = program(site).sign_in_json(name, password)
    token = answer.json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    return token


def create(member, site, **fields):
    answer = member.post("/tokens", json={"name": "backup", **fields},
                         headers={"Accept": "application/json"})
    secret = answer.json()["response"].get("secret")
    if secret:
        site.secrets.add(secret)
    return answer, secret


def status(site, secret, path="/members/"):
    return program(site).get(path, headers={"Authorization": f"Bearer {secret}"}).status_code


@pytest.mark.smoke
def test_a_token_in_the_query_works_and_reaches_no_log(site):
    token = token_of(site, "ann")
    answer = program(site).get(f"/members/?auth_token={token}&page=2")
    assert answer.status_code == 200
    assert eventually(lambda: "/members/?page=2" in site.access_log.read_text())
    assert token not in site.access_log.read_text()


@pytest.mark.parametrize("token", ["x", "A" * 43, "msa_" + "A" * 43, "A" * 5000, "a.b.c", "%00"])
def test_a_wrong_token_is_refused_with_a_challenge_and_never_a_redirect(site, token):
    for visitor in (program(site), site.visitor()):
        answer = visitor.get("/members/", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "Location" not in answer.headers


def is_refused(visitor, secret):
    answer = visitor.get("/members/", headers={"Authorization": f"Bearer {secret}"})
    return answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]


def test_an_expired_token_is_refused(site):
    token = token_of(site, "ann")
    _, personal = create(site.member("ann"), site, expires="1d")
    site.sql("UPDATE security_ticket SET expires_at = 1 WHERE purpose IN ('token', 'personal')")
    assert is_refused(program(site), token) and is_refused(site.visitor(), personal)


def test_a_token_expires_while_it_is_in_use(make_site):
    site = make_site("SecurityTokenMaxAge 2s")
    token = token_of(site, "ann")
    assert status(site, token) == 200
    assert eventually(lambda: is_refused(program(site), token))


def test_a_token_of_one_site_is_invalid_on_another(site):
    token = token_of(site, "ann")
    _, personal = create(site.member("ann"), site)
    for secret in (token, personal):
        assert status(site, secret) == 200
        assert is_refused(site.visitor(secure=True), secret)
        assert status(site, secret) == 200


@pytest.mark.parametrize("path", ["/account", "/change", "/verify", "/tokens"])
def test_our_own_pages_refuse_a_wrong_token_the_same_way(site, path):
    for visitor in (program(site), site.visitor()):
        answer = visitor.get(path, headers={"Authentication-Token": "x"})
        assert answer.status_code == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
        assert "Location" not in answer.headers


def test_where_basic_is_enabled_a_wrong_token_is_reported_beside_the_challenge(site):
    answer = program(site).get("/basic/", headers={"Authentication-Token": "x"})
    assert answer.status_code == 401
    assert "Basic realm=" in answer.headers["WWW-Authenticate"]
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    answer = program(site).get("/basic/", auth=("ann@example.org", "wrong-password"))
    assert "error=" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Authentication-Token", "X-Auth-Token"])
def test_an_empty_token_is_not_a_token(site, header):
    member = site.member("ann")
    assert member.get("/members/", headers={header: ""}).status_code == 200
    assert member.get("/members/?auth_token=").status_code == 200
    assert site.visitor().get("/members/", headers={header: ""}).status_code == 302


def test_a_wrong_token_does_not_keep_anybody_from_signing_in(site):
    answer = program(site).post("/login", json=Visitor.credentials("ann", None, {}),
                                headers={"Authentication-Token": "x"})
    assert answer.status_code == 200


@pytest.mark.parametrize("has_good_token", [True, False])
def test_sign_out_ends_the_session_even_if_a_token_is_sent_with_it(site, has_good_token):
    token = token_of(site, "ann") if has_good_token else "x"
    member = site.member("ann")
    session = member.cookie("session")
    answer = member.post("/logout", headers={"Authentication-Token": token,
                                             "Accept": "application/json"})
    assert answer.status_code == 200
    replay = site.visitor()
    replay.set_cookie("session", session)
    assert not replay.is_signed_in()
    assert status(site, token) == (200 if has_good_token else 401)


def test_what_is_not_a_token_is_ignored_everywhere_and_left_unchanged(site):
    member = site.member("ann")
    session = member.cookie("session")
    token = token_of(site, "ann")
    for path in ("/members/", "/account"):
        for _ in range(2):
            assert status(site, session, path) == 401
            assert member.get(path).status_code == 200
            stranger = program(site)
            stranger.set_cookie("session", token)
            stranger.set_cookie("remember_token", token)
            assert stranger.get(path).status_code == 401
            assert status(site, token, path) == 200


def test_a_link_with_a_token_cannot_post_from_another_site(site):
    token = token_of(site, "ann")
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    body = {"password": "wrong-password"}
    answer = program(site).post(f"/verify?auth_token={token}", body, headers=evil)
    assert answer.status_code == 403
    answer = program(site).post("/verify", body, headers={**evil, "Authentication-Token": token})
    assert answer.status_code == 400
    assert program(site).post(f"/verify?auth_token={token}", body).status_code == 400


def test_the_page_behind_a_token_in_the_query_does_not_pass_it_on(site):
    token = token_of(site, "ann")
    for path in ("/members/", "/account"):
        answer = program(site).get(f"{path}?auth_token={token}")
        assert answer.headers["Referrer-Policy"] == "strict-origin"
    site.secrets.discard(token)
    answer = program(site).get(f"/nothing/auth_token={token}?auth_token={token}")
    assert answer.status_code == 404
    assert eventually(lambda: f"/nothing/auth_token={token} " in site.access_log.read_text())
    assert f"?auth_token={token}" not in site.access_log.read_text()


def test_changing_the_password_ends_the_token_at_once(site):
    secret, changed = site.make_secret(), site.make_secret()
    site.tool("users", "create", "tess@example.org", "--password-stdin", "--confirmed",
              typed=secret + "\n")
    token = token_of(site, "tess@example.org", secret)
    assert status(site, token) == 200
    member = site.visitor()
    assert member.sign_in("tess@example.org", secret).status_code == 302
    member.post("/change", {"password": secret, "new_password": changed,
                            "new_password_confirm": changed})
    assert status(site, token) == 401


def test_a_get_that_requests_a_token_gets_none(site):
    answer = program(site).get("/login?include_auth_token")
    assert "authentication_token" not in answer.text


@pytest.mark.smoke
def test_a_personal_token_has_only_the_roles_it_was_given(site):
    member = site.member("twin")
    answer, secret = create(member, site, scope="role:editor", expires="30d")
    assert answer.status_code == 200 and secret.startswith("msa_")
    assert status(site, secret, "/staff/") == 200
    assert status(site, secret, "/admin/") == 403
    assert status(site, secret, "/all/") == 403
    assert status(site, secret, "/writers/") == 403
    assert status(site, secret, "/confirmed/") == 200
    assert status(site, secret, "/fresh/") == 401


@pytest.mark.parametrize("path", ["/unbanned/", "/notbanned/", "/outcasts/", "/basicunbanned/"])
def test_a_personal_token_without_a_role_opens_nothing_that_the_role_closes(site, path):
    _, secret = create(site.member("bart"), site)
    _, harmless = create(site.member("ann"), site)

    def ask(name, password):
        if "basic" in path:
            return program(site).get(path, auth=(name, password)).status_code
        return status(site, password, path)

    assert ask("bart@example.org", secret) in (401, 403)
    assert ask("ann@example.org", harmless) == 200


def test_a_personal_token_works_as_a_basic_password(site):
    _, secret = create(site.member("ada"), site, scope="role:admin")
    visitor = program(site)
    assert visitor.get("/basicadmin/", auth=("ada@example.org", secret)).status_code == 200
    assert visitor.get("/basic/", auth=("ann@example.org", secret)).status_code == 401


def test_a_dead_personal_token_in_a_script_does_not_lock_its_user_out(make_site):
    site = make_site("SecurityTokens On\nSecurityThrottleAccount 3", AREAS)
    member = site.member("ann")
    answer, secret = create(member, site)
    assert program(site).get("/basic/", auth=("ann@example.org", secret)).status_code == 200
    number = answer.json()["response"]["token"]["id"]
    assert member.post("/tokens", {"revoke": str(number)}).status_code == 302
    for _ in range(5):
        assert program(site).get("/basic/", auth=("ann@example.org", secret)).status_code == 401
    assert site.visitor().sign_in("ann").status_code == 302


def test_personal_tokens_are_accepted_only_where_they_are_turned_on(site):
    member = site.member("ann")
    _, secret = create(member, site)
    assert status(site, secret) == 200
    site.configuration.write_text(
        site.configuration.read_text().replace("SecurityTokens On", "SecurityTokens Off"))
    site.reload()
    assert eventually(lambda: status(site, secret) == 401)
    assert program(site).get("/basic/", auth=("ann@example.org", secret)).status_code == 401
    site.configuration.write_text(
        site.configuration.read_text().replace("SecurityTokens Off", "SecurityTokens On"))
    site.reload()
    assert eventually(lambda: status(site, secret) == 200)


def test_the_tool_creates_a_personal_token_and_shows_it_once(site):
    made = site.tool("tokens", "create", "twin@example.org", "backup robot", "--role", "editor",
                     "--permissions", "read", "--expires", "2d")
    site.database.hand_over()
    secret = made.stdout.strip()
    site.secrets.add(secret)
    assert status(site, secret, "/staff/") == 200
    assert status(site, secret, "/admin/") == 403
    listed = site.tool("tokens", "list", "twin@example.org").stdout
    assert "backup robot" in listed and secret not in listed


@pytest.mark.parametrize("words, reason", [
    (["ann@example.org", "x", "--role", "admin"], "does not have"),
    (["ann@example.org", "x", "--permissions", "everything"], "does not have"),
    (["ann@example.org", "x", "--expires", "soon"], "--expires takes"),
    (["nobody@example.org", "x"], "no such user"),
    (["ann@example.org", "x" * 81], "1 to 80 bytes"),
])
def test_the_tool_says_why_it_creates_no_token(site, words, reason):
    refused = site.tool("tokens", "create", *words, check=False)
    site.database.hand_over()
    assert refused.returncode == 1 and not refused.stdout
    assert re.search(reason, refused.stderr)


def test_nobody_can_give_a_token_rights_they_lack(site):
    answer, secret = create(site.member("ann"), site, scope="role:admin")
    assert answer.status_code == 400 and not secret


def test_a_personal_token_cannot_touch_the_account(site):
    _, secret = create(site.member("ada"), site, scope="role:admin")
    visitor = program(site)
    headers = {"Authorization": f"Bearer {secret}"}
    assert visitor.get("/account", headers=headers).status_code == 403
    assert visitor.post("/tokens", json={"name": "more", "scope": "role:admin"},
                        headers=headers).status_code == 403


def test_a_revoked_personal_token_is_refused_at_once(site):
    member = site.member("ed")
    answer, secret = create(member, site, scope="role:editor")
    assert status(site, secret) == 200
    number = answer.json()["response"]["token"]["id"]
    assert member.post("/tokens", {"revoke": str(number)}).status_code == 302
    assert status(site, secret) == 401


def test_a_list_says_where_a_personal_token_was_used_but_not_what_it_is(site):
    def newest():
        answer = member.get("/tokens", headers={"Accept": "application/json"})
        assert secret not in answer.text
        return answer.json()["response"]["tokens"][0]

    member = site.member("ann")
    _, secret = create(member, site, name="deploy")
    assert (newest()["name"], newest()["used_at"], newest()["address"]) == ("deploy", None, None)
    assert status(site, secret) == 200
    assert newest()["used_at"] and newest()["address"] == "127.0.0.1"
    assert "127.0.0.1" in member.get("/tokens").text


@pytest.mark.parametrize("fields", [
    {"name": ""}, {"name": "x" * 200}, {"expires": "soon"}, {"scope": "everything"},
    {"scope": "role:"}, {"expires": "-1d"}, {"name": 5}, {"expires": 30}, {"scope": {}},
    {"revoke": {}}])
def test_invalid_requests_for_a_personal_token_are_explained(site, fields):
    answer, secret = create(site.member("ann"), site, **fields)
    assert answer.status_code == 400 and not secret
    assert answer.json()["response"]["field_errors"]


@pytest.mark.parametrize("field, value, allowed", [
    ("name", "x" * 81, "at most 80 bytes"), ("name", "a\u0007b", "without control characters"),
    ("name", 5, "must be text"), ("expires", "soon", "such as 12h or 90d"),
    ("expires", "0s", "such as 12h or 90d"), ("scope", "everything", "role:NAME")])
def test_what_is_wrong_with_a_new_token_stands_at_its_field_and_says_what_is_allowed(
        site, field, value, allowed):
    answer, secret = create(site.member("ann"), site, **{field: value})
    assert answer.status_code == 400 and not secret
    errors = answer.json()["response"]["field_errors"]
    assert list(errors) == [field] and allowed in errors[field][0]


def test_programs_identify_a_token_by_its_number_in_the_list(site):
    member = site.member("ed")
    answer, secret = create(member, site, scope="role:editor")
    number = answer.json()["response"]["token"]["id"]
    answer = member.post("/tokens", json={"revoke": number})
    assert answer.status_code == 200 and status(site, secret) == 401
    sessions = member.get("/account", headers={"Accept": "application/json"}).json()
    other = site.member("ed")
    sessions = member.get("/account", headers={"Accept": "application/json"}).json()
    numbers = [entry["id"] for entry in sessions["response"]["sessions"] if not entry["current"]]
    assert numbers
    for number in numbers:
        assert member.post("/account", json={"end": number}).status_code == 200
    assert not other.is_signed_in() and member.is_signed_in()


@pytest.mark.parametrize("value, is_given", [(True, True), ("true", True), (False, False),
                                             ("false", False), ("", False), (0, False)])
def test_an_unchecked_scope_grants_nothing(site, value, is_given):
    _, secret = create(site.member("ada"), site, **{"scope.role:admin": value})
    assert status(site, secret, "/admin/") == (200 if is_given else 403)


@pytest.mark.mysql
def test_a_request_with_a_token_runs_no_sql(site):
    def questions():
        return int(site.database.server.sql("SHOW GLOBAL STATUS LIKE 'Questions'").split()[1])

    token = token_of(site, "ada")
    assert status(site, token, "/admin/") == 200
    before = questions()
    for _ in range(100):
        assert status(site, token, "/admin/") == 200
    # The services of sites ask now and then; our requests would have asked a hundred times.
    assert questions() - before < 100
