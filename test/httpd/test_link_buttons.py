# SPDX-License-Identifier: Apache-2.0
"""What a link in a mail may do when it is opened, and when it asks first."""

import re

import pytest
from test_account import link_in, register
from test_undo import change_email, make_user
from visitor import password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
SecurityChangeUsername On
SecurityChangeable On
SecurityTokens On
"""
JSON = "application/json"

OPENED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
FETCHED = {
    "image": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    "frame": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
              "Sec-Fetch-Dest": "iframe"},
    "own frame": {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate",
                  "Sec-Fetch-Dest": "iframe"},
    "script": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
    "site alone": {"Sec-Fetch-Site": "cross-site"},
    "dest alone": {"Sec-Fetch-Dest": "document"},
}


def confirmation(site, mailbox, name):
    register(site, f"{name}@example.org", site.make_secret())
    return link_in(mailbox.wait_for(f"{name}@example.org"), site, "/confirm")


def is_confirmed(site, name):
    return site.sql("SELECT id FROM `user` WHERE confirmed_at IS NOT NULL"
                    f" AND email = '{name}@example.org'") != []


def address(site, number):
    return site.sql(f"SELECT email FROM `user` WHERE id = {number}")[0][0]


def who(visitor):
    return visitor.get("/account", headers={"Accept": JSON}).json()["response"]["email"]


# ---- confirmation ----

@pytest.mark.parametrize("headers", FETCHED.values(), ids=FETCHED)
def test_a_page_that_embeds_a_confirmation_link_does_not_use_it_up(site, mailbox, headers):
    name = "embed" + "".join(filter(str.isalpha, "".join(headers.values())))
    path = confirmation(site, mailbox, name)
    answer = site.visitor().get(path, headers=headers)
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert not is_confirmed(site, name)
    visitor = site.visitor()
    assert visitor.get(path, headers=OPENED).status_code == 302
    assert visitor.is_signed_in() and is_confirmed(site, name)


def test_a_confirmation_link_asks_before_signing_out_the_current_user(site, mailbox):
    path = confirmation(site, mailbox, "second")
    member = site.member("ann")
    page = member.get(path, headers=OPENED)
    assert page.status_code == 200 and f'action="{path}"' in page.text
    assert "ann@example.org" in page.text and "second@example.org" in page.text
    assert who(member) == "ann@example.org" and not is_confirmed(site, "second")
    assert member.post(path).status_code == 302
    assert who(member) == "second@example.org" and is_confirmed(site, "second")


def test_a_button_without_its_csrf_token_does_nothing(make_site, mailbox):
    site = make_site(CONFIG + "SecurityCsrf both\n")
    register_form = site.visitor().get("/register").text
    assert 'name="csrf_token"' in register_form
    visitor = site.visitor()
    secret = site.make_secret()
    fields = {"email": "token@example.org", "password": secret, "password_confirm": secret}
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', visitor.get("/register").text)[1]
    assert visitor.post("/register", {**fields, "csrf_token": token}).status_code == 302
    path = link_in(mailbox.wait_for("token@example.org"), site, "/confirm")
    reader = site.visitor()
    for sent in ({}, {"csrf_token": token}):
        assert reader.post(path, sent).status_code == 200
        assert not is_confirmed(site, "token")
    page = reader.get(path, headers=FETCHED["image"]).text
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1]
    assert reader.post(path, {"csrf_token": token}).status_code == 302
    assert is_confirmed(site, "token")


# ---- email change ----

def test_a_program_that_opens_links_in_mails_gives_nobody_an_account(site, mailbox):
    number = make_user(site, "trojan")
    path, _ = change_email(site, mailbox, "trojan", "victim@elsewhere.example")
    for method, accept in (("HEAD", "*/*"), ("GET", "*/*"), ("GET", JSON), ("GET", "text/html")):
        answer = site.visitor(accept=accept).request(method, path)
        assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert address(site, number) == "trojan@example.org"
    assert "t***@e***.org" in answer.text and "trojan@example.org" not in answer.text
    assert "victim@elsewhere.example" in answer.text and f'action="{path}"' in answer.text
    assert set(site.visitor(accept=JSON).get(path).json()["response"]) == {"csrf_token"}
    assert site.visitor().post(path).status_code == 302
    assert address(site, number) == "victim@elsewhere.example"


def test_the_signed_in_user_changes_the_address_by_opening_the_link(site, mailbox):
    number = make_user(site, "mover")
    path, _ = change_email(site, mailbox, "mover", "mover@elsewhere.example")
    member = site.member("mover")
    for headers in FETCHED.values():
        assert member.get(path, headers=headers).status_code == 200
    assert member.request("HEAD", path).status_code == 200
    assert site.member("ann").get(path, headers=OPENED).status_code == 200
    assert address(site, number) == "mover@example.org"
    assert member.get(path, headers=OPENED).status_code == 302
    assert address(site, number) == "mover@elsewhere.example"
    assert member.is_signed_in()


def texts(mail):
    return [mail.get_body((kind,)).get_content().replace("\n", " ") for kind in ("plain", "html")]


def test_the_recipient_of_an_account_is_told_who_can_take_it_back(site, mailbox):
    make_user(site, "maker")
    path, undo = change_email(site, mailbox, "maker", "owner@elsewhere.example")
    site.visitor().post(path)
    owner = site.visitor()
    owner.post("/reset", {"email": "owner@elsewhere.example"})
    mail = mailbox.wait_for("owner@elsewhere.example", "instructions")
    secret = site.make_secret()
    owner.post(link_in(mail, site, "/reset"), {"password": secret, "password_confirm": secret})
    notice = mailbox.wait_for("owner@elsewhere.example", "has been reset")
    page = owner.get("/account").text
    for text in (*texts(mail), *texts(notice), page):
        assert "m***@e***.org" in text and "maker@example.org" not in text
        assert re.search(r"until (<time>)?20\d\d-\d\d-\d\d \d\d:\d\d:\d\d(</time>)? UTC", text)
    inner = owner.get("/account", headers={"Accept": JSON}).json()["response"]
    assert [entry["address"] for entry in inner["former_addresses"]] == ["m***@e***.org"]
    assert inner["former_addresses"][0]["until"] in page

    assert site.visitor().post(undo).status_code == 302
    site.visitor().post("/reset", {"email": "maker@example.org"})
    for text in texts(mailbox.wait_for("maker@example.org", "instructions")):
        assert "***" not in text


def test_an_account_without_a_former_address_mentions_none(site, mailbox):
    make_user(site, "steady")
    path, _ = change_email(site, mailbox, "steady", "steady@elsewhere.example")
    member = site.member("steady")
    inner = member.get("/account", headers={"Accept": JSON}).json()["response"]
    assert inner["former_addresses"] == [] and "***" not in member.get("/account").text
    site.visitor().post("/reset", {"email": "steady@example.org"})
    for text in texts(mailbox.wait_for("steady@example.org", "instructions")):
        assert "***" not in text
    assert path


# ---- mistakes of others ----

def test_a_reset_link_does_not_change_a_different_signed_in_account(site, mailbox):
    """CVE-2023-26481: a recovery link affected whichever user was signed in."""
    make_user(site, "lost")
    site.visitor().post("/reset", {"email": "lost@example.org"})
    path = link_in(mailbox.wait_for("lost@example.org", "instructions"), site, "/reset")
    before = site.sql("SELECT password FROM `user` WHERE email = 'bart@example.org'")
    member = site.member("bart")
    session = member.cookie("session")
    page = member.get(path).text
    assert "lost@example.org" in page and "bart@example.org" in page
    assert who(member) == "bart@example.org"
    secret = site.make_secret()
    assert member.post(path, {"password": secret, "password_confirm": secret}).status_code == 302
    assert who(member) == "lost@example.org"
    assert site.sql("SELECT password FROM `user` WHERE email = 'bart@example.org'") == before
    other = site.visitor()
    other.set_cookie("session", session)
    assert not other.is_signed_in()
    assert site.visitor().sign_in("lost", secret).status_code == 302


def test_what_the_button_pages_repeat_is_escaped(site, mailbox):
    """CVE-2026-42849: markup could be injected into a self-submitting form."""
    hostile = "o'neil&lt@example.org"
    escaped = "o&#39;neil&amp;lt@"
    secret = site.make_secret()
    site.tool("users", "create", hostile, "--password-stdin", typed=secret + "\n")
    site.database.hand_over()
    query = "?next=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&email=%22%3E%3Cb%3E"
    site.visitor().post("/confirm", {"email": hostile})
    confirm = link_in(mailbox.wait_for(hostile, "confirm"), site, "/confirm")
    pages = [site.visitor().get(confirm + query, headers=FETCHED["image"]).text]
    site.visitor().post(confirm)
    # A requested confirmation removes a password that was not registered with it.
    site.tool("users", "password", hostile, "--password-stdin", typed=secret + "\n")
    site.visitor().post("/reset", {"email": hostile})
    reset = link_in(mailbox.wait_for(hostile, "instructions"), site, "/reset")
    pages.append(site.visitor().get(reset + query).text)
    member = site.visitor()
    member.sign_in(hostile, secret)
    to = "o'hara&gt@elsewhere.example"
    member.post("/change-email", {"email": to})
    there = link_in(mailbox.wait_for(to, "Confirm"), site, "/change-email")
    undo = link_in(mailbox.wait_for(hostile, "is being"), site, "/change-email")
    pages += [site.visitor().get(undo + query).text]
    assert all(escaped in page for page in pages)
    pages.append(site.visitor().get(there + query).text)
    assert "o&#39;hara&amp;gt@" in pages[-1]
    for page in pages:
        assert "<script" not in page and "o'" not in page and '"><b>' not in page


ENDPOINTS = ["/login", "/logout", "/verify", "/account", "/register", "/confirm", "/reset", "/change",
             "/change-email", "/change-username", "/tokens"]


def test_no_get_returns_a_token(site, mailbox):
    """CVE-2021-21241: GET /login?include_auth_token gave the token to any page that asked."""
    program = site.visitor(accept=JSON)
    token = program.sign_in_json("ed", path="/login?include_auth_token").json()
    assert "authentication_token" in token["response"]["user"]
    site.secrets.add(token["response"]["user"]["authentication_token"])
    confirm = confirmation(site, mailbox, "tokenless")
    for path in [*ENDPOINTS, confirm]:
        for method in ("GET", "HEAD"):
            answer = program.request(method, path + "?include_auth_token&include_auth_token=1")
            assert answer.status_code in (200, 302, 400)
            assert "authentication_token" not in answer.text
    assert who(program) == "ed@example.org"
    assert password_of("ed") not in answer.text
