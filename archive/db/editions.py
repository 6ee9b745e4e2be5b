"""Which pages name which others as editions of the same story. Knows the table `editions`."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from archive.db.tables import aliases, articles, editions


def note(connection: Connection, article_id: int, urls: Collection[str]) -> None:
    """Remember what the article's page names, in the place of what it named before."""
    held = set(connection.execute(select(editions.c.url).where(editions.c.article_id == article_id)).scalars())
    if gone := held - set(urls):
        connection.execute(editions.delete().where(editions.c.article_id == article_id, editions.c.url.in_(gone)))
    if new := sorted(set(urls) - held):
        connection.execute(editions.insert(), [{"article_id": article_id, "url": url} for url in new])


def of(connection: Connection, article_id: int) -> list[int]:
    """The articles that are other editions of this one's story.

    Within an outlet it is enough that one of two names the other; of another outlet both must, for nobody shall
    have us visit a stranger's pages.
    """
    named = (
        select(aliases.c.article_id)
        .join(editions, editions.c.url == aliases.c.url)
        .where(editions.c.article_id == article_id, aliases.c.article_id != article_id)
    )
    naming = (
        select(editions.c.article_id)
        .join(aliases, aliases.c.url == editions.c.url)
        .where(aliases.c.article_id == article_id, editions.c.article_id != article_id)
    )
    there, back = (set(connection.execute(query).scalars()) for query in (named, naming))
    if not there | back:
        return []
    rows = select(articles.c.id, articles.c.outlet_id).where(articles.c.id.in_([article_id, *there, *back]))
    outlets = {row[0]: row[1] for row in connection.execute(rows)}
    return sorted(one for one in there | back if outlets[one] == outlets[article_id] or one in there & back)
