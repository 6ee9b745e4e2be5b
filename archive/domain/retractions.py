"""How outlets word that a story was taken back: notices in its place, in many languages. Pure.

Such sentences stand in news about other papers' stories too. So it only says how a text reads; that most of the
known words are gone, and few words are left, is for `archive.domain.sightings` to find.
"""

from __future__ import annotations

from typing import Final

import regex

from archive.domain.sentences import Sentences, folded

WORDS: Final = 250
"""A notice has no more. Chosen: most are a sentence or two, some a statement of the editors. None of 267 article
pages reads like one."""

_PIECE = "(article|story|post|report|column|item|content|piece|video|interview|review|page|blog|news)"
_DONE = "(removed|retracted|withdrawn|taken down|deleted|unpublished|pulled|taken offline|redacted)"

_SENTENCES: Final = Sentences(f"""
    (this|the|that|our|an earlier) (\\p{{L}}+ )?{_PIECE}s? … (has|have|had|was|were|is|are|been) … {_DONE}
    {_PIECE}s? … (has|have|was|were) (been )?{_DONE}
    (we|has|have|had|editors|the (guardian|times|post|herald)) … {_DONE} (this|the|that|our|an?) … {_PIECE}
    {_DONE} (this|the) {_PIECE}
    this {_PIECE} … no longer (available|online|accessible|published)
    (notice|note|statement) of (retraction|withdrawal|removal)
    (retraction|withdrawal|removal) (notice|note|statement)
    (this|the) … not meet … (editorial )?(standards|guidelines|criteria)
    (dieser|der|diesen|den) (artikel|beitrag|bericht|text) … (entfernt|gelöscht|zurückgezogen|depubliziert)
    (dieser|der) (artikel|beitrag|bericht|text) … (nicht mehr|nicht länger) (verfügbar|abrufbar|online|zugänglich)
    (wir|redaktion) … (artikel|beitrag|bericht|text) … (entfernt|gelöscht|zurückgezogen|offline genommen)
    (cet article|cette page|ce contenu|ce texte|l'article) … (supprimée?|retirée?|dépubliée?|rétractée?)
    (cet article|ce contenu) … (n'est plus) (disponible|accessible|en ligne)
    (nous avons|la rédaction a) … (supprimé|retiré|dépublié) … (article|texte|contenu)
    (este|el|esta|la) (artículo|noticia|texto|nota|contenido|información) … (eliminad|retirad|retractad|suprimid)*
    (este|el|esta|la) (artículo|noticia|contenido) … ya no está disponible
    (hemos|ha) … (eliminado|retirado|retractado) … (artículo|noticia|texto|nota)
    (este|esta|o|a) (artigo|matéria|notícia|texto|conteúdo) … (removid|retirad|excluíd|despublicad|apagad)*
    (questo|l'|il) ?(articolo|contenuto|testo) … (rimoss|ritirat|cancellat|eliminat)*
    (dit|het|deze) (artikel|bericht|verhaal|pagina) … (verwijderd|ingetrokken|teruggetrokken|offline gehaald)
    (bu|söz konusu) (haber|yazı|makale|içerik|sayfa)* … (kaldırıl|silin|geri çekil|yayından çıkar|erişime kapat)*
    (haber|yazı|makale|içerik)* … (geri çekilmiş|geri çekildi)*
    (haberi|yazıyı|makaleyi|içeriği|metni) … (kaldırdık|sildik|geri çektik)
    (haber|yazı|makale|içerik)* yayından (kaldırıl|çıkarıl|çekil)*
    (ev|ew) (nûçe|gotar|nivîs|naverok)* … (hat|hatiye|hate)( hatiye)? (rakirin|jêbirin|vekişandin|jê birin)
    (ev|ew) (nûçe|gotar|nivîs|naverok)* (hat|hatiye|hate) … (rakirin|jêbirin|vekişandin)
    (nûçe|gotar|nivîs|naverok)* … (hat|hatiye|hate) (rakirin|jêbirin|vekişandin)
    (me|edîtoran) (ev |ew )?(nûçe|gotar|nivîs|naverok)* (rakir|jê bir|vekişand)
    (эта |этот |данн* )?(стать|материал|публикаци|новост|текст|запис)* … (был* )?(удал[её]н|отозван|снят|изъят)*
    (редакция|мы) … (удалил|отозвал|снял)* … (стать|материал|публикаци|новост|текст)*
    (ця |цей )?(статт|матеріал|публікаці|новин)* … (видален|відкликан|знят)*
    (تم|تمت|جرى|لقد تم) (حذف|سحب|إزالة|ازالة|إلغاء) (هذا|هذه|المقال|المقالة|الخبر|المادة|المحتوى|التقرير)
    (هذا|هذه) (المقال|المقالة|الخبر|المادة|المحتوى) … (حذف|سحب|إزالة|محذوف|لم يعد متاح)*
    (حذفت|سحبت|أزالت) … (المقال|المقالة|الخبر|المادة|التقرير)
    (این) (مطلب|خبر|مقاله|گزارش|نوشته) … (حذف|برداشته|پس گرفته)
    (ئەم) (هەواڵ|بابەت|وتار|ڕاپۆرت)* … (سڕاوەتەوە|لابراوە|سڕایەوە|لابرا|کشێنراوەتەوە|کشاندەوە)
    (הכתבה|הידיעה|המאמר|התוכן) … (הוסר|נמחק|הוסרה|נמחקה)
    (το άρθρο|το κείμενο) … (αφαιρέθηκε|αποσύρθηκε|διαγράφηκε)
    (ten |ta )?(artykuł|tekst|materiał|publikacja) … (usunięt|wycofan)*
    (tento |tato )?(článek|článok|text|příspěvek) … (odstraněn|smazán|stažen|stiahnut|odstránen)*
    (ezt |ez )?(a |az )?(cikk|írás|tartalom)* … (töröl|eltávolít|visszavon)*
    (acest|articolul|această) … (șters|eliminat|retras|sters)*
    (den här |denna )?(artikeln|texten|artikel) … (tagits bort|raderats|dragits tillbaka|avpublicerats)
    (denne |dette )?(artikkelen|artiklen|saken|artikel) … (fjernet|trukket (tilbake|tilbage)|slettet|afpubliceret)
    (tämä )?(artikkeli|juttu) … (poistettu|vedetty pois)
    (artikel|berita|konten) ini … (dihapus|ditarik|diturunkan)
    (本文|该文|此文|本報導|此文章|该文章|这篇文章|此内容|該文章|這篇文章|此內容).{{0,12}}(已被?|遭)?(删除|刪除|撤回|撤下|移除|下架)
    (この|当該)(記事|ページ|コンテンツ).{{0,16}}(削除|取り下げ|撤回|掲載を終了|公開を終了)
    (記事を|記事は).{{0,12}}(削除|取り消し|取り下げ|撤回)
    (이|해당|본) ?(기사|게시물|콘텐츠).{{0,16}}(삭제|철회|취소)
""")
_TITLES = regex.compile(
    r"\s*[\[(【]?(?:retract(?:ed|ion)|withdrawn|removed|deleted|unpublished|zurückgezogen|gelöscht|entfernt|retiré"
    r"|supprimé|rétract(?:é|ation)|retirado|eliminado|retracta(?:do|ción)|removido|ritirato|rimosso|ingetrokken"
    r"|geri çekildi|kaldırıldı|yayından kaldırıldı|silindi|hat vekişandin|hat rakirin|отозвано|удалено"
    r"|снято с публикации|видалено|مسحوب|محذوف|تم حذف|تم سحب|سڕاوەتەوە|wycofan[eoy]|usunięt[eoy]"
    r"|撤回|已删除|已刪除|削除|삭제|철회)[\])】]?\s*(?:[:–—|-]|$)"
)


def reads_as_notice(title: str, text: str) -> bool:
    """Whether few words say that the story was taken back: in the headline, or in a sentence of the text."""
    if _TITLES.match(folded(title)):
        return True
    return _SENTENCES.stand_in(folded(text[:2000]))
