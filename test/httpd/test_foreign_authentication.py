# SPDX-License-Identifier: Apache-2.0
"""Another module identifies the visitor; the Require lines look them up among our users."""

import base64
import hashlib
import re

import pytest
from servers import eventually, free_port
from visitor import password_of

REQUIREMENTS = {"role": "Require role admin", "perm": "Require permission full-write",
                "sure": "Require confirmed", "fresh": "Require fresh", "never": "Require fresh 1m"}


@pytest.fixture(scope="module")
def site(make_site):
    def config(site):
        hook = site.folder / "name.lua"
        # It trusts everybody: r.user is the value of the X-I-Am header.
        hook.write_text("require 'apache2'\nfunction name(r)\n"
                        "  if not r.headers_in['X-I-Am'] then return 401 end\n"
                        "  r.user = r.headers_in['X-I-Am']\n  return apache2.OK\nend\n")
        lines = ["LoadModule lua_module /usr/lib/apache2/modules/mod_lua.so"]
        for name, requirement in REQUIREMENTS.items():
            folder = site.docs / f"their-{name}"
            folder.mkdir()
            (folder / "index.html").write_text(f"you read {name}")
            lines.append(f"<Location /their-{name}>\nAuthType Elsewhere\nAuthName there\n"
                         f"LuaHookCheckUserID {hook} name\nAuthzSendForbiddenOnFailure On\n"
                         f"{requirement}\n</Location>")
        return "\n".join(lines)

    return make_site(config)


# Content of a .htaccess file -> is a name that it has proved trusted?
HTACCESS = {
    "file": (PROOF := "AuthType Basic\nAuthName theirs\nAuthUserFile {passwords}\n", False),
    "anon": ("AuthType Basic\nAuthName theirs\nAuthBasicProvider anon\nAnonymous *\n"
             "Anonymous_LogEmail Off\n", False),
    "nested": ("<Files *.html>\n" + PROOF + "</Files>\n", False),
    "deeper": ("<If \"true\">\n<Files *.html>\n" + PROOF + "</Files>\n</If>\n", False),
    "only-file": ("AuthUserFile {passwords}\n", False),
    "script": ("LuaHookCheckUserID {hook} name\n", False),
    "unlisted": ("SessionEnv On\n", False),
    "ours": ("AuthType Basic\nAuthName ours\nAuthBasicProvider security\nAuthUserFile {passwords}\n",
             True),
    "content": ("Options -Indexes\nErrorDocument 404 /\nRewriteEngine On\nExpiresActive Off\n", True),
}


@pytest.fixture(scope="module")
def customers(make_site):
    """Directories whose owners write .htaccess files, below a password file of the server."""

    def config(site):
        hook = site.folder / "name.lua"
        hook.write_text("require 'apache2'\nfunction name(r)\n  r.user = 'ada@example.org'\n"
                        "  return apache2.OK\nend\n")
        passwords = site.folder / "passwords"
        digest = base64.b64encode(hashlib.sha1(password_of("ada").encode()).digest()).decode()
        passwords.write_text("ada@example.org:{SHA}" + digest)
        program = site.docs / "env.sh"
        program.write_text("#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv\n")
        program.chmod(0o755)
        for name, (text, _) in HTACCESS.items():
            folder = site.docs / name
            folder.mkdir()
            (folder / "index.html").write_text(f"you read {name}")
            (folder / ".htaccess").write_text(
                text.format(passwords=passwords, hook=hook) + "Require role admin\n")
        port, off = free_port(), free_port()
        site.trusting, site.off = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{off}"
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in (
            "lua", "authn_file", "authn_anon", "rewrite", "expires", "session"))
        return f"""
{modules}
<Directory {site.docs}>
AllowOverride All
Options +FollowSymLinks
AuthType Basic
AuthName server
AuthUserFile {passwords}
</Directory>
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SecurityForeignUsers On
</VirtualHost>
Listen 127.0.0.1:{off}
<VirtualHost 127.0.0.1:{off}>
SecurityForeignUsers Off
</VirtualHost>"""

    return make_site(config)


@pytest.mark.parametrize("folder", HTACCESS)
def test_the_author_of_a_htaccess_file_learns_nothing_about_the_users_it_names(
        customers, folder, expect_log):
    expect_log("AH01617|AH01618|AH01807|AH01808")  # httpd's own, of names and passwords
    counts = HTACCESS[folder][1]
    customers.new_log()
    for base, answers in ((customers.url, counts), (customers.trusting, True),
                          (customers.off, folder == "ours")):
        visitor = customers.visitor(accept="*/*")
        visitor.base = base
        answer = visitor.get(f"/{folder}/index.html", auth=("ada@example.org", password_of("ada")))
        assert (f"you read {folder}" in answer.text) == answers, base
        assert answer.status_code == (200 if answers else 401), base


def test_the_log_says_why_a_name_is_not_trusted_and_what_to_do(customers):
    customers.visitor(accept="*/*").get("/file/", auth=("ada@example.org", password_of("ada")))
    text = customers.log.read_text()
    assert "a .htaccess has directives of mod_auth" in text
    assert "or set SecurityForeignUsers On" in text and "SecurityForeignUsers is Off" in text
    for process in set(re.findall(r"security_auth:notice\] \[pid (\d+):.*is not looked up.*Users On",
                                  text)):
        assert len(re.findall(rf":notice\] \[pid {process}:.*is not looked up.*Users On", text)) == 1


def ask(site, area, name):
    headers = {"X-I-Am": name} if name else {}
    return site.visitor(accept="*/*").get(f"/their-{area}/", headers=headers)


@pytest.mark.parametrize("area, name, status", [
    ("role", "ada@example.org", 200), ("role", "ann@example.org", 403),
    ("perm", "ed@example.org", 200), ("perm", "ann@example.org", 403),
    ("sure", "ann@example.org", 200), ("sure", "una@example.org", 403),
    ("role", "nobody@example.org", 403), ("role", "ina@example.org", 403), ("role", "#1", 403),
    ("role", "' OR 1=1 --", 403), ("role", "", 401),
])
def test_a_name_from_elsewhere_is_looked_up_among_our_users(site, area, name, status):
    answer = ask(site, area, name)
    assert answer.status_code == status
    assert (f"you read {area}" in answer.text) == (status == 200)


@pytest.mark.parametrize("area", ["fresh", "never"])
def test_a_name_from_elsewhere_is_never_fresh(site, area):
    assert ask(site, area, "ada@example.org").status_code == 403


def test_our_session_is_not_accepted_where_another_authentication_is_configured(site):
    member = site.member("ada")
    assert member.get("/their-role/").status_code == 401
    assert member.get("/their-role/", headers={"X-I-Am": "ann@example.org"}).status_code == 403


def test_a_name_from_elsewhere_loses_its_role_like_any_other(site):
    assert ask(site, "role", "twin@example.org").status_code == 200
    site.tool("roles", "remove", "twin@example.org", "admin")
    assert eventually(lambda: ask(site, "role", "twin@example.org").status_code == 403)
    site.tool("roles", "add", "twin@example.org", "admin")


def test_a_site_that_does_not_use_the_module_is_not_affected(make_site):
    """Loaded for another site, it needs no database where nothing uses it."""

    def config(site):
        text = site.configuration.read_text()
        text = re.sub(r"<(VirtualHost|Location /).*?</(VirtualHost|Location)>\n", "", text, flags=re.S)
        site.configuration.write_text(re.sub(r"(DBD|Security(?!Data)).*\n", "", text))
        passwords = site.folder / "passwords"
        passwords.write_text("joe:{SHA}" + base64.b64encode(hashlib.sha1(b"x").digest()).decode())
        return f"""
LoadModule authn_file_module /usr/lib/apache2/modules/mod_authn_file.so
<Location /members>
AuthType Basic
AuthName theirs
AuthUserFile {passwords}
Require valid-user
</Location>"""

    site = make_site(config, fill=False)
    visitor = site.visitor(accept="*/*")
    assert visitor.get("/members/", auth=("joe", "x")).status_code == 200
    assert visitor.get("/members/").status_code == 401
    headers = {"Remote-User": "joe", "Connection": "close, Remote-User"}
    assert visitor.get("/", headers=headers).status_code == 200
