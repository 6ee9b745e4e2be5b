"""The words of what outlets put between, above and beside the paragraphs of a story, by language.

Appeals, calls to read on, counters, editions by region, tickers. Never the story's own words. Languages as
in `furniture`; any other language gets the English ones.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Inserts:
    """An outlet's insertions in one language."""

    read_more: str
    shares: str
    readers: str  #: after a count: how many read this now
    updated_ago: str  #: with `{n}`
    appeals: tuple[str, str]  #: two campaigns, each a paragraph
    listen: str
    follow: str
    app: str
    edition: str
    regions: tuple[str, str, str]
    weather: str
    offer: str  #: with `{price}`
    live: str
    flashes: tuple[str, str, str]  #: with `{n}`
    topics: str
    about_author: str


INSERTS: dict[str, Inserts] = {
    "en": Inserts(
        read_more="READ MORE",
        shares="shares",
        readers="people are reading this now",
        updated_ago="Updated {n} minutes ago",
        appeals=(
            (
                "Our journalism is free for everyone because readers pay for it. "
                "Please support us today with a small contribution."
            ),
            "Only this week: become a member for half the price and help us to keep our reporters in the field.",
        ),
        listen="Listen to this article",
        follow="Follow us on WhatsApp for the latest news",
        app="Download our app for free",
        edition="Edition",
        regions=("North", "South", "Islands"),
        weather="Weather",
        offer="Subscribe for {price} a month",
        live="Live",
        flashes=(
            "Shares fall by {n} points at the opening",
            "Train with {n} passengers stopped on the line",
            "Cup match begins with a delay of {n} minutes",
        ),
        topics="Topics",
        about_author="About the author",
    ),
    "de": Inserts(
        read_more="LESEN SIE AUCH",
        shares="mal geteilt",
        readers="lesen gerade diesen Artikel",
        updated_ago="Aktualisiert vor {n} Minuten",
        appeals=(
            (
                "Unser Journalismus ist für alle frei, weil Leserinnen und Leser ihn bezahlen. "
                "Bitte unterstützen Sie uns heute mit einem kleinen Beitrag."
            ),
            "Nur in dieser Woche: Werden Sie Mitglied zum halben Preis und helfen Sie unseren Reportern.",
        ),
        listen="Diesen Artikel anhören",
        follow="Folgen Sie uns auf WhatsApp",
        app="Laden Sie unsere App herunter",
        edition="Ausgabe",
        regions=("Norden", "Süden", "Inseln"),
        weather="Wetter",
        offer="Jetzt für {price} im Monat abonnieren",
        live="Live",
        flashes=(
            "Kurse fallen zum Start um {n} Punkte",
            "Zug mit {n} Fahrgästen auf freier Strecke gestoppt",
            "Pokalspiel beginnt mit {n} Minuten Verspätung",
        ),
        topics="Themen",
        about_author="Zur Person",
    ),
    "tr": Inserts(
        read_more="BUNU DA OKUYUN",
        shares="paylaşım",
        readers="kişi şu anda okuyor",
        updated_ago="{n} dakika önce güncellendi",
        appeals=(
            "Gazeteciliğimiz herkese açık, çünkü bedelini okurlar ödüyor. Bugün küçük bir katkıyla destek olun.",
            "Yalnızca bu hafta: yarı fiyatına üye olun ve muhabirlerimize destek verin.",
        ),
        listen="Bu haberi dinleyin",
        follow="Bizi WhatsApp'ta takip edin",
        app="Uygulamamızı ücretsiz indirin",
        edition="Baskı",
        regions=("Kuzey", "Güney", "Adalar"),
        weather="Hava",
        offer="Ayda {price} karşılığında abone olun",
        live="Canlı",
        flashes=(
            "Borsa açılışta {n} puan düştü",
            "{n} yolculu tren hatta durdu",
            "Kupa maçı {n} dakika gecikmeyle başlıyor",
        ),
        topics="Konular",
        about_author="Yazar hakkında",
    ),
    "ar": Inserts(
        read_more="اقرأ أيضاً",
        shares="مشاركة",
        readers="يقرؤون هذا المقال الآن",
        updated_ago="آخر تحديث قبل {n} دقيقة",
        appeals=(
            "صحافتنا مجانية للجميع لأن القراء يدعمونها. ساندونا اليوم بمساهمة صغيرة.",
            "هذا الأسبوع فقط: اشتركوا بنصف السعر وساعدوا مراسلينا على مواصلة عملهم.",
        ),
        listen="استمع إلى المقال",
        follow="تابعونا على واتساب",
        app="حمّل تطبيقنا مجاناً",
        edition="النسخة",
        regions=("الشمال", "الجنوب", "الجزر"),
        weather="الطقس",
        offer="اشترك مقابل {price} شهرياً",
        live="مباشر",
        flashes=(
            "الأسهم تتراجع {n} نقطة عند الافتتاح",
            "توقف قطار يقل {n} راكباً",
            "مباراة الكأس تبدأ بتأخير {n} دقيقة",
        ),
        topics="مواضيع",
        about_author="عن الكاتب",
    ),
    "ku": Inserts(
        read_more="VÊ JÎ BIXWÎNE",
        shares="parvekirin",
        readers="kes niha vê nûçeyê dixwînin",
        updated_ago="Berî {n} deqeyan hat nûkirin",
        appeals=(
            "Rojnamegeriya me ji bo herkesî belaş e, ji ber ku xwendevan alîkar in. Îro alîkariya me bikin.",
            "Tenê vê hefteyê: bi nîv bihayî bibin endam û alîkariya nûçegihanên me bikin.",
        ),
        listen="Li vê nûçeyê guhdarî bike",
        follow="Me li WhatsAppê bişopîne",
        app="Sepana me belaş daxîne",
        edition="Çap",
        regions=("Bakur", "Başûr", "Girav"),
        weather="Hewa",
        offer="Mehê bi {price} bibe abone",
        live="Zindî",
        flashes=(
            "Borsa di vekirinê de {n} xal daket",
            "Trêna bi {n} rêwiyan li ser rê sekinî",
            "Lîstika kûpayê bi derengiya {n} deqeyan dest pê dike",
        ),
        topics="Mijar",
        about_author="Derbarê nivîskar de",
    ),
    "ru": Inserts(
        read_more="ЧИТАЙТЕ ТАКЖЕ",
        shares="репостов",
        readers="человек читают это сейчас",
        updated_ago="Обновлено {n} минут назад",
        appeals=(
            "Наша журналистика бесплатна для всех, потому что за неё платят читатели. Поддержите нас сегодня.",
            "Только на этой неделе: станьте участником за полцены и помогите нашим корреспондентам.",
        ),
        listen="Слушать статью",
        follow="Подписывайтесь на наш канал в WhatsApp",
        app="Скачайте наше приложение",
        edition="Выпуск",
        regions=("Север", "Юг", "Острова"),
        weather="Погода",
        offer="Подписка за {price} в месяц",
        live="Онлайн",
        flashes=(
            "Акции упали на {n} пунктов при открытии",
            "Поезд с {n} пассажирами остановлен на перегоне",
            "Матч кубка начнётся с опозданием на {n} минут",
        ),
        topics="Темы",
        about_author="Об авторе",
    ),
    "fr": Inserts(
        read_more="LIRE AUSSI",
        shares="partages",
        readers="personnes lisent cet article",
        updated_ago="Mis à jour il y a {n} minutes",
        appeals=(
            (
                "Notre journalisme est gratuit pour tous parce que nos lecteurs le paient. "
                "Soutenez-nous dès aujourd'hui par un petit don."
            ),
            "Cette semaine seulement : devenez membre à moitié prix et aidez nos reporters sur le terrain.",
        ),
        listen="Écouter cet article",
        follow="Suivez-nous sur WhatsApp",
        app="Téléchargez gratuitement notre application",
        edition="Édition",
        regions=("Nord", "Sud", "Îles"),
        weather="Météo",
        offer="Abonnez-vous pour {price} par mois",
        live="Direct",
        flashes=(
            "La Bourse perd {n} points à l'ouverture",
            "Un train de {n} passagers arrêté sur la voie",
            "Le match de coupe commence avec {n} minutes de retard",
        ),
        topics="Thèmes",
        about_author="À propos de l'auteur",
    ),
    "es": Inserts(
        read_more="LEA TAMBIÉN",
        shares="compartidos",
        readers="personas leen esta noticia ahora",
        updated_ago="Actualizado hace {n} minutos",
        appeals=(
            (
                "Nuestro periodismo es gratuito para todos porque los lectores lo pagan. "
                "Apóyenos hoy con una pequeña aportación."
            ),
            "Solo esta semana: hágase socio a mitad de precio y ayude a nuestros reporteros.",
        ),
        listen="Escuchar esta noticia",
        follow="Síganos en WhatsApp",
        app="Descargue gratis nuestra aplicación",
        edition="Edición",
        regions=("Norte", "Sur", "Islas"),
        weather="El tiempo",
        offer="Suscríbase por {price} al mes",
        live="En directo",
        flashes=(
            "La bolsa cae {n} puntos en la apertura",
            "Un tren con {n} pasajeros se detiene en la vía",
            "El partido de copa empieza con {n} minutos de retraso",
        ),
        topics="Temas",
        about_author="Sobre el autor",
    ),
}


def inserts(language: str) -> Inserts:
    """The insertions for `language` (ISO 639-1), or the English ones."""
    return INSERTS.get(language, INSERTS["en"])
