# SPDX-License-Identifier: Apache-2.0
"""What programs, backends, caches and .htaccess files learn about a signed-in visitor."""

import os

import pytest
from servers_httpd import MODULES

CROWD = 20  # parts of one page
AREAS = {"app": "Require valid-user", "basicapp": "Require valid-user"}


@pytest.fixture(scope="module")
def site(make_site, backend):
    def config(site):
        folder = site.docs / "cgi"
        folder.mkdir()
        program = folder / "env.sh"
        program.write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv\n")
        os.chmod(program, 0o755)
        program = folder / "files.sh"
        program.write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n"
                           "for file in $(seq 3 40); do readlink /proc/$$/fd/$file; done\n:\n")
        os.chmod(program, 0o755)
        (site.docs / "plain.html").write_text("plain")
        for name, text in HTACCESS.items():
            (site.docs / name).mkdir()
            (site.docs / name / "index.html").write_text(f"you read {name}")
            (site.docs / name / ".htaccess").write_text(text)
        (site.docs / "include.shtml").write_text('<!--#include virtual="/admin/index.html" -->')
        (site.docs / "crowd.shtml").write_text('<!--#include virtual="/cgi/env.sh" -->' * CROWD)
        (site.docs / "listed").mkdir()
        for number in range(CROWD):
            (site.docs / "listed" / f"draft{number}.txt").write_text("draft")
        return f"""
LoadModule rewrite_module {MODULES}/mod_rewrite.so
LoadModule autoindex_module {MODULES}/mod_autoindex.so
RewriteEngine On
RewriteCond %{{LA-U:REMOTE_USER}} (.+)
RewriteRule ^/cgi/ - [E=AHEAD:%1]
<Directory {site.docs}/listed>
Options +Indexes
<Files "draft*">
AuthType Security
AuthName lab
Require role editor
</Files>
</Directory>
<Directory {folder}>
Options +ExecCGI
AddHandler cgi-script .sh
</Directory>
<Location /cgi>
AuthType Security
AuthName lab
Require valid-user
</Location>
<Location /app>
SecurityPassHeaders On
ProxyPass http://127.0.0.1:{backend.port}/app
</Location>
<Location /open>
SecurityPassHeaders On
ProxyPass http://127.0.0.1:{backend.port}/open
</Location>
<Directory {site.docs}>
Options +Includes
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
</Directory>
ErrorDocument 403 /forbidden.html
"""

    site = make_site(config, AREAS)
    (site.docs / "forbidden.html").write_text("our own refusal")
    return site


HTACCESS = {
    "team": "AuthType Security\nAuthName team\nRequire role editor\n",
    "perms": "AuthType Security\nAuthName team\nRequire permission read\n",
    "mailer": "SecuritySendmail /bin/sh\n",
    "tables": "SecurityUserTable mysql\n",
    "texts": "SecurityTemplates /etc\n",
}


@pytest.mark.smoke
def test_the_owner_of_a_folder_requires_a_role(site):
    assert site.visitor().get("/team/").status_code == 302
    assert site.member("ann").get("/team/").status_code == 403
    assert "you read team" in site.member("ed").get("/team/").text


def test_the_owner_of_a_folder_requires_a_permission(site):
    assert site.member("ann").get("/perms/").status_code == 403
    assert site.member("ed").get("/perms/").status_code == 200


@pytest.mark.parametrize("folder", ["mailer", "tables", "texts"])
def test_the_owner_of_a_folder_cannot_reach_outside_it(site, folder, expect_log):
    expect_log("not allowed here")
    answer = site.member("ann").get(f"/{folder}/")
    assert answer.status_code == 500
    assert "you read" not in answer.text


@pytest.mark.smoke
def test_a_program_learns_who_asks(site):
    lines = site.member("twin").get("/cgi/env.sh").text.splitlines()
    known = dict(line.split("=", 1) for line in lines if "=" in line)
    assert known["REMOTE_USER"] == known["SECURITY_EMAIL"] == "twin@example.org"
    assert known["SECURITY_USER_ID"] == site.sql(
        "SELECT id FROM `user` WHERE email = 'twin@example.org'")[0][0]
    assert sorted(known["SECURITY_ROLES"].split(",")) == ["admin", "editor"]
    assert sorted(known["SECURITY_PERMISSIONS"].split(",")) == ["full-write", "read"]
    assert known["SECURITY_METHOD"] == "session"
    assert "SECURITY_USERNAME" not in known or known["SECURITY_USERNAME"] == ""


def test_a_program_learns_the_username(site):
    assert "SECURITY_USERNAME=annabel" in site.member("ann").get("/cgi/env.sh").text


def test_a_visitor_cannot_tell_a_program_who_they_are(site):
    answer = site.member("ann").get("/cgi/env.sh", headers={
        "Remote-User": "ada@example.org", "Security-Roles": "admin", "SECURITY_ROLES": "admin"})
    lines = answer.text.splitlines()
    assert "REMOTE_USER=ann@example.org" in lines
    assert "SECURITY_ROLES=admin" not in lines


def header(answer, name):
    return [value for key, value in answer.json() if key.lower() == name.lower()]


def identity_headers(answer):
    return {key: value for key, value in answer.json()
            if any(word in key.lower() for word in ("remote", "security"))}


def test_a_backend_learns_who_asks(site):
    answer = site.member("twin").get("/app/")
    assert answer.status_code == 200
    assert "twin@example.org" in identity_headers(answer).values()


SPOOFED = {
    "Remote-User": "ada", "X-Remote-User": "ada", "X_Remote_User": "ada", "Remote_User": "ada",
    "Remote.User": "ada", "REMOTE-USER": "ada", "X-Security-Email": "ada", "X-Security-Roles": "ada",
    "Security-Roles": "ada", "Security_Roles": "ada", "X-Security_Roles": "ada",
    "Security-User-Id": "ada", "X-Security-User-Id": "ada", "X-Security-Permissions": "ada",
}


@pytest.mark.parametrize("path", ["/app/", "/open/"])
def test_a_visitor_cannot_tell_a_backend_who_they_are(site, path):
    answer = site.member("ann").get(path, headers=SPOOFED)
    assert answer.status_code == 200
    assert "ada" not in identity_headers(answer).values()
    anonymous = site.visitor().get("/open/", headers=SPOOFED)
    assert "ada" not in identity_headers(anonymous).values()
    assert "(null)" not in identity_headers(anonymous).values()


def test_a_visitor_cannot_have_their_identity_removed_on_the_way(site):
    names = ", ".join(identity_headers(site.member("ann").get("/app/")))
    answer = site.member("ann").get("/app/", headers={"Connection": f"close, {names}"})
    assert answer.status_code == 400 or "ann@example.org" in identity_headers(answer).values()


def test_a_backend_does_not_receive_our_secrets(site):
    member = site.member("ann")
    answer = member.get("/app/")
    assert member.cookie("session") not in "".join(header(answer, "Cookie"))


@pytest.mark.smoke
def test_a_page_for_one_visitor_is_kept_out_of_shared_caches(site):
    answer = site.member("ann").get("/members/")
    assert "private" in answer.headers["Cache-Control"]
    assert "cookie" in answer.headers["Vary"].lower()
    for page in ("/login", "/members/"):
        answer = site.visitor().get(page)
        assert "no-store" in answer.headers["Cache-Control"]


def test_a_public_page_stays_cacheable(site):
    assert "Cache-Control" not in site.visitor().get("/plain.html").headers


def test_our_pages_forbid_frames_and_foreign_content(site):
    headers = site.visitor().get("/login").headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert "unsafe-inline" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"]


def test_the_style_sheet_of_our_pages_is_served(site):
    answer = site.visitor().get("/security.css")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css")


def test_an_error_document_of_the_site_is_shown(site):
    answer = site.member("ann").get("/admin/")
    assert answer.status_code == 403
    assert "our own refusal" in answer.text


def test_a_page_cannot_include_what_its_reader_may_not_read(site, expect_log):
    expect_log("unable to include")
    assert "you read admin" not in site.visitor().get("/include.shtml").text
    assert "you read admin" not in site.member("ann").get("/include.shtml").text


def test_a_rule_that_looks_ahead_leaves_the_request_its_user(site):
    lines = site.member("ed").get("/cgi/env.sh").text.splitlines()
    assert "AHEAD=ed@example.org" in lines
    assert "REMOTE_USER=ed@example.org" in lines
    assert "SECURITY_ROLES=editor" in lines


def test_a_rule_that_looks_ahead_leaves_the_answer_its_cookies(site):
    member = site.visitor()
    member.sign_in("ed", remember="y")
    before = member.cookie("remember_token")
    member.drop_cookie("session")
    assert "SECURITY_ROLES=editor" in member.get("/cgi/env.sh").text.splitlines()
    assert len(member.cookie("session")) == len(member.cookie("remember_token")) == 43
    assert member.cookie("remember_token") != before


@pytest.mark.smoke
@pytest.mark.mysql
def test_a_script_inherits_no_connection_to_the_database(site):
    member = site.member("ed")
    for _ in range(4):
        answer = member.get("/cgi/files.sh")
        assert answer.status_code == 200
        assert "socket" not in answer.text


def test_a_listing_shows_each_file_to_those_who_may_read_it(site):
    assert site.member("ed").get("/listed/").text.count("draft") >= CROWD
    assert "draft" not in site.member("ann").get("/listed/").text
    assert "draft" not in site.visitor().get("/listed/").text


def test_every_part_of_a_page_open_to_all_learns_who_reads_it(site):
    lines = site.member("ed").get("/crowd.shtml").text.splitlines()
    assert lines.count("REMOTE_USER=ed@example.org") == CROWD
    assert lines.count("SECURITY_EMAIL=ed@example.org") == CROWD
    assert lines.count("SECURITY_ROLES=editor") == CROWD


def test_error_pages_reveal_nothing(site):
    for answer in (site.visitor().get("/no-such-page"), site.member("ann").get("/admin/"),
                   site.visitor().request("FOO", "/login"),
                   site.visitor(accept="*/*").get("/members/")):
        for word in (str(site.folder), "mod_dbd", "SQL", "mysql", "sqlite", "lab1"):
            assert word not in answer.text


def test_the_log_names_nobody_who_failed_to_authenticate(site):
    site.visitor().sign_in("ada", "wrong-password")
    assert site.access_log.read_text().splitlines()[-1].startswith("127.0.0.1 - ")


@pytest.mark.event
def test_a_cache_in_front_of_the_guard_serves_nothing_private(make_site):
    def config(site):
        cache = site.folder / "cache"
        cache.mkdir()
        site.own(cache)
        return f"""
LoadModule cache_module /usr/lib/apache2/modules/mod_cache.so
LoadModule cache_disk_module /usr/lib/apache2/modules/mod_cache_disk.so
CacheEnable disk /
CacheRoot {cache}
CacheQuickHandler On
CacheDefaultExpire 3600
CacheIgnoreNoLastMod On
"""

    site = make_site(config)
    member = site.member("ann")
    for _ in range(3):
        assert member.get("/members/").status_code == 200
        site.visitor().get("/login")
    stranger = site.visitor()
    assert stranger.get("/members/").status_code == 302
    assert "you read" not in stranger.get("/members/index.html").text
    member.post("/logout")
    assert not member.is_signed_in()
    assert site.visitor().sign_in("ann").headers.get("Age") is None
