# SPDX-License-Identifier: Apache-2.0
"""Backends behind httpd and proxies in front of it: what each is told, and what it cannot do."""

import http.client
import pathlib
import subprocess

import pytest
from servers import MariaDatabase, SqliteDatabase, free_port
from servers_httpd import TOOL

AREAS = {"app": "Require valid-user", "handed": "SecurityPassHeaders On\nRequire valid-user",
         "named": "Require valid-user"}


@pytest.fixture(scope="module")
def site(make_site, backend):
    def config(site):
        port = free_port()
        site.fronted = f"http://127.0.0.1:{port}"
        return f"""
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SecurityPublicUrl https://shop.example
</VirtualHost>
ProxyPass /raw http://127.0.0.1:{backend.port}/pub nocanon
ProxyPass /app http://127.0.0.1:{backend.port}/app
ProxyPass /named http://127.0.0.1:{backend.port}/named
<Location /handed>
SetHandler proxy:http://127.0.0.1:{backend.port}
</Location>
<Location /named>
RequestHeader set X-Who expr=%{{reqenv:SECURITY_EMAIL}}
RequestHeader set Authorization "Bearer of-the-site"
</Location>
"""

    return make_site(config, AREAS)


def received(answer, name):
    return [value for key, value in answer.json() if key.lower() == name.lower()]


def test_a_token_in_the_query_cannot_change_the_path(site):
    """A token is removed from the query, but not from a path that contains the same text."""
    query = "auth_token=x&../secret"
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", f"/raw/{query}?{query}")
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200
    assert answer.headers["X-Asked-For"] == "/pub/auth_token=x&../secret?../secret"


@pytest.mark.smoke
def test_a_backend_set_by_a_handler_is_told_and_denied_the_same(site):
    member = site.member("ann")
    answer = member.get("/handed/")
    assert received(answer, "X-Security-Email") == ["ann@example.org"]
    assert member.cookie("session") not in "".join(received(answer, "Cookie"))


def test_the_site_sets_headers_from_our_variables_and_its_own(site):
    answer = site.member("ann").get("/named/")
    assert received(answer, "X-Who") == ["ann@example.org"]
    assert received(answer, "Authorization") == ["Bearer of-the-site"]


@pytest.mark.parametrize("cookie", [
    "session=planted", " session =planted", "session\t=planted", "=session=planted",
    "remember_token=planted; Path=/", "__Host-session=planted; Secure; Path=/"])
def test_a_backend_cannot_plant_a_session(site, cookie):
    answer = site.member("ann").get("/app/", headers={"X-Wanted-Cookie": cookie.strip()})
    assert answer.status_code == 200
    assert "planted" not in str(answer.headers)


def test_a_backend_keeps_its_own_cookies(site):
    answer = site.member("ann").get("/app/", headers={"X-Wanted-Cookie": "sessions=of-the-app"})
    assert answer.headers["Set-Cookie"] == "sessions=of-the-app"


def test_behind_a_proxy_that_ends_tls_cookies_are_those_of_tls(site):
    visitor = site.visitor()
    visitor.base = site.fronted
    answer = visitor.sign_in("ann", remember="y")
    assert answer.status_code == 302
    cookies = answer.raw.headers.getlist("Set-Cookie")
    assert [cookie for cookie in cookies if cookie.startswith("__Host-session=")]
    assert all("Secure" in cookie for cookie in cookies)
    jar = "; ".join(cookie.split(";")[0] for cookie in cookies)
    assert visitor.get("/members/", headers={"Cookie": jar}).status_code == 200
    plain = jar.replace("__Host-", "")
    assert visitor.get("/members/", headers={"Cookie": plain}).status_code == 302


@pytest.mark.parametrize("origin, status", [
    ("https://shop.example", 302), ("https://evil.example", 403), ("null", 403)])
def test_behind_a_proxy_that_ends_tls_forms_come_from_the_public_url(site, origin, status):
    visitor = site.visitor()
    visitor.base = site.fronted
    answer = visitor.post("/login", visitor.credentials("ann", None, {}),
                          headers={"Origin": origin, "Host": "shop.example"})
    assert answer.status_code == status


def test_a_guard_without_endpoints_protects_its_backend_too(make_site, backend):
    def config(site):
        port = free_port()
        site.endless = f"http://127.0.0.1:{port}"
        return f"""
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SecurityEngine Off
SecurityPublicUrl {site.url}
ProxyPass /members http://127.0.0.1:{backend.port}/members
<Location /members>
SecurityPassHeaders On
</Location>
</VirtualHost>"""

    site = make_site(config)
    member = site.member("ann")
    member.base = site.endless
    answer = member.get("/members/", headers={"X_Remote_User": "ada", "Security.Roles": "admin"})
    assert received(answer, "X-Remote-User") == ["ann@example.org"]
    assert not received(answer, "X_Remote_User") and not received(answer, "Security.Roles")
    assert member.cookie("session") not in answer.text


def test_one_public_url_on_two_databases_is_two_sites(make_site, stack, request):
    """Staging and production often share a configuration, and therefore the URL."""

    def config(site):
        port = free_port()
        site.staging = f"http://127.0.0.1:{port}"
        if stack.database == "mysql":
            second = MariaDatabase(request.getfixturevalue("mariadb"))
        else:
            second = SqliteDatabase(pathlib.Path(f"{site.folder}.second"))
        subprocess.run([TOOL, "--driver", second.driver, "--params", second.params, "schema",
                        "create"], check=True, capture_output=True)
        second.hand_over()
        return f"""
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
DBDParams "{second.params}"
</VirtualHost>"""

    site = make_site(config)
    member = site.member("ann")
    assert member.is_signed_in()
    member.base = site.staging
    assert member.get("/members/").status_code == 302


def test_a_virtual_host_without_our_directives_is_a_separate_site(make_site):
    def config(site):
        text = site.configuration.read_text()
        site.configuration.write_text(text.replace(f"SecurityPublicUrl {site.url}\n", ""))
        site.ports = [free_port(), free_port()]
        return "\n".join(f"Listen 127.0.0.1:{port}\n<VirtualHost 127.0.0.1:{port}>\n"
                         f"ServerName 127.0.0.1:{port}\n</VirtualHost>" for port in site.ports)

    site = make_site(config)
    first, second = (f"http://127.0.0.1:{port}" for port in site.ports)
    member = site.visitor()
    member.base = first
    assert member.sign_in("ann").status_code == 302
    assert member.is_signed_in()
    member.base = second
    assert not member.is_signed_in()
