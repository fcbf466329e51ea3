# SPDX-License-Identifier: Apache-2.0
"""Every directive of the manual: its values, defaults, contexts and inheritance."""

import json
import re
import shutil
import subprocess

import pytest
from servers_httpd import SOURCE

pytestmark = pytest.mark.once

ENTRY = re.compile(r"^### (Security\w+)\n\n.*?\n\n\| \| \|\n\|---\|---\|\n\| Syntax \| `\1 (.*?)` \|\n"
                   r"\| Default \| (.*?) \|\n\| Context \| (.*?) \|\n", re.M)
MANUAL = {name: (syntax, default, context) for name, syntax, default, context in
          ENTRY.findall((SOURCE / "docs" / "directives.md").read_text())}

DIRECTIVES = (SOURCE / "src" / "httpd" / "configuration" / "directives.c").read_text()
# Directive -> the member of the settings under which the dump shows it.
MEMBERS = {name: member for name, member in
           re.findall(r'SERVER\("(Security\w+)", +(\w+),', DIRECTIVES)}
MEMBERS |= dict.fromkeys(re.findall(r'SUBJECT\("(Security\w+)"', DIRECTIVES), "email_subjects")
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
# The first word stands for 0, and so on.
CHOICES = ("origin|token|both|off", "server|On|Off")

# Syntax in the manual -> two good values and some bad ones.
VALUES = {
    "On|Off": ("On", "Off", ["", "yes", "1", "On Off", '"On "']),
    "/path": ("/one/two", "/Three_4-5.~", [
        "", "login", "/", "/a/", "//a", "/a//b", "/a/../b", "/a?b", "/a#b", "/a%41", '"/a b"',
        "/a /b", "/a;b", "/\u00e4", "/" + 200 * "a"]),
    "path|URL": ("/a?b=c", "https://www.example.org/a", [
        "", "members", "//example.org", "http:a", "ftp://example.org/", "javascript:alert(1)",
        "https://", "/a /b", '"https://a b/"', "/\\example.org", "https://user@example.org/"]),
    "duration": ("7m", "3d", ["", "0", "0s", "-5m", "5w", "1.5h", "5 m", "99999999d", "none"]),
    "duration|none": ("7m", "none", ["", "0", "-5m", "5w", "none none"]),
    "number": ("11", "12", ["", "-1", "x", "1000000", "1.5", "5 6", "0x10", "+5"]),
    "number(1-64)": ("1", "64", ["", "0", "-1", "65", "x", "1000000", "1.5", "5 6", "0x10", "+5"]),
    "name": ("one_two", "Three4", ["", '"a b"', "a;b", "a=b", "`a`", "\u00e4", 65 * "x"]),
    "name|none": ("one.two", "none", ["", '"a b"', "a=b", "a&b"]),
    "name ...": ("X-One", "X-One X-Two", ["", '"X One"', "X:One", "\u00e4"]),
    "link|button": ("link", "button", ["", "On", "link button"]),
    "none|spa": ("none", "spa", ["", "On"]),
    "origin|token|both|off": ("token", "both", ["", "On", "origin token"]),
    "server|On|Off": ("server", "Off", ["", "yes", "server On"]),
    "session|token|basic ...": ("basic", "session token", ["", "cookie", "session,token"]),
    "secret|file:path": ("secret-1", "file:/etc/hostname", [
        "", "a b", "file:", "file:/does/not/exist", "file:/tmp", "file:/dev/null"]),
    "secret|file:path ...": ("secret-1", "file:/etc/hostname secret-2", [
        "", "file:", "file:/does/not/exist", "secret-1 file:/tmp"]),
    "directory": ("@OWN@", "@SHIPPED@", ["", "/does/not/exist", "/etc/passwd", "/tmp /tmp"]),
    "file": ("/etc/hostname", "/etc/passwd", ["", "/does/not/exist", "/tmp"]),
    "program": ("/bin/true", "/bin/cat", [
        "", "true", "./true", "/does/not/exist", "/etc/passwd", "/tmp", "/bin/true serve"]),
    "user": ("daemon", "nobody", ["", "nobody-of-this-name", "root", "daemon nobody", "1"]),
    "scheme": ("bcrypt", "yescrypt", ["", "md5", "ldap_sha1", "argon2 bcrypt"]),
    "scheme ...": ("bcrypt", "argon2 bcrypt", ["", "md5", "argon2 md5"]),
    "scheme ...|auto": ("bcrypt", "auto", ["", "md5", "argon2"]),
    "scheme ...|On|Off": ("bcrypt", "bcrypt scrypt", ["", "md5", "On argon2"]),
    "[scheme] name=number ...": ("time=3", "memory=20000 time=3 lanes=1", [
        "rounds=9", "memory", "memory=1", "memory=x", "=5"]),
    "name:column[:required] ...": ("a:b", "a:b:required c:d", [
        "", "name", "name:", "name::required", "a:b:c", "a:password", "a:active",
        "a:us_phone_number", "email:a", "a-b:c", "a:b-c", "a:b a:c", "a:b c:b", "csrf_token:a"]),
    "URL": ("https://one.example.org", "http://[::1]:8080", [
        "", "www.example.org", "ftp://a", "https://", "https://a/", "https://a/b", "https://u@a",
        "https://a?b", '"https://a b"', "https://a:99999", "https://a:x", "https://\u00e4.org"]),
    "host:port": ("localhost:8443", "app.example.org", [
        "", "http://a", "a/b", "a:b:c", "user@a", "a:99999"]),
    'address|"Name <address>"': ("ann@example.org", '"Ann <ann@example.org>"', [
        "", "ann", "ann@", "@example.org", '"a@example.org, b@example.org"', '"Ann <ann@example.org"']),
    '"text"': ('"One subject"', '"Another"', ["", "one two"]),
    "/path [argument ...]": ("/bin/true -t", "/bin/cat", ["", "sendmail -t", "./sendmail"]),
}
# Zero is refused where it would make no sense.
BAD = {"SecurityMailRetry": ["0"], "SecurityCacheSize": ["0"],
       "SecurityPasswordLengthMin": ["0", "2000"],
       "SecurityPasswordLengthMax": ["0", "5"], "SecurityLanguage": ["fr", "../en"],
       "SecuritySessionCookieName": ["remember_token", "__Host-session"],
       "SecurityRememberCookieName": ["__Secure-remember"]}
GOOD = {"SecurityLanguage": ("en", "de")}
MAIN = "server config"
SERVER = MAIN + ", virtual host"


@pytest.fixture(scope="module")
def httpd(make_site):
    """The common configuration: a site that checks further lines."""
    site = make_site()
    own = site.folder / "own"
    shutil.copytree(SOURCE / "templates", own)

    class Httpd:
        def check(self, lines, server=None):
            configuration = site.folder / "checked.conf"
            text = site.configuration.read_text() if server is None else server
            lines = lines.replace("@OWN@", str(own)).replace("@SHIPPED@", str(SOURCE / "templates"))
            configuration.write_text(text + lines + "\n")
            return subprocess.run(
                ["/usr/sbin/apache2", "-t", "-D", "DUMP_SECURITY", "-f", configuration],
                capture_output=True, text=True, timeout=60, check=False)

        def hosts(self, lines):
            done = self.check(lines)
            assert done.returncode == 0, done.stderr
            dump = done.stdout.split("SECURITY-AUTH-CONFIGURATION ")[1]
            return {host["name"]: host for host in json.loads(dump)}

    Httpd.site = site
    return Httpd()


def bare_lines(configuration):
    """A configuration without sites: only modules, addresses and the database."""
    kept = ("Server", "PidFile", "Listen", "DefaultRuntimeDir", "ErrorLog", "CustomLog",
            "LoadModule", "DBD", "User", "Group", "TypesConfig", "ScriptSock")
    return "".join(line for line in configuration.splitlines(True) if line.startswith(kept))


def bare_of(httpd):
    return bare_lines(httpd.site.configuration.read_text())


def good(name, which):
    return GOOD.get(name, VALUES[MANUAL[name][0]])[which]


def test_the_manual_has_an_entry_of_the_same_form_for_every_directive():
    assert set(MANUAL) == set(re.findall(r'"(Security[A-Z]\w+)"', DIRECTIVES))
    assert {syntax for syntax, _, _ in MANUAL.values()} == set(VALUES)


def shown(host, name):
    """The value of a directive in the dump; None if the dump does not show it."""
    if name == "SecurityDataDirectory":
        return host["data_directory"]
    return host["settings"].get(MEMBERS.get(name))


def dumped(literal, syntax):
    """A default of the manual as the dump shows it."""
    if syntax in CHOICES:
        return syntax.split("|").index(literal)
    if syntax.startswith("duration"):
        return 0 if literal == "none" else int(literal[:-1]) * UNITS[literal[-1]] * 1000000
    if syntax.startswith("number"):
        return int(literal)
    if literal in ("On", "Off") or syntax in ("link|button", "none|spa"):
        return literal in ("On", "button", "spa")
    return literal


@pytest.mark.parametrize("name", MANUAL)
def test_good_values_are_accepted_inherited_and_overridden(httpd, name):
    own = "" if MANUAL[name][2] == MAIN else f"{name} {good(name, 1)}"
    hosts = httpd.hosts(f"{name} {good(name, 0)}\n"
                        "<VirtualHost 127.0.0.1:1>\nServerName heir\n</VirtualHost>\n"
                        f"<VirtualHost 127.0.0.1:1>\nServerName other\n{own}\n</VirtualHost>")
    main, heir, other = (shown(hosts[host], name) for host in ("127.0.0.1", "heir", "other"))
    assert heir == main
    if main is not None:
        assert other != main


@pytest.mark.parametrize("name", MANUAL)
def test_a_bad_value_prevents_the_start_and_names_its_place_and_what_is_allowed(httpd, name):
    for value in VALUES[MANUAL[name][0]][2] + BAD.get(name, []):
        done = httpd.check(f"{name} {value}")
        assert done.returncode == 1, f"{name} {value} was taken"
        told = done.stderr
        assert re.search(rf"rror on line \d+ of .*checked.conf:\n.*\b{name}\b.{{10}}", told) \
            or (name == "SecurityPasswordLengthMax" and value == "5"), f"{name} {value}: {told}"


def test_the_defaults_are_those_of_the_manual(httpd):
    done = httpd.check(f"SecurityDataDirectory {SOURCE}/templates", bare_of(httpd))
    assert done.returncode == 0, done.stderr
    dump = json.loads(done.stdout.split("SECURITY-AUTH-CONFIGURATION ")[1])[0]
    compared = 0
    for name, (syntax, default, _) in MANUAL.items():
        literal, value = re.fullmatch(r"`([^`]*)`", default), shown(dump, name)
        if not literal or value is None:
            continue
        wanted = dumped(literal[1], syntax)
        assert value == (wanted.split() if isinstance(value, list) else wanted), name
        compared += 1
    assert compared > 60


@pytest.mark.parametrize("name", MANUAL)
def test_a_directive_is_allowed_where_the_manual_says_and_nowhere_else(httpd, name):
    context = MANUAL[name][2]
    done = httpd.check(f"<Directory /srv>\n{name} {good(name, 0)}\n</Directory>")
    if "directory" in context:
        assert done.returncode == 0, done.stderr
        done = httpd.check(f"<Location /x>\n{name} {good(name, 0)}\n</Location>")
        assert done.returncode == 0, done.stderr
        assert context == SERVER + ", directory, .htaccess (AuthConfig)"
    else:
        assert done.returncode == 1
        assert f"{name} not allowed in <Directory> context" in done.stderr
        done = httpd.check(f"<VirtualHost 127.0.0.1:1>\n{name} {good(name, 0)}\n</VirtualHost>")
        assert done.returncode == (0 if context == SERVER else 1), done.stderr
        assert context == SERVER or \
            context == MAIN and f"{name} applies to all of httpd" in done.stderr


def test_a_htaccess_file_accepts_what_the_manual_says_and_nothing_else(httpd, expect_log):
    expect_log("not allowed here|is not allowed|must be a path of this site")
    site = httpd.site
    for name, (syntax, _, context) in MANUAL.items():
        folder = site.docs / name
        folder.mkdir()
        (folder / "index.html").write_text("read")
        (folder / ".htaccess").write_text(f"{name} {good(name, 0)}\n")
        answer = site.visitor().get(f"/{name}/")
        assert answer.status_code == (200 if ".htaccess" in context else 500), name
        if syntax == "path|URL":
            (folder / ".htaccess").write_text(f"{name} https://www.example.org/\n")
            assert site.visitor().get(f"/{name}/").status_code == 500, name


def test_two_active_endpoints_never_share_a_path(httpd):
    done = httpd.check("SecurityRegisterUrl /login")
    assert done.returncode == 0, done.stderr
    done = httpd.check("SecurityRegisterUrl /login\nSecurityRegisterable On")
    assert done.returncode == 1
    assert "two endpoints have the path /login" in done.stderr


@pytest.mark.parametrize("module", ["authn_core", "authz_core"])
def test_a_missing_module_is_named_where_the_engine_is_on_and_not_needed_elsewhere(httpd, module):
    bare = "".join(line for line in bare_of(httpd).splitlines(True)
                   if f"LoadModule {module}_" not in line)
    done = httpd.check(f"SecurityDataDirectory {SOURCE}/templates", bare)
    assert done.returncode == 0, done.stderr
    done = httpd.check(f"SecurityDataDirectory {SOURCE}/templates\nSecurityEngine On", bare)
    assert done.returncode == 1
    assert f"mod_{module}" in done.stderr


@pytest.mark.parametrize("missing", ["DBDriver", "DBDParams"])
def test_an_engine_without_a_database_prevents_the_start(httpd, missing):
    bare = "".join(line for line in bare_of(httpd).splitlines(True)
                   if not line.startswith(missing))
    done = httpd.check(f"SecurityDataDirectory {SOURCE}/templates\nSecurityEngine On", bare)
    assert done.returncode == 1
    assert "SecurityEngine On needs a database" in done.stderr


def test_a_server_that_only_loads_the_module_starts_without_socache_and_ssl(make_site):
    site = make_site(fill=False, start=False)
    site.configuration.write_text("".join(
        line for line in bare_lines(site.configuration.read_text()).splitlines(True)
        if "socache_shmcb" not in line and "mod_ssl" not in line)
        + f"SecurityDataDirectory {SOURCE}/templates\nDocumentRoot {site.docs}\n")
    site.start()
    assert site.visitor().get("/index.html").status_code == 200
    assert site.visitor().get("/login").status_code == 404


def test_a_mailer_that_cannot_run_is_reported_at_the_start(httpd):
    done = httpd.check("SecurityRecoverable On\nSecuritySendmail /does/not/exist -t")
    assert done.returncode == 0
    assert "SecuritySendmail: /does/not/exist cannot be run" in done.stderr
