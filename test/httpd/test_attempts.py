# SPDX-License-Identifier: Apache-2.0
"""Attacks on a guard through other parts of HTTP: conditional requests, ranges, upgrades, error
pages, and ambiguous bodies."""

import email.utils
import http.client
import time

import pytest
from test_foreign_input import ask
from visitor import Visitor, password_of

AREAS = {
    "papers": "Require role admin",
    "errors": "Require valid-user\nErrorDocument 401 /papers/\nErrorDocument 403 /papers/",
    "within": "Require role admin\nErrorDocument 401 /within/index.html\n"
              "ErrorDocument 403 /within/index.html",
    "word": "Require expr \"%{REMOTE_USER} == 'ada@example.org'\"",
    "named": "Require user ada@example.org",
}

CONFIG = """
SecurityChangeable On
SecurityRegisterable On
FileETag MTime Size
ErrorDocument 404 /papers/index.html
"""


@pytest.mark.parametrize("who, status", [(None, 401), ("ed", 403)])
def test_a_conditional_request_reveals_nothing_about_a_file(site, who, status):
    good = site.member("ada").get("/papers/")
    assert good.status_code == 200
    tag, changed = good.headers["ETag"], good.headers["Last-Modified"]
    later = email.utils.formatdate(time.time() + 86400, usegmt=True)
    visitor = site.member(who, accept="*/*") if who else Visitor(site, accept="*/*")
    for headers in ({"If-None-Match": tag}, {"If-None-Match": "*"}, {"If-Modified-Since": changed},
                    {"If-Modified-Since": later}, {"If-Match": '"other"'}, {"If-Match": tag},
                    {"If-Unmodified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"}):
        for method in ("GET", "HEAD"):
            answer = visitor.request(method, "/papers/", headers=headers)
            assert answer.status_code == status, headers
            assert "ETag" not in answer.headers and "Last-Modified" not in answer.headers


@pytest.mark.parametrize("headers", [
    {"Range": "bytes=0-10"}, {"Range": "bytes=-1"}, {"Range": "bytes=0-0,2-2,4-4"},
    {"Range": "bytes=999999-"}, {"Request-Range": "bytes=999999-"},
    {"Range": "bytes=0-", "If-Range": "Thu, 01 Jan 1970 00:00:00 GMT"},
])
def test_a_range_request_reveals_no_part_of_a_file(site, headers):
    answer = Visitor(site, accept="*/*").get("/papers/", headers=headers)
    assert answer.status_code == 401 and "Content-Range" not in answer.headers
    # Our own pages are generated for each request, so there are no parts to resume.
    own = site.member("ada").get("/account", headers=headers)
    assert own.status_code == 200 and "</html>" in own.text
    assert own.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("headers", [
    {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
     "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
    {"Connection": "Upgrade, HTTP2-Settings", "Upgrade": "h2c", "HTTP2-Settings": "AAMAAABkAAQAAP__"},
    {"Connection": "Upgrade", "Upgrade": "TLS/1.0, HTTP/1.1"},
    {"Expect": "100-continue"}, {"TE": "trailers"}, {"Max-Forwards": "0"},
])
def test_no_upgrade_bypasses_a_guard(site, headers):
    for method in ("GET", "POST", "OPTIONS"):
        status, text = ask(site, method, "/papers/", headers=headers)
        assert status in (401, 417) and "you read" not in text


@pytest.mark.parametrize("path", ["/errors/", "/none", "/within/", "/within/none"])
def test_no_error_page_shows_a_file_that_the_visitor_may_not_read(site, path):
    """An ErrorDocument below a guard is requested by an internal redirect."""
    for visitor in (Visitor(site, accept="*/*"), site.member("ed", accept="*/*")):
        answer = visitor.get(path)
        assert answer.status_code in ((200, 401, 403, 404) if path == "/errors/" else (401, 403, 404))
        assert "you read papers" not in answer.text
        if path != "/errors/":
            assert "you read errors" not in answer.text


@pytest.mark.parametrize("area", ["word", "named"])
def test_no_header_satisfies_a_guard_that_requires_a_name(site, area, expect_log):
    expect_log(f"authorization failure .no authenticated user.: /{area}/")
    assert site.member("ada").get(f"/{area}/").status_code == 200
    claims = {"Remote-User": "ada@example.org", "REMOTE_USER": "ada@example.org",
              "Security-Roles": "admin", "X-Security-Roles": "admin"}
    for visitor in (Visitor(site, accept="*/*"), site.member("ed", accept="*/*")):
        for name, value in claims.items():
            assert visitor.get(f"/{area}/", headers={name: value}).status_code in (401, 403)
        assert visitor.get(f"/{area}/?REMOTE_USER=ada@example.org").status_code in (401, 403)
        answer = visitor.get(f"/{area}/", auth=("ada@example.org", "wrong"))
        assert answer.status_code in (401, 403)


@pytest.mark.parametrize("body", [
    '{"email":"ann@example.org","email":"ada@example.org","password":"%s"}',
    '{"email":"ann@example.org\\u0000","password":"%s"}',
    '{"email":"ann@example.org","password":"%s"}{"email":"ada@example.org"}',
    '{"email":"ann@example.org","password":"%s"} trailing',
    '{"email":"ann@example.org","\\u0065mail":"ada@example.org","password":"%s"}',
    "{'email':'ann@example.org','password':'%s'}",
    '{"email":"\\ud800ann@example.org","password":"%s"}',
    '/* */{"email":"ann@example.org","password":"%s"}',
    '\ufeff{"email":"ann@example.org","password":"%s"}',
], ids=range(9))
def test_an_ambiguous_json_body_signs_nobody_in(site, body):
    body = (body % password_of("ann")).encode()
    visitor = Visitor(site, accept="application/json")
    answer = visitor.post("/login", body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400 and not answer.cookies


@pytest.mark.parametrize("body", [
    "email=ann@example.org&email=ada@example.org&password=%s",
    "email=ann@example.org;email=ada@example.org;password=%s",
    "email=ann@example.org%%00&password=%s", "email[]=ann@example.org&password=%s",
    "Email=ann@example.org&password=%s", "email=ann@example.org&passwor%%64=%s&password=x",
    "email=ann@example.org&password=%s&password", "%%65mail=a&email=ann@example.org&password=%s",
], ids=range(8))
def test_an_ambiguous_form_signs_nobody_in(site, body):
    visitor = site.visitor()
    answer = visitor.post("/login", body % password_of("ann"), headers={
        "Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code in (200, 400) and not answer.cookies


@pytest.mark.parametrize("kind", [
    "text/plain; application/json", "text/plain, application/json", "text/json", "multipart/form-data",
    "application/x-www-form-urlencoded, application/json", "application/jsonp", "text/plain", "*/*"])
def test_a_body_of_another_type_is_not_a_form(site, kind):
    """A form on another site can send text/plain without a preflight; it must not count as JSON."""
    body = f'{{"email":"ann@example.org","password":"{password_of("ann")}","x":"="}}'
    answer = site.visitor().post("/login", body, headers={"Content-Type": kind})
    assert answer.status_code in (200, 400, 415) and not answer.cookies


@pytest.mark.parametrize("path", [
    "/account/x.css", "/account;.css", "/account/.", "/account%2Fx.png", "/account//", "/login/x",
    "/change/index.html", "/account/?x=.js", "/ACCOUNT", "/account%00.css", "/account/..%2Faccount"])
def test_a_path_below_an_endpoint_is_not_an_endpoint_and_never_cacheable(site, path):
    """Web cache deception: /account/x.css is answered like /account and cached as a style sheet."""
    status, text = ask(site, "GET", path, headers={
        "Cookie": f"session={site.member('ann').cookie('session')}", "Accept": "text/html"})
    assert status in (400, 404) and "ann@example.org" not in text


@pytest.mark.parametrize("headers", [
    {"X-HTTP-Method-Override": "POST"}, {"X-HTTP-Method": "POST"}, {"X-Method-Override": "POST"}])
def test_no_header_or_parameter_turns_a_get_into_a_post(site, headers):
    ann = site.member("ann")
    ann.get("/logout?_method=POST", headers=headers)
    ann.get("/account?_method=DELETE&session=0&others=y", headers=headers)
    assert ann.is_signed_in()


def test_the_oldest_http_meets_the_same_guard(site):
    for lines in (b"GET /papers/ HTTP/1.0\r\n\r\n", b"GET /papers/\r\n\r\n",
                  b"GET http://x/papers/ HTTP/1.0\r\n\r\n", b"HEAD /papers/ HTTP/1.0\r\nHost:\r\n\r\n"):
        with http.client.socket.create_connection(("127.0.0.1", site.port), 30) as line:
            line.sendall(lines)
            text = b""
            while part := line.recv(65536):
                text += part
        assert b"you read" not in text and b" 200 " not in text[:20]
