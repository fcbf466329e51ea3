# SPDX-License-Identifier: Apache-2.0
"""Two servers on one database: a change on one soon takes effect on the other."""

import itertools
import json

import pytest
import requests
import test_account
from servers import eventually
from visitor import password_of

CONFIG = """
SecurityCacheTimeout 1h
SecurityTokens On
SecurityChangeable On
SecurityRecoverable On
SecurityConfirmable On
SecurityLoginWithoutConfirmation On
SecurityChangeEmail On
SecurityChangeUsername On
Header always set X-Who "%{SECURITY_EMAIL}e %{SECURITY_USERNAME}e"
"""
AREAS = {"guests": "Require role guest", "listening": "Require permission listen"}
SEEN = ["members", "confirmed", "fresh", "guests", "listening"]

numbers = itertools.count()


def view(site, **secret):
    """What a server lets this session or token see, and whom it identifies."""
    answers = [requests.get(f"{site.url}/{area}/", allow_redirects=False, timeout=60,
                            **{"headers": {"Accept": "text/html"}, **secret}) for area in SEEN]
    return [(answer.status_code, answer.headers.get("X-Who")) for answer in answers]


class Person:
    """A user with a separate account, and a browser that is signed in on the first server."""

    def __init__(self, site, mailbox, is_confirmed):
        self.site, self.mailbox = site, mailbox
        self.name = f"person{next(numbers)}"
        self.email = f"{self.name}@example.org"
        self.password = password_of(self.name)
        site.secrets.add(self.password)
        self.tool("users", "create", self.email, "--username", self.name, "--password-stdin",
                  *(["--confirmed"] if is_confirmed else []), typed=self.password + "\n")
        self.browser = self.sign_in(remember="y")

    def tool(self, *words, **options):
        done = self.site.tool(*words, **options)
        self.site.database.hand_over()
        return done

    def sign_in(self, **fields):
        browser = self.site.visitor()
        assert browser.sign_in(self.name, **fields).status_code == 302
        return browser

    def post(self, path, data, **options):
        answer = self.browser.post(path, data, **options)
        assert answer.status_code == 302, answer.text

    def session(self, browser=None):
        return {"cookies": {"session": (browser or self.browser).cookie("session")}}

    def new_token(self):
        answer = self.site.visitor(accept="application/json").sign_in_json(self.name)
        token = answer.json()["response"]["user"]["authentication_token"]
        self.site.secrets.add(token)
        return {"headers": {"Authentication-Token": token, "Accept": "application/json"}}

    def new_personal_token(self):
        made = self.browser.post("/tokens", json={"name": "backup"},
                                 headers={"Accept": "application/json"}).json()["response"]
        self.site.secrets.add(made["secret"])
        return made["token"]["id"], {"headers": {"Authorization": f"Bearer {made['secret']}"}}

    def age(self):
        """Makes the last proof of the password old."""
        self.site.sql("UPDATE security_ticket SET fresh_at = 1 WHERE user_id = "
                      f"(SELECT id FROM `user` WHERE email = '{self.email}')")

    def join(self, *, is_guest=True):
        self.site.tool("roles", "delete", "guest", check=False)
        self.tool("roles", "create", "guest", "--permissions", "listen")
        if is_guest:
            self.tool("roles", "add", self.email, "guest")

    def link(self, path, recipient=None, subject=""):
        return test_account.link_in(self.mailbox.wait_for(recipient or self.email, subject), self.site, path)

    def change_email(self):
        to = f"{self.name}@elsewhere.example"
        self.post("/change-email", {"email": to})
        return (self.link("/change-email", to, "Confirm your new"),
                self.link("/change-email", subject="is being changed"))


# Each of these prepares something, yields the session or token to look at, and then changes
# something about it.


def tool_deactivates_a_user(person):
    yield person.session()
    person.tool("users", "deactivate", person.email)


def tool_confirms_a_user(person):
    yield person.session()
    person.tool("users", "confirm", person.email)


def tool_sets_a_password(person):
    yield person.session()
    person.tool("users", "password", person.email, "--password-stdin",
                typed=person.site.make_secret() + "\n")


def tool_resets_access(person):
    yield person.session()
    person.tool("users", "reset-access", person.email)


def tool_deletes_a_user(person):
    yield person.session()
    person.tool("users", "delete", person.email)


def tool_gives_a_role(person):
    person.join(is_guest=False)
    yield person.session()
    person.tool("roles", "add", person.email, "guest")


def tool_takes_a_role(person):
    person.join()
    yield person.session()
    person.tool("roles", "remove", person.email, "guest")


def tool_grants_a_permission(person):
    person.join()
    person.tool("roles", "revoke", "guest", "listen")
    yield person.session()
    person.tool("roles", "grant", "guest", "listen")


def tool_revokes_a_permission(person):
    person.join()
    yield person.session()
    person.tool("roles", "revoke", "guest", "listen")


def tool_deletes_a_role(person):
    person.join()
    yield person.session()
    person.tool("roles", "delete", "guest")


def tool_ends_sessions(person):
    yield person.session()
    person.tool("sessions", "end", person.email)


def tool_revokes_a_personal_token(person):
    number, token = person.new_personal_token()
    yield token
    person.tool("tokens", "revoke", person.email, str(number))


def page_changes_a_password(person):
    other = person.sign_in()
    yield person.session(other)
    secret = person.site.make_secret()
    person.post("/change", {"password": person.password, "new_password": secret,
                            "new_password_confirm": secret})


def page_changes_a_username(person):
    yield person.session()
    person.post("/change-username", {"username": f"{person.name}anew"})


def link_changes_an_address(person):
    there, _ = person.change_email()
    yield person.session()
    assert person.site.visitor().post(there).status_code == 302


def link_undoes_a_change_of_address(person):
    there, back = person.change_email()
    assert person.site.visitor().post(there).status_code == 302
    yield person.session()
    assert person.site.visitor().post(back).status_code == 302


def link_resets_a_password(person):
    assert person.site.visitor().post("/reset", {"email": person.email}).status_code == 200
    path = person.link("/reset", subject="instructions")
    yield person.session()
    secret = person.site.make_secret()
    assert person.site.visitor().post(
        path, {"password": secret, "password_confirm": secret}).status_code == 302


def link_confirms_an_address(person):
    assert person.browser.post("/confirm", {"email": person.email}).status_code == 200
    path = person.link("/confirm")
    yield person.session()
    assert person.site.visitor().get(path).status_code == 302


def page_signs_out(person):
    yield person.session()
    person.post("/logout", {})


def page_ends_other_sessions(person):
    other = person.sign_in()
    yield person.session(other)
    person.post("/account", {"end": "others"})


def page_ends_one_session(person):
    other = person.sign_in()
    yield person.session(other)
    listed = person.browser.get("/account", headers={"Accept": "application/json"}).json()
    number, = [entry["id"] for entry in listed["response"]["sessions"] if not entry["current"]]
    person.post("/account", {"end": str(number)})


def page_revokes_a_personal_token(person):
    number, token = person.new_personal_token()
    yield token
    person.post("/tokens", {"revoke": str(number)})


def page_proves_the_password_in_a_session(person):
    person.age()
    yield person.session()
    person.post("/verify", {"password": person.password})
    assert view(person.site, **person.session())[SEEN.index("fresh")][0] == 200


def program_proves_the_password_with_its_token(person):
    token = person.new_token()
    person.age()
    yield token
    answer = requests.post(f"{person.site.url}/verify", json={"password": person.password},
                           timeout=60, **token)
    assert answer.status_code == 200, answer.text


def remember_cookie_is_exchanged(person):
    before = person.session()
    yield before
    person.browser.drop_cookie("session")
    assert person.browser.is_signed_in()


def remember_cookie_is_replayed(person):
    stolen = person.browser.cookie("remember_token")
    person.browser.drop_cookie("session")
    assert person.browser.is_signed_in()
    person.site.sql("UPDATE security_ticket SET spent_at = spent_at - 60 WHERE spent_at > 0")
    yield person.session()
    thief = person.site.visitor()
    thief.set_cookie("remember_token", stolen)
    assert not thief.is_signed_in()


CHANGES = [value for name, value in list(globals().items())
           if name.startswith(("tool_", "page_", "link_", "program_", "remember_"))]
UNCONFIRMED = [tool_confirms_a_user, link_confirms_an_address]


@pytest.fixture(scope="module")
def servers(make_site):
    """Waits until the second one reads others' changes; before, it forgets everything by itself."""
    here = make_site(CONFIG, AREAS)
    there = make_site(CONFIG + f"SecurityPublicUrl {here.url}\n", AREAS, beside=here)
    ann = here.member("ann")
    secret = {"cookies": {"session": ann.cookie("session")}}

    def is_deaf():
        """Changes it manually, so that no server hears of it."""
        for active in (1, 0):
            here.sql(f"UPDATE `user` SET active = {active} WHERE email = 'ann@example.org'")
            is_in = view(there, **secret)[0][0] == 200
        return is_in

    assert eventually(is_deaf)
    here.sql("INSERT INTO security_changes (user_id, created_at) SELECT id, 4000000000 FROM `user` "
             "WHERE email = 'ann@example.org'")
    assert eventually(lambda: view(there, **secret)[0][0] != 200)
    return here, there


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_the_other_server_notices(servers, mailbox, expect_log, change):
    expect_log("remember-replayed")
    here, there = servers
    steps = change(Person(here, mailbox, change not in UNCONFIRMED))
    secret = next(steps)
    before = view(there, **secret)
    assert before[0][0] == 200 and view(there, **secret) == before
    assert next(steps, None) is None
    assert eventually(lambda: view(here, **secret) != before), json.dumps(before)
    assert eventually(lambda: view(there, **secret) == view(here, **secret)), json.dumps(before)
