"""A throw-away PostgreSQL: a cluster of its own in a temporary folder, reached by a socket there, without a port.

Started once a process, when the first test asks for it; each test gets a database of its own. Where PostgreSQL is
not installed the tests that want it are skipped.
"""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ABSENT = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
SETTINGS = {
    "listen_addresses": "''",
    "fsync": "off",  # it is thrown away
    "shared_buffers": "32MB",
    "max_connections": "50",
}

_numbers = itertools.count(1)


def binaries() -> Path | None:
    """The folder of initdb and its like: Debian keeps them out of the way, a folder a release."""
    if found := shutil.which("initdb"):
        return Path(os.path.realpath(found)).parent
    releases = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(releases, key=lambda path: int(re.sub(r"\D", "", path.parts[-3]) or 0), default=None)
    return newest.parent if newest else None


def new_database(*, trigrams: bool = True) -> str:
    """The URL of an empty database; without `trigrams` its owner may not install `pg_trgm`."""
    if binaries() is None:
        pytest.skip(ABSENT)
    name = f"stet{next(_numbers)}"
    owner = "stet" if trigrams else "guest"
    socket = _cluster()
    _sql(socket, f"CREATE DATABASE {name}")
    if not trigrams:
        _sql(socket, f"GRANT ALL ON SCHEMA public TO {owner}", name)
    return f"postgresql+psycopg://{owner}@/{name}?host={socket}"


@functools.cache
def _cluster() -> Path:
    """The folder of the socket; the cluster ends with this process."""
    programs, folder = binaries(), Path(tempfile.mkdtemp(prefix="stet-postgres-"))
    assert programs is not None
    me = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        me = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    data = folder / "data"
    _run(
        [programs / "initdb", "-D", data, "-U", "stet", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"], me
    )
    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    start = ["start", "-w", "-l", folder / "log", "-o", f"{options} -c unix_socket_directories={folder}"]
    _run([programs / "pg_ctl", "-D", data, *start], me)
    atexit.register(_stop, programs, folder, me)
    _sql(folder, "CREATE ROLE guest LOGIN")
    return folder


def _run(command: list, me: dict) -> None:
    done = subprocess.run(
        list(map(str, command)), cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, **me
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _stop(programs: Path, folder: Path, me: dict) -> None:
    _run([programs / "pg_ctl", "-D", folder / "data", "stop", "-m", "immediate"], me)
    # By a process of its own: there are thousands of files, and a worker of pytest-xdist is not waited for.
    subprocess.run(["setsid", "--fork", "rm", "-rf", folder], check=True)


def _sql(socket: Path, statement: str, database: str = "postgres") -> None:
    import psycopg

    with psycopg.connect(host=str(socket), user="stet", dbname=database, autocommit=True) as connection:
        connection.execute(statement)
