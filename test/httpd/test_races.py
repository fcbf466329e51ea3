# SPDX-License-Identifier: Apache-2.0
"""Two users, many threads, every method: each answer is about the user who asked."""

import base64
import concurrent.futures
import os

import pytest
from visitor import Visitor, password_of

ROUNDS = int(os.environ.get("MSA_RACE_ROUNDS", "3"))
THREADS = 8
WHO = 'Header always set X-Who "%{SECURITY_METHOD}e %{SECURITY_EMAIL}e"'
AREAS = {"all-ways": f"SecurityApiEnabledMethods session token basic\nRequire valid-user\n{WHO}",
         "open-to-all": f"Require all granted\n{WHO}",
         "admins": f"SecurityApiEnabledMethods session token basic\nRequire role admin\n{WHO}"}
CONFIG = """
SecurityThrottleAccount 0
SecurityThrottleAddress 0
SecurityTokens On
SecurityHashSlots 8
"""


class Person:
    """One of the two, in one thread, who remembers who they are."""

    def __init__(self, site, name, token):
        self.site, self.name, self.token = site, name, token
        self.address = f"{name}@example.org"
        self.visitor = site.visitor()

    def expect(self, answer, method, status=200):
        assert answer.status_code == status, (self.name, method, answer.status_code)
        if status == 200:
            assert answer.headers["X-Who"] == f"{method} {self.address}"

    def come_by_session(self):
        assert self.visitor.sign_in(self.name, remember="y").status_code == 302
        for _ in range(5):
            self.expect(self.visitor.get("/all-ways/"), "session")
            self.expect(self.visitor.get("/open-to-all/"), "session")
        text = self.visitor.get("/account").text
        assert self.address in text
        session = self.visitor.cookie("session")
        self.visitor.drop_cookie("session")
        self.expect(self.visitor.get("/all-ways/"), "remember")
        self.visitor.post("/logout")
        answer = Visitor(self.site, accept="*/*").get("/all-ways/", headers={
            "Cookie": f"session={session}"})
        self.expect(answer, "none", 401)

    def come_as_a_program(self):
        pair = base64.b64encode(f"{self.address}:{password_of(self.name)}".encode()).decode()
        status = 200 if self.name == "ada" else 403
        for header, method in ((f"Bearer {self.token}", "token"), (f"Basic {pair}", "basic")):
            visitor = Visitor(self.site, accept="*/*")
            for _ in range(5):
                self.expect(visitor.get("/all-ways/", headers={"Authorization": header}), method)
                answer = visitor.get("/admins/", headers={"Authorization": header})
                self.expect(answer, method, status)


@pytest.mark.smoke
@pytest.mark.event
def test_every_answer_is_about_the_user_who_asked(site):
    """CVE-2026-73637 (httpd): memory shared between threads was used after it was freed."""
    tokens = {}
    for name in ("ann", "ada"):
        words = site.tool("tokens", "create", f"{name}@example.org", "a script",
                          *(["--role", "admin"] if name == "ada" else [])).stdout.split()
        tokens[name] = next(word for word in words if word.startswith("msa_"))

    def live(number):
        name = ("ann", "ada")[number % 2]
        person = Person(site, name, tokens[name])
        for _ in range(ROUNDS):
            person.come_by_session()
            person.come_as_a_program()
        return True

    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(live, range(THREADS))) == [True] * THREADS
