# SPDX-License-Identifier: Apache-2.0
"""A script running as httpd's user reaches nothing of ours if the service has a separate user."""

import json
import pathlib
import pwd
import re
import shutil
import subprocess

import attacks
import pytest
import services
from servers import IS_ROOT, SqliteDatabase, eventually
from servers_httpd import TOOL

USER = "daemon"
pytestmark = [pytest.mark.smoke, pytest.mark.sqlite,
              pytest.mark.skipif(not IS_ROOT, reason="only root has a choice of users")]

# Attempts that would end the test if made by root, or that root may lack the right to make
# (CAP_SYS_RESOURCE).
NOT_FOR_ROOT = {
    "stop the service", "retire the service", "kill the service", "own it", "be the service itself",
    "kill the service by its descriptor", "kill httpd's parent", "move its folder away",
    "write into its journal", "have the service write its core"}


def hand_over_to_service(site):
    folder = pathlib.Path(site.database.params).parent
    for path in [folder, *folder.iterdir()]:
        shutil.chown(path, USER, USER)
        path.chmod(0o700 if path.is_dir() else 0o600)


def place_script(site):
    folder = site.folder / "scripts"
    folder.mkdir()
    shutil.copy(attacks.__file__, folder / "attacks.cgi")
    (folder / "attacks.cgi").chmod(0o755)
    return folder


def write_facts(site):
    folder = site.folder / "scripts"
    service, name = services.one_service(site), services.sockets(site)[0]
    start, number = name.rsplit(".", 1)
    facts = {
        "service": service, "child": services.children(site)[0], "parent": site.process.pid,
        "socket": f"{site.folder}/{name}", "next_socket": f"{site.folder}/{start}.{int(number) + 1}",
        "database": site.database.params, "folder": str(pathlib.Path(site.database.params).parent),
        "configuration": str(site.configuration), "tool": str(TOOL), "own": str(folder)}
    (folder / "facts.json").write_text(json.dumps(facts))


@pytest.fixture(scope="module")
def site(make_site):
    def config(site):
        folder = place_script(site)
        return (f"SecurityUser {USER}\nScriptAlias /scripts/ {folder}/\n"
                f"<Directory {folder}>\nRequire all granted\n</Directory>")

    site = make_site(config, start=False)
    assert isinstance(site.database, SqliteDatabase)
    hand_over_to_service(site)
    site.configuration.chmod(0o600)
    site.start()
    write_facts(site)
    return site


@pytest.fixture(scope="module")
def got(site):
    """What each attempt got while a user was signed in and the service was at work."""
    with services.Crowd([site.member("ada"), site.member("ed")]) as crowd:
        answer = site.visitor().get("/scripts/attacks.cgi", timeout=280)
        assert answer.status_code == 200, answer.text
    assert set(crowd.answers) == {200}, crowd.answers
    return answer.json()


@pytest.mark.parametrize("attempt", attacks.ATTEMPTS)
def test_a_script_of_httpds_user_gets_nothing_when_it_tries_to(got, attempt):
    assert attempt in got and got[attempt] is None


def facts_of(site):
    return json.loads((site.folder / "scripts/facts.json").read_text())


def test_the_service_runs_as_the_configured_user(site, got):
    status = pathlib.Path(f"/proc/{facts_of(site)['service']}/status").read_text()
    assert got and f"Uid:\t{pwd.getpwnam(USER).pw_uid}\t" in status
    assert len(attacks.ATTEMPTS) >= 60


def test_nothing_has_happened_to_the_service(site, got):
    facts = facts_of(site)
    assert got and services.services(site) == [facts["service"]]
    assert services.sockets(site) == [pathlib.Path(facts["socket"]).name]
    assert eventually(lambda: site.visitor().sign_in("ann").status_code == 302)
    assert not site.sql("SELECT name FROM role WHERE name = 'owned'")


def candidates(pid):
    """Candidates for the secret in the memory of a child of httpd."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
    wanted = [number for number, line in enumerate(lines) if line.endswith("mod_security_auth.so")]
    with open(f"/proc/{pid}/mem", "rb") as memory:
        for line in lines[wanted[0]:wanted[-1] + 2]:
            start, end = (int(part, 16) for part in line.split()[0].split("-"))
            if " rw" in line:
                memory.seek(start)
                yield from re.findall(rb"[0-9a-f]{32}(?=\0)", memory.read(end - start))


def test_the_questions_are_valid_as_the_secret_gets_them_answered(site, got):
    facts = facts_of(site)
    attacks.FACTS.update(facts)
    found = list(candidates(facts["child"]))
    assert got and found
    question = attacks.message(attacks.PING)
    assert any(attacks.answered(attacks.hello(secret), question) for secret in found)
    answers = [attacks.answered(attacks.hello(secret), attacks.QUESTION) for secret in found]
    assert any("ann@example.org" in answer for answer in answers if answer)


def test_the_attempts_are_real_as_root_succeeds_with_them(site, got):
    assert got
    names = [name for name in {**attacks.FILES, **attacks.PROCESSES} if name not in NOT_FOR_ROOT]
    done = subprocess.run([site.folder / "scripts/attacks.cgi", *names], stdout=subprocess.PIPE,
                          text=True, timeout=280, check=True)
    reached = json.loads(done.stdout.partition("\n\n")[2])
    assert not [name for name in names if reached[name] is None]
