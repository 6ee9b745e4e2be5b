"""One round: the seeds and articles that are due, handed in by the scheduler."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crawler.spiders.base import StetSpider
from crawler.tasks import Job


class RoundSpider(StetSpider):
    """Visits what it is told to, and fresh links at once if it is to `follow` them."""

    name = "round"

    def __init__(
        self,
        seeds: Iterable[Job] = (),
        articles: Iterable[Job] = (),
        probes: Iterable[Job] = (),
        *,
        follow: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.follow = follow
        self.seeds = seeds
        self.probes = probes
        self.articles = articles
