"""What is fetched beside articles, so that what they show can be understood; and when.

Knows which outlets, articles and archives are to be asked in a pass. What the answers tell is found out in
`archive.probing`.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin

from archive.db import articles, controls, opinions, outlets, siblings
from archive.db.engine import Connection
from archive.domain.beside import shape
from archive.domain.model import Outlet
from archive.settings import Settings
from crawler.tasks import Job, article_job, control_job, opinion_job, sibling_job

LETTERS: Final = 25
"""Of a name that cannot exist: as many as Bar-Yossef et al. took, 26^25 of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a pass is about, by ids; nothing: all outlets."""

    outlet_id: int | None = None
    article_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """The visits of a pass, and what they need beside them."""

    visits: Sequence[Job]
    probes: Sequence[Job]


def beside(
    connection: Connection, visits: Sequence[Job], scope: Scope, settings: Settings, now: datetime
) -> Beside:
    """Add to `visits` what its suspects are judged by: controls, front pages, siblings. These come first."""
    known = outlets.all_outlets(connection)
    due = {job.task.purpose.article_id: job for job in visits}
    early: dict[int, Job] = {}
    fronts: dict[int, str] = {}  # by outlet
    for job in visits:
        owner = job.task.purpose.outlet_id
        if owner is not None and owner not in fronts:
            wanted = controls.wants_front(connection, owner, now, settings.takedowns.sibling_every)
            fronts[owner] = _front(known[owner], job) if wanted else ""
    for outlet_id, ids in controls.suspects(connection).items():
        suspects = [article_id for article_id in ids if article_id in due]
        if not suspects:
            continue
        found = controls.for_suspects(connection, outlet_id, len(suspects), now, span=settings.takedowns.span)
        for article_id in found.articles:
            job = due.get(article_id) or article_job(
                articles.by_id(connection, article_id), known[outlet_id], now=now
            )
            early[article_id] = replace(job, early=True)
        if found.front:
            fronts[outlet_id] = _front(known[outlet_id], due[suspects[0]])
    rest = [job for job in visits if job.task.purpose.article_id not in early]
    asked = siblings_wanted(connection, scope, settings, now)
    pages = [control_job(front, owner, known[owner]) for owner, front in fronts.items() if front]
    return Beside(visits=[*early.values(), *rest], probes=[*pages, *asked])


def _front(outlet: Outlet, job: Job) -> str:
    """The front page of an outlet: where it says, else the root of the host of one of its articles."""
    return outlet.home or urljoin(job.url, "/")


def siblings_wanted(connection: Connection, scope: Scope, settings: Settings, now: datetime) -> list[Job]:
    """Jobs that ask outlets for what cannot exist."""
    every = settings.takedowns.sibling_every
    if not every:
        return []
    known = outlets.all_outlets(connection)
    wanted = siblings.wanted(connection, now, every, outlet_id=scope.outlet_id)
    if scope.article_id is not None:
        own = shape(articles.by_id(connection, scope.article_id).url)
        wanted = [each for each in wanted if each.shape == own]
    return [
        sibling_job(each.beside, each.outlet_id, known[each.outlet_id], letters=random_letters())
        for each in wanted
    ]


def random_letters() -> str:
    """A name that no article has."""
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(LETTERS))


def after(connection: Connection, scope: Scope, settings: Settings, now: datetime) -> list[Job]:
    """What is to be asked because of what the pass saw: siblings of what became doubtful, opinions of others."""
    asked = siblings_wanted(connection, scope, settings, now)
    archive = settings.takedowns.second_opinion
    if not archive:
        return asked
    wanted = opinions.wanted(connection, now, outlet_id=scope.outlet_id)
    if scope.article_id is not None:
        wanted = [article_id for article_id in wanted if article_id == scope.article_id]
    return asked + [opinion_job(articles.by_id(connection, each), archive) for each in wanted]
