"""What outlets say in place of a story, by language: not here, withdrawn, withheld, later, after you paid.

Whole sentences, as readers get them; the short labels are in `furniture`. Languages as there; any other
language gets the English ones.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Absences:
    """An outlet's ways to say that there is nothing to read, in one language."""

    mislaid: str  #: below "not found": what may have happened, where to go on
    gone: str  #: to a 410
    legal: str  #: to a 451
    note: str  #: the headline over an editors' note
    withdrawn: str  #: an editors' note in place of a story, at length
    maintenance: str
    meter: str
    members: str  #: before a hard paywall
    sign_in: str  #: what stands over the form
    consent: str  #: what stands on a wall that must be passed
    human: str  #: what a captcha asks


ABSENCES: dict[str, Absences] = {
    "en": Absences(
        mislaid=(
            "The link may be old, or the address may be misspelt. Try the search, "
            "go back to the front page, or see what our readers are reading now."
        ),
        gone="This page has been removed for good",
        legal="This page is not available because of a legal demand",
        note="Editors' note",
        withdrawn=(
            "An article that stood at this address has been retracted by the editors. After its publication we "
            "found that it did not meet our standards. We have taken down the text and apologise to our readers."
        ),
        maintenance="We are working on our site and will be back shortly",
        meter="You have read all of your free articles for this month",
        members="This article is for subscribers only",
        sign_in="Please sign in with your e-mail address and password to go on",
        consent="To read our pages, agree to advertising and tracking by our partners, or take out a subscription",
        human="Please confirm that you are a human being",
    ),
    "ar": Absences(
        mislaid=(
            "قد يكون الرابط قديماً أو العنوان مكتوباً بشكل خاطئ. "
            "جرّب البحث أو عد إلى الصفحة الرئيسية لمتابعة آخر الأخبار."
        ),
        gone="تمت إزالة هذه الصفحة نهائياً",
        legal="هذه الصفحة غير متاحة بسبب طلب قانوني",
        note="توضيح من هيئة التحرير",
        withdrawn=(
            "سحبت هيئة التحرير المقال الذي كان منشوراً على هذا العنوان، إذ تبيّن بعد نشره أنه لا يستوفي معاييرنا. "
            "لقد حذفنا النص ونعتذر من قرائنا عن هذا الخطأ وعن كل ما ترتب عليه."
        ),
        maintenance="الموقع قيد الصيانة وسنعود قريباً",
        meter="لقد قرأت جميع مقالاتك المجانية لهذا الشهر",
        members="هذا المقال للمشتركين فقط",
        sign_in="يرجى تسجيل الدخول بالبريد الإلكتروني وكلمة المرور للمتابعة",
        consent="لقراءة صفحاتنا يرجى الموافقة على ملفات تعريف الارتباط والإعلانات أو الاشتراك",
        human="يرجى تأكيد أنك لست روبوتاً",
    ),
    "tr": Absences(
        mislaid=(
            "Bağlantı eski ya da adres yanlış yazılmış olabilir. Arama yapabilir, ana sayfaya dönebilir "
            "ya da çok okunan haberlere göz atabilirsiniz."
        ),
        gone="Bu sayfa kalıcı olarak kaldırıldı",
        legal="Bu sayfaya hukuki bir talep nedeniyle ulaşılamıyor",
        note="Yayın kurulundan açıklama",
        withdrawn=(
            "Bu adreste yayımlanan haber yayın kurulu tarafından geri çekilmiştir. Yayından sonra haberin "
            "ilkelerimize uymadığı anlaşıldı. Metni kaldırdık ve okurlarımızdan özür dileriz."
        ),
        maintenance="Sitemizde bakım yapıyoruz, kısa süre sonra yeniden buradayız",
        meter="Bu ay için ücretsiz haber hakkınızın tamamını kullandınız",
        members="Bu haber yalnızca abonelere açıktır",
        sign_in="Devam etmek için e-posta adresiniz ve şifrenizle giriş yapın",
        consent="Sayfalarımızı okumak için reklam ve takibe izin verin ya da abone olun",
        human="Lütfen robot olmadığınızı doğrulayın",
    ),
    "ku": Absences(
        mislaid=(
            "Dibe ku girêdan kevn be an jî navnîşan şaş hatibe nivîsandin. Lêgerînê biceribîne, "
            "vegere destpêkê an jî li nûçeyên herî zêde hatine xwendin binêre."
        ),
        gone="Ev rûpel bi temamî hatiye rakirin",
        legal="Ev rûpel ji ber daxwazeke qanûnî nayê dîtin",
        note="Nota edîtoran",
        withdrawn=(
            "Nûçeya ku li vê navnîşanê hatibû weşandin ji aliyê edîtoran ve hat vekişandin. Piştî weşanê derket "
            "holê ku ew ne li gorî pîvanên me ye. Me nivîs rakir û em lêborînê ji xwendevanên xwe dixwazin."
        ),
        maintenance="Em li ser malpera xwe dixebitin û di demeke kurt de vedigerin",
        meter="Te hemû nûçeyên xwe yên belaş ên vê mehê xwendin",
        members="Ev nûçe tenê ji bo aboneyan e",
        sign_in="Ji bo berdewamiyê bi e-peyam û şîfreya xwe têkeve",
        consent="Ji bo xwendina rûpelên me cookie û reklaman qebûl bike an jî bibe abone",
        human="Ji kerema xwe piştrast bike ku tu ne robot î",
    ),
    "ru": Absences(
        mislaid=(
            "Возможно, ссылка устарела или адрес набран с ошибкой. Воспользуйтесь поиском, "
            "вернитесь на главную или посмотрите, что сейчас читают."
        ),
        gone="Эта страница удалена навсегда",
        legal="Страница недоступна по требованию закона",
        note="От редакции",
        withdrawn=(
            "Материал, который был опубликован по этому адресу, отозван редакцией. После публикации выяснилось, "
            "что он не соответствует нашим стандартам. Текст снят с публикации, мы приносим извинения читателям."
        ),
        maintenance="Ведутся технические работы, мы скоро вернёмся",
        meter="Вы прочитали все бесплатные статьи этого месяца",
        members="Этот материал доступен только подписчикам",
        sign_in="Чтобы продолжить, войдите с помощью электронной почты и пароля",
        consent="Чтобы читать наши страницы, согласитесь на рекламу и отслеживание или оформите подписку",
        human="Подтвердите, что вы не робот",
    ),
    "de": Absences(
        mislaid=(
            "Der Link ist vielleicht veraltet oder die Adresse falsch geschrieben. Nutzen Sie die Suche, "
            "gehen Sie zur Startseite, oder sehen Sie nach, was andere gerade lesen."
        ),
        gone="Diese Seite wurde endgültig gelöscht",
        legal="Diese Seite ist aus rechtlichen Gründen nicht verfügbar",
        note="In eigener Sache",
        withdrawn=(
            "Ein Beitrag, der unter dieser Adresse stand, wurde von der Redaktion zurückgezogen. Nach der "
            "Veröffentlichung hat sich gezeigt, dass er unseren Grundsätzen nicht entsprach. Wir haben den Text "
            "gelöscht und bitten unsere Leserinnen und Leser um Entschuldigung."
        ),
        maintenance="Wir arbeiten an unserer Seite und sind bald wieder da",
        meter="Sie haben alle freien Artikel dieses Monats gelesen",
        members="Dieser Artikel ist Abonnenten vorbehalten",
        sign_in="Bitte melden Sie sich mit E-Mail-Adresse und Passwort an, um fortzufahren",
        consent="Um unsere Seiten zu lesen, stimmen Sie Werbung und Tracking zu, oder schließen Sie ein Abo ab",
        human="Bitte bestätigen Sie, dass Sie ein Mensch sind",
    ),
    "fr": Absences(
        mislaid=(
            "Le lien est peut-être ancien ou l'adresse mal saisie. Lancez une recherche, revenez à l'accueil "
            "ou découvrez ce que lisent nos lecteurs en ce moment."
        ),
        gone="Cette page a été définitivement supprimée",
        legal="Cette page n'est pas disponible pour des raisons juridiques",
        note="Note de la rédaction",
        withdrawn=(
            "L'article publié à cette adresse a été retiré par la rédaction. Après sa parution, il est apparu "
            "qu'il ne répondait pas à nos règles. Nous avons dépublié le texte et présentons nos excuses."
        ),
        maintenance="Notre site est en maintenance, nous revenons très vite",
        meter="Vous avez lu tous vos articles gratuits du mois",
        members="Cet article est réservé aux abonnés",
        sign_in="Connectez-vous avec votre adresse électronique et votre mot de passe pour continuer",
        consent="Pour lire nos pages, acceptez la publicité et le suivi de nos partenaires ou abonnez-vous",
        human="Merci de confirmer que vous êtes un être humain",
    ),
    "es": Absences(
        mislaid=(
            "Puede que el enlace sea antiguo o que la dirección esté mal escrita. Use el buscador, vuelva "
            "a la portada o mire lo que leen ahora nuestros lectores."
        ),
        gone="Esta página se ha eliminado de forma definitiva",
        legal="Esta página no está disponible por un requerimiento legal",
        note="Nota de la redacción",
        withdrawn=(
            "La redacción ha retirado el artículo publicado en esta dirección. Tras su publicación comprobamos "
            "que no cumplía nuestras normas. Hemos despublicado el texto y pedimos disculpas a nuestros lectores."
        ),
        maintenance="Estamos trabajando en nuestra web y volveremos pronto",
        meter="Ha leído todos sus artículos gratuitos de este mes",
        members="Este artículo es solo para suscriptores",
        sign_in="Inicie sesión con su correo y su contraseña para continuar",
        consent="Para leer nuestras páginas, acepte la publicidad y el seguimiento o suscríbase",
        human="Confirme que es una persona",
    ),
}


def absences(language: str) -> Absences:
    """The sentences for `language` (ISO 639-1), or the English ones."""
    return ABSENCES.get(language, ABSENCES["en"])
