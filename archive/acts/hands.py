"""What acts need that is not the archive's own: how articles come to be watched, and how channels are reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archive.acts.articles import Watch
from archive.home import Home
from archive.outbox import Send


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Handed in by whoever starts a server: the archive knows neither sites nor networks."""

    watch: Watch
    sender: Callable[[Home], Send]  #: of a home as its settings are now
