"""Pictures of real alerts, as a mail program shows them: python -m tests.letter_pictures FOLDER.

An outlet on loopback publishes, edits in silence and takes down; a real crawl finds it; the messages go through a
real mail server; both parts of what arrived are drawn by Chromium: in light and in dark, wide and narrow.
The pictures are for people to look at.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, timedelta
from email.message import EmailMessage
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

from archive.alert_settings import ChannelSettings
from archive.channels import Message, Secrets, send
from archive.channels.rendering import Pair, Rendered, render
from archive.db import events
from archive.domain.rules import Event, Pace, What
from archive.domain.steps import compared
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.receivers import Mail

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BASE = "https://archive.example.org"
TEXT = "<!doctype html><meta charset=utf-8><pre style='font:14px monospace'>"
ZONE = ZoneInfo("Europe/Vienna")

POLICE = "The interior minister denied on Tuesday that the border police had used live rounds at the crossing."
HOSPITAL = "At least 12 people were hurt, the hospital in the town said. The ministry gave no figure of its own."
WORDS = [
    f"{POLICE} He spoke after a meeting of the cabinet.",
    f"Witnesses had told this paper that shots were fired at two in the morning. {HOSPITAL}",
    "The opposition asks for an inquiry. Nobody would believe the minister before the films were shown.",
    "Parliament meets again on Thursday.",
]
ARABIC = [
    "نفى وزير الداخلية يوم الثلاثاء أن تكون شرطة الحدود قد أطلقت الرصاص الحي عند المعبر الأسبوع الماضي.",
    "وقال شهود إن إطلاق النار بدأ في الساعة الثانية صباحا، وأصيب 12 شخصا على الأقل بحسب مستشفى المدينة.",
]


def letters() -> dict[str, Rendered]:
    """Real edits, a takedown, and a digest of all of it."""
    with tempfile.TemporaryDirectory() as folder, Newsroom(start=START) as room:
        place = Place(Path(folder) / "home", room, confirmations=2, span="1s")
        herald = room.outlet("herald.example", title="The Herald")
        anha = room.outlet("anha.example", title="ANHA", language="ar")
        place.watch(herald)
        place.watch(anha)
        report = herald.publish("Minister denies report on shots at the border", WORDS)
        ferry = herald.publish(
            "Ferry runs again", ["The ferry to the island runs again from Monday on.", *WORDS[2:]]
        )
        arabic = anha.publish("وزير الداخلية ينفي التقرير", ARABIC)
        for n in range(24):
            herald.publish(f"Council votes on road {n}", [f"The council votes on road {n} today.", WORDS[3]])
        place.look()
        report.edit_silently("denied", "confirmed")
        place.look()
        report.edit_silently("At least 12 people", "At least 21 people")
        report.retitle("Minister confirms report on shots at the border", silently=True)
        report.edit_silently(" He spoke after a meeting of the cabinet.", "")
        arabic.edit_silently("نفى", "أكد")
        arabic.edit_silently("12", "21")
        room.clock.advance(hours=2)
        ferry.edit("Monday", "Friday")
        place.look()
        ferry.withdraw(410)
        place.look(hours=2)
        place.look(hours=2)
        return made(*told(place))


def told(place: Place) -> tuple[list[Event], dict[str, Pair]]:
    """All that was found, as alerts tell it."""
    found, pairs = [], {}
    with place.reading() as connection:
        for event in events.history(connection, START - timedelta(days=1)):
            found.append(event)
            if (pair := events.wordings(connection, event)) is not None:
                pairs[event.subject] = compared(pair[0].extraction, pair[1].extraction)
    return found, pairs


def made(found: list[Event], pairs: dict[str, Pair]) -> dict[str, Rendered]:
    """The messages to be drawn."""
    means = {"rule": "denials", "base_url": BASE, "timezone": ZONE, "diffs": pairs}
    changes = [event for event in found if event.what is What.CHANGE]
    chosen = {
        "edit": next(event for event in changes if "ferry" in event.url),
        "edits": next(event for event in changes if "headline" in event.kinds),
        "arabic": next(event for event in changes if event.outlet == "anha"),
        "takedown": next(event for event in found if event.what is What.STANDING),
    }
    watch = Event(
        what=What.WATCH,
        id=0,
        at=START.astimezone(UTC) + timedelta(hours=5),
        text="Nothing good was fetched of any outlet for 3 h, since 2026-11-22 09:12 UTC; look at: stet status",
    )
    made = {name: render([event], **means) for name, event in chosen.items()}
    made["watch"] = render([watch], **means)
    made["digest"] = render([*found, watch], pace=Pace.DAILY, **means)
    return made


def arrived(letters: dict[str, Rendered]) -> dict[str, EmailMessage]:
    """What a mail server has of them."""
    with Mail(None) as mail:
        desk = ChannelSettings(
            kind="email", to=("desk@example.org",), sender="stet@example.org", server=mail.server, tls="none"
        )
        for name, letter in letters.items():
            message = Message(
                key=name,
                rule="denials",
                channel="desk",
                at=START,
                subject=letter.subject,
                text=letter.text,
                html=letter.html,
                document=letter.document,
            )
            send(desk, message, secrets=Secrets(Path.cwd(), {}), resolve=lambda host, port: (host, port))
    return dict(zip(letters, mail.taken, strict=True))


def draw(html: str, to: Path, *, width: int, dark: bool, height: int = 1400) -> None:
    """A picture of a page."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(html, encoding="utf-8")
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder}/profile"]
        command += ["--no-proxy-server", "--hide-scrollbars", f"--window-size={width},{height}"]
        command += ["--blink-settings=preferredColorScheme=0"] if dark else []
        subprocess.run(
            [*command, f"--screenshot={to}", page.as_uri()], check=True, capture_output=True, timeout=120
        )


def main() -> None:
    """Draw them all."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, letter in arrived(letters()).items():
        text, html = (part.get_content() for part in letter.iter_parts())
        print(f"{name}: {letter['Subject']}  ({len(html):,} characters of HTML, {len(text):,} of text)")
        draw(html, folder / f"{name}.png", width=760, dark=False)
        draw(html, folder / f"{name}-dark.png", width=760, dark=True)
        draw(f"{TEXT}{escape(text)}", folder / f"{name}-text.png", width=760, dark=False)
        (folder / f"{name}.html").write_text(html, encoding="utf-8")
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    draw((folder / "edits.html").read_text(encoding="utf-8"), folder / "edits-narrow.png", width=500, dark=False)


if __name__ == "__main__":
    main()
