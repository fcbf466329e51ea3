# SPDX-License-Identifier: Apache-2.0
"""The link that undoes an email change works for its account, and for no later one."""

import pytest
from test_account import link_in
from visitor import password_of

CONFIG = """
SecurityRecoverable On
SecurityChangeEmail On
"""


@pytest.fixture(scope="module")
def site(make_site):
    """With an optional time of creation, as in tables created by other programs."""
    site = make_site(CONFIG, start=False)
    site.sql("ALTER TABLE `user` RENAME COLUMN create_datetime TO made_at")
    site.sql("ALTER TABLE `user` ADD COLUMN create_datetime DATETIME")
    site.sql("UPDATE `user` SET create_datetime = '2026-01-02 03:04:05'")
    site.database.hand_over()
    site.start()
    return site


def make_user(site, name):
    site.tool("users", "create", f"{name}@example.org", "--password-stdin", "--confirmed",
              typed=password_of(name) + "\n")
    site.secrets.add(password_of(name))
    site.database.hand_over()
    return site.sql(f"SELECT id FROM `user` WHERE email = '{name}@example.org'")[0][0]


def change_email(site, mailbox, name, to):
    """Requests an email change; returns the paths of the link and of the undo link."""
    assert site.member(name).post("/change-email", {"email": to}).status_code == 302
    there = mailbox.wait_for(to, "Confirm your new")
    here = mailbox.wait_for(f"{name}@example.org", "is being changed")
    return link_in(there, site, "/change-email"), link_in(here, site, "/change-email")


def succeed(site, old, name, created):
    """Another program deletes a user and creates a new account with the same number."""
    new = make_user(site, name)
    when = "NULL" if created is None else f"'{created}'"
    site.sql(f"DELETE FROM roles_users WHERE user_id IN ({old}, {new})")
    site.sql(f"DELETE FROM `user` WHERE id = {old}")
    site.sql(f"UPDATE `user` SET id = {old}, create_datetime = {when} WHERE id = {new}")


@pytest.mark.parametrize("before, after", [
    ("2026-01-02 03:04:05", "2026-02-03 04:05:06"), ("2026-01-02 03:04:05", "2026-01-02 03:04:05"),
    (None, None), ("2026-01-02 03:04:05", None)], ids=["later", "same second", "never", "lost"])
def test_an_undo_link_gives_nobody_an_account_that_reuses_the_number(site, mailbox, before, after):
    name, heir = f"gone{before}{after}".lower(), f"heir{before}{after}".lower()
    name, heir = ("".join(filter(str.isalnum, text)) for text in (name, heir))
    number = make_user(site, name)
    when = "NULL" if before is None else f"'{before}'"
    site.sql(f"UPDATE `user` SET create_datetime = {when} WHERE id = {number}")
    there, undo = change_email(site, mailbox, name, f"{name}@elsewhere.example")
    assert site.visitor().post(there).status_code == 302
    succeed(site, number, heir, after)
    columns = "id, email, password, fs_uniquifier, confirmed_at"
    row = site.sql(f"SELECT {columns} FROM `user` WHERE id = {number}")
    for answer in (site.visitor().get(undo), site.visitor().post(undo)):
        assert answer.status_code == 302 and answer.headers["Location"] == "/change-email"
    assert site.sql(f"SELECT {columns} FROM `user` WHERE id = {number}") == row
    assert site.member(heir).is_signed_in()


def test_with_triggers_nothing_is_left_of_a_deleted_user(make_site, mailbox):
    site = make_site(CONFIG, fill=False, start=False)
    site.fill("--triggers")
    site.start()
    number = make_user(site, "gone")
    change_email(site, mailbox, "gone", "gone@elsewhere.example")
    count = f"SELECT COUNT(*) FROM security_ticket WHERE user_id = {number}"
    assert int(site.sql(count)[0][0]) >= 3
    site.sql(f"DELETE FROM `user` WHERE id = {number}")
    assert site.sql(count) == [["0"]]
