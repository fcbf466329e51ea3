# SPDX-License-Identifier: Apache-2.0
"""Many changes to the same thing at once: none is lost."""

import concurrent.futures
import json


def at_once(site, commands):
    with concurrent.futures.ThreadPoolExecutor(len(commands)) as crowd:
        list(crowd.map(lambda words: site.tool(*words), commands))


def permissions(site, role):
    roles = json.loads(site.tool("roles", "list", "--json").stdout)
    return next(row["permissions"] for row in roles if row["name"] == role)


def test_twenty_permissions_granted_at_once_are_all_there(site):
    site.tool("roles", "create", "crowded")
    names = [f"may-{number}" for number in range(20)]
    at_once(site, [("roles", "grant", "crowded", name) for name in names])
    assert sorted(permissions(site, "crowded")) == sorted(names)


def test_a_grant_does_not_bring_back_what_was_revoked(site):
    old, new = [[f"{age}-{number}" for number in range(8)] for age in ("old", "new")]
    site.tool("roles", "create", "changing", "--permissions", ",".join(old))
    at_once(site, [("roles", "revoke", "changing", name) for name in old]
            + [("roles", "grant", "changing", name) for name in new])
    assert sorted(permissions(site, "changing")) == sorted(new)


def test_a_role_given_to_one_user_ten_times_at_once_is_given_once(site):
    site.tool("roles", "create", "given")
    at_once(site, [("roles", "add", "ann@example.org", "given")] * 10)
    assert site.sql("SELECT count(*) FROM roles_users WHERE role_id ="
                    " (SELECT id FROM role WHERE name = 'given')") == [["1"]]
