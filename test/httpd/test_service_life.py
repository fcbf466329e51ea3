# SPDX-License-Identifier: Apache-2.0
"""The service dies, is stopped, restarted, or left alone: no signed-in user notices, and nothing is
left behind."""

import concurrent.futures
import os
import re
import signal
import subprocess

import pytest
import requests
from servers import IS_ROOT, eventually
from services import Crowd, children, nothing_is_left, one_service, services, sockets

KILLS = int(os.environ.get("MSA_KILLS", "20"))
CYCLES = 10
DEATHS = r"the service, process \d+, has ended|the service does not answer"
# Records expire soon, so that the service is asked all the time.
CONFIG = "SecurityCacheTimeout 1s\nSecurityTokens On"


@pytest.fixture(autouse=True)
def expected_deaths(expect_log):
    expect_log(DEATHS)


def answers_misses(site):
    """A secret never sent before, which the table cannot know."""
    token = os.urandom(32).hex()[:43]
    answer = site.visitor(accept="*/*").get("/members/", headers={"X-Auth-Token": token})
    return answer.status_code == 401


def ended(site):
    """The log of a site that was killed while working contains more than usual."""
    site.stop()
    site.process = None


# ---- the service dies ----

@pytest.mark.timeout(300 + 15 * KILLS)
def test_signed_in_visitors_notice_no_death_of_the_service(make_site):
    site = make_site(CONFIG)
    visitors = [site.member(name) for name in ("ada", "ed", "twin")]
    with Crowd(visitors) as crowd:
        last = one_service(site)
        for number in range(KILLS):
            os.kill(last, signal.SIGKILL)
            last = one_service(site, last)
            assert eventually(lambda: answers_misses(site), 30)
            assert crowd.has_asked(10)
            # A service that keeps dying is restarted ever more slowly, until httpd restarts.
            if number % 2:
                site.reload()
                last = one_service(site, last)
    assert set(crowd.answers) == {200}, crowd.answers


def test_a_look_up_without_a_service_waits_for_the_next_one(site):
    member = site.member("ann")
    last = one_service(site)
    os.kill(last, signal.SIGKILL)
    assert member.get("/members/").status_code == 200
    assert one_service(site, last)
    assert site.visitor().sign_in("ann").status_code == 302


def test_an_interrupted_sign_in_is_deferred(make_site):
    site = make_site('SecurityPasswordHashOptions "memory=65536 time=4 lanes=1"')
    last = one_service(site)
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        answers = [crowd.submit(site.visitor().sign_in, "ann") for _ in range(8)]
        assert eventually(lambda: any(answer.done() for answer in answers), 30)
        os.kill(last, signal.SIGKILL)
        answers = [answer.result(60) for answer in answers]
    assert {answer.status_code for answer in answers} <= {302, 503}
    assert all(answer.headers["Retry-After"] for answer in answers if answer.status_code == 503)
    assert one_service(site, last)
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302, 30)


# ---- httpd is started, restarted, stopped ----

@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGHUP], ids=["graceful", "at-once"])
def test_ten_restarts_leave_one_service_and_one_socket(site, number, expect_log):
    expect_log("AH03092")  # httpd's own line about a connection that an immediate restart ends
    assert children(site)  # until then it ignores signals
    for _ in range(CYCLES):
        last = one_service(site)
        site.process.send_signal(number)
        assert one_service(site, last)
        assert eventually(lambda: site.visitor().get("/login").status_code == 200)
    assert site.visitor().sign_in("ann").status_code == 302


def test_restarts_in_quick_succession_leave_one_service_and_one_socket(site):
    last = one_service(site)
    with Crowd([site.member("ann")]) as crowd:
        for _ in range(CYCLES):
            site.reload()
            assert crowd.has_asked(2)
        assert one_service(site, last)
    assert set(crowd.answers) == {200}, crowd.answers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGWINCH], ids=["stop", "graceful-stop"])
def test_ten_starts_and_stops_leave_nothing_behind(make_site, number):
    site = make_site(start=False)
    for _ in range(CYCLES):
        site.start()
        # Only now does it react to signals.
        assert children(site) and one_service(site)
        site.process.send_signal(number)
        site.process.wait(60)
        assert nothing_is_left(site), (services(site), sockets(site))


def test_the_service_serves_the_children_of_a_dead_httpd_until_the_last_one(make_site):
    site = make_site(CONFIG)
    member, left, last = site.member("ann"), children(site), one_service(site)
    site.process.kill()
    site.process.wait()
    assert member.get("/members/").status_code == 200
    assert site.visitor().sign_in("ed").status_code == 302
    assert services(site) == [last]
    for child in left[1:]:
        os.kill(child, signal.SIGKILL)
    assert services(site) == [last]
    os.kill(left[0], signal.SIGKILL)
    os.killpg(site.process.pid, signal.SIGKILL)
    assert eventually(lambda: not services(site), 20)
    (site.folder / "pid").unlink(missing_ok=True)
    site.start()
    assert one_service(site)
    assert member.get("/members/").status_code == 200
    ended(site)


# ---- there is no service ----

def test_testing_the_configuration_starts_no_service(make_site):
    trace = "started"

    def config(site):
        program = site.folder / "program"
        program.write_text(f"#!/bin/sh\necho >{site.folder}/{trace}\n")
        program.chmod(0o755)
        return f"SecurityServiceProgram {program}"

    site = make_site(config, start=False, fill=False)
    for words in (["-t"], ["-S"], ["-t", "-D", "DUMP_SECURITY"]):
        done = subprocess.run(["/usr/sbin/apache2", "-f", site.configuration, *words],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert not (site.folder / trace).exists() and not sockets(site)


def test_without_an_engine_there_is_no_service(make_site):
    site = make_site("SecurityEngine Off", fill=False)
    assert site.visitor().get("/").status_code == 200  # served by a child: now it reacts to signals
    assert not services(site) and not sockets(site)
    site.reload()
    assert eventually(lambda: site.visitor().get("/").status_code == 200)
    assert not services(site) and not sockets(site)


def refused(site):
    """The log of a start that must fail."""
    done = subprocess.run(["/usr/sbin/apache2", "-f", site.configuration, "-DFOREGROUND"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0
    return done.stderr + (site.log.read_text() if site.log.exists() else "")


NO_PROGRAM = "SecurityServiceProgram must be the full path of an executable program"


@pytest.mark.parametrize("text, mode, sentence", [
    (None, 0, NO_PROGRAM), ("#!/bin/sh\n", 0o644, NO_PROGRAM),
    ("#!/does/not/exist\n", 0o755, "the service cannot run: .*: No such file"),
    ("", 0o755, "the service cannot run: .*: Exec format error"),
    ("#!/bin/sh\n", 0o755, "the service cannot run: it ended without giving a reason")],
    ids=["missing", "not-executable", "without-interpreter", "empty", "another-program"])
def test_a_program_that_cannot_be_run_prevents_the_start(make_site, text, mode, sentence):
    def config(site):
        program = site.folder / "program"
        if text is not None:
            program.write_text(text)
            program.chmod(mode)
        return f"SecurityServiceProgram {program}"

    site = make_site(config, start=False, fill=False)
    said = refused(site)
    assert re.search(sentence, said), said
    assert not sockets(site)


@pytest.mark.skipif(not IS_ROOT, reason="only root has a choice of users")
def test_an_unknown_user_prevents_the_start(make_site):
    site = make_site("SecurityUser nosuchuser", start=False, fill=False)
    assert "SecurityUser must be the name of a user of this system other than root" in refused(site)
    assert not sockets(site)


# ---- a child is killed, the service is stopped ----

def test_children_killed_while_asking_harm_nobody(make_site):
    site = make_site(CONFIG)
    member, last = site.member("ada"), one_service(site)
    asked = site.visitor()

    def sign_in(_):
        try:
            return site.visitor().sign_in("ann").status_code
        except requests.RequestException:
            return None  # its child was killed

    def stays_signed_in():
        try:
            return member.get("/members/").status_code == 200
        except requests.RequestException:
            return False  # its child was killed

    for _ in range(5):
        with concurrent.futures.ThreadPoolExecutor(8) as crowd:
            answers = [crowd.submit(sign_in, number) for number in range(16)]
            assert eventually(lambda: any(answer.done() for answer in answers), 30)
            for child in children(site):
                os.kill(child, signal.SIGKILL)
            assert {answer.result(60) for answer in answers} <= {302, 503, None}
        assert eventually(stays_signed_in, 30)
    assert eventually(lambda: asked.sign_in("ann").status_code == 302, 30)
    assert services(site) == [last]
    ended(site)


def test_a_stopped_service_stops_no_signed_in_user(make_site, expect_log):
    expect_log("database slow")  # its own statements seem slow when it continues
    site = make_site("SecurityCacheTimeout 1s\nSecurityServiceTimeout 2s\nSecurityTokens On")
    member, newcomer, pid = site.member("ada"), site.member("ann"), one_service(site)
    assert member.get("/members/").status_code == 200
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(5):
            assert site.visitor().get("/", timeout=30).status_code == 200
            assert member.get("/admin/", timeout=30).status_code == 200
            for answer in (newcomer.get("/members/", timeout=30), site.visitor().sign_in("ann"),
                           site.visitor().get("/login", timeout=30)):
                assert answer.status_code == 503 and answer.headers["Retry-After"]
    finally:
        os.kill(pid, signal.SIGCONT)
    assert eventually(lambda: newcomer.get("/members/").status_code == 200, 30)
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302, 30)
    assert member.get("/admin/").status_code == 200
    assert services(site) == [pid]
    # A stopped service does not keep httpd from being restarted.
    os.kill(pid, signal.SIGSTOP)
    try:
        site.reload()
        assert eventually(lambda: len(services(site)) == 2, 30)
        # Not a sign-in: the stopped service may hold a lock in the database.
        assert eventually(lambda: answers_misses(site), 60)
        assert member.get("/admin/").status_code == 200
    finally:
        os.kill(pid, signal.SIGCONT)
    assert one_service(site, pid)
