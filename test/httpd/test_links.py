# SPDX-License-Identifier: Apache-2.0
"""Links in mails in the hands of programs, of strangers, and of victims of a takeover."""

import pytest
from test_account import link_in, register
from test_tokens import program, status

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
"""

AHEAD = [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"},
         {"Purpose": "prefetch"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"}]


def is_confirmed(site, email):
    rows = site.sql(f"SELECT id FROM `user` WHERE email = '{email}' AND confirmed_at IS NOT NULL")
    return rows != []


def test_prefetching_uses_up_no_confirmation_link(site, mailbox):
    register(site, "ahead@example.org", site.make_secret())
    path = link_in(mailbox.wait_for("ahead@example.org"), site, "/confirm")
    for headers in AHEAD:
        answer = site.visitor().get(path, headers=headers)
        assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert not is_confirmed(site, "ahead@example.org")
    assert site.visitor().get(path).status_code == 302
    assert is_confirmed(site, "ahead@example.org")


def test_a_prefetched_link_still_works_by_its_button(site, mailbox):
    register(site, "button@example.org", site.make_secret())
    path = link_in(mailbox.wait_for("button@example.org"), site, "/confirm")
    visitor = site.visitor()
    assert f'action="{path}"' in visitor.get(path, headers=AHEAD[0]).text
    assert visitor.post(path).status_code == 302
    assert visitor.is_signed_in()


def change_email(site, mailbox, name, to):
    """Requests an email change; returns the paths of the link and of the undo link."""
    asked = site.member(name).post("/change-email", {"email": to})
    assert asked.status_code == 302
    there = mailbox.wait_for(to, "Confirm your new")
    here = mailbox.wait_for(f"{name}@example.org", "is being changed")
    return link_in(there, site, "/change-email"), link_in(here, site, "/change-email")


def test_prefetching_changes_no_address(site, mailbox):
    path, _ = change_email(site, mailbox, "twin", "twin@elsewhere.example")
    for headers in AHEAD:
        assert site.visitor().get(path, headers=headers).status_code == 200
    assert site.visitor().sign_in("twin@elsewhere.example", "no matter").status_code == 200
    assert site.member("twin").is_signed_in()


def test_following_a_used_link_says_why_it_does_not_work(site, mailbox):
    path, _ = change_email(site, mailbox, "bart", "bart@elsewhere.example")
    visitor = site.visitor()
    assert visitor.post(path).headers["Location"] == "/login"
    answer = visitor.get(path)
    while answer.status_code == 302:
        answer = visitor.get(answer.headers["Location"])
    assert "This link is not valid." in answer.text
    assert "does not work" not in visitor.get("/login").text


@pytest.mark.smoke
def test_the_victim_of_a_takeover_gets_the_account_back_and_chooses_a_new_password(site, mailbox):
    from visitor import password_of
    path, undo = change_email(site, mailbox, "ed", "mallory@elsewhere.example")
    thief, owner = site.visitor(), site.visitor()
    thief.post(path)
    thief.post("/reset", {"email": "mallory@elsewhere.example"})
    stolen = site.make_secret()
    link = link_in(mailbox.wait_for("mallory@elsewhere.example", "instructions"), site, "/reset")
    thief.post(link, {"password": stolen, "password_confirm": stolen})
    assert thief.is_signed_in()

    assert owner.get(undo).status_code == 200
    assert thief.is_signed_in()
    answer = owner.post(undo)
    assert answer.status_code == 302 and answer.headers["Location"] == "/reset"
    assert "choose a new password" in owner.get("/reset").text
    assert not thief.is_signed_in()
    for address in ("ed@example.org", "mallory@elsewhere.example"):
        assert site.visitor().sign_in(address, stolen).status_code == 200

    owner.post("/reset", {"email": "ed@example.org"})
    link = link_in(mailbox.wait_for("ed@example.org", "instructions"), site, "/reset")
    assert 'value="ed@example.org"' in owner.get(link).text
    secret = password_of("ed")
    owner.post(link, {"password": secret, "password_confirm": secret})
    assert owner.is_signed_in()


def link_of(site, mailbox, name, secret, feature):
    """A link of this kind, for a newly registered user."""
    register(site, name, secret)
    path = link_in(mailbox.wait_for(name), site, "/confirm")
    if feature == "/confirm":
        return path
    assert site.visitor().post(path).status_code == 302
    site.visitor().post("/reset", {"email": name})
    return link_in(mailbox.wait_for(name, "instructions"), site, "/reset")


@pytest.mark.parametrize("feature", ["/confirm", "/reset"])
def test_a_token_following_somebody_elses_link_ends_no_sign_in(site, mailbox, feature):
    client = program(site)
    token = client.sign_in_json("ada").json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    name, secret = f"else{feature[1:]}@example.org", site.make_secret()
    path = link_of(site, mailbox, name, secret, feature)
    body = {"password": secret, "password_confirm": secret}
    answer = program(site).post(path, json=body, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code in (200, 302)
    assert is_confirmed(site, name)
    assert status(site, token) == 200 and client.is_signed_in()


@pytest.mark.parametrize("feature", ["/confirm", "/reset"])
def test_the_previous_users_session_ends_when_the_browser_follows_anothers_link(
        site, mailbox, feature):
    member, other = site.member("ada"), site.visitor()
    other.set_cookie("session", member.cookie("session"))
    name, secret = f"after{feature[1:]}@example.org", site.make_secret()
    path = link_of(site, mailbox, name, secret, feature)
    body = {"password": secret, "password_confirm": secret}
    assert member.post(path, body).status_code == 302
    assert member.is_signed_in() and not other.is_signed_in()
