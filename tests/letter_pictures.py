"""Pictures of real alerts, as a mail program shows them: python -m tests.letter_pictures FOLDER.

An outlet on loopback publishes, edits in silence and takes down; a real crawl finds it; the messages go through a
real mail server; both parts of what arrived are drawn by Chromium, in light and in dark, wide and as on a telephone.
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
from archive.db import findings
from archive.domain.rules import Event, Pace, What
from archive.domain.steps import compared
from tests.homes import START, Place
from tests.newsroom import Newsroom
from tests.receivers import Mail

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BASE = "https://archive.example.org"
TEXT = "<!doctype html><meta charset=utf-8><meta name=color-scheme content='light dark'><pre style='font:14px monospace'>"
ZONE = ZoneInfo("Europe/Vienna")

WORDS = [
    ("The interior minister denied on Tuesday that the border police had used live rounds at the crossing last week,"
    " and called the report by three newspapers an invention. He spoke after a meeting of the cabinet."),
    ("Witnesses had told this paper that shots were fired at about two in the morning. At least 12 people were hurt,"
    " the hospital in the town said. The ministry gave no figure of its own and asked for patience."),
    ("The opposition asks for an inquiry. Its leader said that nobody would believe the minister until the films of"
    " the cameras at the crossing were shown. The ministry says that the cameras were being repaired that night."),
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
        ferry.edit("Monday", "Friday")
        place.look()
        ferry.withdraw(410)
        place.look(hours=2)
        place.look(hours=2)
        events, pairs = told(place)
    return made(events, pairs)


def told(place: Place) -> tuple[list[Event], dict[str, Pair]]:
    """All that was found, as alerts tell it."""
    events, pairs = [], {}
    with place.reading() as connection:
        for change in findings.changes_listed(connection):
            before, after = (findings.version(connection, n) for n in (change.from_version, change.to_version))
            event = Event(
                what=What.CHANGE,
                id=change.id,
                at=change.detected_at,
                text=change.summary,
                url=change.url,
                outlet=change.outlet,
                title=change.title,
                kinds=change.kinds,
                weight=change.weight,
                stealth=change.stealth,
                from_at=change.from_at,
                to_at=change.to_at,
            )
            events.append(event)
            pairs[event.subject] = compared(before.extraction, after.extraction)
        for step in findings.standings_listed(connection):
            if step.after == "taken_down":
                events.append(
                    Event(
                        what=What.STANDING,
                        id=step.id,
                        at=step.at,
                        text=step.why,
                        url=step.url,
                        outlet=step.outlet,
                        title=step.title,
                        standing=step.after,
                        reason=step.reason,
                        before=step.before,
                    )
                )
    return events, pairs


def made(events: list[Event], pairs: dict[str, Pair]) -> dict[str, Rendered]:
    """The messages to be drawn."""
    means = {"rule": "denials", "base_url": BASE, "timezone": ZONE, "diffs": pairs}
    changes = [event for event in events if event.what is What.CHANGE]
    found = {
        "edit": next(event for event in changes if "confirmed" in event.text or event.weight < 0.6),
        "edits": next(event for event in changes if "confirms" in event.title),
        "arabic": next(event for event in changes if event.outlet == "anha"),
        "takedown": next(event for event in events if event.what is What.STANDING),
    }
    watch = Event(
        what=What.WATCH,
        id=0,
        at=START.astimezone(UTC) + timedelta(hours=5),
        text="Nothing good was fetched of any outlet for 3 h, since 2026-11-22 09:12 UTC; look at: stet status",
    )
    made = {name: render([event], **means) for name, event in found.items()}
    made["watch"] = render([watch], **means)
    made["digest"] = render([*events, watch], pace=Pace.DAILY, **means)
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
