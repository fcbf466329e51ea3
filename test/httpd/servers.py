# SPDX-License-Identifier: Apache-2.0
"""The servers around httpd: MariaDB, a mail receiver, a proxied backend; all on 127.0.0.1."""

import email
import email.policy
import http.server
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

from aiosmtpd.controller import Controller

IS_ROOT = os.geteuid() == 0
WORKER = "nobody" if IS_ROOT else pwd.getpwuid(os.geteuid()).pw_name


def free_port():
    """A port below the range that the kernel assigns to clients, so that nobody takes it.

    An abstract socket named after it reserves it against other runs of these tests.
    """
    for port in range(16100 + os.getpid() % 1000, 18000):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0msa-test-port-{port}")
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        free_port.claims.append(claim)
        return port
    raise RuntimeError("no free port")


free_port.claims = []


def eventually(question, within=10.0):
    """Asks until the answer is true and returns it, or returns the last answer at the timeout."""
    deadline = time.monotonic() + within
    while True:
        answer = question()
        if answer or time.monotonic() > deadline:
            return answer
        time.sleep(0.02)


def wait_until_up(process, question, log):
    """Waits until a server answers; if it does not, fails with the end of its log."""

    def answers():
        try:
            return process.poll() is not None or question()
        except (OSError, subprocess.CalledProcessError):
            return False

    if not eventually(answers, 30) or process.poll() is not None:
        process.kill()
        text = pathlib.Path(log).read_text(errors="replace")
        raise RuntimeError("did not come up:\n" + text[-3000:])


def stop(process):
    """Ends a process that we started, and waits for it."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stop_group(process):
    """Ends httpd, which leads a process group, and whatever it leaves behind: a parent that is about
    to exit may restart mod_cgid's daemon."""
    stop(process)
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def give_to_worker(path):
    """The servers drop root privileges; the files they write must belong to the user they become."""
    if IS_ROOT:
        shutil.chown(path, WORKER)


class MariaDB:
    """A private MariaDB server, in which databases are created as needed."""

    def __init__(self, folder):
        self.folder, self.socket, self.log = folder, folder / "s", folder / "log"
        # A server that starts takes tables in /tmp for its own and removes them, even other servers'.
        self.own = ["--no-defaults", f"--datadir={folder}/data", f"--tmpdir={folder}",
                    f"--user={WORKER}", "--skip-name-resolve"]
        self.port = free_port()
        self.process = None
        self.count = 0
        folder.mkdir()
        give_to_worker(folder)
        subprocess.run(
            ["mariadb-install-db", *self.own, "--auth-root-authentication-method=normal",
             "--skip-test-db", "--force"],
            check=True, capture_output=True)
        self.start()
        self.sql("CREATE USER lab@'127.0.0.1' IDENTIFIED BY 'lab';"
                 " GRANT ALL ON *.* TO lab@'127.0.0.1'")

    def start(self):
        with open(self.log, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["mariadbd", *self.own, f"--port={self.port}", "--bind-address=127.0.0.1",
                 f"--socket={self.socket}", f"--pid-file={self.folder}/pid",
                 "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=32M",
                 "--innodb-log-file-size=8M", "--character-set-server=utf8mb4"],
                stdout=log, stderr=subprocess.STDOUT)
        wait_until_up(self.process, lambda: self.sql("SELECT 1"), self.log)

    def stop(self):
        stop(self.process)

    def sql(self, statement, database=""):
        return subprocess.run(
            ["mariadb", "--no-defaults", "-uroot", "-S", self.socket, "-NB",
             *([database] if database else []), "-e", statement],
            check=True, capture_output=True, text=True).stdout

    def kill_clients(self):
        """Cuts every connection of the web server, as an administrator or a time limit would."""
        for number in self.sql(
                "SELECT id FROM information_schema.processlist WHERE user = 'lab'").split():
            try:
                self.sql(f"KILL {number}; SELECT 1")
            except subprocess.CalledProcessError:
                continue  # it ended by itself


class MariaDatabase:
    """One database on a MariaDB server."""

    kind = driver = "mysql"

    def __init__(self, server, reconnect="reconnect=0"):
        server.count += 1
        self.server, self.name = server, f"lab{server.count}"
        server.sql(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        self.params = (f"host=127.0.0.1,port={server.port},user=lab,pass=lab,dbname={self.name}"
                       + (f",{reconnect}" if reconnect else ""))

    def sql(self, statement):
        """Rows of strings."""
        output = self.server.sql(statement, self.name)
        return [line.split("\t") for line in output.splitlines()]

    def hand_over(self):
        """Nothing to do: the server owns the files."""


class SqliteDatabase:
    """One SQLite file in a folder of its own."""

    kind, driver = "sqlite", "sqlite3"

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir()
        self.params = str(folder / "security.sqlite")

    def sql(self, statement):
        with sqlite3.connect(self.params, timeout=10) as connection:
            rows = connection.execute(statement.replace("`", '"')).fetchall()
        connection.close()
        return [["NULL" if value is None else str(value) for value in row] for row in rows]

    def hand_over(self):
        for path in [self.folder, *self.folder.iterdir()]:
            give_to_worker(path)


class Mailbox:
    """An SMTP server that keeps incoming mails, and the sendmail program that delivers to it."""

    def __init__(self, folder):
        self.mails = []
        port = free_port()
        settings = folder / "msmtprc"
        settings.write_text("account default\nhost 127.0.0.1\nfrom no-reply@example.org\n"
                            f"port {port}\nauth off\ntls off\n")
        settings.chmod(0o644)
        self.sendmail = f"/usr/bin/msmtp -C {settings} -t --read-envelope-from"
        self.controller = Controller(self, hostname="127.0.0.1", port=port)
        self.controller.start()

    async def handle_DATA(self, _server, _session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append((envelope.rcpt_tos, message))
        return "250 OK"

    def wait_for(self, recipient, subject=""):
        """The newest mail to an address, removed from the mailbox."""

        def newest():
            for entry in reversed(self.mails):
                if recipient in entry[0] and subject in entry[1]["Subject"]:
                    self.mails.remove(entry)
                    return entry[1]
            return None

        mail = eventually(newest, 20)
        assert mail is not None, f"no mail to {recipient}"
        return mail


class Backend:
    """A web application behind mod_proxy: answers with the headers it received, as JSON, and with
    the path in X-Asked-For; sets the cookie that X-Wanted-Cookie asks for."""

    def __init__(self):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = json.dumps([list(pair) for pair in self.headers.items()]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Asked-For", self.path)
                if "X-Wanted-Cookie" in self.headers:
                    self.send_header("Set-Cookie", self.headers["X-Wanted-Cookie"])
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_OPTIONS = do_GET

            def log_message(self, *_):
                pass

        self.port = free_port()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
