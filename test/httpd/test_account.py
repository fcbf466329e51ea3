# SPDX-License-Identifier: Apache-2.0
"""The life of an account, through real mails: registration, confirmation, reset, change."""

import re

import pytest
from visitor import password_of

COMMON = "TrustNoOne2"


def CONFIG(site):
    """All the features, and a list of common passwords."""
    (site.folder / "common").write_text(f"password123\n{COMMON.lower()}\n")
    return f"""
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityPasswordBlocklist {site.folder}/common
"""


def link_in(mail, site, path):
    """The path of the link in a mail's text."""
    text = mail.get_body(("plain",)).get_content()
    found = re.search(re.escape(site.url) + f"({path}/[A-Za-z0-9_-]+[^\\s]*)", text)
    assert found, text
    site.links.add(found[1].rsplit("/", 1)[1])
    return found[1]


def register(site, email, secret):
    return site.visitor().post("/register", {
        "email": email, "password": secret, "password_confirm": secret})


@pytest.mark.smoke
def test_registering_and_confirming_the_address_signs_the_user_in(site, mailbox):
    secret = site.make_secret()
    answer = register(site, "new@example.org", secret)
    assert answer.status_code == 302
    assert site.visitor().sign_in("new@example.org", secret).status_code == 200
    mail = mailbox.wait_for("new@example.org")
    assert mail["From"] and mail["Message-ID"] and mail["Date"]
    visitor = site.visitor()
    answer = visitor.get(link_in(mail, site, "/confirm"))
    assert answer.status_code == 302
    assert visitor.is_signed_in()
    assert visitor.get("/confirmed/").status_code == 200
    assert site.visitor().sign_in("new@example.org", secret).status_code == 302


def test_registering_a_taken_address_looks_the_same_and_notifies_its_owner(site, mailbox):
    secret = site.make_secret()
    fresh = register(site, "untaken@example.org", secret)
    taken = register(site, "ann@example.org", secret)
    assert (fresh.status_code, fresh.text, fresh.headers["Location"]) == (
        taken.status_code, taken.text, taken.headers["Location"])
    mailbox.wait_for("untaken@example.org")
    mailbox.wait_for("ann@example.org")
    assert site.visitor().sign_in("ann", secret).status_code == 200
    assert site.visitor().sign_in("ann").status_code == 302


def test_a_short_password_cannot_be_registered(site):
    assert register(site, "short@example.org", "abc").status_code == 200
    assert site.sql("SELECT id FROM `user` WHERE email = 'short@example.org'") == []


def test_a_common_password_cannot_be_chosen_anywhere(site):
    answer = register(site, "common@example.org", COMMON)
    assert answer.status_code == 200 and "too easy to guess" in answer.text
    assert site.sql("SELECT id FROM `user` WHERE email = 'common@example.org'") == []
    answer = site.member("ann").post("/change", headers={"Accept": "application/json"}, json={
        "password": password_of("ann"), "new_password": COMMON, "new_password_confirm": COMMON})
    assert answer.status_code == 400
    assert "too easy to guess" in answer.json()["response"]["field_errors"]["new_password"][0]
    refused = site.tool("users", "password", "ann@example.org", "--password-stdin",
                        typed=COMMON + "\n", check=False)
    assert refused.returncode == 1 and "too easy to guess" in refused.stderr
    assert site.member("ann")


@pytest.mark.smoke
def test_a_forgotten_password_is_replaced_through_a_link_that_works_once(site, mailbox):
    old_member = site.member("ed")
    secret = site.make_secret()
    visitor = site.visitor()
    answer = visitor.post("/reset", {"email": "ed@example.org"}, headers={
        "X-Forwarded-Host": "evil.example"})
    assert answer.status_code in (200, 302)
    link = link_in(mailbox.wait_for("ed@example.org"), site, "/reset")
    assert visitor.get(link).status_code in (200, 302)
    answer = visitor.post(link, {"password": secret, "password_confirm": secret})
    assert answer.status_code == 302
    mailbox.wait_for("ed@example.org")
    assert not old_member.is_signed_in()
    assert site.visitor().sign_in("ed", secret).status_code == 302
    other = site.make_secret()
    site.visitor().post(link, {"password": other, "password_confirm": other})
    assert site.visitor().sign_in("ed", other).status_code == 200


def test_a_reset_for_an_unknown_address_looks_like_any_other(site):
    known, unknown = [
        site.visitor(accept="application/json").post("/reset", json={"email": email})
        for email in ("ann@example.org", "x@example.org")]
    assert known.status_code == unknown.status_code == 200
    assert sorted(known.json()["response"]) == sorted(unknown.json()["response"])


@pytest.mark.smoke
def test_changing_the_password_ends_the_other_sessions(site, mailbox):
    from visitor import password_of
    member, elsewhere = site.member("ada"), site.member("ada")
    secret = site.make_secret()
    answer = member.post("/change", {"password": password_of("ada"), "new_password": secret,
                                     "new_password_confirm": secret})
    assert answer.status_code == 302
    assert member.is_signed_in()
    assert not elsewhere.is_signed_in()
    mailbox.wait_for("ada@example.org")


@pytest.mark.once
def test_a_mail_that_cannot_be_sent_is_kept_and_sent_later(make_site, mailbox, expect_log):
    expect_log("mail")

    def config(site):
        program = site.folder / "sendmail"
        program.write_text("#!/bin/sh\ncat >/dev/null\nexit 75\n")
        program.chmod(0o755)
        return CONFIG(site) + f"SecuritySendmail {program}\n"

    from servers import eventually
    site = make_site(config)
    register(site, "later@example.org", site.make_secret())
    assert eventually(lambda: "later@example.org" in site.tool("mail", "list").stdout)
    (site.folder / "sendmail").write_text("#!/bin/sh\nexec " + mailbox.sendmail + "\n")
    site.tool("mail", "retry")
    assert mailbox.wait_for("later@example.org")


@pytest.mark.once
def test_without_confirmation_a_new_user_is_told_to_sign_in(make_site):
    site = make_site("SecurityRegisterable On\nSecuritySendRegisterEmail Off\n"
                     "SecurityPasswordLengthMin 11\n")
    visitor, secret = site.visitor(), site.make_secret()
    assert "At least 11 characters" in visitor.get("/register").text
    for address in ("direct@example.org", "ann@example.org"):
        answer = visitor.post("/register", {
            "email": address, "password": secret, "password_confirm": secret})
        assert "You can sign in now" in visitor.get(answer.headers["Location"]).text
    assert visitor.sign_in("direct@example.org", secret).status_code == 302


def test_further_fields_of_the_form_set_columns_and_report_what_is_missing(make_site):
    site = make_site("SecurityRegisterable On\nSecurityRegisterFields city:home_town:required\n")
    site.sql("ALTER TABLE `user` ADD COLUMN home_town VARCHAR(255)")
    secret = site.make_secret()
    form = {"email": "field@example.org", "password": secret, "password_confirm": secret}
    page = site.visitor().post("/register", form).text
    field = re.search(r'<input[^>]*name="city"[^>]*>', page)[0]
    assert 'aria-invalid="true"' in field and 'aria-describedby="city-error"' in field
    assert re.search(r'id="city-error">\s*<li[^>]*>Please fill in this field', page)
    page = site.visitor().post("/register", {**form, "city": "a\x00b"})
    assert page.status_code == 400
    page = site.visitor().post("/register", {**form, "city": "K\x07ln"}).text
    assert re.search(r'id="city-error"><li[^>]*>This field must be text', page)
    assert site.visitor().post("/register", {**form, "city": "Köln <b>"}).status_code == 302
    assert site.sql("SELECT home_town FROM `user` WHERE email = 'field@example.org'") == [["Köln <b>"]]


def test_a_further_field_that_another_account_has_is_told(make_site):
    site = make_site("SecurityRegisterable On\nSecurityReturnGenericResponses Off\n"
                     "SecurityRegisterFields badge:badge\n")
    site.sql("ALTER TABLE `user` ADD COLUMN badge VARCHAR(40)")
    site.sql("CREATE UNIQUE INDEX user_badge ON `user` (badge)")
    secret = site.make_secret()
    form = {"password": secret, "password_confirm": secret, "badge": "7"}
    assert site.visitor().post(
        "/register", {**form, "email": "first@example.org"}).status_code == 302
    page = site.visitor().post("/register", {**form, "email": "second@example.org"}).text
    assert "An additional field was not accepted" in page
    assert site.sql("SELECT id FROM `user` WHERE email = 'second@example.org'") == []


@pytest.mark.once
def test_a_further_field_without_its_column_registers_nobody(make_site, expect_log):
    expect_log("no_such_column|denied: broken")
    site = make_site("SecurityRegisterable On\nSecurityRegisterFields city:no_such_column\n")
    secret = site.make_secret()
    answer = site.visitor().post("/register", {
        "email": "field@example.org", "password": secret, "password_confirm": secret, "city": "X"})
    assert answer.status_code == 503
    assert site.sql("SELECT id FROM `user` WHERE email = 'field@example.org'") == []
