# SPDX-License-Identifier: Apache-2.0
"""Signing in: the form, the JSON body, and what a visitor without the password may learn."""

import pytest

CONFIG = "SecurityTrackable On"


@pytest.mark.smoke
def test_the_sign_in_page_is_a_form(site):
    answer = site.visitor().get("/login")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert 'name="email"' in answer.text and 'name="password"' in answer.text


def test_the_form_signs_in_and_goes_to_the_start_page(site):
    visitor = site.visitor()
    answer = visitor.sign_in("ann")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert visitor.is_signed_in()


def test_users_of_a_local_network_sign_in(site):
    password = site.make_secret()
    site.tool("users", "create", "carl@printer.local", "--password-stdin", "--confirmed",
              typed=password + "\n")
    visitor = site.visitor()
    assert visitor.sign_in("carl@printer.local", password).status_code == 302
    assert visitor.is_signed_in()


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(site):
    header = site.visitor().sign_in("ann").headers["Set-Cookie"]
    assert header.startswith("session=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in header
    assert "Domain" not in header


@pytest.mark.smoke
def test_json_asks_for_the_form_and_learns_its_fields(site):
    answer = site.visitor(accept="application/json").get("/login")
    assert answer.status_code == 200
    body = answer.json()
    assert body["meta"]["code"] == 200
    assert body["response"]["identity_attributes"][0] == "email"
    assert body["response"]["csrf_token"]


@pytest.mark.smoke
def test_json_signs_in_with_id_and_token(site):
    program = site.visitor(accept="application/json")
    answer = program.sign_in_json("ann")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    body = answer.json()
    assert body["meta"]["code"] == 200
    user_id = site.sql("SELECT id FROM `user` WHERE email = 'ann@example.org'")[0][0]
    assert str(body["response"]["user"]["id"]) == user_id
    assert len(body["response"]["user"]["authentication_token"]) >= 43
    assert program.is_signed_in()


@pytest.mark.smoke
@pytest.mark.parametrize("header", ["Authentication-Token", "X-Auth-Token"])
def test_a_token_opens_a_guarded_page(site, header):
    token = site.visitor(accept="application/json").sign_in_json("ada").json()["response"]["user"][
        "authentication_token"]
    site.secrets.add(token)
    program = site.visitor(accept="*/*")
    assert program.get("/admin/", headers={header: token}).status_code == 200
    assert program.get("/admin/", headers={header: token[:-1] + "~"}).status_code == 401


def test_a_bearer_token_opens_a_guarded_page(site):
    token = site.visitor(accept="application/json").sign_in_json("ada").json()["response"]["user"][
        "authentication_token"]
    program = site.visitor(accept="*/*")
    assert program.get("/admin/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_a_session_cookie_is_not_a_token_and_a_token_is_not_a_session_cookie(site):
    member = site.visitor(accept="application/json")
    token = member.sign_in_json("ann").json()["response"]["user"]["authentication_token"]
    session = member.cookie("session")
    program = site.visitor(accept="*/*")
    assert program.get("/members/", headers={"X-Auth-Token": session}).status_code == 401
    assert program.get("/members/", headers={"Cookie": f"session={token}"}).status_code == 401


@pytest.mark.smoke
def test_a_wrong_password_is_refused(site):
    visitor = site.visitor()
    answer = visitor.sign_in("ann", "wrong-password")
    assert answer.status_code == 200
    assert 'name="password"' in answer.text
    assert "wrong-password" not in answer.text
    assert not visitor.is_signed_in()
    answer = site.visitor(accept="application/json").sign_in_json("ann", "wrong-password")
    assert answer.status_code == 400
    assert answer.json()["meta"]["code"] == 400
    assert answer.json()["response"]["field_errors"]


@pytest.mark.parametrize("name, password", [
    ("nobody@example.org", "wrong-password"), ("ina", None), ("ina", "wrong-password")])
def test_a_stranger_cannot_tell_which_accounts_exist(site, name, password):
    def answers(who, secret):
        program = site.visitor(accept="application/json").sign_in_json(who, secret)
        page = site.visitor().sign_in(who, secret)
        text = page.text.replace(who if "@" in who else f"{who}@example.org", "ADDRESS")
        return (program.status_code, program.content, page.status_code, text,
                sorted(program.headers), sorted(page.headers), len(page.cookies))

    assert answers(name, password) == answers("ann", "wrong-password")


def test_an_address_is_found_in_any_case(site):
    assert site.visitor().sign_in("ANN@EXAMPLE.ORG", "Wq7-staple-nna-battery").status_code == 302


def test_a_signed_in_user_cannot_sign_in_again(site):
    member = site.member("ann")
    assert member.sign_in("ada").status_code == 302
    assert member.get("/admin/").status_code == 403
    answer = member.post("/login", json=member.credentials("ada", None, {}))
    assert answer.status_code == 400


def test_sign_in_is_tracked(site):
    question = "SELECT login_count, current_login_ip FROM `user` WHERE email = 'ed@example.org'"
    before = site.sql(question)[0][0]
    site.member("ed")
    count, address = site.sql(question)[0]
    assert int(count) == (0 if before == "NULL" else int(before)) + 1
    assert address == "127.0.0.1"


def test_another_site_cannot_sign_a_visitor_in(site):
    visitor = site.visitor()
    answer = visitor.post("/login", visitor.credentials("ann", None, {}), headers={
        "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"})
    assert answer.status_code in (400, 403)
    assert not visitor.is_signed_in()


@pytest.mark.smoke
def test_sign_out_ends_the_session_for_every_copy_of_the_cookie(site):
    member = site.member("ann")
    stolen = member.cookie("session")
    answer = member.post("/logout")
    assert answer.status_code == 302
    assert not member.is_signed_in()
    thief = site.visitor()
    thief.set_cookie("session", stolen)
    assert not thief.is_signed_in()


def test_json_sign_out_answers_an_empty_object(site):
    program = site.visitor(accept="application/json")
    program.sign_in_json("ann")
    answer = program.post("/logout", json={})
    assert answer.json() == {"meta": {"code": 200}, "response": {}}


def test_a_feature_that_is_off_leaves_its_path_to_the_site(site):
    for path in ("/register", "/reset", "/change", "/confirm"):
        assert site.visitor().get(path).status_code == 404
