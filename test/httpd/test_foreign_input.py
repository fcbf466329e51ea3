# SPDX-License-Identifier: Apache-2.0
"""Cookies, bodies and headers that nobody in their right mind would send."""

import gzip
import http.client
import json
import random
import re
import socket

import pytest
from visitor import Visitor

CONFIG = "KeepAlive On\n" + "\n".join(f"Security{feature} On" for feature in (
    "Registerable", "Confirmable", "Recoverable", "Changeable", "Tokens", "ChangeEmail",
    "ChangeUsername"))


def ask(site, method, path, body=None, headers=None):
    """Sends one request exactly as written; returns status and text."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode(errors="replace")
    finally:
        connection.close()


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@pytest.mark.parametrize("cookie", [
    "s==", "s=&", "s==&=", "s=%", "=; s", "s", "", ";;;", "session", "session=", "session==",
    "session=%00", "session=\"", "session=\xff\xfe", "session=" + "A" * 43, "session=" + "A" * 42,
    "session=" + "A" * 44, "session=" + "A" * 6000, "remember_token=", "remember_token=" + "A" * 43,
    "session=null; session=(null)", "; ".join(f"c{number}=1" for number in range(100)),
    "session=" + "~" * 43, "session_chunks=999999", "session=-1", "session=../../etc/passwd",
], ids=lambda cookie: repr(cookie)[:30])
def test_a_malformed_cookie_is_not_a_session(site, cookie):
    status, text = ask(site, "GET", "/members/", headers={"Cookie": cookie.encode("latin-1")})
    assert status in (401, 400)
    assert "you read" not in text


def test_a_modified_session_cookie_is_not_a_session(site):
    good = site.member("ann").cookie("session")
    chance = random.Random(1)
    changed = [good[:length] for length in (0, 1, 20, 42)] + [good + "A", good[::-1], good.swapcase()]
    for place in chance.sample(range(len(good) - 1), 12):
        other = "B" if good[place] == "A" else "A"
        changed.append(good[:place] + other + good[place + 1:])
    for cookie in changed:
        assert ask(site, "GET", "/members/", headers={"Cookie": f"session={cookie}"})[0] == 401
    assert ask(site, "GET", "/members/", headers={"Cookie": f"session={good}"})[0] == 200


def test_the_session_cookie_is_found_among_many(site):
    good = site.member("ann").cookie("session")
    crowd = "; ".join([*(f"c{number}=1" for number in range(50)), f"session={good}"])
    assert ask(site, "GET", "/members/", headers={"Cookie": crowd})[0] == 200


@pytest.mark.parametrize("planted", ["A" * 43, "short", '"' + "B" * 43 + '"', "x.y.z"])
def test_a_planted_cookie_of_the_same_name_locks_nobody_out(site, planted):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    good, remember = member.cookie("session"), member.cookie("remember_token")
    cookies = f"session={planted}; session={planted}; session={good}"
    assert ask(site, "GET", "/members/", headers={"Cookie": cookies})[0] == 200
    assert "were not issued here" in site.log.read_text()
    cookies = f"remember_token={planted}; remember_token={remember}"
    assert ask(site, "GET", "/members/", headers={"Cookie": cookies})[0] == 200


def test_of_many_cookies_of_one_name_only_a_few_are_tried(site):
    good = site.member("ann").cookie("session")
    for planted, status in (([letter * 43 for letter in "ABCD"], 401), (["junk"] * 30, 200)):
        cookies = "; ".join(f"session={value}" for value in [*planted, good])
        assert ask(site, "GET", "/members/", headers={"Cookie": cookies})[0] == status
    assert "were tried and were not issued here" in site.log.read_text()


@pytest.mark.parametrize("body, headers, statuses", [
    ("", {}, (200, 400, 415)),
    ("email=a", {}, (200, 400, 415)),
    ("", FORM, (200, 400)),
    ("email=a", {"Content-Type": "text/plain"}, (200, 400, 415)),
    ("--x\r\n\r\n--x--", {"Content-Type": "multipart/form-data; boundary=x"}, (200, 400, 415)),
    ("a" * 200_000, FORM, (413,)),
    ("%zz=%", FORM, (200, 400)),
    ("email=%00&password=%00", FORM, (200, 400)),
    ("email=%ff%fe&password=%c3%28", FORM, (200, 400)),
    ("&".join(f"f{number}=1" for number in range(5000)), FORM, (200, 400, 413)),
    ("email=a%40b.example&password=" + "p" * 60_000, FORM, (200, 400)),
    ("email=" + "u" * 60_000 + "&password=x", FORM, (200, 400)),
    ("{", JSON, (400,)),
    ("null", JSON, (400,)),
    ("[]", JSON, (400,)),
    ('"text"', JSON, (400,)),
    ('{"email":{},"password":"x"}', JSON, (400,)),
    ('{"email":[1,2],"password":["x"]}', JSON, (400,)),
    ('{"email":1,"password":2}', JSON, (400,)),
    ('{"email":null,"password":null}', JSON, (400,)),
    ('{"email":"a@b.example","password":"\\u0000"}', JSON, (400,)),
    ('{"email":' + "[" * 10_000 + "]" * 10_000 + "}", JSON, (400,)),
    ('{"email":"a@b.example","password":"' + "p" * 60_000 + '"}', JSON, (400,)),
    ('{"a":"' + "x" * 200_000 + '"}', JSON, (413,)),
], ids=lambda value: repr(value)[:30])
def test_an_odd_body_is_answered_and_signs_nobody_in(site, body, headers, statuses):
    status, text = ask(site, "POST", "/login", body, headers)
    assert status in statuses
    assert "root:" not in text and "Traceback" not in text
    assert ask(site, "GET", "/")[0] == 200


ENDPOINTS = ["/login", "/logout", "/register", "/confirm", "/reset", "/change", "/verify",
             "/account", "/tokens", "/change-email", "/change-username", "/reset/" + "A" * 43,
             "/confirm/" + "A" * 43]


@pytest.mark.parametrize("body, headers, statuses", [
    ("{", JSON, (400,)), ('"x"', JSON, (400,)), ("[1,2]", JSON, (400,)), ("{} {}", JSON, (400,)),
    (b'{"email":"\xff"}', JSON, (400,)), ('{"a":1,"a":2}', JSON, (400,)),
    ('{"a":' + "[" * 30_000 + "]" * 30_000 + "}", JSON, (400,)),
    ('{"a":' + '{"a":' * 5_000 + "1" + "}" * 5_001, JSON, (400,)),
    ("{" + ",".join(f'"k{number}":1' for number in range(5000)) + "}", JSON, (400,)),
    ("[" * 65_000, JSON, (400,)), ("9" * 65_000, JSON, (400,)), ("x" * 100_000, JSON, (413,)),
    (gzip.compress(b"{}"), {**JSON, "Content-Encoding": "gzip"}, (400,)),
    ("{}".encode("utf-16"), {**JSON, "Content-Type": "application/json; charset=utf-16"}, (400,)),
    ("a=1", {"Content-Type": "text/plain"}, (415,)), ("a=1", {"Content-Type": ""}, (415,)),
    ("a=%", FORM, (400,)), (b"a=\xff", FORM, (400,)), ("a=%00", FORM, (400,)),
    ("a=1&a=2", FORM, (400,)),
], ids=lambda value: repr(value)[:24])
def test_no_endpoint_accepts_a_malformed_body(site, body, headers, statuses):
    cookie = f"session={site.member('ann').cookie('session')}"
    for endpoint in ENDPOINTS:
        status, text = ask(site, "POST", endpoint, body, {**headers, "Cookie": cookie})
        assert status in statuses, f"{endpoint}: {status} {text}"
    assert ask(site, "GET", "/account", headers={"Cookie": cookie})[0] == 200


def exchange(site, head, body=b"", ends_early=False):
    """Sends bytes exactly as written; returns the status line of the answer."""
    with socket.create_connection(("127.0.0.1", site.port), 60) as connection:
        connection.sendall(b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                           b"Accept: application/json\r\nContent-Type: application/json\r\n"
                           + head + b"\r\n\r\n" + body)
        if ends_early:
            connection.shutdown(socket.SHUT_WR)
        return connection.makefile("rb").readline().decode()


def test_a_chunked_body_is_read_as_a_whole(site):
    body = json.dumps(Visitor.credentials("ann", None, {})).encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    assert " 200 " in exchange(site, b"Transfer-Encoding: chunked", chunks)


@pytest.mark.parametrize("head, body", [
    (b"Transfer-Encoding: chunked", b"zz\r\n"), (b"Content-Length: -1", b"{}"),
    (b"Content-Length: 99999999999999999999", b"{}"), (b"Content-Length: 1", b"{}"),
    (b"Content-Length: 5\r\nContent-Length: 6", b"{}    "), (b"Content-Length: 90", b"{}"),
    (b"Transfer-Encoding: chunked", b"90\r\n{}")], ids=repr)
def test_a_body_shorter_than_it_claims_is_400(site, head, body):
    assert " 400 " in exchange(site, head, body, ends_early=True)


def test_a_get_with_credentials_signs_nobody_in(site):
    visitor = site.visitor()
    visitor.get("/login?email=ann@example.org&password=wrong-anyway")
    assert not visitor.is_signed_in()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "FOO"])
def test_an_endpoint_accepts_only_its_own_methods(site, method):
    assert ask(site, method, "/login", "", FORM)[0] in (405, 501)


def test_a_method_cannot_be_overridden(site):
    member = site.member("ann")
    member.get("/logout?_method=POST", headers={"X-HTTP-Method-Override": "POST"})
    assert member.is_signed_in()


@pytest.mark.parametrize("value", [
    "Basic", "Basic ", "Basic =", "Basic !!!!", "Basic " + "QQ" * 8000, "Basic OjpA", "Bearer",
    "Bearer ", "Bearer " + "A" * 43, "Digest x", "\x7f"], ids=lambda value: repr(value)[:24])
def test_a_malformed_authorization_header_authenticates_nobody(site, value):
    status, text = ask(site, "GET", "/members/", headers={"Authorization": value})
    assert status in (400, 401)
    assert "you read" not in text


def test_a_username_cannot_forge_log_lines(site):
    site.visitor().sign_in("x\r\n[security_auth:error] forged@example.org", "wrong-password")
    assert not [line for line in site.log.read_text().splitlines()
                if line.startswith("[security_auth:error] forged")]


BODY = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = "a" * 200_000


def answers(site, text):
    """The statuses of all answers to what is sent on one connection."""
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        connection.sendall(text.encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", received)]


@pytest.mark.parametrize("line, headers, body, status", [
    ("GET /admin/", "", BODY, 401), ("POST /admin/", "", BODY, 401), ("GET /login", "", BODY, 200),
    ("PUT /login", "", BODY, 405), ("POST /login", "", BODY, 415), ("POST /security.css", "", BODY, 405),
    ("HEAD /members/", "", "", 401), ("HEAD /login", "", "", 200),
    ("POST /login", "Content-Type: application/x-www-form-urlencoded\r\n", LONG, 413),
    ("POST /members/", "Expect: 100-continue\r\n", BODY, 401),
], ids=lambda value: repr(value)[:24])
def test_the_unread_body_of_a_refused_request_is_not_a_second_request(
        site, line, headers, body, status):
    good = site.member("ann").cookie("session")
    seen = answers(site, f"{line} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
                   f"{body}GET /members/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   f"Cookie: session={good}\r\n\r\n")
    # Either the connection ends, or the next request is read correctly.
    assert seen in ([status], [status, 200])
    assert "smuggled" not in site.access_log.read_text()
