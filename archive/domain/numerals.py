"""The words of a sentence → the numbers, sums and dates in it, each with its value.

It knows figures in any script, however they are grouped, and cardinal number words from two up in the
languages of `lexicons`; that "12", "twelve" and "١٢" are one number, and that "1.000" and "1,000" may be.
It refuses to know ordinals in words, Roman figures, and what is counted.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from archive.domain.lexicons import CAPITAL_DATES, DATES, bare

_UNITS = {
    "en": "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen",
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn "
    "achtzehn neunzehn",
    "tr": "iki üç dört beş altı yedi sekiz dokuz on",
    "ku": "du sê çar pênc şeş heft heşt neh deh yanzdeh donzdeh sêzdeh çardeh panzdeh şanzdeh hivdeh hijdeh "
    "nozdeh",
    "fr": "deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize",
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete "
    "dieciocho diecinueve",
    "ru": "два/две/двух/двоих/двое три/трех/трое/троих четыре/четырех пять/пяти шесть/шести семь/семи "
    "восемь/восьми девять/девяти десять/десяти одиннадцать двенадцать тринадцать четырнадцать пятнадцать "
    "шестнадцать семнадцать восемнадцать девятнадцать",
    "ar": "اثنان/اثنين/اثنتين ثلاثة/ثلاث اربعة/اربع خمسة/خمس ستة/ست سبعة/سبع ثمانية/ثماني تسعة/تسع عشرة/عشر",
    "ckb": "دوو سێ چوار پێنج شەش حەوت هەشت نۆ دە یانزە دوانزە سیانزە چواردە پانزە شانزە حەڤدە هەژدە نۆزدە",
    "fa": "دو سه چهار پنج شش هفت هشت نه ده",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "tr": "yirmi otuz kırk elli altmış yetmiş seksen doksan",
    "ku": "bîst sî çil pêncî şêst heftê heştê nod",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "ru": "двадцать/двадцати тридцать/тридцати сорок/сорока пятьдесят/пятидесяти шестьдесят семьдесят "
    "восемьдесят девяносто",
    "ar": "عشرين/عشرون ثلاثين/ثلاثون اربعين/اربعون خمسين/خمسون ستين/ستون سبعين/سبعون ثمانين/ثمانون تسعين/تسعون",
    "ckb": "بیست سی چل پەنجا شەست حەفتا هەشتا نەوەد",
}
_SCALES = {
    "en": {
        100: "hundred/hundreds",
        1000: "thousand/thousands",
        10**6: "million/m",
        10**9: "billion/bn",
        12: "dozen",
    },
    "de": {
        100: "hundert",
        1000: "tausend",
        10**6: "million/millionen/mio",
        10**9: "milliarde/milliarden/mrd",
        10**12: "billionen",
        12: "dutzend",
    },
    "tr": {100: "yüz", 1000: "bin", 10**6: "milyon", 10**9: "milyar", 10**12: "trilyon", 12: "düzine"},
    "ku": {100: "sed", 1000: "hezar", 10**6: "milyon", 10**9: "milyar"},
    "fr": {100: "cent/cents", 1000: "mille", 10**6: "million/millions", 10**9: "milliard/milliards"},
    "es": {100: "cien/ciento/cientos", 1000: "mil/miles", 10**6: "millón/millones"},
    "ru": {
        100: "сто/сотни",
        1000: "тысяча/тысячи/тысяч/тыс",
        10**6: "миллион/миллиона/миллионов/млн",
        10**9: "миллиард/миллиарда/миллиардов/млрд",
    },
    "ar": {100: "مئة/مائة", 200: "مئتين/مئتان", 1000: "الف/الاف", 10**6: "مليون/ملايين", 10**9: "مليار/مليارات"},
    "ckb": {100: "سەد", 1000: "هەزار", 10**6: "ملیۆن", 10**9: "ملیار"},
    "fa": {100: "صد", 1000: "هزار", 10**6: "میلیون", 10**9: "میلیارد"},
}
# The article or the number: a number only where another number takes its place.
_ONES = "one a an ein eine einer einem einen eins bir yek un une uno una один одна одного واحد واحدة یەک"
_ONE = frozenset(map(bare, _ONES.split()))
_MONEYS = """
    dollar dollars euro euros pound pounds franken avro dolar lira liralık dólares
    доллар доллара долларов евро рубль рубля рублей دولار دولارات يورو دينار ليرة دۆلار دینار"""
_MONEY = frozenset(map(bare, _MONEYS.split()))
# Not 一, which is everywhere. Tens and thousands stand for themselves: 三十五 is three numbers.
_HAN = dict(
    zip(
        "两兩二三四五六七八九十百千万萬亿億",
        (2, 2, *range(2, 11), 100, 1000, 10**4, 10**4, 10**8, 10**8),
        strict=True,
    )
)
_GROUPED = regex.compile(r"\p{Nd}{1,3}(?:[.,'’٬]\p{Nd}{3})+")
_SIGN = regex.compile(r"[\p{Sc}%‰]")


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number, sign of money or date as it stands in a sentence."""

    value: str  #: the same for the same number, however it is written
    text: str
    span: range  #: its words
    sort: str  #: `number`, `date`, `sign` (of money or per cent)


def numerals(words: Sequence[str], codes: tuple[str, ...]) -> list[Numeral]:
    """The numbers among a sentence's words, in order; `12 million` is one, `twenty-two` too."""
    found, at = list[Numeral](), 0
    while at < len(words):
        value, end = _number(words, at, codes)
        if value is not None:
            found.append(Numeral(value, _text(words[at:end]), range(at, end), "number"))
        elif is_date(words[at]):
            found.append(Numeral(bare(words[at]), words[at], range(at, at + 1), "date"))
        elif _SIGN.search(words[at]) or bare(words[at]) in _MONEY:
            found.append(Numeral(bare(words[at]), words[at], range(at, at + 1), "sign"))
        at = max(end, at + 1)
    return found


def is_one(word: str) -> bool:
    """Whether the word may be the number one, and mostly is not."""
    return bare(word) in _ONE


def is_date(word: str) -> bool:
    """Whether the word names a month or a day of the week."""
    plain = bare(word)
    return plain in DATES or (plain in CAPITAL_DATES and word[:1].isupper())


def _number(words: Sequence[str], at: int, codes: tuple[str, ...]) -> tuple[str | None, int]:
    """The value of the number that begins at a word, and where it ends."""
    if regex.search(r"\p{N}", words[at]):
        value, end = _figure(words[at]), at + 1
        while (
            end < len(words) and regex.fullmatch(r"\d{1,3}", words[at]) and regex.fullmatch(r"\d{3}", words[end])
        ):
            value, end = str(value) + words[end], end + 1
    else:
        named, end = _named(words, at, codes), at + 1
        if named is None:
            return None, at
        value = named
        if end + 1 < len(words) and words[end] == "-" and _below_ten(words[end + 1], codes):
            value, end = str(int(value) + _below_ten(words[end + 1], codes)), end + 2
    while end < len(words) and (scale := _table("scales", codes).get(bare(words[end]))):
        value, end = _times(value, scale), end + 1
    return value, end


def _named(words: Sequence[str], at: int, codes: tuple[str, ...]) -> str | None:
    word = bare(words[at])
    if word in _HAN:
        return str(_HAN[word])
    value = _table("words", codes).get(word) or (len(word) > 2 and _table("scales", codes).get(word))
    return str(value) if value else None


def _below_ten(word: str, codes: tuple[str, ...]) -> int:
    value = _table("words", codes).get(bare(word), 0)
    return value if value < 10 else 0


def _figure(word: str) -> str:
    """`1,000`, `1.000` and `١٠٠٠` are 1000; what is no plain number stays as it is written."""
    plain = "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in word)
    if _GROUPED.fullmatch(plain):
        plain = regex.sub(r"\D", "", plain)
    plain = plain.replace(",", ".").replace("٫", ".")
    return str(int(plain)) if plain.isascii() and plain.isdigit() and len(plain) < 1000 else bare(plain)


def _times(value: str, scale: int) -> str:
    try:
        return f"{float(value) * scale:.12g}"
    except ValueError:
        return f"{value} {scale}"


def _text(words: Sequence[str]) -> str:
    return " ".join(words).replace(" - ", "-")


@functools.cache
def _table(which: str, codes: tuple[str, ...]) -> dict[str, int]:
    """Word → value; where the language is not known, words that are everyday ones elsewhere are left out."""
    table = {word: value for code in reversed(codes) for word, value in _entries(which, code)}
    if len(codes) > 1:
        for word in (
            "on",
            "bin",
            "yüz",
            "six",
            "dix",
            "sî",
            "du",
            "deh",
            "heft",
            "mil",
            "m",
            "elf",
            "acht",
            "once",
        ):
            table.pop(word, None)
    return table


def _entries(which: str, code: str) -> Iterator[tuple[str, int]]:
    if which == "scales":
        rows = [(forms, value) for value, forms in _SCALES.get(code, {}).items()]
    else:
        rows = [(forms, n) for n, forms in enumerate(_UNITS.get(code, "").split(), 2)]
        rows += [(forms, 10 * n) for n, forms in enumerate(_TENS.get(code, "").split(), 2)]
    for forms, value in rows:
        yield from ((bare(form), value) for form in forms.split("/"))


_TIME = regex.compile(
    r"""\b(?:[01]?\d|2[0-4])[:.٫][0-5]\d(?!\d|[.]\d)(?:\s?(?:uhr|h|[ap]\.?m|saat|gmt))?
        | \b(?:[01]?\d|2[0-4])\s?h\s?[0-5]\d\b | \b1?\d\s?[ap]\.?m\b | [٠-٢]?[٠-٩]:[٠-٥][٠-٩]""",
    regex.VERSION1 | regex.VERBOSE | regex.IGNORECASE,
)


def has_time_of_day(text: str) -> bool:
    """Whether a paragraph begins with a time of day, as posts of a live blog do: `14:30`, `2.15 pm`, `14h30`."""
    return _TIME.search(text[:40]) is not None
