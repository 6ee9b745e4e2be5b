"""A home with lives of articles in it, for the pages about one article: made once, some seconds. Do not change it.

with served(lives().home) as site:
    site.get(f"/article/{lives().ids['arabic']}")
"""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from archive import home as homes
from archive.db.tables import articles, captures, extractions, fetches
from archive.home import Home
from archive.memento import article_at
from tests.homes import START, Place
from tests.newsroom import Newsroom

REPORT = [
    "The minister denied on Tuesday that the harbour had been sold without the consent of the quarter.",
    "At least 120 people lost their homes when the warehouses behind the harbour were torn down in May.",
    "Residents of the quarter say that letters to the ministry were never answered by anybody there.",
    "The opposition demands an inquiry by the end of May, and wants to hear the former harbour master.",
    "A spokesman of the port authority said on Friday that all papers had been handed over long ago.",
    "Cranes stood idle for a week, and the ferries to the islands left from the old mole instead.",
    "The city council will meet on Thursday to hear the engineers who had warned of the sale in winter.",
]
ARABIC = [
    "نفى الوزير يوم الثلاثاء أن يكون الميناء قد بيع من دون موافقة سكان الحي المجاور له.",
    "وقال شهود عيان إن 120 شخصا فقدوا منازلهم عندما هدمت المستودعات الواقعة خلف الميناء في أيار.",
]
TURKISH = [
    "Bakan salı günü limanın mahallenin onayı olmadan satıldığı yönündeki haberleri yalanladı.",
    "İstanbul'daki ilgili müdürlük, mayıs ayında 120 kişinin evini kaybettiğini açıkladı.",
    "Muhalefet, eski liman müdürünün dinlenmesini ve mayıs sonuna kadar bir soruşturma istiyor.",
]

LOOKS = 300
"""Captures of the article that is looked at often."""


@dataclass(frozen=True)
class Lives:
    """Which articles there are, by what became of them."""

    home: Home
    ids: dict[str, int]
    urls: dict[str, str]


@functools.cache
def lives() -> Lives:
    """Play the lives."""
    folder = Path(tempfile.mkdtemp(prefix="stet-lives-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with Newsroom(start=START) as room:
        herald = room.outlet("herald.example", title="The Herald")
        sabah = room.outlet("sabah.example", title="صباح", language="ar")
        haber = room.outlet("haber.example", title="Haber", language="tr")
        place = Place(folder / "home", room, confirmations=2, span="1s")
        for paper in (herald, sabah, haber):
            place.watch(paper)
        stories = {
            "edited": herald.publish("Minister denies the report", REPORT, author="Ada Lind"),
            "gone": herald.publish("Cracks in the old bridge", ["Engineers warned of cracks in the old bridge."]),
            "moved": herald.publish("Ferries to the islands", ["The ferries left from the old mole on Monday."]),
            "often": herald.publish("Harbour sold", ["The harbour was sold on Monday.", "Nobody objected to it."]),
            "arabic": sabah.publish("الوزير ينفي بيع الميناء", ARABIC, author="ليلى حداد"),
            "turkish": haber.publish("Bakan haberi yalanladı", TURKISH, author="Işıl Gündoğdu"),
            "rewritten": haber.publish("Liman satıldı mı?", TURKISH[:2]),
        }
        never = herald.publish("Never there", ["This was never there to be read by anybody at all."])
        stories["never"] = never
        never.withdraw(404, listed=True)
        one = herald.publish("A tale of two addresses", ["It stands at two addresses, which are one article."])
        two = herald.publish("A tale of two addresses, again", ["It stands elsewhere, and will stand there."])
        stories["merged"] = two
        place.look()
        stories["edited"].edit("denied", "confirmed", note="An earlier version of this article said the opposite.")
        stories["edited"].move_paragraph(5, 2, silently=True)
        stories["arabic"].edit_silently("120 شخصا", "12 شخصا")
        stories["turkish"].edit_silently("120 kişinin", "12 kişinin")
        stories["rewritten"].rewrite(ARABIC)
        stories["moved"].move("/news/ferries-of-the-islands.html")
        one.merge(two)
        place.look()
        stories["edited"].edit_silently("120 people", "12 people")
        stories["gone"].withdraw(404, listed=True)
        place.look()
        place.look()
        herald.go_offline()
        place.look()
        herald.come_back()
        place.look()
        urls = {name: story.url for name, story in stories.items()} | {"alias": one.url}
        with place.reading() as connection:
            ids = {name: article_at(connection, url).id for name, url in urls.items()}
        _look_often(place, ids["often"])
        return Lives(homes.find(place.root, {}), ids, urls)


def _look_often(place: Place, article: int) -> None:
    """Write that an article was looked at every hour for days: rows as a pass would write them."""
    with place.writing() as connection:
        last = (
            connection.execute(
                select(fetches).where(fetches.c.article_id == article).order_by(fetches.c.id.desc()).limit(1)
            )
            .mappings()
            .one()
        )
        capture = (
            connection.execute(
                select(captures).where(captures.c.article_id == article).order_by(captures.c.id.desc()).limit(1)
            )
            .mappings()
            .one()
        )
        reading = (
            connection.execute(select(extractions).where(extractions.c.capture_id == capture["id"]))
            .mappings()
            .one()
        )
        for n in range(1, LOOKS + 1):
            at = last["began"] + timedelta(hours=n)
            plain = {k: v for k, v in last.items() if k != "id"} | {"began": at}
            fetch = connection.execute(insert(fetches).values(plain).returning(fetches.c.id)).scalar_one()
            plain = {k: v for k, v in capture.items() if k != "id"}
            plain |= {"fetch_id": fetch, "timestamp": at, "offset": capture["offset"] + 10**9 + n}
            kept = connection.execute(insert(captures).values(plain).returning(captures.c.id)).scalar_one()
            plain = {k: v for k, v in reading.items() if k != "id"} | {"capture_id": kept}
            connection.execute(insert(extractions).values(plain))
        held = {"last_seen": at, "last_checked": at, "captures": articles.c.captures + LOOKS}
        connection.execute(update(articles).where(articles.c.id == article).values(held))
