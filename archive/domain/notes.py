"""A paragraph → whether it is a note of correction, of an update, or only a stamp that says when.

It knows how outlets word such notes in English, German, Turkish, Arabic, Kurdish (Kurmanji and Sorani),
French, Spanish and Russian, and the markers alone in Persian, Ukrainian, Italian, Portuguese and Dutch.
It refuses to guess in other languages: there only the page's dates speak. What a note says is for the
reader; whether it is new is for whoever compares.
"""

from __future__ import annotations

import enum

import regex

from archive.domain.lexicons import DAYS, MONTHS


class Note(enum.StrEnum):
    """What a note tells."""

    CORRECTION = "correction"  #: something was wrong, unclear, or is taken back
    UPDATE = "update"  #: something came to it
    STAMP = "stamp"  #: when it was last touched, and nothing more


# At the start of a paragraph, and then a colon, a bracket, a dash, the end, or a date or time.
_CORRECTION = r"""
    corrected | corrections? | clarifications? | clarified | amended | retractions? | errat(?:um|a)
    | (?:editor|publisher)['’]?s?['’]?\ note | for\ the\ record
    | (?:nachträgliche\ )?korrektur(?:en)? | berichtigung | richtigstellung | klarstellung
    | korrigiert | gegendarstellung
    | (?:anm(?:erkung|\.)|hinweis)\ d(?:er|\.)\ red(?:aktion|\.)
    | düzeltme | düzeltildi | tekzip | ed[iıİ]tör(?:ün)?\ notu
    | تصحيح | توضيح | تنويه | استدراك | ملاحظة\ (?:من\ )?(?:المحرر|التحرير)
    | rast\ ?kirin(?:ek)? | sererast\ ?kirin | zelal\ ?kirin
    | (?:têbîn|nîş)îya?\ (?:edîtor|weşan)\p{L}* | nota\ edîtor\p{L}*
    | [رڕ]استکردنەوە(?:یەک)? | [رڕ]وونکردنەوە(?:یەک)? | تێبینی[یی]?\ (?:سەرنووسەر|ئێدیتۆر)
    | rectificatifs? | correctif | précisions? | note\ de\ la\ rédaction | ndlr
    | correcci[oó]n(?:es)? | corregido | fe\ de\ (?:erratas|errores) | aclaraci[oó]n | rectificaci[oó]n
    | nota\ d(?:el?\ editor|e\ la\ redacción|e\ redacción)
    | исправлен(?:о|ие) | уточнение | уточнено | поправка | опровержение | примечание\ редакции
    | اصلاحیه | виправлен(?:о|ня) | уточнення | correzione | rettifica | correção | correctie | rectificatie"""
_UPDATE = r"""
    (?:last\ )?updated? | update\ \d+
    | (?:zuletzt\ )?aktualisiert | aktualisierung | letzte\ (?:aktualisierung|änderung) | nachtrag
    | (?:son\ )?g[uü]ncellen?me(?:\ tarihi)? | (?:son\ )?g[uü]ncellendi
    | (?:آخر\ )?تحديث | تم\ التحديث
    | (?:herî\ dawî\ )?(?:hat\ )?(?:nû|rojane)kirin | hat\ (?:nû|rojane)\ ?kirin
    | (?:دوایین\ |دوا\ )?نوێکردنەوە | نوێکرایەوە
    | mis(?:e)?\ à\ jour | maj | (?:dernière\ )?actualisation | actualisé
    | (?:última\ )?actualizaci[oó]n | actualizado
    | обновлен(?:о|ие) | обновлён | дополнено
    | (?:آخرین\ )?به‌?روزرسانی | оновлено | aggiorna(?:to|mento) | (?:última\ )?atualiza(?:do|ção) | bijgewerkt"""
_TIME_FOLLOWS = (
    r"(?:[,،]?\s*+(?:(?:on|at|am|um|le|el|à|a|las|в|от|في|di|li|لە)\s+)*+(?:\p{L}[\p{L}\p{M}]*+[.,]?\s+){0,2}+\d)"
)
_AFTER = rf"(?:\s*+(?:[:：(\[|•–—]|-\s|$)|\s*+{_TIME_FOLLOWS})"

# Anywhere: a sentence that speaks of this text as of something that was changed.
_THIS_EN = r"(?:article|column|headline|post|report|story|version|piece|page|video|caption|obituary|review)"
_THIS_DE = r"(?:artikel|text|beitrag|bericht|meldung|version|überschrift)"
_SENTENCES = rf"""
    ^\s*\((?:this\ .{{0,40}}\b(?:corrected|refiled)\b
        |(?:adds|updates|corrects|recasts|refiles|removes|clarifies|fixes)\b)
    | \b(?:an?\ (?:earlier|previous|prior)|the\ (?:original|first))\ (?:version|edition)
        \ of\ (?:this|the|our)\ {_THIS_EN}
    | \bthe\ {_THIS_EN}\ has\ been\ (?:updated|corrected|amended|revised)
    | \bthis\ (?:\p{{L}}+\ )?{_THIS_EN}(?:['’]s\ headline)?\ (?:was|has\ been|is\ being)\ (?:\p{{L}}+\ )?
        (?:updated|corrected|amended|revised|changed|edited|clarified|retracted|refiled)
    | \bcorrection\ appended\b | \bbecause\ of\ an\ editing\ error\b | \bwe\ regret\ the\ errors?\b
    | \bin\ (?:einer|der)\ (?:früheren|vorherigen|ersten|älteren|ursprünglichen)\ (?:version|fassung)
        (?!\ (?:de[sr]|eine[sr]|von)\ (?!{_THIS_DE}))
    | \bdiese[rs]?\ {_THIS_DE}\ (?:wurde|ist)\ (?:\S+\ ){{0,6}}?
        (?:aktualisiert|korrigiert|geändert|ergänzt|überarbeitet|berichtigt)
    | \bwir\ haben\ (?:\S+\ ){{0,8}}?(?:korrigiert|berichtigt|richtiggestellt)
    | \bhaber(?:in|imizin|de)?\ (?:daha\ )?(?:önceki|ilk|eski)\ (?:sürüm|versiyon|hali|hâli)
    | \bbu\ (?:haber|yazı|makale|içerik)\p{{L}}*\ (?:\S+\ ){{0,5}}?(?:güncellen|düzeltil)(?:di|miştir|miş)
    | (?:نسخة|صيغة)\ سابقة\ من\ هذ[اه] | (?:تم|جرى)\ (?:تعديل|تصحيح|تحديث)\ هذ[اه]
    | \bdi\ (?:guherto|versiyon)\p{{L}}*\ (?:berê|yekem|kevn)\p{{L}}*\ (?:ya|a)\ vê
    | \bev\ (?:nûçe|gotar|nivîs)\p{{L}}*\ (?:\S+\ ){{0,5}}?hat(?:iye)?\ ?
        (?:nûkirin|rastkirin|sererastkirin|rojanekirin|guhertin|guherandin)
    | ئەم\ (?:هەواڵ|بابەت|ڕاپۆرت|وتار)ە\ (?:\S+\ ){{0,3}}?
        (?:نوێ\ ?کراوە|نوێ\ ?کرای|[رڕ]است\ ?کراوە|دەستکاری)
    | لە\ (?:وەشان|ڤێرژن)ی\ پێشوو
    | \b(?:une|la|dans\ une|dans\ la)\ (?:première\ )?version\ (?:précédente|antérieure|initiale|originale)
        (?:\ de\ (?:cet?|l['’]article)|,|\ (?:nous|indiquait|affirmait))
    | \bune\ première\ version\ de\ (?:cet|ce)
    | \bcet?(?:te)?\ (?:article|texte|papier|dépêche)\ a\ été\ (?:\p{{L}}+\ )?
        (?:mise?\ à\ jour|modifiée?|corrigée?|actualisée?|amendée?)
    | \buna\ versión\ (?:anterior|previa|inicial)\ de\ est
    | \best[ea]\ (?:artículo|noticia|texto|nota|información)\ (?:ha\ sido|fue)\ (?:\p{{L}}+\ )?
        (?:actualizad|corregid|modificad|rectificad)
    | \bв\ (?:более\ ранней|предыдущей|первоначальной|первой)\ версии
        \ (?:этого\ |этой\ )?(?:материала|статьи|новости|заметки|текста|публикации|говорилось|сообщалось)
    | \b(?:новость|статья|материал|заметка|текст)\ (?:был[ао]?\ )?
        (?:обновл[её]н|дополнен|исправлен|уточн[её]н)[ао]?\b
    | \bв\ (?:тексте|заметке|статье|материале|новости)\ (?:был[аио]?\ )?исправлен"""
_FLAGS = regex.VERSION1 | regex.VERBOSE | regex.IGNORECASE
_BULLET = r"^[\p{P}\p{S}\s]*+"
_CORRECTS = regex.compile(rf"{_BULLET}(?:{_CORRECTION}){_AFTER}", _FLAGS)
_UPDATES = regex.compile(rf"{_BULLET}(?:{_UPDATE}){_AFTER}", _FLAGS)
_SAYS = regex.compile(_SENTENCES, _FLAGS)
_ONLY_NEWER = regex.compile(
    r"""updat | \((?:adds) | aktualisiert | ergänzt | güncellen | تحديث | nûkirin | rojanekirin | نوێ
        | à\ jour | actualisée? | actualizad | обновл | дополнен""",
    _FLAGS,
)
_MARKER_ALONE = regex.compile(rf"{_BULLET}(?:{_UPDATE})", _FLAGS)

# What a stamp is made of beside the marker: days, months, figures, and the words that go with them.
_AROUND_DATES = """
    on at by a p m am pm st nd rd th first published last est edt et pt gmt utc bst cet cest
    um uhr vom den der mez mesz saat tarihi trt li di saet demjimêr le à h min el las de del hrs horas
    мск в от г года время في الساعة صباحا مساء لە کاتژمێر"""
_STAMP_WORDS = DAYS | MONTHS | frozenset(_AROUND_DATES.split())


def note(paragraph: str) -> Note | None:
    """What the paragraph is a note of, if it is one. A stamp is an update that says nothing but when."""
    if _CORRECTS.search(paragraph):
        return Note.CORRECTION
    if _UPDATES.search(paragraph):
        return Note.STAMP if _only_when(paragraph) else Note.UPDATE
    found = _SAYS.search(paragraph)
    if found is None:
        return None
    return Note.UPDATE if _ONLY_NEWER.search(found[0]) else Note.CORRECTION


def is_note(paragraph: str) -> bool:
    """Whether a reader is told here that the text was corrected or updated."""
    return note(paragraph) is not None


def is_stamp(paragraph: str) -> bool:
    """Whether the paragraph says when the text was last touched, and nothing else."""
    return note(paragraph) is Note.STAMP


def _only_when(paragraph: str) -> bool:
    """No other words; Kurdish months have an ending of one letter, and so have figures."""
    rest = _MARKER_ALONE.sub("", paragraph.lower(), count=1)
    words = regex.findall(r"\p{L}[\p{L}\p{M}'’]*+", rest)
    return all(len(word) == 1 or word in _STAMP_WORDS or word[:-1] in MONTHS for word in words)
