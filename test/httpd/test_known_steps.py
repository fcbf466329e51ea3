# SPDX-License-Identifier: Apache-2.0
"""Mistakes of comparable software: steps of a procedure that are not tied to each other, and steps
that an empty request passes. docs/threats.md has the full list."""

import pytest
from test_account import link_in
from test_links import change_email
from visitor import Visitor

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
SecurityChangeable On
SecurityChangeEmail On
SecurityChangeUsername On
SecurityTokens On
SecurityLoginWithoutConfirmation On
SecurityThrottleAccount 0
SecurityThrottleAddress 0
"""

AREAS = {"all-ways": "SecurityApiEnabledMethods session token basic\nRequire valid-user"}
JSON = {"Accept": "application/json"}

# The kind of secret that opens each link endpoint; no other kind may.
STEPS = {"/confirm": {"confirm"}, "/reset": {"reset"}, "/change-email": {"change", "undo"}}
# Where a secret may be sent as a credential, and the kinds that are accepted there.
CREDENTIALS = {
    "session cookie": {"session"},
    "remember cookie": {"remember"},
    "token header": {"token", "personal"},
    "bearer": {"token", "personal"},
    "query": {"token", "personal"},
    "basic": {"personal"},
}


@pytest.fixture(scope="module")
def secrets_of(site, mailbox):
    """A valid secret of every kind, each of a different account, so that none ends another."""
    una = site.member("una")
    una.post("/confirm", {"email": "una@example.org"})
    site.visitor().post("/reset", {"email": "ed@example.org"})
    there, back = change_email(site, mailbox, "twin", "moved@elsewhere.example")
    bart = site.visitor()
    bart.sign_in("bart", remember="y")
    token = site.visitor().sign_in_json("ada", path="/login?include_auth_token")
    personal = site.tool("tokens", "create", "ann@example.org", "a script").stdout.split()
    found = {
        "session": bart.cookie("session"),
        "remember": bart.cookie("remember_token"),
        "token": token.json()["response"]["user"]["authentication_token"],
        "personal": next(word for word in personal if word.startswith("msa_")),
        "confirm": link_in(mailbox.wait_for("una@example.org"), site, "/confirm"),
        "reset": link_in(mailbox.wait_for("ed@example.org", "instructions"), site, "/reset"),
        "change": there,
        "undo": back,
    }
    # Here they appear in paths and queries on purpose.
    site.secrets -= set(found.values())
    return {kind: secret.rsplit("/", 1)[-1] for kind, secret in found.items()}


def accounts(site):
    """Everything that a step could change, except records of visits."""
    return site.sql("SELECT email, password, active, confirmed_at, fs_uniquifier, username "
                    "FROM `user` ORDER BY id")


def lets_nobody_in(answer):
    cookies = {cookie.name for cookie in answer.cookies if cookie.value}
    return not cookies & {"session", "remember_token"}


WRONG_STEPS = [(path, kind) for path, kinds in STEPS.items()
               for kind in ("session", "remember", "token", "personal", "confirm", "reset", "change",
                            "undo") if kind not in kinds]


@pytest.mark.parametrize("path, kind", WRONG_STEPS)
def test_no_step_accepts_the_ticket_of_another(site, secrets_of, path, kind):
    """CVE-2026-18963 (Keycloak): a note made in one step of a reset counted in another."""
    before = accounts(site)
    word = site.make_secret()
    fields = {"password": word, "password_confirm": word, "email": "thief@elsewhere.example"}
    secret = secrets_of[kind]
    for form in {secret, secret.removeprefix("msa_")}:
        for answer in (site.visitor().get(f"{path}/{form}"),
                       site.visitor().post(f"{path}/{form}", fields),
                       site.visitor().post(f"{path}/{form}", json=fields, headers=JSON),
                       site.visitor().get(f"{path}/{form}", headers=JSON)):
            assert answer.status_code in (302, 400), answer.text
            assert lets_nobody_in(answer)
    assert accounts(site) == before


def show(site, place, secret):
    """Requests a guarded page with the secret in one of the places for credentials."""
    visitor = Visitor(site, accept="*/*")
    if place == "session cookie":
        return visitor.get("/all-ways/", headers={"Cookie": f"session={secret}"})
    if place == "remember cookie":
        return visitor.get("/all-ways/", headers={"Cookie": f"remember_token={secret}"})
    if place == "token header":
        return visitor.get("/all-ways/", headers={"Authentication-Token": secret})
    if place == "bearer":
        return visitor.get("/all-ways/", headers={"Authorization": f"Bearer {secret}"})
    if place == "query":
        return visitor.get(f"/all-ways/?auth_token={secret}")
    return visitor.get("/all-ways/", auth=("ann@example.org", secret))


@pytest.mark.parametrize("place", CREDENTIALS)
@pytest.mark.parametrize("kind", ["session", "token", "personal", "confirm", "reset", "change", "undo",
                                  "remember"])
def test_no_credential_is_accepted_in_place_of_another(site, secrets_of, place, kind):
    """CVE-2026-18963 (Keycloak), the other way round: links and cookies used as credentials."""
    answer = show(site, place, secrets_of[kind])
    if kind in CREDENTIALS[place]:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401 and lets_nobody_in(answer)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TYPED = {"Content-Type": "application/json", **JSON}
NOTHING = [
    ("", {}), ("", FORM), ("", TYPED), ("{}", TYPED), ("null", TYPED), ("[]", TYPED),
    ("email=&username=&password=&password_confirm=&new_password=&new_password_confirm=&name=", FORM),
    ('{"email":"","username":"","password":"","password_confirm":"","new_password":"",'
     '"new_password_confirm":"","name":""}', TYPED),
    ('{"email":null,"password":[],"password_confirm":[null],"new_password":{},"name":false}', TYPED),
    ("email=%20&username=+&password=%09&password_confirm=%09&new_password=+&name=+", FORM),
]
ENDPOINTS = ["/login", "/register", "/confirm", "/reset", "/reset/{reset}", "/verify", "/change",
             "/change-username", "/change-email", "/tokens", "/account"]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("who", ["nobody", "a member"])
def test_an_empty_request_passes_no_step(site, secrets_of, path, who):
    """CVE-2026-49448 (authentik): an empty POST passed a stage of a flow. The buttons of
    /confirm/LINK and /change-email/LINK send nothing by design: there the link is enough."""
    visitor = site.visitor() if who == "nobody" else site.member("ann")
    tables = ["SELECT COUNT(*) FROM security_ticket", "SELECT COUNT(*) FROM security_outbox"]
    before = accounts(site), [site.sql(table) for table in tables]
    path = path.format(**secrets_of)
    for body, headers in NOTHING:
        answer = visitor.post(path, body, headers=headers)
        assert answer.status_code in (200, 302, 400, 401), (body, answer.text)
        assert answer.status_code != 302 or path in ("/login", "/register") or who == "nobody"
        assert lets_nobody_in(answer), body
    assert (accounts(site), [site.sql(table) for table in tables]) == before
    answer = site.visitor().get(f"/reset/{secrets_of['reset']}")
    assert answer.status_code == 200, "the link is still good"
