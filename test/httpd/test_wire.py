# SPDX-License-Identifier: Apache-2.0
"""The wire: what clients written for Flask-Security's JSON API rely on, fact by fact."""

import json
import re

import pytest
from visitor import password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityChangeEmail On
SecurityReturnGenericResponses Off
"""
JSON = "application/json"


def program(site):
    return site.visitor(accept=JSON)


def response(answer):
    """Checks the envelope and returns the object inside it."""
    assert answer.headers["Content-Type"] == JSON
    body = answer.json()
    assert set(body) == {"meta", "response"}
    assert body["meta"] == {"code": answer.status_code}
    assert answer.text == json.dumps(body, separators=(",", ":"), sort_keys=True,
                                     ensure_ascii=False) + "\n"
    return body["response"]


def credentials(name, password=None):
    return {"email": f"{name}@example.org", "password": password or password_of(name)}


# ---- JSON or HTML? ----

@pytest.mark.parametrize("accept, is_json", [
    ("application/json", True), ("application/json, text/html", True),
    ("application/json;q=.9, text/html;q=.8", True),
    ("application/json, text/plain, */*", True), ("text/html, application/json", False),
    ("text/html;q=.5, application/json;q=.5", False), ("*/*", False), ("application/*", False),
    ("application/vnd.api+json", False), (None, False), ("*/*, application/json;q=0.5", True)])
def test_the_best_entry_of_accept_decides(site, accept, is_json):
    answer = site.visitor().get("/login", headers={"Accept": accept})
    assert answer.headers["Content-Type"].startswith(JSON if is_json else "text/html")


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
                                  "application/vnd.api+json"])
def test_a_json_body_is_answered_in_json(site, kind):
    answer = site.visitor().post("/login", '{"email":"ann@example.org","password":"x"}',
                                 headers={"Content-Type": kind})
    assert answer.status_code == 400 and answer.headers["Content-Type"] == JSON


# ---- sign-in and sign-out ----

def test_get_login_tells_the_fields_and_a_csrf_token(site):
    inner = response(program(site).get("/login"))
    assert inner["identity_attributes"] == ["email"] and inner["csrf_token"]
    assert "user" not in inner


def test_get_login_of_a_signed_in_user_has_a_user(site):
    member = site.member("ann")
    inner = response(member.get("/login", headers={"Accept": JSON}))
    assert "user" in inner and inner["csrf_token"]
    assert member.get("/login").status_code == 302


def test_a_good_sign_in_has_csrf_token_user_and_no_second_factor(site):
    inner = response(program(site).post("/login", json=credentials("ann")))
    assert inner["csrf_token"] and inner["tf_required"] is False
    assert set(inner["user"]) == {"id", "authentication_token"}


def test_a_sign_in_form_with_the_query_flag_returns_a_token_too(site):
    answer = site.visitor(accept=JSON).post("/login?include_auth_token", credentials("ann"))
    assert response(answer)["user"]["authentication_token"]


@pytest.mark.parametrize("body, field, count", [
    ({"email": "ann@example.org", "password": "wrong-password"}, "password", 1),
    ({"email": "nobody@example.org", "password": "wrong-password"}, "email", 1),
    ({"email": "ina@example.org", "password": password_of("ina")}, "email", 1),
    ({"email": "una@example.org", "password": password_of("una")}, "email", 1),
    ({"email": "ina@example.org", "password": "wrong-password"}, "password", 1),
    ({"email": "una@example.org", "password": "wrong-password"}, "password", 1),
    ({"email": " ann@example.org", "password": password_of("ann")}, "email", 1),
    ({"email": "ann@example.org", "password": " " + password_of("ann")}, "password", 1),
    ({"email": "ann@example.org", "password": password_of("ann") + "\n"}, "password", 1),
    ({"email": "ann@example.org"}, "password", 1), ({"password": "x"}, "email", 1), ({}, None, 2)])
def test_a_bad_sign_in_is_400_with_errors_on_its_field(site, body, field, count):
    answer = program(site).post("/login", json=body)
    inner = response(answer)
    assert answer.status_code == 400
    assert set(inner) == {"errors", "field_errors"}
    assert len(inner["errors"]) == count
    if field:
        assert list(inner["field_errors"]) == [field]


def test_a_missing_password_is_reported_before_a_missing_address(site):
    inner = response(program(site).post("/login", json={}))
    assert inner["errors"] == [inner["field_errors"]["password"][0],
                               inner["field_errors"]["email"][0]]


def test_a_bad_sign_in_form_is_a_page_with_its_errors(site):
    answer = site.visitor().post("/login", credentials("ann", "wrong-password"))
    assert answer.status_code == 200 and "fs-error-msg" in answer.text


def test_a_signed_in_user_is_told_so(site):
    member = site.member("ann")
    answer = member.post("/login", json=credentials("ann"))
    assert answer.status_code == 400 and set(response(answer)) == {"errors"}


@pytest.mark.parametrize("is_member", [True, False])
def test_sign_out_answers_an_empty_object(site, is_member):
    visitor = site.member("ann") if is_member else site.visitor()
    answer = visitor.post("/logout", headers={"Accept": JSON})
    assert response(answer) == {} and answer.status_code == 200


# ---- malformed bodies ----

@pytest.mark.parametrize("body, status", [
    ("{", 400), ('"text"', 400), ("1", 400), ("null", 400), ("[]", 400), ("", 400), ("{} x", 400),
    ('[["email","ann@example.org"]]', 400), ('{"email":"a","password":"x"', 400),
    ('\ufeff{"email":"a"}', 400), ('{"a":1e999}', 400), ('{"a":NaN}', 400),
    ('{"email":"\\ud800"}', 400), ('{"email":true,"password":"x"}', 400),
    ('{"email":5,"password":"x"}', 400), ('{"email":{},"password":"x"}', 400),
    ('{"email":["ann@example.org"],"password":"x"}', 400), ('{"a":1,"a":2}', 400),
    ('{"email":"a\\u0000b","password":"x"}', 400)])
def test_odd_json_is_400(site, body, status):
    answer = site.visitor(accept=JSON).post("/login", body.encode(), headers={"Content-Type": JSON})
    assert answer.status_code == status
    assert response(answer)["errors"]


def test_a_list_stands_for_its_first_element(site):
    body = {"email": ["ann@example.org"], "password": [password_of("ann")]}
    assert program(site).post("/login", json=body).status_code == 200


@pytest.mark.parametrize("value, remembered", [
    (True, True), ("y", True), ("true", True), (1, True), ({"a": 1}, True), ("0", True),
    (False, False), ("false", False), ("", False), (0, False), (None, False), ([], False)])
def test_booleans_of_forms_are_read(site, value, remembered):
    visitor = program(site)
    answer = visitor.post("/login", json={**credentials("ann"), "remember": value})
    assert ("remember_token=" in answer.headers["Set-Cookie"]) is remembered


def test_unknown_fields_are_ignored(site):
    more = {"device": {"id": 7}, "version": 2, "tags": [["a"]], "csrf_token": 5, "submit": "Login"}
    assert program(site).post("/login", json={**credentials("ann"), **more}).status_code == 200


@pytest.mark.parametrize("path, body, fields", [
    ("/login", {"email": 5, "password": "x"}, ["email"]),
    ("/login", {"email": "a@example.org", "password": 5}, ["password"]),
    ("/login", {**credentials("ann"), "next": 5}, ["next"]),
    ("/register", {"email": {}, "password": 12345678, "password_confirm": 12345678},
     ["email", "password", "password_confirm"]),
    ("/reset", {"email": True}, ["email"]), ("/confirm", {"email": 1.5}, ["email"])])
def test_a_field_that_is_not_text_is_one_error(site, path, body, fields):
    answer = program(site).post(path, json=body)
    inner = response(answer)
    assert answer.status_code == 400
    assert sorted(inner["field_errors"]) == fields and len(inner["errors"]) == len(fields)


# ---- next ----

@pytest.mark.parametrize("target, location", [
    ("/page1", "/page1"), ("/a?b=c%26d", "/a?b=c%26d"), ("", "/"), ("{host}/x?y", "/x?y")])
def test_a_good_next_is_followed(site, target, location):
    form = {**credentials("ann"), "next": target.format(host=site.url)}
    answer = site.visitor().post("/login", form)
    assert answer.status_code == 302 and answer.headers["Location"] == location


def test_parameters_added_to_a_link_in_transit_are_ignored(site):
    query = "?utm=%ff&tag=a&tag=b&%zz&next=/page2&" + "&".join(f"q{number}" for number in range(90))
    assert site.visitor().get("/login" + query).status_code == 200
    answer = site.visitor().post("/login" + query, credentials("ann"))
    assert answer.status_code == 302 and answer.headers["Location"] == "/page2"


def test_programs_are_not_redirected_to_next(site):
    answer = program(site).post("/login?next=/page2", json={**credentials("ann"), "next": "/page1"})
    assert answer.status_code == 200 and "Location" not in answer.headers


def test_an_address_signs_in_in_any_case_and_width(site):
    for email in ("ANN@EXAMPLE.ORG", "ann@\uff45\uff58\uff41\uff4d\uff50\uff4c\uff45.org"):
        body = {"email": email, "password": password_of("ann")}
        assert program(site).post("/login", json=body).status_code == 200


def test_next_in_the_query_counts_if_the_form_has_none(site):
    answer = site.visitor().post("/login?next=/page2", credentials("ann"))
    assert answer.headers["Location"] == "/page2"


@pytest.mark.parametrize("target", ["http://evil.com/", "//evil.com", "javascript:alert(1)", " "])
def test_a_bad_next_is_an_error_and_nobody_is_signed_in(site, target):
    visitor = program(site)
    answer = visitor.post("/login", json={**credentials("ann"), "next": target})
    assert answer.status_code == 400 and "next" in response(answer)["field_errors"]
    assert not visitor.is_signed_in()
    assert site.visitor().post("/login", {**credentials("ann"), "next": target}).status_code == 200


# ---- the other endpoints ----

def test_register_answers_csrf_token_and_an_empty_user(site, mailbox):
    secret = site.make_secret()
    answer = program(site).post("/register", json={
        "email": "wire@example.org", "password": secret, "password_confirm": secret})
    inner = response(answer)
    assert answer.status_code == 200 and set(inner) == {"csrf_token", "user"}
    assert inner["user"] == {}
    text = mailbox.wait_for("wire@example.org").get_body(("plain",)).get_content()
    site.links.update(re.findall(r"/(?:confirm|reset)/([A-Za-z0-9_-]+)", text))


def test_register_reports_every_error_at_once(site):
    inner = response(program(site).post("/register", json={
        "email": "ann@example.org", "password": "abc", "password_confirm": "abd"}))
    assert {"email", "password", "password_confirm"} <= set(inner["field_errors"])


@pytest.mark.parametrize("body, fields", [
    ({}, ["email", "password", "password_confirm"]),
    ({"email": "ann@example.org", "password": "abc", "password_confirm": "b"},
     ["email", "password", "password_confirm"]),
    ({"email": "nope", "password": "long enough 1"}, ["email", "password_confirm"])])
def test_errors_of_a_registration_follow_the_order_of_its_form(site, body, fields):
    inner = response(program(site).post("/register", json=body))
    assert inner["errors"] == [inner["field_errors"][field][0] for field in fields]


@pytest.mark.parametrize("path", ["/confirm", "/reset"])
def test_confirm_and_reset_name_what_is_wrong_with_the_address(site, path):
    for email in ("nobody@example.org", "no address", ""):
        answer = program(site).post(path, json={"email": email})
        assert answer.status_code == 400
        assert list(response(answer)["field_errors"]) == ["email"]


def test_reset_of_a_known_address_has_a_csrf_token_only(site, mailbox):
    inner = response(program(site).post("/reset", json={"email": "ed@example.org"}))
    assert set(inner) == {"csrf_token"}
    text = mailbox.wait_for("ed@example.org").get_body(("plain",)).get_content()
    site.links.update(re.findall(r"/reset/([A-Za-z0-9_-]+)", text))


def test_a_bad_reset_link_is_an_error_of_the_form(site):
    answer = program(site).post("/reset/" + "A" * 43, json={
        "password": "long enough", "password_confirm": "long enough"})
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == [""]
    page = site.visitor().get("/reset/" + "A" * 43)
    assert page.status_code == 302 and page.headers["Location"] == "/reset"


def test_a_bad_confirmation_link_redirects_for_everybody(site):
    for visitor in (program(site), site.visitor()):
        answer = visitor.get("/confirm/" + "A" * 43)
        assert answer.status_code == 302 and answer.headers["Location"] == "/confirm"


def test_get_change_and_verify_say_what_they_are_for(site):
    member = site.member("ann")
    inner = response(member.get("/change", headers={"Accept": JSON}))
    assert inner["active_password"] is True and "user" in inner
    inner = response(member.get("/verify", headers={"Accept": JSON}))
    assert inner["has_webauthn_verify_credential"] is False and "user" in inner


def test_change_reports_on_the_fields_that_are_wrong(site):
    member = site.member("ann")
    good = password_of("ann")

    def faults(**fields):
        answer = member.post("/change", json=fields, headers={"Accept": JSON})
        assert answer.status_code == 400
        return set(response(answer)["field_errors"])

    assert faults() == {"password", "new_password", "new_password_confirm"}
    assert faults(password=good) == {"new_password", "new_password_confirm"}
    assert faults(password=good, new_password="long enough 1") == {"new_password_confirm"}
    assert faults(password="wrong", new_password="long enough 1",
                  new_password_confirm="long enough 1") == {"password"}
    assert faults(password=good, new_password="abc", new_password_confirm="abc") == {"new_password"}
    assert faults(password=good, new_password="long enough 1",
                  new_password_confirm="other") == {"new_password_confirm"}
    assert faults(password=good, new_password=good, new_password_confirm=good) == {"password"}


def test_change_email_tells_the_current_one(site):
    inner = response(site.member("ann").get("/change-email", headers={"Accept": JSON}))
    assert inner["current_email"] == "ann@example.org"


# ---- guards ----

def test_a_stranger_is_401_and_the_wrong_user_403_with_errors_only(site):
    answer = program(site).get("/admin/")
    assert answer.status_code == 401 and set(response(answer)) == {"errors"}
    answer = site.member("ann").get("/admin/", headers={"Accept": JSON})
    assert answer.status_code == 403 and set(response(answer)) == {"errors"}


@pytest.mark.parametrize("path", ["/change", "/verify", "/account", "/change-email"])
def test_our_own_guarded_pages_ask_like_any_other(site, path):
    answer = program(site).get(path)
    assert answer.status_code == 401 and response(answer)["errors"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "error=" not in answer.headers["WWW-Authenticate"]
    page = site.visitor().get(path)
    assert page.status_code == 302 and page.headers["Location"] == "/login?next=" + path


def test_a_refusal_for_freshness_says_how_to_become_fresh(site):
    site.sql("UPDATE security_ticket SET fresh_at = 0")
    member = site.member("twin")
    site.sql("UPDATE security_ticket SET fresh_at = 1 WHERE purpose = 'session'")
    answer = member.get("/change-email", headers={"Accept": JSON})
    inner = response(answer)
    assert answer.status_code == 401
    assert inner["reauth_required"] is True and inner["unified_signin_enabled"] is False
    assert inner["has_webauthn_verify_credential"] is False
    assert "error=" not in answer.headers["WWW-Authenticate"]
    page = member.get("/change-email")
    assert page.headers["Location"] == "/verify?next=/change-email"
    answer = member.post("/verify", json={"password": password_of("twin")})
    assert answer.status_code == 200
    assert member.get("/change-email").status_code == 200


@pytest.mark.parametrize("method, path, status", [
    ("PUT", "/login", 405), ("DELETE", "/logout", 405), ("HEAD", "/login", 200),
    ("POST", "/security.css", 405), ("GET", "/change-username", 404), ("GET", "/tokens", 404)])
def test_unsupported_methods_and_disabled_features_are_refused(site, method, path, status):
    assert program(site).request(method, path).status_code == status


@pytest.mark.parametrize("path", ["/login", "/admin/", "/account"])
def test_nothing_is_answered_across_origins(site, path):
    answer = site.member("ann").get(path, headers={"Origin": "https://evil.example"})
    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_answers_are_private_and_not_stored(site):
    headers = program(site).get("/login").headers
    assert "no-store" in headers["Cache-Control"] and "private" in headers["Cache-Control"]
    assert "Cookie" in headers["Vary"]
