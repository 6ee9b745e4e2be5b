"""Who comes in where the archive is served beyond this machine, and by what nobody gets in."""

from __future__ import annotations

import http.client
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from archive import accounts
from archive.db import audit, people
from archive.domain.rights import Right
from archive.errors import Misuse
from archive.serving import require_accounts
from tests.homes import START
from tests.serving import Reply, Shop

PASSWORD = "a horse that reads the news"
BASE = "https://stet.example.org"
HOST = "stet.example.org"


class Browser:
    """Keeps cookies, sends forms, and says where they come from, as browsers do."""

    def __init__(self, site):
        self.site, self.cookies = site.site, {}

    def ask(self, method: str, path: str, form: dict | None = None, **headers: str) -> Reply:
        connection = http.client.HTTPConnection(self.site.host, self.site.port, timeout=10)
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        fields = {"Host": HOST, "Accept": "text/html", "Cookie": jar, **headers}
        if form is not None:
            fields.setdefault("Content-Type", "application/x-www-form-urlencoded")
            fields.setdefault("Origin", BASE)
        connection.request(method, path, urlencode(form) if form is not None else None, fields)
        answer = connection.getresponse()
        reply = Reply(answer.status, answer.getheaders(), answer.read())
        connection.close()
        for each in reply.all("set-cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    def token(self, path: str = "/sign-in") -> str:
        found = re.search(r'name="_token" value="([0-9a-f]*)"', self.ask("GET", path).text)
        assert found
        return found[1]

    def sign_in(self, name: str = "anna", password: str = PASSWORD, back: str = "/") -> Reply:
        form = {"_token": self.token(), "name": name, "password": password, "back": back}
        return self.ask("POST", "/sign-in", form)


@pytest.fixture
def shop(tmp_path):
    with Shop(tmp_path, base=BASE) as shop:
        with shop.database.write() as connection:
            hashed = accounts.password_hash(PASSWORD)
            people.add(connection, "anna", Right.EDIT, hashed, START)
            people.add(connection, "rita", Right.READ, hashed, START)
        shop.keep("http://a.example/")
        yield shop


def test_nobody_gets_in_without_a_right(shop):
    for path in ("/articles", "/feeds/all.atom", "/evidence/change/1", "/web/2026/http://a.example/", "/metrics"):
        assert shop.get(path).status == 401
    assert shop.get("/api/v1/articles")["content-type"] == "application/problem+json"
    there = Browser(shop).ask("GET", "/articles?words=a")
    assert (there.status, there["location"]) == (303, "/sign-in?back=%2Farticles%3Fwords%3Da")
    assert shop.get("/healthz").status in (200, 503)
    assert "checks" not in shop.get("/healthz", Accept="application/json").text


def test_signing_in_and_out(shop):
    browser = Browser(shop)
    arrived = browser.sign_in(back="/articles")
    assert (arrived.status, arrived["location"]) == (303, "/articles")
    [session] = [each for each in arrived.all("set-cookie") if each.startswith("__Host-stet-session=")]
    assert all(word in session for word in ("HttpOnly", "Secure", "SameSite=lax", "Path=/"))
    assert "anna" in browser.ask("GET", "/articles").text
    token = browser.token("/articles")
    secret = dict(browser.cookies)
    assert browser.ask("POST", "/sign-out", {"_token": token})["location"] == "/sign-in"
    browser.cookies = secret  # what somebody kept of it
    assert browser.ask("GET", "/articles").status == 303
    with shop.database.read() as connection:
        assert [each.act for each in audit.latest(connection, limit=9)] == ["signed out", "signed in"]


def test_what_was_planted_is_no_session(shop):
    """Session fixation: the cookie from before signing in is worth nothing after it."""
    browser = Browser(shop)
    browser.cookies["__Host-stet-session"] = "planted"
    browser.sign_in()
    assert browser.cookies["__Host-stet-session"] != "planted"
    other = Browser(shop)
    other.cookies["__Host-stet-session"] = "planted"
    assert other.ask("GET", "/articles").status == 303


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x=1"]
)
def test_signing_in_leads_nowhere_else(shop, back):
    """Open redirect, and header injection."""
    arrived = Browser(shop).sign_in(back=back)
    assert (arrived.status, arrived["location"]) == (303, "/")


def test_acts_of_other_pages_are_refused(shop):
    """CSRF: an act takes the form token of this very session, and a page of ours."""
    browser, other = Browser(shop), Browser(shop)
    browser.sign_in()
    other.sign_in()
    form = {"url": "http://b.example/", "back": "/"}
    for token in ("", "0" * 64, "é", other.token("/articles")):
        assert browser.ask("POST", "/acts/watch", {**form, "_token": token}).status == 403
    good = {**form, "_token": browser.token("/articles")}
    assert browser.ask("POST", "/acts/watch", good, Origin="https://evil.example").status == 403
    assert browser.ask("POST", "/acts/watch", good).status != 403
    api = {"Content-Type": "application/json"}
    assert browser.ask("POST", "/api/v1/articles", {}, **api).status == 403
    assert browser.ask("POST", "/api/v1/articles", {}, X_Stet="1", **api).status == 403
    meant = browser.ask("POST", "/api/v1/articles", {}, **api, **{"X-Stet-Token": good["_token"]})
    assert meant.status not in (401, 403)


def test_signing_in_as_somebody_else_is_not_done_by_other_pages(shop):
    form = {"name": "anna", "password": PASSWORD, "_token": "0" * 64}
    assert Browser(shop).ask("POST", "/sign-in", form).status == 403


def test_readers_change_nothing(shop):
    browser = Browser(shop)
    browser.sign_in("rita")
    assert browser.ask("GET", "/articles").status == 200
    assert browser.ask("POST", "/acts/watch", {"url": "http://b.example/", "_token": ""}).status == 403


def test_tokens_give_what_they_are_for_and_no_more(shop):
    with shop.database.write() as connection:
        read = accounts.make_token(connection, "read", "anna", Right.READ, START, None)
        much = accounts.make_token(connection, "much", "rita", Right.ADMIN, START, None)
        over = accounts.make_token(connection, "over", "anna", Right.READ, START, START + timedelta(days=1))
    shown = {
        name: {"Authorization": f"Bearer {secret}"} for name, secret in (("r", read), ("m", much), ("o", over))
    }
    assert shop.get("/api/v1/articles", **shown["r"]).status == 200
    assert shop.get("/api/v1/articles", **shown["o"]).status == 401
    for name in "rm":
        assert shop.ask("POST", "/acts/watch", **shown[name]).status == 403
    assert shop.get(f"/feeds/all.atom?token={read}").status == 200
    assert shop.get(f"/articles?token={read}").status == 401
    with shop.database.write() as connection:
        people.revoke(connection, "read")
    assert shop.get("/api/v1/articles", **shown["r"]).status == 401


def test_sessions_end(shop):
    now, database = START, shop.database
    secret = accounts.sign_in(database, accounts.Throttle(), "anna", PASSWORD, "192.0.2.1", now)
    assert secret
    assert accounts.by_session(database, secret, now + timedelta(hours=11)) is not None
    assert accounts.by_session(database, secret, now + timedelta(hours=22)) is not None
    assert accounts.by_session(database, secret, now + timedelta(hours=35)) is None  # idle
    with database.write() as connection:
        assert people.session(connection, secret) is None  # what is kept is a hash
        people.set_password(connection, "anna", accounts.password_hash(PASSWORD + "!"))
    assert accounts.by_session(database, secret, now + timedelta(hours=22)) is None


def test_who_guesses_must_wait_and_locks_nobody_out():
    throttle = accounts.Throttle()
    assert [throttle.begin("anna", "192.0.2.1", START) for _ in range(6)] == [True] * 5 + [False]
    assert throttle.begin("anna", "192.0.2.2", START)  # she herself, from elsewhere
    assert throttle.begin("anna", "192.0.2.1", START + timedelta(minutes=15))


def test_nothing_is_served_to_others_without_an_account(tmp_path):
    with Shop(tmp_path) as shop:
        require_accounts(shop.database, "127.0.0.1", "")
        for host, url in (("0.0.0.0", ""), ("192.0.2.1", ""), ("127.0.0.1", BASE)):
            with pytest.raises(Misuse, match="stet account add"):
                require_accounts(shop.database, host, url)


def test_only_named_proxies_are_believed(tmp_path):
    from archive.web.gate import _believe

    def client(proxies, *fields):
        head = [(b"x-forwarded-for", each.encode()) for each in fields] + [(b"x-forwarded-proto", b"https")]
        scope = {"type": "http", "client": ("127.0.0.1", 9), "scheme": "http", "headers": head}
        _believe(scope, proxies, "")
        return scope["client"][0], scope["scheme"]

    assert client((), "192.0.2.1") == ("127.0.0.1", "http")
    assert client(("127.0.0.1",), "198.51.100.1, 192.0.2.1") == ("192.0.2.1", "https")
    assert client(("127.0.0.1",), "junk") == ("127.0.0.1", "https")
