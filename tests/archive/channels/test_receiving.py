"""What docs/channels.md tells receivers to do, done as it stands there."""

import json
import re
import shutil
import subprocess
import time
import tomllib

import pytest

from archive.channels import webhook
from archive.channels.secrets import Secret
from archive.settings import parse
from tests.archive.channels.test_rendering import VALIDATOR
from tests.letters import message
from tests.played import ROOT

DOCUMENT = (ROOT / "docs" / "channels.md").read_text(encoding="utf-8")
KEY = "0123456789abcdef0123456789abcdef"
BODY = webhook.body_of(message(subject="الوزير ينفي"))


def block(language: str) -> str:
    return re.search(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)[1]


def signed(ago: int = 0, body: bytes = BODY, key: str = KEY) -> str:
    return webhook.signature(Secret(key), body, int(time.time()) - ago)


def moved() -> str:
    """With another time than was signed."""
    at, code = signed().split(",")
    return f"t={int(at.removeprefix('t=')) - 1},{code}"


CASES = [
    (signed, BODY, True),
    (lambda: signed(ago=200), BODY, True),
    (lambda: signed(ago=400), BODY, False),
    (signed, BODY + b" ", False),
    (lambda: signed(key="another"), BODY, False),
    (moved, BODY, False),
]


@pytest.mark.parametrize(("sign", "body", "good"), CASES)
def test_the_signature_is_checked_by_the_lines_in_python(sign, body, good):
    names: dict = {}
    exec(block("python"), names)
    assert names["is_of_stet"](sign(), body, KEY) is good


@pytest.mark.skipif(not shutil.which("openssl"), reason="there is no openssl here")
@pytest.mark.parametrize(("sign", "body", "good"), CASES)
def test_the_signature_is_checked_by_the_lines_in_shell(tmp_path, sign, body, good):
    (tmp_path / "body").write_bytes(body)
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "SIGNATURE": sign(), "KEY": KEY}
    done = subprocess.run(
        ["sh", "-c", block("sh")], cwd=tmp_path, env=environment, capture_output=True, check=False
    )
    assert (done.stdout == b"good\n") is good


def test_the_body_that_is_shown_is_as_the_schema_has_it():
    VALIDATOR.validate(json.loads(block("json")))


def test_the_settings_that_are_shown_are_read():
    channels = parse(tomllib.loads(block("toml")), where="docs", environ={}).alerts.channels
    assert [one.kind for one in channels.values()] == ["email", "webhook", "apprise"]
