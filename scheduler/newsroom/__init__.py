"""The pretend outlet: a real HTTP server on loopback that plays newspapers by script.

    with Newsroom() as room:
        herald = room.outlet("herald.example", title="The Herald")
        story = herald.publish("Minister denies the report", ["The minister denies the report."])
        story.edit("denies", "confirms", note="An earlier version said the opposite.")
        story.withdraw(410)

It knows how outlets publish, edit, hide and delete. It knows nothing of Stet: no noun of the archive
but the errors is imported here, so that it cannot agree with our own mistakes. Its `Outlet` is the
publisher's side of the one in `archive.domain.model`.

`stet demo`, the benchmarks and nearly every test stand on it. What only tests need (breakage on the
wire, certificates, noise on pages of others) is added by `tests/newsroom.py` through `Newsroom.respond`.
"""

from scheduler.newsroom.edits import EDITS, Edit, publish_editable
from scheduler.newsroom.noise import NOISES
from scheduler.newsroom.outlet import Outlet
from scheduler.newsroom.process import Served, serve_in_process
from scheduler.newsroom.room import Clock, Newsroom
from scheduler.newsroom.story import BARRIERS, WITHDRAWALS, Story, Words
from scheduler.newsroom.visits import Visit, VisitLog
from scheduler.newsroom.wire import End, Pause, Request, Response, Script

__all__ = [
    "BARRIERS",
    "EDITS",
    "NOISES",
    "WITHDRAWALS",
    "Clock",
    "Edit",
    "End",
    "Newsroom",
    "Outlet",
    "Pause",
    "Request",
    "Response",
    "Script",
    "Served",
    "Story",
    "Visit",
    "VisitLog",
    "Words",
    "publish_editable",
    "serve_in_process",
]
