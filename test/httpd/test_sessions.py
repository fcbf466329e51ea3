# SPDX-License-Identifier: Apache-2.0
"""The life of a session: remembered, ended by its owner or by the administrator, bound to its site."""

import pytest
from servers import eventually, free_port
from visitor import password_of


@pytest.mark.smoke
def test_a_remember_cookie_signs_in_again_and_is_replaced(site):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    first = member.cookie("remember_token")
    assert first
    member.drop_cookie("session")
    assert member.is_signed_in()
    assert member.cookie("remember_token") not in (None, first)
    assert member.cookie("session")


def test_nobody_is_remembered_without_asking(site):
    assert site.member("ann").cookie("remember_token") is None


def test_a_replayed_remember_cookie_ends_its_whole_family(site, expect_log):
    expect_log("remember")
    member = site.visitor()
    member.sign_in("ann", remember="y")
    first = member.cookie("remember_token")
    member.drop_cookie("session")
    assert member.is_signed_in()
    # Longer ago than two tabs of one browser could be apart.
    site.sql("UPDATE security_ticket SET spent_at = spent_at - 60 WHERE spent_at > 0")
    thief = site.visitor()
    thief.set_cookie("remember_token", first)
    assert not thief.is_signed_in()
    assert not member.is_signed_in()


def test_a_remembered_visitor_is_not_fresh(site):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    assert member.get("/fresh/").status_code == 200
    member.drop_cookie("session")
    answer = member.get("/fresh/")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/verify?next=/fresh/")


@pytest.mark.smoke
def test_proving_the_password_makes_a_session_fresh(site):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    member.drop_cookie("session")
    place = member.get("/fresh/").headers["Location"]
    assert member.get(place).status_code == 200
    assert member.post(place, {"password": "wrong-password"}).status_code == 200
    assert member.get("/fresh/").status_code == 302
    answer = member.post(place, {"password": password_of("ann")})
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/fresh/"
    assert member.get("/fresh/").status_code == 200


def test_a_json_client_is_told_to_prove_the_password(site):
    program = site.visitor(accept="application/json")
    program.sign_in_json("ann", remember=True)
    program.drop_cookie("session")
    answer = program.get("/fresh/")
    assert answer.status_code == 401
    assert answer.json()["response"]["reauth_required"] is True


def test_sign_out_ends_the_remember_cookie_too(site):
    member = site.visitor()
    member.sign_in("ann", remember="y")
    kept = member.cookie("remember_token")
    member.post("/logout")
    thief = site.visitor()
    thief.set_cookie("remember_token", kept)
    assert not thief.is_signed_in()


def test_sign_in_replaces_a_planted_session(site):
    visitor = site.visitor()
    planted = "A" * 43
    visitor.set_cookie("session", planted)
    visitor.sign_in("ann")
    assert planted not in [cookie.value for cookie in visitor.session.cookies]
    other = site.visitor()
    other.set_cookie("session", planted)
    assert not other.is_signed_in()


@pytest.mark.smoke
def test_the_tool_deactivates_a_user_who_is_signed_in(site):
    member = site.member("ed")
    assert member.is_signed_in()
    site.tool("users", "deactivate", "ed@example.org")
    assert eventually(lambda: not member.is_signed_in())
    site.tool("users", "activate", "ed@example.org")


@pytest.mark.smoke
def test_granting_and_revoking_a_role_with_the_tool_takes_effect_at_once(site):
    member = site.member("ann")
    assert member.get("/admin/").status_code == 403
    site.tool("roles", "add", "ann@example.org", "admin")
    assert eventually(lambda: member.get("/admin/").status_code == 200)
    site.tool("roles", "remove", "ann@example.org", "admin")
    assert eventually(lambda: member.get("/admin/").status_code == 403)


def test_revoking_a_permission_takes_effect_at_once(site):
    member = site.member("twin")
    assert member.get("/writers/").status_code == 200
    site.tool("roles", "revoke", "editor", "full-write")
    assert eventually(lambda: member.get("/writers/").status_code == 403)
    site.tool("roles", "grant", "editor", "full-write")
    assert eventually(lambda: member.get("/writers/").status_code == 200)


@pytest.mark.smoke
def test_a_password_changed_by_the_tool_ends_the_session(site):
    member = site.member("ada")
    secret = site.make_secret()
    site.tool("users", "password", "ada@example.org", "--password-stdin", typed=secret + "\n")
    assert eventually(lambda: not member.is_signed_in())
    assert site.visitor().sign_in("ada").status_code == 200
    assert site.visitor().sign_in("ada", secret).status_code == 302
    site.tool("users", "password", "ada@example.org", "--password-stdin",
              typed=password_of("ada") + "\n")


def test_a_change_by_other_programs_takes_effect_when_the_record_expires(make_site):
    site = make_site("SecurityCacheTimeout 2s")
    member = site.member("ann")
    assert member.is_signed_in()
    site.sql("UPDATE `user` SET password = NULL WHERE email = 'ann@example.org'")
    assert eventually(lambda: not member.is_signed_in())


def newest_change(site):
    return int(site.sql("SELECT COALESCE(MAX(id), 0) FROM security_changes")[0][0])


def changes(site, after):
    """Rows that tell other machines what to forget: whole users, and single secrets."""
    return tuple(
        int(site.sql(f"SELECT COUNT(*) FROM security_changes WHERE id > {after} AND digest IS "
                     f"{what}")[0][0])
        for what in ("NULL", "NOT NULL"))


def test_ending_sessions_that_do_not_exist_makes_no_machine_forget_anybody(site):
    ann = site.member("ann")
    other = site.member("ann")
    before = newest_change(site)
    assert ann.post("/account", {"end": "others"}).status_code == 302
    assert not other.is_signed_in()
    assert changes(site, before)[0] > 0
    before = newest_change(site)
    for _ in range(5):
        assert ann.post("/account", {"end": "others"}).status_code == 302
        assert ann.post("/account", {"end": "987654321"}).status_code == 404
    assert ann.is_signed_in()
    # Each time its own session got a new secret.
    assert changes(site, before) == (0, 5)


def test_the_tool_ends_the_sessions_of_a_user(site):
    member = site.member("bart")
    assert "127.0.0.1" in site.tool("sessions", "list", "bart@example.org").stdout
    site.tool("sessions", "end", "bart@example.org")
    assert eventually(lambda: not member.is_signed_in())


def test_a_deleted_user_is_signed_out(site):
    secret = site.make_secret()
    site.tool("users", "create", "gone@example.org", "--password-stdin", typed=secret + "\n")
    member = site.visitor()
    assert member.sign_in("gone@example.org", secret).status_code == 302
    assert member.is_signed_in()
    site.tool("users", "delete", "gone@example.org")
    assert eventually(lambda: not member.is_signed_in())


def test_a_restart_keeps_sessions(site):
    member = site.member("ann")
    site.reload()
    assert eventually(
        lambda: site.log.read_text().count("resuming normal operations") == 2)
    assert eventually(member.is_signed_in)


def test_two_people_at_once_never_see_each_other(site):
    import concurrent.futures
    people = {"ann": 403, "ada": 200}
    members = {name: site.member(name) for name in people}

    def ask(name):
        return members[name].get("/admin/").status_code == people[name]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert all(pool.map(ask, ["ann", "ada"] * 60))


def test_the_session_of_one_virtual_host_is_refused_by_another(make_site):
    def two_hosts(site):
        port = free_port()
        site.second = f"http://127.0.0.1:{port}"
        return f"""
Listen 127.0.0.1:{port}
<VirtualHost 127.0.0.1:{port}>
SecurityPublicUrl {site.second}
</VirtualHost>"""

    site = make_site(two_hosts)
    member = site.member("ann")
    assert member.is_signed_in()
    stranger = site.visitor()
    stranger.base = site.second
    stranger.set_cookie("session", member.cookie("session"))
    assert not stranger.is_signed_in()
    assert stranger.sign_in("ann").status_code == 302
    assert stranger.is_signed_in()


def test_a_session_with_a_record_ends_when_idle(make_site):
    """The record table must not keep what the idle limit has ended."""
    site = make_site("SecuritySessionIdle 8s\nSecurityCacheTimeout 1h")
    member = site.member("ann")
    assert member.get("/admin/").status_code == 403
    # When it starts, the service reloads everything, and once more whatever changed before.
    for sentence, status in (("add", 200), ("remove", 403)):
        site.tool("roles", sentence, "ann@example.org", "admin")
        assert eventually(lambda status=status: member.get("/admin/").status_code == status)
    site.sql("UPDATE security_ticket SET used_at = used_at - 3600")
    assert eventually(lambda: not member.is_signed_in())
