"""Webhooks, to a real receiver that takes, fails, hangs, redirects and comes back."""

import email.utils
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from archive.alert_settings import ChannelSettings
from archive.channels import Undelivered
from archive.channels import send as send_by
from archive.settings import CrawlSettings
from crawler.lookup import lookup
from tests.letters import AT, at_home, message, secrets
from tests.receivers import Hook, nobody, trusted

CA = trustme.CA()
KEY = "a-key-of-thirty-two-characters-00"


def channel(url: str, **given) -> ChannelSettings:
    return ChannelSettings(**({"kind": "webhook", "name": "desk", "url": url, "secret": "env:HOOK_KEY"} | given))


def send(settings, folder, letter=None, *, resolve=at_home, patience=20.0, **environ):
    means = {"secrets": secrets(folder, HOOK_KEY=KEY, **environ), "resolve": resolve, "patience": patience}
    send_by(settings, letter or message(), **means)


def undelivered(settings, folder, **given) -> Undelivered:
    with pytest.raises(Undelivered) as caught:
        send(settings, folder, **given)
    assert "\n" not in str(caught.value)
    return caught.value


def is_signed(headers: dict[str, str], body: bytes, key: str) -> bool:
    """As docs/alerts.md tells receivers to check it."""
    at, code = (part.split("=", 1)[1] for part in headers["Stet-Signature"].split(","))
    expected = hmac.new(key.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(code, expected) and abs(time.time() - int(at)) < 300


def test_a_message_arrives_signed_and_as_json(tmp_path):
    with Hook() as hook:
        send(channel(f"{hook.base}/stet?team=desk"), tmp_path, message(subject="الوزير ينفي"))
    (path, headers, body), *more = hook.taken
    assert (path, more) == ("/stet?team=desk", [])
    assert headers["Content-Type"] == "application/json"
    assert headers["Stet-Delivery"] == "0f3a-1"
    assert is_signed(headers, body, KEY)
    assert not is_signed(headers, body + b" ", KEY)
    assert not is_signed(headers, body, KEY + "!")
    assert json.loads(body) == {
        "version": 1,
        "delivery": "0f3a-1",
        "rule": "denials",
        "channel": "desk",
        "at": "2026-11-22T14:30:05.000Z",
        "subject": "الوزير ينفي",
        "events": [],
        "more": 0,
    }


def test_over_https_with_an_authority_of_ones_own(tmp_path):
    with Hook(CA) as hook:
        assert "certificate is not trusted" in undelivered(channel(hook.base), tmp_path).why
        trusted(CA, tmp_path / "own.pem")
        send(channel(hook.base, ca_bundle="own.pem"), tmp_path)
        other = hook.base.replace("hooks.example.org", "localhost")
        assert "certificate is not trusted" in undelivered(channel(other, ca_bundle="own.pem"), tmp_path).why
    assert len(hook.taken) == 1


def test_each_try_has_the_same_key_and_body(tmp_path):
    with Hook() as hook:
        hook.ways = [(500, {}), "drop", (302, {"Location": "/elsewhere"}), (404, {})]
        for words in ("answered 500", "localhost: ", "a redirect, which is not followed", "answered 404"):
            why = undelivered(channel(hook.base), tmp_path)
            assert words in why.why
            assert not why.permanent
        send(channel(hook.base), tmp_path)
    assert len(hook.taken) == 5
    assert len({(path, headers["Stet-Delivery"], body) for path, headers, body in hook.taken}) == 1


def test_a_receiver_that_is_gone_for_good(tmp_path):
    with Hook() as hook:
        hook.ways = [(410, {})]
        assert undelivered(channel(hook.base), tmp_path).permanent


WAITS = [
    ("120", 120, 120),
    ("0", 0, 0),
    ("99999999999999999999", 86400, 86400),
    (email.utils.format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True), 7100, 7200),
    ("Thu, 01 Jan 1970 00:00:00 GMT", 0, 0),
]


@pytest.mark.parametrize(("value", "least", "most"), WAITS)
@pytest.mark.parametrize("status", [429, 503])
def test_who_asks_to_wait_is_waited_for(tmp_path, status, value, least, most):
    with Hook() as hook:
        hook.ways = [(status, {"Retry-After": value})]
        after = undelivered(channel(hook.base), tmp_path).after
    assert after is not None
    assert least <= after.total_seconds() <= most


@pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "²", "Mon, 99 Foo 2026"])
def test_what_says_no_time_says_nothing(tmp_path, value):
    with Hook() as hook:
        hook.ways = [(429, {"Retry-After": value.encode("utf-8").decode("latin-1")})]
        assert undelivered(channel(hook.base), tmp_path).after is None


@pytest.mark.parametrize("way", ["hang", "drip"])
def test_a_receiver_that_hangs_or_drips_is_not_waited_for(tmp_path, way):
    with Hook() as hook:
        hook.ways = [way]
        assert "no answer in time" in undelivered(channel(hook.base), tmp_path, patience=0.5).why


def test_nobody_there(tmp_path):
    with nobody() as port:
        assert "refused" in undelivered(channel(f"http://localhost:{port}/"), tmp_path).why


def test_the_guard_of_fetches_is_asked_and_what_it_allowed_is_connected_to(tmp_path):
    asked = []

    def guard(host: str, port: int) -> tuple[str, int]:
        asked.append((host, port))
        return "127.0.0.1", hook.port

    with Hook() as hook:
        # A name that leads nowhere by itself: only the address that the guard gave can have been used.
        send(channel("http://never.invalid:81/x"), tmp_path, resolve=guard)
    assert asked == [("never.invalid", 81)]
    assert hook.taken[0][1]["Host"] == "never.invalid:81"


def test_private_addresses_are_refused_unless_they_are_allowed(tmp_path):
    with Hook() as hook:
        why = undelivered(channel(hook.base), tmp_path, resolve=lookup(CrawlSettings()))
        assert "a loopback address; nothing is sent there" in why.why
        for host in ("127.0.0.1", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433"):
            url = f"http://{host}:{hook.port}/"
            assert "address" in undelivered(channel(url), tmp_path, resolve=lookup(CrawlSettings())).why
        assert hook.taken == []
        send(channel(hook.base), tmp_path, resolve=lookup(CrawlSettings(allow_private_addresses=True)))
    assert len(hook.taken) == 1


def test_plain_http_goes_to_no_public_address(tmp_path):
    why = undelivered(channel("http://hooks.example.org/x"), tmp_path, resolve=lambda *_: ("93.184.215.14", 80))
    assert "http would show the message" in why.why


def test_an_address_that_is_a_secret_is_never_shown(tmp_path):
    secret = "T0K3N-in-the-path"
    with Hook() as hook:
        hook.ways = [(500, {}), (301, {"Location": f"/{secret}"})]
        for _ in range(2):
            why = undelivered(channel("env:HOOK_URL"), tmp_path, HOOK_URL=f"{hook.base}/{secret}")
            assert secret not in str(why) + repr(why)
            assert why.__cause__ is None
        assert undelivered(channel("env:HOOK_URL"), tmp_path, HOOK_URL=f"ftp://{secret}").why.startswith("url: ")
        assert "no secret" in undelivered(channel("env:ELSEWHERE"), tmp_path).why
        send(channel("env:HOOK_URL"), tmp_path, HOOK_URL=f"{hook.base}/{secret}")
    assert hook.taken[-1][0] == f"/{secret}"


def test_the_time_of_the_message_stays_and_that_of_the_signature_does_not(tmp_path):
    with Hook() as hook:
        send(channel(hook.base), tmp_path)
    _, headers, body = hook.taken[0]
    assert abs(int(headers["Stet-Signature"].split(",")[0].removeprefix("t=")) - time.time()) < 60
    assert json.loads(body)["at"].startswith(f"{AT:%Y-%m-%dT%H:%M:%S}")
