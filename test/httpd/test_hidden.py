# SPDX-License-Identifier: Apache-2.0
"""Nobody learns who has an account: every address gets the same bytes and costs the same work."""

import re

import pytest
from visitor import password_of

FEATURES = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeEmail On
SecurityUsernameEnable On
SecurityAudit On
SecurityRegisterFields phone:telephone
"""


def CONFIG(site):
    """All features, and a mailer that discards everything."""
    program = site.folder / "sendmail"
    program.write_text("#!/bin/sh\nexec cat >/dev/null\n")
    program.chmod(0o755)
    return FEATURES + f"SecuritySendmail {program} -t\n"


ADDRESSES = {"known": "ann@example.org", "unknown": "nobody@example.org",
             "unconfirmed": "una@example.org", "disabled": "ina@example.org"}
JSON = "application/json"


@pytest.fixture(scope="module")
def site(make_site):
    site = make_site(CONFIG)
    site.sql("ALTER TABLE `user` ADD COLUMN telephone VARCHAR(255)")
    return site


class Asker:
    """Asks the same about different addresses; every unknown address is a new one."""

    def __init__(self, site):
        self.site, self.count = site, 0
        self.member = site.member("ed")

    def newcomer(self):
        self.count += 1
        return f"newcomer{self.count}@example.org"

    def address(self, who):
        return ADDRESSES.get(who) or self.newcomer()

    def login(self, who, accept):
        return self.post("/login", accept, email=self.address(who), password="wrong-anyway")

    def login_with_password(self, who, accept):
        name = {"unconfirmed": "una", "disabled": "ina"}.get(who, "bart")
        return self.post("/login", accept, email=self.address(who), password=password_of(name))

    def reset(self, who, accept):
        return self.post("/reset", accept, email=self.address(who))

    def confirm(self, who, accept):
        return self.post("/confirm", accept, email=self.address(who))

    def register(self, who, accept):
        secret, address = "Zq8-some-long-secret", self.address(who)
        name = "annabel" if who == "taken name" else f"new{self.count}name"
        return self.post("/register", accept, email=address, username=name, password=secret,
                         password_confirm=secret, phone=f"+49 {self.count} {name}")

    def change_email(self, who, accept):
        return self.post("/change-email", accept, self.member, email=self.address(who))

    def post(self, path, accept, visitor=None, **fields):
        visitor = visitor or self.site.visitor()
        answer = visitor.post(path, headers={"Accept": accept}, **(
            {"json": fields} if accept == JSON else {"data": fields}))
        self.site.secrets.discard(fields.get("password"))
        return plain(answer, fields)


def plain(answer, fields):
    """Status, headers and body, without the input, the time and anything random."""
    headers = {name: re.sub(r"Expires=[^;]+", "Expires=", value)
               for name, value in answer.headers.items() if name not in ("Date", "Content-Length")}
    body = re.sub(r'"csrf_token":"[^"]+"', '"csrf_token":""', answer.text)
    for value in fields.values():
        body = body.replace(value, "TYPED")
    return answer.status_code, headers, body


ASKED = [("login", [*ADDRESSES]), ("login_with_password", ["unknown", "unconfirmed", "disabled"]),
         ("reset", [*ADDRESSES]), ("confirm", [*ADDRESSES]),
         ("register", ["free", "known", "unconfirmed", "disabled", "taken name"]),
         ("change_email", ["free", "known", "unconfirmed", "disabled"])]


@pytest.fixture(scope="module")
def asker(site):
    return Asker(site)


@pytest.mark.parametrize("accept", ["text/html", JSON])
@pytest.mark.parametrize("what, whom", ASKED, ids=[what for what, _ in ASKED])
def test_the_answer_is_the_same_to_the_byte(asker, what, whom, accept):
    answers = [getattr(asker, what)(who, accept) for who in whom]
    for answer in answers:
        assert answer == answers[0]


OURS = re.compile(r"INSERT|UPDATE|DELETE|COMMIT|SELECT (id|user_id|COUNT|\(SELECT COUNT)")
BACKGROUND = re.compile("security_change|(UPDATE|FROM) security_outbox.*(state|claimed)|"
                        "DELETE.*LIMIT|SELECT.* FROM security_outbox")


def statements(site, ask):
    """How many statements a request runs: those about people, not those that look for changes."""
    sql = site.database.server.sql
    sql("TRUNCATE mysql.general_log; SET GLOBAL log_output = 'TABLE', general_log = 1")
    ask()
    sql("SET GLOBAL general_log = 0")
    lines = sql("SELECT argument FROM mysql.general_log WHERE user_host LIKE 'lab%' AND"
                " command_type IN ('Execute', 'Query')").splitlines()
    return len([line for line in lines if OURS.match(line) and not BACKGROUND.search(line)])


@pytest.mark.mysql
@pytest.mark.parametrize("what, whom", ASKED, ids=[what for what, _ in ASKED])
def test_the_work_is_the_same_for_the_database(asker, what, whom):
    """Timing follows from the work, but cannot be measured on a shared machine. The minimum of a few
    requests counts, since one that opens a connection runs more statements."""
    work = {who: min(statements(asker.site, lambda w=who: getattr(asker, what)(w, JSON))
                     for _ in range(4)) for who in whom}
    assert len(set(work.values())) == 1, work
    assert min(work.values()) > 3


@pytest.mark.mysql
def test_the_failure_that_throttles_an_account_is_the_same_work_for_an_unknown_name(make_site):
    site = make_site(lambda site: CONFIG(site) + "SecurityThrottleAccount 1\n")

    def fail(name):
        answer = site.visitor(accept=JSON).sign_in_json(name, "wrong-anyway")
        assert answer.status_code == 400

    work = [min(statements(site, lambda n=name: fail(n)) for name in names)
            for names in (("ann", "ed", "bart"), ("nobody", "stranger", "somebody"))]
    assert work[0] == work[1] and work[0] > 8
    assert site.sql("SELECT COUNT(*) FROM `security_outbox`") == [["3"]]
