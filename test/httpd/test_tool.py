# SPDX-License-Identifier: Apache-2.0
"""security-auth on an administrator's terminal: what it finds, prints and leaves behind."""

import re
import stat
import subprocess

import pytest
from servers_httpd import SOURCE, TOOL

pytestmark = pytest.mark.once


def run(*words):
    return subprocess.run([TOOL, *words], capture_output=True, text=True, timeout=60, check=False)


def test_a_successful_command_prints_nothing_about_asking_httpd(site):
    assert site.tool("users", "list").stderr == ""


def test_a_mistake_in_the_configuration_is_shown_in_httpds_words(site):
    broken = site.folder / "broken.conf"
    broken.write_text(site.configuration.read_text() + "\nSecurityEngine Maybe\n")
    done = run("--conf", broken, "users", "list")
    assert done.returncode == 1
    assert "SecurityEngine must be On or Off" in done.stderr
    assert done.stdout == ""


def test_an_sqlite_database_is_readable_only_by_its_owner(tmp_path):
    store = tmp_path / "store.sqlite"
    done = run("--driver", "sqlite3", "--params", store, "schema", "create")
    assert done.returncode == 0, done.stderr
    assert [stat.filemode(file.stat().st_mode) for file in tmp_path.iterdir()] == ["-rw-------"]


def test_help_and_manual_page_list_the_same_commands_and_options():
    manual = (SOURCE / "docs" / "security-auth.8").read_text()
    asked = run("--help")
    assert asked.returncode == 0
    options = set(re.findall(r"--([a-z][a-z-]+)", asked.stdout))
    assert options == set(re.findall(r"(?:Fl|\|) -([a-z][a-z-]+)", manual))
    sentences = re.findall(r"^  ([a-z][a-z -]*[a-z])(?: [A-Z\[].*?)?  ", asked.stdout, re.M)
    assert len(sentences) > 20
    described = re.findall(r"^\.It Cm ([a-z][a-z -]*[a-z])(?: [A-Z].*)?$", manual, re.M)
    assert set(sentences) == set(described)
