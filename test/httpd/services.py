# SPDX-License-Identifier: Apache-2.0
"""The service of a site from outside: its processes, its sockets, and visitors who keep asking."""

import collections
import os
import pathlib
import threading
import time

import requests
from servers import eventually

COMMAND = b"security-auth\0serve\0"


def read(path):
    try:
        return pathlib.Path(path).read_bytes()
    except OSError:
        return b""


def parent_of(pid):
    """0 if it has gone, or has exited and only its parent does not know yet."""
    state, parent = (read(f"/proc/{pid}/stat").rpartition(b")")[2].split() + [b"Z", b"0"])[:2]
    return 0 if state == b"Z" else int(parent)


def link_of(path):
    try:
        return os.readlink(path)
    except OSError:
        return ""


def services(site):
    """The processes of a site's service, newest last: children of its httpd, and former children that
    still write to its log."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit() or read(folder / "cmdline") != COMMAND:
            continue
        parent = parent_of(folder.name)
        if parent and (parent == site.process.pid or link_of(folder / "fd/2") == str(site.log)):
            started = int(read(folder / "stat").rpartition(b")")[2].split()[19])
            found.append((started, int(folder.name)))
    return [pid for _, pid in sorted(found)]


def children(site):
    """httpd's children that serve visitors, which are those that have mapped the record table."""

    def found():
        return [int(folder.name) for folder in pathlib.Path("/proc").iterdir()
                if folder.name.isdigit() and parent_of(folder.name) == site.process.pid
                and read(folder / "cmdline") != COMMAND and b"/memfd:" in read(folder / "maps")]

    return eventually(found)


def sockets(site):
    return sorted(path.name for path in site.folder.glob("security-auth.*"))


def one_service(site, other_than=0):
    """Waits until the service has one process and one socket; returns the process."""

    def only():
        found = services(site)
        is_settled = len(found) == 1 and len(sockets(site)) == 1 and found[0] != other_than
        return found[0] if is_settled else 0

    pid = eventually(only, 40)
    assert pid, f"processes {services(site)}, sockets {sockets(site)}"
    return pid


def nothing_is_left(site):
    return eventually(lambda: not services(site) and not sockets(site), 20)


class Crowd:
    """Threads that request a page again and again, and count the answers."""

    def __init__(self, visitors, path="/members/"):
        self.visitors, self.path = visitors, path
        self.answers = collections.Counter()
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.threads = [threading.Thread(target=self.ask, args=(visitor,)) for visitor in visitors]

    def ask(self, visitor):
        while not self.is_over.is_set():
            try:
                answer = visitor.get(self.path).status_code
            except requests.RequestException as error:
                answer = f"{type(error).__name__} at {time.strftime('%H:%M:%S')}"
            with self.lock:
                self.answers[answer] += 1

    def has_asked(self, more):
        """Waits for this number of further answers."""
        wanted = sum(self.answers.values()) + more
        return eventually(lambda: sum(self.answers.values()) >= wanted, 60)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        for thread in self.threads:
            thread.join()
