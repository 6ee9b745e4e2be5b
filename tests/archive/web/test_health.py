"""`/healthz` says whether all is well, and what is amiss with what; it tells strangers nothing else."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from dataclasses import replace

import pytest

from archive import home as homes
from archive.web.health import Instruments
from tests.serving import Shop, served

JSON = {"Accept": "application/json"}


@pytest.fixture
def home(tmp_path):
    with Shop(tmp_path) as shop:
        yield shop.home


def amiss(**checks: str) -> Instruments:
    return Instruments(exposition=lambda accept: ("text/plain", accept.encode()), checks=lambda: checks)


def test_who_only_serves_answers_what_it_can(home):
    with served(home) as site:
        reply = site.get("/healthz")
        assert (reply.status, reply.text, reply["cache-control"]) == (200, "ok\n", "no-store")
        reply = site.get("/healthz", **JSON)
        assert json.loads(reply.text) == {"ok": True, "checks": {"database": "ok", "disk": "ok"}}
        reply = site.get("/metrics")
        assert reply.status == 404
        assert reply.text == "numbers are told by the daemon alone; this process only serves: run 'stet run'\n"


def test_what_the_daemon_finds_amiss_is_said_in_a_line(home):
    with served(home, instruments=amiss(daemon="", fetching="nothing good\nfor 4 h")) as site:
        reply = site.get("/healthz")
        assert (reply.status, reply.text) == (503, "fetching: nothing good for 4 h\n")
        reply = site.get("/healthz", **JSON)
        assert reply.status == 503
        assert json.loads(reply.text)["checks"]["daemon"] == "ok"
        assert site.head("/healthz").status == 503
        assert site.get("/metrics", Accept="text/x").body == b"text/x"


def test_a_full_disk_is_told_without_a_path(home):
    archive = replace(home.settings.archive, reserve=2**60)
    full = homes.Home(home.root, replace(home.settings, archive=archive))
    with served(full) as site:
        reply = site.get("/healthz")
        assert reply.status == 503
        assert reply.text.startswith("disk: has less room")
        assert str(home.root) not in reply.text


def test_a_broken_database_is_told_without_its_path(home):
    with served(home) as site:
        assert site.get("/healthz").status == 200
        with contextlib.closing(sqlite3.connect(home.root / "stet.db")) as connection:
            connection.execute("DROP TABLE captures")
        reply = site.get("/healthz")
    assert (reply.status, reply.text) == (503, "database: cannot be read; the log says why\n")
