# SPDX-License-Identifier: Apache-2.0
"""The wire of a site where anybody can register, with a username, and is signed in at once."""

import pytest
from test_wire import JSON, credentials, program, response
from visitor import password_of

CONFIG = """
SecurityRegisterable On
SecurityUsernameEnable On
SecurityReturnGenericResponses Off
SecurityBackwardsCompatAuthToken Off
"""


def form(site, name, **fields):
    secret = site.make_secret()
    return {"email": f"{name}@example.org", "password": secret, "password_confirm": secret,
            **fields}


def test_a_new_user_is_signed_in_and_needs_no_second_factor(site):
    visitor = program(site)
    inner = response(visitor.post("/register", json=form(site, "first")))
    assert set(inner) == {"csrf_token", "user", "tf_required"}
    assert inner["tf_required"] is False and set(inner["user"]) == {"id"}
    assert visitor.is_signed_in()


@pytest.mark.parametrize("value", ["", "=1", "=false"])
def test_a_registration_returns_a_token_if_requested(site, value):
    name = f"second{len(value)}"
    inner = response(program(site).post(f"/register?include_auth_token{value}",
                                        json=form(site, name)))
    site.secrets.add(inner["user"]["authentication_token"])
    answer = program(site).get("/members/", headers={
        "Authentication-Token": inner["user"]["authentication_token"]})
    assert answer.status_code == 200


def test_a_browser_goes_where_it_wanted_to_go(site):
    answer = site.visitor().post("/register?next=/page1", form(site, "third"))
    assert answer.status_code == 302 and answer.headers["Location"] == "/page1"
    answer = site.visitor().post("/register", form(site, "fourth"))
    assert answer.status_code == 302 and answer.headers["Location"] == "/"


def test_a_signed_in_user_cannot_register(site):
    member = site.member("ann")
    for answer in (member.get("/register", headers={"Accept": JSON}),
                   member.post("/register", json=form(site, "fifth"))):
        assert answer.status_code == 400 and set(response(answer)) == {"errors"}
    for answer in (member.get("/register"), member.post("/register", form(site, "fifth"))):
        assert answer.status_code == 302 and answer.headers["Location"] == "/"


def test_the_identity_attributes_name_both_ways(site):
    assert response(program(site).get("/login"))["identity_attributes"] == ["email", "username"]


def test_a_username_signs_in_instead_of_an_address(site):
    body = {"username": "annabel", "password": password_of("ann")}
    assert program(site).post("/login", json=body).status_code == 200
    assert site.visitor().post("/login", body).status_code == 302
    answer = program(site).post("/login", json={**body, "password": "wrong-password"})
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == ["password"]


def test_what_is_wrong_with_a_username_is_reported_on_its_field(site):
    body = {"username": "nobody", "password": "wrong-password"}
    answer = program(site).post("/login", json=body)
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == ["username"]
    page = site.visitor().post("/login", body)
    assert 'id="username-error"><li class="fs-error-msg">' in page.text


def test_a_sign_in_returns_a_token_only_if_requested(site):
    inner = response(program(site).post("/login", json=credentials("ann")))
    assert set(inner["user"]) == {"id"}
    inner = response(program(site).post("/login?include_auth_token", json=credentials("ann")))
    assert set(inner["user"]) == {"id", "authentication_token"}
    site.secrets.add(inner["user"]["authentication_token"])


@pytest.mark.parametrize("username", [
    "abc", "a" * 33, "two words", "<b>bold</b>", "annabel", "ANNABEL", "under_score", "half\u00bd",
    "circle\u2474", "mark\u0308"], ids=ascii)
def test_a_username_that_is_taken_or_malformed_is_refused(site, username):
    answer = program(site).post("/register", json=form(site, "sixth", username=username))
    assert answer.status_code == 400
    assert list(response(answer)["field_errors"]) == ["username"]


@pytest.mark.parametrize("number, typed, other", [
    (1, "J\u00fcrgen", "Ju\u0308rgen"), (2, "\u0130stanbul", "I\u0307STANBUL"),
    (3, "\u0410\u043d\u0434\u0440\u0435\u0439", "\u0410\u043d\u0434\u0440\u0435\u0438\u0306"),
    (4, "\uff46\uff55\uff4c\uff4c", "full")], ids=ascii)
def test_a_username_of_any_script_signs_in_however_it_is_typed(site, number, typed, other):
    body = form(site, f"script{number}", username=typed)
    assert program(site).post("/register", json=body).status_code == 200
    for username in (typed, other):
        answer = program(site).post("/login", json={"username": username,
                                                    "password": body["password"]})
        assert answer.status_code == 200, answer.text
