"""The project as others get it: dependencies, pins, the built wheel, the commands of the Makefile."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PACKAGES = ("archive", "crawler", "scheduler")
ORACLES = ROOT / "tests" / "oracles"
LOCKED = (ROOT / "constraints.txt", ROOT / "deploy" / "constraints.txt", *ORACLES.glob("*-constraints.txt"))
PINS = {str(path.relative_to(ROOT)): path for path in LOCKED}


def requirements() -> list[Requirement]:
    """What pyproject.toml asks for, to run and to develop."""
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    return [Requirement(text) for text in wanted]


def pins(name: str) -> list[tuple[Requirement, int]]:
    """Each pin of a file with the number of its hashes."""
    text = re.sub(r"\s*#.*", "", PINS[name].read_text()).replace("\\\n", " ")
    found = []
    for line in filter(str.strip, text.splitlines()):
        pin, *hashes = re.split(r"\s+--hash=", line.strip())
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for digest in hashes), line[:80]
        found.append((Requirement(pin), len(hashes)))
    return found


@pytest.mark.parametrize("wanted", requirements(), ids=lambda wanted: wanted.name)
def test_each_dependency_has_exactly_one_pin_that_satisfies_it(wanted):
    found = [p for p, _ in pins("constraints.txt") if canonicalize_name(p.name) == canonicalize_name(wanted.name)]
    assert len(found) == 1
    [exact] = found[0].specifier
    assert exact.operator == "=="
    assert wanted.specifier.contains(Version(exact.version))


@pytest.mark.parametrize("name", PINS)
def test_every_pin_is_exact_and_has_hashes(name):
    """`pip install --require-hashes` refuses anything less."""
    found = pins(name)
    assert found
    for pin, hashes in found:
        assert [exact.operator for exact in pin.specifier] == ["=="], pin
        assert pin.url is None
        assert hashes > 0, pin


def test_what_an_oracle_is_asked_for_is_what_it_is_pinned_to():
    asked = {path: path.read_text().split() for path in ORACLES.glob("*.in")}
    assert asked
    for path, wanted in asked.items():
        found = pins(str(path.with_name(f"{path.stem}-constraints.txt").relative_to(ROOT)))
        assert set(wanted) <= {str(pin) for pin, _ in found}


def test_every_npm_package_is_pinned_by_its_digest():
    for path in ORACLES.glob("*-npm.txt"):
        lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
        assert lines
        for line in lines:
            assert re.fullmatch(r"[a-z0-9-]+@\d+\.\d+\.\d+ sha512-[A-Za-z0-9+/]{86}==", line), line


def test_pywb_is_no_dependency_of_ours():
    """It is GPL, cdxj-indexer wants an AGPL package, and `brotlipy` breaks Scrapy's decoding."""
    ours = {canonicalize_name(pin.name) for pin, _ in pins("constraints.txt")}
    assert not ours & {"pywb", "cdxj-indexer", "surt", "brotlipy"}


def test_what_the_packages_import_is_what_they_declare():
    """Distribution and module have the same name, but for hyphens, in all that we use but two.

    `tzdata` holds no module: `zoneinfo` reads it where a machine has no time zones of its own.
    """
    imported = {name for package in PACKAGES for path in (ROOT / package).rglob("*.py") for name in modules(path)}
    imported -= {*sys.stdlib_module_names, *PACKAGES}
    declared = {Requirement(text).name for text in PROJECT["dependencies"]}
    named = {"pythonjsonlogger": "python-json-logger", "argon2": "argon2-cffi"}
    imported = {named.get(name, name) for name in imported} | {"tzdata"}
    assert {canonicalize_name(name) for name in imported} == {canonicalize_name(name) for name in declared}


def modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


# Put together here, so that this file does not hold what it forbids.
FORBIDDEN = {
    "a registry's host": r"(?:pypi\.|pythonhosted\.|npm" + r"js\.)(?:org|io|com)\b",
    "an index option": r"--(?:extra-)?index" + r"-url\b|--find" + r"-links\b|PIP_(?:EXTRA_)?INDEX" + r"_URL=",
    "a path of one machine": r"(?<![\w./:-])/(?:root|work|opt|mnt|Users" + r"|home/[a-z]+)/\w",
}


def ours() -> Iterator[Path]:
    """Every file of the project that a commit would hold."""
    made = {".git", ".venv", ".oracles", ".hypothesis", "__pycache__", "demo", "dist", "build", "vendor"}
    for folder, names, files in os.walk(ROOT):
        names[:] = [name for name in names if name not in made and not name.endswith(("_cache", ".egg-info"))]
        yield from (Path(folder, name) for name in files if name not in made and not name.endswith(".pyc"))


def test_no_file_names_a_registry_an_index_or_a_path_of_one_machine():
    found = []
    for path in ours():
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}: {what}: {match[0]}"
            for what, pattern in FORBIDDEN.items()
            for match in re.finditer(pattern, text)
        ]
    assert not found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The built wheel. Without isolation: the build backend is one of the pins."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert built.returncode == 0, built.stderr
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as opened:
        yield opened


def test_the_wheel_holds_the_packages_with_their_data_and_nothing_else(wheel):
    """Also what is no Python: the known outlets, the migrations, the pretend newsroom's own files."""
    vendored = "archive/web/static/vendor/"  # is there where `make vendor` brought it
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name and not name.startswith(vendored)}
    wanted = {
        str(path.relative_to(ROOT))
        for path in ours()
        if path.relative_to(ROOT).parts[0] in PACKAGES and len(path.relative_to(ROOT).parts) > 1
    }
    assert packed == wanted
    assert len([name for name in packed if re.fullmatch(r"crawler/outlets/[a-z0-9-]+\.toml", name)]) > 10
    assert "scheduler/newsroom/room.py" in packed
    assert any(name.startswith("archive/db/migrations/versions/v") for name in packed)


def test_the_wheel_installs_the_command(wheel):
    [entry] = [name for name in wheel.namelist() if name.endswith("entry_points.txt")]
    assert "stet = scheduler.cli:main" in wheel.read(entry).decode()


def test_make_lists_its_targets():
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, timeout=10, check=True)
    listed = re.findall(r"^make (\w+)\s+\S", said.stdout, re.MULTILINE)
    assert listed == ["help", "demo", "test", "lint", "oracles", "vendor", "install", "lock", "clean"]


@pytest.mark.parametrize(
    ("python", "said"),
    [
        ("exit 1", "does not run"),
        ('case "$*" in *print*) echo 3.9;; *) exit 1;; esac', "is Python 3.9, and 3.11 or newer is needed"),
        ('case "$*" in *print*) echo 3.11;; *venv*) exit 1;; esac', "install its venv module first"),
    ],
    ids=["broken", "too old", "no venv"],
)
def test_a_python_that_will_not_do_is_told_in_one_line(tmp_path, python, said):
    """No package manager in reach: then we say what to install, and nothing is left half made."""
    for name, does in {"python3": python, "id": "echo 1000"}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    command = ["/bin/sh", str(ROOT / ".ci" / "venv"), str(tmp_path / "venv"), "pins.txt"]
    run = subprocess.run(
        command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=10, check=False
    )
    assert run.returncode == 1
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert not (tmp_path / "venv").exists()
