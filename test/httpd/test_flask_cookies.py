# SPDX-License-Identifier: Apache-2.0
"""What a Flask-Security application handed out opens httpd's pages (SecurityFlaskSecretKey)."""

import pytest
from servers import eventually
from test_flask_security import Flask

pytestmark = [pytest.mark.mysql, pytest.mark.once]
KEY = "interoperation"


@pytest.fixture(scope="module")
def site(make_site):
    """One virtual host that knows the application's key, on tables that note foreign writes."""

    def config(site):
        (site.folder / "flask-key").write_text(KEY + "\n")
        return (f"SecurityPasswordSalt salty\nSecurityPasswordHash bcrypt\n"
                f"SecurityFlaskSecretKey file:{site.folder}/flask-key\n")

    site = make_site(config, fill=False, start=False)
    site.flask = Flask(site)
    site.flask("tables")
    site.fill()
    site.tool("schema", "create", "--triggers")
    site.start()
    return site


@pytest.fixture(scope="module")
def issued(site):
    """A member's session cookie, remember cookie and token, signed by the application."""
    secret = site.make_secret()
    site.flask("add", "flo@example.org", secret, "admin")
    return site.flask("cookies", "flo@example.org", secret)


def ask(site, path="/admin/", **headers):
    return site.visitor(accept="*/*").get(path, headers=headers).status_code


def test_its_session_cookie_opens_a_page(site, issued):
    assert ask(site, Cookie=f"session={issued['session']}") == 200


def test_its_remember_cookie_opens_a_page(site, issued):
    assert ask(site, Cookie=f"remember_token={issued['remember']}") == 200


def test_its_token_opens_a_page(site, issued):
    assert ask(site, **{"Authentication-Token": issued["token"]}) == 200
    assert ask(site, Authorization=f"Bearer {issued['token']}") == 200


def test_what_was_signed_for_nobody_opens_the_page_once_he_is_there(site):
    secret = site.make_secret()
    site.flask("add", "late@example.org", secret, "admin")
    cookie = f"session={site.flask('cookies', 'late@example.org', secret)['session']}"
    where = "WHERE email = 'late@example.org'"
    uniquifier = site.sql(f"SELECT fs_uniquifier FROM user {where}")[0][0]
    site.sql(f"UPDATE user SET fs_uniquifier = 'elsewhere' {where}")
    assert ask(site, Cookie=cookie) == 401
    site.sql(f"UPDATE user SET fs_uniquifier = '{uniquifier}' {where}")
    assert ask(site, Cookie=cookie) == 200


@pytest.mark.parametrize("kind, header", [
    ("session", "Cookie"), ("remember", "Cookie"), ("token", "Authentication-Token")])
def test_every_changed_letter_is_noticed(site, issued, kind, header):
    names = {"session": "session=", "remember": "remember_token=", "token": ""}
    value = issued[kind]
    for at in range(0, len(value), max(1, len(value) // 24)):
        other = "A" if value[at] != "A" else "B"
        forged = names[kind] + value[:at] + other + value[at + 1:]
        assert ask(site, **{header: forged}) == 401, f"changed at {at}"
    for length in (0, 1, len(value) // 2, len(value) - 1):
        assert ask(site, **{header: names[kind] + value[:length]}) == 401


def test_a_site_without_the_key_refuses_them(site, issued, make_site):
    other = make_site("SecurityPasswordSalt salty\nSecurityPasswordHash bcrypt")
    assert ask(other, Cookie=f"session={issued['session']}") == 401
    assert ask(other, **{"Authentication-Token": issued["token"]}) == 401


def test_deactivation_in_the_application_ends_them_within_seconds(site):
    secret = site.make_secret()
    site.flask("add", "gone@example.org", secret)
    token = site.flask("cookies", "gone@example.org", secret)["token"]
    program = site.visitor(accept="*/*")
    headers = {"Authentication-Token": token}
    assert program.get("/members/", headers=headers).status_code == 200
    site.sql("UPDATE `user` SET active = 0 WHERE email = 'gone@example.org'")
    assert eventually(
        lambda: program.get("/members/", headers=headers).status_code == 401, within=5)


def test_a_role_given_by_the_application_counts_within_seconds(site):
    secret = site.make_secret()
    site.flask("add", "riser@example.org", secret)
    token = site.flask("cookies", "riser@example.org", secret)["token"]
    program = site.visitor(accept="*/*")
    headers = {"Authentication-Token": token}
    assert program.get("/admin/", headers=headers).status_code == 403
    site.sql("INSERT INTO roles_users (user_id, role_id) SELECT u.id, r.id FROM `user` u, role r "
             "WHERE u.email = 'riser@example.org' AND r.name = 'admin'")
    assert eventually(
        lambda: program.get("/admin/", headers=headers).status_code == 200, within=5)
