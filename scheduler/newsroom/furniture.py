"""The words around a story, by language: menus, labels, notices. Never the story's own words.

Languages: Arabic, English, French, German, Kurdish (Kurmanji), Russian, Spanish, Turkish. Any other
language gets the English labels, as smaller outlets do.
"""

from __future__ import annotations

from dataclasses import dataclass

RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur", "ckb", "ps", "dv", "yi"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Furniture:
    """An outlet's labels in one language."""

    home: str
    about: str
    contact: str
    privacy: str
    search: str
    by: str
    published: str
    updated: str
    correction: str
    related: str
    most_read: str
    share: str
    newsletter: str
    cookies: str
    accept: str
    comments: str
    latest: str
    not_found: str
    removed: str
    retracted: str
    retraction: str
    subscribe: str
    sign_in: str
    region: str
    advertisement: str
    minutes_ago: str


FURNITURE: dict[str, Furniture] = {
    "en": Furniture(
        home="Home",
        about="About us",
        contact="Contact",
        privacy="Privacy",
        search="Search",
        by="By",
        published="Published",
        updated="Updated",
        correction="Correction",
        related="Related stories",
        most_read="Most read",
        share="Share this article",
        newsletter="Sign up for our morning newsletter",
        cookies="We and our partners use cookies to give you the best experience",
        accept="Accept all",
        comments="Comments",
        latest="Latest",
        not_found="Sorry, the page you are looking for could not be found",
        removed="This article has been removed",
        retracted="Retracted",
        retraction="This article has been retracted because it did not meet our editorial standards",
        subscribe="Subscribe to continue reading",
        sign_in="Sign in to your account",
        region="This content is not available in your region",
        advertisement="Advertisement",
        minutes_ago="minutes ago",
    ),
    "ar": Furniture(
        home="الرئيسية",
        about="من نحن",
        contact="اتصل بنا",
        privacy="سياسة الخصوصية",
        search="بحث",
        by="بقلم",
        published="تاريخ النشر",
        updated="آخر تحديث",
        correction="تصحيح",
        related="مواضيع ذات صلة",
        most_read="الأكثر قراءة",
        share="شارك المقال",
        newsletter="اشترك في نشرتنا البريدية",
        cookies="نستخدم ملفات تعريف الارتباط لتحسين تجربتك",
        accept="موافق",
        comments="التعليقات",
        latest="آخر الأخبار",
        not_found="عذراً، الصفحة المطلوبة غير موجودة",
        removed="تم حذف هذا المقال",
        retracted="مسحوب",
        retraction="تم سحب هذا المقال لأنه لا يستوفي معاييرنا التحريرية",
        subscribe="اشترك لمتابعة القراءة",
        sign_in="تسجيل الدخول إلى حسابك",
        region="هذا المحتوى غير متوفر في منطقتك",
        advertisement="إعلان",
        minutes_ago="دقيقة مضت",
    ),
    "tr": Furniture(
        home="Ana sayfa",
        about="Hakkımızda",
        contact="İletişim",
        privacy="Gizlilik",
        search="Ara",
        by="Yazan:",
        published="Yayın tarihi",
        updated="Güncelleme",
        correction="Düzeltme",
        related="İlgili haberler",
        most_read="Çok okunanlar",
        share="Haberi paylaş",
        newsletter="Sabah bültenimize abone olun",
        cookies="Size daha iyi hizmet sunmak için çerez kullanıyoruz",
        accept="Kabul et",
        comments="Yorumlar",
        latest="Son dakika",
        not_found="Üzgünüz, aradığınız sayfa bulunamadı",
        removed="Bu haber yayından kaldırılmıştır",
        retracted="Geri çekildi",
        retraction="Bu haber yayın ilkelerimize uymadığı için geri çekilmiştir",
        subscribe="Okumaya devam etmek için abone olun",
        sign_in="Hesabınıza giriş yapın",
        region="Bu içerik bölgenizde kullanılamıyor",
        advertisement="Reklam",
        minutes_ago="dakika önce",
    ),
    "ku": Furniture(
        home="Destpêk",
        about="Derbarê me de",
        contact="Têkilî",
        privacy="Nepenî",
        search="Lêgerîn",
        by="Nivîskar:",
        published="Dîroka weşanê",
        updated="Nûkirin",
        correction="Rastkirin",
        related="Nûçeyên têkildar",
        most_read="Herî zêde hatine xwendin",
        share="Vê nûçeyê parve bike",
        newsletter="Bibe aboneyê bultena me",
        cookies="Em cookie bi kar tînin da ku xizmeta xwe baştir bikin",
        accept="Qebûl bike",
        comments="Şîrove",
        latest="Nûçeyên dawî",
        not_found="Bibore, rûpela ku tu lê digerî nehat dîtin",
        removed="Ev nûçe ji weşanê hatiye rakirin",
        retracted="Hat vekişandin",
        retraction="Ev nûçe hat vekişandin ji ber ku ne li gorî pîvanên me ye",
        subscribe="Ji bo berdewamiya xwendinê bibe abone",
        sign_in="Têkeve hesabê xwe",
        region="Ev naverok li herêma te tune ye",
        advertisement="Reklam",
        minutes_ago="deqe berê",
    ),
    "ru": Furniture(
        home="Главная",
        about="О нас",
        contact="Контакты",
        privacy="Конфиденциальность",
        search="Поиск",
        by="Автор:",
        published="Опубликовано",
        updated="Обновлено",
        correction="Исправление",
        related="По теме",
        most_read="Самое читаемое",
        share="Поделиться статьёй",
        newsletter="Подпишитесь на утреннюю рассылку",
        cookies="Мы используем файлы cookie, чтобы сайт работал лучше",
        accept="Принять",
        comments="Комментарии",
        latest="Последние новости",
        not_found="К сожалению, запрошенная страница не найдена",
        removed="Эта статья удалена",
        retracted="Отозвано",
        retraction="Статья отозвана, так как не соответствует нашим редакционным стандартам",
        subscribe="Оформите подписку, чтобы читать дальше",
        sign_in="Войдите в свою учётную запись",
        region="Материал недоступен в вашем регионе",
        advertisement="Реклама",
        minutes_ago="минут назад",
    ),
    "de": Furniture(
        home="Startseite",
        about="Über uns",
        contact="Kontakt",
        privacy="Datenschutz",
        search="Suche",
        by="Von",
        published="Veröffentlicht",
        updated="Aktualisiert",
        correction="Korrektur",
        related="Mehr zum Thema",
        most_read="Meistgelesen",
        share="Artikel teilen",
        newsletter="Abonnieren Sie unseren Newsletter am Morgen",
        cookies="Wir und unsere Partner verwenden Cookies, um unser Angebot zu verbessern",
        accept="Alle akzeptieren",
        comments="Kommentare",
        latest="Eilmeldung",
        not_found="Die gesuchte Seite wurde leider nicht gefunden",
        removed="Dieser Artikel wurde entfernt",
        retracted="Zurückgezogen",
        retraction="Dieser Artikel wurde zurückgezogen, weil er unseren Grundsätzen nicht entsprach",
        subscribe="Jetzt abonnieren und weiterlesen",
        sign_in="Melden Sie sich an",
        region="Dieser Inhalt ist in Ihrer Region nicht verfügbar",
        advertisement="Anzeige",
        minutes_ago="Minuten her",
    ),
    "fr": Furniture(
        home="Accueil",
        about="Qui sommes-nous",
        contact="Contact",
        privacy="Confidentialité",
        search="Rechercher",
        by="Par",
        published="Publié le",
        updated="Mis à jour le",
        correction="Rectificatif",
        related="Sur le même sujet",
        most_read="Les plus lus",
        share="Partager cet article",
        newsletter="Inscrivez-vous à notre lettre du matin",
        cookies="Nos partenaires et nous utilisons des cookies pour améliorer votre visite",
        accept="Tout accepter",
        comments="Commentaires",
        latest="Dernière minute",
        not_found="Désolé, la page demandée est introuvable",
        removed="Cet article a été supprimé",
        retracted="Retiré",
        retraction="Cet article a été retiré car il ne répondait pas à nos règles",
        subscribe="Abonnez-vous pour lire la suite",
        sign_in="Connectez-vous à votre compte",
        region="Ce contenu n'est pas disponible dans votre région",
        advertisement="Publicité",
        minutes_ago="minutes plus tôt",
    ),
    "es": Furniture(
        home="Portada",
        about="Quiénes somos",
        contact="Contacto",
        privacy="Privacidad",
        search="Buscar",
        by="Por",
        published="Publicado",
        updated="Actualizado",
        correction="Corrección",
        related="Noticias relacionadas",
        most_read="Lo más leído",
        share="Compartir esta noticia",
        newsletter="Suscríbase a nuestro boletín de la mañana",
        cookies="Nosotros y nuestros socios usamos cookies para mejorar su experiencia",
        accept="Aceptar todo",
        comments="Comentarios",
        latest="Última hora",
        not_found="Lo sentimos, la página que busca no existe",
        removed="Este artículo ha sido eliminado",
        retracted="Retirado",
        retraction="Este artículo ha sido retirado porque no cumplía nuestras normas",
        subscribe="Suscríbase para seguir leyendo",
        sign_in="Inicie sesión en su cuenta",
        region="Este contenido no está disponible en su región",
        advertisement="Publicidad",
        minutes_ago="minutos atrás",
    ),
}


def furniture(language: str) -> Furniture:
    """The labels for `language` (ISO 639-1), or the English ones."""
    return FURNITURE.get(language, FURNITURE["en"])


def direction(language: str) -> str:
    """`rtl` or `ltr`, as the HTML `dir` attribute wants it."""
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


SECTIONS: dict[str, dict[str, str]] = {
    "en": {
        "politics": "Politics",
        "world": "World",
        "economy": "Economy",
        "culture": "Culture",
        "sport": "Sport",
    },
    "ar": {
        "politics": "سياسة",
        "world": "العالم",
        "economy": "اقتصاد",
        "culture": "ثقافة",
        "sport": "رياضة",
    },
    "tr": {
        "politics": "Siyaset",
        "world": "Dünya",
        "economy": "Ekonomi",
        "culture": "Kültür",
        "sport": "Spor",
    },
    "ku": {
        "politics": "Siyaset",
        "world": "Cîhan",
        "economy": "Aborî",
        "culture": "Çand",
        "sport": "Werziş",
    },
    "ru": {
        "politics": "Политика",
        "world": "Мир",
        "economy": "Экономика",
        "culture": "Культура",
        "sport": "Спорт",
    },
    "de": {
        "politics": "Politik",
        "world": "Welt",
        "economy": "Wirtschaft",
        "culture": "Kultur",
        "sport": "Sport",
    },
    "fr": {
        "politics": "Politique",
        "world": "Monde",
        "economy": "Économie",
        "culture": "Culture",
        "sport": "Sport",
    },
    "es": {
        "politics": "Política",
        "world": "Mundo",
        "economy": "Economía",
        "culture": "Cultura",
        "sport": "Deportes",
    },
}


def section_label(section: str, language: str) -> str:
    """What the menu calls a section; a section that we do not know is called by its own name."""
    return SECTIONS.get(language, SECTIONS["en"]).get(section, section.replace("-", " ").capitalize())
