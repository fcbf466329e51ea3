# SPDX-License-Identifier: Apache-2.0
"""Mistakes of comparable software: each test names the one that is not made here."""

import http.client
import socket

import pytest

AREAS = {"app": "SecurityPassHeaders On\nRequire role admin", "held": "Require role admin"}
OPEN = "public"


@pytest.fixture(scope="module")
def site(make_site, backend):
    def config(site):
        (site.docs / OPEN).mkdir()
        (site.docs / OPEN / "index.html").write_text("open to all")
        url = f"http://127.0.0.1:{backend.port}"
        return f"""
AllowEncodedSlashes NoDecode
ProxyPass /app {url}/app nocanon
ProxyPassMatch ^/(held/.*)$ {url}/$1
ProxyPass /public-app {url}/app
"""

    return make_site(config, AREAS)


def ask(site, path, headers=(), method="GET"):
    """Sends a request exactly as written; returns status and text."""
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers, "", ""]
        connection.sendall("\r\n".join(lines).encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        return answer.status, answer.read().decode(errors="replace"), answer.headers


UNREAD = "AH01136: Unescaped URL path matched ProxyPass|AH10244: invalid URI path"
BROKEN = ["/admin/%", "/admin/%zz", "/admin/%0", "/admin/%00", "/admin/\x80", "/admin/\xff\xfe", "/admin/%ff",
          "/admin/\\", "/admin/%5c", "/admin/|", "/admin/^", "/admin/[", "/admin/{}", "/admin/\"",
          "/admin/%c0%af", "/admin/%e0%80%af", "/admin/.%00/", "/admin/%2500", "/admin/`"]


@pytest.mark.parametrize("path", BROKEN, ids=repr)
def test_a_malformed_path_is_never_let_in(site, expect_log, path):
    """A guard that failed to parse the path allowed access (Authelia, CVE-2021-32637)."""
    expect_log(UNREAD)
    status, text, _ = ask(site, path)
    assert status >= 300 and "you read" not in text


@pytest.mark.parametrize("agent", ["GoogleHC/1.0", "kube-probe/1.27", "ELB-HealthChecker/2.0", "Ping"])
def test_no_program_is_let_in_by_its_user_agent(site, agent):
    """A health check's User-Agent bypassed the sign-in (oauth2-proxy, CVE-2026-34457)."""
    assert ask(site, "/admin/", [f"User-Agent: {agent}"])[0] == 401


@pytest.mark.parametrize("path", [
    "/admin/?/public/", "/admin/?/login", "/admin/?next=/public/", "/admin/;/public/", "/admin/%3f/public/",
    "/admin/#/public/", "/admin/index.html?/security.css", "/app/?/public-app/", "/app/x?a=/login"])
def test_no_query_opens_a_guarded_path(site, path):
    """Path and query were matched as one text (oauth2-proxy, CVE-2025-54576)."""
    status, text, headers = ask(site, path)
    assert status >= 300 and "you read" not in text and "X-Asked-For" not in headers


PARTS = ["{}", "User_Id", "user-id"]


@pytest.mark.parametrize("name", [
    "X_Remote_User", "x-remote_user", "X.Remote.User", "X~Remote~User", "X!Remote-User", "X Remote User",
    "REMOTE_USER", "Remote.User", "X_Security_Roles", "X-Security_Roles", "x_security-email",
    "X.Security.User.Id", "X_SECURITY_PERMISSIONS", "Security_Method", "X'Security-Username"])
def test_no_spelling_of_a_header_forges_an_identity(site, name):
    """Backends read X_Forwarded_User as X-Forwarded-User (oauth2-proxy, CVE-2025-64484)."""
    status, text, _ = ask(site, "/public-app/x", [f"{name}: planted"])
    assert status in (200, 400) and "planted" not in text


SPELLINGS = ["/app/x", "/%61pp/x", "/app%2fx", "/app/%2e%2e/app/x", "/app/..%2fapp/x", "/app;a=b/x",
             "/app/;/x", "/app%5cx", "/app\\x", "//app/x", "/./app/x", "/public-app/../app/x",
             "/public-app/%2e%2e/app/x", "/public-app/..%2fapp/x", "/public-app/.%2e/app/x",
             "/public-app/..;/app/x", "/app/%252e%252e/x", "/held/x", "/%68eld/x", "/held/..%2fapp/x",
             "/held/%2e%2e/held/x", "/public/..%2fheld/x", "/held%2fx", "/public-app/..%5capp/x"]


@pytest.mark.parametrize("path", SPELLINGS, ids=repr)
def test_guard_and_backend_read_the_same_path(site, expect_log, path):
    """The guard and the backend read different paths (VoidAuth, CVE-2026-134802)."""
    expect_log(UNREAD)
    status, _, headers = ask(site, path)
    asked = headers.get("X-Asked-For")
    if asked is not None:
        # What got through was not guarded, and does not lead to anything guarded.
        assert path.startswith("/public-app/") and status == 200
        assert asked.startswith("/app/") and "/held" not in asked
