# SPDX-License-Identifier: Apache-2.0
"""Limits on guesses, mails and accounts; whose failures count for whom."""

import concurrent.futures

import pytest
from servers_httpd import MODULES
from visitor import password_of

JSON = "application/json"
LIMIT = 4
MAILS = "SecurityRegisterable On\nSecurityConfirmable On\nSecurityRecoverable On\nSecurityChangeEmail On\n"


@pytest.fixture(autouse=True)
def own_lines_of_httpd(expect_log):
    expect_log("AH01617")  # mod_auth_basic logs who failed


def guess(site, name, number, address=None, **headers):
    """The status of one wrong sign-in by JSON."""
    if address:
        headers["X-Forwarded-For"] = address
    return site.visitor(accept=JSON).post("/login", json={
        "email": name, "password": f"Wrong-guess-{number}"}, headers=headers).status_code


def register(site, number, accept=JSON):
    secret = "Zq8-some-long-secret"
    fields = {"email": f"newcomer{number}@example.org", "password": secret,
              "password_confirm": secret}
    return site.visitor().post("/register", headers={"Accept": accept}, **(
        {"json": fields} if accept == JSON else {"data": fields}))


# ---- names ----

def test_sign_ins_under_odd_names_stop_no_mail_and_lock_nobody_out(make_site, mailbox):
    site = make_site(f"{MAILS}SecurityThrottleAccount {LIMIT}")
    for number in range(2 * LIMIT):
        assert guess(site, "mail\nann@example.org", number) == 400
    assert site.visitor().post("/reset", {"email": "ann@example.org"}).status_code == 200
    mailbox.wait_for("ann@example.org", "reset")
    assert site.visitor().sign_in("ann").status_code == 302


def test_all_names_and_methods_of_an_account_share_one_counter(make_site):
    site = make_site(f"SecurityUsernameEnable On\nSecurityThrottleAccount {LIMIT}",
                     {"ours": "SecurityApiEnabledMethods basic\nRequire valid-user"})
    assert guess(site, "ANN@example.org", 1) == 400
    assert site.visitor(accept=JSON).post("/login", json={
        "username": "annabel", "password": "Wrong-guess-2"}).status_code == 400
    program = site.visitor(accept="*/*")
    assert program.get("/ours/", auth=("annabel", "Wrong-guess-3")).status_code == 401
    assert program.get("/ours/", auth=("Ann@example.org", "Wrong-guess-4")).status_code == 401
    assert guess(site, "ann@example.org", 5) == 429
    assert program.get("/ours/", auth=("annabel", "Wrong-guess-6")).status_code == 429


# ---- addresses ----

@pytest.mark.parametrize("forwarded", ["a", "", "192.0.2.1, a", "a" * 4096, "::ffff:1.2.3.4",
                                       "1.2.3.4:80", "[::1]", "unknown"])
def test_no_malformed_header_bypasses_the_throttle(make_site, forwarded, expect_log):
    expect_log("AH01569|AH03495|remoteip")
    site = make_site(f"LoadModule remoteip_module {MODULES}/mod_remoteip.so\n"
                     "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n"
                     f"SecurityThrottleAddress {LIMIT}\nSecurityThrottleAccount 0")
    for number in range(LIMIT):
        assert guess(site, f"nobody{number}@example.org", number, forwarded) == 400
    assert guess(site, "other@example.org", 0, forwarded) == 429


def test_a_client_cannot_choose_its_own_address(make_site):
    site = make_site(f"SecurityThrottleAddress {LIMIT}\nSecurityThrottleAccount 0")
    for number in range(LIMIT):
        address = f"192.0.2.{number}"
        assert guess(site, f"nobody{number}@example.org", number, address, Forwarded=f"for={address}",
                     **{"X-Real-IP": address, "Client-IP": address}) == 400
    assert guess(site, "other@example.org", 0, "198.51.100.1") == 429


# ---- mails and accounts ----

@pytest.mark.parametrize("accept", ["text/html", JSON])
@pytest.mark.parametrize("generic", ["On", "Off"])
def test_one_client_can_request_only_so_many_mails_and_accounts(make_site, accept, generic):
    site = make_site(f"{MAILS}SecurityThrottleRequests {LIMIT}\n"
                     f"SecurityReturnGenericResponses {generic}")
    member = site.member("ed")

    def ask(path, name, visitor=None):
        fields = {"email": f"{name}@example.org"}
        return (visitor or site.visitor()).post(path, headers={"Accept": accept}, **(
            {"json": fields} if accept == JSON else {"data": fields}))

    assert ask("/reset", "ann").status_code < 429
    assert ask("/confirm", "una").status_code < 429
    assert ask("/reset", "stranger").status_code < 429
    assert register(site, 1, accept).status_code in (200, 302)
    answers = [ask("/reset", "ann"), ask("/reset", "stranger"), ask("/confirm", "una"),
               ask("/confirm", "stranger"), register(site, 2, accept),
               ask("/change-email", "elsewhere", member)]
    for answer in answers:
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "3600"
        assert "Too many requests from your network" in answer.text
    assert site.sql("SELECT COUNT(*) FROM `user` WHERE email = 'newcomer2@example.org'") == [["0"]]
    assert site.visitor().sign_in("ann").status_code == 302


def test_a_limit_of_zero_lets_any_number_register(make_site):
    site = make_site("SecurityRegisterable On\nSecurityThrottleRequests 0\nSecurityThrottleAccount 0")
    assert {register(site, number).status_code for number in range(LIMIT)} == {200}
    assert site.sql("SELECT COUNT(*) FROM `security_attempt`") == [["0"]]


@pytest.mark.event
def test_registering_keeps_nobody_from_signing_in(make_site, expect_log):
    expect_log("busy|slot")
    site = make_site("SecurityRegisterable On\nSecurityThrottleRequests 0\nSecurityHashSlots 2\n"
                     "SecurityServiceTimeout 60s\n"
                     'SecurityPasswordHashOptions "memory=65536 time=4 lanes=1"')
    assert site.visitor().sign_in("ann").status_code == 302  # a hash like those of new users
    over = []

    def flood(first):
        numbers = iter(range(first, 100000))
        return [register(site, next(numbers)).status_code for _ in iter(lambda: not over, False)]

    with concurrent.futures.ThreadPoolExecutor(12) as crowd:
        floods = [crowd.submit(flood, 1000 * number) for number in range(12)]
        try:
            statuses = [site.visitor().sign_in("ann").status_code for _ in range(20)]
        finally:
            over.append(True)
        answers = [status for one in floods for status in one.result()]
    assert statuses == [302] * 20
    assert 200 in answers and set(answers) <= {200, 503}
    # In one line with the crowd, twenty would have waited for twelve each.
    assert answers.count(200) < 20 * 12 / 2




# ---- the owner ----

PROXIED = (f"LoadModule remoteip_module {MODULES}/mod_remoteip.so\n"
           "RemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n")
OURS = {"ours": "SecurityApiEnabledMethods basic\nRequire valid-user"}
STRANGER, HOME, ROAD = "198.51.100.1", "192.0.2.1", "203.0.113.1"


def lock(site, name="ann@example.org"):
    """Strangers try passwords until they have to wait."""
    for number in range(LIMIT):
        assert guess(site, name, number, STRANGER) == 400
    assert guess(site, name, "last", STRANGER) == 429


def sign_in(visitor, name, address):
    visitor.session.headers["X-Forwarded-For"] = address
    return visitor.sign_in(name).status_code


def ask(site, address, password, name="ann@example.org"):
    return site.visitor(accept="*/*").get("/ours/", auth=(name, password),
                                          headers={"X-Forwarded-For": address}).status_code


def test_strangers_do_not_lock_out_a_browser_that_has_signed_in_before(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}")
    owner = site.visitor()
    owner.session.headers["X-Forwarded-For"] = HOME
    answer = owner.sign_in("ann")
    header = answer.headers["Set-Cookie"]
    assert "session_device=" in header and header.count("HttpOnly") == 2
    owner.drop_cookie("session")
    lock(site)
    assert sign_in(site.visitor(), "ann", ROAD) == 429
    assert sign_in(owner, "ann", ROAD) == 302
    assert owner.sign_in("ann").headers.get("Set-Cookie", "").count("session_device") == 0
    lock(site, "ed@example.org")
    other = site.visitor()
    other.set_cookie("session_device", owner.cookie("session_device"))
    assert sign_in(other, "ed", ROAD) == 429


def test_strangers_do_not_lock_out_a_program_at_a_known_address(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}", OURS)
    assert ask(site, HOME, password_of("ann")) == 200
    lock(site)
    # In a different spelling, which has no record.
    assert ask(site, ROAD, password_of("ann"), "Ann@example.org") == 429
    assert ask(site, HOME, password_of("ann"), "ANN@example.org") == 200
    for number in range(LIMIT):
        assert ask(site, HOME, f"Wrong-guess-{number}") == 401
    assert ask(site, HOME, "Wrong-guess-last") == 429


def test_a_program_with_an_old_password_locks_nobody_out(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}", OURS)
    for _ in range(3 * LIMIT):
        assert ask(site, ROAD, "The-old-password-7") == 401
    assert sign_in(site.visitor(), "ann", STRANGER) == 302


def test_tokens_never_count_against_the_password(make_site):
    site = make_site(f"SecurityTokens On\nSecurityThrottleAccount {LIMIT}", OURS)
    program = site.visitor(accept="*/*")
    for number in range(2 * LIMIT):
        token = "msa_" + str(number) * 43
        assert program.get("/ours/", auth=("ann@example.org", token)).status_code == 401
        assert program.get("/members/", headers={"X-Auth-Token": token}).status_code == 401
    assert site.visitor().sign_in("ann").status_code == 302
    assert site.sql("SELECT COUNT(*) FROM `security_attempt`") == [["0"]]


def test_an_owner_is_notified_once_and_an_administrator_ends_the_wait(make_site, mailbox):
    site = make_site(f"{PROXIED}SecurityRecoverable On\nSecurityThrottleAccount {LIMIT}")
    lock(site, "bart@example.org")
    text = mailbox.wait_for("bart@example.org", "wrong passwords").get_body(
        ("plain",)).get_content()
    assert "1 hour" in text and f"{site.url}/reset" in text.split() and STRANGER not in text
    lock(site, "stranger@example.org")
    assert site.sql("SELECT recipient FROM `security_outbox`") == [["bart@example.org"]]
    assert sign_in(site.visitor(), "bart", ROAD) == 429
    assert site.tool("users", "unlock", "bart@example.org").stdout == "unlocked bart@example.org\n"
    assert sign_in(site.visitor(), "bart", ROAD) == 302
    assert site.tool("users", "unlock", "stranger@example.org", check=False).returncode == 1


def test_an_owner_is_notified_once_however_many_guess_at_once(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}\nSecurityHashSlots 16")
    crowd = 3 * LIMIT
    with concurrent.futures.ThreadPoolExecutor(crowd) as pool:
        answers = set(pool.map(lambda number: guess(site, "ann@example.org", number, STRANGER),
                               range(crowd)))
    assert 400 in answers and answers <= {400, 429}
    assert guess(site, "ann@example.org", "last", STRANGER) == 429
    assert site.sql("SELECT recipient FROM `security_outbox`") == [["ann@example.org"]]


def test_a_name_that_grows_when_normalized_waits_like_any_other(make_site):
    site = make_site(f"{PROXIED}SecurityUsernameEnable On\nSecurityThrottleAccount {LIMIT}")
    for number in range(2 * LIMIT):
        assert site.visitor(accept=JSON).post("/login", json={
            "username": "\ufdfa" * 10, "password": f"Wrong-guess-{number}"}).status_code == 400


def test_no_spelling_of_a_name_reveals_whether_somebody_has_it(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}")
    site.tool("users", "create", "sam@example.org", "--password-stdin", "--confirmed",
              typed=site.make_secret() + "\n")
    for name in ("sam@example.org", "sim@example.org"):
        lock(site, "\u017f" + name[1:])
        assert guess(site, name, "other", STRANGER) == 429


def test_no_mail_says_that_an_account_waits_if_that_is_turned_off(make_site):
    site = make_site(f"{PROXIED}SecurityThrottleAccount {LIMIT}\n"
                     "SecuritySendAccountLockedEmail Off")
    lock(site)
    assert site.sql("SELECT COUNT(*) FROM `security_outbox`") == [["0"]]
