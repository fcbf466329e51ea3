# SPDX-License-Identifier: Apache-2.0
"""Who may read what: the Require lines of a site, asked by browsers and by programs."""

import pytest

CONFIG = """
<Location /listed>
SecurityApiEnabledMethods session token basic
</Location>
"""
AREAS = {"listed": "Require valid-user"}


@pytest.mark.smoke
def test_everybody_reads_a_page_without_a_guard(site):
    answer = site.visitor().get("/")
    assert answer.status_code == 200
    assert "home" in answer.text


@pytest.mark.smoke
def test_a_browser_without_a_session_is_sent_to_sign_in_and_back(site):
    visitor = site.visitor()
    answer = visitor.get("/members/?a=b")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/members/")
    assert "you read" not in answer.text
    answer = visitor.sign_in("ann", path=answer.headers["Location"])
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/members/?a=b"
    assert "you read members" in visitor.get("/members/?a=b").text


def test_a_program_without_credentials_gets_401_with_a_challenge(site):
    answer = site.visitor(accept="*/*").get("/members/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert "you read" not in answer.text


def test_a_basic_challenge_is_given_only_where_basic_counts(site):
    program = site.visitor(accept="*/*")
    assert "Basic" in program.get("/listed/").headers["WWW-Authenticate"]
    assert "Basic" not in program.get("/members/").headers["WWW-Authenticate"]


def test_a_json_client_without_credentials_gets_a_json_401(site):
    answer = site.visitor(accept="application/json").get("/members/")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert body["meta"]["code"] == 401
    assert body["response"]["errors"]


@pytest.mark.smoke
@pytest.mark.parametrize("area, name, status", [
    ("members", "ann", 200), ("admin", "ann", 403), ("admin", "ada", 200), ("staff", "ed", 200),
    ("staff", "ann", 403), ("writers", "ed", 200), ("writers", "ada", 403),
    ("confirmed", "ann", 200), ("confirmed", "una", 403),
    ("any", "ada", 200), ("any", "ed", 200), ("any", "ann", 403),
    ("all", "twin", 200), ("all", "ada", 403), ("all", "ed", 403),
    ("unbanned", "ann", 200), ("unbanned", "bart", 403),
])
def test_a_guard_decides_by_what_the_user_is(site, area, name, status):
    answer = site.member(name).get(f"/{area}/")
    assert answer.status_code == status
    assert (f"you read {area}" in answer.text) == (status == 200)


@pytest.mark.parametrize("area", ["admin", "writers", "confirmed", "fresh", "any", "all", "unbanned"])
def test_every_guard_sends_an_unknown_browser_to_sign_in(site, area):
    answer = site.visitor().get(f"/{area}/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/")


def test_a_json_client_without_the_role_gets_a_json_403(site):
    program = site.visitor(accept="application/json")
    assert program.sign_in_json("ann").status_code == 200
    answer = program.get("/admin/")
    assert answer.status_code == 403
    assert answer.json()["meta"]["code"] == 403


@pytest.mark.parametrize("path", [
    "//admin/", "/./admin/", "/x/../admin/", "/%61dmin/", "/admin//", "/admin/index.html",
    "/admin/index.html/extra", "/admin/%69ndex.html", "/%2e/admin/"])
def test_no_spelling_of_a_path_goes_round_a_guard(site, path):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert "you read" not in answer.read().decode()
    assert answer.status != 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO", "POST"])
def test_every_method_meets_the_same_guard(site, method):
    answer = site.visitor(accept="*/*").request(method, "/admin/")
    assert answer.status_code in (401, 403, 501)
    assert "you read" not in answer.text


def test_head_is_guarded_like_get(site):
    assert site.visitor(accept="*/*").request("HEAD", "/members/").status_code == 401
    assert site.member("ann").request("HEAD", "/members/").status_code == 200


def test_trace_does_not_give_the_session_cookie_away(site):
    member = site.member("ann")
    answer = member.request("TRACE", "/members/")
    assert member.cookie("session") not in answer.text


def test_an_unknown_host_name_changes_no_decision(site):
    for host in ("evil.example", "127.0.0.1.", "LOCALHOST"):
        answer = site.visitor().get("/admin/", headers={"Host": host})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=/admin/")
