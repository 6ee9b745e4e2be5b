"""Apprise, in its own process, to a real receiver: it reaches what the guard allows, and nothing else."""

import json
import logging
import subprocess
import sys
import textwrap

import pytest
import trustme

from archive.alert_settings import ChannelSettings
from archive.channels import Undelivered
from archive.channels import send as send_by
from archive.errors import Misuse
from archive.settings import CrawlSettings
from crawler.lookup import lookup
from tests.letters import at_home, message, secrets
from tests.receivers import Hook, Mail, nobody, trusted

CA = trustme.CA()
TOKEN = "T0K3N-that-nobody-sees"


def send(folder, url, letter=None, *, resolve=at_home, patience=30.0, **given):
    channel = ChannelSettings(kind="apprise", name="desk", url="env:DESK_URL", **given)
    means = {"secrets": secrets(folder, DESK_URL=url), "resolve": resolve, "patience": patience}
    send_by(channel, letter or message(), **means)


def undelivered(folder, url, *args, **given) -> str:
    with pytest.raises(Undelivered) as caught:
        send(folder, url, *args, **given)
    assert TOKEN not in f"{caught.value} {caught.value!r}"
    assert not caught.value.permanent
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_message_arrives(tmp_path):
    with Hook() as hook:
        send(tmp_path, f"json://localhost:{hook.port}/{TOKEN}")
    path, _, body = hook.taken[0]
    assert path == f"/{TOKEN}"
    assert json.loads(body)["title"] == "The Herald changed “denied” to “confirmed”"
    assert json.loads(body)["message"] == "The minister [-denied-] {+confirmed+} it."


def test_services_of_mail_get_html_and_those_of_chats_what_they_take(tmp_path):
    """Text is escaped for Markdown, so that no word of a page becomes a link."""
    letter = message(text="see [here](https://evil.example) *now*")
    with Hook() as hook:
        hook.ways = [(200, {})] * 3
        send(tmp_path, f"json://localhost:{hook.port}/?format=markdown", letter)
        send(tmp_path, f"json://localhost:{hook.port}/?format=html", letter)
        send(tmp_path, f"mmost://localhost:{hook.port}/{'a' * 24}?format=markdown", letter)
    marked, html, chat = (json.loads(body) for *_, body in hook.taken)
    assert r"\[here\]" in marked["message"]
    assert html["message"] == "<p>The minister <del>denied</del> <ins>confirmed</ins> it.</p>"
    assert "[here](https" not in json.dumps(chat)


def test_what_is_too_long_for_a_service_is_cut_and_says_so(tmp_path):
    with Hook() as hook:
        hook.ways = [(200, {})]
        send(tmp_path, f"ntfy://localhost:{hook.port}/topic", message(text="A line of many.\n" * 5000))
    body = hook.taken[0][2].decode()
    assert "the rest is cut off here" in body
    assert len(hook.taken) == 1


def test_the_guard_of_fetches_holds_for_each_service_of_ones_own(tmp_path):
    guard = lookup(CrawlSettings())
    with Hook() as hook:
        for scheme in ("json", "xml", "form", "gotify", "ntfy", "matrix", "mmost"):
            url = f"{scheme}://user:pass@localhost:{hook.port}/{'a' * 24}"
            assert "a loopback address; nothing is sent there" in undelivered(tmp_path, url, resolve=guard)
        assert hook.taken == []


def test_what_is_connected_to_is_the_address_that_was_checked(tmp_path):
    asked = []

    def guard(host, port):
        asked.append((host, port))
        return "127.0.0.1", hook.port

    with Hook() as hook:
        send(tmp_path, f"json://never.invalid:81/{TOKEN}", resolve=guard)
    assert set(asked) == {("never.invalid", 81)}
    assert hook.taken[0][1]["Host"] == "never.invalid:81"


def test_a_service_that_fails_hangs_and_comes_back(tmp_path):
    with Hook() as hook:
        hook.ways = [(500, {}), (302, {"Location": "http://localhost:1/"}), "drop"]
        url = f"json://localhost:{hook.port}/{TOKEN}"
        assert undelivered(tmp_path, url) == "apprise: JSON answered 500"
        assert undelivered(tmp_path, url) == "apprise: JSON answered 302"
        assert "JSON did not take it, or did not answer" in undelivered(tmp_path, url)
        hook.ways = ["drip"]
        assert "no answer in time" in undelivered(tmp_path, url, patience=3.0)
        send(tmp_path, url)
    with nobody() as port:
        assert "did not answer" in undelivered(tmp_path, f"json://localhost:{port}/{TOKEN}")


def test_over_https_with_an_authority_of_ones_own(tmp_path):
    with Hook(CA) as hook:
        url = f"jsons://hooks.example.org:{hook.port}/{TOKEN}"
        assert "did not answer" in undelivered(tmp_path, url)
        send(tmp_path, url, ca_bundle=trusted(CA, tmp_path / "own.pem"))
        assert "not to check certificates" in undelivered(tmp_path, f"{url}?verify=no")
    assert len(hook.taken) == 1


def test_mail_by_apprise_passes_the_guard_too(tmp_path):
    with Mail(None) as mail:
        port = mail.server.rpartition(":")[2]
        url = f"mailto://localhost:{port}?from=stet@example.org&to=desk@example.org&mode=insecure"
        send(tmp_path, url)
        assert "nothing is sent there" in undelivered(tmp_path, url, resolve=lookup(CrawlSettings()))
    assert len(mail.taken) == 1


REFUSED = ["dbus://", "gnome://", "macosx://", "windows://", "syslog://", "rsyslog://localhost", "qt://", "kde://"]


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_for_this_machine_is_refused(tmp_path, url):
    assert "is not spoken by Stet" in undelivered(tmp_path, url)


@pytest.mark.parametrize(
    "url", [f"nothing://{TOKEN}", f"https://example.org/{TOKEN}", TOKEN, "json://", "slack://x"]
)
def test_what_apprise_does_not_know_is_said_without_the_address(tmp_path, url):
    assert "of no service that Apprise knows" in undelivered(tmp_path, url)


def test_nothing_of_the_address_is_logged(tmp_path, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    with Hook() as hook:
        hook.ways = [(500, {})]
        undelivered(tmp_path, f"json://user:{TOKEN}@localhost:{hook.port}/{TOKEN}?+X-Key={TOKEN}")
    undelivered(tmp_path, f"slack://{TOKEN}")
    out, err = capfd.readouterr()
    assert TOKEN not in caplog.text + out + err


ATTEMPTS = [
    "import subprocess; subprocess.run(['true'])",
    "import os; os.system('true')",
    "import os; os.posix_spawn('/bin/true', ['true'], dict())",
    "import os; os.fork()",
    "open('{folder}/written', 'w')",
    "import os; os.open('{folder}/written', os.O_CREAT | os.O_WRONLY)",
    "import os; os.mkdir('{folder}/written')",
    "import socket; socket.socket().connect(('127.0.0.1', {port}))",
    "import socket; socket.socket().connect(('localhost', {port}))",
    "import socket; socket.create_connection(('127.0.0.1', {port}))",
    "import socket; socket.socket(socket.AF_UNIX).connect('/dev/log')",
    "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {port}))",
    "import http.client; http.client.HTTPConnection('127.0.0.1', {port}).connect()",
]


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_the_process_starts_nothing_writes_nothing_and_connects_to_nothing_by_itself(tmp_path, attempt):
    with Hook() as hook:
        code = attempt.format(folder=tmp_path, port=hook.port)
        program = f"""
            from archive.channels.apprise_child import Guard
            guard = Guard()
            guard.close_in()
            try:
                {code}
            except OSError as error:
                print(type(error).__name__)
            """
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(program)],
            input=b'{"refused": "no"}\n',
            capture_output=True,
            check=True,
        )
        assert done.stdout.split()[-1:] in ([b"Refused"], [b"gaierror"])
        assert list(tmp_path.iterdir()) == []
    assert hook.taken == []


def test_a_service_cannot_talk_the_guard_into_a_name_of_another(tmp_path):
    def guard(host, port):
        raise Misuse(f"{host} is a private address; nothing is sent there")

    with Hook() as hook:
        assert "nothing is sent there" in undelivered(tmp_path, f"json://localhost:{hook.port}", resolve=guard)
    assert hook.taken == []
