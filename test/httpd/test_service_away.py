# SPDX-License-Identifier: Apache-2.0
"""The database is frozen, killed, removed, replaced, unreachable or crowded: the service copes."""

import concurrent.futures
import os
import pathlib
import re
import signal
import socket
import sqlite3

import pytest
from servers import eventually, give_to_worker
from services import Crowd, children, one_service

TROUBLE = r"database|the service does not answer|mail deferred|broken|MaxRequestWorkers"
# One second after its look-up, a record depends on its grace.
CONFIG = "SecurityCacheTimeout 1s\nSecurityServiceTimeout 3s"
PATIENCE = 30  # hanging takes longer


@pytest.fixture(autouse=True)
def expected_trouble(expect_log):
    expect_log(TROUBLE)


class Frozen:
    """A MariaDB server that keeps its connections but answers nothing."""

    def __init__(self, site):
        self.process = site.database.server.process

    def __enter__(self):
        self.process.send_signal(signal.SIGSTOP)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)


class Killed:
    """A MariaDB server that is gone."""

    def __init__(self, site):
        self.server, self.site = site.database.server, site

    def __enter__(self):
        # Commits of the last second may be only in memory; the crash must lose nothing but the server.
        self.server.sql("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        self.site.sql("CREATE TABLE flushed (n INT) ENGINE = InnoDB; INSERT INTO flushed VALUES (1);"
                      " DROP TABLE flushed")
        self.server.process.kill()
        self.server.process.wait()

    def __exit__(self, *_):
        self.server.start()


class Removed:
    """An SQLite file that has been moved away."""

    def __init__(self, site):
        self.folder = pathlib.Path(site.database.params).parent
        self.aside = self.folder.with_name(self.folder.name + ".aside")

    @staticmethod
    def in_order(folder):
        """The database before its log: nobody is to begin another log for it."""
        return sorted(folder.iterdir(), key=lambda path: len(path.name))

    def __enter__(self):
        self.aside.mkdir()
        for path in self.in_order(self.folder):
            path.rename(self.aside / path.name)

    def __exit__(self, *_):
        for path in reversed(self.in_order(self.aside)):
            path.rename(self.folder / path.name)
        self.aside.rmdir()


AWAY = [pytest.param(Frozen, marks=pytest.mark.mysql), pytest.param(Killed, marks=pytest.mark.mysql),
        pytest.param(Removed, marks=pytest.mark.sqlite)]
away = pytest.mark.parametrize("away", AWAY)


def is_back(site):
    return eventually(lambda: site.visitor().sign_in("ann").status_code == 302, 60)


def is_noticed(site):
    """Until then a sign-out may still reach the database, and whoever it ends is looked up anew."""
    return eventually(lambda: site.visitor().sign_in("ann", "wrong-password", timeout=PATIENCE)
                      .status_code == 503, 60)


def lines(text, state):
    return re.findall(rf"database {state}: .*", text)


def sessions(site):
    return int(site.sql("SELECT COUNT(*) FROM security_ticket WHERE purpose = 'session'")[0][0])


# ---- signed-in users ----

@away
def test_signed_in_users_carry_on_without_a_database_across_a_restart(make_site, away):
    site = make_site(CONFIG)
    visitors = [site.member(name) for name in ("ada", "ed", "twin", "bart")]
    assert all(visitor.is_signed_in() for visitor in visitors)
    site.new_log()
    with away(site):
        with Crowd(visitors) as crowd:
            assert eventually(lambda: lines(site.log.read_text(), "away"), PATIENCE)
            assert crowd.has_asked(50)
            last = one_service(site)
            site.reload()
            assert one_service(site, last)
            assert eventually(lambda: len(lines(site.log.read_text(), "away")) == 2, PATIENCE)
            assert crowd.has_asked(50)
            answer = site.visitor().sign_in("ann")
            assert answer.status_code == 503 and answer.headers["Retry-After"]
            assert site.visitor().get("/members/").status_code == 302
        assert set(crowd.answers) == {200}, crowd.answers
        log = site.new_log()
        assert len(lines(log, "away")) == 2 and not lines(log, "back")
        # Apart from those waiting when it was noticed, no request logs a line about the database.
        assert len([line for line in log.splitlines() if "database" in line]) <= 20, log
    assert is_back(site)
    assert all(visitor.is_signed_in() for visitor in visitors)
    assert len(lines(site.new_log(), "back")) == 1


@away
def test_beyond_the_grace_nobody_is_let_in(make_site, away):
    site = make_site(CONFIG + "\nSecurityCacheGrace 2s")
    member = site.member("ada")
    assert member.get("/admin/").status_code == 200
    with away(site):
        assert eventually(lambda: member.get("/admin/", timeout=PATIENCE).status_code == 503, 30)
        answer = member.get("/admin/", timeout=PATIENCE)
        assert answer.status_code == 503 and answer.headers["Retry-After"]
        assert "you read" not in answer.text
        assert site.visitor().get("/").status_code == 200
    assert eventually(lambda: member.get("/admin/").status_code == 200, 60)


# ---- sign-out ----

@away
@pytest.mark.parametrize("accept, status", [("text/html", 302), ("application/json", 200)])
def test_signing_out_needs_no_database(make_site, away, accept, status):
    site = make_site(CONFIG)
    member, copy, other = site.visitor(), site.visitor(), site.member("ada")
    assert member.sign_in("ada", remember="y").status_code == 302
    copy.set_cookie("session", member.cookie("session"))
    assert all(visitor.is_signed_in() for visitor in (member, copy, other))
    held = sessions(site)
    with away(site):
        assert is_noticed(site)
        answer = member.post("/logout", headers={"Accept": accept, "Content-Type": "application/json"}
                             if status == 200 else {}, timeout=PATIENCE)
        assert answer.status_code == status, answer.text
        for name in ("session", "remember_token"):
            assert re.search(rf"{name}=; [^,]*Expires=Thu, 01 Jan 1970", answer.headers["Set-Cookie"])
        for _ in range(10):
            assert copy.get("/members/", timeout=PATIENCE).status_code != 200
            assert other.get("/members/", timeout=PATIENCE).status_code == 200
    assert eventually(lambda: sessions(site) == held - 1, 30)
    assert not copy.is_signed_in() and other.is_signed_in()


@away
def test_signing_out_over_tls_is_completed_when_the_database_is_back(make_site, away):
    site = make_site(CONFIG)
    member = site.visitor(secure=True)
    assert member.sign_in("ada", remember="y").status_code == 302
    assert sessions(site) == 1
    with away(site):
        assert is_noticed(site)
        assert member.post("/logout", timeout=PATIENCE).status_code == 302
    assert eventually(lambda: sessions(site) == 0, 30)


@away
def test_signed_out_users_stay_out_after_a_restart_without_a_database(make_site, away):
    site = make_site(CONFIG)
    member, copy = site.member("ada"), site.visitor()
    copy.set_cookie("session", member.cookie("session"))
    assert copy.is_signed_in()
    with away(site):
        assert is_noticed(site)
        assert member.post("/logout", timeout=PATIENCE).status_code == 302
        last = one_service(site)
        site.reload()
        assert one_service(site, last)
        for _ in range(5):
            assert copy.get("/members/", timeout=PATIENCE).status_code != 200


@away
@pytest.mark.parametrize("ways", [("session",), ("remember_token",), ("session", "remember_token")],
                         ids=" and ".join)
def test_who_has_signed_out_stays_out_when_the_service_is_killed(make_site, away, ways, expect_log):
    expect_log(r"the service, process \d+, has ended")
    site = make_site(CONFIG)
    member, copy, other = site.visitor(), site.visitor(), site.member("ed")
    assert member.sign_in("ada", remember="y").status_code == 302
    copy.set_cookie("session", member.cookie("session"))
    assert copy.is_signed_in()
    held = sessions(site)
    for name in {"session", "remember_token"} - set(ways):
        member.drop_cookie(name)
    with away(site):
        assert is_noticed(site)
        assert member.post("/logout", timeout=PATIENCE).status_code == 302
        last = one_service(site)
        os.kill(last, signal.SIGKILL)
        assert one_service(site, last)
        if "session" in ways:
            assert copy.get("/members/", timeout=PATIENCE).status_code != 200

    def is_done():
        assert "session" not in ways or not copy.is_signed_in()
        return sessions(site) == held - 1

    assert eventually(is_done, 30)
    assert ("session" not in ways or not copy.is_signed_in()) and eventually(other.is_signed_in)


# ---- unreachable ----

@pytest.fixture(params=["nowhere", "full", "silent", "closed"])
def host(request):
    """In place of a database: an address without a machine, a full queue, a server that listens but
    never answers, and one that hangs up."""
    if request.param == "nowhere":
        yield "10.255.255.1", 3306
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    address = listener.getsockname()
    kept = []
    if request.param != "closed":
        listener.listen(0 if request.param == "full" else 100)
    while request.param == "full" and len(kept) < 4:
        kept.append(socket.socket())
        kept[-1].setblocking(False)
        kept[-1].connect_ex(address)
    yield address
    for one in [*kept, listener]:
        one.close()


@pytest.mark.mysql
def test_an_unreachable_database_is_reported_in_time_and_stops_nothing_else(make_site, host):
    config = CONFIG + f'\nDBDParams "host={host[0]},port={host[1]},user=lab,pass=lab,dbname=lab"'
    site = make_site(config, fill=False)
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        for _ in range(2):
            answers = [crowd.submit(site.visitor().sign_in, "ann", timeout=PATIENCE)
                       for _ in range(8)]
            assert site.visitor().get("/", timeout=PATIENCE).status_code == 200
            for answer in answers:
                assert answer.result().status_code == 503
                assert answer.result().headers["Retry-After"]
            # A restart does not wait for a database.
            last = one_service(site)
            site.reload()
            assert site.visitor().get("/", timeout=PATIENCE).status_code == 200
            assert one_service(site, last)
    assert site.visitor().get("/members/").status_code == 302


# ---- a crowd is not an outage ----

def test_a_crowd_requesting_links_delays_no_signed_in_user(make_site):
    site = make_site("SecurityCacheTimeout 1s\nSecurityRecoverable On\nSecurityThrottleRequests 0")
    members = [site.member(name) for name in ("ada", "ed", "twin")]

    def ask(number):
        return site.visitor().post("/reset", {"email": f"nobody{number}@example.org"}).status_code

    with Crowd(members) as watching, concurrent.futures.ThreadPoolExecutor(100) as crowd:
        for _ in range(2):
            assert set(crowd.map(ask, range(100))) <= {200, 302, 503}
            assert watching.has_asked(3)
    assert set(watching.answers) == {200}, watching.answers
    assert not lines(site.log.read_text(), "away")


def test_thirty_people_signing_in_at_once_all_get_in(make_site):
    # Even on a busy machine.
    site = make_site("SecurityServiceTimeout 60s")
    people = [site.visitor() for _ in range(30)]
    with Crowd([site.member("ada")]) as watching:
        with concurrent.futures.ThreadPoolExecutor(30) as crowd:
            answers = list(crowd.map(lambda person: person.sign_in("ann").status_code, people))
        assert watching.has_asked(3)
    assert answers == [302] * 30
    assert set(watching.answers) == {200}, watching.answers
    assert all(person.is_signed_in() for person in people[::10])


# ---- the SQLite file ----

def copy_of(site):
    """A copy beside the file, as an administrator could have made."""
    path = pathlib.Path(site.database.params)
    aside = path.with_name("copy.sqlite")
    with sqlite3.connect(path) as old, sqlite3.connect(aside) as new:
        old.backup(new)
    old.close()
    new.close()
    give_to_worker(aside)
    return aside


@pytest.mark.sqlite
def test_a_replaced_file_is_noticed_for_everybody(make_site):
    site = make_site("SecurityCacheTimeout 1h")
    path = pathlib.Path(site.database.params)
    ada, ed = site.member("ada"), site.member("ed")
    assert ada.get("/admin/").status_code == 200 and ed.get("/members/").status_code == 200
    assert len(children(site)) > 1
    aside = copy_of(site)
    with sqlite3.connect(aside) as new:
        new.execute("UPDATE user SET active = 0 WHERE email = 'ada@example.org'")
        new.execute("UPDATE user SET username = 'other' WHERE email = 'ed@example.org'")
    new.close()
    for end in ("-wal", "-shm"):
        pathlib.Path(f"{path}{end}").unlink(missing_ok=True)
    os.replace(aside, path)
    assert eventually(lambda: ada.get("/admin/").status_code != 200, 30)
    for _ in range(30):
        assert ada.get("/admin/").status_code != 200
        assert ed.get("/members/").status_code == 200
    assert site.visitor().sign_in("ada").status_code != 302
    assert len(lines(site.log.read_text(), "replaced")) == 1
    # Writes go to the current file.
    assert site.visitor().sign_in("ann").status_code == 302
    before = sessions(site)
    assert site.visitor().sign_in("ann").status_code == 302
    assert sessions(site) == before + 1


@pytest.mark.sqlite
def test_a_file_removed_and_recreated_is_a_different_one(make_site):
    """The new file may even reuse the inode number of the old one."""
    site = make_site("SecurityCacheTimeout 1h")
    path = pathlib.Path(site.database.params)
    ada = site.member("ada")
    assert ada.get("/admin/").status_code == 200
    aside = copy_of(site)
    with sqlite3.connect(aside) as new:
        new.execute("UPDATE user SET active = 0 WHERE email = 'ada@example.org'")
    new.close()
    content = aside.read_bytes()
    for old in path.parent.iterdir():
        old.unlink()
    assert eventually(lambda: lines(site.log.read_text(), "away"), PATIENCE)
    assert ada.get("/admin/").status_code == 200
    path.write_bytes(content)
    give_to_worker(path)
    assert eventually(lambda: ada.get("/admin/").status_code != 200, 30)
    assert is_back(site)


@pytest.mark.sqlite
def test_a_missing_file_is_not_created(make_site):
    site = make_site(CONFIG)
    path = pathlib.Path(site.database.params)
    with Removed(site):
        for _ in range(3):
            answer = site.visitor().sign_in("ann")
            assert answer.status_code == 503 and answer.headers["Retry-After"]
        last = one_service(site)
        site.reload()
        assert one_service(site, last)
        assert site.visitor().sign_in("ann").status_code == 503
        site.stop()
        site.start()
        assert site.visitor().sign_in("ann").status_code == 503
        assert not list(path.parent.iterdir())
    assert is_back(site)
