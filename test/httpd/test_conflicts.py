# SPDX-License-Identifier: Apache-2.0
"""Conflicting transactions: everybody gets what they asked for, and nobody gets a 503."""

import concurrent.futures
import subprocess

import pytest
from servers import eventually
from visitor import password_of

pytestmark = pytest.mark.mysql

CONFIG = """
SecurityChangeable On
SecurityRecoverable On
SecuritySendNewLoginEmail On
SecurityThrottleAccount 1000
SecurityTrackable On
SecurityHashSlots 64
SecurityPasswordHashOptions "memory=7168 time=1 lanes=1"
"""


class Hand:
    """A connection to the database that holds its locks until told to release them."""

    def __init__(self, site):
        server = site.database.server
        self.client = subprocess.Popen(
            ["mariadb", "--no-defaults", "-ulab", "-plab", "-h127.0.0.1", f"-P{server.port}",
             "-NB", "-n", "--force", site.database.name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def send(self, statements):
        self.client.stdin.write(statements + "\n")
        self.client.stdin.flush()

    def do(self, statements):
        """The output of the statements, once they are done."""
        self.send(statements + "; SELECT 'done';")
        lines = []
        while (line := self.client.stdout.readline().rstrip("\n")) != "done":
            assert self.client.poll() is None
            lines.append(line)
        return lines

    def close(self):
        self.client.stdin.close()
        self.client.wait(30)
        self.client.stdout.close()


@pytest.fixture
def hand(site):
    made = Hand(site)
    yield made
    made.close()


def waits(site):
    """Is anybody waiting for a lock? (innodb_trx is not refreshed if queried often.)"""
    return int(site.sql("SELECT variable_value FROM information_schema.global_status"
                        " WHERE variable_name = 'Innodb_row_lock_current_waits'")[0][0])


def change_password(site, name):
    """Changes it to another and back again; returns the answers."""
    statuses = []
    old, new = password_of(name), site.make_secret()
    member = site.member(name)
    for before, after in ((old, new), (new, old)):
        answer = member.post("/change", {"password": before, "new_password": after,
                                         "new_password_confirm": after})
        statuses.append(answer.status_code)
    return statuses


def user_id(site, name):
    return site.sql(f"SELECT id FROM user WHERE email = '{name}@example.org'")[0][0]


def test_many_users_change_their_passwords_at_once(site):
    names = [f"crowd{number}" for number in range(8)]
    for name in names:
        site.tool("users", "create", f"{name}@example.org", "--password-stdin", "--confirmed",
                  typed=password_of(name) + "\n")
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        for _ in range(3):
            answers = list(crowd.map(lambda name: change_password(site, name), names))
            assert answers == [[302, 302]] * 8


def test_one_user_signs_in_thirty_times_at_once(site):
    before = int(site.sql("SELECT COALESCE(login_count, 0) FROM user"
                          " WHERE email = 'ann@example.org'")[0][0])
    with concurrent.futures.ThreadPoolExecutor(30) as crowd:
        answers = [crowd.submit(site.visitor().sign_in, "ann", remember="y") for _ in range(30)]
        assert {answer.result().status_code for answer in answers} == {302}
    assert site.sql("SELECT login_count FROM user WHERE email = 'ann@example.org'") == [
        [str(before + 30)]]


def test_a_deadlock_goes_unnoticed_by_the_user(site, hand):
    """Locks tickets before the user, the reverse of a password change."""
    member = site.member("ada")
    number = user_id(site, "ada")
    secret = site.make_secret()
    # The database rolls back the transaction that has written less.
    hand.do("CREATE TABLE IF NOT EXISTS weight (a INT); START TRANSACTION;"
            " INSERT INTO weight SELECT seq FROM seq_1_to_5000;"
            f" SELECT id FROM security_ticket WHERE user_id = {number} FOR UPDATE")
    with concurrent.futures.ThreadPoolExecutor(1) as other:
        answer = other.submit(member.post, "/change", {
            "password": password_of("ada"), "new_password": secret,
            "new_password_confirm": secret})
        assert eventually(lambda: waits(site))
        assert hand.do(f"SELECT id FROM user WHERE id = {number} FOR UPDATE") == [number]
        hand.do("COMMIT")
        assert answer.result().status_code == 302
    assert "run again: statement=" in site.log.read_text()
    assert site.visitor().sign_in("ada", secret).status_code == 302
    assert site.visitor().sign_in("ada").status_code == 200
    mails = site.sql("SELECT count(*) FROM security_outbox WHERE kind = 'change_notice'"
                     " AND recipient = 'ada@example.org'")
    assert mails == [["1"]]


def test_a_lock_held_too_long_is_one_line_in_the_log(site, hand, expect_log):
    expect_log("database failed: statement=user_hold|login denied: broken")
    number = user_id(site, "twin")
    hand.do(f"START TRANSACTION; SELECT id FROM user WHERE id = {number} FOR UPDATE")
    answer = site.visitor().sign_in("twin")
    hand.do("ROLLBACK")
    assert answer.status_code == 503
    log = site.log.read_text()
    assert log.count("database failed: statement=user_hold") == 1
    assert log.count("run again: statement=user_hold") == 2
    assert site.visitor().sign_in("twin").status_code == 302
