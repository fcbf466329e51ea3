# SPDX-License-Identifier: Apache-2.0
"""Mails are never lost, whether the mailer fails, hangs or is missing, or processes die."""

import json
import os
import re
import signal
import stat
import subprocess

import pytest
from servers import eventually

CONFIG = """
SecurityRegisterable On
SecurityConfirmable On
SecurityRecoverable On
LoadModule status_module /usr/lib/apache2/modules/mod_status.so
<Location /server-status>
SetHandler server-status
</Location>
"""

# The body of each mailer; DIR is a directory of its own, NEXT the real mailer.
MAILERS = {
    "fails": 'cat >/dev/null; exit 1',
    "is busy": 'cat >/dev/null; exit 75',
    "does not read": 'exit 0',
    "is loud": 'cat >/dev/null; head -c 1000000 /dev/zero | tr "\\\\0" x; '
               'head -c 1000000 /dev/zero | tr "\\\\0" y >&2; exit 1',
    "hangs": 'sleep 600 & wait',
}


def write_mailer(site, body):
    """Replaces the site's mailer; the service runs whatever is there at the time."""
    path = site.folder / "mailer"
    fresh = site.folder / "mailer.new"
    fresh.write_text(f"#!/bin/sh\n{body}\n")
    fresh.chmod(0o755 | stat.S_IXOTH)
    fresh.rename(path)


@pytest.fixture(scope="module")
def site(make_site):
    def config(site):
        write_mailer(site, f'exec {site.mailbox.sendmail}')
        return CONFIG + f"SecuritySendmail {site.folder}/mailer -t\nSecurityMailTimeout 2s\n"

    return make_site(config)


def register(site, email):
    secret = site.make_secret()
    answer = site.visitor().post("/register", {
        "email": email, "password": secret, "password_confirm": secret})
    assert answer.status_code == 302


def waiting(site, email):
    rows = json.loads(site.tool("mail", "list", "--json").stdout)
    return [row for row in rows if row["recipient"] == email]


def works_again(site):
    write_mailer(site, f'exec {site.mailbox.sendmail}')
    site.tool("mail", "retry")


def keep_secrets(site, mail):
    text = mail.get_body(("plain",)).get_content()
    site.links.update(re.findall(r"/(?:confirm|reset)/([A-Za-z0-9_-]+)", text))


@pytest.mark.parametrize("what", MAILERS)
def test_a_mail_waits_for_a_mailer_that(site, mailbox, expect_log, what):
    expect_log("mail")
    write_mailer(site, MAILERS[what])
    email = f"{what.replace(' ', '-')}@example.org"
    register(site, email)
    assert eventually(lambda: [row for row in waiting(site, email) if row["attempts"] > 0], 20)
    row = waiting(site, email)[0]
    assert row["state"] == "waiting" and row["error"]
    works_again(site)
    keep_secrets(site, mailbox.wait_for(email))
    assert not waiting(site, email)


def test_a_mailer_that_is_missing_is_named(site, mailbox, expect_log):
    expect_log("mail")
    (site.folder / "mailer").unlink()
    register(site, "missing@example.org")
    assert eventually(
        lambda: [row for row in waiting(site, "missing@example.org") if row["error"]], 20)
    works_again(site)
    keep_secrets(site, mailbox.wait_for("missing@example.org"))


def test_mod_status_counts_mails_waiting_and_given_up(site, mailbox, expect_log):
    expect_log("mail")
    write_mailer(site, MAILERS["fails"])
    register(site, "counted@example.org")
    assert "OutboxWaiting: 1\nOutboxFailed: 0\n" in status(site, "?auto")
    assert eventually(
        lambda: [row for row in waiting(site, "counted@example.org") if row["error"]], 20)
    site.sql("UPDATE security_outbox SET state = 2 WHERE state = 0")
    assert "OutboxWaiting: 0\nOutboxFailed: 1\n" in status(site, "?auto")
    assert "0 waiting, 1 given up" in status(site)
    works_again(site)
    keep_secrets(site, mailbox.wait_for("counted@example.org"))
    assert eventually(lambda: "OutboxFailed: 0" in status(site, "?auto"))


def status(site, query=""):
    return site.visitor().get("/server-status" + query).text


def test_the_tool_lists_every_mail_however_many(site):
    rows = ", ".join(f"('{number}@x', 'a@example.org', 'b@example.org', 's', 'welcome', 1, 1, 1, 2)"
                     for number in range(1200))
    site.sql("INSERT INTO security_outbox (message_id, sender, recipient, subject, kind, "
             f"created_at, next_at, sent_at, state) VALUES {rows}")
    listed = json.loads(site.tool("mail", "list", "--json").stdout)
    assert len({row["id"] for row in listed if row["recipient"] == "b@example.org"}) == 1200
    site.sql("DELETE FROM security_outbox WHERE recipient = 'b@example.org'")


def children(site):
    output = subprocess.run(["pgrep", "-P", str(site.process.pid)], capture_output=True, text=True,
                            check=False).stdout
    return [int(pid) for pid in output.split()]


def kill_children(site):
    for child in children(site):
        os.kill(child, signal.SIGKILL)


def test_a_mail_outlives_the_process_that_caused_it(site, mailbox, expect_log):
    """A commit is a promise: if a process dies after it, another one keeps it, exactly once."""
    expect_log("mail|exit signal|child|cgid|the service")
    write_mailer(site, MAILERS["is busy"])
    addresses = [f"survivor{number}@example.org" for number in range(4)]
    for address in addresses:
        register(site, address)
    kill_children(site)
    assert eventually(site.listens, 20)
    works_again(site)
    for address in addresses:
        keep_secrets(site, mailbox.wait_for(address))
    assert eventually(lambda: not any(waiting(site, address) for address in addresses), 40)
    assert not [entry for entry in mailbox.mails if set(entry[0]) & set(addresses)]


def test_no_child_process_is_left_behind(site):
    for child in children(site):
        assert not subprocess.run(["pgrep", "-P", str(child)], capture_output=True,
                                  check=False).stdout


def test_fifty_registrations_of_one_address_make_one_user(site, mailbox, expect_log):
    import concurrent.futures

    expect_log("busy|denied|AH00161")
    secret = site.make_secret()
    form = {"email": "crowd@example.org", "password": secret, "password_confirm": secret}
    with concurrent.futures.ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(
            lambda _: site.visitor().post("/register", form).status_code, range(50)))
    assert set(answers) <= {302, 503}
    assert 302 in answers
    rows = site.sql("SELECT COUNT(*) FROM `user` WHERE lower(email) = 'crowd@example.org'")
    assert rows == [["1"]]
    for mail in iter(lambda: take(mailbox, "crowd@example.org"), None):
        keep_secrets(site, mail)


def take(mailbox, address):
    for entry in mailbox.mails:
        if address in entry[0]:
            mailbox.mails.remove(entry)
            return entry[1]
    return None
