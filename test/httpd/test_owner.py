# SPDX-License-Identifier: Apache-2.0
"""Several people register one address; whoever controls the mailbox decides whose account it is."""

import pytest
from test_account import link_in

FEATURES = """
SecurityRegisterable On
SecurityConfirmable On
SecurityUsernameEnable On
SecurityRegisterFields phone:telephone
"""


def CONFIG(recoverable):
    return FEATURES + f"SecurityRecoverable {recoverable}\n"


@pytest.fixture(scope="module", params=["On", "Off"], ids=["recoverable", "not-recoverable"])
def site(request, make_site):
    site = make_site(CONFIG(request.param))
    site.sql("ALTER TABLE `user` ADD COLUMN telephone VARCHAR(255)")
    return site


def name_of(site, word):
    """All sites share one mailbox, so each site uses different names."""
    return word + site.url.rsplit(":", 1)[1]


def register(site, name, **fields):
    """Registers an address; returns the password."""
    secret = site.make_secret()
    answer = site.visitor().post("/register", {
        "email": f"{name}@example.org", "password": secret, "password_confirm": secret, **fields})
    assert answer.status_code == 302
    return secret


def link(site, mailbox, name, subject=""):
    return link_in(mailbox.wait_for(f"{name}@example.org", subject), site, "/confirm")


def can_sign_in(site, name, secret):
    return site.visitor().sign_in(f"{name}@example.org", secret).status_code == 302


def row(site, name):
    return site.sql(f"SELECT username, telephone FROM `user` WHERE email = '{name}@example.org'")[0]


@pytest.mark.smoke
def test_confirming_sets_what_was_registered_with_the_link(site, mailbox):
    name = name_of(site, "early")
    theirs = register(site, name, username="stranger", phone="+1 666")
    first = link(site, mailbox, name)
    mine = register(site, name, username="rightful", phone="+49 30")
    second = link(site, mailbox, name)
    visitor = site.visitor()
    assert visitor.get(second).headers["Location"] == "/" and visitor.is_signed_in()
    assert can_sign_in(site, name, mine) and not can_sign_in(site, name, theirs)
    assert row(site, name) == ["rightful", "+49 30"]
    for path in (first, second):
        assert site.visitor().get(path).headers["Location"] == "/confirm"
    assert can_sign_in(site, name, mine) and not can_sign_in(site, name, theirs)


def test_a_later_registration_does_not_affect_the_link_of_the_first(site, mailbox):
    name = name_of(site, "late")
    mine = register(site, name, username="entitled", phone="+49 40")
    first = link(site, mailbox, name)
    theirs = register(site, name, username="latecomer", phone="+1 666")
    second = link(site, mailbox, name)
    assert site.visitor().get(first).headers["Location"] == "/"
    assert site.visitor().get(second).headers["Location"] == "/confirm"
    assert can_sign_in(site, name, mine) and not can_sign_in(site, name, theirs)
    assert row(site, name) == ["entitled", "+49 40"]


def test_a_requested_link_confirms_and_leads_to_a_new_password(site, mailbox):
    name = name_of(site, "again")
    theirs = register(site, name)
    link(site, mailbox, name)
    assert site.visitor().post("/confirm", {"email": f"{name}@example.org"}).status_code == 200
    visitor = site.visitor()
    answer = visitor.get(link(site, mailbox, name))
    assert answer.status_code == 302 and visitor.is_signed_in()
    choice = answer.headers["Location"]
    site.links.add(choice.rsplit("/", 1)[1])
    assert choice.startswith("/reset/") and not can_sign_in(site, name, theirs)
    assert f'action="{choice}"' in visitor.get(choice).text
    mine = site.make_secret()
    assert visitor.post(choice, {"password": mine, "password_confirm": mine}).status_code == 302
    assert visitor.is_signed_in()
    assert can_sign_in(site, name, mine) and not can_sign_in(site, name, theirs)
