"""WebSub: a real hub on loopback, the real application over HTTP, and a daemon's job in between."""

import asyncio
import contextlib
import json
import threading
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.db import outlets, subscriptions
from archive.domain import websub
from archive.domain.model import Seed, SeedKind
from archive.domain.websub import State
from archive.serving import address, listen, server
from archive.web.app import create
from archive.web.bodies import PING
from crawler.runtime import opened
from scheduler.cli import run
from scheduler.jobs import JOBS
from scheduler.reindexing import reindex
from scheduler.websub import subscribe
from tests.homes import START, Place
from tests.hubs import Hub
from tests.newsroom import Newsroom

FLOOD = ["The river rose two metres overnight.", "The town hall took in forty families.", "Schools stay shut."]
TOPIC = "http://herald.example/hub.rss"


@pytest.fixture
def room():
    with Newsroom(start=START) as room:
        room.outlet("herald.example", title="The Herald")
        yield room


@pytest.fixture
def hub():
    with Hub() as hub:
        yield hub


def feed(*links, stories=()):
    items = "".join(f"<item><title>{s.words.title}</title><link>{s.url}</link></item>" for s in stories)
    rels = "".join(f'<atom:link rel="{rel}" href="{href}"/>' for rel, href in links)
    head = '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>H</title>'
    return f"{head}{rels}{items}</channel></rss>".encode()


class Scene:
    """A home whose one feed names a hub, and the served application that hubs call."""

    def __init__(self, folder, room, hub, *, crawl="allow_private_addresses = true"):
        self.room, self.hub = room, hub
        self.paper = room.outlets["herald.example"] if hasattr(room, "outlets") else None
        self.listener = listen("127.0.0.1", 0)
        callback = f'\n[websub]\ncallback = "{address(self.listener)}"\n'
        self.place = Place(folder / "home", room, crawl=crawl, takedowns=callback)
        self.serve(feed(("hub", hub.url), ("self", TOPIC)))
        seed = Seed(url=TOPIC, kind=SeedKind.FEED)
        with self.place.writing() as connection:
            herald = outlets.declared({
                "name": "herald", "title": "", "aliases": (), "domains": ("herald.example",), "languages": (),
                "seeds": ({"url": seed.url, "kind": "feed", "checked": True},),
            })  # fmt: skip
            outlets.save(connection, herald, self.place.clock.moment)
        self.place.look()

    def serve(self, body, headers=()):
        self.room.serve_page("herald.example", "/hub.rss", body, "application/rss+xml", headers=list(headers))

    @contextlib.contextmanager
    def served(self):
        """The application, by the home's clock."""
        app = create(self.place.home, self.place._own, now=self.place.clock)
        running = server(app)
        thread = threading.Thread(target=running.run, kwargs={"sockets": [self.listener]})
        thread.start()
        try:
            yield self
        finally:
            running.should_exit = True
            thread.join()

    def ask(self, *, patience=5, **later):
        """One run of the job, so much later; what is held after it."""
        self.place.clock.advance(**later)
        with opened(self.place.home, now=self.place.clock) as runtime:

            async def run():
                await subscribe(runtime, patience=patience)
                await runtime.aclose()

            asyncio.run(run())
        return self.held

    @property
    def held(self):
        with self.place.reading() as connection:
            found = subscriptions.listed(connection)
        return found[0] if found else None

    @property
    def seed(self):
        with self.place.reading() as connection:
            return outlets.seeds_of(connection, 1)[0]


@pytest.fixture
def scene(tmp_path, room, hub):
    with Scene(tmp_path, room, hub).served() as scene:
        yield scene


def test_a_ping_has_the_feed_read_at_once(scene, hub, room):
    assert scene.held.state is State.OFFERED
    one = scene.ask()
    (asked,) = hub.asked
    assert (asked["hub.mode"], asked["hub.topic"], asked["hub.lease_seconds"]) == ("subscribe", TOPIC, "864000")
    assert one.token in asked["hub.callback"]
    assert len(one.token) >= 32 <= len(one.secret) < 200  # section 5.1: less than 200 bytes
    assert (one.state, one.failures) == (State.HELD, 0)
    assert one.until - scene.place.clock.moment == pytest.approx(timedelta(days=5), abs=timedelta(seconds=9))
    herald = room.outlet("echo.example")
    assert scene.place.due(minutes=5) == []  # the feed is not due yet
    story = herald.publish("The flood", ["It rose.", *FLOOD])
    scene.serve(feed(("hub", hub.url), ("self", TOPIC), stories=[story]))
    assert scene.seed.next_check > scene.place.clock.moment
    assert hub.ping() == [202]
    assert scene.seed.next_check <= scene.place.clock.moment
    scene.place.due(seconds=1)
    assert scene.seed.last_outcome.startswith(("0 articles", "1 articles"))
    assert scene.seed.last_fetched > scene.held.pinged


@pytest.mark.parametrize("method", websub.METHODS)
def test_every_method_that_the_standard_lists_is_understood(scene, hub, method):
    scene.ask()
    scene.place.clock.advance(minutes=5)
    hub.ping(method=method)
    assert scene.held.pinged is not None


def test_a_ping_that_is_not_signed_by_the_hub_is_acknowledged_and_does_nothing(scene, hub):
    """Section 7.1: "If the signature does not match, subscribers MUST locally ignore the message as invalid." """
    one = scene.ask()
    before = scene.seed.next_check
    (callback,) = hub.confirmed
    assert hub.ping(secret="guessed") == [202]
    assert hub.ping(secret=one.token) == [202]
    for signature in ("md5=00", "sha256=", "sha256=\u00c3\u00a9", "sha256"):
        assert hub.call(callback, "POST", b"<rss/>", {"X-Hub-Signature": signature})[0] == 202
    assert hub.call(callback, "POST", b"<rss/>")[0] == 202
    assert (scene.held.pinged, scene.seed.next_check) == (None, before)


def test_a_body_that_is_too_long_is_not_read(scene, hub):
    scene.ask()
    assert hub.ping(b"x" * (PING + 1)) == [413]
    assert hub.ping(b"x" * PING) == [202]


def test_pings_that_come_too_fast_wait_and_are_not_lost(scene, hub):
    scene.ask()
    scene.place.look()
    read = scene.seed.last_fetched
    for _ in range(5):
        assert hub.ping() == [202]
    assert scene.seed.next_check == read + websub.PING_PAUSE
    scene.place.due(seconds=30)
    assert scene.seed.last_fetched == read
    scene.place.due(seconds=31)
    assert scene.seed.last_fetched > read


def test_a_lease_is_renewed_before_it_ends(scene, hub):
    first = scene.ask()
    scene.ask(days=3, hours=20)
    assert len(hub.asked) == 1
    second = scene.ask(hours=5)  # a day before its end
    assert len(hub.asked) == 2
    assert hub.asked[1]["hub.callback"] == hub.asked[0]["hub.callback"]
    assert second.until > first.until
    hub.how = "late"
    renewing = scene.ask(days=4, hours=1)
    assert renewing.state is State.RENEWING
    assert hub.ping() == [202]  # what is held is held while more is asked for
    assert scene.held.pinged is not None
    assert hub.verify(hub.asked[-1]) == 200
    assert scene.held.state is State.HELD


def test_a_lease_that_is_not_renewed_ends(scene, hub):
    one = scene.ask()
    hub.how = "refuses"
    held = scene.ask(days=4, hours=1)
    assert (held.state, held.until, held.failures) == (State.HELD, one.until, 1)
    assert hub.ping() == [202]
    refused = scene.ask(days=1)
    assert (refused.state, refused.until) == (State.REFUSED, None)
    assert hub.ping() == [410]


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("refuses", "it answered 400: we know no such topic"),
        ("busy", "it answered 503"),
        ("hangs", "did not answer: nothing whole came within"),
        ("drips", "did not answer"),
    ],
)
def test_a_hub_that_does_not_take_it_is_asked_again_ever_later(scene, hub, how, why):
    hub.how = how
    one = scene.ask(patience=0.5 if how in ("hangs", "drips") else 5)
    assert (one.state, one.failures) == (State.REFUSED, 1)
    assert why in one.why
    hub.how = "refuses"
    pauses = [one.next_try - scene.place.clock.moment]
    while len(pauses) < 4:
        assert scene.ask(seconds=pauses[-1].total_seconds() - 60).failures == len(pauses)
        one = scene.ask(minutes=2)
        assert one.failures == len(pauses) + 1
        pauses.append(one.next_try - scene.place.clock.moment)
    hours = [2 if how == "busy" else 1, 2, 4, 8]  # one that is busy asked for two itself
    assert [round(pause / timedelta(hours=1), 1) for pause in pauses] == hours
    hub.how = "well"
    assert scene.ask(hours=9).failures == 0
    assert scene.held.state is State.HELD


def test_a_hub_that_verifies_and_answers_late_is_one_that_took_it(scene, hub):
    """Section 5.3 lets it verify before it answers; an answer that never comes takes nothing back."""
    hub.how = "well, slowly"
    assert scene.ask(patience=0.5).state is State.HELD
    assert hub.ping() == [202]


def test_a_hub_that_never_verifies_has_failed(scene, hub):
    hub.how = "late"
    assert scene.ask().state is State.ASKED
    assert scene.ask(minutes=10).state is State.ASKED
    one = scene.ask(minutes=6)
    assert (one.state, one.why) == (State.REFUSED, "it never came back to verify that it was us who asked")
    assert hub.verify(hub.asked[0]) == 404  # now nobody waits for it


def test_a_hub_may_have_moved(scene, hub):
    hub.how = "moved"
    assert scene.ask().state is State.HELD


def test_nobody_has_us_subscribed_to_what_we_did_not_ask_for(scene, hub):
    """Section 5.3: "If the subscriber does not agree with the action, the subscriber MUST respond with a 404"."""
    hub.how = "late"
    one = scene.held
    callback = f"{scene.place.home.settings.websub.callback}/websub/{one.token}"
    asked = {"hub.callback": callback, "hub.topic": TOPIC}
    assert hub.verify(asked) == 404  # not asked yet
    scene.ask()
    assert hub.verify(asked, hub_mode="unsubscribe") == 404
    assert hub.verify(asked, hub_topic="http://evil.example/") == 404
    assert hub.verify(asked, hub_challenge="") == 404
    assert hub.verify({**asked, "hub.callback": callback[:-1]}) == 404
    assert hub.verify(asked) == 200
    assert hub.verify(asked) == 404  # and that once
    assert hub.call(callback[:-1], "POST", b"")[0] == 410
    assert hub.call(callback, "PUT", b"")[0] == 405


def test_a_hub_may_deny_what_it_granted(scene, hub):
    """Section 5.2."""
    scene.ask()
    (callback,) = hub.confirmed
    query = {"hub.mode": "denied", "hub.topic": TOPIC, "hub.reason": "the publisher\nleft"}
    assert hub.call(callback, "GET", query=query)[0] == 200
    assert (scene.held.state, scene.held.why) == (State.REFUSED, "the hub denies it: the publisher left")
    assert hub.ping() == [410]


def test_what_is_said_back_is_no_page(scene, hub):
    hub.how = "late"
    scene.ask()
    callback = hub.asked[0]["hub.callback"]
    query = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.challenge": "<script>alert(1)</script>"}
    status, text = hub.call(callback, "GET", query=query)
    assert (status, text) == (200, "<script>alert(1)</script>")


def test_another_hub_in_the_feed_ends_what_there_was(scene, hub):
    one = scene.ask()
    with Hub() as other:
        scene.serve(feed(("self", TOPIC)), [("Link", f'<{other.url}>; rel="hub", <{TOPIC}>; rel=self')])
        scene.place.look()
        assert hub.ping() == [410]
        two = scene.ask()
        assert (two.hub, two.state) == (other.url, State.HELD)
        assert two.token != one.token
        assert other.ping() == [202]
    scene.serve(feed())
    scene.place.look()
    assert scene.held is None


def test_no_hub_sends_us_into_our_own_network(tmp_path, room, hub):
    scene = Scene(tmp_path, room, hub, crawl='contact = "mailto:a@example.org"')
    with scene.listener:
        one = scene.ask()
    assert one.state is State.REFUSED
    assert "a loopback address; nothing is sent there" in one.why
    assert hub.asked == []


def test_without_a_callback_nobody_is_asked(scene, hub):
    scene.place.settings["takedowns"] = ""
    assert scene.ask().state is State.OFFERED
    assert hub.asked == []


def test_subscriptions_outlive_a_database_that_is_made_again(scene, hub):
    one = scene.ask()
    with contextlib.closing(scene.place.database()) as database, database.read() as connection:
        held = subscriptions.listed(connection)
    reindex(scene.place.home, into=None, step=lambda _n, _name: None)
    with contextlib.closing(scene.place.database()) as database, database.read() as connection:
        assert subscriptions.listed(connection) == held == [one]


def test_the_secret_is_nobodys_business(scene, hub, capsys, caplog):
    one = scene.ask()
    hub.ping(secret="guessed")
    said = caplog.text + json.dumps(capsys.readouterr())
    assert one.secret not in said
    assert one.secret not in repr(scene.place.home.settings)


def test_how_it_stands_is_shown_with_the_outlet(scene, capsys):
    one = scene.ask()
    assert run(["outlet", "show", "herald", "--home", str(scene.place.root)]) == 0
    assert f"# hub {one.hub} of {TOPIC}: held until 2026-03-07" in capsys.readouterr().out


def test_the_daemon_has_it_as_a_job():
    assert "websub" in {job.name for job in JOBS}


# The rules.


@pytest.mark.parametrize(
    ("values", "hubs"),
    [
        ([], []),
        (["<https://hub.example/>; rel=hub"], ["https://hub.example/"]),
        (
            ['<https://a.example/>; rel="self", <https://hub.example/?a,b>; rel="hub"'],
            ["https://hub.example/?a,b"],
        ),
        (['</hub>; title="a, <b>; rel=x"; REL="other Hub"'], ["/hub"]),
        (
            ["<https://a.example/>; rel=hub", "<https://b.example/>;rel=hub"],
            ["https://a.example/", "https://b.example/"],
        ),
        (["https://hub.example/; rel=hub"], []),
        (["<https://hub.example/>; rel=hubs"], []),
    ],
)
def test_hubs_are_found_in_link_fields(values, hubs):
    assert websub.links(values, "hub") == hubs


@pytest.mark.parametrize(
    ("said", "days"),
    [(None, 10), ("432000", 5), ("0", 10), ("-5", 10), ("soon", 10), ("99999999", 30), ("9" * 400, 10)],
)
def test_how_long_a_hub_tells_us(said, days):
    assert websub.lease(said) == timedelta(days=days)


@given(st.timedeltas(timedelta(seconds=1), websub.LONGEST_LEASE))
def test_a_lease_is_renewed_within_it(granted):
    assert START < websub.renewal(START, granted) < START + granted


@given(st.binary(max_size=99), st.text(min_size=1), st.sampled_from(websub.METHODS), st.integers(0, 99))
def test_a_signature_holds_for_its_body_and_no_other(body, secret, method, cut):
    def signature(of):
        digest = websub.Digest(secret, f"{method}=")
        digest.update(of)
        return f"{method}={digest.hex()}"

    digest = websub.Digest(secret, signature(body))
    digest.update(body[:cut])
    digest.update(body[cut:])
    assert websub.is_signed(signature(body), digest)
    assert websub.is_signed(signature(body).upper().replace(method.upper(), method), digest)
    assert not websub.is_signed(signature(body + b"x"), digest)


def test_a_signature_is_that_of_rfc_4231():
    """Test case 2."""
    digest = websub.Digest("Jefe", "sha256=")
    digest.update(b"what do ya want for nothing?")
    assert digest.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
