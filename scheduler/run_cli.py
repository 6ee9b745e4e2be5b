"""`stet run` and `stet reload`: the daemon, and a word to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Callable

import click

from archive import home as homes
from archive.errors import EnvironmentFailed, NothingFound
from archive.home import Home
from archive.options import Example, with_home
from archive.output import say
from archive.settings import LOG_FORMS

logger = logging.getLogger(__name__)


@click.command(
    cls=Example,
    example="""
    stet run
    stet run --home ~/watch --port 8080 --log json""",
)
@click.option("--host", help="The address to serve at. [default: [web] host, 127.0.0.1]")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="The port; 0: any that is free. [default: [web] port, 8400]"
)
@click.option("--log", "form", type=click.Choice(LOG_FORMS), help="How it logs. [default: [daemon] log, text]")
@with_home
def run(home: str | None, host: str | None, port: int | None, form: str | None) -> None:
    """Watch until it is stopped: discover, look again at the right moment, alert, serve.

    SIGTERM and Ctrl-C stop it in good order, SIGHUP and 'stet reload' let it take new settings. One process holds
    a home at a time.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it can be told: a reload must not end what begins
    found = homes.find(home)
    with found.lock("stet run"):
        found.require_database()
        from scheduler import logs
        from scheduler.clock import Clock
        from scheduler.daemon import Daemon, live
        from scheduler.memory import share_heap
        from scheduler.metrics import Metrics
        from scheduler.pages import served
        from scheduler.watchdog import Watchdog

        share_heap()
        logs.start(form or found.settings.daemon.log, "INFO")
        metrics = Metrics()
        watchdog = Watchdog(Clock(), metrics)
        with contextlib.ExitStack() as stack:
            where = ""
            took: Callable[[Home], None] = _nobody
            if found.settings.daemon.serve:
                pages = stack.enter_context(served(found, metrics, watchdog, host=host, port=port))
                where, took = f", serving it at {pages.address}/", pages.take
            logger.info("watching %s%s (stop with Ctrl-C)", found.root, where)
            asyncio.run(live(Daemon(found, metrics=metrics, watchdog=watchdog, took=took)))
    logger.info("stopped; what was kept is safe")


def _nobody(_home: Home) -> None:
    """Whom new settings concern where nothing is served."""


@click.command(cls=Example, example="stet reload")
@with_home
def reload(home: str | None) -> None:
    """Let the daemon of this home take the settings that stet.toml holds now.

    They are read here first: what is wrong in them is said, and the daemon goes on with those it has.
    """
    found = homes.find(home)
    holder = found.holder()
    if holder is None or holder.purpose != "stet run":
        raise NothingFound(f"{found.root}: no daemon runs here; 'stet run' starts one")
    try:
        os.kill(holder.process, signal.SIGHUP)
    except ProcessLookupError:
        raise NothingFound(
            f"{found.root}: the daemon (process {holder.process}) is gone; start it again"
        ) from None
    except PermissionError:
        raise EnvironmentFailed(
            f"process {holder.process}: belongs to somebody else; run 'stet reload' as the user of the daemon"
        ) from None
    say(f"told process {holder.process} to take its settings again")
