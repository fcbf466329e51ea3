#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a script running as httpd's user may try: ATTEMPTS, more than sixty ways to overreach.

Run as a program, it tries all of them and prints, as JSON, what each one got: a text, or null. It
needs only Python, and all it knows about the machine is in facts.json beside it."""

import array
import ctypes
import glob
import json
import os
import pathlib
import re
import resource
import signal
import socket
import sqlite3
import struct
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
FACTS = {}
PIDFD_GETFD = 438  # the same number on every architecture
PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 16, 17, 0x4206, 0x4207
WALL = 0x40000000
HELLO, PING, LOOK_UP, PAGE, MAILS = 1, 2, 3, 4, 5
TAG_SECRET, TAG_ADDRESS, TAG_PROOF_KIND, TAG_PROOF_VALUE = 1, 9, 12, 13


# ---- helpers ----

def checked(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def file(path, mode="rb"):
    """The readable content of a file, or the fact that it could be opened for writing."""
    with open(path, mode) as opened:
        return repr(opened.read(200)) if "r" in mode else f"{path} is open for writing"


def of(process, what):
    """A file of /proc of a process."""
    return file(f"/proc/{FACTS[process]}/{what}")


def descriptors(process):
    """What the descriptors of a process refer to."""
    folder = f"/proc/{FACTS[process]}/fd"
    return ", ".join(os.readlink(f"{folder}/{number}") for number in os.listdir(folder)) or None


def opened_descriptors(process):
    got = []
    for number in range(64):
        try:
            os.close(os.open(f"/proc/{FACTS[process]}/fd/{number}", os.O_RDWR))
            got.append(str(number))
        except OSError:
            continue
    return ", ".join(got) or None


def memory(process):
    """The first bytes of the stack, found through the memory map."""
    pid = FACTS[process]
    stack = next(line for line in pathlib.Path(f"/proc/{pid}/maps").read_text().splitlines()
                 if "[stack]" in line)
    with open(f"/proc/{pid}/mem", "rb") as opened:
        opened.seek(int(stack.split("-")[1].split()[0], 16) - 4096)
        return repr(opened.read(64))


def blind_memory(process):
    """Needs no map: any address will do, since opening the file is already forbidden."""
    os.close(os.open(f"/proc/{FACTS[process]}/mem", os.O_RDONLY))
    return "the memory is open"


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


def other_memory(call, process):
    """process_vm_readv and process_vm_writev: a wrong address and a lack of rights are distinct errors."""
    own = ctypes.create_string_buffer(8)
    here, there = Vector(ctypes.addressof(own), 8), Vector(0x1000, 8)
    result = getattr(LIBC, call)(FACTS[process], ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    if result < 0 and ctypes.get_errno() == 14:
        return "may, if only it knew where"
    checked(result)
    return "bytes"


def trace(request, process):
    pid = FACTS[process]
    checked(LIBC.ptrace(request, pid, None, None))
    if request == PTRACE_SEIZE:
        checked(LIBC.ptrace(PTRACE_INTERRUPT, pid, None, None))
    os.waitpid(pid, WALL)
    checked(LIBC.ptrace(PTRACE_DETACH, pid, None, None))
    return "traced"


def steal(process):
    """Copies of descriptors of another process."""
    pidfd = os.pidfd_open(FACTS[process])
    got = []
    for number in range(64):
        if LIBC.syscall(PIDFD_GETFD, pidfd, number, 0) >= 0:
            got.append(str(number))
    return ", ".join(got) or None


def message(kind, *fields, size=None, number=1):
    """One message as a child of httpd's would write it."""
    body = b""
    for tag, value in fields:
        body += struct.pack("=HHI", tag, 0, len(value)) + value + b"\0" * (4 - len(value) % 4)
    return struct.pack("=IHHII", len(body) + 16 if size is None else size, kind, 0, number, 3000) + body


QUESTION = message(LOOK_UP, (TAG_ADDRESS, b"127.0.0.1"), (TAG_PROOF_KIND, struct.pack("=q", 3)),
                   (TAG_PROOF_VALUE, b"ann@example.org"))


def asked(*messages, kind=socket.SOCK_SEQPACKET):
    """The service's answer to these messages, or None once it hangs up."""
    with socket.socket(socket.AF_UNIX, kind) as client:
        client.settimeout(5)
        client.connect(FACTS["socket"])
        for text in messages:
            client.send(text)
        return repr(client.recv(4096))


def hello(secret):
    return message(HELLO, (TAG_SECRET, secret))


def answered(*messages):
    try:
        answer = asked(*messages)
    except TimeoutError:
        return None
    return None if answer == repr(b"") else answer


def handed_over():
    """Gives the service a descriptor, hoping to get one of the service's in return."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
        client.settimeout(5)
        client.connect(FACTS["socket"])
        client.sendmsg([message(PING)], [(socket.SOL_SOCKET, socket.SCM_RIGHTS,
                                          array.array("i", [client.fileno()]))])
        text, extra, _, _ = client.recvmsg(4096, 1024)
        return repr((text, extra)) if text or extra else None


def fifty_secrets():
    for number in range(50):
        answer = answered(hello(f"{number:032x}".encode()), QUESTION)
        if answer:
            return answer
    return None


def flood():
    """Opens as many silent connections as it can; does the service still answer others?"""
    kept = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    for _ in range(300):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        client.settimeout(1)
        client.connect(FACTS["socket"])
        kept.append(client)
    got = None
    for client in kept:
        client.settimeout(0)
        try:
            got = client.recv(16) or got
        except OSError:
            continue
    return repr(got) if got else None


def bound(path):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(path)
        return f"listens at {path}"


def own_descriptors():
    got = []
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if int(number) > 2 and re.search("memfd|socket|sqlite|security-auth|records", target):
            got.append(target)
    return ", ".join(got) or None


def parents_descriptors():
    """Whoever started this script: a child of httpd, or the daemon of mod_cgid."""
    folder = f"/proc/{os.getppid()}/fd"
    return ", ".join(os.readlink(f"{folder}/{number}") for number in os.listdir(folder)) or None


def anybodys_table(flags):
    """The record table through the descriptors of any process."""
    for path in glob.glob("/proc/[0-9]*/fd/*"):
        try:
            if "memfd" not in os.readlink(path):
                continue
            got = os.open(path, flags)
            text = os.read(got, 64)
            os.close(got)
        except OSError:
            continue
        if b"msa records" in text:
            return f"{path}: {text!r}"
    return None


def anybodys_mapping():
    for path in glob.glob("/proc/[0-9]*/map_files/*"):
        try:
            if "memfd" in os.readlink(path):
                return file(path)
        except OSError:
            continue
    return None


def posix_memory():
    for path in glob.glob("/dev/shm/*"):
        try:
            text = pathlib.Path(path).read_bytes()
        except OSError:
            continue
        if b"msa records" in text or b"example.org" in text:
            return path
    return None


def system_v_memory():
    LIBC.shmat.restype = ctypes.c_void_p
    for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        number, size = int(line.split()[1]), int(line.split()[3])
        address = LIBC.shmat(number, None, 0o10000)
        if address not in (None, ctypes.c_void_p(-1).value):
            text = ctypes.string_at(address, size)
            LIBC.shmdt(ctypes.c_void_p(address))
            if b"msa records" in text or b"example.org" in text:
                return str(number)
    return None


def own_environment():
    """A secret is 32 or 64 hexadecimal digits."""
    return ", ".join(value for value in os.environ.values()
                     if re.fullmatch("[0-9a-f]{32}|[0-9a-f]{64}", value)) or None


def tool(*words):
    done = subprocess.run([FACTS["tool"], *words], capture_output=True, text=True, timeout=60,
                          check=False, stdin=subprocess.DEVNULL)
    return done.stdout if done.returncode == 0 else None


def database_tool():
    return tool("--conf", FACTS["configuration"], "users", "list")


def rows(uri):
    with sqlite3.connect(uri, uri=True, timeout=1) as connection:
        return repr(connection.execute("SELECT email, password FROM user").fetchall())


def role():
    with sqlite3.connect(FACTS["database"], timeout=1) as connection:
        connection.execute("INSERT INTO role (name) VALUES ('owned')")
    return "a role"


def done(what, call, *arguments, **named):
    call(*arguments, **named)
    return what


def limits(process):
    old = resource.prlimit(FACTS[process], resource.RLIMIT_CORE)
    resource.prlimit(FACTS[process], resource.RLIMIT_CORE, old)
    return repr(old)


def signalled(process, number):
    os.kill(FACTS[process], number)
    return f"signal {number}"


# ---- the attempts ----

FILES = {
    "read the database": lambda: file(FACTS["database"]),
    "read its journal": lambda: file(FACTS["database"] + "-wal"),
    "read the index of its journal": lambda: file(FACTS["database"] + "-shm"),
    "write into the database": lambda: file(FACTS["database"], "r+b"),
    "append to the database": lambda: file(FACTS["database"], "ab"),
    "write into its journal": lambda: file(FACTS["database"] + "-wal", "ab"),
    "list its folder": lambda: repr(os.listdir(FACTS["folder"])),
    "make a file in its folder": lambda: file(FACTS["folder"] + "/hot.sqlite-journal", "wb"),
    "make it readable": lambda: done("readable", os.chmod, FACTS["database"], 0o644),
    "open its folder": lambda: done("open", os.chmod, FACTS["folder"], 0o755),
    "own it": lambda: done("owned", os.chown, FACTS["database"], os.getuid(), -1),
    "link it to where it can be read": lambda: done("linked", os.link, FACTS["database"],
                                                    FACTS["own"] + "/link"),
    "move its folder away": lambda: done("moved", os.rename, FACTS["folder"],
                                         FACTS["folder"] + ".away"),
    "select from it": lambda: rows(f"file:{FACTS['database']}?mode=ro"),
    "select from it as it is on the disk": lambda: rows(f"file:{FACTS['database']}?immutable=1"),
    "insert into it": role,
    "watch its size and times": lambda: repr(os.stat(FACTS["database"])),
    "read the configuration": lambda: file(FACTS["configuration"]),
    "use the tool with the configuration": database_tool,
    "be the service itself": lambda: tool("serve"),
}

SOCKET = {
    "ask without a word of greeting": lambda: answered(QUESTION),
    "ask whether anybody is there": lambda: answered(message(PING)),
    "ask how many mails wait": lambda: answered(message(MAILS)),
    "ask for a page": lambda: answered(message(PAGE)),
    "say a wrong secret": lambda: answered(hello(b"0" * 32), QUESTION),
    "say an empty secret": lambda: answered(hello(b""), QUESTION),
    "say no secret": lambda: answered(message(HELLO), QUESTION),
    "say half a secret": lambda: answered(hello(b"0" * 16), QUESTION),
    "say a secret that is too long": lambda: answered(hello(b"0" * 4096), QUESTION),
    "say a secret with a NUL": lambda: answered(hello(b"\0" * 32), QUESTION),
    "try fifty secrets": fifty_secrets,
    "greet twice": lambda: answered(hello(b"0" * 32), hello(b"1" * 32), QUESTION),
    "wait to be spoken to": lambda: answered(),
    "send nothing": lambda: answered(b""),
    "send garbage": lambda: answered(os.urandom(777)),
    "send a head alone": lambda: answered(message(HELLO)[:12]),
    "send a message that is shorter than it says": lambda: answered(message(HELLO, size=4096), QUESTION),
    "send a message that is longer than it says": lambda: answered(hello(b"0" * 32)[:-8] + QUESTION),
    "send the largest message": lambda: answered(message(HELLO, (TAG_SECRET, b"0" * 196000)), QUESTION),
    "send a larger one": lambda: answered(message(HELLO, (TAG_SECRET, b"0" * 205000)), QUESTION),
    "send a field beyond the end": lambda: answered(
        struct.pack("=IHHIIHHI", 24, HELLO, 0, 1, 3000, TAG_SECRET, 0, 0xFFFFFFF0), QUESTION),
    "send an unknown kind": lambda: answered(message(999), QUESTION),
    "hand over a descriptor": handed_over,
    "connect as a stream": lambda: asked(message(PING), kind=socket.SOCK_STREAM),
    "keep hundreds of connections": flood,
}

PLACES = {
    "remove the socket": lambda: done("removed", os.unlink, FACTS["socket"]),
    "move the socket away": lambda: done("moved", os.rename, FACTS["socket"],
                                         FACTS["socket"] + ".away"),
    "listen at the name of the next socket": lambda: bound(FACTS["next_socket"]),
    "listen at the name it has before": lambda: bound(FACTS["next_socket"] + "~"),
}

PROCESSES = {
    "read the service's memory": lambda: memory("service"),
    "open the service's memory": lambda: blind_memory("service"),
    "read the service's environment": lambda: of("service", "environ"),
    "read the service's map": lambda: of("service", "maps"),
    "read the service's pages": lambda: of("service", "pagemap"),
    "read the service's stack": lambda: of("service", "stack"),
    "read the service's registers": lambda: of("service", "syscall"),
    "read the service's start of memory": lambda: of("service", "auxv"),
    "list the service's descriptors": lambda: descriptors("service"),
    "open the service's descriptors": lambda: opened_descriptors("service"),
    "copy the service's descriptors": lambda: steal("service"),
    "find the service's program": lambda: os.readlink(f"/proc/{FACTS['service']}/exe"),
    "enter the service's root": lambda: repr(os.listdir(f"/proc/{FACTS['service']}/root")),
    "enter the service's directory": lambda: repr(os.listdir(f"/proc/{FACTS['service']}/cwd/")),
    "attach to the service": lambda: trace(PTRACE_ATTACH, "service"),
    "seize the service": lambda: trace(PTRACE_SEIZE, "service"),
    "copy from the service's memory": lambda: other_memory("process_vm_readv", "service"),
    "copy into the service's memory": lambda: other_memory("process_vm_writev", "service"),
    "have the service write its core": lambda: limits("service"),
    "choose what the service's core holds": lambda: file(
        f"/proc/{FACTS['service']}/coredump_filter", "wb"),
    "have the service killed first": lambda: file(f"/proc/{FACTS['service']}/oom_score_adj", "wb"),
    "starve the service": lambda: done("slower", os.setpriority, os.PRIO_PROCESS, FACTS["service"], 19),
    "bind the service to a processor": lambda: done("bound", os.sched_setaffinity,
                                                    FACTS["service"], {0}),
    "stop the service": lambda: signalled("service", signal.SIGSTOP),
    "retire the service": lambda: signalled("service", signal.SIGUSR1),
    "kill the service": lambda: signalled("service", signal.SIGKILL),
    "kill the service by its descriptor": lambda: done(
        "killed", signal.pidfd_send_signal, os.pidfd_open(FACTS["service"]), signal.SIGKILL),
    "read the memory of httpd's child": lambda: memory("child"),
    "open the memory of httpd's child": lambda: blind_memory("child"),
    "read the environment of httpd's child": lambda: of("child", "environ"),
    "read the map of httpd's child": lambda: of("child", "maps"),
    "list the descriptors of httpd's child": lambda: descriptors("child"),
    "open the descriptors of httpd's child": lambda: opened_descriptors("child"),
    "copy the descriptors of httpd's child": lambda: steal("child"),
    "attach to httpd's child": lambda: trace(PTRACE_ATTACH, "child"),
    "seize httpd's child": lambda: trace(PTRACE_SEIZE, "child"),
    "copy from the memory of httpd's child": lambda: other_memory("process_vm_readv", "child"),
    "copy into the memory of httpd's child": lambda: other_memory("process_vm_writev", "child"),
    "open the memory of httpd's parent": lambda: blind_memory("parent"),
    "list the descriptors of httpd's parent": lambda: descriptors("parent"),
    "attach to httpd's parent": lambda: trace(PTRACE_ATTACH, "parent"),
    "kill httpd's parent": lambda: signalled("parent", signal.SIGKILL),
    "read the record table": lambda: anybodys_table(os.O_RDONLY),
    "write the record table": lambda: anybodys_table(os.O_RDWR),
    "read what somebody has mapped": anybodys_mapping,
}

# What is in the script's own process, and in memory that is shared.
LEAVINGS = {
    "use an inherited descriptor": own_descriptors,
    "list the descriptors of whoever started it": parents_descriptors,
    "find a secret in its own environment": own_environment,
    "read POSIX shared memory": posix_memory,
    "read System V shared memory": system_v_memory,
    "have cores written to where it can read": lambda: file("/proc/sys/kernel/core_pattern", "wb"),
}

ATTEMPTS = {**FILES, **SOCKET, **PLACES, **PROCESSES, **LEAVINGS}


def tried(attempt):
    try:
        return attempt()
    # Whatever goes wrong, the attempt got nothing.
    except (OSError, sqlite3.Error, subprocess.SubprocessError, StopIteration):
        return None


def main():
    FACTS.update(json.loads((pathlib.Path(__file__).parent / "facts.json").read_text()))
    chosen = sys.argv[1:] or list(ATTEMPTS)
    print("Content-Type: application/json\n")
    print(json.dumps({name: tried(ATTEMPTS[name]) for name in chosen}))


if __name__ == "__main__":
    main()
