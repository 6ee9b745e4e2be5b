"""One task: fetch this URL for that purpose, politely. Travels with the request through Scrapy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request

from archive.db.articles import SECOND_LOOKS, Article
from archive.db.outlets import SeedState
from archive.domain.beside import sibling
from archive.domain.model import Outlet, Role
from archive.keeping import Kept, Purpose

#: The key in `Request.meta` under which the task travels. Redirects copy `meta`, so all hops of a
#: chain share one task and its list of hops.
META = "stet_task"


#: For so long after an outlet's last whole answer its ETag and Last-Modified are believed. Some outlets
#: answer 304 whatever has changed; asking without conditions once a day finds that out. Most pages that are
#: asked for several times a day are younger than a week, so conditions save what they can save.
TRUSTED = timedelta(days=1)


@dataclass(slots=True, kw_only=True)
class Task:
    """What a request is for. `hops` grows with every exchange of its redirect chain."""

    purpose: Purpose
    outlet: Outlet | None
    subject: str = ""  #: the URL of the article, seed or front page that this is about
    etag: str = ""
    last_modified: str = ""
    fresh: bool = False  #: on a connection of its own
    hops: list[Kept] = field(default_factory=list)
    allowed_until: datetime | None = None  #: for so long what robots.txt said of this hop may be gone by
    asked_again: bool = False  #: because that was over when its turn came


def task_of(request: Request) -> Task:
    """The task that `request` carries; every request of ours carries one."""
    task = request.meta[META]
    assert isinstance(task, Task)
    return task


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A URL to fetch, and what for. `task` has no hops: each request gets a copy that grows its own.

    So the exchanges of a pass are let go one by one, although its list of jobs lives to the end.
    """

    url: str
    task: Task
    early: bool = False  #: before the others: they are judged by what it shows

    def request(self, **kwargs: Any) -> Request:
        """The Scrapy request of this job."""
        return Request(self.url, meta={META: replace(self.task, hops=[])}, dont_filter=True, **kwargs)


def article_job(article: Article, outlet: Outlet, *, now: datetime) -> Job:
    """The job that visits `article`, conditional where the outlet lately gave validators.

    A second look, at an edit that is to be confirmed or at what was not there, is unconditional and on a
    connection of its own: a cache or a server behind a balancer that lags shall not confirm itself.
    """
    second_look = article.next_why in SECOND_LOOKS
    ask = _conditional(article, now) and not second_look
    purpose = Purpose(
        role=Role.ARTICLE,
        outlet_id=article.outlet_id,
        article_id=article.id,
        validated=article.capture_id if ask else None,
    )
    task = Task(
        purpose=purpose,
        outlet=outlet,
        subject=article.url,
        etag=article.etag if ask else "",
        last_modified=article.last_modified if ask else "",
        fresh=second_look,
    )
    return Job(url=article.url, task=task)


def vantage_job(article: Article, outlet: Outlet, label: str) -> Job:
    """The job that looks for `article` from a vantage point: unconditional, on a connection of its own."""
    purpose = Purpose(role=Role.ARTICLE, outlet_id=article.outlet_id, article_id=article.id, vantage=label)
    return Job(url=article.url, task=Task(purpose=purpose, outlet=outlet, subject=article.url, fresh=True))


def seed_job(seed: SeedState, outlet: Outlet, *, now: datetime) -> Job:
    """The job that reads `seed`, conditional where the outlet lately gave validators."""
    ask = _conditional(seed, now)
    purpose = Purpose(
        role=Role.SEED,
        outlet_id=seed.outlet_id,
        seed_id=seed.id,
        validated=seed.capture_id if ask else None,
    )
    task = Task(
        purpose=purpose,
        outlet=outlet,
        subject=seed.url,
        etag=seed.etag if ask else "",
        last_modified=seed.last_modified if ask else "",
    )
    return Job(url=seed.url, task=task)


def sibling_job(article_url: str, outlet_id: int, outlet: Outlet, *, letters: str) -> Job:
    """The job that asks for what cannot exist beside the article at `article_url`: a name of random `letters`."""
    purpose = Purpose(role=Role.SIBLING, outlet_id=outlet_id)
    url = sibling(article_url, letters)
    return Job(url=url, task=Task(purpose=purpose, outlet=outlet, subject=article_url), early=True)


def control_job(front: str, outlet_id: int, outlet: Outlet) -> Job:
    """The job that looks at an outlet's front page, which shows whether anybody answers."""
    purpose = Purpose(role=Role.CONTROL, outlet_id=outlet_id)
    return Job(url=front, task=Task(purpose=purpose, outlet=outlet, subject=front), early=True)


def opinion_job(article: Article, archive: str) -> Job:
    """The job that asks `archive` for its TimeMap of an article.

    It is of no outlet: the archive is owed the politeness of the home's settings, and its robots.txt is obeyed
    whatever is agreed with the outlet.
    """
    purpose = Purpose(role=Role.OPINION, article_id=article.id)
    return Job(url=archive + article.url, task=Task(purpose=purpose, outlet=None, subject=article.url))


def _conditional(known: Article | SeedState, now: datetime) -> bool:
    """Whether to ask only for what has changed: there are validators, and they are not too old to be believed."""
    given = bool(known.etag or known.last_modified) and known.capture_id is not None
    return given and known.validated is not None and now - known.validated < TRUSTED
