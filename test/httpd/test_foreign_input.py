# SPDX-License-Identifier: Apache-2.0
"""Cookies, bodies and headers that nobody in his right mind would send."""

import http.client
import random
import re
import socket

import pytest

CONFIG = "KeepAlive On"


def ask(site, method, path, body=None, headers=None):
    """One request exactly as written; status and text."""
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
def test_a_strange_cookie_is_no_session(site, cookie):
    status, text = ask(site, "GET", "/members/", headers={"Cookie": cookie.encode("latin-1")})
    assert status in (401, 400)
    assert "you read" not in text


def test_a_changed_session_cookie_is_no_session(site):
    good = site.member("ann").cookie("session")
    chance = random.Random(1)
    changed = [good[:length] for length in (0, 1, 20, 42)] + [good + "A", good[::-1], good.swapcase()]
    for place in chance.sample(range(len(good) - 1), 12):
        other = "B" if good[place] == "A" else "A"
        changed.append(good[:place] + other + good[place + 1:])
    for cookie in changed:
        assert ask(site, "GET", "/members/", headers={"Cookie": f"session={cookie}"})[0] == 401
    assert ask(site, "GET", "/members/", headers={"Cookie": f"session={good}"})[0] == 200


def test_the_session_cookie_counts_among_many(site):
    good = site.member("ann").cookie("session")
    crowd = "; ".join([*(f"c{number}=1" for number in range(50)), f"session={good}"])
    assert ask(site, "GET", "/members/", headers={"Cookie": crowd})[0] == 200


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


def test_a_get_with_credentials_signs_nobody_in(site):
    visitor = site.visitor()
    visitor.get("/login?email=ann@example.org&password=wrong-anyway")
    assert not visitor.is_signed_in()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "FOO"])
def test_an_endpoint_takes_only_its_methods(site, method):
    assert ask(site, method, "/login", "", FORM)[0] in (405, 501)


def test_a_method_cannot_be_overridden(site):
    member = site.member("ann")
    member.get("/logout?_method=POST", headers={"X-HTTP-Method-Override": "POST"})
    assert member.is_signed_in()


@pytest.mark.parametrize("value", [
    "Basic", "Basic ", "Basic =", "Basic !!!!", "Basic " + "QQ" * 8000, "Basic OjpA", "Bearer",
    "Bearer ", "Bearer " + "A" * 43, "Digest x", "\x7f"], ids=lambda value: repr(value)[:24])
def test_a_broken_authorization_header_is_nobody(site, value):
    status, text = ask(site, "GET", "/members/", headers={"Authorization": value})
    assert status in (400, 401)
    assert "you read" not in text


def test_a_user_name_cannot_write_log_lines(site):
    site.visitor().sign_in("x\r\n[security_auth:error] forged@example.org", "wrong-password")
    assert not [line for line in site.log.read_text().splitlines()
                if line.startswith("[security_auth:error] forged")]


BODY = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"
LONG = "a" * 200_000


def answers(site, text):
    """The statuses of all answers to what is written on one connection."""
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
def test_what_a_refusal_leaves_unread_is_no_second_request(site, line, headers, body, status):
    good = site.member("ann").cookie("session")
    seen = answers(site, f"{line} HTTP/1.1\r\nHost: x\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
                   f"{body}GET /members/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                   f"Cookie: session={good}\r\n\r\n")
    # Either the connection ends, or what follows is read as what it is.
    assert seen in ([status], [status, 200])
    assert "smuggled" not in site.access_log.read_text()
