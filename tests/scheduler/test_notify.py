"""The service manager is told what it waits for, through a real socket."""

from __future__ import annotations

import os
import socket
import time

import pytest

from scheduler.notify import Manager


@pytest.fixture(params=["in a folder", "abstract"])
def heard(request, tmp_path):
    """A manager's socket: its name as `NOTIFY_SOCKET` has it, and what came so far."""
    name = str(tmp_path / "notify") if request.param == "in a folder" else f"@stet-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind("\0" + name[1:] if name.startswith("@") else name)
        sock.setblocking(False)

        def said() -> list[list[str]]:
            came = []
            while True:
                try:
                    came.append(sock.recv(4096).decode().split("\n"))
                except BlockingIOError:
                    return came

        yield name, said


def test_a_life_is_told_from_beginning_to_end(heard):
    name, said = heard
    manager = Manager({"NOTIFY_SOCKET": name})
    manager.ready("watching 3 outlets")
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    manager.reloading()
    manager.ready()
    manager.stopping(12.5)
    first, again, ready, end = said()
    assert first == ["READY=1", "STATUS=watching 3 outlets"]
    assert again[0] == "RELOADING=1"
    field, _, moment = again[1].partition("=")
    assert field == "MONOTONIC_USEC"
    assert before <= int(moment) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    assert ready == ["READY=1"]
    assert end == ["STOPPING=1", "EXTEND_TIMEOUT_USEC=12500000"]


def test_a_status_is_one_line_and_told_when_it_is_new(heard):
    name, said = heard
    manager = Manager({"NOTIFY_SOCKET": name})
    for text in ("two rounds\nREADY=1", "two rounds\nREADY=1", "none"):
        manager.status(text)
    assert said() == [["STATUS=two rounds READY=1"], ["STATUS=none"]]


def test_a_word_of_life_comes_often_enough_and_not_at_every_turn(heard):
    name, said = heard
    manager = Manager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "60000000", "WATCHDOG_PID": str(os.getpid())})
    for _ in range(100):
        manager.alive()
    assert said() == [["WATCHDOG=1"]]
    hasty = Manager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "4"})
    for _ in range(3):
        hasty.alive()
        time.sleep(0.001)
    assert said() == [["WATCHDOG=1"]] * 3


@pytest.mark.parametrize(
    "environ",
    [{}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}, {"WATCHDOG_USEC": "4", "WATCHDOG_PID": "1"}],
)
def test_who_does_not_wait_for_words_of_life_gets_none(heard, environ):
    name, said = heard
    Manager({"NOTIFY_SOCKET": name, **environ}).alive()
    assert said() == []


@pytest.mark.parametrize("name", ["", "vsock:2:1234", "/nowhere/at/all", "@nobody-listens-here"])
def test_nobody_who_listens_keeps_us_from_nothing(name):
    manager = Manager({"NOTIFY_SOCKET": name, "WATCHDOG_USEC": "1"})
    manager.ready()
    manager.alive()
    manager.stopping(1)
