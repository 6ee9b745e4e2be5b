"""From an edit to a mailbox and a webhook: receivers fail, hang and come back, and each alert arrives once."""

from __future__ import annotations

import contextlib
import functools
import json
from collections import Counter

import pytest
import trustme

from archive.outbox import Outbox
from scheduler.telling import sender
from tests.archive.channels.test_receiving import KEY, block
from tests.archive.channels.test_rendering import VALIDATOR, Page
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.receivers import PASSWORD, USER, Hook, Mail, trusted

CA = trustme.CA()
SETTINGS = """
sibling_every = "0s"

[alerts]
timezone = "Europe/Vienna"

[alerts.channels.desk]
kind = "email"
to = ["desk@example.org", "night@example.org"]
from = "stet@example.org"
server = "{mail}"
user = "{user}"
secret = "file:mail.key"
ca_bundle = "{ca}"

[alerts.channels.hook]
kind = "webhook"
url = "{hook}/stet"
secret = "env:HOOK_KEY"

[alerts.rules.all]
channels = ["desk", "hook"]

[alerts.rules.digest]
channels = ["desk"]
pace = "daily"

[web]
url = "https://archive.example.org"
"""
STORY = ["The minister denied the report on Tuesday. He spoke after a meeting of the cabinet.", "Talks go on."]


@pytest.fixture
def receivers(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOK_KEY", KEY)
    with Mail(CA, login=True) as mail, Hook() as hook:
        yield mail, hook


@pytest.fixture
def place(tmp_path, receivers):
    mail, hook = receivers
    with Newsroom(start=START) as room:
        own = trusted(CA, tmp_path / "own.pem")
        text = SETTINGS.format(mail=mail.server, user=USER, ca=own, hook=hook.base)
        made = Place(tmp_path / "home", room, takedowns=text, crawl="allow_private_addresses = true", span="1s")
        (made.root / "mail.key").write_text(PASSWORD)
        (made.root / "mail.key").chmod(0o600)
        yield made


def happen(place: Place) -> None:
    """Two outlets: a silent edit of each, and a takedown."""
    herald = place.room.outlet("herald.example", title="The Herald")
    anha = place.room.outlet("anha.example", title="ANHA", language="ar")
    report = herald.publish("Minister denies report", STORY)
    ferry = herald.publish("Ferry runs again", ["The ferry runs again from Monday on, says the harbour."])
    arabic = anha.publish(
        "الوزير ينفي التقرير", ["نفى الوزير يوم الثلاثاء التقرير عن الحدود.", "وتستمر المحادثات."]
    )
    for n in range(4):
        herald.publish(f"Council votes on road {n}", [f"The council votes on road {n} today."])
    place.watch(herald)
    place.watch(anha)
    place.look()
    report.edit_silently("denied", "confirmed")
    arabic.edit_silently("نفى", "أكد")
    place.look()
    ferry.withdraw(410)
    for _ in range(3):
        place.look(hours=2)


def test_each_alert_arrives_whatever_receivers_do_meanwhile(place, receivers):
    mail, hook = receivers
    happen(place)
    hasty = functools.partial(sender(place.home), patience=1.0)
    database = place.database()
    with contextlib.closing(database):
        outbox = Outbox(database, place.home.settings, send=hasty, now=place.clock)
        for mail_way, hook_way in (
            ({"rcpt": "451 4.7.1 Greylisted"}, (503, {"Retry-After": "600"})),
            ({"data": "hang"}, "hang"),
            ({"data": "452 4.3.1 Full"}, "drip"),
            ({}, (204, {})),
        ):
            mail.ways = mail_way
            hook.ways = [hook_way] * 20
            place.clock.advance(minutes=30)
            outbox.deliver()
        place.clock.advance(days=1)
        outbox.deliver()
        outbox.deliver()
        outbox.close(10)

    names: dict = {}
    exec(block("python"), names)
    bodies = {}
    for _, headers, body in hook.taken:
        assert names["is_of_stet"](headers["Stet-Signature"], body, KEY)
        VALIDATOR.validate(json.loads(body))
        assert bodies.setdefault(headers["Stet-Delivery"], body) == body  # the same at every try
    told = Counter(event["what"] for body in bodies.values() for event in json.loads(body)["events"])
    assert told == {"change": 2, "standing": 1}

    assert all(mail.encrypted)
    assert {tuple(envelope.rcpt_tos) for envelope in mail.envelopes} == {("desk@example.org", "night@example.org")}
    letters = {letter["Message-ID"]: letter for letter in mail.taken}
    assert len(letters) == len(mail.taken)  # nobody was told twice
    digests = [letter for letter in mail.taken if letter["List-Id"].startswith("<digest.")]
    alone = [letter for letter in mail.taken if letter["List-Id"].startswith("<all.")]
    assert alone
    (digest,) = digests
    assert digest["Subject"] == "digest: 2 silent edits, 1 takedown at 2 outlets in the last day"
    page = Page(digest.get_body(("html",)).get_content())
    contents = page.words.index("anha (1)"), page.words.index("herald (2)")
    assert contents == tuple(sorted(contents))
    assert "− denied" in page.marked["del"]
    assert "+ confirmed" in page.marked["ins"]
    text = digest.get_body(("plain",)).get_content()
    assert "[-denied-] {+confirmed+}" in text
    assert "[-نفى-] {+أكد+}" in text
