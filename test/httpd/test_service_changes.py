# SPDX-License-Identifier: Apache-2.0
"""A service that takes over goes on where the last one left off: records stay, no change is missed,
also when a copy of the database was put back."""

import os
import pathlib
import signal
import sqlite3
import subprocess

import pytest
from servers import eventually
from services import one_service
from test_changes import note, set_active

CONFIG = "SecurityCacheTimeout 1h\n"
DEATHS = r"the service, process \d+, has ended|the service does not answer"


@pytest.fixture(autouse=True)
def expected_deaths(expect_log):
    expect_log(DEATHS)


def remembered(site, name):
    """One who is in, and whom nobody would let in who asked the database."""
    set_active(site, name, 1)
    person = site.member(name)
    assert person.is_signed_in()
    set_active(site, name, 0)
    assert person.is_signed_in()
    return person


def is_followed(site, name="una"):
    """Waits until the service hears of changes, and has read what there was."""
    person = remembered(site, name)
    note(site, name)
    is_heard = eventually(lambda: not person.is_signed_in(), 20)
    set_active(site, name, 1)
    return is_heard


@pytest.fixture
def quiet(make_site):
    """A site whose service has begun to follow: what it forgets at its start is forgotten."""
    site = make_site(CONFIG)
    assert is_followed(site)
    return site


def restart(site):
    site.reload()


def kill(site):
    os.kill(one_service(site), signal.SIGKILL)


another = pytest.mark.parametrize("end", [restart, kill])


@another
def test_a_new_service_looks_up_nobody_who_is_known(quiet, end):
    people = [remembered(quiet, name) for name in ("ann", "ed", "ada")]
    for _ in range(3):
        last = one_service(quiet)
        end(quiet)
        assert one_service(quiet, last)
        # It follows again, so what it might have forgotten at its start is forgotten by now.
        assert is_followed(quiet)
        assert all(person.is_signed_in() for person in people)


@another
def test_what_changed_while_no_service_ran_is_seen_by_the_next_one(quiet, end):
    """A service that is stopped can read nothing, and the one after it cannot have seen it."""
    ann, ed = remembered(quiet, "ann"), remembered(quiet, "ed")
    last = one_service(quiet)
    os.kill(last, signal.SIGSTOP)
    note(quiet, "ann")
    assert ann.is_signed_in()
    end(quiet)
    os.kill(last, signal.SIGCONT)
    assert one_service(quiet, last)
    assert eventually(lambda: not ann.is_signed_in(), 20)
    assert ed.is_signed_in()


@pytest.mark.parametrize("old, new", [
    ("SecurityCacheTimeout 1h", "SecurityCacheTimeout 59m"),
    ("SecurityCacheGrace 15m", "SecurityCacheGrace 14m"),
    ("SecurityLoginWithoutConfirmation On", "SecurityLoginWithoutConfirmation Off")])
def test_records_made_under_another_setting_do_not_count(make_site, old, new):
    site = make_site("SecurityCacheTimeout 1h\nSecurityCacheGrace 15m\nSecurityConfirmable On\n"
                     "SecurityLoginWithoutConfirmation On\n")
    ann = remembered(site, "ann")
    text = site.configuration.read_text()
    assert old in text
    site.configuration.write_text(text.replace(old, new))
    site.reload()
    assert eventually(lambda: not ann.is_signed_in())


class Copy:
    """A copy of the whole database, as administrators make them."""

    def __init__(self, site):
        self.database = site.database
        self.path = pathlib.Path(f"{site.folder}.copy")
        if self.database.kind == "sqlite":
            self.backup(self.database.params, self.path)
            return
        with open(self.path, "wb") as file:
            subprocess.run(["mariadb-dump", *self.access(), self.database.name], stdout=file,
                           check=True)

    def access(self):
        return ["--no-defaults", "-uroot", "-S", self.database.server.socket]

    @staticmethod
    def backup(old, new):
        with sqlite3.connect(old, timeout=10) as one, sqlite3.connect(new, timeout=10) as other:
            one.backup(other)
        one.close()
        other.close()

    def put_back(self):
        if self.database.kind == "sqlite":
            self.backup(self.path, self.database.params)
            return
        with open(self.path, "rb") as file:
            subprocess.run(["mariadb", *self.access(), self.database.name], stdin=file, check=True)


def note_many(site, count):
    for _ in range(count):
        note(site, "twin")


def newest(site):
    """0 when there is none."""
    return int(site.sql("SELECT COALESCE(MAX(id), 0) FROM security_changes")[0][0])


def test_changes_are_seen_after_a_copy_with_smaller_numbers_was_put_back(quiet):
    ann = remembered(quiet, "ann")
    copy = Copy(quiet)
    note_many(quiet, 20)
    before = newest(quiet)
    assert is_followed(quiet)
    copy.put_back()
    # All that was known is of rows that are no more.
    assert eventually(lambda: not ann.is_signed_in(), 20)
    for name in ("ann", "ed", "ada"):
        person = remembered(quiet, name)
        note(quiet, name)
        assert eventually(lambda: not person.is_signed_in(), 20), name
    assert newest(quiet) < before


@another
def test_a_copy_that_was_put_back_while_no_service_ran_is_noticed(quiet, end):
    ann = remembered(quiet, "ann")
    copy = Copy(quiet)
    note_many(quiet, 20)
    assert is_followed(quiet)
    last = one_service(quiet)
    os.kill(last, signal.SIGSTOP)
    copy.put_back()
    assert ann.is_signed_in()
    end(quiet)
    os.kill(last, signal.SIGCONT)
    assert one_service(quiet, last)
    assert eventually(lambda: not ann.is_signed_in(), 20)
    ed = remembered(quiet, "ed")
    note(quiet, "ed")
    assert eventually(lambda: not ed.is_signed_in(), 20)


@pytest.mark.sqlite
def test_a_file_that_was_replaced_while_no_service_ran_is_another_one(quiet):
    """Even one with the very same rows."""
    ann = remembered(quiet, "ann")
    last = one_service(quiet)
    copy = Copy(quiet)
    quiet.own(copy.path)
    os.kill(last, signal.SIGSTOP)
    path = pathlib.Path(quiet.database.params)
    for suffix in ("-wal", "-shm"):
        pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
    os.replace(copy.path, path)
    os.kill(last, signal.SIGKILL)
    assert one_service(quiet, last)
    assert eventually(lambda: not ann.is_signed_in(), 20)


def test_changes_that_go_as_they_are_old_make_nobody_unknown(make_site):
    site = make_site(CONFIG, start=False)
    site.sql("DELETE FROM security_changes")
    site.sql("INSERT INTO security_changes (user_id, created_at) VALUES (1000000007, 1)")
    site.start()
    assert eventually(lambda: not newest(site), 20)
    ann = remembered(site, "ann")
    assert is_followed(site)
    assert ann.is_signed_in()
