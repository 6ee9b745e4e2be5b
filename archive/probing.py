"""Probe → what it tells: how an outlet says "not found", whether it answers at all, what another archive saw.

Reads no clock, and of the database no more than the outlet's declaration, so that replaying the WARC files gives
the same rows. A probe says nothing of an article by itself: it changes no standing.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from archive.db import opinions, outlets, record, siblings
from archive.db.engine import Connection
from archive.db.opinions import Opinion
from archive.domain import beside, timemap
from archive.domain.controls import sight_front, stories_among
from archive.domain.model import Extraction, Outlet, Role
from archive.domain.sightings import MARKUP, FetchFacts, is_wall
from archive.domain.soft404 import Answer
from archive.domain.urls import InvalidUrl, site_of, within
from archive.extraction import links_of
from archive.extraction.decoding import decode
from archive.keeping import Kept
from archive.visits import Probe

TEXT: Final = 20_000
"""Characters of a sibling's answer that are kept in the database; a page that says "not found" has some hundreds,
one that shows the front page instead some thousands. All of it is in the WARC files."""


def settle(connection: Connection, probe: Probe, page: Extraction | None) -> None:
    """Write what `probe` tells, with the extraction of its last answer where it has one."""
    if probe.role is Role.SIBLING:
        _sibling(connection, probe, page)
    elif probe.role is Role.CONTROL:
        _control(connection, probe, page)
    else:
        _opinion(connection, probe)


def _sibling(connection: Connection, probe: Probe, page: Extraction | None) -> None:
    last = probe.last
    record.note_probe(connection, last.fetch_id, "sibling", _in_words(last))
    if last.purpose.outlet_id is None:
        return
    answer = Answer(
        shape=_shape(probe.subject),
        url=probe.hops[0].exchange.url,
        at=last.exchange.began,
        status=last.status if last.whole else None,
        final_url=last.exchange.url,
        title=page.title if page is not None else "",
        text=page.text[:TEXT] if page is not None else "",
    )
    siblings.add(connection, last.purpose.outlet_id, answer, fetch_id=last.fetch_id)


def _shape(url: str) -> str:
    try:
        return beside.shape(url)
    except InvalidUrl:
        return ""


def _control(connection: Connection, probe: Probe, page: Extraction | None) -> None:
    last, declared = probe.last, outlets.all_outlets(connection)
    outlet = declared.get(last.purpose.outlet_id or 0, Outlet(name=""))
    asked, final = probe.hops[0].exchange.url, last.exchange.url
    facts = FetchFacts(
        url=asked,
        final_url=final,
        status=last.status,
        trouble=last.exchange.trouble,
        trouble_detail=last.exchange.trouble_detail,
        truncated=last.truncated,
        mime=last.content_type,
        final_is_wall=final != asked and is_wall(final),
        final_is_elsewhere=_is_elsewhere(asked, final, outlet),
        decoding_problem=last.decoding_problem if last.status == 200 else "",
        extraction=page,
        chain=tuple((hop.exchange.url, hop.status) for hop in probe.hops),
        headers=last.head.headers if last.head is not None else (),
        markup=decode(last.body[:MARKUP], content_type=last.content_type).text if last.body else "",
        site=outlet.title,
        domains=outlet.domains,
    )
    links = links_of(last.body, url=final, content_type=last.content_type) if last.status == 200 else []
    stories = stories_among(links, final, outlet.domains)
    record.note_sighting(connection, last.fetch_id, sight_front(facts, stories=stories))


def _is_elsewhere(asked: str, final: str, outlet: Outlet) -> bool:
    """Whether redirects led from the front page to a site that is not the outlet's."""
    host = urlsplit(final).hostname or ""
    own = (*outlet.domains, urlsplit(asked).hostname or "")
    return not any(within(host, site_of(each)) for each in own if each)


def _opinion(connection: Connection, probe: Probe) -> None:
    last = probe.last
    seen, said = _last_memento(last)
    record.note_probe(connection, last.fetch_id, "opinion", said)
    if last.purpose.article_id is None:
        return
    opinion = Opinion(
        article_id=last.purpose.article_id,
        at=last.exchange.began,
        fetch_id=last.fetch_id,
        archive=probe.hops[0].exchange.url.removesuffix(probe.subject),
        last_seen=seen.at if seen is not None else None,
        memento=seen.url if seen is not None else "",
        said=said,
    )
    opinions.add(connection, opinion)


def _last_memento(last: Kept) -> tuple[timemap.Shown | None, str]:
    """The newest memento that an archive names, and its answer in words.

    A list that was cut is read as far as it came: what it names was seen.
    """
    if last.status in (404, 410) or (last.status == 200 and last.whole and not last.body.strip()):
        return None, "has none of it"
    if last.status != 200 or last.decoding_problem:
        return None, f"did not answer: {_in_words(last)}"
    found = timemap.read(last.body.decode("utf-8", "replace"), url=last.exchange.url)
    if not found.links:
        return None, "did not answer: what came is no TimeMap"
    if found.last is None:
        return None, "has none of it" if last.whole else f"did not answer: {_in_words(last)}"
    at_least = " at least" if found.pages or not last.whole else ""
    return found.last, f"saw it{at_least} until {found.last.at:%Y-%m-%d %H:%M} UTC"


def _in_words(last: Kept) -> str:
    trouble = last.exchange.trouble
    if trouble is not None:
        return last.exchange.trouble_detail or trouble.value.replace("_", " ")
    return last.decoding_problem or f"answers {last.status}"
