"""What outlets put within a story's box and around it: calls, counters, rankings, appeals. In markup.

Each box depends on the noise that it is given, and on nothing else; none holds a word of the story.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Protocol

from scheduler.newsroom.furniture import Furniture
from scheduler.newsroom.inserts import Inserts

Link = tuple[str, str]
"""Text and URL."""

APPEAL_TURNS = 240  #: fetches that a campaign lasts: a few passes over an outlet of the usual size here
_LISTED = 3  #: links in a list within a story


class Chance(Protocol):
    """What a box asks of a noise."""

    @property
    def kinds(self) -> frozenset[str]: ...  # noqa: D102

    @property
    def turn(self) -> int: ...  # noqa: D102

    def token(self, salt: str, length: int = 16) -> str: ...  # noqa: D102

    def number(self, salt: str, below: int) -> int: ...  # noqa: D102


def within(noise: Chance, labels: Furniture, more: Inserts, others: Sequence[Link], count: int) -> dict[int, str]:
    """What stands after paragraph 0 (none), 1 … `count` of a story."""
    placed: dict[int, str] = {}
    for kind, position, markup in _boxes(noise, labels, more, others, count):
        if kind in noise.kinds and markup:
            placed[position] = placed.get(position, "") + markup + "\n"
    return placed


def _boxes(
    noise: Chance, labels: Furniture, more: Inserts, others: Sequence[Link], count: int
) -> Iterator[tuple[str, int, str]]:
    """Kind, position, markup of every box, whether its kind is wanted or not."""
    somewhere = [1 + noise.number(f"box {n}", max(1, count - 1)) for n in range(2)]
    yield "inside_times", 0, f'<p class="ago">{more.updated_ago.format(n=2 + noise.number("inside ago", 57))}</p>'
    yield "inside_counters", (0, count)[noise.turn % 2], _counted(noise, labels, more)
    yield "ab_modules", 0, _module(noise, labels, more)
    yield "read_more", somewhere[0], _read_more(noise, more, others)
    yield "appeals", max(1, count // 2), _appeal(noise, more)
    yield "most_read_inside", somewhere[1], _ranking(noise, labels, others)
    for position in range(1, count + 1):
        if not noise.number(f"slot{position}", 2):
            slot = noise.token(f"ad{position}", 8)
            frame = f'<iframe title="" src="/ads/{slot}"></iframe>'
            yield "ads", position, f'<div class="ad-slot" id="ad-{slot}">{frame}</div>'


def region(noise: Chance, more: Inserts) -> str:
    """Edition, weather and price of the region that the visitor seems to come from."""
    at, celsius = noise.number("region", len(more.regions)), noise.number("degrees", 30)
    degrees = f"{celsius} °C" if at else f"{celsius * 9 // 5 + 32} °F"
    offer = more.offer.format(price=("$4.99", "€4,99", "£3.99")[at])
    return (
        f'<div class="region"><span>{more.edition}: {more.regions[at]}</span>'
        f' <span>{more.weather}: {degrees}</span> <a href="/offer">{offer}</a></div>'
    )


def live(noise: Chance, more: Inserts) -> str:
    """The last flashes of a ticker that never stops."""
    items = []
    for number in range(2 + noise.turn % 3):
        flash = more.flashes[(noise.turn + number) % len(more.flashes)]
        clock = f"{(8 + noise.turn // 4) % 24:02d}:{noise.number(f'minute {number}', 60):02d}"
        items.append(f"<li><time>{clock}</time> {flash.format(n=3 + noise.number(f'flash {number}', 400))}</li>")
    return f'<section class="live-ticker"><h2>{more.live}</h2><ul>{"".join(items)}</ul></section>'


def _counted(noise: Chance, labels: Furniture, more: Inserts) -> str:
    shares, comments = noise.turn + noise.number("in shares", 900), noise.number("in comments", 300)
    return (
        f'<div class="social"><span>{shares:,} {more.shares}</span> <span>{comments} {labels.comments}</span>'
        f" <em>{3 + noise.number('readers', 400)} {more.readers}</em></div>"
    )


def _module(noise: Chance, labels: Furniture, more: Inserts) -> str:
    forms = (
        "",
        f'<div class="audio-player"><button>{more.listen}</button> <span>{2 + noise.turn % 9}:07</span></div>',
        f'<div class="cta"><a href="/follow">{more.follow}</a></div>',
        f'<p class="cta"><a href="/app">{more.app}</a></p>',
        f'<aside class="signup"><p>{labels.newsletter}</p><form><input name="email"></form></aside>',
    )
    return forms[noise.number("module", len(forms))]


def _read_more(noise: Chance, more: Inserts, others: Sequence[Link]) -> str:
    if not others or not noise.number("read more", 4):
        return ""
    text, url = others[noise.number("read what", len(others))]
    link = f'<a href="{url}">{escape(text)}</a>'
    forms = (
        f"<p><strong>{more.read_more}: {link}</strong></p>",
        f'<div class="inline-related"><span>{more.read_more}</span> {link}</div>',
        f'<aside class="also"><h3>{more.read_more}</h3><ul><li>{link}</li></ul></aside>',
    )
    return forms[noise.number("read how", len(forms))]


def _appeal(noise: Chance, more: Inserts) -> str:
    campaign = noise.turn // APPEAL_TURNS % 3
    return f"<p>{more.appeals[campaign - 1]}</p>" if campaign else ""


def _ranking(noise: Chance, labels: Furniture, others: Sequence[Link]) -> str:
    chosen = sorted(others, key=lambda link: noise.token(f"ranked{link}"))[:_LISTED]
    items = "".join(f'<li><a href="{url}">{escape(text)}</a></li>' for text, url in chosen)
    return f'<div class="most-read"><h3>{labels.most_read}</h3><ol>{items}</ol></div>' if items else ""
