"""Stories of articles that go, or seem to: what an outlet does over days, and what must be told of it.

    told = play(TALES["410, then back"], folder)
    told.steps      # ("missing gone", "taken_down gone", "live")

What must come out is decided as a newsroom's lawyer and an editor who is tired of alerts would both sign it; where
they would not agree at once, `why` says what decided. In short: a removal is told once and a restoration once; of
what the whole outlet does, once that it began; of walls and sick servers before single articles, nothing. No page
that stands in an article's place is ever a version of it.
"""

from __future__ import annotations

from scheduler.newsroom.barriers import WHOLE_HOST
from scheduler.newsroom.story import BARRIERS
from tests.takedown_plays import Step, Tale, daily, days, each, merge, older_than, other, outlet, story

TALES: dict[str, Tale] = {}

OUTAGE = 1
"""Alerts of one outage: that it began. That it is over is in the lists."""

NEW = "/world/2026/02/26/old-bridge-closed-after-warnings-8"
"""Where an article moves to."""

SECTION = "/world/2026/02/25/engineers-warned-of-cracks-in-the-old-bridge-8"
"""The same in another section."""


# One article goes, and comes back ------------------------------------------------------------------

GONE = {
    "404": "not_found",
    "410": "gone",
    "451": "legal",
    "soft_404": "soft_404",
    "soft_404_related": "soft_404",
    "home": "redirected",
    "section": "redirected",
    "home_page": "redirected",
    "emptied": "retracted",
    "hollow": "emptied",
    "retracted": "retracted",
    "editors_note": "retracted",
}
"""How an article goes, and the reason that must be given."""

LIKE_UNKNOWN = {
    "404": "not_found",
    "soft_404": "soft_404",
    "soft_404_related": "soft_404",
    "home": "redirected",
    "home_page": "redirected",
}
"""What an outlet answers to addresses that never were; and the reason, where a removed article gets the same."""


def _taken_and_given_back(how: str | int, reason: str, *before: Step, **more: object) -> Tale:
    script = (*before, story("withdraw", how), days(2), story("restore"), days(1.5))
    return Tale(script=script, steps=(f"missing {reason}", f"taken_down {reason}", "live"), alerts=2, **more)


for _how, _reason in GONE.items():
    TALES[f"{_how}, then back"] = _taken_and_given_back(_how, _reason)

for _how, _reason in LIKE_UNKNOWN.items():
    TALES[f"as unknown addresses: {_how}"] = _taken_and_given_back("unknown", _reason, outlet("unknown", _how))

for _language in ("ar", "de", "es", "fr", "ku", "ru", "tr"):
    TALES[f"retracted at length, in {_language}"] = _taken_and_given_back(
        "editors_note", "retracted", language=_language
    )
    TALES[f"soft 404, in {_language}"] = _taken_and_given_back(
        "soft_404_related", "soft_404", outlet("unknown", "soft_404_related"), language=_language
    )

for _how in ("redirect", "canonical"):
    TALES[f"merged: {_how}"] = Tale(
        script=(merge(2, _how), days(3)),
        steps=("missing redirected", "taken_down redirected"),
        alerts=1,
        why="The news is told elsewhere, but these words, which somebody may have quoted, are there no more.",
    )


# Something stands before one article ---------------------------------------------------------------

_SILENT = {"maintenance": "unreachable"}

for _kind in BARRIERS:
    if _kind not in WHOLE_HOST:
        TALES[f"walled: {_kind}"] = Tale(
            script=(story("wall", _kind), days(2), story("unwall"), days(1.5)),
            steps=(_SILENT.get(_kind, "barred"), "live"),
        )

for _kind in ("server_error", "bad_gateway", "cut_body", "timeout", "reset", "redirect_loop"):
    TALES[f"fails: {_kind}"] = Tale(
        script=(story("break_with", _kind), days(2), story("mend"), days(1.5)), steps=("unreachable", "live")
    )

TALES["one page forbidden by robots.txt"] = Tale(
    script=(outlet("robots", "User-agent: *\nDisallow: /politics/"), days(4), outlet("robots", ""), days(3)),
    steps=("unreachable", "live"),
    why="We do not look where we are asked not to, and say that we do not see.",
)


# The whole outlet ----------------------------------------------------------------------------------

for _how in ("404", "410", "451", "soft_404", "soft_404_related", "home", "home_page", "emptied", "editors_note"):
    TALES[f"everywhere for a day: {_how}"] = Tale(
        script=(outlet("withdraw", _how), days(1), outlet("restore"), days(1.5)),
        steps=None,
        ends="live",
        alerts=OUTAGE,
    )

for _kind in BARRIERS:
    _waits = _kind in ("rate_limit", "maintenance")
    TALES[f"everywhere for a day: {_kind}"] = Tale(
        script=(outlet("wall", _kind), days(1), outlet("unwall"), days(1.5)),
        steps=None,
        ends="live",
        alerts=0 if _waits else OUTAGE,
        why="With Retry-After one article a pass is asked for: too few to tell of an outage." if _waits else "",
    )

for _kind in ("server_error", "cut_body", "reset"):
    TALES[f"everywhere for a day: {_kind}"] = Tale(
        script=(outlet("break_with", _kind), days(1), outlet("mend"), days(1.5)),
        steps=None,
        ends="live",
        alerts=OUTAGE,
    )

for _kind in ("nxdomain", "servfail", "silence"):
    TALES[f"the name leads nowhere for two days: {_kind}"] = Tale(
        script=(outlet("lose_name", _kind), days(2), outlet("find_name"), days(2)),
        steps=None,
        ends="live",
        alerts=OUTAGE,
    )

TALES["an expired certificate for two days"] = Tale(
    script=(outlet("break_certificate", "expired"), days(2), outlet("mend_certificate"), days(2)),
    steps=None,
    ends="live",
    alerts=OUTAGE,
    https=True,
)
TALES["404 for everything, front pages too, for a day"] = Tale(
    script=(outlet("withdraw", 404, fronts=True), days(1), outlet("restore"), days(2)),
    steps=None,
    ends="live",
    alerts=OUTAGE,
)
TALES["404 for everything for half an hour"] = Tale(
    script=(outlet("withdraw", 404), days(1 / 48, every=1 / 4), outlet("restore"), days(1)),
    steps=None,
    ends="live",
    why="A server that restarts; whoever is told of each stops reading.",
)
TALES["a bot wall for a week"] = Tale(
    script=(outlet("wall", "bot"), days(7), outlet("unwall"), days(2)), steps=("barred", "live"), alerts=OUTAGE
)
TALES["a court's block page for five days"] = Tale(
    script=(outlet("wall", "court_block"), days(5), outlet("unwall"), days(2)),
    steps=("barred", "live"),
    alerts=OUTAGE,
)
TALES["robots.txt forbids everything for four days"] = Tale(
    script=(outlet("robots", "User-agent: *\nDisallow: /"), days(4), outlet("robots", ""), days(3)),
    steps=("unreachable", "live"),
    alerts=OUTAGE,
)
TALES["a paywall for all articles, for good"] = Tale(
    script=(outlet("wall", "paywall"), days(5)),
    steps=("barred",),
    alerts=1,
)
TALES["the domain lapses and is parked"] = Tale(
    script=(outlet("wall", "parked"), days(17, every=8)),
    steps=("barred", "unreachable outlet_offline"),
    alerts=2,
    why="What is sold there is not the outlet's; nothing was taken down, all of it is lost to readers: offline.",
)
TALES["offline for sixteen days, then back"] = Tale(
    script=(outlet("go_offline"), days(16, every=8), outlet("come_back"), days(3)),
    steps=("unreachable", "unreachable outlet_offline", "live"),
    alerts=3,
    why="Whoever was told that the outlet is offline wants to know that it is back.",
)


# Outages and removals together ---------------------------------------------------------------------

TALES["removed during an outage"] = Tale(
    script=(outlet("go_offline"), days(1), story("withdraw", 404), outlet("come_back"), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=OUTAGE + 1,
)
TALES["removed, and then an outage"] = Tale(
    script=(story("withdraw", 404), days(0.5), outlet("go_offline"), days(1), outlet("come_back"), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=OUTAGE + 1,
)
TALES["removed during a day of 404s for everything"] = Tale(
    script=(outlet("withdraw", 404), story("withdraw", 404), days(1), outlet("restore"), days(4)),
    steps=None,
    ends="taken_down",
    alerts=OUTAGE + 1,
)
TALES["removed, and then a bot wall for two days"] = Tale(
    script=(story("withdraw", 404), days(0.5), outlet("wall", "bot"), days(2), outlet("unwall"), days(3)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=OUTAGE + 1,
)
TALES["taken down, and then the domain is parked"] = Tale(
    script=(story("withdraw", 404), days(3), outlet("wall", "parked"), days(3)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=2,
    why="That it was removed while the outlet lived stays true when the outlet is dead.",
)
TALES["half of the outlet dies slowly, then it is offline"] = Tale(
    script=(daily(5, "withdraw", 404), days(3), outlet("go_offline"), days(17, every=8)),
    steps=("unreachable", "unreachable outlet_offline"),
    others=("taken_down not_found",) * 5,
    alerts=7,
)
TALES["all articles go one by one"] = Tale(
    script=(daily(8, "withdraw", 404), days(12, every=8)),
    steps=("missing not_found", "taken_down not_found"),
    others=("taken_down not_found",) * 7,
    alerts=8,
    unwatched=20,
    why="Each went while others, at last the front page, were there: these are removals, however many.",
)
TALES["all old articles lead home at once"] = Tale(
    script=(older_than(10, "withdraw", "home"), days(9)),
    steps=("missing redirected", "taken_down redirected"),
    others=("taken_down redirected",) * 5,
    alerts=1,
    age=13,
    ages=(1, 1, 2, 2, 3, 12, 15, 20, 25, 28),
    why="The new ones are looked at more often, and are there: a removal of many from the first word on.",
)
TALES["seven of eight articles lead home at once"] = Tale(
    script=(older_than(1.5, "withdraw", "home"), days(14)),
    steps=("missing redirected", "taken_down redirected"),
    others=("taken_down redirected",) * 6,
    alerts=2,
    why="At first it is as an outage is, and told as one; that the rest stays away is told as what it is.",
)
TALES["all addresses change, and the old ones redirect"] = Tale(
    script=(each("move_below", "/en"), days(11)),
    steps=("moved",),
    others=("moved",) * 7,
    alerts=1,
    why="One relaunch of the site, and not eight moves.",
)
TALES["another template, and one article removed with it"] = Tale(
    script=(outlet("redesign"), story("withdraw", 404), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=2,
    why="One notice of the redesign, one of the removal.",
)
TALES["half of the outlet leads to script shells for good"] = Tale(
    script=(older_than(4, "wall", "script_shell"), days(6)),
    steps=("barred",),
    why="Four articles of eight; whoever looks for them finds them among the barred.",
)


# Lives ---------------------------------------------------------------------------------------------

TALES["404 for an hour"] = Tale(
    script=(days(0.5), story("withdraw", 404), days(0.5), story("restore"), days(2)),
    steps=("missing not_found", "live"),
)
TALES["every second answer is a 404"] = Tale(
    script=(story("flap", 404, every=2), days(6), story("settle"), days(1)), steps=None, ends="live"
)
TALES["every third answer is a 404"] = Tale(
    script=(story("flap", 404, every=3), days(6), story("settle"), days(1)), steps=None, ends="live"
)
TALES["every second answer is a soft 404"] = Tale(
    script=(story("flap", "soft_404_related"), days(6), story("settle"), days(1)), steps=None, ends="live"
)
TALES["every second answer is a challenge"] = Tale(
    script=(story("flap", "bot"), days(6), story("settle"), days(1)), steps=(), why="It was seen in between."
)
TALES["a removed article flaps no more"] = Tale(
    script=(story("flap", 404), days(3), story("settle"), story("withdraw", 404), days(9)),
    steps=None,
    ends="taken_down",
    alerts=1,
)
TALES["moved"] = Tale(script=(story("move", NEW), days(3)), steps=("moved",), alerts=1)
TALES["at two addresses, the new one canonical"] = Tale(
    script=(story("unlist"), story("move", SECTION, "canonical"), days(3)), steps=("moved",), alerts=1
)
TALES["at two addresses, both found in the feed"] = Tale(
    script=(story("move", NEW, "canonical"), days(3)),
    steps=(),
    why="The feed led to the new address first. The words are at both, and nothing is lost to anybody.",
)
TALES["moved, then removed"] = Tale(
    script=(story("move", NEW), days(2), story("withdraw", 404), days(3)),
    steps=("moved", "missing not_found", "taken_down not_found"),
    alerts=2,
)
TALES["removed, then back at another address"] = Tale(
    script=(
        story("withdraw", 404),
        days(3),
        story("restore"),
        story("move", NEW),
        days(2),
    ),
    steps=("missing not_found", "taken_down not_found", "moved"),
    alerts=2,
)
TALES["removed, then restored with other words"] = Tale(
    script=(
        story("withdraw", 410),
        days(3),
        story("restore"),
        story("edit_silently", "4,000", "400"),
        days(2),
    ),
    steps=("missing gone", "taken_down gone", "live"),
    alerts=2,
    versions=2,
    changes=1,
)
TALES["a paywall, and removed behind it"] = Tale(
    script=(story("wall", "paywall"), days(2), story("unwall"), story("withdraw", 404), days(3)),
    steps=("barred", "missing not_found", "taken_down not_found"),
    alerts=1,
)
TALES["removed, with a challenge at every second look"] = Tale(
    script=(story("withdraw", 404), story("flap", "bot"), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=1,
)
TALES["first a soft 404, then a 410"] = Tale(
    script=(
        outlet("unknown", "soft_404_related"),
        story("withdraw", "soft_404_related"),
        days(0.5),
        story("withdraw", 410),
        days(3),
    ),
    steps=("missing soft_404", "taken_down gone"),
    alerts=1,
    why="The latest answer names the reason: it is what a reader meets.",
)
TALES["the whole story, with status 404"] = Tale(
    script=(story("send_with", 404), days(3)),
    steps=(),
    why="Whoever opens the address reads the whole story. The status is a fault of the server.",
)
TALES["out of the feed, and still there"] = Tale(script=(story("unlist"), days(3)), steps=())
TALES["noindex, and still there"] = Tale(script=(story("noindex"), days(3)), steps=())
TALES["an old article leaves the feed and is gone"] = Tale(
    script=(days(1), story("withdraw", 404), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=1,
    age=60,
    ages=(1, 2, 3, 4, 6, 75, 89),
    why="Found within four days, though such an article is looked at every ten: it left the midst of the feed.",
)
TALES["rewritten under the same headline"] = Tale(
    script=(
        story(
            "rewrite",
            [
                "The city council has closed the old bridge for good, it said, and will build a new one.",
                "Engineers had warned of cracks. The new bridge is to cost 40 million and open in four years.",
                "Shopkeepers at the harbour fear that their customers will not come back after so long.",
            ],
        ),
        days(2),
    ),
    steps=(),
    versions=2,
    changes=1,
)
TALES["a single address and nothing else known of its site"] = Tale(
    script=(story("withdraw", 404), days(3)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=1,
    ages=(),
    unwatched=20,
)
TALES["a single address on a site where all is 404"] = Tale(
    script=(outlet("withdraw", 404, fronts=True), days(4)),
    steps=("missing not_found",),
    ages=(),
    unwatched=20,
    why="Its front page is not there either: nothing tells a removal from a broken server.",
)
TALES["one of two articles is removed"] = Tale(
    script=(story("withdraw", 404), days(3)),
    steps=("missing not_found", "taken_down not_found"),
    alerts=1,
    ages=(30,),
    unwatched=20,
)
TALES["both of two articles are removed"] = Tale(
    script=(story("withdraw", 404), other(0, "withdraw", 404), days(4)),
    steps=("missing not_found", "taken_down not_found"),
    others=("taken_down not_found",),
    alerts=2,
    ages=(4,),
    unwatched=20,
)
TALES["three of ten articles are removed on three days"] = Tale(
    script=(
        other(1, "withdraw", 410),
        days(1),
        other(2, "withdraw", 404),
        days(1),
        story("withdraw", 404),
        days(4),
    ),
    steps=("missing not_found", "taken_down not_found"),
    others=("taken_down gone", "taken_down not_found"),
    alerts=3,
)
