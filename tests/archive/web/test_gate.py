"""Who may do what, and that nobody else's page does it for them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.domain.rights import LOCAL
from archive.web.gate import VISITOR, Knock, objection, person_of
from tests.serving import Shop, page

HERE = Knock(method="POST", path="/acts/tag", host="127.0.0.1:8400", server="127.0.0.1", client="127.0.0.1")


@pytest.mark.parametrize(
    ("changed", "base", "who"),
    [
        ({}, "", LOCAL),
        ({"server": "::1", "client": "::1"}, "", LOCAL),
        ({"client": "::ffff:127.0.0.1"}, "", LOCAL),
        ({}, "http://localhost:8400", LOCAL),
        ({}, "https://stet.example.org", VISITOR),
        ({"server": "192.0.2.1"}, "", VISITOR),
        ({"client": "192.0.2.7"}, "", VISITOR),
        ({"proxied": True}, "", VISITOR),
        ({"server": ""}, "", VISITOR),
    ],
)
def test_who_is_at_the_machine(changed, base, who):
    assert person_of(replace(HERE, **changed), base) is who


@pytest.mark.parametrize(
    ("changed", "who", "answered"),
    [
        ({}, LOCAL, True),  # curl
        ({"origin": "http://127.0.0.1:8400"}, LOCAL, True),
        ({"origin": "http://127.0.0.1:8400", "fetch_site": "same-origin"}, LOCAL, True),
        ({"fetch_site": "cross-site"}, LOCAL, False),
        ({"fetch_site": "same-site"}, LOCAL, False),  # another port of this machine
        ({"fetch_site": "none"}, LOCAL, False),
        ({"origin": "http://127.0.0.1:9"}, LOCAL, False),
        ({"origin": "http://evil.example"}, LOCAL, False),
        ({"origin": "null"}, LOCAL, False),  # a sandboxed page, such as an archived one
        ({"method": "GET", "fetch_site": "cross-site"}, LOCAL, True),
        ({"method": "GET", "host": "evil.example:8400"}, LOCAL, False),
        ({"method": "GET", "host": "localhost:8400"}, LOCAL, True),
        ({"method": "GET", "host": "[::1]:8400"}, LOCAL, True),
        ({"method": "GET", "host": "stet.example.org"}, VISITOR, True),
        ({"method": "PUT", "host": "stet.example.org", "origin": "https://evil.example"}, VISITOR, False),
        ({"path": "/websub/secret", "fetch_site": "cross-site"}, LOCAL, True),
    ],
)
def test_what_is_meant(changed, who, answered):
    assert (objection(replace(HERE, **changed), who) == "") == answered


@pytest.fixture
def shop(tmp_path):
    with Shop(tmp_path) as shop:
        yield shop


def test_another_page_changes_nothing(shop):
    path = "/api/v1/outlets/herald.example/pause"
    foreign = shop.ask("PUT", path, Origin="http://evil.example")
    assert foreign.status == 403
    assert "this was asked for by a page that is not of this archive" in foreign.text
    assert shop.ask("PUT", path, Origin=shop.base).status == 404  # there is no such outlet


def test_a_name_that_somebody_else_gave_us_is_not_answered(shop):
    shop.keep("http://a.example/", page())
    assert shop.get("/", Host="evil.example").status == 403
    assert shop.get("/", Host=f"localhost:{shop.site.port}").status == 200


def test_who_comes_from_elsewhere_signs_in_first(shop):
    asked = {"X-Forwarded-For": "192.0.2.7", "Host": "stet.example.org"}
    for method, path in (("GET", "/"), ("POST", "/acts/tag"), ("PUT", "/api/v1/outlets/herald.example/pause")):
        refused = shop.ask(method, path, **asked)
        assert refused.status == 401, path
        assert "sign in at /sign-in" in refused.text
