# SPDX-License-Identifier: Apache-2.0
"""What the mail directives accept, and what they refuse at startup."""

import subprocess

import pytest
from servers import eventually

pytestmark = pytest.mark.once

REFUSED = {
    'SecurityEmailSender "Lost Name"': "must be an email address",
    "SecurityEmailSender no-reply": "must be an email address",
    "SecurityEmailSender a@example.org,b@example.org": "must be an email address",
    'SecurityEmailSender "Site <no-reply@example.org> "': "must be an email address",
    f"SecurityEmailSender {'x' * 320}@example.org": "must be an email address",
    "SecurityEmailSender": "must be an email address",
    "SecurityMailRetry 0": "must be a whole number from 1",
    "SecurityMailRetry -1": "must be a whole number from 1",
    "SecurityMailRetry often": "must be a whole number from 1",
    "SecurityMailConcurrency 0": "must be a whole number from 1 to 64",
    "SecurityMailConcurrency 65": "must be a whole number from 1 to 64",
    "SecurityMailConcurrency all": "must be a whole number from 1 to 64",
    "SecurityMailTimeout 0s": "must be a duration above 0",
    "SecurityMailTimeout soon": "must be a duration above 0",
    "SecuritySendmail sendmail -t": "must be the full path of a program",
    "SecuritySendmail": "must be the full path of a program",
    f"SecurityEmailSubjectRegister {'x' * 999}": "takes one subject",
    'SecurityEmailSubjectRegister "one" "two"': "takes one subject",
    "SecurityEmailHtml perhaps": "must be On or Off",
}

TAKEN = [
    "SecurityEmailSender no-reply@example.org",
    'SecurityEmailSender "Größe & Söhne <no-reply@bücher.example>"',
    f"SecurityEmailSender \"{'Long ' * 40}<no-reply@example.org>\"",
    "SecurityMailRetry 1",
    "SecurityMailTimeout 5m",
    "SecurityMailConcurrency 1",
    "SecurityMailConcurrency 64",
    "SecuritySendmail /usr/sbin/sendmail -t -i -f bounces@example.org",
    f"SecurityEmailSubjectRegister {'x' * 998}",
]


def check(site, line):
    path = site.folder / "tried.conf"
    path.write_text(site.configuration.read_text() + line + "\n")
    return subprocess.run(["/usr/sbin/apache2", "-t", "-f", path], capture_output=True, text=True,
                          check=False)


@pytest.fixture(scope="module")
def site(make_site):
    return make_site(start=False, fill=False)


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_a_bad_value_is_refused_with_what_is_allowed(site, number):
    line, allowed = list(REFUSED.items())[number]
    done = check(site, line)
    assert done.returncode == 1
    assert line.split()[0] in done.stderr
    assert allowed in done.stderr


@pytest.mark.parametrize("number", range(len(TAKEN)))
def test_a_good_value_is_accepted(site, number):
    assert check(site, TAKEN[number]).returncode == 0, check(site, TAKEN[number]).stderr


def test_virtual_hosts_that_share_an_outbox_are_told_whose_program_sends(make_site, expect_log):
    expect_log("shares its database")
    site = make_site("""
<VirtualHost 127.0.0.1:1>
SecurityPublicUrl https://same.example
</VirtualHost>
<VirtualHost 127.0.0.1:2>
SecurityPublicUrl https://other.example
SecuritySendmail /bin/true -t
</VirtualHost>
<VirtualHost 127.0.0.1:3>
SecurityPublicUrl https://slower.example
SecurityMailConcurrency 1
</VirtualHost>""")
    for other in ("https://other.example", "https://slower.example"):
        told = f"{other} shares its database with {site.url}"
        assert eventually(lambda: told in site.log.read_text())
    assert "https://same.example shares" not in site.log.read_text()


def test_the_tool_sends_through_the_default_program_as_well(make_site):
    site = make_site(start=False)
    text = site.configuration.read_text()
    site.configuration.write_text("".join(
        line for line in text.splitlines(True) if not line.startswith("SecuritySendmail")))
    assert site.tool("mail", "send").stdout == "0 sent, 0 failed\n"
