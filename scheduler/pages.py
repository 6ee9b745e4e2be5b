"""The daemon's pages: the archive over HTTP, served by a thread beside the crawl for as long as the daemon lives.

Also while the home is closed, because the disk is full or the settings change: that is when somebody looks.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archive.db.engine import open_database
from archive.home import Home
from archive.serving import address, is_at_loopback, listen, require_accounts, server
from scheduler.hands import hands
from scheduler.metrics import Metrics
from scheduler.watchdog import Watchdog

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pages:
    """What is served."""

    address: str
    take: Callable[[Home], None]  #: go by these settings from now on, but for where it listens


@contextlib.contextmanager
def served(
    home: Home, metrics: Metrics, watchdog: Watchdog, *, host: str | None = None, port: int | None = None
) -> Iterator[Pages]:
    """Serve `home` within this block. Raises `EnvironmentFailed` where nothing can listen."""
    from archive.web.app import Views, application
    from archive.web.health import Instruments

    chosen = home.settings.web
    with contextlib.closing(open_database(home.database_url)) as database:
        require_accounts(database, host or chosen.host, chosen.url)
    listener = listen(host or chosen.host, chosen.port if port is None else port)
    with listener, contextlib.closing(open_database(home.database_url)) as database:
        metrics.read_from(home, database)
        instruments = Instruments(exposition=metrics.exposition, checks=watchdog.checks)
        local = is_at_loopback(listener)
        views = Views(home, database, chosen.url, instruments, hands=hands(), at_loopback=local)
        serving = server(application(views))
        thread = threading.Thread(target=serving.run, kwargs={"sockets": [listener]}, name="pages", daemon=True)
        thread.start()
        try:
            yield Pages(address(listener), lambda new: views.take(new, new.settings.web.url))
        finally:
            serving.should_exit = True
            thread.join(5)
