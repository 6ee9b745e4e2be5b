"""A served home in which people act: an editor, or a reader who may not."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
from collections.abc import Mapping
from urllib.parse import urlencode

from archive import home as homes
from archive.acts.hands import Hands
from archive.alerting import Alerting
from archive.db import articles, outlets
from archive.db.engine import open_database
from archive.domain.rights import Person, Right
from archive.serving import address, listen, server
from archive.web.app import create
from crawler.watching import watch
from scheduler.telling import sender
from tests.homes import HERALD, NOW
from tests.serving import Reply

SETTINGS = """\
[crawl]
allow_private_addresses = true
[alerts.channels.desk]
kind = "webhook"
url = "{hook}/stet"
secret = "env:DESK_KEY"
[alerts.rules.all]
channels = ["desk"]
"""


class Acting:
    """The home, its database, and whoever asks: `right` is that of the next request."""

    def __init__(self, root, hook) -> None:
        self.home = homes.create(root, {}, settings_text=SETTINGS.format(hook=hook.base))
        self.database = open_database(self.home.database_url)
        self.right = Right.EDIT
        with self.database.write() as connection:
            outlet = outlets.save(connection, HERALD, NOW)
            self.ids = [
                articles.add(connection, outlet_id=outlet, url=self.url(name), found_in="x", now=NOW)[0]
                for name in "ab"
            ]
            for number in range(3):
                Alerting(self.home.settings.alerts).watch(connection, f"k{number}", "silence", NOW)

    def url(self, name: str) -> str:
        return f"http://herald.example/{name}"

    async def __call__(self, scope, receive, send):
        scope["stet.person"] = Person(name="ada", right=self.right)
        await self._app(scope, receive, send)

    @contextlib.contextmanager
    def served(self):
        self._app = create(self.home, self.database, hands=Hands(watch=watch, sender=sender))
        with listen("127.0.0.1", 0) as listener:
            running = server(self)
            thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            self.base = address(listener).removeprefix("http://")
            try:
                yield self
            finally:
                running.should_exit = True
                thread.join(10)
                self.database.close()

    def _ask(self, method: str, path: str, body: bytes | None, head: dict[str, str]) -> Reply:
        connection = http.client.HTTPConnection(self.base, timeout=20)
        with contextlib.closing(connection):
            connection.request(method, path, body, head)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())

    def call(self, method: str, path: str, value=None, **head: str) -> Reply:
        """One call of the API."""
        sent = {name.replace("_", "-"): text for name, text in head.items()}
        body = None if value is None else json.dumps(value).encode()
        return self._ask(method, f"/api/v1{path}", body, {**sent, "Content-Type": "application/json"})

    def get(self, path: str) -> Reply:
        """A page."""
        return self._ask("GET", path, None, {"Accept": "text/html"})

    def form(self, name: str, /, *, head: Mapping[str, str] | None = None, **fields) -> Reply:
        """One form, sent from /here."""
        body = urlencode({"back": "/here?tab=1", **fields}, doseq=True).encode()
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(head or {})}
        return self._ask("POST", f"/acts/{name}", body, sent)
