# SPDX-License-Identifier: Apache-2.0
"""Malformed tables: they let nobody in, and the log says why."""

import sqlite3

import pytest
from servers import eventually

NAMES = (("ann", None), ("ann", "Not-this-one-7"), ("nobody", None), ("ina", None))

GRANT = ("INSERT INTO roles_users SELECT '6b2d0000-0000-4000-8000-000000000002', id FROM role "
         "WHERE name = 'admin'")
TEXT_KEYS = {
    "mysql": [
        "SET foreign_key_checks = 0; DROP TABLE roles_users;"
        "CREATE TABLE roles_users (user_id CHAR(36), role_id INT);"
        "ALTER TABLE user MODIFY id CHAR(36) NOT NULL;"
        "UPDATE user SET id = '6f1c0000-0000-4000-8000-000000000001' WHERE email LIKE 'ann@%';"
        "UPDATE user SET id = '6b2d0000-0000-4000-8000-000000000002' WHERE email LIKE 'ada@%'",
        GRANT],
    "sqlite": [
        "DROP TABLE roles_users", "CREATE TABLE roles_users (user_id CHAR(36), role_id INT)",
        GRANT],
}


@pytest.fixture
def odd_site(make_site, expect_log):
    """A site that starts with tables altered after their creation."""
    def make(*statements, config=""):
        expect_log(r"database|503|broken")
        site = make_site(config, start=False)
        for statement in statements:
            site.sql(statement)
        site.database.hand_over()
        site.start()
        return site
    return make


def is_logged(site, text):
    return site.log.exists() and text in site.log.read_text(errors="replace")


def answers(site):
    return [site.visitor().sign_in(name, *[password] if password else []).status_code
            for name, password in NAMES]


def test_text_keys_give_nobody_the_roles_of_another(odd_site, stack):
    site = odd_site(*TEXT_KEYS[stack.database])
    assert answers(site) == [503, 503, 503, 503]
    assert site.visitor().get("/admin/", headers={"X-Auth-Token": 43 * "A"}).status_code == 503
    assert site.visitor().get("/").status_code == 200
    told = site.tool("schema", "check", check=False)
    assert told.returncode != 0
    assert "has the type" in told.stderr
    assert site.tool("users", "show", "ann@example.org", check=False).returncode != 0


def test_an_unfit_database_is_reported_soon_after_the_start_and_not_by_each_request(odd_site):
    site = odd_site("ALTER TABLE roles_users RENAME COLUMN role_id TO former")
    assert eventually(lambda: is_logged(
        site, "database unfit: the table roles_users has no column role_id"))
    for _ in range(20):
        assert site.visitor().sign_in("ann").status_code == 503
    # Only a few lines, not one for each request.
    assert site.log.read_text(errors="replace").count("database unfit") <= 8


@pytest.mark.parametrize("table", ["ticket", "attempt", "outbox", "changes", "audit", "version"])
def test_a_missing_table_does_not_reveal_whether_a_password_is_right(odd_site, table):
    site = odd_site(f"DROP TABLE security_{table}")
    assert answers(site) == [503, 503, 503, 503]
    assert f"there is no table security_{table}" in site.tool(
        "schema", "check", check=False).stderr
    site.tool("schema", "upgrade")
    site.database.hand_over()
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)
    assert site.visitor().sign_in("ann", "Not-this-one-7").status_code == 200


def test_a_table_dropped_while_the_server_runs_soon_closes_the_site_to_all(make_site, expect_log):
    site = make_site()
    expect_log(r"database|503|broken")
    assert site.visitor().sign_in("ann").status_code == 302
    site.sql("DROP TABLE security_ticket")
    assert eventually(lambda: answers(site) == [503, 503, 503, 503], 30)
    site.stop()  # it would say later, and only once, what it thinks of its tables


@pytest.mark.sqlite
def test_a_file_in_another_journal_mode_is_reported_and_never_commits_later(odd_site):
    site = odd_site("PRAGMA journal_mode = DELETE", config="SecurityServiceTimeout 60s")
    assert eventually(lambda: is_logged(site, "the file is not in WAL mode"))
    reader = sqlite3.connect(site.database.params, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT COUNT(*) FROM user").fetchall()
    assert site.visitor().sign_in("ann").status_code == 503
    reader.execute("COMMIT")
    site.member("ada")
    names = reader.execute("SELECT DISTINCT u.email FROM security_ticket t JOIN user u "
                           "ON u.id = t.user_id").fetchall()
    reader.close()
    assert names == [("ada@example.org",)]
    assert "not in WAL mode" in site.tool("schema", "check", check=False).stderr
    site.tool("schema", "upgrade")
    assert site.tool("schema", "check").returncode == 0


@pytest.mark.mysql
def test_narrow_columns_are_reported_at_the_start_and_fail_no_sign_in(odd_site):
    site = odd_site("ALTER TABLE user MODIFY current_login_ip VARCHAR(4), "
                    "MODIFY username VARCHAR(20)", config="SecurityTrackable On")
    assert eventually(lambda: is_logged(
        site, "user.current_login_ip holds 4 characters, but 45 may be needed"))
    assert site.visitor().sign_in("ann").status_code == 302
    assert site.sql("SELECT login_count FROM user WHERE email = 'ann@example.org'") == [["1"]]
    told = site.tool("schema", "check", check=False).stderr
    assert "user.username holds 20 characters, but 32 may be needed" in told


@pytest.mark.mysql
def test_session_settings_of_the_server_break_no_sign_in(make_site, mariadb):
    # init_connect is not run for a user with all privileges.
    mariadb.sql("CREATE USER plain@'127.0.0.1' IDENTIFIED BY 'lab';"
                " GRANT SELECT, INSERT, UPDATE, DELETE ON *.* TO plain@'127.0.0.1'")
    mariadb.sql("SET GLOBAL init_connect = 'SET autocommit = 0, sql_safe_updates = 1, "
                "sql_select_limit = 1, completion_type = 2, sql_big_selects = 0, "
                "max_join_size = 1, tx_isolation = \"SERIALIZABLE\", tx_read_only = 1'")
    try:
        site = make_site("SecurityTrackable On", start=False)
        site.configuration.write_text(
            site.configuration.read_text().replace("user=lab", "user=plain"))
        site.start()
        assert site.member("twin").get("/all/").status_code == 200
        assert site.visitor().sign_in("ann", "Not-this-one-7").status_code == 200
        assert site.sql("SELECT COUNT(*) FROM security_attempt") == [["1"]]
    finally:
        mariadb.sql("SET GLOBAL init_connect = ''")
