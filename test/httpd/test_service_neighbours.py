# SPDX-License-Identifier: Apache-2.0
"""Two virtual hosts with a database each: one that hangs takes nothing of the other's."""

import os
import pathlib

import pytest
from servers import SqliteDatabase, eventually, free_port
from services import Crowd
from test_service_away import Frozen, lines
from visitor import Visitor, password_of

pytestmark = pytest.mark.mysql

NAME = "other.example.org"


def config(site):
    """The other one's database is a file."""
    site.other = SqliteDatabase(pathlib.Path(f"{site.folder}.other"))
    site.other_port = free_port()
    return f"""SecurityTokens On
Listen 127.0.0.1:{site.other_port}
<VirtualHost 127.0.0.1:{site.other_port}>
ServerName {NAME}
SecurityPublicUrl http://127.0.0.1:{site.other_port}
DBDriver sqlite3
DBDParams "{site.other.params}"
</VirtualHost>"""


@pytest.fixture(scope="module")
def hosts(make_site):
    site = make_site(config, start=False)
    site.tool("--server", NAME, "schema", "create")
    site.tool("--server", NAME, "users", "create", "ann@example.org", "--password-stdin", "--confirmed",
              typed=password_of("ann") + "\n")
    site.other.hand_over()
    site.start()
    return site


def neighbour(site):
    visitor = Visitor(site, accept="*/*")
    visitor.base = f"http://127.0.0.1:{site.other_port}"
    return visitor


class Stranger:
    """Everything they show has to be looked up."""

    def __init__(self, site):
        self.site = site

    def get(self, path):
        token = os.urandom(32).hex()[:43]
        return self.site.visitor(accept="*/*").get(path, headers={"X-Auth-Token": token})


class Newcomer:
    """They sign in again and again."""

    def __init__(self, site):
        self.site = site

    def get(self, _path):
        return self.site.visitor().sign_in("ann")


def test_a_database_that_hangs_leaves_the_other_alone(hosts, expect_log):
    expect_log(r"database (away|back|slow)|the service is busy|busy|broken|MaxRequestWorkers")
    assert neighbour(hosts).sign_in("ann").status_code == 302
    assert hosts.visitor().sign_in("ann").status_code == 302
    crowd = Crowd([kind(hosts) for kind in (Stranger, Newcomer) for _ in range(20)])
    answers = []
    with Frozen(hosts), crowd:
        while not lines(hosts.log.read_text(), "away"):
            person = neighbour(hosts)
            answers.append(person.sign_in("ann").status_code)
            answers.append(person.get("/members/").status_code)
            answers.append(neighbour(hosts).get(
                "/members/", headers={"X-Auth-Token": os.urandom(32).hex()[:43]}).status_code)
        assert crowd.has_asked(40)
        assert neighbour(hosts).sign_in("ann").status_code == 302
    assert len(answers) >= 3 and answers == [302, 200, 401] * (len(answers) // 3), answers
    assert set(crowd.answers) <= {503, 302, 401}, crowd.answers
    assert eventually(lambda: hosts.visitor().sign_in("ann").status_code == 302, 30)
