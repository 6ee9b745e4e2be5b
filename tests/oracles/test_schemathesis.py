"""Schemathesis asks the API for whatever its OpenAPI document allows, and for what it does not.

Each answer must be one that the document tells of, and none may be a fault of ours.
"""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from archive import home as homes
from scheduler.hands import hands
from tests.oracles.kept import ORACLES
from tests.reading import furnished
from tests.serving import served

PROGRAM = ORACLES / "schemathesis" / "bin" / "schemathesis"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
    "response_schema_conformance,negative_data_rejection"
)
SECONDS = 20

pytestmark = pytest.mark.skipif(not PROGRAM.exists(), reason="Schemathesis is not installed: make oracles")


@pytest.mark.parametrize("which", ["GET", "POST|PUT|DELETE"])
def test_the_document_is_true(tmp_path, which):
    """On a home of its own: calls that change something do so. Channels are tried elsewhere: they send."""
    shutil.copytree(furnished().home.root, tmp_path / "home")
    home = homes.find(tmp_path / "home", {})
    with served(home, now=furnished().now, hands=hands()) as site:
        command = [PROGRAM, "run", f"{site.base}/api/v1/openapi.json", "--checks", CHECKS, "--seed", "1"]
        command += ["--phases", "coverage,fuzzing", "--max-examples", "30", "--max-time", str(SECONDS)]
        command += ["--no-color", "--include-method-regex", which, "--exclude-path-regex", "/(test|warc|wacz)$"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    (cases,) = re.findall(r"(\d+) generated, \1 passed", done.stdout)
    assert int(cases) > 300
