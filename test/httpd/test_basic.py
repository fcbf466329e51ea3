# SPDX-License-Identifier: Apache-2.0
"""HTTP Basic: httpd's own against our accounts, and ours beside session and token."""

import base64

import pytest
from servers import eventually
from visitor import password_of

CONFIG = """
SecurityUsernameEnable On
<Location /theirs>
AuthType Basic
AuthBasicProvider security
</Location>
<Location /ours>
SecurityApiEnabledMethods session token basic
</Location>
<Location /theirfresh>
AuthType Basic
AuthBasicProvider security
</Location>
<Location /barred>
AuthType Basic
AuthBasicProvider security
</Location>
<Location /remembered>
AuthType Basic
AuthBasicProvider socache security
AuthnCacheProvideFor security
</Location>
AuthnCacheEnable
<Location /forbidden>
AuthType Basic
AuthBasicProvider security
AuthzSendForbiddenOnFailure On
</Location>
"""
BARRED = "<RequireAll>\nRequire valid-user\nRequire not user ann@example.org\n</RequireAll>"
AREAS = {"barred": BARRED, "remembered": BARRED, "theirs": "Require role editor", "forbidden": "Require role editor",
         "ours": "Require valid-user", "theirfresh": "Require fresh 1m",
         "ourfresh": "SecurityApiEnabledMethods basic\nRequire fresh 1m"}


@pytest.fixture(autouse=True)
def own_lines_of_httpd(expect_log):
    expect_log("AH01617")  # mod_auth_basic logs who failed
    expect_log("AH01614")  # and who sent another scheme


def ask(site, path, name, password=None):
    return site.visitor(accept="*/*").get(path, auth=(
        name if "@" in name else f"{name}@example.org", password or password_of(name)))


@pytest.mark.smoke
@pytest.mark.parametrize("path", ["/theirs/", "/ours/"])
def test_name_and_password_open_a_page(site, path):
    assert ask(site, path, "ed").status_code == 200
    assert ask(site, path, "ed", "wrong-password").status_code == 401
    assert ask(site, path, "stranger@example.org", "wrong-password").status_code == 401
    assert ask(site, path, "ina").status_code == 401


def test_a_role_is_required_with_basic_too(site):
    assert ask(site, "/theirs/", "ann").status_code == 401  # httpd's own behaviour for Basic
    assert ask(site, "/forbidden/", "ann").status_code == 403
    assert ask(site, "/forbidden/", "ed").status_code == 200


@pytest.mark.parametrize("path", ["/barred/", "/remembered/"])
@pytest.mark.parametrize("name, password", [
    ("ann@example.org", "ann"), ("ANN@example.org", "ann"), ("Ann@EXAMPLE.org", "ann"),
    ("annabel", "ann"), ("ANNABEL", "ann"), ("AnnaBel", "ann"),
    ("\uff41\uff4e\uff4e@example.org", "ann"), ("ann@\uff45xample.org", "ann"),
    ("ED@Example.Org", "ed")])
def test_no_spelling_of_a_name_bypasses_a_line_that_refuses_it(site, path, name, password):
    credentials = base64.b64encode(f"{name}:{password_of(password)}".encode()).decode()
    for _ in range(2):
        answer = site.visitor(accept="*/*").get(path, headers={"Authorization": f"Basic {credentials}"})
        assert answer.status_code == (200 if password == "ed" else 401)
    if password == "ed":
        line = site.access_log.read_text().splitlines()[-1]
        assert line.startswith("127.0.0.1 ed@example.org ")


@pytest.mark.parametrize("path", ["/theirfresh/", "/ourfresh/"])
def test_basic_proves_the_password_with_every_request(site, path):
    assert ask(site, path, "ann").status_code == 200


def test_basic_starts_no_session(site):
    answer = ask(site, "/ours/", "ann")
    assert "Set-Cookie" not in answer.headers


def test_basic_is_not_accepted_where_it_is_not_listed(site):
    assert ask(site, "/members/", "ann").status_code == 401


def test_a_username_works_like_the_address(site):
    answer = site.visitor(accept="*/*").get("/ours/", auth=("annabel", password_of("ann")))
    assert answer.status_code == 200


@pytest.mark.smoke
@pytest.mark.parametrize("path", ["/theirs/", "/ours/"])
def test_a_password_with_a_record_is_forgotten_with_the_account(site, path):
    assert ask(site, path, "ed").status_code == 200
    site.tool("users", "deactivate", "ed@example.org")
    assert eventually(lambda: ask(site, path, "ed").status_code == 401)
    site.tool("users", "activate", "ed@example.org")
    assert eventually(lambda: ask(site, path, "ed").status_code == 200)


@pytest.mark.parametrize("path", ["/theirs/", "/ours/"])
@pytest.mark.parametrize("plain", [b"", b":", b"ann@example.org", b"ann@example.org:", b":x",
                                   b"ann@example.org\0:x", b"\xff\xfe:x", b"a:" + b"b" * 5000])
def test_malformed_credentials_authenticate_nobody(site, path, plain):
    answer = site.visitor(accept="*/*").get(
        path, headers={"Authorization": "Basic " + base64.b64encode(plain).decode()})
    assert answer.status_code in (400, 401)


def test_our_own_pages_accept_basic_where_it_is_enabled(make_site):
    site = make_site("SecurityChangeable On\nSecurityTokens On\n"
                     "SecurityApiEnabledMethods session basic token")
    for method in ("GET", "POST"):
        answer = site.visitor().request(method, "/change")
        assert answer.status_code == 401 and "Location" not in answer.headers
        assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    program = site.visitor(accept="application/json")
    assert program.get("/change", auth=("ann@example.org", "wrong-password")).status_code == 401
    own = ("ann@example.org", password_of("ann"))
    assert program.get("/change", auth=own).status_code == 200
    answer = program.post("/tokens", json={"name": "backup"}, auth=own)
    secret = answer.json()["response"]["secret"]
    site.secrets.add(secret)
    for path in ("/change", "/account", "/tokens"):
        assert program.get(path, auth=("ann@example.org", secret)).status_code == 403
    answer = program.get("/change", auth=("ed@example.org", secret))
    assert answer.status_code == 401
