"""What the reading room needs of the crawler: how articles come to be watched, and how channels are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archive.acts.hands import Hands


def hands() -> Hands:
    """For whoever starts a server. Called when that is known: what it imports takes half a second."""
    from archive.acts.hands import Hands
    from crawler.watching import watch
    from scheduler.telling import sender

    return Hands(watch=watch, sender=sender)
