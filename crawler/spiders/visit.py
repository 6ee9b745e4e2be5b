"""Visit articles: `scrapy crawl visit` takes what is due, `-a url=…` one article that is watched."""

from __future__ import annotations

from archive import memento
from archive.db import articles, outlets
from crawler.spiders.base import StetSpider
from crawler.tasks import article_job


class VisitSpider(StetSpider):
    """url → Fetch, for articles."""

    name = "visit"
    url: str | None = None
    outlet: str | None = None

    def ready(self) -> None:
        """Make the jobs."""
        now = self.runtime.now()
        with self.runtime.database.read() as connection:
            known = outlets.all_outlets(connection)
            if self.url is not None:
                wanted = [memento.article_at(connection, self.url)]
            else:
                wanted = articles.due(connection, now, outlet=self.outlet)
        self.articles = [article_job(article, known[article.outlet_id], now=now) for article in wanted]
