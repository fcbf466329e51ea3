# SPDX-License-Identifier: Apache-2.0
"""One request with credentials of two users: each part of the answer is about one of them."""

import os

import pytest
from servers_httpd import MODULES

PROGRAM = ("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\n"
           "echo part=$1$PART user=$REMOTE_USER email=$SECURITY_EMAIL method=$SECURITY_METHOD\n")
ED, TWIN = "ed@example.org", "twin@example.org"
AREAS = {"byses": "SecurityApiEnabledMethods session\nRequire valid-user",
         "bytok": "SecurityApiEnabledMethods token\nRequire valid-user",
         "editors": "SecurityApiEnabledMethods session\n<RequireAll>\nRequire role editor\n<RequireNone>\n"
                    "Require role admin\n</RequireNone>\n</RequireAll>",
         "admins": "SecurityApiEnabledMethods token\nRequire role admin",
         "both": "SecurityApiEnabledMethods session\nRequire all granted"}


@pytest.fixture(scope="module")
def site(make_site):
    def config(site):
        for area in AREAS:
            program = site.docs / area / "who.sh"
            program.write_text(PROGRAM.replace("$1", area))
            os.chmod(program, 0o755)
        parts = "".join(f'<!--#include virtual="/{area}/who.sh" -->\n' for area in AREAS)
        (site.docs / "both" / "page.shtml").write_text(
            parts + 'part=page user=<!--#echo var="REMOTE_USER" --> '
            'email=<!--#echo var="SECURITY_EMAIL" -->\n' + parts)
        for name in ("mixed", "mixed2"):
            (site.docs / name).mkdir()
            (site.docs / name / "who.sh").write_text(PROGRAM.replace("$1", name))
            os.chmod(site.docs / name / "who.sh", 0o755)
        return f"""
LogFormat "user=%u email=%{{SECURITY_EMAIL}}e" users
CustomLog {site.folder}/users.log users
LoadModule rewrite_module {MODULES}/mod_rewrite.so
<Directory {site.docs}>
Options +ExecCGI +Includes
AddHandler cgi-script .sh
AddType text/html .shtml
AddOutputFilter INCLUDES .shtml
</Directory>
<Directory {site.docs}/mixed>
DirectoryIndex who.sh
AuthType Security
AuthName lab
SecurityApiEnabledMethods session
Require valid-user
<Files who.sh>
SecurityApiEnabledMethods token
</Files>
</Directory>
<Directory {site.docs}/mixed2>
DirectoryIndex who.sh
AuthType Security
AuthName lab
SecurityApiEnabledMethods token
Require valid-user
<Files who.sh>
SecurityApiEnabledMethods session
</Files>
</Directory>
<Location /byses>
ErrorDocument 404 /bytok/who.sh
</Location>
<Location /bytok>
ErrorDocument 404 /byses/who.sh
</Location>
"""

    return make_site(config, AREAS)


@pytest.fixture(scope="module")
def asker(site):
    """Sends the session of one and the token of another in every request."""
    answer = site.visitor(accept="application/json").sign_in_json("twin", path="/login?include_auth_token")
    token = answer.json()["response"]["user"]["authentication_token"]
    site.secrets.add(token)
    member = site.member("ed")
    member.session.headers["Authorization"] = f"Bearer {token}"
    return member


def parts(text):
    return [dict(word.split("=", 1) for word in line.split()) for line in text.splitlines()
            if line.startswith("part=")]


def test_every_part_of_a_page_is_about_who_asks_for_it(asker):
    seen = parts(asker.get("/both/page.shtml").text)
    expected = {"byses": ED, "bytok": TWIN, "editors": ED, "admins": TWIN, "both": ED, "page": ED}
    assert [part["part"] for part in seen] == [*AREAS, "page", *AREAS]
    for part in seen:
        assert part["user"] == part["email"] == expected[part["part"]], part


@pytest.mark.parametrize("path, user", [
    ("/byses/who.sh", ED), ("/bytok/who.sh", TWIN), ("/mixed/", ED), ("/mixed2/", TWIN),
    ("/mixed/who.sh", TWIN), ("/mixed2/who.sh", ED), ("/byses/none", TWIN), ("/bytok/none", ED)])
def test_everything_said_about_a_user_comes_from_the_module_that_set_the_name(asker, path, user):
    seen = parts(asker.get(path).text)
    assert len(seen) == 1
    assert seen[0]["user"] == seen[0]["email"] == user


def test_the_log_has_one_user_for_each_request(site, asker):
    asker.get("/both/page.shtml")
    asker.get("/mixed/")
    for line in (site.folder / "users.log").read_text().splitlines():
        user, address = line.split()
        assert user.split("=")[1] == address.split("=")[1], line


def test_a_remember_cookie_is_exchanged_once_for_all_parts_of_a_page(site, expect_log):
    expect_log("unable to include")  # the parts that accept only tokens
    member = site.visitor()
    member.sign_in("ed", remember="y")
    member.drop_cookie("session")
    before = site.sql("SELECT COUNT(*) FROM security_ticket")
    answer = member.get("/both/page.shtml")
    users = {part["part"]: part["user"] for part in parts(answer.text)}
    assert users["byses"] == users["editors"] == ED
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert len([cookie for cookie in cookies if cookie.startswith("session=")]) == 1
    assert int(site.sql("SELECT COUNT(*) FROM security_ticket")[0][0]) <= int(before[0][0]) + 2
