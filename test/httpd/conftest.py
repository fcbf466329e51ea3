# SPDX-License-Identifier: Apache-2.0
"""The stack under the tests: httpd with each MPM, MariaDB and SQLite, a mail receiver, a browser.

Every test runs on the two combinations of MAIN, and those marked `smoke` on all four. Marks `mysql`,
`sqlite`, `event` and `once` restrict a test. A test fails if httpd's log contains a warning or error
that it did not announce with `expect_log`.
"""

import collections
import os
import pathlib
import shutil
import subprocess

import pytest
from servers import Backend, Mailbox, MariaDatabase, MariaDB, SqliteDatabase, free_port
from servers_httpd import Site, complaints

Stack = collections.namedtuple("Stack", "mpm database")
MAIN = [Stack("event", "mysql"), Stack("prefork", "sqlite")]
OTHER = [Stack("prefork", "mysql"), Stack("event", "sqlite")]
MARKS = {
    "smoke": "runs on all four combinations of MPM and database",
    "mysql": "needs MariaDB",
    "sqlite": "needs SQLite",
    "event": "needs the event MPM",
    "once": "runs on the first combination only",
}


def pytest_configure(config):
    for name, meaning in MARKS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")


def belongs(item):
    """Does this test run on this combination?"""
    stack = getattr(item, "callspec", None) and item.callspec.params.get("stack")
    if not stack:
        return True
    marks = {mark.name for mark in item.iter_markers()}
    return ((stack in MAIN or "smoke" in marks)
            and ("mysql" not in marks or stack.database == "mysql")
            and ("sqlite" not in marks or stack.database == "sqlite")
            and ("event" not in marks or stack.mpm == "event")
            and ("once" not in marks or stack == MAIN[0]))


def pytest_collection_modifyitems(config, items):
    left_out = [item for item in items if not belongs(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if belongs(item)]


@pytest.fixture(scope="session", params=MAIN + OTHER, ids="-".join)
def stack(request):
    return request.param


@pytest.fixture(scope="session")
def top():
    """A short path (a Unix socket's is limited to 107 bytes) that the user `nobody` can reach."""
    folder = pathlib.Path(f"/tmp/msa.{os.getpid()}")
    folder.mkdir(mode=0o755)
    yield folder
    if not os.environ.get("MSA_KEEP"):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def certificates(top):
    folder = top / "tls"
    folder.mkdir()
    (folder / "cnf").write_text(
        "[req]\nprompt = no\ndistinguished_name = dn\nx509_extensions = ext\n"
        "[dn]\nCN = 127.0.0.1\n"
        "[ext]\nbasicConstraints = critical,CA:FALSE\n"
        "subjectAltName = DNS:localhost,IP:127.0.0.1\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-config", folder / "cnf", "-keyout", folder / "key.pem",
         "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def mariadb(top):
    server = MariaDB(top / "db")
    yield server
    server.stop()


@pytest.fixture(scope="session")
def mailbox(top):
    box = Mailbox(top)
    yield box
    box.controller.stop()


@pytest.fixture(scope="session")
def backend():
    server = Backend()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def make_site(stack, top, certificates, mailbox, request):
    """Creates, fills and starts a site; after the module, stops it and reads its log one last time.

    A site created beside another one uses the same database. The sites of other modules are
    gone, and so are their mails.
    """
    sites = []
    mailbox.mails.clear()

    def make(config="", areas=None, reconnect="reconnect=0", start=True, fill=True, beside=None):
        make_site_folder.count += 1
        folder = top / f"s{make_site_folder.count}"
        if beside:
            database = beside.database
        elif stack.database == "mysql":
            database = MariaDatabase(request.getfixturevalue("mariadb"), reconnect)
        else:
            database = SqliteDatabase(pathlib.Path(f"{folder}.db"))
        site = Site(folder, stack.mpm, database, certificates, mailbox, "", areas)
        text = config(site) if callable(config) else config
        with open(site.configuration, "a", encoding="utf-8") as file:
            file.write(text + "\n")
        if fill and not beside:
            site.fill()
        if start:
            site.start()
        sites.append(site)
        return site

    make.sites = sites
    yield make
    started = [site for site in sites if site.process is not None]
    for site in started:
        site.stop()
    for site in started:
        check_whole_log(site)


class make_site_folder:
    """Numbers the folders of a run."""

    count = 0


def check_whole_log(site):
    log = site.log.read_text(errors="replace")
    assert "exit signal" not in log, log[-3000:]
    both = log + site.access_log.read_text(errors="replace")
    leaked = [secret for secret in site.secrets | site.links if secret in both]
    assert not leaked, f"secrets in the log: {leaked}"


@pytest.fixture(scope="module")
def site(make_site, request):
    """The site of a test module: the common one plus the module's CONFIG and AREAS."""
    return make_site(getattr(request.module, "CONFIG", ""), getattr(request.module, "AREAS", None))


@pytest.fixture
def expect_log(request):
    """Announces warnings and errors: expect_log(r"pattern")."""
    patterns = []
    request.node.expected_log = patterns
    return patterns.append


@pytest.fixture
def cut_off(expect_log):
    """A server may notice and log a cut connection only during the following test."""
    expect_log(r"the service|database|mail given up|mail deferred|exit signal|child|cgid")


@pytest.fixture(autouse=True)
def quiet_log(request):
    sites = []
    if "make_site" in request.fixturenames:
        sites = request.getfixturevalue("make_site").sites
    yield
    announced = getattr(request.node, "expected_log", [])
    found = [line for site in sites if site.process is not None
             for line in complaints(site.new_log(), announced)]
    assert not found, "not announced:\n" + "\n".join(found)


@pytest.fixture(scope="module")
def browser(top):
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for flag in ("headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
                 "disable-background-networking", "disable-component-update", "disable-sync",
                 "disable-dev-shm-usage", f"user-data-dir={top}/chromium"):
        options.add_argument("--" + flag)
    driver = webdriver.Chrome(
        service=Service("/usr/bin/chromedriver", port=free_port()), options=options)
    driver.set_page_load_timeout(60)
    yield driver
    driver.quit()
