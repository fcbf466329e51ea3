# SPDX-License-Identifier: Apache-2.0
"""More sign-ins than the machine can hash: some are deferred, and nothing else suffers."""

import concurrent.futures

import pytest

CONFIG = """
SecurityHashSlots 1
SecurityPasswordHashOptions "memory=65536 time=4 lanes=1"
"""


@pytest.mark.event
def test_during_a_flood_of_sign_ins_the_excess_is_deferred_and_pages_are_served(site, expect_log):
    expect_log("busy|slot")

    def sign_in(_):
        answer = site.visitor().sign_in("stranger@example.org", "wrong-password")
        return answer.status_code, answer.headers.get("Retry-After")

    def read(_):
        return site.visitor().get("/").status_code

    with concurrent.futures.ThreadPoolExecutor(28) as pool:
        flood = [pool.submit(sign_in, number) for number in range(48)]
        pages = [pool.submit(read, number) for number in range(20)]
        answers = {future.result() for future in flood}
        assert {future.result() for future in pages} == {200}
    statuses = {status for status, _ in answers}
    assert statuses == {200, 503}
    assert all(retry for status, retry in answers if status == 503)
    assert site.visitor().sign_in("ann").status_code == 302


def test_a_machine_that_guesses_passwords_is_stopped(make_site, expect_log):
    expect_log("throttled")
    site = make_site("SecurityThrottleAccount 5\nSecurityThrottleAddress 50")
    statuses = [site.visitor(accept="application/json").sign_in_json("ann", f"guess-{number}-x")
                .status_code for number in range(8)]
    assert statuses[:5] == [400] * 5
    assert statuses[-1] == 429
    assert site.visitor().sign_in("ada").status_code == 302


@pytest.mark.once
def test_the_tool_reads_the_configuration_of_a_thousand_hosts(make_site):
    def config(site):
        return "\n".join(f"<VirtualHost 127.0.0.1:{site.port}>\nServerName host{number}.example.org\n"
                         "</VirtualHost>" for number in range(1000))

    site = make_site(config, start=False)
    assert "ann@example.org" in site.tool("--server", "host999.example.org", "users", "list").stdout
