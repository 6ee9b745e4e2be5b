"""A first paragraph → its dateline: where a report comes from, and by which agency.

`LONDON (Reuters) -`, `BERLIN, 3. März (dpa) –`, `ISTANBUL —`, `Paris (AFP) -`, `МОСКВА, 3 мар — РИА Новости.`,
`بغداد (رويترز) -`. It refuses to know which places there are: capitals, a bracket with an agency, or a date
before a dash must show that it is one.
"""

from __future__ import annotations

import regex

_DASH = r"\s*+(?:[-‐-―−]{1,2}|:)\s++"
_PLACE = r"\p{L}[\p{L}\p{M}.'’-]*+(?:[ /]\p{L}[\p{L}\p{M}.'’-]*+){0,3}"
_SHOUTED = r"\p{Lu}[\p{Lu}\p{M}.'’-]++(?:[ /-]\p{Lu}[\p{Lu}\p{M}.'’-]*+){0,3}"
_DATE = r",\s*+(?:\p{Lu}[\p{L}.]*+\s?,?\s*+)?(?:\d{1,2}[.]?\s*+\p{L}++[.]?|\p{L}++[.]?\s*+\d{1,2})(?:,?\s*+\d{4})?"
_REGION = r"(?:,\s*+\p{Lu}[\p{L}.]*+(?:\s\p{Lu}\p{L}*+)?)?"
_AGENCY = r"\s*+[(\[][\p{L}\p{N} ./&'’-]{2,30}[)\]]"
_KNOWN = "dpa|AFP|AP|Reuters|epd|KNA|SID|dapd|ots|AA|DHA|ANKA|EFE|ANSA|ANF|APA|Xinhua"  # may stand without a dash
_DATELINE = regex.compile(
    rf"""(?:{_SHOUTED}{_REGION}(?:{_DATE})?(?:{_AGENCY})?{_DASH}
        | {_PLACE}{_REGION}(?:{_DATE})?(?:{_AGENCY}{_DASH}|\s\((?:{_KNOWN})[^)\n]{{0,20}}\)\s++)
        | {_PLACE}{_DATE}{_DASH})
        (?:(?:РИА\ Новости|ТАСС|Интерфакс|/[\p{{L}} ]++/)[.,]?\s*+[-‐-―]?\s*+)?""",
    regex.VERSION1 | regex.VERBOSE,
)


def dateline(paragraph: str) -> str:
    """The dateline that a paragraph begins with, its dash and white space included; empty where none does."""
    found = _DATELINE.match(paragraph)
    return found[0] if found else ""
