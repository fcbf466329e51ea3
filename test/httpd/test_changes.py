# SPDX-License-Identifier: Apache-2.0
"""Changes noted by other machines are seen, however many there are; expired rows are deleted."""

import pytest
from servers import eventually

CONFIG = "SecurityCacheTimeout 1h\n"

# More than is read at once; then less and more than is read in one round before all is reloaded.
MANY = 20000
TOO_MANY = 60000

# Nobody has this number, and the users of these tests share no slot of the record table with it.
NOBODY = 1000000007

DIGITS = " CROSS JOIN ".join(
    f"(SELECT 0 AS n UNION ALL {' UNION ALL '.join(f'SELECT {n}' for n in range(1, 10))}) d{place}"
    for place in range(5))


def rows(count):
    """A table of this many rows with the number n, from 0."""
    number = " + ".join(f"d{place}.n * {10 ** place}" for place in range(5))
    return f"(SELECT {number} AS n FROM {DIGITS} ORDER BY 1 LIMIT {count}) numbers"


def note(site, name):
    """Another machine notes that it changed this user."""
    site.sql("INSERT INTO security_changes (user_id, created_at) SELECT id, 4000000000 FROM `user` "
             f"WHERE email = '{name}@example.org'")


def note_many(site, count):
    """Notes many others, in one transaction."""
    site.sql("INSERT INTO security_changes (user_id, created_at) "
             f"SELECT {NOBODY}, 4000000000 FROM {rows(count)}")


def set_active(site, name, active):
    """Changes it manually, so that no machine hears of it."""
    site.sql(f"UPDATE `user` SET active = {active} WHERE email = '{name}@example.org'")


def known(site, name):
    """A user with a record who would not be let in if the database were asked."""

    def is_known():
        set_active(site, name, 1)
        is_in = person.is_signed_in()
        set_active(site, name, 0)
        return is_in and person.is_signed_in()

    set_active(site, name, 1)
    person = site.member(name)
    assert eventually(is_known)
    return person


@pytest.fixture(scope="module")
def watched(site):
    """A site whose service reads changes and has already forgotten all it forgets at its start."""
    probe = known(site, "bart")
    note(site, "bart")
    assert eventually(lambda: not probe.is_signed_in(), 20)
    return site


def test_a_change_among_more_than_are_read_at_once_is_seen_and_nobody_else_is_forgotten(watched):
    ann, ed = known(watched, "ann"), known(watched, "ed")
    note_many(watched, MANY)
    note(watched, "ann")
    note_many(watched, MANY)
    assert eventually(lambda: not ann.is_signed_in(), 20)
    assert ed.is_signed_in()


def test_no_change_is_missed_when_too_many_come_at_once_and_none_after_them(watched):
    ann = known(watched, "ann")
    note_many(watched, TOO_MANY)
    note(watched, "ann")
    note_many(watched, TOO_MANY)
    assert eventually(lambda: not ann.is_signed_in(), 30)
    ed = known(watched, "ed")
    note(watched, "ed")
    assert eventually(lambda: not ed.is_signed_in(), 30)


OVER = {
    "ticket": "(digest, purpose, user_id, stamp, audience, created_at, expires_at, used_at) "
              "SELECT n, 'session', 1, 's', 'a', 1, 2, 0",
    "attempt": "(account_key, address, created_at) SELECT n, 'a', 1",
    "changes": f"(user_id, created_at) SELECT {NOBODY}, 1",
    "outbox": "(message_id, sender, recipient, subject, kind, created_at, next_at, sent_at, "
              "failed_at, state) SELECT n, 's', 'r', 's', 'k', 1, 1, 1, 1, 1 + n % 2",
}
YOUNG = {"ticket": "(digest, purpose, user_id, stamp, audience, created_at, expires_at, used_at) "
                   "VALUES ('young', 'session', 1, 's', 'a', 1, 4000000000, 0)",
         "attempt": "(account_key, address, created_at) VALUES ('young', 'a', 4000000000)",
         "changes": f"(user_id, created_at) VALUES ({NOBODY}, 4000000000)",
         "outbox": "(message_id, sender, recipient, subject, kind, created_at, next_at, state) "
                   "VALUES ('young', 's', 'r', 's', 'k', 4000000000, 4000000000, 0)"}


def test_everything_expired_is_deleted_however_much_and_nothing_else(make_site):
    site = make_site(start=False)
    for table, columns in OVER.items():
        site.sql(f"DELETE FROM security_{table}")
        site.sql(f"INSERT INTO security_{table} {columns} FROM {rows(2600)}")
        site.sql(f"INSERT INTO security_{table} {YOUNG[table]}")
    site.start()
    for table in OVER:
        assert eventually(
            lambda: site.sql(f"SELECT COUNT(*) FROM security_{table}") == [["1"]], 30), table
