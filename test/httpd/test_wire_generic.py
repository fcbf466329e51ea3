# SPDX-License-Identifier: Apache-2.0
"""The wire with generic responses, the default: what programs learn, and what they do not."""

import pytest
from test_wire import credentials, program, response
from visitor import password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityThrottleAddress 0
SecurityThrottleAccount 0
"""


@pytest.mark.parametrize("body, count", [
    (credentials("ann", "wrong-password"), 1), (credentials("nobody", "wrong-password"), 1),
    (credentials("ina"), 1), (credentials("una"), 1),
    ({"email": "no address", "password": "x"}, 1), ({"email": "ann@example.org"}, 1),
    ({"password": "x"}, 1), ({}, 2)])
def test_a_failed_sign_in_names_neither_field_nor_cause(site, body, count):
    answer = program(site).post("/login", json=body)
    inner = response(answer)
    assert answer.status_code == 400
    assert list(inner["field_errors"]) == [""] and len(inner["field_errors"][""]) == count
    assert len(set(inner["errors"])) == 1


def test_the_page_of_a_failed_sign_in_is_the_same_for_every_cause(site):
    pages = {site.visitor().post("/login", {"email": "x@example.org", "password": "y"}).text}
    for name, password in (("ann", "wrong-password"), ("ina", None), ("una", None)):
        answer = site.visitor().sign_in(name, password)
        pages.add(answer.text.replace(f"{name}@example.org", "x@example.org"))
    assert len(pages) == 1


@pytest.mark.parametrize("path", ["/confirm", "/reset"])
@pytest.mark.parametrize("email", ["ann@example.org", "una@example.org", "ina@example.org",
                                   "nobody@example.org", "no address", ""])
def test_requesting_a_mail_reveals_nothing(site, path, email):
    answer = program(site).post(path, json={"email": email})
    assert answer.status_code == 200 and set(response(answer)) == {"csrf_token"}


def test_a_taken_address_answers_like_a_free_one(site):
    secret = site.make_secret()
    for email in ("ann@example.org", "free@example.org"):
        answer = program(site).post("/register?include_auth_token", json={
            "email": email, "password": secret, "password_confirm": secret})
        inner = response(answer)
        assert answer.status_code == 200 and set(inner) == {"csrf_token", "user"}
        assert inner["user"] == {} and "Set-Cookie" not in answer.headers


def test_a_bad_password_of_a_registration_is_still_reported(site):
    for email in ("ann@example.org", "free2@example.org"):
        answer = program(site).post("/register", json={
            "email": email, "password": "abc", "password_confirm": "abc"})
        assert answer.status_code == 400 and list(response(answer)["field_errors"]) == ["password"]


def test_signed_in_users_get_plain_answers(site):
    member = site.member("ann")
    answer = member.post("/verify", json={"password": "wrong-password"})
    assert answer.status_code == 400 and list(response(answer)["field_errors"]) == ["password"]
    assert member.post("/verify", json={"password": password_of("ann")}).status_code == 200
