"""Stories to fill a pretend outlet with, in eight languages: plain, dull, and all different.

The words depend on a seed (host and count) alone. They are our own; no outlet ever printed them.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence

PARAGRAPHS = 8  #: with SENTENCES, about 350 words in English: a short agency report
SENTENCES = 3

_SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "The ministry said on {day} that {n} people had applied for the scheme in {place}.",
        "Officials in {place} confirmed that the work would cost {n} million and take two years.",
        "A spokeswoman for the council declined to comment on the figure of {n}.",
        "Residents of {place} have complained about the noise since the road was opened.",
        "According to a report of {m} pages, the bridge was inspected for the last time on {day}.",
        "The opposition called the decision hasty and asked for an inquiry in {place}.",
        "About {n} demonstrators gathered before the town hall, the police said.",
        "Prices of bread rose by {m} per cent in {place}, the statistics office said.",
        "The court will hear {m} more witnesses before it rules, its president said on {day}.",
        "Researchers at the university of {place} counted {n} birds, more than in any earlier year.",
        "The agreement was signed by both sides after {m} hours of talks.",
        "Heavy rain closed {m} schools and delayed the trains to {place}.",
        "The company plans to hire {n} people for its plant near {place}.",
        "The mayor promised that the library would be open again by {day}.",
    ),
    "ar": (
        "قالت الوزارة يوم {day} إن {n} شخصاً تقدموا بطلبات في {place}.",
        "وأكد مسؤولون في {place} أن كلفة المشروع تبلغ {n} مليوناً.",
        "ورفضت المتحدثة باسم المجلس التعليق على رقم {n}.",
        "ويشكو سكان {place} من الضجيج منذ افتتاح الطريق.",
        "ووفقاً لتقرير من {m} صفحة، فُحص الجسر آخر مرة يوم {day}.",
        "ووصفت المعارضة القرار بالمتسرع وطالبت بتحقيق في {place}.",
        "وتجمع نحو {n} متظاهر أمام مبنى البلدية، بحسب الشرطة.",
        "وارتفعت أسعار الخبز بنسبة {m} في المئة في {place}.",
    ),
    "tr": (
        "Bakanlık {day} günü {place} kentinde {n} kişinin başvurduğunu açıkladı.",
        "{place} yetkilileri çalışmanın {n} milyona mal olacağını doğruladı.",
        "Meclis sözcüsü {n} rakamı hakkında yorum yapmaktan kaçındı.",
        "{place} sakinleri yol açıldığından beri gürültüden şikâyet ediyor.",
        "{m} sayfalık rapora göre köprü son olarak {day} günü denetlendi.",
        "Muhalefet kararı aceleci buldu ve {place} için soruşturma istedi.",
        "Polis, belediye önünde yaklaşık {n} göstericinin toplandığını söyledi.",
        "İstatistik kurumu, {place} kentinde ekmek fiyatlarının yüzde {m} arttığını duyurdu.",
    ),
    "ku": (
        "Wezaretê roja {day} got ku {n} kes li {place} serî lê dane.",
        "Berpirsên {place} piştrast kirin ku lêçûna kar {n} milyon e.",
        "Berdevka meclisê li ser hejmara {n} tiştek negot.",
        "Niştecihên {place} ji dema vekirina rê ve ji deng gilî dikin.",
        "Li gorî rapora {m} rûpelî, pir herî dawî roja {day} hat kontrolkirin.",
        "Muxalefetê biryar bi lezgînî nirxand û li {place} lêpirsîn xwest.",
        "Polîsan got ku nêzî {n} kes li ber şaredariyê kom bûne.",
        "Bihayê nanî li {place} ji sedî {m} zêde bû.",
    ),
    "ru": (
        "Министерство сообщило в {day}, что заявления подали {n} человек, город: {place}.",
        "Власти подтвердили, что работы обойдутся в {n} миллионов, город: {place}.",
        "Представитель совета отказалась комментировать число {n}.",
        "Жители жалуются на шум с тех пор, как открыли дорогу, город: {place}.",
        "Согласно отчёту на {m} страницах, мост в последний раз проверяли в {day}.",
        "Оппозиция назвала решение поспешным и потребовала расследования.",
        "По данным полиции, перед мэрией собрались около {n} демонстрантов.",
        "Цены на хлеб выросли на {m} процентов, город: {place}.",
    ),
    "de": (
        "Das Ministerium teilte am {day} mit, dass sich {n} Menschen in {place} beworben haben.",
        "Die Behörden in {place} bestätigten, dass die Arbeiten {n} Millionen kosten werden.",
        "Eine Sprecherin des Stadtrats wollte sich zu der Zahl von {n} nicht äußern.",
        "Anwohner in {place} klagen über den Lärm, seit die Straße freigegeben wurde.",
        "Laut einem Bericht von {m} Seiten wurde die Brücke zuletzt am {day} geprüft.",
        "Die Opposition nannte den Beschluss übereilt und verlangte eine Untersuchung in {place}.",
        "Rund {n} Menschen versammelten sich nach Angaben der Polizei vor dem Rathaus.",
        "Die Brotpreise stiegen in {place} um {m} Prozent, wie das Statistikamt mitteilte.",
    ),
    "fr": (
        "Le ministère a indiqué {day} que {n} personnes avaient déposé une demande à {place}.",
        "Les autorités de {place} ont confirmé que les travaux coûteraient {n} millions.",
        "Une porte-parole du conseil a refusé de commenter le chiffre de {n}.",
        "Les habitants de {place} se plaignent du bruit depuis l'ouverture de la route.",
        "Selon un rapport de {m} pages, le pont a été inspecté pour la dernière fois {day}.",
        "L'opposition a jugé la décision hâtive et réclamé une enquête à {place}.",
        "Environ {n} manifestants se sont réunis devant la mairie, selon la police.",
        "Le prix du pain a augmenté de {m} pour cent à {place}, selon l'office de la statistique.",
    ),
    "es": (
        "El ministerio informó el {day} de que {n} personas se habían inscrito en {place}.",
        "Las autoridades de {place} confirmaron que las obras costarán {n} millones.",
        "Una portavoz del ayuntamiento no quiso comentar la cifra de {n}.",
        "Los vecinos de {place} se quejan del ruido desde que se abrió la carretera.",
        "Según un informe de {m} páginas, el puente se revisó por última vez el {day}.",
        "La oposición calificó la decisión de precipitada y pidió una investigación en {place}.",
        "Unos {n} manifestantes se reunieron ante el ayuntamiento, según la policía.",
        "El precio del pan subió un {m} por ciento en {place}, según la oficina de estadística.",
    ),
}

_DAYS: dict[str, tuple[str, ...]] = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday"),
    "ar": ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة"),
    "tr": ("Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma"),
    "ku": ("Duşem", "Sêşem", "Çarşem", "Pêncşem", "În"),
    "ru": ("понедельник", "вторник", "среду", "четверг", "пятницу"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes"),
}

_PLACES: dict[str, tuple[str, ...]] = {
    "en": ("Northford", "Eastbridge", "Hollow Bay", "Marlow", "Saint Brin", "Oakmere", "Tarn", "Old Quay"),
    "ar": ("الميناء", "السهل", "القلعة", "الوادي", "المرج", "الجسر"),
    "tr": ("Çınarlı", "Yeşilköy", "Işıklar", "Gümüşdere", "Karasu", "Ağaçlı"),
    "ku": ("Girê Sor", "Kaniya Spî", "Çemê Reş", "Deşta Jor", "Gundê Nû"),
    "ru": ("Заречный", "Белый Яр", "Новый Мост", "Каменка", "Сосновка"),
    "de": ("Nordfurt", "Grünau", "Altenbrück", "Seewald", "Hohenstadt", "Marktlinden"),
    "fr": ("Valmont", "Saint-Brin", "Hautepierre", "Clairval", "Port-Neuf", "Rivebelle"),
    "es": ("Valdehondo", "Puerto Nuevo", "Santa Brina", "Riofrío", "Montealto", "Las Eras"),
}

_TITLES: dict[str, tuple[str, ...]] = {
    "en": (
        "{place} council votes on {n} new homes after long debate",
        "Ministry counts {n} applications in {place}",
        "Bridge near {place} closed after inspection finds {m} faults",
        "Teachers in {place} call off strike after {m} days of talks",
        "Court in {place} hears {m} witnesses in dispute over harbour",
    ),
    "ar": (
        "مجلس {place} يصوّت على بناء {n} منزلاً",
        "الوزارة تحصي {n} طلباً في {place}",
        "إغلاق الجسر قرب {place} بعد {m} أعطال",
    ),
    "tr": (
        "{place} meclisi {n} yeni konutu oyladı",
        "Bakanlık {place} için {n} başvuru saydı",
        "{place} yakınındaki köprü {m} kusur nedeniyle kapatıldı",
    ),
    "ku": (
        "Meclisa {place} li ser {n} xaniyên nû deng da",
        "Wezaretê li {place} {n} serlêdan hejmartin",
        "Pira nêzî {place} ji ber {m} kêmasiyan hat girtin",
    ),
    "ru": (
        "Совет проголосовал за {n} новых домов: {place}",
        "Министерство насчитало {n} заявлений: {place}",
        "Мост закрыт из-за {m} дефектов: {place}",
    ),
    "de": (
        "Stadtrat in {place} stimmt über {n} neue Wohnungen ab",
        "Ministerium zählt {n} Anträge in {place}",
        "Brücke bei {place} nach {m} Mängeln gesperrt",
    ),
    "fr": (
        "Le conseil de {place} vote la construction de {n} logements",
        "Le ministère compte {n} demandes à {place}",
        "Le pont de {place} fermé après {m} défauts",
    ),
    "es": (
        "El ayuntamiento de {place} vota {n} viviendas nuevas",
        "El ministerio cuenta {n} solicitudes en {place}",
        "Cerrado el puente de {place} tras hallar {m} fallos",
    ),
}

_AUTHORS = ("Ada Lind", "Omar Haddad", "Elif Demir", "Rojda Azad", "Ivan Petrov", "Mary Okafor")


def sample_title(seed: str, language: str) -> str:
    """The headline for `seed`."""
    known = language if language in _TITLES else "en"
    return _fill(_pick(_TITLES[known], seed, "title"), seed, "title", known)


def sample_place(seed: str, language: str) -> str:
    """A place for `seed`."""
    return _pick(_PLACES[language if language in _PLACES else "en"], seed, "place")


def sample_author(seed: str) -> str:
    """The author for `seed`."""
    return _pick(_AUTHORS, seed, "author")


def sample_paragraphs(seed: str, language: str) -> tuple[str, ...]:
    """The body for `seed`: PARAGRAPHS paragraphs."""
    known = language if language in _SENTENCES else "en"
    return tuple(
        " ".join(
            _fill(_sentence(_SENTENCES[known], seed, p * SENTENCES + s), seed, f"{p}.{s}", known)
            for s in range(SENTENCES)
        )
        for p in range(PARAGRAPHS)
    )


def _pick(items: Sequence[str], seed: str, salt: str) -> str:
    return items[_mix(seed, salt) % len(items)]


def _sentence(patterns: Sequence[str], seed: str, position: int) -> str:
    """Every pattern before any comes again, in an order of the story's own."""
    step = next(s for s in range(3 + _mix(seed, "step") % 7, 99) if math.gcd(s, len(patterns)) == 1)
    return patterns[(_mix(seed, "start") + position * step) % len(patterns)]


def _mix(seed: str, salt: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed}:{salt}".encode(), digest_size=6).digest(), "big")


def _fill(pattern: str, seed: str, salt: str, language: str) -> str:
    return pattern.format(
        n=120 + _mix(seed, "n" + salt) % 9_000,
        m=3 + _mix(seed, "m" + salt) % 90,
        day=_pick(_DAYS[language], seed, "day" + salt),
        place=_pick(_PLACES[language], seed, "place" + salt),
    )
