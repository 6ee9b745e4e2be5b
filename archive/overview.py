"""What `stet status` says: totals, health of outlets, disk, and what comes next."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NotRequired, cast

from typing_extensions import TypedDict

from archive.db import alerts, files, gaps, health, readings, totals
from archive.db import outlets as watched
from archive.db.engine import Connection
from archive.domain.gaps import Gap
from archive.domain.health import Health, Looks, OpenOutage, sentence
from archive.domain.model import Standing
from archive.domain.times import ago
from archive.domain.verdicts import THERE, in_words
from archive.extractor import EXTRACTOR
from archive.home import Home
from archive.warc.places import OPEN

PROVEN_WITHIN = timedelta(days=30)
"""What was proven since then counts as proven: a month lost is a month to ask others for their copies."""


_Between = TypedDict(
    "_Between", {"from": datetime | None, "to": datetime | None}
)  # `from` is a word of Python's own


class GapRow(_Between):
    """A span in which nobody could see; `from` is the last look before it, `to` the first one after it."""

    presences: list[str]
    """What the looks met; empty: nobody looked."""
    fetches: int
    articles: int
    why: str


class RatesRow(TypedDict):
    """How visits went, as shares of 1; null: there were none."""

    fetches: int
    success_rate: float | None
    """Visits that told whether the article was there."""
    block_rate: float | None
    """Visits that met a barrier."""
    failure_rate: float | None
    """Visits that reached nobody."""


class OpenOutageRow(TypedDict):
    """What an outlet suffers from now."""

    presence: str
    began: datetime
    offline: datetime | None
    why: str


class OutletStatus(RatesRow):
    """An outlet as `stet status` tells of it."""

    outlet: str
    state: str
    """In words."""
    articles: int
    live: int
    missing: int
    taken_down: int
    moved: int
    unreachable: int
    barred: int
    success: str
    """`success_rate` in words; empty: there were no visits."""
    last_good: datetime | None
    overdue: int
    """Articles whose check is due."""
    outage: OpenOutageRow | None
    gaps: NotRequired[list[GapRow]]


class Summary(TypedDict):
    """What `stet status` says first."""

    home: str
    outlets_watched: int
    articles: int
    captures: int
    versions: int
    changes: int
    changes_lately: int
    """Within a day."""
    standings_lately: int
    standings: dict[str, int]
    next_confirmation: datetime | None
    due: int
    next_check: datetime | None
    last_fetch: datetime | None
    to_reextract: int
    """Articles that an upgrade of the extractor left to be read again."""
    alerts_waiting: int
    alerts_dead: int
    closed_files: int
    closed_bytes: int
    proven_files: int
    """Closed WARC files that were proven within 30 days."""
    proven_bytes: int
    never_proven_files: int
    faulty_files: int
    oldest_proof: datetime | None
    warc_files: int
    warc_bytes: int
    disk_free: int
    bucket: NotRequired[str]
    stored_files: NotRequired[int]
    stored_bytes: NotRequired[int]
    spool_bytes: NotRequired[int]
    waiting_files: NotRequired[int]
    waiting_bytes: NotRequired[int]


def long_ago() -> datetime:
    """Before anything was fetched."""
    return datetime(1970, 1, 1, tzinfo=UTC)


def summary(home: Home, connection: Connection, now: datetime) -> Summary:
    """The totals, with the space that the home takes and what is left."""
    counts = totals.counts(connection, now, since=now - timedelta(days=1))
    here = _sizes(home.spool)
    stored = files.stored(connection) if home.bucket else {}
    away = [file for name, file in stored.items() if name not in here]
    found = {
        "home": str(home.root),
        **counts,
        "to_reextract": readings.count_pending(connection, EXTRACTOR),
        "alerts_waiting": alerts.waiting(connection),
        "alerts_dead": alerts.unseen_dead(connection),
        **_proven(files.proven(connection, now - PROVEN_WITHIN)),
        "warc_files": len(here) + len(away),
        "warc_bytes": sum(here.values()) + sum(file.size for file in away),
        "disk_free": shutil.disk_usage(home.root).free,
    }
    if home.bucket:
        waiting = [size for name, size in here.items() if name not in stored]
        found |= {
            "bucket": home.bucket.url,
            "stored_files": len(stored),
            "stored_bytes": sum(file.size for file in stored.values()),
            "spool_bytes": sum(here.values()),
            "waiting_files": len(waiting),
            "waiting_bytes": sum(waiting),
        }
    return cast("Summary", found)


def _sizes(spool: Path) -> dict[str, int]:
    """The size of every WARC file in the spool; one may get its final name while we look."""
    sizes = {}
    for path in (path for end in (OPEN, "") for path in spool.glob(f"*.warc.gz{end}")):
        with contextlib.suppress(FileNotFoundError):
            sizes[path.name.removesuffix(OPEN)] = path.stat().st_size
    return sizes


def sentences(summary: Summary, now: datetime) -> list[tuple[str, str]]:
    """The totals for people: name and value."""
    size = f"{_size(summary['warc_bytes'])} of WARC"
    return [
        ("home", summary["home"]),
        ("watched", f"{_many(summary['articles'], 'article')} of {_many(summary['outlets_watched'], 'outlet')}"),
        (
            "kept",
            f"{_many(summary['captures'], 'capture')}, {_many(summary['versions'], 'version')}, {size}",
        ),
        (
            "last day",
            (
                f"{_many(summary['changes_lately'], 'change')}, "
                f"{_many(summary['standings_lately'], 'change')} of standing"
            ),
        ),
        ("not there", _not_there(summary, now)),
        ("last fetch", ago(summary["last_fetch"], now) or "never"),
        ("due", _due(summary, now)),
        *_alerts(summary),
        *_upgrade(summary),
        ("proven", _proof(summary, now)),
        ("disk", f"{_size(summary['disk_free'])} free"),
        *_storage(summary),
    ]


def _not_there(summary: Summary, now: datetime) -> str:
    """What is not live, and when the suspicions among it are followed up."""
    standings = summary["standings"]
    said = [f"{standings[name]:,} {in_words(name)}" for name in standings if name not in THERE and standings[name]]
    if summary["next_confirmation"]:
        said.append(f"the next confirmation {ago(summary['next_confirmation'], now)}")
    return ", ".join(said) or "nothing"


def _alerts(summary: Summary) -> list[tuple[str, str]]:
    """What is still to be told, and what reached nobody."""
    waiting, dead = summary["alerts_waiting"], summary["alerts_dead"]
    said = [f"{waiting:,} to be told"] if waiting else []
    if dead:
        said.append(f"{dead:,} reached nobody (see: stet alerts list --state dead)")
    return [("alerts", ", ".join(said))] if said else []


def _upgrade(summary: Summary) -> list[tuple[str, str]]:
    """What an upgrade of the extractor left to do, if anything."""
    left = summary["to_reextract"]
    said = f"{_many(left, 'article')} to be read again by {EXTRACTOR} (see: stet reextract)"
    return [("upgrade", said)] if left else []


def _storage(summary: Summary) -> list[tuple[str, str]]:
    """What the bucket has and what it has not yet."""
    if "bucket" not in summary:
        return []
    has = f"{_many(summary['stored_files'], 'file')}, {_size(summary['stored_bytes'])}"
    waits = f"{_many(summary['waiting_files'], 'file')}, {_size(summary['waiting_bytes'])}"
    return [
        ("bucket", f"{summary['bucket']} has {has}"),
        ("spool", f"{_size(summary['spool_bytes'])}; not in the bucket yet: {waits}"),
    ]


def _proven(proven: files.Proven) -> dict[str, Any]:
    return {
        "closed_files": proven.files,
        "closed_bytes": proven.bytes,
        "proven_files": proven.files_lately,
        "proven_bytes": proven.bytes_lately,
        "never_proven_files": proven.files_never,
        "faulty_files": proven.files_faulty,
        "oldest_proof": proven.oldest,
    }


def _proof(summary: Summary, now: datetime) -> str:
    """How much of the closed files was proven lately; a file that was never proven is the oldest of all."""
    if not summary["closed_files"]:
        return "nothing is closed yet"
    said = f"{summary['proven_bytes'] / max(1, summary['closed_bytes']):.0%} within {PROVEN_WITHIN.days} days"
    if summary["never_proven_files"]:
        said += f", {_many(summary['never_proven_files'], 'file')} never (run: stet verify)"
    else:
        said += f", the oldest proof {ago(summary['oldest_proof'], now)}"
    if summary["faulty_files"]:
        said += f"; {_many(summary['faulty_files'], 'file')} with faults (run: stet verify)"
    return said


def _many(count: int, thing: str) -> str:
    return f"{count:,} {thing}{'' if count == 1 else 's'}"


def _due(summary: Summary, now: datetime) -> str:
    if summary["due"]:
        return f"{_many(summary['due'], 'article')} now"
    return f"the next article {ago(summary['next_check'], now)}" if summary["next_check"] else "nothing"


def outlets(connection: Connection, since: datetime, now: datetime) -> list[OutletStatus]:
    """One row an outlet: its articles by standing, and how the visits since `since` went."""
    return [_outlet(one) for one in health.of_outlets(connection, since, now)]


def with_gaps(connection: Connection, since: datetime, now: datetime) -> list[OutletStatus]:
    """The same, with the spans since then in which nobody could see any article of an outlet."""
    rows = {row["outlet"]: row for row in outlets(connection, since, now)}
    for outlet_id, outlet in watched.all_outlets(connection).items():
        rows[outlet.name]["gaps"] = [gap_row(gap) for gap in gaps.of_outlet(connection, outlet_id, since, now)]
    return list(rows.values())


def gap_row(gap: Gap) -> GapRow:
    """A gap for scripts."""
    return {
        "from": gap.since,
        "to": gap.until,
        "presences": list(gap.presences),
        "fetches": gap.looks,
        "articles": gap.articles,
        "why": gap.why,
    }


def rates(looks: Looks) -> RatesRow:
    """How visits went: shares of 1, or null where there were none."""
    return {
        "fetches": looks.count,
        "success_rate": looks.success,
        "block_rate": looks.blocked,
        "failure_rate": looks.failed,
    }


def _outlet(one: Health) -> OutletStatus:
    looks = one.straight
    row = {
        "outlet": one.outlet,
        "state": sentence(one),
        "articles": one.count,
        **{standing.value: one.articles.get(standing.value, 0) for standing in Standing},
        "success": f"{looks.success:.0%}" if looks.success is not None else "",
        **rates(looks),
        "last_good": one.last_good,
        "overdue": one.overdue,
        "outage": _outage(one.outage),
    }
    return cast("OutletStatus", row)


def _outage(one: OpenOutage | None) -> OpenOutageRow | None:
    if one is None:
        return None
    return {"presence": one.presence, "began": one.began, "offline": one.offline, "why": one.why}


def _size(count: int) -> str:
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
