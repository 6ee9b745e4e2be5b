"""`stet channel`: what there is, and whether it would take a message."""

import json

import pytest
import trustme

from scheduler.cli import run
from tests.receivers import PASSWORD, USER, Hook, Mail, trusted

CA = trustme.CA()
SECRET = "T0K3N-that-nobody-sees"


@pytest.fixture
def home(tmp_path, capsys):
    assert run(["init", str(tmp_path / "home")]) == 0
    capsys.readouterr()
    return tmp_path / "home"


def settle(home, text: str, *, private=True) -> None:
    plain = (home / "stet.toml").read_text(encoding="utf-8")
    plain = plain.replace("allow_private_addresses = false", f"allow_private_addresses = {str(private).lower()}")
    (home / "stet.toml").write_text(f"{plain}\n{text}", encoding="utf-8")


def key(home, name: str, text: str, mode=0o600) -> None:
    (home / name).write_text(text, encoding="utf-8")
    (home / name).chmod(mode)


def asked(capsys, home, *words: str) -> tuple[int, str, str]:
    code = run(["channel", *words, "--home", str(home)])
    out, err = capsys.readouterr()
    assert SECRET not in out + err
    assert PASSWORD not in out + err
    return code, out, err


THREE = f"""
[alerts.channels.desk]
kind = "email"
to = ["desk@example.org", "night@example.org"]
from = "stet@example.org"
server = "mail.example.org"

[alerts.channels.hook]
kind = "webhook"
url = "https://hooks.example.org/services/{SECRET}"
secret = "file:hook.key"

[alerts.channels.chat]
kind = "apprise"
url = "env:CHAT_URL"
"""


def test_channels_are_listed_without_secrets(home, capsys):
    settle(home, THREE)
    code, out, _ = asked(capsys, home, "list")
    assert code == 0
    for words in (
        "desk@example.org, night@example.org by mail.example.org",
        "https://hooks.example.org/…",
        "env:CHAT",
    ):
        assert words in out
    code, out, _ = asked(capsys, home, "list", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [(row["name"], row["kind"]) for row in rows] == [
        ("desk", "email"),
        ("hook", "webhook"),
        ("chat", "apprise"),
    ]
    assert rows[1]["secret"] == "file:hook.key"


def test_where_there_are_none_it_is_said_how_one_is_made(home, capsys):
    assert asked(capsys, home, "list")[2] == "no channels; write [alerts.channels.NAME] in stet.toml\n"
    code, _, err = asked(capsys, home, "check", "desk")
    assert (code, err.count("\n")) == (2, 1)


def test_a_check_goes_as_far_as_it_can_and_sends_nothing(home, capsys, monkeypatch):
    trusted(CA, home / "own.pem")
    key(home, "mail.key", f"{PASSWORD}\n")
    key(home, "hook.key", f"{SECRET}\n")
    with Mail(CA, login=True) as mail, Hook() as hook:
        monkeypatch.setenv("CHAT_URL", f"json://localhost:{hook.port}/{SECRET}")
        settle(
            home,
            f"""
            [alerts.channels.desk]
            kind = "email"
            to = ["desk@example.org"]
            from = "stet@example.org"
            server = "{mail.server}"
            user = "{USER}"
            secret = "file:mail.key"
            ca_bundle = "own.pem"

            [alerts.channels.hook]
            kind = "webhook"
            url = "{hook.base}/{SECRET}"
            secret = "file:hook.key"

            [alerts.channels.chat]
            kind = "apprise"
            url = "env:CHAT_URL"
            """,
        )
        code, out, _ = asked(capsys, home, "check")
        assert code == 0
        for words in (f"answers under TLS, signed in as {USER}", "answers", "JSON: its address is understood"):
            assert words in out
        assert mail.asked == hook.taken == []
        key(home, "mail.key", "Wrong-but-secret\n")
        code, out, err = asked(capsys, home, "check", "desk", "hook", "--json")
        assert code == 1
        assert err == "stet: stet channel check: something is wrong with desk, see above\n"
        rows = [json.loads(line) for line in out.splitlines()]
        wrong = [row for row in rows if not row["good"]]
        assert [(row["channel"], row["what"]) for row in wrong] == [("desk", "server")]
        assert "takes neither user nor password" in wrong[0]["said"]
        key(home, "mail.key", PASSWORD, 0o644)
        assert "others may read it; run: chmod 600" in asked(capsys, home, "check", "desk")[1]


def test_an_address_in_ones_own_network_is_refused_unless_it_is_allowed(home, capsys, monkeypatch):
    with Hook() as hook:
        monkeypatch.setenv("HOOK_URL", hook.base)
        monkeypatch.setenv("CHAT_URL", f"json://localhost:{hook.port}")
        monkeypatch.setenv("HOOK_KEY", SECRET)
        text = """
            [alerts.channels.hook]
            kind = "webhook"
            url = "env:HOOK_URL"
            secret = "env:HOOK_KEY"

            [alerts.channels.chat]
            kind = "apprise"
            url = "env:CHAT_URL"
            """
        settle(home, text, private=False)
        code, out, _ = asked(capsys, home, "check", "--json")
        assert code == 1
        wrong = [row for row in map(json.loads, out.splitlines()) if not row["good"]]
        assert [row["channel"] for row in wrong] == ["hook", "chat"]
        assert all("a loopback address; nothing is sent there" in row["said"] for row in wrong)
    assert hook.taken == []
