"""What values of the archive are called on pages. Each is translated like all words of a template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from archive.domain.kinds import Kind
from archive.domain.model import Reason, Standing
from archive.domain.redesigns import KIND as REDESIGN


def _(message: str) -> str:
    """Marks a text for the catalogues; it is translated where it is shown."""
    return message


LEFT_OUT: Final = _("not kept")
"""Of a captured page, what is no part of it here."""
PICTURE: Final = _("picture")

TOO_OLD: Final = _("The form was too old. Please try again.")
TOO_OFTEN: Final = _("Signing in failed too often. Please wait for a quarter of an hour.")
NO_MATCH: Final = _("Name and password do not belong together.")

KINDS: Final[Mapping[str, str]] = {
    Kind.HEADLINE: _("headline"),
    Kind.STANDFIRST: _("standfirst"),
    Kind.NUMBERS: _("numbers"),
    Kind.NAMES: _("names"),
    Kind.QUOTATION: _("quotation"),
    Kind.QUOTATION_REMOVED: _("quotation removed"),
    Kind.NEGATION: _("negation"),
    Kind.MODALITY: _("certainty"),
    Kind.ATTRIBUTION: _("attribution"),
    Kind.PARAGRAPH_ADDED: _("paragraph added"),
    Kind.PARAGRAPH_REMOVED: _("paragraph removed"),
    Kind.PARAGRAPH_MOVED: _("paragraph moved"),
    Kind.BODY: _("wording"),
    Kind.LINK: _("link"),
    Kind.IMAGE: _("image"),
    Kind.CAPTION: _("caption"),
    Kind.BYLINE: _("byline"),
    Kind.DATELINE: _("dateline"),
    Kind.CORRECTION: _("correction"),
    Kind.LIVE_APPEND: _("live blog went on"),
    Kind.TYPO: _("typing error"),
    Kind.PUNCTUATION: _("punctuation"),
    Kind.DATE: _("date"),
    Kind.REVERT: _("back to an earlier wording"),
    Kind.VARIANTS: _("two wordings in turn"),
    REDESIGN: _("redesign"),
}
"""Kinds of changes, and of what is said once of many articles."""

NOTICES: Final[Mapping[str, str]] = {
    "outage": _("outage"),
    "outlet_offline": _("outlet offline"),
    "outlet_back": _("outlet back"),
    "mass_removal": _("many articles removed at once"),
    "watch": _("Stet itself"),
}

STANDINGS: Final[Mapping[str, str]] = {
    Standing.LIVE: _("still there"),
    Standing.MISSING: _("missing, not confirmed"),
    Standing.TAKEN_DOWN: _("taken down"),
    Standing.MOVED: _("moved"),
    Standing.UNREACHABLE: _("unreachable"),
    Standing.BARRED: _("barred"),
    "restored": _("put back"),
}

REASONS: Final[Mapping[str, str]] = {
    Reason.NOT_FOUND: _("not found"),
    Reason.GONE: _("gone, says the server"),
    Reason.LEGAL: _("withheld for legal reasons"),
    Reason.SOFT_404: _("a page says that it is not there"),
    Reason.REDIRECTED: _("its address leads elsewhere"),
    Reason.EMPTIED: _("the page is there without its story"),
    Reason.RETRACTED: _("a notice stands in its place"),
    Reason.OUTLET_OFFLINE: _("the whole outlet is offline"),
    Reason.GEO_BLOCKED: _("gone here, there from elsewhere"),
}

SEEDS: Final[Mapping[str, str]] = {"feed": _("feed"), "sitemap": _("sitemap"), "section": _("section")}

PRESENCES: Final[Mapping[str, str]] = {"barrier": _("a barrier"), "unreachable": _("no answer")}

STATES: Final[Mapping[str, str]] = {
    "waiting": _("waiting"),
    "snoozed": _("snoozed"),
    "sent": _("sent"),
    "dead": _("reached nobody"),
    "acknowledged": _("acknowledged"),
}
"""What became of alerts."""

PACES: Final[Mapping[str, str]] = {
    "at_once": _("at once"),
    "hourly": _("hourly"),
    "daily": _("daily"),
    "weekly": _("weekly"),
}

RIGHTS: Final[Mapping[str, str]] = {"READ": _("reader"), "EDIT": _("editor"), "ADMIN": _("administrator")}

WORDS: Final[Mapping[str, str]] = {
    str(name): word
    for some in (KINDS, NOTICES, STANDINGS, REASONS, SEEDS, PRESENCES, STATES, PACES, RIGHTS)
    for name, word in some.items()
}
"""All of them: no two values go by one name and have different words."""

REFUSED: Final[Mapping[int, str]] = {
    400: _("Something that was asked for or filled in cannot be taken as it stands."),
    401: _("You are not signed in, or not any more. Sign in, go back, and send it again."),
    403: _("You may not do this here, or not from the page that you did it from."),
    404: _("What this is about is not there, or is there no more."),
    408: _("It took too long to arrive."),
    409: _("It cannot be done just now, or somebody else was faster."),
    413: _("That is too much at once."),
    415: _("It was not sent by a form of these pages."),
    502: _("The message did not arrive."),
    503: _("The archive cannot do this just now. Please try again later."),
}
"""Why something was refused, before the line that says it in detail, by the status of the answer."""

FIELDS: Final[Mapping[str, str]] = {
    "text": _("What it is to say"),
    "tag": _("Tag"),
    "name": _("Name of the rule"),
    "url": _("Addresses, one a line"),
    "removed": _("Words removed, a phrase a line"),
    "added": _("Words added, a phrase a line"),
    "min_weight": _("Least weight"),
    "quiet": _("Quiet hours"),
}
"""What people type into forms."""

DONE: Final[Mapping[str, str]] = {
    "tagged": _("The tag is set."),
    "untagged": _("The tag is taken off."),
    "noted": _("The note is kept."),
    "edited": _("The note is kept as you changed it."),
    "removed": _("The note is removed."),
    "acknowledged": _("Acknowledged."),
    "retried": _("What reached nobody is tried again."),
    "snoozed": _("Snoozed: nobody is told of it for a while."),
    "woken": _("It is told of again."),
    "ruled": _("The rule is kept."),
    "unruled": _("The rule is removed."),
    "paused": _("The outlet is paused: nothing of it is fetched."),
    "resumed": _("The outlet is visited again."),
    "watched": _("It is watched from now on."),
    "pulled": _("It is looked at next."),
    "sent": _("The test message is sent."),
}
"""What was done, as the address says to which a form leads back."""
