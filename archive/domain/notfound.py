"""How pages say that they are not what was asked for: titles, sentences and addresses, in many languages. Pure.

Alone none of it proves anything: such phrases stand in news as well (auto-archiver's fire on 2.8 % of 320 live
articles). It refuses to judge; `archive.domain.sightings` asks what else speaks for it.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

import regex

from archive.domain.sentences import Sentences, folded

BEGINNING: Final = 400
"""Characters of a page's text in which it says so. The two soft 404s of news among our labelled pages say it in
their first sentence."""

NOTHING_HERE: Final = 80
"""A page that says "not found" has fewer words than this; more are news of it. The soft 404s of news among our
labelled pages have 21 to 30."""

TITLE_WORDS: Final = 12
"""Words of a part of a title that says it: `Sorry, the page that you are looking for could not be found`."""

_SENTENCES: Final = Sentences("""
    (page|url|article|story|post|content|file|document) … not (be )?found
    (page|url|article|story|post|content) … (can't|cannot|couldn't) be found
    (page|url|article|story|post|content) … (doesn't|does not|didn't|did not|no longer) exist*
    (page|url|article|story|post|content) … (is )?no longer (available|online|here|active)
    (page|article|story) … (has|may have|might have) (been )?(removed|deleted|moved|expired|gone)
    (can't|cannot|couldn't|could not|can not|unable to) (seem to )?(find|locate) … (page|article|story|content)
    (no such page|nothing was found|nothing found|page is missing|page missing|missing page)
    seite … nicht gefunden
    seite … (existiert|gibt es) … nicht *
    (artikel|inhalt|dokument|beitrag) … (nicht gefunden|nicht mehr (gefunden|verfügbar|vorhanden|abrufbar))
    seite … nicht (vorhanden|mehr (verfügbar|vorhanden|erreichbar|abrufbar))
    (page|article|contenu|document) … (introuvable|non trouvée?|n'existe (pas|plus))
    (page|article|contenu) … (n'est plus disponible|n'a pas (été|pu être) trouvée?)
    página … (no (existe|encontrada|ha sido encontrada|se encuentra)|ya no está disponible|inexistente)
    no (se )?(ha )?(podido |pudo )?(encontr*|encontrar) … (página|artículo|contenido)
    (artículo|contenido|noticia) … (no (existe|encontrad*)|ya no está disponible)
    página … não (foi )?(encontrada|existe|localizada|está mais disponível)
    não (foi possível )?encontr* … (página|conteúdo|matéria)
    pagina … (non (è stata )?trovata|non esiste|inesistente|non è più disponibile)
    (articolo|contenuto) … non (è stato )?(trovato|esiste|più disponibile)
    pagina … (niet (meer )?(gevonden|worden gevonden)|niet meer beschikbaar|bestaat niet)
    (artikel|pagina) … (kan|kon) niet (worden )?gevonden *
    (sayfa|haber|içerik|yazı)* … (bulunamad*|mevcut değil*|bulunmamaktadır|bulunmuyor|yayında değil*)
    (rûpel|nûçe|naverok)* … (nehat(iye)? dîtin|nayê dîtin|tune ye|tuneye|nîn e|nehate dîtin)
    (страниц|стать|материал|новост|запис|документ)* … (не (была )?найден*|не существует|не обнаружен*|отсутствует)
    (сторінк|статт|матеріал|новин)* … (не (було )?знайден*|не існує)
    (старонк)* … не (была )?знойдзен*
    (страниц|член|стран)* … (не (е |беше )?намерен*|није пронађен*|не съществува)
    (الصفحة|صفحة|المقال|المقالة|الخبر|المحتوى|الرابط) … (غير موجود|لم يعد متاح|لم تعد متاح|لا يوجد|لا توجد)*
    (لم (يتم|نتمكن من|نستطع) … العثور|لم نجد) … (صفحة|الصفحة|المقال|المحتوى|طلب*|تبحث)
    (صفحه|مطلب|خبر|محتوا)\u200c?(ی|ای)? … (یافت نشد|پیدا نشد|وجود ندارد|موجود نیست)
    (لاپەڕە|پەڕە|پەرە|هەواڵ|بابەت)* … (نەدۆزرایەوە|نییە|بوونی نییە|نەدۆزراوەتەوە)
    (صفحہ|خبر) … (نہیں ملا|موجود نہیں)
    (הדף|העמוד|הכתבה|דף) … (לא נמצא*|לא קיימ*|אינו קיים|לא קיים)
    (σελίδα|άρθρο) … δεν (βρέθηκε|υπάρχει)
    (strona|strony|artykuł*) … (nie (została |istnieje|znalezion*)|nie odnaleziono)
    nie (znaleziono|odnaleziono|można znaleźć) … (strony|artykułu)
    (stránk|člán|sivu|strán)* … (nenalezen*|nebyl* nalezen*|neexistuje|nenašl*|sa nenašl*|nebol* nájden*)
    (az )?oldal … nem (található|létezik|elérhető)
    pagina … (nu (a fost|mai este|există|exista)|negăsită|inexistentă)
    (sidan|artikeln) … (hittades inte|finns inte|kunde inte hittas|kan inte hittas)
    (siden|artikkelen|artiklen) … (ble ikke funnet|blev ikke fundet|finnes ikke|findes ikke|kunne ikke findes)
    (siden|artikkelen|artiklen) … ikke (funnet|fundet|eksisterer)
    (sivua|sivu|artikkelia) … (ei löydy|ei löytynyt|ei ole olemassa)
    (stranica|članak|strana) … (nije pronađen*|ne postoji|ni bila najdena|ne obstaja)
    (halaman|artikel|berita) … (tidak (ditemukan|ada|wujud)|tidak dapat ditemukan|tidak ditemui)
    không (tìm thấy|tồn tại) … (trang|bài viết|nội dung)
    (trang|bài viết) … không (tồn tại|tìm thấy|được tìm thấy)
    (puslapis|lapa|lehte|lehekülge) … (nerastas|nav atrasta|ei leitud)
    (səhifə|xəbər) … (tapılmadı|mövcud deyil)
    (էջը|էջ) … (չի գտնվել|գոյություն չունի)
    (გვერდი) … (ვერ მოიძებნა|არ მოიძებნა|არ არსებობს)
    (पृष्ठ|पेज) … (नहीं मिला|मौजूद नहीं)
    (পৃষ্ঠা|পাতা)* … (পাওয়া যায়নি|খুঁজে পাওয়া)
    (页面|頁面|網頁|网页|文章|内容|內容).{0,12}(不存在|未找到|找不到|已删除|已刪除|不見了|丢失)
    (找不到|无法找到|無法找到|没有找到|沒有找到).{0,12}(页面|頁面|網頁|网页|文章|内容|內容)
    (ページ|記事|コンテンツ).{0,16}(見つかりません|存在しません|見つかりませんでした|ありません)
    (페이지|기사|콘텐츠).{0,16}(찾을 수 없|존재하지 않|없습니다|삭제)
    ไม่พบ(หน้า|ข้อมูล|บทความ|เนื้อหา)
""")

#: Words that make a part of a title with the number 404 in it an error and no news of Airbus or room 404.
_ERROR = regex.compile(
    r"(?:errors?|http|not|found|page|oops|sorry|fehler(?:seite)?|seite|erreur|errore?|erro|hata|sayfa|ошибка|помилка"
    r"|خطأ|خطا|هەڵە|çewtî|chyba|błąd|fout|fel|fejl|feil|virhe|hiba|eroare|σφάλμα|שגיאה|エラー|错误|錯誤|오류|lỗi|greška"
    r"|página|pagina|code|file|status)"
)
_BARE = regex.compile(
    r"(?:40[4]|not found|no encontrad[oa]|nicht gefunden|introuvable|non trouvée?|não encontrad[oa]|non trovat[oa]"
    r"|niet gevonden|bulunamadı|не найдено|не знайдено|غير موجود|یافت نشد|נמצא לא|nie znaleziono|nenalezeno"
    r"|hittades inte|ikke fundet|ikke funnet|ei löydy|未找到|見つかりません)"
)
_PARTS = regex.compile(r"\s+[-–—|·•:»/]+\s+|[|·•»]+|:\s+|[.!?]+(?:\s+|$)")
_ADDRESS = regex.compile(
    r"/(?:(?:error|errors|fehler|erreur|hata|status)/?[-_]?)?404(?:[-_.]?(?:error|html?|php|aspx?|page|not[-_]?found))*/?$"
    r"|/(?:page[-_]?)?not[-_]?found(?:\.\w+)?/?$|/(?:error|fehlerseite|page-introuvable|sayfa-bulunamadi)(?:\.\w+)?/?$"
    r"|/pagina-no-encontrada/?$|/seite-nicht-gefunden(?:\.\w+)?/?$|/error[-_]?page(?:\.\w+)?/?$",
    regex.IGNORECASE,
)


def title_says(title: str) -> bool:
    """Whether a part of the title says so, and nothing else."""
    parts = [part.strip() for part in _PARTS.split(folded(title)) if part and part.strip()]
    return any(_part_says(part) for part in parts) or (len(parts) > 1 and _part_says(" ".join(parts)))


def _part_says(part: str) -> bool:
    words = regex.findall(r"\w+", part)
    if len(words) > TITLE_WORDS:
        return False
    if _BARE.fullmatch(part) or _SENTENCES.stand_in(part):
        return True
    return "404" in words and all(word == "404" or _ERROR.fullmatch(word) for word in words)


def text_says(text: str) -> bool:
    """Whether a text says so where it begins."""
    return _SENTENCES.stand_in(folded(text[:BEGINNING]))


def address_says(url: str) -> bool:
    """Whether `url` spells the page that an outlet shows in place of one that is not there."""
    return _ADDRESS.search(unquote(urlsplit(url).path, errors="replace")) is not None
