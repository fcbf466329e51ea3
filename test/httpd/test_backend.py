# SPDX-License-Identifier: Apache-2.0
"""What a backend never sees and never sets, however a request or an answer is put together."""

import base64
import http.client
import json
import socket
import socketserver
import threading

import pytest
from servers import free_port
from visitor import password_of

AREAS = {"app-fcgi": "SecurityPassHeaders On\nProxyErrorOverride On\n"
                     "ErrorDocument 404 /untold/error\nRequire valid-user",
         "app": "SecurityPassHeaders On\nSecurityApiEnabledMethods session token basic\n"
                "Require valid-user"}
SECRET = "Zq" + "A" * 41


class FastCgi:
    """A FastCGI application that sets the cookie in HTTP_X_WANTED_COOKIE, with the status in
    HTTP_X_WANTED_STATUS."""

    def __init__(self):
        self.port = free_port()
        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", self.port), self.answer, False)
        self.server.allow_reuse_address = self.server.daemon_threads = True
        self.server.server_bind()
        self.server.server_activate()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @staticmethod
    def pairs(text):
        known, at = {}, 0
        while at < len(text):
            sizes = []
            for _ in range(2):
                size = text[at] if text[at] < 128 else int.from_bytes(text[at:at + 4]) & 0x7fffffff
                at += 1 if text[at] < 128 else 4
                sizes.append(size)
            name = text[at:at + sizes[0]].decode("latin-1")
            known[name] = text[at + sizes[0]:at + sum(sizes)].decode("latin-1")
            at += sum(sizes)
        return known

    class answer(socketserver.StreamRequestHandler):
        def handle(self):
            known = b""
            while True:
                head = self.rfile.read(8)
                body = self.rfile.read(int.from_bytes(head[4:6]) + head[6])[:int.from_bytes(head[4:6])]
                if head[1] == 4:
                    known += body
                if head[1] == 5 and not body:
                    break
            asked = FastCgi.pairs(known)
            text = (f"Status: {asked.get('HTTP_X_WANTED_STATUS', '200')} x\r\n"
                    f"Content-Type: application/json\r\n"
                    f"Set-Cookie: {asked.get('HTTP_X_WANTED_COOKIE', 'none=1')}\r\n\r\n"
                    + json.dumps(list(asked.items()))).encode()
            self.wfile.write(b"\1\6\0\1" + len(text).to_bytes(2) + b"\0\0" + text
                             + b"\1\6\0\1\0\0\0\0" + b"\1\3\0\1\0\x08\0\0" + b"\0" * 8)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def fastcgi():
    server = FastCgi()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def site(make_site, backend, fastcgi):
    def config(site):
        url = f"http://127.0.0.1:{backend.port}"
        (site.docs / "turn").mkdir()
        (site.docs / "turn" / ".htaccess").write_text(
            f"RewriteEngine On\nRewriteRule ^(.*)$ {url}/turned/$1 [P]\n")
        (site.docs / "folder").mkdir()
        port = free_port()
        site.engineless = f"http://127.0.0.1:{port}"
        return f"""
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LoadModule proxy_fcgi_module /usr/lib/apache2/modules/mod_proxy_fcgi.so
LoadModule proxy_wstunnel_module /usr/lib/apache2/modules/mod_proxy_wstunnel.so
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SecurityEngine Off
SecurityPublicUrl {site.url}
ProxyPass /theirs {url}/theirs
<Location /theirs>
SecurityPassHeaders On
AuthType Basic
AuthName lab
AuthBasicProvider security
Require valid-user
</Location>
</VirtualHost>
ProxyPass /app {url}/app
ProxyPass /open {url}/open
ProxyPass /ws ws://127.0.0.1:{backend.port}/ws
ProxyPassMatch ^/match/(.*)$ {url}/matched/$1
ProxyPass /untold {url}/untold
ProxyPass /app-fcgi fcgi://127.0.0.1:{fastcgi.port}/app/
ProxyPass /fcgi fcgi://127.0.0.1:{fastcgi.port}/app/
<Directory {site.docs}/turn>
AllowOverride All
Options +FollowSymLinks
</Directory>
<Location /handled>
SetHandler proxy:{url}
</Location>
<Location /fcgi-handled>
SetHandler proxy:fcgi://127.0.0.1:{fastcgi.port}
</Location>
<Location /folder>
DirectoryIndex /open/index
</Location>
<Location /failing>
SetHandler proxy:fcgi://127.0.0.1:{fastcgi.port}
ProxyErrorOverride On
ErrorDocument 404 "not there"
</Location>
<Location /failing-page>
SetHandler proxy:fcgi://127.0.0.1:{fastcgi.port}
ProxyErrorOverride On
ErrorDocument 404 /index.html
</Location>
"""

    return make_site(config, AREAS)


def send(site, path, headers, method="GET", base=None):
    """Sends one request with headers exactly as written; returns status, headers and text."""
    port = int((base or site.url).rsplit(":", 1)[1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read().decode(errors="replace")


def received(text, name):
    return [value for key, value in json.loads(text) if key.lower() == name.lower()]


@pytest.fixture(scope="module")
def good(site):
    """The cookie of a signed-in user."""
    return site.member("ann").cookie("session")


# ---- the hop-by-hop list ----

@pytest.mark.parametrize("value", [
    "X-Remote-User;", "X-Remote-User;q=1", "close;X-Remote-User", "close,\tX-Remote-User",
    '"X-Remote-User"', '"a";x-remote-user', "close; X-Security-Roles ;x", "X-REMOTE-USER=1",
    "keep-alive X-Security-Email", ";;;X-Security-User-Id", "(X-Remote-User)", "a,,X-Remote-User",
    "upgrade, X-Remote-User", "X-Remote_User;"])
def test_no_spelling_of_the_hop_by_hop_list_removes_the_identity(site, good, value):
    headers = [("Cookie", f"session={good}"), ("Connection", value)]
    assert send(site, "/app/", headers)[0] == 400
    assert send(site, "/app/", headers, "OPTIONS")[0] == 400


def test_the_hop_by_hop_list_in_two_headers_counts_as_one(site, good):
    headers = [("Cookie", f"session={good}"), ("Connection", "close"),
               ("Connection", "X-Remote-User;")]
    assert send(site, "/app/", headers)[0] == 400


@pytest.mark.parametrize("value", ["close", "keep-alive", "X-Remote-Users", "My-X-Remote-User", "TE"])
def test_an_ordinary_hop_by_hop_list_is_accepted(site, good, value):
    status, _, text = send(site, "/app/", [("Cookie", f"session={good}"),
                                           ("Connection", value)])
    assert status == 200 and received(text, "X-Remote-User") == ["ann@example.org"]


@pytest.mark.parametrize("value", ["X-Remote-User", "X-Remote-User;", "close;X-Security-Roles"])
def test_the_list_is_read_wherever_identity_is_passed(site, value):
    """Even if there are no endpoints, and another authentication identifies the visitor."""
    proof = base64.b64encode(f"ann@example.org:{password_of('ann')}".encode()).decode()
    headers = [("Authorization", f"Basic {proof}")]
    status, _, text = send(site, "/theirs/", headers, base=site.engineless)
    assert status == 200 and received(text, "X-Remote-User") == ["ann@example.org"]
    assert send(site, "/theirs/", [*headers, ("Connection", value)], base=site.engineless)[0] == 400


# ---- what goes to a backend ----

WAYS = ["/app/", "/open/", "/turn/x", "/match/x", "/handled/", "/folder/", "/ws/"]


FORMS = [
    "session={}", "a=1; session={}; b=2", 'a="1; session={}', "a=1, session={}", "a=1,session={}",
    "a=1 session={}", "a=1\tsession={}", "session={}, a=1", " session = {}", "=session={}",
    'session="{}"', "a=1; __Host-session={}", "session_csrf={}", "a=1, remember_token={}",
    "session_device={}", "a=1; b=2, c=3, __Host-session_device={}"]


@pytest.mark.parametrize("path", WAYS)
def test_no_spelling_of_a_cookie_header_leaks_a_secret_to_a_backend(site, good, path):
    for form in FORMS:
        _, _, text = send(site, path, [("Cookie", form.format(good))])
        assert good not in text, form


def test_a_secret_in_a_second_cookie_header_does_not_reach_a_backend(site, good):
    status, _, text = send(site, "/open/", [("Cookie", "a=1"), ("Cookie", f"session={good}; b=2")])
    assert status == 200 and good not in text
    assert received(text, "Cookie") == ["a=1; b=2"]


@pytest.mark.parametrize("cookies", [
    "a=1", "a=1; b=2", "theme=dark, large; b=2", 'a="x, y"', "sessions=1; my_session=2",
    "a=1, session=short", "x=" + "A" * 43, "a=b=c", "session_id=" + "A" * 43])
def test_a_backend_gets_the_cookies_that_are_its_own(site, cookies):
    _, _, text = send(site, "/open/", [("Cookie", cookies)])
    assert received(text, "Cookie") == [cookies]


@pytest.mark.parametrize("path", WAYS)
def test_a_token_that_could_be_ours_reaches_no_backend(site, path):
    for value in ("Bearer {}", "bearer  {}", "Bearer\t{}", "Bearer msa_{}", "Bearer x, Bearer {}",
                  "Token {}", 'Bearer "{}"', "Bearer msa_abc"):
        _, _, text = send(site, path, [("Authorization", value.format(SECRET))])
        assert "Authorization" not in text and SECRET not in text, value


@pytest.mark.parametrize("value", [
    "Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ." + "A" * 43, "Bearer short", "Digest a=b",
    "Basic " + base64.b64encode(b"app:secret").decode(),
    "Basic " + base64.b64encode(b"u" * 20 + b":" + b"p" * 11).decode()])
def test_credentials_that_cannot_be_ours_reach_the_application(site, value):
    _, _, text = send(site, "/open/", [("Authorization", value)])
    assert received(text, "Authorization") == [value]


@pytest.mark.parametrize("path", ["/open/", "/handled/", "/turn/x"])
def test_our_token_used_as_a_password_reaches_no_backend(site, path):
    value = base64.b64encode(f"ann:msa_{SECRET}".encode()).decode()
    _, _, text = send(site, path, [("Authorization", f"Basic {value}")])
    assert not received(text, "Authorization")


def test_a_password_checked_by_us_reaches_no_backend(site):
    proof = base64.b64encode(f"ann@example.org:{password_of('ann')}".encode()).decode()
    for path, base in (("/theirs/", site.engineless), ("/app/", None)):
        status, _, text = send(site, path, [("Authorization", f"Basic {proof}")], base=base)
        assert status == 200 and proof not in text


@pytest.mark.parametrize("path", ["/open/", "/match/x", "/handled/", "/turn/x", "/folder/"])
def test_no_visitor_can_choose_the_proxy_of_a_backend(site, path):
    _, _, text = send(site, path, [("Proxy", "http://evil.example"), ("Proxy-Authorization", "x")])
    assert "evil.example" not in text


@pytest.mark.parametrize("path", ["/fcgi/x", "/fcgi-handled/x"])
def test_a_fastcgi_application_is_denied_the_same(site, good, path):
    status, _, text = send(site, path, [
        ("Cookie", f"a=1, session={good}"), ("Authorization", f"Bearer {SECRET}"),
        ("X_Remote_User", "ada"), ("Proxy", "http://evil.example")])
    assert status == 200
    for word in (good, SECRET, "ada", "evil.example"):
        assert word not in text


def test_what_one_backend_is_told_is_not_told_to_another(site, good):
    """The error page of one backend is served by the other."""
    headers = [("Cookie", f"session={good}"), ("X-Security-Roles", "admin")]
    status, _, text = send(site, "/app-fcgi/x", headers)
    assert status == 200 and dict(json.loads(text))["HTTP_X_REMOTE_USER"] == "ann@example.org"
    _, headers, text = send(site, "/app-fcgi/x", [*headers, ("X-Wanted-Status", "404")])
    assert headers["X-Asked-For"] == "/untold/error"
    assert not received(text, "X-Remote-User") and not received(text, "X-Security-Roles")
    assert good not in text


# ---- what comes from a backend ----

OURS = ["session=planted", "remember_token=planted", "session_csrf=planted", "session_device=planted",
        "session_flash=planted", "__Host-session_csrf=planted; Secure; Path=/",
        " session_device = planted"]


@pytest.mark.parametrize("path", ["/open/", "/handled/", "/turn/x", "/fcgi/x", "/fcgi-handled/x"])
def test_a_backend_cannot_set_our_cookies(site, path):
    for cookie in OURS:
        status, headers, _ = send(site, path, [("X-Wanted-Cookie", cookie)])
        assert status == 200 and "planted" not in str(headers), cookie


@pytest.mark.parametrize("path", ["/failing/x", "/failing-page/x"])
@pytest.mark.parametrize("cookie", OURS[:3])
def test_an_error_page_replacing_a_backend_does_not_set_its_cookie(site, path, cookie):
    status, headers, _ = send(site, path, [("X-Wanted-Cookie", cookie), ("X-Wanted-Status", "404")])
    assert status == 404 and "planted" not in str(headers)


@pytest.mark.parametrize("path", ["/open/", "/fcgi/x", "/fcgi-handled/x"])
def test_a_backend_sets_its_own_cookies(site, path):
    _, headers, _ = send(site, path, [("X-Wanted-Cookie", "sessions=of-the-app")])
    assert headers.get_all("Set-Cookie") == ["sessions=of-the-app"]


@pytest.mark.parametrize("path", ["/app/", "/app-fcgi/x"])
def test_a_session_opened_by_a_remember_cookie_is_set_in_front_of_a_backend(site, path):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    member.drop_cookie("session")
    answer = member.get(path, headers={"X-Wanted-Cookie": "session_csrf=planted"})
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert [cookie for cookie in cookies if cookie.startswith("session=")]
    assert "planted" not in str(cookies)


def test_a_websocket_backend_is_denied_the_same(site, good):
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        connection.sendall(f"GET /ws/ HTTP/1.1\r\nHost: x\r\nConnection: upgrade, X-Remote-User\r\n"
                           f"Upgrade: websocket\r\nCookie: session={good}\r\n\r\n".encode())
        assert " 400 " in connection.makefile("rb").readline().decode()
    _, _, text = send(site, "/ws/", [("Connection", "upgrade"), ("Upgrade", "websocket"),
                                     ("Cookie", f"a=1, session={good}")])
    assert good not in text
