# SPDX-License-Identifier: Apache-2.0
"""Several mails being sent at once: none waits for another, and none is sent twice or lost."""

import pytest
from servers import eventually
from test_delivery import CONFIG, keep_secrets, kill_children, register, take, waiting
from test_delivery import write_mailer

AT_ONCE = 3
pytestmark = pytest.mark.usefixtures("cut_off")


@pytest.fixture(scope="module")
def site(make_site):
    """Each of its mailers reports that it has begun, and continues when told to."""
    def config(site):
        (site.folder / "mailing").mkdir()
        site.own(site.folder / "mailing")
        write_mailer(site, f"cd {site.folder}/mailing; touch begun.$$\n"
                           "until [ -e go ]; do sleep 0.02; done\n"
                           f"exec {site.mailbox.sendmail}")
        return CONFIG + (f"SecuritySendmail {site.folder}/mailer -t\n"
                         f"SecurityMailConcurrency {AT_ONCE}\n")

    return make_site(config)


def begun(site):
    return list((site.folder / "mailing").glob("begun.*"))


def begin_mails(site, name, count):
    """Registers this many addresses, and waits until the maximum number of mailers is at work."""
    for path in [*begun(site), site.folder / "mailing" / "go"]:
        path.unlink(missing_ok=True)
    addresses = [f"{name}{number}@example.org" for number in range(count)]
    for address in addresses:
        register(site, address)
    assert eventually(lambda: len(begun(site)) == AT_ONCE, 20)
    return addresses


def finish_mails(site):
    (site.folder / "mailing" / "go").touch()


def claimed(site):
    return int(site.sql("SELECT COUNT(*) FROM security_outbox WHERE claimed_until > 0")[0][0])


def arrive_once(site, mailbox, addresses):
    for address in addresses:
        keep_secrets(site, mailbox.wait_for(address))
    assert not [address for address in addresses if take(mailbox, address)]


def test_mails_leave_side_by_side_and_the_others_after_them(site, mailbox):
    addresses = begin_mails(site, "crowd", AT_ONCE + 2)
    assert claimed(site) == AT_ONCE
    finish_mails(site)
    arrive_once(site, mailbox, addresses)
    assert eventually(lambda: not any(waiting(site, address) for address in addresses), 20)


def test_all_mails_being_sent_when_the_service_is_killed_arrive_once_and_are_doubtful(
        site, mailbox):
    addresses = begin_mails(site, "killed", AT_ONCE)
    kill_children(site)
    finish_mails(site)
    for address in addresses:
        keep_secrets(site, mailbox.wait_for(address))
    site.sql("UPDATE security_outbox SET claimed_until = 1 WHERE claimed_until > 0")
    for address in addresses:
        assert eventually(lambda: waiting(site, address)[0]["state"] == "failed", 20)
        assert "may have arrived" in waiting(site, address)[0]["error"]
    assert not [address for address in addresses if take(mailbox, address)]


def test_a_service_that_stops_leaves_all_its_mails_to_the_next_one(site, mailbox):
    addresses = begin_mails(site, "handed-on", AT_ONCE)
    site.stop()
    site.start()
    for address in addresses:
        assert waiting(site, address)[0]["error"] == "still running when the server ended"
    finish_mails(site)
    site.tool("mail", "retry")
    arrive_once(site, mailbox, addresses)
    assert eventually(lambda: not any(waiting(site, address) for address in addresses), 20)
