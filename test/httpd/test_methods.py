# SPDX-License-Identifier: Apache-2.0
"""Several credentials in one request: one counts, and a good one never makes up for a bad one."""

import base64
import itertools

import pytest
from visitor import Visitor, password_of

AREAS = {"all-ways": 'SecurityApiEnabledMethods session token basic\nRequire valid-user\n'
                     'Header set X-Method "%{SECURITY_METHOD}e %{SECURITY_EMAIL}e"'}
# What a program sends explicitly takes precedence over a browser's cookies.
ORDER = ["token", "basic", "session", "remember"]
OWNERS = dict(zip(ORDER, ("ann", "ed", "ada", "twin")))


def token(site, is_good):
    if not is_good:
        return {"Authentication-Token": "A" * 43}
    answer = site.visitor().sign_in_json(OWNERS["token"])
    return {"Authentication-Token": answer.json()["response"]["user"]["authentication_token"]}


def basic(_site, is_good):
    name = OWNERS["basic"]
    pair = f"{name}@example.org:{password_of(name) if is_good else 'wrong-password'}"
    return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def session(site, is_good):
    value = site.member(OWNERS["session"]).cookie("session") if is_good else "B" * 43
    return {"Cookie": f"session={value}"}


def remember(site, is_good):
    visitor = site.visitor()
    visitor.sign_in(OWNERS["remember"], remember="y")
    value = visitor.cookie("remember_token") if is_good else "C" * 43
    return {"Cookie": f"remember_token={value}"}


MAKERS = dict(zip(ORDER, (token, basic, session, remember)))


def expected(proofs):
    """Who is identified: by the first credential of a program alone, else by the first good cookie."""
    for way in ("token", "basic"):
        if way in proofs:
            return f"{way} {OWNERS[way]}@example.org" if proofs[way] else None
    good = [way for way in ("session", "remember") if proofs.get(way)]
    return f"{good[0]} {OWNERS[good[0]]}@example.org" if good else None


@pytest.mark.parametrize("states", list(itertools.product((None, True, False), repeat=3)),
                         ids=lambda states: "-".join(map(str, states)))
def test_the_first_proof_counts(site, states):
    for state in (None, True, False):
        proofs = {way: is_good for way, is_good in zip(ORDER, (*states, state))
                  if is_good is not None}
        headers = {}
        for way, is_good in proofs.items():
            for name, value in MAKERS[way](site, is_good).items():
                headers[name] = f"{headers[name]}; {value}" if name in headers else value
        answer = Visitor(site, accept="*/*").get("/all-ways/", headers=headers)
        assert answer.headers.get("X-Method") == expected(proofs), proofs
        assert answer.status_code == (200 if expected(proofs) else 401), proofs
