# SPDX-License-Identifier: Apache-2.0
"""httpd itself, with a small site, accounts, and the module under test."""

import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess

from servers import IS_ROOT, free_port, give_to_worker, stop_group, wait_until_up
from visitor import Visitor, password_of

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("MSA_BUILD", SOURCE / "build"))
MODULE = BUILD / ".libs" / "mod_security_auth.so"
TOOL = BUILD / "security-auth"
MODULES = "/usr/lib/apache2/modules"
# What a build for sanitizers wants to find in httpd's environment; script/sanitize sets it.
INSTRUMENTS = dict(word.split("=", 1) for word in os.environ.get("MSA_HTTPD_ENV", "").split())

LOADED = """authn_core authn_socache authz_core authz_host authz_user auth_basic dir mime env
    headers ssl socache_shmcb alias setenvif proxy proxy_http include""".split()

# Directory below the document root -> what httpd requires of its visitors.
AREAS = {
    "members": "Require valid-user",
    "admin": "Require role admin",
    "staff": "Require role admin editor",
    "writers": "Require permission full-write",
    "confirmed": "Require confirmed",
    "fresh": "<RequireAll>\nRequire valid-user\nRequire fresh 5m\n</RequireAll>",
    "any": "<RequireAny>\nRequire role admin\nRequire permission full-write\n</RequireAny>",
    "all": "<RequireAll>\nRequire role admin\nRequire role editor\n</RequireAll>",
    "unbanned": "<RequireAll>\nRequire valid-user\n<RequireNone>\nRequire role banned\n"
                "</RequireNone>\n</RequireAll>",
}

# Name -> options of `security-auth users create NAME@example.org`.
ACCOUNTS = {
    "ann": ["--username", "annabel", "--confirmed"],
    "ed": ["--role", "editor", "--confirmed"],
    "ada": ["--role", "admin", "--confirmed"],
    "twin": ["--role", "admin", "--role", "editor", "--confirmed"],
    "una": [],
    "ina": ["--inactive", "--confirmed"],
    "bart": ["--role", "banned", "--confirmed"],
}

# httpd's own lines for a 403, and for an OpenSSL older than the one mod_ssl was built with: neither is
# our fault.
ORDINARY = re.compile("AH01631: user .*: authorization failure|AH01882: Init: ")
COMPLAINT = re.compile(r"^\[[^]]+\] \[[a-z0-9_]*:(warn|error|crit|alert|emerg)\]")


def ship(folder):
    """The service's files, in a place where its user can read them, which may not be the checkout."""
    if not (folder / "security-auth").exists():
        shutil.copytree(SOURCE / "templates", folder / "templates")
        shutil.copy(TOOL, folder)
        subprocess.run(["chmod", "-R", "a+rX", folder / "templates", folder / "security-auth"],
                       check=True)
    return folder


class Site:
    """One httpd with its own folder, database and log."""

    def __init__(self, folder, mpm, database, certificates, mailbox, config="", areas=None):
        self.folder, self.mpm, self.database = folder, mpm, database
        self.certificates, self.mailbox = certificates, mailbox
        self.areas = {**AREAS, **(areas or {})}
        self.port, self.tls_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.secure_url = f"https://127.0.0.1:{self.tls_port}"
        self.docs, self.log = folder / "docs", folder / "error.log"
        self.access_log = folder / "access.log"
        self.secrets = {password_of(name) for name in ACCOUNTS}
        self.links = set()
        self.offset = 0
        self.process = None
        self.shipped = ship(folder.parent)
        folder.mkdir()
        self.write_documents()
        self.configuration = folder / "httpd.conf"
        self.configuration.write_text(self.base() + config)

    def write_documents(self):
        self.docs.mkdir()
        (self.docs / "index.html").write_text("<!doctype html><title>home</title><h1>home</h1>")
        for area in self.areas:
            (self.docs / area).mkdir()
            (self.docs / area / "index.html").write_text(
                f"<!doctype html><title>{area}</title><h1>you read {area}</h1>")

    def base(self):
        lines = [
            f"ServerRoot {self.folder}", f"PidFile {self.folder}/pid", "ServerName 127.0.0.1",
            f"Listen 127.0.0.1:{self.port}", f"Listen 127.0.0.1:{self.tls_port} https",
            f"DefaultRuntimeDir {self.folder}", f"ErrorLog {self.log}",
            "LogLevel info security_auth:trace8",
            f'CustomLog {self.access_log} "%h %u \\"%r\\" %>s"',
            *(["User nobody", "Group nogroup"] if IS_ROOT else []),
            f"LoadModule mpm_{self.mpm}_module {MODULES}/mod_mpm_{self.mpm}.so",
            f"LoadModule {'cgi' if self.mpm == 'prefork' else 'cgid'}_module {MODULES}/"
            f"mod_{'cgi' if self.mpm == 'prefork' else 'cgid'}.so",
            *[f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in LOADED],
            f"LoadModule security_auth_module {MODULE}",
            *(["MaxRequestWorkers 12"] if self.mpm == "prefork" else
              ["ThreadsPerChild 16", "MaxRequestWorkers 64", "MinSpareThreads 16",
               "MaxSpareThreads 48", f"ScriptSock {self.folder}/cgid"]),
            "StartServers 2", "KeepAlive Off", "TypesConfig /etc/mime.types",
            f"SSLSessionCache shmcb:{self.folder}/tls-sessions(65536)",
            f"DocumentRoot {self.docs}", "DirectoryIndex index.html",
            f"DBDriver {self.database.driver}", f'DBDParams "{self.database.params}"',
            "SecurityEngine On", f"SecurityDataDirectory {self.shipped}/templates",
            f"SecurityServiceProgram {self.shipped}/security-auth",
            f"SecuritySendmail {self.mailbox.sendmail}",
            f"SecurityPublicUrl {self.url}",
            f"<Directory {self.docs}>\nRequire all granted\nAllowOverride AuthConfig\n</Directory>",
        ]
        for area, requirement in self.areas.items():
            lines.append(f"<Location /{area}>\nAuthType Security\nAuthName lab\n{requirement}\n"
                         "</Location>")
        lines.append(f"""<VirtualHost 127.0.0.1:{self.tls_port}>
SecurityPublicUrl {self.secure_url}
SSLEngine on
SSLCertificateFile {self.certificates}/cert.pem
SSLCertificateKeyFile {self.certificates}/key.pem
</VirtualHost>""")
        return "\n".join(lines) + "\n"

    def fill(self, *options):
        """Creates the tables, roles and accounts with the tool."""
        self.tool("schema", "create", *options)
        self.tool("roles", "create", "admin")
        self.tool("roles", "create", "banned")
        self.tool("roles", "create", "editor", "--permissions", "read,full-write")
        for name, options in ACCOUNTS.items():
            self.tool("users", "create", f"{name}@example.org", "--password-stdin", *options,
                      typed=password_of(name) + "\n")
        self.database.hand_over()

    def start(self):
        with open(self.folder / "out", "w", encoding="utf-8") as output:
            # A session of its own: at SIGTERM httpd signals its whole process group.
            self.process = subprocess.Popen(
                ["/usr/sbin/apache2", "-f", self.configuration, "-DFOREGROUND"], stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
                env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **INSTRUMENTS})
        wait_until_up(self.process, lambda: self.log.exists() and self.listens(),
                      self.folder / "out")

    def listens(self):
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def reload(self):
        self.process.send_signal(signal.SIGUSR1)

    def stop(self):
        stop_group(self.process)

    def tool(self, *words, typed="", check=True):
        """Runs security-auth as this site's administrator does, with httpd's own configuration."""
        done = subprocess.run(
            [TOOL, "--conf", self.configuration, *words],
            input=typed, capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, **INSTRUMENTS})
        assert not check or done.returncode == 0, f"{words}: {done.returncode} {done.stderr}"
        return done

    def sql(self, statement):
        return self.database.sql(statement)

    def visitor(self, **options):
        return Visitor(self, **options)

    def member(self, name, **options):
        """A visitor who is signed in."""
        person = self.visitor(**options)
        answer = person.sign_in(name)
        assert answer.status_code == 302, answer.text
        return person

    def new_log(self):
        """What was logged since the last call."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            log.seek(self.offset)
            text = log.read()
            self.offset = log.tell()
        return text

    def make_secret(self):
        secret = "Zq8-" + secrets.token_hex(8)
        self.secrets.add(secret)
        return secret

    def own(self, path):
        give_to_worker(path)


def complaints(log, announced):
    """The warnings and errors that no pattern announces."""
    return [line for line in log.splitlines()
            if COMPLAINT.search(line) and not ORDINARY.search(line)
            and not any(re.search(pattern, line) for pattern in announced)]
