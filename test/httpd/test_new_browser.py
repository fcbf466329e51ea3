# SPDX-License-Identifier: Apache-2.0
"""Mails about sign-ins from unknown browsers."""

from visitor import password_of

CONFIG = """
SecurityRecoverable On
SecuritySendNewLoginEmail On
"""


def mails_to(mailbox, address):
    return [mail for recipients, mail in mailbox.mails if address in recipients]


def test_a_sign_in_from_an_unknown_browser_sends_a_notice_and_from_a_known_one_does_not(site, mailbox):
    home = site.member("ann")
    home.drop_cookie("session")
    assert home.sign_in("ann").status_code == 302
    assert site.sql("SELECT kind FROM `security_outbox`") == []

    stranger = site.visitor()
    stranger.session.headers["User-Agent"] = "Strange <b>browser</b>"
    assert stranger.sign_in("ann").status_code == 302
    mail = mailbox.wait_for("ann@example.org", "sign-in")
    text = mail.get_body(("plain",)).get_content()
    assert "127.0.0.1" in text and "Strange <b>browser</b>" in text
    assert f"{site.url}/reset" in text.split()
    assert "<b>browser" not in mail.get_body(("html",)).get_content()

    stranger.drop_cookie("session")
    assert stranger.sign_in("ann").status_code == 302
    assert site.sql("SELECT COUNT(*) FROM `security_outbox`") == [["1"]]


def test_a_browser_is_known_only_for_the_user_who_signed_in_with_it(site, mailbox):
    first, other = site.member("ed"), site.member("ada")
    assert first.is_signed_in()
    other.drop_cookie("session")
    assert other.sign_in("ed", password_of("ed")).status_code == 302
    mailbox.wait_for("ed@example.org", "sign-in")
    assert mails_to(mailbox, "ada@example.org") == []
