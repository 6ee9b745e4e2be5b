"""Secrets, from the environment or a file that nobody else may read."""

import os
import traceback

import pytest

from archive.channels.secrets import LARGEST
from archive.errors import Misuse
from tests.letters import secrets


def kept(folder, name="desk.key", text="Hush-7\n", mode=0o600):
    path = folder / name
    path.write_text(text)
    path.chmod(mode)
    return path


def test_from_the_environment_and_from_a_file(tmp_path):
    kept(tmp_path)
    assert secrets(tmp_path, DESK="Hush-7").read("env:DESK").text == "Hush-7"
    assert secrets(tmp_path).read("file:desk.key").text == "Hush-7"
    assert secrets(tmp_path / "elsewhere").read(f"file:{tmp_path}/desk.key").text == "Hush-7"
    kept(tmp_path, "dos.key", "Hush-7\r\n", 0o400)
    assert secrets(tmp_path).read("file:dos.key").text == "Hush-7"


def test_a_changed_file_counts_at_once(tmp_path):
    kept(tmp_path)
    source = secrets(tmp_path)
    source.read("file:desk.key")
    kept(tmp_path, text="Other-8")
    assert source.read("file:desk.key").text == "Other-8"


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o644, 0o700, 0o602])
def test_a_file_that_others_may_read_is_refused_with_the_command_that_helps(tmp_path, mode):
    path = kept(tmp_path, mode=mode)
    with pytest.raises(Misuse, match=f"others may read it; run: chmod 600 {path}") as caught:
        secrets(tmp_path).read("file:desk.key")
    assert "Hush" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_refused(tmp_path):
    os.chown(kept(tmp_path), 12345, -1)
    with pytest.raises(Misuse, match="belongs to another user; run: chown"):
        secrets(tmp_path).read("file:desk.key")


CASES = [
    ("env:NOTHING", "environment: NOTHING: there is no secret"),
    ("file:none.key", "cannot be read: No such file"),
    ("file:.", "is no file"),
    ("file:pipe", "is no file"),
    ("file:empty", "there is no secret"),
    ("file:two", "more than one line"),
    ("file:long", "too long for a secret"),
    ("file:latin", "is no UTF-8"),
    ("Hush-7", "never stands in stet.toml itself"),
]


@pytest.mark.parametrize(("name", "sentence"), CASES)
def test_what_is_no_secret_is_said_in_one_line_that_shows_nothing(tmp_path, name, sentence):
    os.mkfifo(tmp_path / "pipe", 0o600)
    kept(tmp_path, "empty", "\n")
    kept(tmp_path, "two", "Hush-7\nHush-8\n")
    kept(tmp_path, "long", "Hush-7" * LARGEST)
    kept(tmp_path, "latin", "").write_bytes(b"Hush-\xff")
    with pytest.raises(Misuse) as caught:
        secrets(tmp_path).read(name)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=False).format())
    assert "Hush" not in shown.replace('read("Hush-7")', "")


def test_a_secret_has_no_text_but_for_who_asks_for_it(tmp_path):
    kept(tmp_path)
    source = secrets(tmp_path, OTHER="Hush-7")
    found = source.read("file:desk.key")
    assert "Hush" not in f"{found} {found!r} {source!r}"
