# SPDX-License-Identifier: Apache-2.0
"""Views, single-page mode, link pages, and a site's own templates."""

import re

import pytest
from test_account import link_in, register

CONFIG_CLASSIC = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
SecurityLinkConfirmation button
SecurityPostLoginView /welcome
SecurityPostLogoutView /bye
SecurityPostConfirmView /confirmed-now
SecurityUnauthorizedView /not-for-you
SecurityEmailSubjectConfirm "Bitte bestätigen"
"""

CONFIG_SPA = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityRedirectBehavior spa
SecurityRedirectHost app.example.org:8443
SecurityPostConfirmView /#/confirmed
SecurityConfirmErrorView /#/confirm-error
SecurityResetView /#/choose
SecurityResetErrorView /#/reset-error
"""


@pytest.fixture(scope="module")
def classic(make_site):
    def config(site):
        own = site.folder / "own"
        (own / "page").mkdir(parents=True)
        (own / "messages").mkdir()
        (own / "page" / "login.html").write_text(
            '<html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:s="urn:mod_security_auth:template"><head><title>Ours</title></head>'
            '<body><h1>Our own sign-in at <s:value of="site_name"/></h1></body></html>')
        (own / "messages" / "en.txt").write_text("CONFIRMATION_REQUEST = We wrote to you.\n")
        return CONFIG_CLASSIC + f"SecurityTemplates {own}\n"

    return make_site(config)


@pytest.fixture(scope="module")
def spa(make_site):
    return make_site(CONFIG_SPA)


def test_views_say_where_to_go(classic):
    member = classic.visitor()
    assert member.sign_in("ann").headers["Location"] == "/welcome"
    refused = member.get("/admin/")
    assert refused.status_code == 302 and refused.headers["Location"] == "/not-for-you"
    assert member.post("/logout").headers["Location"] == "/bye"
    assert member.sign_in("ann", next="/members/").headers["Location"] == "/members/"


def test_a_site_has_its_own_page_and_text(classic):
    assert "Our own sign-in at 127.0.0.1" in classic.visitor().get("/login").text
    assert "We wrote to you." in classic.visitor().post(
        "/confirm", {"email": "nobody@example.org"}).text


def test_with_a_button_viewing_a_link_changes_nothing(classic, mailbox):
    secret = classic.make_secret()
    register(classic, "button@example.org", secret)
    path = link_in(mailbox.wait_for("button@example.org"), classic, "/confirm")
    visitor = classic.visitor()
    for method in ("HEAD", "GET", "GET"):
        assert visitor.request(method, path).status_code == 200
    assert classic.sql("SELECT confirmed_at FROM `user` WHERE email = 'button@example.org'") in (
        [["NULL"]], [[None]], [[""]])
    answer = visitor.post(path)
    assert answer.status_code == 302 and answer.headers["Location"] == "/confirmed-now"
    assert visitor.is_signed_in()


def test_a_subject_is_the_sites_own(classic, mailbox):
    secret = classic.make_secret()
    register(classic, "subject@example.org", secret)
    link_in(mailbox.wait_for("subject@example.org"), classic, "/confirm")
    classic.visitor().post("/confirm", {"email": "subject@example.org"})
    mail = mailbox.wait_for("subject@example.org", "bestätigen")
    link_in(mail, classic, "/confirm")


def test_in_single_page_mode_links_lead_to_the_application(spa, mailbox):
    secret = spa.make_secret()
    register(spa, "spa@example.org", secret)
    path = link_in(mailbox.wait_for("spa@example.org"), spa, "/confirm")
    answer = spa.visitor().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("//app.example.org:8443/")
    assert "success=" in answer.headers["Location"]
    assert "email=spa%40example.org" in answer.headers["Location"]
    again = spa.visitor().get(path)
    assert "/confirm-error" in again.headers["Location"]
    spa.visitor().post("/reset", {"email": "spa@example.org"})
    path = link_in(mailbox.wait_for("spa@example.org", "instructions"), spa, "/reset")
    answer = spa.visitor().get(path)
    assert answer.status_code == 302
    assert re.search(r"/choose.*token=", answer.headers["Location"])
    bad = spa.visitor().get("/reset/" + "A" * 43)
    assert "/reset-error" in bad.headers["Location"] and "error=" in bad.headers["Location"]


def test_links_never_believe_the_host_header(spa, mailbox):
    secret = spa.make_secret()
    spa.visitor().post("/register", {
        "email": "host@example.org", "password": secret, "password_confirm": secret},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    mail = mailbox.wait_for("host@example.org")
    assert "evil" not in mail.as_string()
    link_in(mail, spa, "/confirm")
