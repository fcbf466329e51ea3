# SPDX-License-Identifier: Apache-2.0
"""A mistake of comparable software: recording that something has ended only where it can be evicted."""

import concurrent.futures

from test_account import link_in
from visitor import Visitor

CONFIG = """
SecurityCacheSize 100
SecurityConfirmable On
SecurityRecoverable On
SecurityTokens On
SecurityLoginWithoutConfirmation On
SecurityThrottleAccount 0
SecurityThrottleAddress 0
"""

AREAS = {"all-ways": "SecurityApiEnabledMethods session token basic\nRequire valid-user"}


def ended(site, mailbox):
    """Secrets that have been used up, as the headers or paths that would use them again."""
    over = []
    visitor = site.visitor()
    visitor.sign_in("ann", remember="y")
    session, remember = visitor.cookie("session"), visitor.cookie("remember_token")
    assert visitor.is_signed_in()
    visitor.post("/logout")
    over += [{"Cookie": f"session={session}"}, {"Cookie": f"remember_token={remember}"}]

    answer = site.tool("tokens", "create", "ed@example.org", "a script").stdout.split()
    token = next(word for word in answer if word.startswith("msa_"))
    assert Visitor(site, accept="*/*").get("/all-ways/", headers={
        "Authorization": f"Bearer {token}"}).status_code == 200
    number = site.sql("SELECT id FROM security_ticket WHERE purpose = 'personal'")[-1][0]
    site.tool("tokens", "revoke", "ed@example.org", number)
    over.append({"Authorization": f"Bearer {token}"})

    for name, change in (("bart", "deactivate"), ("twin", "reset-access")):
        member = site.member(name)
        assert member.is_signed_in()
        over.append({"Cookie": f"session={member.cookie('session')}"})
        site.tool("users", change, f"{name}@example.org")
    return over


def spent_links(site, mailbox):
    una = site.member("una")
    una.post("/confirm", {"email": "una@example.org"})
    confirm = link_in(mailbox.wait_for("una@example.org"), site, "/confirm")
    assert site.visitor().get(confirm).status_code == 302
    site.visitor().post("/reset", {"email": "ada@example.org"})
    reset = link_in(mailbox.wait_for("ada@example.org", "instructions"), site, "/reset")
    word = site.make_secret()
    answer = site.visitor().post(reset, {"password": word, "password_confirm": word})
    assert answer.headers["Location"] == "/", answer.text
    return confirm, reset


def flood(site):
    """More than the record table holds: well-formed but invalid secrets, and real sessions."""
    members = [site.member("ed") for _ in range(12)]

    def ask(number):
        secret = f"{number:043d}"
        visitor = Visitor(site, accept="*/*")
        assert visitor.get("/members/", headers={"Cookie": f"session={secret}"}).status_code == 401
        assert visitor.get("/all-ways/", headers={
            "Authentication-Token": secret[::-1]}).status_code == 401
        return members[number % len(members)].is_signed_in() or number

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert set(pool.map(ask, range(150))) == {True}


def test_what_has_ended_stays_ended_when_the_record_table_is_flooded(site, mailbox):
    """CVE-2026-73636 (httpd): single use was recorded in shared memory, and after eviction a secret
    could be used again. Here the record table only repeats what the database says."""
    over = ended(site, mailbox)
    links = spent_links(site, mailbox)
    for _ in range(2):
        for headers in over:
            answer = Visitor(site, accept="*/*").get("/all-ways/", headers=headers)
            assert answer.status_code == 401, headers
        for link in links:
            visitor = site.visitor()
            assert "works" not in visitor.get(link).headers.get("Location", "")
            word = site.make_secret()
            answer = visitor.post(link, {"password": word, "password_confirm": word})
            assert answer.status_code == 302
            assert not visitor.is_signed_in()
        flood(site)
