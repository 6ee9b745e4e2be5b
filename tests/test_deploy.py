"""What runs Stet on a machine: the unit, the container file and the pins say what the program does."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from archive.errors import EnvironmentFailed, Misuse
from archive.settings import Settings, parse, variables
from archive.values import duration
from scheduler.daemon import CLOSING
from tests.played import ROOT
from tests.test_packaging import pins

DEPLOY = ROOT / "deploy"
UNIT = DEPLOY / "stet.service"


def unit() -> dict[str, list[str]]:
    """The keys of the unit, each with all that it is set to."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def seconds(key: str) -> float:
    text = unit()[key][0].replace("min", "m")
    return duration(text, key).total_seconds()


def analyze(*arguments: object) -> subprocess.CompletedProcess[str]:
    if not (program := shutil.which("systemd-analyze")):
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    command = [program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_systemd_has_no_word_against_the_unit(tmp_path):
    text = UNIT.read_text(encoding="utf-8")
    runnable = tmp_path / "stet"
    runnable.write_text("#!/bin/sh\n")
    runnable.chmod(0o755)
    copy = tmp_path / "stet.service"
    copy.write_text(text.replace("/usr/local/lib/stet/bin/stet", str(runnable)), encoding="utf-8")
    done = analyze("verify", "--man=no", copy)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_systemd_rates_its_exposure_as_low():
    done = analyze("security", "--offline=true", "--no-pager", UNIT)
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze is too old to look at a file (250 is new enough)")
    [rating] = re.findall(r"exposure level for stet\.service: (\d+\.\d+)", done.stdout)
    assert float(rating) < 1.5


def test_a_stop_may_take_as_long_as_the_settings_allow():
    """Rounds and then jobs may take `stop_within` each; the process asks for more where that is longer."""
    stop_within = Settings().daemon.stop_within.total_seconds()
    assert seconds("TimeoutStopSec") >= 2 * stop_within + CLOSING
    assert unit()["KillMode"] == ["mixed"]


def test_the_exit_codes_of_the_unit_are_those_of_the_program():
    assert unit()["RestartPreventExitStatus"] == [str(Misuse("").exit_code)]
    assert EnvironmentFailed("").exit_code not in (0, Misuse("").exit_code)
    assert unit()["Restart"] == ["always"]
    assert unit()["StartLimitIntervalSec"] == ["0"]  # no number of failures ends the watch


def test_it_is_held_for_dead_after_longer_than_it_ever_rests():
    assert unit()["Type"] == ["notify"]
    assert seconds("WatchdogSec") >= 4 * CLOSING


def test_its_variables_are_settings():
    known = variables()
    given = dict(pair.split("=", 1) for pair in unit()["Environment"])
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    given |= dict(re.findall(r"\b(STET_[A-Z_]+)=(\S+)", text))
    given.pop("STET_HOME")
    assert given.keys() <= known.keys()
    settings = parse({}, where="test", environ=given)
    assert settings.daemon.log == "json"


def test_the_container_has_the_unit_s_manners():
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    assert "STOPSIGNAL SIGTERM" in text
    assert f"STET_WEB_PORT={Settings().web.port} " in text
    assert f"EXPOSE {Settings().web.port}" in text
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)
    assert "make -C /src install" in text
    copied = re.findall(r"^COPY (?:--\S+ )*(\S+) ", text, re.MULTILINE)
    assert [name for name in copied if not name.startswith("/")] == [".", "deploy/container-start"]
    assert (DEPLOY / "container-start").stat().st_mode & 0o111


@pytest.mark.parametrize("script", ["container-start", "try-on-debian.sh"])
def test_scripts_are_read_by_their_shells(script):
    shell = (DEPLOY / script).read_text(encoding="utf-8").splitlines()[0].removeprefix("#!")
    done = subprocess.run([shell, "-n", DEPLOY / script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert os.access(DEPLOY / script, os.X_OK)


def test_a_container_that_is_started_on_nothing_makes_a_home(tmp_path):
    """By the script that it starts with; the second time the home stays as it is."""
    binary = tmp_path / "bin" / "stet"
    binary.parent.mkdir()
    binary.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/said\n[ "$1" = init ] && mkdir -p "$2" && touch "$2/stet.toml"\n'
    )
    binary.chmod(0o755)
    environ = {"PATH": f"{binary.parent}:/usr/bin:/bin", "STET_HOME": str(tmp_path / "home")}
    for words in (["status"], ["run"], ["run", "--port", "1"]):
        subprocess.run([DEPLOY / "container-start", *words], env=environ, check=False)
    assert (tmp_path / "said").read_text().splitlines() == [
        "status",
        f"init {tmp_path / 'home'}",
        "run",
        "run --port 1",
    ]


class Answer(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self):
        self.send_response(self.status if self.path == "/healthz" else 404)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.mark.parametrize(("status", "healthy"), [(200, True), (503, False)])
def test_a_container_is_as_healthy_as_the_daemon_says(status, healthy, monkeypatch):
    monkeypatch.setattr(Answer, "status", status)
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environ = {"PATH": os.environ["PATH"], "STET_WEB_PORT": str(server.server_port)}
        done = subprocess.run(
            [DEPLOY / "container-start", "healthy"], env=environ, capture_output=True, check=False
        )
        server.shutdown()
    assert (done.returncode == 0) is healthy


def test_a_service_is_given_the_pins_that_are_tested():
    tested = {(pin.name, str(pin.specifier)) for pin, _ in pins("constraints.txt")}
    given = {(pin.name, str(pin.specifier)) for pin, _ in pins("deploy/constraints.txt")}
    assert given <= tested, "run: make lock"
    assert {"hatchling", "scrapy", "psycopg"} <= {name for name, _ in given}
    assert not {"pytest", "mypy", "ruff"} & {name for name, _ in given}
