# SPDX-License-Identifier: Apache-2.0
"""A link in a mail belongs only to its recipient: no log or status page shows one that still works."""

import http.client
import re
import shutil
import socket
import subprocess

import pytest
from servers import eventually, free_port

FORMAT = r'"%r" %U %f %q %{REQUEST_URI}e %{Referer}i %{X-Path}o %>s %m %H'


@pytest.fixture(scope="module")
def site(make_site, backend):
    def config(site):
        site.access_log.touch()
        port, spa = free_port(), free_port()
        site.proxied, site.spa = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{spa}"
        (site.docs / "choose.html").write_text("choose")
        hosts = ""
        for number, lines in ((port, f"SecurityUrlPrefix /auth\nProxyPass / "
                                     f"http://127.0.0.1:{backend.port}/ nocanon"),
                              (spa, "SecurityRedirectBehavior spa\nSecurityResetView /choose.html")):
            hosts += (f"Listen 127.0.0.1:{number}\n<VirtualHost 127.0.0.1:{number}>\n"
                      f"SecurityPublicUrl http://127.0.0.1:{number}\n"
                      f"{lines}\nCustomLog {site.access_log} own\n</VirtualHost>\n")
        return f"""
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
LoadModule log_forensic_module /usr/lib/apache2/modules/mod_log_forensic.so
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
{"LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so" if site.mpm == "event" else ""}
{"Protocols h2c http/1.1" if site.mpm == "event" else ""}
RewriteEngine On
RewriteCond %{{THE_REQUEST}} (.*)
RewriteRule . - [E=asked:%1]
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
ExtendedStatus On
ForensicLog {site.folder}/forensic.log
LogFormat {FORMAT!r} own
CustomLog {site.access_log} own
<Location /server-status>
SetHandler server-status
</Location>
{hosts}"""

    return make_site(config)


def ask_for_link(site, mailbox, base):
    """Requests a password reset there; returns the path of the link."""
    visitor = site.visitor()
    visitor.base = base
    assert visitor.post("/reset", {"email": "ann@example.org"}).status_code == 200

    def arrived():
        texts = [mail.get_body(("plain",)).get_content() for _, mail in mailbox.mails]
        found = re.findall(re.escape(base) + r"(/reset/([\w-]+))", " ".join(texts))
        return [path for path, secret in found if secret not in site.links]

    path = eventually(arrived, 30)[-1]
    site.links.add(path.rsplit("/", 1)[1])
    return path


@pytest.fixture
def link(site, mailbox):
    return ask_for_link(site, mailbox, site.url)


def logged(site):
    """Everything logged about requests, once the last one is included."""
    site.visitor().get("/marker")
    assert eventually(lambda: "/marker" in site.access_log.read_text())
    site.access_log.write_text(text := site.access_log.read_text().replace("/marker", "/done"))
    return text + site.log.read_text() + (site.folder / "forensic.log").read_text()


def ask(site, line, headers=(), base=None):
    """Sends a request exactly as written; returns the status."""
    port = int((base or site.url).rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port), 30) as connection:
        connection.sendall("\r\n".join([line, *headers, "", ""]).encode("latin-1"))
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        answer.read()
        return answer.status


def test_the_link_works_and_appears_in_no_log(site, link):
    secret = link.rsplit("/", 1)[1]
    visitor = site.visitor()
    for method in ("HEAD", "GET", "GET", "OPTIONS", "PUT", "TRACE"):
        visitor.request(method, link)
    assert f'action="{link}"' in visitor.get(link).text
    visitor.post(link, {"password": "x"})
    text = logged(site)
    assert secret not in text
    assert '"GET /reset/*** HTTP/1.1" /reset/***' in text


SPELLINGS = ["/reset/{}", "/%72eset/{}", "//reset//{}", "/./reset/{}", "/x/../reset/{}", "/reset%2f{}",
             "/%2e/reset/{}", "/reset/{}?a=b", "/reset/{}/", "/reset/{}/more", "/reset%2F{}%2fmore",
             "/reset/{}%00", "/reset/{}%zz", "/reset/{}.", "/reset/{})", "/reset//{}", "/reset/{};x=1",
             "http://127.0.0.1/reset/{}"]


def test_no_spelling_of_a_link_appears_in_a_log(site, link):
    secret = link.rsplit("/", 1)[1]
    for spelling in SPELLINGS:
        for base, prefix in ((site.url, ""), (site.proxied, "/auth"), (site.spa, "")):
            path = spelling.format(secret).replace("/127.0.0.1", "/127.0.0.1" + prefix)
            if not prefix or "http:" in path:
                line = f"GET {path} HTTP/1.1"
            else:
                line = f"GET {prefix}{path} HTTP/1.1"
            assert ask(site, line, ["Host: 127.0.0.1", "Connection: close"], base) in (
                200, 302, 400, 404), line
            assert secret not in logged(site), line


@pytest.mark.parametrize("headers", [[], ["Host: a b"], ["Host: x", "a b: c"], ["Host: x"] + ["A: b"] * 200,
                                     ["Host: x", "Connection: X-Remote-User"]])
def test_a_malformed_request_reveals_no_link_either(site, link, headers):
    secret = link.rsplit("/", 1)[1]
    assert ask(site, f"GET {link} HTTP/1.1", headers) == 400
    text = logged(site)
    assert secret not in text and "GET /reset/***" in text


def test_a_link_with_an_encoded_letter_works(site, link):
    assert site.visitor().get(link.replace("/r", "/%72")).status_code == 200


def test_the_status_page_shows_no_link_while_it_is_being_requested(site, link):
    secret = link.rsplit("/", 1)[1]
    with socket.create_connection(("127.0.0.1", site.port), 30) as connection:
        connection.sendall(f"POST {link} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
                           "Content-Type: application/x-www-form-urlencoded\r\n\r\np".encode())
        assert eventually(lambda: "POST /reset/***" in site.visitor().get("/server-status").text)
        assert secret not in site.visitor().get("/server-status").text


@pytest.mark.parametrize("path", ["/auth/reset/{}", "/auth/confirm/{}", "/auth/change-email/{}"])
def test_where_everything_is_proxied_links_are_masked_and_not_passed_on(site, path):
    secret = "Ab-_" * 10 + "xyz"
    answer = ask(site, f"GET {path.format(secret)} HTTP/1.1", ["Host: x", "Connection: close"],
                 site.proxied)
    assert answer == 302
    assert secret not in logged(site)


def test_the_applications_own_paths_stay_as_they_are(site):
    path = "/reset/" + "A" * 43
    for other in (path, "/auth/reset", "/auth/reset/", "/auth/resets/" + "A" * 43, "/auth/reset/a/b"):
        visitor = site.visitor()
        visitor.base = site.proxied
        answer = visitor.get(other)
        assert answer.status_code == 200
        if other != "/auth/reset":
            assert answer.headers["X-Asked-For"] == other
            assert f"GET {other} HTTP/1.1" in logged(site)


def test_a_referer_with_a_secret_is_reduced_to_its_origin(site, link):
    secret = link.rsplit("/", 1)[1]
    for referer in (site.url + link, f"{site.url}/%72eset/{secret}#x", f"{site.url}//reset/{secret}?a",
                    f"{site.url}/page?auth_token={secret}"):
        ask(site, "GET /choose.html HTTP/1.1", ["Host: x", "Connection: close", f"Referer: {referer}"])
        text = logged(site)
        assert secret not in text and f"{site.url}/ " in text
    for referer in (f"{site.url}/reset", f"{site.url}/page?a=b", "https://elsewhere.example/x"):
        ask(site, "GET /choose.html HTTP/1.1", ["Host: x", "Connection: close", f"Referer: {referer}"])
        assert f" {referer} " in logged(site)


def test_a_link_passed_to_a_single_page_application_is_in_no_request_line(site, mailbox):
    secret = ask_for_link(site, mailbox, site.spa).rsplit("/", 1)[1]
    site.links.discard(secret)  # %q shows it
    visitor = site.visitor()
    visitor.base = site.spa
    answer = visitor.get("/reset/" + secret)
    assert answer.headers["Location"] == f"/choose.html?token={secret}"
    assert visitor.get(answer.headers["Location"]).text == "choose"
    assert visitor.get("/index.html", headers={
        "Referer": site.spa + answer.headers["Location"]}).status_code == 200
    lines = [line for line in logged(site).splitlines() if secret in line]
    assert not [line for line in lines if f"token={secret} HTTP" in line or "Referer" in line]


@pytest.mark.event
@pytest.mark.skipif(not shutil.which("curl"), reason="no curl")
def test_http_2_shows_no_link_and_reads_cookies_as_one(site, link):
    secret = link.rsplit("/", 1)[1]
    done = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-w", "%{http_version} %{http_code}",
                           site.url + link], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("2 200") and f'action="{link}"' in done.stdout
    assert secret not in logged(site)
    good = site.member("ann").cookie("session")
    done = subprocess.run(["curl", "-s", "--http2-prior-knowledge", "-w", "%{http_code}",
                           "-H", "Cookie: a=1", "-H", f"Cookie: session={good}", "-H", "Cookie: b=2",
                           site.url + "/members/"], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("200")
