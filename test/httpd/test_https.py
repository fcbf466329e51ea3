# SPDX-License-Identifier: Apache-2.0
"""TLS and HTTP/2."""

import subprocess

import pytest

CONFIG = """
LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so
Protocols h2 http/1.1
"""


@pytest.fixture(scope="module")
def site(make_site, stack):
    return make_site(CONFIG if stack.mpm == "event" else "")


@pytest.mark.smoke
def test_cookies_over_tls_are_bound_to_the_host(site):
    visitor = site.visitor(secure=True)
    answer = visitor.sign_in("ann", remember="y")
    assert answer.status_code == 302
    assert visitor.is_signed_in()
    assert visitor.cookie("__Host-session") and visitor.cookie("__Host-remember_token")
    assert visitor.cookie("session") is None
    for cookie in visitor.session.cookies:
        assert cookie.secure and cookie.path == "/"


def test_a_tls_session_is_not_accepted_without_tls(site):
    visitor = site.visitor(secure=True)
    visitor.sign_in("ann")
    secret = visitor.cookie("__Host-session")
    thief = site.visitor()
    for name in ("session", "__Host-session"):
        thief.set_cookie(name, secret)
    assert not thief.is_signed_in()


def test_a_cookie_without_the_prefix_is_not_accepted_over_tls(site):
    visitor = site.visitor(secure=True)
    visitor.sign_in("ann")
    other = site.visitor(secure=True)
    other.set_cookie("session", visitor.cookie("__Host-session"))
    assert not other.is_signed_in()


@pytest.mark.event
def test_http2_knows_the_user_of_every_stream(site):
    visitor = site.visitor(secure=True)
    visitor.sign_in("ada")
    curl = ["curl", "-sS", "--http2", "--cacert", site.certificates / "cert.pem",
            "-w", "%{http_version} %{http_code}\n", "-o", "/dev/null"]
    cookie = ["-H", f"Cookie: __Host-session={visitor.cookie('__Host-session')}"]
    done = subprocess.run(
        [*curl, *cookie, f"{site.secure_url}/admin/index.html?x=[1-9]"], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:-1] == ["2 200"] * 9
    done = subprocess.run([*curl, "-H", "Accept: */*", f"{site.secure_url}/admin/index.html"],
                          capture_output=True, text=True, check=True)
    assert done.stdout == "2 401\n"
