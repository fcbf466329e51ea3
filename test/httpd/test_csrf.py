# SPDX-License-Identifier: Apache-2.0
"""The modes of SecurityCsrf."""

import base64
import hashlib
import hmac
import re
import time

import pytest
from visitor import password_of

JSON = "application/json"


@pytest.fixture(scope="module", params=["origin", "token", "both", "off"])
def regime(request, make_site):
    return request.param, make_site(f"SecurityCsrf {request.param}\n")


def body():
    return {"email": "ann@example.org", "password": password_of("ann")}


def post(visitor, with_token, **headers):
    token = visitor.get("/login", headers={"Accept": JSON}).json()["response"]["csrf_token"]
    data = {**body(), "csrf_token": token} if with_token else body()
    return visitor.post("/login", json=data, headers={"Accept": JSON, **headers}).status_code


def test_each_mode_requires_its_own_proof(regime):
    name, site = regime
    needs_token, needs_origin = name in ("token", "both"), name in ("origin", "both")
    assert post(site.visitor(), with_token=True) == 200
    assert post(site.visitor(), with_token=False) == (400 if needs_token else 200)
    evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert post(site.visitor(), with_token=True, **evil) == (403 if needs_origin else 200)


def test_a_token_is_accepted_in_a_header_too(regime):
    _, site = regime
    for header in ("X-CSRFToken", "X-CSRF-Token", "X-XSRF-Token"):
        visitor = site.visitor()
        token = visitor.get("/login", headers={"Accept": JSON}).json()["response"]["csrf_token"]
        answer = visitor.post("/login", json=body(), headers={"Accept": JSON, header: token})
        assert answer.status_code == 200


def test_another_visitors_token_or_an_expired_one_is_refused(regime):
    name, site = regime
    if name not in ("token", "both"):
        return
    other = site.visitor().get("/login", headers={"Accept": JSON}).json()["response"]["csrf_token"]
    for token in (other, "", "1.x", "9999999999." + other.split(".")[1], "0." + "A" * 43,
                  "9223372036854775807." + other.split(".")[1]):
        visitor = site.visitor()
        visitor.get("/login")
        answer = visitor.post("/login", json={**body(), "csrf_token": token},
                              headers={"Accept": JSON})
        assert answer.status_code == 400
        assert "csrf_token" in answer.json()["response"]["field_errors"]


def test_a_token_from_before_the_sign_in_is_valid_after_it(regime):
    _, site = regime
    visitor = site.visitor(accept=JSON)
    token = visitor.get("/login").json()["response"]["csrf_token"]
    answer = visitor.post("/login", json={**body(), "csrf_token": token})
    later = answer.json()["response"]["csrf_token"]
    for good in (token, later):
        answer = visitor.post("/account", json={"end": "987654321", "csrf_token": good})
        assert answer.status_code == 404


@pytest.mark.parametrize("is_early", [True, False], ids=["from before the sign-in", "from it"])
def test_a_session_that_gets_another_cookie_keeps_the_token_that_was_sent(regime, is_early):
    _, site = regime
    visitor = site.visitor(accept=JSON)
    token = visitor.get("/login").json()["response"]["csrf_token"]
    answer = visitor.post("/login", json={**body(), "csrf_token": token})
    sent = token if is_early else answer.json()["response"]["csrf_token"]
    for path, fields in [("/verify", {"password": password_of("ann")}),
                         ("/account", {"end": "others"}),
                         ("/verify", {"password": password_of("ann")})]:
        before = visitor.cookie("session")
        answer = visitor.post(path, json={**fields, "csrf_token": sent})
        assert answer.status_code == 200 and visitor.cookie("session") != before
    later = answer.json()["response"]["csrf_token"]
    answer = visitor.post("/verify", json={"password": password_of("ann"), "csrf_token": later})
    assert answer.status_code == 200


def test_the_token_of_one_session_is_invalid_for_another(regime):
    name, site = regime

    def sign_in():
        visitor = site.visitor(accept=JSON)
        token = visitor.get("/login").json()["response"]["csrf_token"]
        answer = visitor.post("/login", json={**body(), "csrf_token": token})
        return visitor, answer.json()["response"]["csrf_token"]

    visitor, _ = sign_in()
    _, foreign = sign_in()
    answer = visitor.post("/verify", json={"password": password_of("ann"), "csrf_token": foreign})
    assert answer.status_code == (400 if name in ("token", "both") else 200)


@pytest.mark.parametrize("headers", [{}, {"Accept": JSON}], ids=["browser", "program"])
def test_signing_out_requires_no_token(regime, headers):
    name, site = regime
    visitor = site.visitor()
    token = visitor.get("/login", headers={"Accept": JSON}).json()["response"]["csrf_token"]
    visitor.post("/login", {**body(), "csrf_token": token})
    assert visitor.is_signed_in()
    if name in ("origin", "both"):
        evil = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        assert visitor.post("/logout", headers={**evil, **headers}).status_code == 403
        assert visitor.is_signed_in()
    assert visitor.post("/logout", headers=headers).status_code in (200, 302)
    assert not visitor.is_signed_in()


def test_the_form_carries_its_token(regime):
    name, site = regime
    visitor = site.visitor()
    found = re.search(r'id="csrf_token"[^>]*value="([^"]+)"', visitor.get("/login").text)
    assert bool(found) == (name in ("token", "both"))
    form = {**body(), "csrf_token": found[1]} if found else body()
    assert visitor.post("/login", form).status_code == 302


def test_a_planted_cookie_makes_no_token_valid(regime):
    """An attacker who plants it can request a matching token from the site, or try to forge one."""
    name, site = regime
    needs_token = name in ("token", "both")
    attacker, victim = site.visitor(accept=JSON), site.visitor(accept=JSON)
    token = attacker.get("/login").json()["response"]["csrf_token"]
    planted = attacker.cookie("session_csrf") or "A" * 43
    own = victim.get("/login").json()["response"]["csrf_token"]
    assert victim.post("/login", json={**body(), "csrf_token": own}).status_code == 200
    session = victim.cookie("session")

    def tries(cookie, forged, cookies=""):
        headers = {"Cookie": f"{cookies}session_csrf={cookie}", "Accept": JSON}
        return site.visitor().post("/verify" if cookies else "/login", json={
            **body(), "csrf_token": forged}, headers=headers).status_code

    def make(key):
        text = f"{int(time.time())}.{'A' * 16}"
        mac = base64.urlsafe_b64encode(hmac.new(key, text.encode(), "sha256").digest())
        return text + "." + mac.decode().rstrip("=")

    refused = 400 if needs_token else 200
    assert tries(planted, token, f"session={session}; ") == refused
    for key in (planted.encode(), hashlib.sha256(planted.encode()).digest(), b""):
        assert tries(planted, make(key)) == refused
        # If it is accepted, the session gets a new secret.
        if needs_token:
            assert tries(planted, make(key), f"session={session}; ") == refused


@pytest.mark.parametrize("planted", ["", "short", "x.y", "A" * 44, "A" * 43])
def test_a_cookie_planted_before_ours_keeps_nobody_out(regime, planted):
    """The site cannot choose which of two cookies of the same name a browser sends first."""
    _, site = regime
    visitor = site.visitor(accept=JSON)
    token = visitor.get("/login").json()["response"]["csrf_token"]
    cookies = f"session_csrf={planted}; session_csrf={visitor.cookie('session_csrf') or 'none'}"
    answer = site.visitor().post("/login", json={**body(), "csrf_token": token},
                                 headers={"Cookie": cookies, "Accept": JSON})
    assert answer.status_code == 200
    cookies = f"session={planted}; session={answer.cookies['session']}"
    assert site.visitor().post("/logout", headers={"Cookie": cookies, "Accept": JSON}).ok
    answer = site.visitor().get("/members/", headers={"Cookie": cookies})
    assert answer.status_code in (302, 401)


def test_a_form_without_its_token_is_shown_again(regime):
    name, site = regime
    if name in ("token", "both"):
        answer = site.visitor().post("/login", body())
        assert answer.status_code == 200 and "CSRF" in answer.text
