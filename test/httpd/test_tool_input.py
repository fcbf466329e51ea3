# SPDX-License-Identifier: Apache-2.0
"""The input of security-auth: passwords, htpasswd files, wrong names; and its exit."""

import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import termios

import pytest
from servers_httpd import TOOL

CONFIG = "SecurityPasswordSalt salty"


class Store:
    """The tool with an SQLite file."""

    def __init__(self, folder):
        self.path = folder / "store.sqlite"
        self.options = ["--driver", "sqlite3", "--params", str(self.path)]

    def run(self, *words, typed=b"", **options):
        options.setdefault("stdout", subprocess.PIPE)
        return subprocess.run([TOOL, *self.options, *words], input=typed, stderr=subprocess.PIPE,
                              timeout=60, check=False, **options)

    def sql(self, text):
        connection = sqlite3.connect(self.path)
        with connection:
            rows = connection.execute(text).fetchall()
        connection.close()
        return rows


@pytest.fixture
def store(tmp_path):
    made = Store(tmp_path)
    assert made.run("schema", "create").returncode == 0
    return made


def test_a_misspelled_name_creates_no_new_database(tmp_path):
    store = Store(tmp_path)
    done = store.run("users", "list")
    assert done.returncode == 75
    assert b"there is no database" in done.stderr
    assert not store.path.exists()


@pytest.mark.parametrize("typed", [b"staple\0battery horse\n", b"staple-battery\xff\n"])
def test_a_password_that_is_not_text_is_refused(store, typed):
    done = store.run("users", "create", "ann@example.org", "--password-stdin", typed=typed)
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"UTF-8" in done.stderr
    assert store.sql("SELECT * FROM user") == []


@pytest.mark.once
def test_the_end_of_a_line_is_not_part_of_a_password(site):
    for number, end in enumerate(("", "\n", "\r\n")):
        email, secret = f"end{number}@example.org", site.make_secret()
        site.tool("users", "create", email, "--password-stdin", typed=secret + end)
        assert site.visitor().sign_in(email, secret).status_code == 302


def test_a_password_cannot_be_both_given_and_omitted(store):
    done = store.run("users", "create", "ann@example.org", "--password-stdin", "--no-password")
    assert done.returncode == 2
    assert b"--no-password" in done.stderr


def test_listing_the_users_of_an_unknown_role_is_an_error(store):
    assert store.run("roles", "create", "editor").returncode == 0
    done = store.run("users", "list", "--role", "editor", "--json")
    assert json.loads(done.stdout) == []
    done = store.run("users", "list", "--role", "edtior")
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"edtior" in done.stderr


def test_failing_to_write_the_output_is_reported(store):
    for words in (["users", "list", "--json"], ["roles", "create", "admin"]):
        with open("/dev/full", "wb") as full:
            done = store.run(*words, stdout=full)
        assert done.returncode == 1
        assert b"standard output" in done.stderr


def test_a_description_that_is_too_long_is_not_a_database_error(store):
    done = store.run("roles", "create", "admin", "--description", "d" * 256)
    assert done.returncode == 1
    assert b"description" in done.stderr


def test_a_signal_at_the_prompt_leaves_the_terminal_as_it_was(store):
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(TOOL, [str(TOOL), *store.options, "users", "create", "ann@example.org"])
    shown = b""
    while b"Password: " not in shown:
        select.select([terminal], [], [], 30)
        shown += os.read(terminal, 100)
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        pass
    os.write(terminal, b"sta\x03")
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT
    assert termios.tcgetattr(terminal)[3] & termios.ECHO
    os.close(terminal)


def test_lists_are_complete_whatever_their_length(store):
    store.sql("WITH RECURSIVE n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1203) "
              "INSERT INTO user (email, active, fs_uniquifier) "
              "SELECT 'u' || i || '@example.org', 1, 'f' || i FROM n")
    store.run("roles", "create", "admin")
    store.run("roles", "add", "u1203@example.org", "admin")
    users = json.loads(store.run("users", "list", "--json").stdout)
    assert [user["id"] for user in users] == list(range(1, 1204))
    assert users[-1]["roles"] == ["admin"]
    assert len(store.run("users", "list").stdout.splitlines()) == 1203


UNSEEN = ["\u202e", "\u2066", "\u200b", "\u2028", "\ufeff", "\u00ad", "\u0085", "\u009b", "\u3164",
          "\U000e0041", "\t", "\x1b", "\x7f"]


def test_invisible_characters_in_a_name_are_made_visible(store):
    for number, unseen in enumerate(UNSEEN):
        store.sql("INSERT INTO user (email, active, fs_uniquifier) VALUES "
                  f"('a{unseen}b@example.org', 1, 'f{number}')")
    text = store.run("users", "list").stdout.decode()
    assert not [unseen for unseen in UNSEEN if unseen in text]
    assert "a\\xe2\\x80\\xaeb@example.org" in text and len(text.splitlines()) == len(UNSEEN)
    raw = store.run("users", "list", "--json").stdout.decode()
    assert not [unseen for unseen in UNSEEN if unseen in raw]
    assert [user["email"] for user in json.loads(raw)] == [f"a{unseen}b@example.org" for unseen in UNSEEN]
    answer = store.run("users", "show", "nobody\u202e@example.org")
    assert answer.returncode == 1 and "\u202e" not in answer.stderr.decode()


@pytest.mark.parametrize("name, is_taken", [
    ("annabel", True), ("\u0430nnabel", False), ("ann\u03bfbel", False), ("\u0430\u043d\u043d\u0430", True),
    ("\u03b1\u03bd\u03bd\u03b1", True), ("m\u00fcller", True), ("\u5c71\u7530taro", True),
    ("\u0561nnabel", False), ("user123", True), ("\ua4eennabel", False), ("annab\u2c9fl", False),
    ("ann\u3164bel", False), ("ann\ufe0fbel", False)])
def test_a_username_uses_only_one_of_the_scripts_that_look_alike(store, name, is_taken):
    done = store.run("users", "create", "ann@example.org", "--username", name, "--password-stdin",
                     typed=b"Wq7-staple-battery\n")
    assert (done.returncode == 0) == is_taken, done.stderr
    assert is_taken or b"a username must" in done.stderr


HTPASSWD = {
    "bert": "$2y$05$dKiy0PwJ1DGd7Qce2dMk3.8MQIPnWgO.zNdGYAHGuc0Uj3BYuVmeC",
    "apra": "$apr1$.NL5Oj6d$Gh8ETyWaxBHxkBEtmNldi0",
    "shas": "{SHA}QKCF4BFBO3d0/LLkuTpIrv1M+8U=",
    "desd": "vQzQYsCVXgUmk",
}


def write_htpasswd(store, *lines):
    path = store.path.parent / "htpasswd"
    path.write_text("".join(line + "\n" for line in lines))
    return path


def import_file(store, path):
    done = store.run("users", "import", "htpasswd", str(path), "--email-domain", "example.org")
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_an_htpasswd_file_is_imported_once(store):
    path = write_htpasswd(store, *[f"{name}:{stored}" for name, stored in HTPASSWD.items()])
    assert import_file(store, path)[:2] == (0, "4 created, 0 already known, 0 refused\n")
    assert import_file(store, path) == (0, "0 created, 4 already known, 0 refused\n", "")
    assert dict(store.sql("SELECT username, password FROM user")) == HTPASSWD


@pytest.mark.parametrize("line,reason", [
    ("plain:staple-battery", "not a hash of a supported scheme"),
    ("costly:$6$rounds=999999999$saltsalt$" + "a" * 86, "more work"),
    ("long:" + "x" * 3000, "too long for"),
    ("broken", "no colon"),
])
def test_a_line_that_lets_nobody_in_is_refused_and_the_others_are_imported(store, line, reason):
    path = write_htpasswd(store, line, "shas:" + HTPASSWD["shas"])
    status, said, complaint = import_file(store, path)
    assert (status, said) == (1, "1 created, 0 already known, 1 refused\n")
    assert complaint.startswith("security-auth: line 1: ") and reason in complaint
    assert len(complaint.splitlines()) == 1


@pytest.mark.once
def test_a_hash_that_the_salt_would_keep_from_matching_is_refused(site):
    path = site.folder / "htpasswd"
    path.write_text("".join(f"{name}:{stored}\n" for name, stored in HTPASSWD.items()))
    done = site.tool("users", "import", "htpasswd", str(path), "--email-domain", "example.net",
                     check=False)
    assert (done.returncode, done.stdout) == (1, "2 created, 0 already known, 2 refused\n")
    assert "of bert would need SecurityPasswordSalt" in done.stderr
    assert "SecurityPasswordSingleHash" in done.stderr
    assert site.visitor().sign_in("apra@example.net", "secretpw2").status_code == 302


def test_a_directory_is_not_an_htpasswd_file(store, tmp_path):
    assert import_file(store, tmp_path)[0] == 1
