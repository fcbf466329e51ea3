# SPDX-License-Identifier: Apache-2.0
"""Mails as they arrive: through the service, msmtp and SMTP, read by Python's own parser."""

import re

import pytest

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityEmailSender "Größe & Söhne <no-reply@example.org>"
"""


def register(site, email):
    secret = site.make_secret()
    return site.visitor().post("/register", {
        "email": email, "password": secret, "password_confirm": secret})


def keep_secrets_out_of_the_log(site, mail):
    for part in mail.walk():
        if part.get_content_maintype() == "text":
            site.secrets.update(re.findall(r"/confirm/([\w-]{43})", part.get_content()))


def test_a_mail_is_without_defects_and_says_what_it_is(site, mailbox):
    register(site, "reader@example.org")
    mail = mailbox.wait_for("reader@example.org")
    keep_secrets_out_of_the_log(site, mail)
    assert [defect for part in mail.walk() for defect in part.defects] == []
    assert [value.defects for value in mail.values() if getattr(value, "defects", None)] == []
    assert mail["From"].addresses[0].display_name == "Größe & Söhne"
    assert mail["From"].addresses[0].addr_spec == "no-reply@example.org"
    assert [address.addr_spec for address in mail["To"].addresses] == ["reader@example.org"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@127\.0\.0\.1>", mail["Message-ID"].strip())
    assert mail["Date"].datetime.utcoffset().total_seconds() == 0
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        assert len(mail.get_all(name)) == 1, name


def test_text_and_html_contain_the_same_link(site, mailbox):
    register(site, "both@example.org")
    mail = mailbox.wait_for("both@example.org")
    keep_secrets_out_of_the_log(site, mail)
    assert mail.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    links = [set(re.findall(re.escape(site.url) + r"/confirm/[\w-]{43}", part.get_content()))
             for part in mail.iter_parts()]
    assert len(links[0]) == 1
    assert links[0] == links[1]


def test_no_line_exceeds_the_limit_of_mailers(site, mailbox):
    register(site, "short-lines@example.org")
    mail = mailbox.wait_for("short-lines@example.org")
    keep_secrets_out_of_the_log(site, mail)
    for part in mail.iter_parts():
        assert all(len(line) <= 76 for line in part.get_payload().splitlines())


def test_a_domain_beyond_ascii_travels_as_a_labels(site, mailbox):
    register(site, "ann@bücher.example")
    mail = mailbox.wait_for("ann@xn--bcher-kva.example")
    keep_secrets_out_of_the_log(site, mail)
    assert mail["To"].addresses[0].addr_spec == "ann@xn--bcher-kva.example"


ADDRESSES = [
    "ann@example.org,eve@example.org", "ann@example.org\r\nBcc: eve@example.org",
    "ann@example.org\nBcc: eve@example.org", "ann@example.org eve@example.org",
    "<eve@example.org>", "eve@example.org;", "\"x y\"@example.org", "ann@[127.0.0.1]",
]


@pytest.mark.parametrize("number", range(len(ADDRESSES)))
def test_an_address_that_contains_several_gets_no_mail(site, mailbox, number):
    before = len(mailbox.mails)
    assert register(site, ADDRESSES[number]).status_code in (200, 400)
    site.visitor().post("/reset", {"email": ADDRESSES[number]})
    # When this one arrives, everything queued before it has left.
    register(site, f"after{number}@example.org")
    keep_secrets_out_of_the_log(site, mailbox.wait_for(f"after{number}@example.org"))
    assert len(mailbox.mails) == before


def test_an_address_that_looks_like_an_option_is_refused(site):
    secret = site.make_secret()
    answer = site.visitor(accept="application/json").post("/register", json={
        "email": "-oQ/tmp/x@example.org", "password": secret, "password_confirm": secret})
    assert answer.status_code == 400
    assert "email" in answer.json()["response"]["field_errors"]
