# SPDX-License-Identifier: Apache-2.0
"""Who may read what: the Require lines of a site, for browsers and for programs."""

import pytest
from visitor import password_of

WRITERS = "\u0646\u0648\u06cc\u0633\u0646\u062f\u0647\u200c\u0647\u0627"
AREAS = {"joined": f"Require role {WRITERS}",
         "listed": "SecurityApiEnabledMethods session token basic\nRequire valid-user",
         "programs": "SecurityApiEnabledMethods token\nRequire valid-user",
         "viewed": "SecurityUnauthorizedView /viewed/sorry.html?why=role\nRequire role admin"}


@pytest.fixture(scope="module")
def site(make_site):
    def config(site):
        for area, rules in HTACCESS.items():
            (site.docs / area).mkdir()
            (site.docs / area / ".htaccess").write_text(rules)
        (site.docs / "pretty" / "real.html").write_text("you read pretty")
        (site.docs / "list" / "public.html").write_text("public")
        (site.docs / "list" / "guarded.html").write_text("guarded")
        return f"""
LoadModule rewrite_module /usr/lib/apache2/modules/mod_rewrite.so
LoadModule autoindex_module /usr/lib/apache2/modules/mod_autoindex.so
<Directory {site.docs}>
AllowOverride All
Options +FollowSymLinks +Indexes
</Directory>
"""

    return make_site(config, AREAS)


HTACCESS = {
    "pretty": "RewriteEngine On\nRewriteBase /pretty/\nRewriteRule ^page/([a-z]*)$ real.html?p=$1 [L]\n"
              "<Files real.html>\nAuthType Security\nRequire valid-user\n</Files>\n",
    "list": "<Files guarded.html>\nAuthType Security\nRequire valid-user\n</Files>\n",
}


@pytest.mark.smoke
def test_everybody_reads_a_page_without_a_guard(site):
    answer = site.visitor().get("/")
    assert answer.status_code == 200
    assert "home" in answer.text


@pytest.mark.smoke
def test_a_browser_without_a_session_is_sent_to_sign_in_and_back(site):
    visitor = site.visitor()
    answer = visitor.get("/members/?a=b")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/members/")
    assert "you read" not in answer.text
    answer = visitor.sign_in("ann", path=answer.headers["Location"])
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/members/?a=b"
    assert "you read members" in visitor.get("/members/?a=b").text


def test_a_program_without_credentials_gets_401_with_a_challenge(site):
    answer = site.visitor(accept="*/*").get("/members/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"]
    assert "you read" not in answer.text


def test_a_basic_challenge_is_sent_only_where_basic_is_enabled(site):
    program = site.visitor(accept="*/*")
    assert "Basic" in program.get("/listed/").headers["WWW-Authenticate"]
    assert "Basic" not in program.get("/members/").headers["WWW-Authenticate"]


def test_a_json_client_without_credentials_gets_a_json_401(site):
    answer = site.visitor(accept="application/json").get("/members/")
    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/json")
    body = answer.json()
    assert body["meta"]["code"] == 401
    assert body["response"]["errors"]


@pytest.mark.smoke
@pytest.mark.parametrize("area, name, status", [
    ("members", "ann", 200), ("admin", "ann", 403), ("admin", "ada", 200), ("staff", "ed", 200),
    ("staff", "ann", 403), ("writers", "ed", 200), ("writers", "ada", 403),
    ("confirmed", "ann", 200), ("confirmed", "una", 403),
    ("any", "ada", 200), ("any", "ed", 200), ("any", "ann", 403),
    ("all", "twin", 200), ("all", "ada", 403), ("all", "ed", 403),
    ("unbanned", "ann", 200), ("unbanned", "bart", 403),
])
def test_a_guard_decides_by_the_users_roles_and_permissions(site, area, name, status):
    answer = site.member(name).get(f"/{area}/")
    assert answer.status_code == status
    assert (f"you read {area}" in answer.text) == (status == 200)


@pytest.mark.parametrize("area", ["admin", "writers", "confirmed", "fresh", "any", "all", "unbanned"])
def test_every_guard_sends_an_unknown_browser_to_sign_in(site, area):
    answer = site.visitor().get(f"/{area}/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/login?next=/")


def test_a_json_client_without_the_role_gets_a_json_403(site):
    program = site.visitor(accept="application/json")
    assert program.sign_in_json("ann").status_code == 200
    answer = program.get("/admin/")
    assert answer.status_code == 403
    assert answer.json()["meta"]["code"] == 403


@pytest.mark.parametrize("path", [
    "//admin/", "/./admin/", "/x/../admin/", "/%61dmin/", "/admin//", "/admin/index.html",
    "/admin/index.html/extra", "/admin/%69ndex.html", "/%2e/admin/"])
def test_no_spelling_of_a_path_bypasses_a_guard(site, path):
    import http.client
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert "you read" not in answer.read().decode()
    assert answer.status != 200


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND", "FOO", "POST"])
def test_every_method_meets_the_same_guard(site, method):
    answer = site.visitor(accept="*/*").request(method, "/admin/")
    assert answer.status_code in (401, 403, 501)
    assert "you read" not in answer.text


def test_head_is_guarded_like_get(site):
    assert site.visitor(accept="*/*").request("HEAD", "/members/").status_code == 401
    assert site.member("ann").request("HEAD", "/members/").status_code == 200


def test_trace_does_not_reveal_the_session_cookie(site):
    member = site.member("ann")
    answer = member.request("TRACE", "/members/")
    assert member.cookie("session") not in answer.text


def test_an_unknown_host_name_changes_no_decision(site):
    for host in ("evil.example", "127.0.0.1.", "LOCALHOST"):
        answer = site.visitor().get("/admin/", headers={"Host": host})
        assert answer.status_code == 302
        assert answer.headers["Location"].startswith("/login?next=/admin/")


def test_a_browser_returns_to_the_address_it_requested_whatever_serves_it(site):
    visitor = site.visitor()
    answer = visitor.get("/pretty/page/one?a=b")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=/pretty/page/one%3Fa%3Db"
    answer = visitor.sign_in("ann", path=answer.headers["Location"])
    assert answer.headers["Location"] == "/pretty/page/one?a=b"
    assert "you read pretty" in visitor.get("/pretty/page/one?a=b").text


def test_a_browser_is_not_sent_to_sign_in_where_sessions_are_not_accepted(site):
    for visitor in (site.visitor(), site.member("ann")):
        answer = visitor.get("/programs/")
        assert answer.status_code == 401
        assert "Location" not in answer.headers


def test_a_view_that_is_itself_refused_causes_no_loop(site):
    member = site.member("ann")
    answer = member.get("/viewed/")
    assert answer.status_code == 302
    assert member.get(answer.headers["Location"]).status_code == 403


def test_a_list_shows_what_its_reader_may_see_and_is_then_private(site):
    answer = site.visitor().get("/list/")
    assert "public.html" in answer.text and "guarded.html" not in answer.text
    answer = site.member("ann").get("/list/")
    assert "guarded.html" in answer.text
    assert "private" in answer.headers["Cache-Control"]
    assert "Cookie" in answer.headers["Vary"]


def test_a_role_in_a_script_with_joiners_works_like_any_other(site):
    """Persian, Sinhala and other scripts use invisible joiners."""
    site.tool("roles", "create", WRITERS)
    site.tool("users", "create", "joined@example.org", "--password-stdin", "--confirmed", "--role",
              WRITERS, typed=password_of("joined") + "\n")
    assert site.member("joined").get("/joined/").status_code == 200
    assert site.member("ann").get("/joined/").status_code == 403


@pytest.mark.mysql
def test_a_user_with_a_thousand_roles_needs_no_sql_either(site):
    def questions():
        return int(site.database.server.sql("SHOW GLOBAL STATUS LIKE 'Questions'").split()[1])

    site.sql("INSERT INTO role (name) SELECT CONCAT('role-number-', seq) FROM seq_1_to_1000")
    site.sql("INSERT INTO roles_users (user_id, role_id) SELECT `user`.id, role.id FROM `user`, role"
             " WHERE email = 'twin@example.org' AND name LIKE 'role-number-%'")
    member = site.member("twin")
    assert member.get("/all/").status_code == 200
    before = questions()
    for _ in range(50):
        assert member.get("/all/").status_code == 200
    # The service asks a few times a second; a request would have asked three times.
    assert questions() - before < 100


def test_an_endpoint_is_open_to_all_except_those_refused_by_its_location(make_site, expect_log):
    expect_log("AH01630")  # httpd logs whom it denied

    def config(site):
        return f"""
SecurityRegisterable On
SecurityRecoverable On
SecurityChangeable On
<Location />
AuthType Security
Require valid-user
</Location>
<Directory {site.docs}>
Require all denied
</Directory>
<Location /register>
Require ip 192.0.2.1
</Location>
<Location /change>
Require all denied
</Location>
<If "%{{REQUEST_URI}} == '/reset'">
Require all denied
</If>
"""

    site = make_site(config)
    visitor = site.visitor()
    assert visitor.get("/security.css").status_code == 200
    for path in ("/register", "/change", "/reset"):
        assert visitor.get(path).status_code == 403
        assert visitor.post(path, {"email": "new@example.org"}).status_code == 403
    assert visitor.get("/").status_code == 302
    assert visitor.get("/login").status_code == 200
    assert visitor.sign_in("ann").status_code == 302
    assert visitor.get("/account").status_code == 200
    assert visitor.get("/change").status_code == 403
