# SPDX-License-Identifier: Apache-2.0
"""Mistakes of comparable software: trusted headers, doors with weaker rules, and secrets that
became valid again. docs/threats.md has the full list."""

import http.client
import socket

import pytest
from test_account import link_in
from visitor import Visitor, password_of

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityTokens On
SecurityThrottleAccount 0
SecurityThrottleAddress 0
"""

HOSTS = [
    {"Host": "evil.example"},
    {"Host": "evil.example:443"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "127.0.0.1:1"},
    {"Host": "127.0.0.1."},
    {"Host": "LOCALHOST"},
    {"X-Forwarded-Host": "evil.example"},
    {"X-Forwarded-Server": "evil.example", "X-Forwarded-Proto": "https"},
    {"X-Forwarded-Host": "evil.example, 127.0.0.1", "X-Forwarded-Port": "443"},
    {"Forwarded": "host=evil.example;proto=https;for=1.2.3.4"},
    {"X-Host": "evil.example", "X-Original-Host": "evil.example"},
    {"X-Forwarded-Prefix": "//evil.example", "X-Script-Name": "//evil.example"},
    {"Origin": "http://127.0.0.1", "Referer": "http://evil.example/reset"},
]


def post_raw(site, path, body, headers, target=None):
    """Sends a form exactly as given, with `target` in the request line."""
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=60)
    connection.putrequest("POST", target or path, skip_host="Host" in headers,
                          skip_accept_encoding=True)
    for name, value in {"Content-Type": "application/x-www-form-urlencoded",
                        "Content-Length": str(len(body)), **headers}.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode())
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer, text


@pytest.mark.parametrize("number", range(len(HOSTS)))
def test_a_link_in_a_mail_leads_to_this_site_whatever_the_request_says(site, mailbox, number):
    """Zitadel GHSA-2wmj-46rj-qm2w: the link's host came from Forwarded or
    X-Forwarded-Host, and the secret went to whoever owns that host."""
    name = ("ann", "ed", "ada", "twin", "bart")[number % 5]
    answer, _ = post_raw(site, "/reset", f"email={name}%40example.org", HOSTS[number])
    if answer.status != 200:
        assert answer.status == 403, "an Origin of another host is refused"
        return
    mail = mailbox.wait_for(f"{name}@example.org", "instructions")
    link_in(mail, site, "/reset")
    for part in ("plain", "html"):
        text = mail.get_body((part,)).get_content()
        assert "evil" not in text and "LOCALHOST" not in text
        assert text.count("http") == text.count(site.url), text


def test_a_link_in_a_mail_leads_to_this_site_though_the_request_line_names_another(site, mailbox):
    """Zitadel GHSA-2wmj-46rj-qm2w by the absolute form of the request line."""
    answer, _ = post_raw(site, "/reset", "email=una%40example.org", {},
                         target="http://evil.example/reset")
    assert answer.status == 200
    answer, _ = post_raw(site, "/confirm", "email=una%40example.org", {"Host": "x"},
                         target="http://evil.example/confirm")
    assert answer.status == 200
    mail = mailbox.wait_for("una@example.org")
    assert "evil" not in mail.as_string()
    link_in(mail, site, "/confirm")


@pytest.mark.parametrize("headers", [
    {"X-Forwarded-Proto": "https"}, {"X-Forwarded-Ssl": "on"}, {"Front-End-Https": "on"},
    {"X-Url-Scheme": "https"}, {"Forwarded": "proto=https"}, {"X-Forwarded-Scheme": "https"},
], ids=lambda headers: next(iter(headers)))
def test_no_header_makes_a_connection_secure(site, headers):
    """CVE-2024-21499 (caddy-security): the scheme came from a header of the visitor."""
    answer = site.visitor().post("/login", Visitor.credentials("ann", None, {}), headers=headers)
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("session=") and "Secure" not in cookie
    secure = site.member("ann", secure=True).cookie("__Host-session")
    for name in ("session", "__Host-session"):
        answer = site.visitor().get("/members/", headers={**headers, "Accept": "*/*",
                                                          "Cookie": f"{name}={secure}"})
        assert answer.status_code == 401


@pytest.mark.parametrize("headers", [
    {"User-Agent": "GoogleHC/1.0"}, {"User-Agent": "kube-probe/1.30"},
    {"User-Agent": "ELB-HealthChecker/2.0"}, {"X-Original-URL": "/"}, {"X-Rewrite-URL": "/"},
    {"X-Forwarded-Uri": "/"}, {"X-Original-Method": "OPTIONS"}, {"X-Auth-Request-User": "ada"},
    {"X-Forwarded-User": "ada@example.org"}, {"X_Forwarded_User": "ada@example.org"},
    {"X-Forwarded-Email": "ada@example.org"}, {"X-Forwarded-For": "127.0.0.1"},
    {"X-Real-Ip": "127.0.0.1"}, {"From": "ada@example.org"}, {"SSL_CLIENT_S_DN_CN": "ada"},
], ids=lambda headers: "-".join(next(iter(headers.items()))))
def test_no_header_opens_a_guard(site, headers):
    """CVE-2026-40575 and CVE-2026-76835 (oauth2-proxy): X-Forwarded-Uri chose the rule.
    No endpoint here decides for another server, and no guard reads a header."""
    visitor = Visitor(site, accept="*/*")
    assert visitor.get("/admin/", headers=headers).status_code == 401


# Even if `next` is decoded once more than we do, it must not name another site.
NEXT = [
    r'"\u002f\u002fevil.example"', r'"\/\/evil.example"', r'"\t//evil.example"', r'"/\\evil.example"',
    r'"\u2215\u2215evil.example"', r'"\uff0f\uff0fevil.example"', r'"//evil\u3002example"',
    r'"/\u000d\u000aLocation: //evil.example"', r'["//evil.example","/"]', r'{"url":"//evil.example"}',
    r'"http:\u002f\u002fevil.example"', r'"\u0000//evil.example"', r'"/\u0009/evil.example"',
    r'"https://127.0.0.1@evil.example"', r'"//evil.example\u0023@127.0.0.1"', r'"\ufeff//evil.example"',
]


@pytest.mark.parametrize("value", NEXT)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_next_in_json_never_leaves_the_site(site, value, accept):
    """CVE-2023-49438 (Flask-Security), CVE-2021-32786 (mod_auth_openidc): a target was checked in one
    interpretation and followed in another."""
    body = f'{{"email":"ann@example.org","password":"{password_of("ann")}","next":{value}}}'
    answer = site.visitor().post("/login", body, headers={"Content-Type": "application/json",
                                                          "Accept": accept})
    location = answer.headers.get("Location", "/")
    assert location.startswith("/") and not location.startswith(("//", "/\\"))
    assert answer.status_code in (200, 302, 400)
    assert "Location:" not in answer.headers.get("Set-Cookie", "")


def test_a_number_in_a_cookie_and_an_empty_post_break_nothing(site):
    """CVE-2024-24814 (a count in a cookie cost memory) and CVE-2025-3891 (an empty POST without a
    type crashed the child), both in mod_auth_openidc."""
    for count in ("99999999999", "-1", "0x7fffffff", "1e9", ""):
        cookie = "; ".join(f"session_{part}={count}" for part in ("chunks", "0", "1", "device", "flash",
                                                                "csrf"))
        answer = Visitor(site, accept="*/*").get("/members/", headers={"Cookie": cookie})
        assert answer.status_code == 401
    with socket.create_connection(("127.0.0.1", site.port), 30) as line:
        line.sendall(b"POST /login HTTP/1.0\r\n\r\n")
        assert line.recv(4096).split()[1] in (b"200", b"400", b"411")
    assert site.visitor().get("/login").status_code == 200
