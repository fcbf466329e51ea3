# SPDX-License-Identifier: Apache-2.0
"""httpd has loaded the module, but no virtual host turns it on."""

import pytest

pytestmark = pytest.mark.once

# What the engine needs, and a server that does not use it may lack.
NEEDED = ("mod_dbd", "socache_shmcb", "mod_ssl", "DBD", "Security")
OFF = "SecurityEngine is not On anywhere"

GUARDED = """
<Location /members>
AuthType Security
AuthName lab
Require valid-user
</Location>
<Location /admin>
AuthType Security
AuthName lab
Require role admin
</Location>
<Location /staff>
AuthType Basic
AuthName lab
AuthBasicProvider security
Require valid-user
</Location>
"""


@pytest.fixture(scope="module")
def bare(make_site):
    site = make_site(fill=False, start=False)
    lines = site.configuration.read_text().split("<Directory")[0].splitlines(True)
    kept = [line for line in lines if not any(
        line.startswith(word) or f"/{word}" in line for word in NEEDED)
        and "tls" not in line and "https" not in line]
    own = site.folder / "own"
    own.mkdir()
    (own / "login.html").write_text("{{# broken")
    site.configuration.write_text(
        "".join(kept) + GUARDED
        + f"SecurityTemplates {own}\n")
    site.start()
    return site


def test_a_server_without_an_engine_needs_no_database_templates_or_other_modules(bare):
    assert bare.visitor().get("/").status_code == 200
    assert bare.visitor().get("/login").status_code == 404
    assert not [line for line in bare.new_log().splitlines() if "security_auth" in line]


@pytest.mark.parametrize("headers", [
    {}, {"Cookie": "session=" + 43 * "A"}, {"Cookie": "remember_token=" + 43 * "A"},
    {"X-Auth-Token": 43 * "A"}, {"Authorization": "Basic YW5uOng="},
    {"Authorization": "Bearer " + 43 * "A"}, {"Accept": "application/json"}])
def test_guards_without_any_engine_let_nobody_in_and_say_why(bare, expect_log, headers):
    expect_log(OFF)
    for area in ("members", "admin"):
        bare.new_log()
        answer = bare.visitor().get(f"/{area}/", headers=headers)
        assert answer.status_code == 503
        assert "you read" not in answer.text
        assert len([line for line in bare.new_log().splitlines() if OFF in line]) == 1


def test_passwords_prove_nothing_where_no_engine_checks_them(bare, expect_log):
    expect_log(OFF)
    answer = bare.visitor().get("/staff/", headers={"Authorization": "Basic YW5uOng="})
    assert answer.status_code == 503
    assert bare.visitor().get("/staff/").status_code == 401
    assert OFF in bare.new_log()
