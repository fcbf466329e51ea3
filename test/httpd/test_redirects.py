# SPDX-License-Identifier: Apache-2.0
"""Where a visitor lands after signing in: never on somebody else's site."""

import urllib.parse

import pytest

OUTSIDE = [
    "https://evil.example/x", "http://evil.example/", "//evil.example", "///evil.example",
    "////evil.example/%2e%2e", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
    "\\\\\\evil", "/\t/evil.example", "/\n/evil", "\t//evil.example", " //evil.example",
    "\x01//evil.example", "/%09/evil.example", "/%2f%2fevil.example", "/%5cevil.example",
    "/%68%74%74%70%3a//evil.example", "https://127.0.0.1@evil.example",
    "https://127.0.0.1%40evil.example", "http:evil.example", "https:/evil.example",
    "https:evil.example", "javascript:alert(1)", "/javascript:alert(1)", "\x01javascript:alert(1)",
    "data:text/html,x", "/" + "a" * 9000, "//evil.example\\@127.0.0.1", "/.//evil.example",
    "/x/..//evil.example", "http://127.0.0.1.evil.example/", "http://[::1]/", "ftp://127.0.0.1/",
    "/\r\nLocation: https://evil.example/", "/\r\nSet-Cookie: a=b",
]


def stays_here(site, location):
    """Where a browser would go from the sign-in page, according to the WHATWG URL standard."""
    cleaned = location.strip("".join(map(chr, range(33)))).replace("\\", "/")
    for invisible in "\t\r\n":
        cleaned = cleaned.replace(invisible, "")
    target = urllib.parse.urlsplit(urllib.parse.urljoin(site.url + "/login", cleaned))
    return (target.scheme in ("http", "https") and target.netloc == site.url[len("http://"):]
            and not cleaned.startswith("//"))


@pytest.mark.parametrize("target", OUTSIDE, ids=lambda target: repr(target)[:40])
@pytest.mark.parametrize("source", ["field", "query"])
def test_next_never_leaves_the_site(site, target, source):
    visitor = site.visitor()
    if source == "field":
        answer = visitor.sign_in("ann", next=target)
    else:
        answer = visitor.sign_in("ann", path="/login?" + urllib.parse.urlencode({"next": target}))
    if answer.status_code == 302:
        assert stays_here(site, answer.headers["Location"])
        assert "Set-Cookie: a=b" not in str(answer.headers)
    else:
        assert answer.status_code in (200, 400, 413, 414)
        assert not visitor.is_signed_in()


@pytest.mark.parametrize("target", ["/page1", "/a?b=c%26d", "/members/?x=1&y=2", "/"])
def test_next_leads_to_a_page_of_this_site(site, target):
    answer = site.visitor().sign_in("ann", next=target)
    assert answer.status_code == 302
    assert answer.headers["Location"] == target


def test_a_wrong_password_never_redirects(site):
    answer = site.visitor().sign_in("ann", "wrong-password", next="https://evil.example/")
    assert "Location" not in answer.headers


def test_the_host_header_of_an_untrusted_proxy_changes_nothing(site):
    answer = site.visitor().post(
        "/login", {"email": "ann@example.org", "password": "Wq7-staple-nna-battery",
                   "next": "https://evil.example/"},
        headers={"X-Forwarded-Host": "evil.example"})
    assert "evil" not in answer.headers.get("Location", "")


def test_the_page_escapes_next(site):
    answer = site.visitor().get("/login?" + urllib.parse.urlencode({"next": '/"><script>x</script>'}))
    assert "<script>x" not in answer.text
