"""Channels in `stet.toml`: what could only fail at night is refused when the settings are read."""

import pytest

from archive.errors import Misuse
from archive.settings import parse

EMAIL = {
    "kind": "email",
    "to": ["desk@example.org"],
    "from": "stet@example.org",
    "server": "mail.example.org",
}
HOOK = {"kind": "webhook", "url": "https://hooks.example.org/stet", "secret": "file:hook.key"}
CHAT = {"kind": "apprise", "url": "env:CHAT_URL"}


def read(given, **crawl):
    raw = {"crawl": crawl, "alerts": {"channels": {"desk": given}}}
    return parse(raw, where="stet.toml", environ={}).alerts.channels["desk"]


def refusal(given, **crawl) -> str:
    with pytest.raises(Misuse) as caught:
        read(given, **crawl)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("stet.toml: [alerts] channels")
    return str(caught.value)


def test_each_kind_with_what_it_must_have():
    assert read(EMAIL).place == ("mail.example.org", 587)
    assert read(EMAIL | {"tls": "tls"}).place == ("mail.example.org", 465)
    assert read(EMAIL | {"tls": "none", "server": "127.0.0.1"}).place == ("127.0.0.1", 25)
    assert read(EMAIL | {"tls": "none", "server": "[::1]:2525"}).place == ("::1", 2525)
    assert read(EMAIL | {"user": "stet", "secret": "env:PASSWORD", "ca_bundle": "own.pem"}).ca_bundle == "own.pem"
    assert read(HOOK).url == "https://hooks.example.org/stet"
    assert read(HOOK | {"url": "file:hook.url"}).url == "file:hook.url"
    assert read(CHAT).kind == "apprise"


@pytest.mark.parametrize(
    ("given", "keys"), [(EMAIL, ("to", "from", "server")), (HOOK, ("url", "secret")), (CHAT, ("url",))]
)
def test_a_key_that_must_be_there_is_asked_for_with_an_example(given, keys):
    for key in keys:
        for left in (given | {key: ""}, {name: value for name, value in given.items() if name != key}):
            assert f"it has no {key}; write {key} = " in refusal(left)


WRONG = [
    (EMAIL | {"to": ["desk"]}, "to: 'desk' is no e-mail address"),
    (EMAIL | {"to": ["Desk <desk@example.org>"]}, "is no e-mail address"),
    (EMAIL | {"to": ["desk@example.org\r\nBcc: all@example.org"]}, "is no e-mail address"),
    (EMAIL | {"to": ["desk@bücher.example"]}, "is no e-mail address"),
    (EMAIL | {"from": "stet@"}, "from: 'stet@' is no e-mail address"),
    (EMAIL | {"server": "smtp://mail.example.org"}, "is no mail server"),
    (EMAIL | {"server": "mail.example.org:99999"}, "is no mail server"),
    (EMAIL | {"server": "mail.example.org:0"}, "is no mail server"),
    (EMAIL | {"server": "-x y"}, "is no mail server"),
    (EMAIL | {"tls": "ssl"}, "write one of starttls, tls, none"),
    (EMAIL | {"tls": "none"}, "for a server on this machine alone"),
    (EMAIL | {"tls": "none", "server": "127.evil.example"}, "for a server on this machine alone"),
    (EMAIL | {"user": "stet"}, "write both user and secret, or none"),
    (EMAIL | {"user": "jörg", "secret": "env:PASSWORD"}, "user: 'jörg' cannot be sent"),
    (EMAIL | {"secret": "env:PASSWORD"}, "write both user and secret, or none"),
    (EMAIL | {"url": "https://x.example"}, "unknown key of channels by email 'url'"),
    (HOOK | {"url": "hooks.example.org"}, "this is no address"),
    (HOOK | {"url": "https://user:Hush-7@hooks.example.org/"}, "this is no address"),
    (HOOK | {"url": "https://hooks.example.org/a b"}, "this is no address"),
    (HOOK | {"url": "https://hooks.example.org/\u202e"}, "this is no address"),
    (HOOK | {"url": "ftp://hooks.example.org/"}, "this is no address"),
    (HOOK | {"secret": "Hush-7"}, 'never the secret itself; write "env:NAME"'),
    (HOOK | {"secert": "env:X"}, "did you mean 'secret'?"),
    (HOOK | {"to": ["desk@example.org"]}, "unknown key of channels by webhook 'to'"),
    (CHAT | {"url": "slack://Hush-7"}, "is a secret itself"),
    (CHAT | {"kind": "fax"}, "write one of email, webhook, apprise"),
    (CHAT | {"url": 7}, "expected a text in quotes"),
]


@pytest.mark.parametrize(("given", "words"), WRONG)
def test_what_is_wrong_is_said_in_one_line_that_shows_no_secret(given, words):
    assert words in (said := refusal(given))
    assert "Hush" not in said


def test_plain_http_needs_private_addresses_to_be_allowed():
    plain = HOOK | {"url": "http://127.0.0.1:9000/stet"}
    assert "http would show each message to all on the way" in refusal(plain)
    assert read(plain, allow_private_addresses=True).url == plain["url"]
