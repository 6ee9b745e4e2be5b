"""What was learnt of an outlet's furniture, for people: which paragraphs, in how many articles, since when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from archive.db.blocks import BEGINNING, articles_by, counts, elsewhere_of, floors, stood_elsewhere
from archive.db.findings import versions_of
from archive.db.outlets import by_name
from archive.db.tables import articles, blocks
from archive.domain.furniture import FEW, Differing, Elsewhere, Way, is_furniture, mask
from archive.domain.notes import is_note
from archive.domain.trimmings import is_prose


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A paragraph that an outlet repeats, as it was learnt."""

    mask: int
    text: str  #: as it stands in one of the articles; empty where no version holds it any more
    url: str  #: of that article
    elsewhere: Elsewhere
    since: datetime  #: when it was first seen
    ways: tuple[str, ...] = ()  #: what is no edit: `came`, `went`, `counted`


def learnt_of(connection: Connection, name: str, at: datetime, *, limit: int) -> list[Learnt]:
    """What is furniture of an outlet at `at`, what stands in most articles first."""
    outlet_id, _ = by_name(connection, name)
    forgotten = floors(connection, outlet_id, at)
    since = forgotten.pop(None, BEGINNING)
    query = counts(outlet_id, since, at).having(func.count() >= FEW)
    rows = connection.execute(query.order_by(func.count().desc(), blocks.c.mask)).all()
    again = stood_elsewhere(connection, outlet_id, None, [one for one in forgotten if one is not None], at)
    found, of = list[Learnt](), articles_by(connection, outlet_id, at)
    for row in rows:
        seen = again.get(row.mask, Elsewhere()) if row.mask in forgotten else elsewhere_of(row)
        if len(found) == limit or not any(_ways(row.mask, "Line", seen, of)):
            continue
        first, url, text = _sample(connection, outlet_id, row.mask, max(since, forgotten.get(row.mask, since)))
        ways = tuple(_ways(row.mask, text, seen, of))
        if ways and not is_note(text):
            found.append(Learnt(mask=row.mask, text=text, url=url, elsewhere=seen, since=first, ways=ways))
    return found


def _ways(one: int, text: str, seen: Elsewhere, of: int) -> Iterator[str]:
    """What would be no edit in one more article. A text that is gone may have been prose."""
    for way in Way:
        if is_furniture(Differing(mask=one, way=way, prose=not text or is_prose(text)), seen, of):
            yield way.value


def _sample(connection: Connection, outlet_id: int, one: int, since: datetime) -> tuple[datetime, str, str]:
    """When the mask was first seen, and the address and words of an article that has it."""
    query = (
        select(blocks.c.at, articles.c.url, articles.c.id)
        .join(articles, articles.c.id == blocks.c.article_id)
        .where(blocks.c.outlet_id == outlet_id, blocks.c.mask == one, blocks.c.at > since)
        .order_by(blocks.c.at, articles.c.url)
    )
    rows = connection.execute(query.limit(FEW)).all()
    for row in rows:
        for version in versions_of(connection, row.id):
            for paragraph in version.extraction.paragraphs:
                if mask(paragraph) == one:
                    return rows[0].at, row.url, paragraph
    return rows[0].at, rows[0].url, ""
