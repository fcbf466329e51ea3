# SPDX-License-Identifier: Apache-2.0
"""Measures the cost of the module: httpd with it and without it, side by side on one machine.

The gate is instructions per request (callgrind, two runs of N and 2N requests, their difference).
Rates are ratios of neighbours in interleaved rounds, with the plain server against a twin of itself
as control; if the control is off by more than 0.05, the rates are meaningless.
"""

import argparse
import http.client
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "httpd"))

# pylint: disable=wrong-import-position
from servers import Mailbox, MariaDatabase, MariaDB, stop_group, wait_until_up
from servers_httpd import Site

USERS = 10_000
CONFIG = """
KeepAlive On
MaxKeepAliveRequests 0
LogLevel warn security_auth:warn
ThreadsPerChild 32
MinSpareThreads 32
MaxRequestWorkers 64
<Location /basic>
SecurityApiEnabledMethods session token basic
</Location>
"""
AREAS = {"basic": "Require role admin"}
BUDGETS = {"session": 9_000, "token": 10_000, "basic": 12_000}


class Plain(Site):
    """The same server and files without the module and without guards."""

    def __init__(self, folder, site):
        super().__init__(folder, site.mpm, site.database, site.certificates, site.mailbox)
        text = site.configuration.read_text().replace(str(site.folder), str(folder))
        for theirs, ours in ((site.port, self.port), (site.tls_port, self.tls_port)):
            text = text.replace(f":{theirs}", f":{ours}")
        text = re.sub(r"<Location.*?</Location>\n", "", text, flags=re.S)
        text = "\n".join(line for line in text.splitlines()
                         if not line.startswith(("Security", "DBD")) and "security_auth" not in line)
        self.configuration.write_text(text + "\n")


def load_users(site):
    """Creates many accounts with the password hash of an existing one."""
    site.sql("INSERT INTO `user` (email, password, active, fs_uniquifier, create_datetime,"
             " update_datetime) SELECT CONCAT('user', seq, '@example.org'), password, 1,"
             " MD5(seq), NOW(), NOW() FROM `user`, seq_1_to_" + str(USERS)
             + " WHERE email = 'ann@example.org'")


def requests_of(site):
    """Method -> path and headers of a request that is answered 200."""
    member = site.member("ada")
    token = site.visitor(accept="application/json").sign_in_json("ada").json()["response"]["user"][
        "authentication_token"]
    from visitor import password_of
    import base64
    basic = base64.b64encode(f"ada@example.org:{password_of('ada')}".encode()).decode()
    return {
        "session": ("/admin/index.html", {"Cookie": f"session={member.cookie('session')}"}),
        "token": ("/admin/index.html", {"X-Auth-Token": token}),
        "basic": ("/basic/index.html", {"Authorization": f"Basic {basic}"}),
    }


def rate(site, path, headers, seconds):
    """Requests per second, measured by wrk once the first request has filled the record table."""
    assert site.visitor().get(path, headers=headers).status_code == 200
    done = subprocess.run(
        ["wrk", "-t1", "-c16", f"-d{seconds}s", site.url + path,
         *[word for key, value in headers.items() for word in ("-H", f"{key}: {value}")]],
        check=True, capture_output=True, text=True)
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)[1])


def compare_rates(site, plain, twin, ways, rounds, seconds):
    ratios = {name: [] for name in ["control", *ways]}
    for _ in range(rounds):
        path = "/admin/index.html"
        base = rate(plain, path, {}, seconds)
        ratios["control"].append(rate(twin, path, {}, seconds) / base)
        for name, (path, headers) in ways.items():
            ratios[name].append(rate(site, path, headers, seconds) / base)
    print("\nrate, as a part of the plain server's (median of rounds, lowest, highest)")
    for name, values in ratios.items():
        print(f"  {name:10} {statistics.median(values):.3f}   {min(values):.3f} {max(values):.3f}")
    if abs(statistics.median(ratios["control"]) - 1) > 0.05:
        print("  The control is off by more than 0.05: no verdict from these rates.")


def instructions(site, path, headers, count):
    """Instructions that one httpd process spends on `count` requests. The service's are not counted;
    they are few, since the record table answers these requests."""
    output = site.folder / "callgrind"
    output.touch()
    site.own(output)  # httpd has dropped root privileges by the time it exits
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}",
         "--toggle-collect=ap_run_process_connection", "apache2", "-X", "-f", site.configuration], stdout=open(site.folder / "out", "w", encoding="utf-8"),
        stderr=subprocess.STDOUT, start_new_session=True)
    wait_until_up(process, site.listens, site.folder / "out")
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
    for _ in range(count):
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200
    connection.close()
    stop_group(process)
    return int(re.search(r"^(?:summary|totals): (\d+)", output.read_text(), re.M)[1])


def per_request(site, path, headers, count):
    return (instructions(site, path, headers, 2 * count)
            - instructions(site, path, headers, count)) / count


def compare_instructions(site, plain, ways, count):
    base = per_request(plain, "/admin/index.html", {}, count)
    print(f"\ninstructions per request (plain server: {base:.0f})")
    within = True
    for name, (path, headers) in ways.items():
        extra = per_request(site, path, headers, count) - base
        within = within and extra <= BUDGETS[name]
        print(f"  {name:10} +{extra:.0f}   budget {BUDGETS[name]}"
              f"{'' if extra <= BUDGETS[name] else '   OVER'}")
    return within


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=int, default=2)
    options.add_argument("--requests", type=int, default=2000)
    chosen = options.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="msa.", dir="/tmp"))
    folder.chmod(0o755)
    started = []
    try:
        server = MariaDB(folder / "db")
        started.append(server)
        mailbox = Mailbox(folder)
        site = Site(folder / "a", "event", MariaDatabase(server), folder, mailbox, "", AREAS)
        text = re.sub(r"<VirtualHost.*?</VirtualHost>\n|(LoadModule cgid|ScriptSock).*?\n", "",
                      site.configuration.read_text(), flags=re.S)
        site.configuration.write_text(text + CONFIG)
        site.fill()
        load_users(site)
        plain, twin = Plain(folder / "b", site), Plain(folder / "c", site)
        for each in (site, plain, twin):
            each.start()
            started.append(each)
        ways = requests_of(site)
        compare_rates(site, plain, twin, ways, chosen.rounds, chosen.seconds)
        for each in (site, plain, twin):
            each.stop()
        within = compare_instructions(site, plain, ways, chosen.requests)
        mailbox.controller.stop()
    finally:
        for each in reversed(started):
            each.stop()
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(0 if within else 1)


main()
