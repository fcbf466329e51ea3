# SPDX-License-Identifier: Apache-2.0
"""Debian's Flask-Security and this module work on the same rows at the same time."""

import json
import pathlib
import subprocess

import pymysql
import pytest
from servers import eventually

CONFIG = """
SecurityPasswordSalt salty
SecurityPasswordHash bcrypt
SecurityTrackable On
SecurityChangeable On
SecurityCacheTimeout 1h
"""


class Flask:
    """The other application, one process per command."""

    def __init__(self, site):
        self.database = site.database
        if site.database.kind == "mysql":
            self.uri = (f"mysql+pymysql://lab:lab@127.0.0.1:{site.database.server.port}/"
                        f"{site.database.name}?charset=utf8mb4")
        else:
            self.uri = f"sqlite:///{site.database.params}"

    def command(self, *words):
        return ["/usr/bin/python3", pathlib.Path(__file__).with_name("flask_app.py"), self.uri,
                *map(str, words)]

    def __call__(self, *words):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, timeout=120,
                              check=False)
        self.database.hand_over()
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def site(make_site):
    """Flask-Security creates its tables first; ours are added beside them."""
    site = make_site(CONFIG, fill=False, start=False)
    site.flask = Flask(site)
    site.flask("tables")
    site.fill("--triggers")
    site.start()
    return site


def test_the_tool_finds_nothing_wrong_with_tables_made_by_flask_security(site):
    assert site.tool("schema", "check").returncode == 0


def test_a_user_made_there_signs_in_here(site):
    secret = site.make_secret()
    site.flask("add", "theirs@example.org", secret, "admin")
    member = site.visitor()
    assert member.sign_in("theirs@example.org", secret).status_code == 302
    assert member.get("/admin/").status_code == 200


def test_a_user_made_here_signs_in_there(site):
    secret = site.make_secret()
    site.tool("users", "create", "ours@example.org", "--password-stdin", "--confirmed",
              typed=secret + "\n")
    assert site.flask("login", "ours@example.org", secret)["status"] == 200


def test_a_password_changed_here_is_valid_there(site):
    secret = site.make_secret()
    site.flask("add", "pattern@example.org", secret)
    member = site.visitor()
    assert member.sign_in("pattern@example.org", secret).status_code == 302
    changed = site.make_secret()
    answer = member.post("/change", {"password": secret, "new_password": changed,
                                     "new_password_confirm": changed})
    assert answer.status_code == 302
    assert site.flask("login", "pattern@example.org", changed)["status"] == 200
    assert site.flask("login", "pattern@example.org", secret)["status"] == 400


def test_a_password_changed_there_ends_the_session_here(site):
    old, new = site.make_secret(), site.make_secret()
    site.flask("add", "mover@example.org", old)
    member = site.visitor()
    assert member.sign_in("mover@example.org", old).status_code == 302
    assert member.is_signed_in()
    assert site.flask("change", "mover@example.org", old, new)["status"] == 200
    assert eventually(lambda: not member.is_signed_in())
    assert member.sign_in("mover@example.org", new).status_code == 302


def test_both_count_the_same_sign_ins(site):
    secret = site.make_secret()
    site.flask("add", "counted@example.org", secret)
    site.visitor().sign_in("counted@example.org", secret)
    site.flask("login", "counted@example.org", secret)
    site.visitor().sign_in("counted@example.org", secret)
    rows = site.sql("SELECT login_count FROM `user` WHERE email = 'counted@example.org'")
    assert rows == [["3"]]


def test_deactivation_there_ends_the_session_here(site):
    secret = site.make_secret()
    site.flask("add", "leaver@example.org", secret)
    member = site.visitor()
    assert member.sign_in("leaver@example.org", secret).status_code == 302
    assert member.is_signed_in()
    site.flask("deactivate", "leaver@example.org")
    assert eventually(lambda: not member.is_signed_in())
    assert member.sign_in("leaver@example.org", secret).status_code == 200


@pytest.mark.mysql
def test_a_slow_transaction_is_noticed_behind_many_quick_ones(site):
    def write(connection, statement, *values):
        with connection.cursor() as cursor:
            cursor.execute(statement, values)

    def connect(autocommit):
        return pymysql.connect(host="127.0.0.1", port=site.database.server.port, user="lab",
                               password="lab", database=site.database.name, autocommit=autocommit)

    members = {name: site.member(name) for name in ("ed", "twin")}
    assert all(member.is_signed_in() for member in members.values())
    with connect(False) as slow, connect(True) as quick:
        write(slow, "UPDATE `user` SET active = 0 WHERE email = 'ed@example.org'")
        for number in range(200):
            write(quick, "UPDATE `user` SET username = %s WHERE email = 'ann@example.org'",
                  f"ann{number}")
        write(quick, "UPDATE `user` SET active = 0 WHERE email = 'twin@example.org'")
        assert eventually(lambda: not members["twin"].is_signed_in())
        assert members["ed"].is_signed_in()
        slow.commit()
    assert eventually(lambda: not members["ed"].is_signed_in())


def test_deactivation_here_ends_the_sign_in_there(site):
    secret = site.make_secret()
    site.flask("add", "banned@example.org", secret)
    site.tool("users", "deactivate", "banned@example.org")
    assert site.flask("login", "banned@example.org", secret)["status"] == 400
    site.tool("users", "activate", "banned@example.org")
    assert site.flask("login", "banned@example.org", secret)["status"] == 200


def test_roles_and_permissions_apply_on_both_sides(site):
    secret = site.make_secret()
    site.flask("add", "climber@example.org", secret)
    member = site.visitor()
    member.sign_in("climber@example.org", secret)
    assert member.get("/writers/").status_code == 403
    site.flask("role", "climber@example.org", "author", "full-write,read")
    assert eventually(lambda: member.get("/writers/").status_code == 200)
    site.tool("roles", "grant", "author", "publish")
    site.tool("roles", "add", "climber@example.org", "editor")
    seen = site.flask("whoami", "climber@example.org")
    assert seen["roles"] == ["author", "editor"]
    assert set(seen["permissions"]) == {"full-write", "read", "publish"}


def test_a_change_behind_thousands_of_others_is_seen(site):
    secret = site.make_secret()
    site.tool("users", "create", "late@example.org", "--password-stdin", "--confirmed",
              typed=secret + "\n")
    visitor = site.visitor()
    assert visitor.sign_in("late@example.org", secret).status_code == 302
    assert visitor.is_signed_in()
    ten = "(" + " UNION ALL ".join(["SELECT 1 one"] * 10) + ")"
    site.sql("INSERT INTO security_changes (user_id, created_at) SELECT 999999, 2000000000 FROM "
             + ", ".join(f"{ten} t{i}" for i in range(4)))
    site.sql("UPDATE `user` SET active = 0 WHERE email = 'late@example.org'")
    assert eventually(lambda: not visitor.is_signed_in())
