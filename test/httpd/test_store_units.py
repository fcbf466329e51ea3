# SPDX-License-Identifier: Apache-2.0
"""The store's unit tests, which `make check` runs on SQLite, on MariaDB as well."""

import os
import pathlib
import subprocess

import pytest
from servers_httpd import BUILD, SOURCE

PROGRAMS = sorted(path.stem for path in (SOURCE / "test" / "unit").glob("test_store*.c"))


@pytest.mark.parametrize("program", PROGRAMS)
def test_what_holds_on_sqlite_holds_on_mariadb(mariadb, program):
    mariadb.sql("DROP DATABASE IF EXISTS unit; CREATE DATABASE unit")
    path = pathlib.Path(BUILD) / "test" / "unit" / program
    subprocess.run(["make", "-s", "-C", BUILD, f"test/unit/{program}"], check=True,
                   capture_output=True)
    done = subprocess.run(
        [path], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP",
             "MSA_TEST_MYSQL_PARAMS":
                 f"host=127.0.0.1,port={mariadb.port},user=lab,pass=lab,dbname=unit"})
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "mysql: " in done.stdout
