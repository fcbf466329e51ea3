# SPDX-License-Identifier: Apache-2.0
"""The database is slow, cut off or gone: signed-in users stay in, and nobody else gets in."""

import concurrent.futures
import signal

import pytest
from servers import eventually

pytestmark = pytest.mark.mysql
TROUBLE = r"dbd|DBD|database|broken|\[security_auth:"


@pytest.fixture(autouse=True)
def expected_trouble(expect_log):
    """A server may notice and log a cut connection only during the following test."""
    expect_log(TROUBLE)


def test_a_signed_in_request_asks_the_database_nothing(site):
    member = site.member("ada")
    assert member.get("/admin/").status_code == 200
    token = site.visitor(accept="application/json").sign_in_json("ada").json()["response"]["user"][
        "authentication_token"]

    def questions():
        return int(site.database.server.sql("SHOW GLOBAL STATUS LIKE 'Questions'").split()[1])

    before = questions()
    for _ in range(100):
        assert member.get("/admin/").status_code == 200
        assert member.get("/admin/", headers={"X-Auth-Token": token}).status_code == 200
    # The service asks once a second whatever visitors do; 200 requests would show.
    assert questions() - before < 100


def test_a_sign_in_needs_no_temporary_table_on_the_disk_of_the_server(site):
    def tables():
        return int(site.database.server.sql(
            "SHOW GLOBAL STATUS LIKE 'Created_tmp_disk_tables'").split()[1])

    site.member("ada")
    before = tables()
    for _ in range(20):
        site.member("twin")
    # The service may still have to ask for the columns of the tables.
    assert tables() - before < 10


def test_without_the_database_members_stay_and_sign_in_waits(site):
    member = site.member("ada")
    assert member.get("/admin/").status_code == 200
    server = site.database.server
    server.stop()
    try:
        assert member.get("/admin/").status_code == 200
        for visitor in (site.visitor(), site.visitor(accept="application/json")):
            answer = visitor.sign_in("ann")
            assert answer.status_code == 503
            assert answer.headers["Retry-After"]
            assert "mysql" not in answer.text.lower() and site.database.name not in answer.text
        stranger = site.visitor(accept="*/*")
        answer = stranger.get("/admin/", headers={"X-Auth-Token": "A" * 43})
        assert answer.status_code in (401, 503)
        assert "you read" not in answer.text
        assert site.visitor().get("/").status_code == 200
    finally:
        server.start()
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)
    assert member.get("/admin/").status_code == 200


def test_a_server_started_without_its_database_recovers(make_site):
    site = make_site(start=False)
    server = site.database.server
    server.stop()
    try:
        site.start()
        assert site.visitor().get("/").status_code == 200
        assert site.visitor().sign_in("ann").status_code == 503
        assert site.visitor().get("/members/").status_code == 302
    finally:
        server.start()
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)


def test_a_frozen_database_does_not_freeze_signed_in_users(make_site):
    site = make_site()
    member = site.member("ada")
    assert member.get("/admin/").status_code == 200
    process = site.database.server.process
    process.send_signal(signal.SIGSTOP)
    try:
        assert member.get("/admin/", timeout=20).status_code == 200
        assert site.visitor().get("/", timeout=20).status_code == 200
    finally:
        process.send_signal(signal.SIGCONT)
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)


def test_a_frozen_database_keeps_no_worker_for_long(make_site, expect_log):
    """Visitors who need it are told in time, and those who do not are served."""
    expect_log("AH00484|database")
    site = make_site("ThreadsPerChild 8\nMaxRequestWorkers 8\nStartServers 1\n"
                     "MinSpareThreads 1\nMaxSpareThreads 8\n")
    member = site.member("ada")
    assert member.get("/admin/").status_code == 200
    process = site.database.server.process
    process.send_signal(signal.SIGSTOP)
    try:
        with concurrent.futures.ThreadPoolExecutor(16) as crowd:
            answers = [crowd.submit(site.visitor().sign_in, "ann") for _ in range(16)]
            assert member.get("/admin/", timeout=20).status_code == 200
            assert site.visitor().get("/", timeout=20).status_code == 200
            assert {answer.result(30).status_code for answer in answers} == {503}
    finally:
        process.send_signal(signal.SIGCONT)
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)


def test_a_guess_that_cannot_be_counted_is_not_answered(make_site):
    site = make_site()
    site.sql("CREATE TRIGGER full BEFORE INSERT ON security_attempt FOR EACH ROW"
             " SIGNAL SQLSTATE '45000'")
    for name in ("ann", "nobody"):
        assert site.visitor().sign_in(name, "Not-this-one-7").status_code == 503
    assert site.visitor().sign_in("ann").status_code == 302


def test_a_refusal_by_every_connection_is_logged_once_per_request(make_site):
    site = make_site()
    server = site.database.server
    server.sql("SET GLOBAL max_prepared_stmt_count = 0")
    try:
        site.new_log()
        assert site.visitor().sign_in("ann").status_code == 503
        found = [line for line in site.new_log().splitlines()
                 if "max_prepared_stmt_count" in line and "client 127.0.0.1" in line]
        assert len(found) == 1
    finally:
        server.sql("SET GLOBAL max_prepared_stmt_count = 16382")
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)


@pytest.mark.parametrize("reconnect", ["reconnect=0", "reconnect=1", ""])
def test_connections_that_were_cut_fail_no_request(make_site, reconnect):
    site = make_site(reconnect=reconnect)
    for _ in range(4):
        assert site.visitor().sign_in("ann").status_code == 302
    site.database.server.kill_clients()
    for _ in range(12):
        answer = site.visitor().sign_in("ann")
        assert answer.status_code == 302


def test_an_unknown_session_is_not_found_by_waiting(site):
    for cookie in ("A" * 43, "B" * 43):
        visitor = site.visitor()
        visitor.set_cookie("session", cookie)
        assert not visitor.is_signed_in()
