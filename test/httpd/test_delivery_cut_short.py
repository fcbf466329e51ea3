# SPDX-License-Identifier: Apache-2.0
"""The service dies, stops, or loses its database while the mailer runs: no mail is sent twice."""

import json

import pytest
from servers import eventually
from test_delivery import CONFIG, keep_secrets, kill_children, register, take, waiting
from test_delivery import write_mailer

pytestmark = pytest.mark.usefixtures("cut_off")


@pytest.fixture(scope="module")
def site(make_site):
    """Its mailer reports that it has begun, and continues when told to; one mail at a time."""
    def config(site):
        (site.folder / "mailing").mkdir()
        site.own(site.folder / "mailing")
        write_mailer(site, f"cd {site.folder}/mailing; touch begun\n"
                           "until [ -e go ]; do sleep 0.02; done\n"
                           f"rm begun go; exec {site.mailbox.sendmail}")
        return CONFIG + (f"SecuritySendmail {site.folder}/mailer -t\n"
                         "SecurityMailConcurrency 1\n")

    return make_site(config)


def begin_mail(site, email):
    register(site, email)
    assert eventually((site.folder / "mailing" / "begun").exists, 20)


def finish_mail(site):
    (site.folder / "mailing" / "go").touch()


def is_sent(site, email):
    rows = json.loads(site.tool("mail", "list", "--sent", "--json").stdout)
    return [row for row in rows if row["recipient"] == email and row["state"] == "sent"]


def test_a_mail_whose_sender_is_killed_arrives_once_and_is_listed_as_doubtful(site, mailbox):
    begin_mail(site, "doubtful@example.org")
    kill_children(site)
    finish_mail(site)
    keep_secrets(site, mailbox.wait_for("doubtful@example.org"))
    assert waiting(site, "doubtful@example.org")[0]["state"] == "waiting"
    site.sql("UPDATE security_outbox SET claimed_until = 1 WHERE claimed_until > 0")
    assert eventually(
        lambda: waiting(site, "doubtful@example.org")[0]["state"] == "failed", 20)
    assert "may have arrived" in waiting(site, "doubtful@example.org")[0]["error"]
    # When this one arrives, any second copy would have left.
    finish_mail(site)
    register(site, "next@example.org")
    keep_secrets(site, mailbox.wait_for("next@example.org"))
    assert take(mailbox, "doubtful@example.org") is None


@pytest.mark.mysql
def test_a_mail_sent_while_the_database_is_away_is_noted_when_it_is_back(
        site, mailbox, mariadb):
    begin_mail(site, "noted@example.org")
    mariadb.stop()
    finish_mail(site)
    keep_secrets(site, mailbox.wait_for("noted@example.org"))
    mariadb.start()
    assert eventually(lambda: is_sent(site, "noted@example.org"), 20)
    assert take(mailbox, "noted@example.org") is None


def test_a_service_that_stops_leaves_a_mail_to_the_next_one(site, mailbox):
    begin_mail(site, "handed-on@example.org")
    site.stop()
    (site.folder / "mailing" / "begun").unlink()
    site.start()
    finish_mail(site)
    site.tool("mail", "retry", str(waiting(site, "handed-on@example.org")[0]["id"]))
    keep_secrets(site, mailbox.wait_for("handed-on@example.org"))
    assert eventually(lambda: is_sent(site, "handed-on@example.org"), 20)
    assert take(mailbox, "handed-on@example.org") is None
