"""What outlets put on a page beside the story, in eight languages: the words that `alterations.py` plants.

Every entry is a list of variants. A page in another language gets the English ones. `{n}` is a number.
"""

# ruff: noqa: E501 -- one variant a string, one language a line

from __future__ import annotations

ADS = {
    "en": ["Advertisement", "Ad", "Advertisement – scroll to continue", "Compare car insurance in two minutes and save up to {n} dollars", "Story continues below"],
    "de": ["Anzeige", "Werbung", "Jetzt Stromtarif vergleichen und bis zu {n} Euro sparen", "Der Artikel wird nach der Anzeige fortgesetzt"],
    "tr": ["Reklam", "İlan", "Yazının devamı reklamdan sonra", "Bugün kredi başvurusu yapın, {n} TL kazanın"],
    "ar": ["إعلان", "اعلان ممول", "قارن أسعار التأمين ووفر حتى {n} دولار"],
    "ku": ["Reklam", "ڕیکلام", "Îro bikire û {n} dolar qezenc bike"],
    "fr": ["Publicité", "La suite après cette publicité", "Comparez votre assurance et économisez {n} euros"],
    "es": ["Publicidad", "Anuncio", "Compare su seguro y ahorre hasta {n} euros"],
    "ru": ["Реклама", "На правах рекламы", "Сравните страховку и сэкономьте до {n} рублей"],
}  # fmt: skip
NEWSLETTERS = {
    "en": ["Sign up for our morning newsletter. The day's most important stories in your inbox.", "Get the latest news delivered to your inbox every morning.", "Join {n} readers who start the day with The Briefing.", "Subscribe to our daily newsletter", "Enjoying this story? Subscribe for full access."],
    "de": ["Melden Sie sich für unseren Newsletter an. Das Wichtigste des Tages in Ihrem Postfach.", "Jeden Morgen die wichtigsten Nachrichten per E-Mail.", "Newsletter abonnieren", "Sie lesen gern bei uns? Jetzt Abo abschließen."],
    "tr": ["Günün önemli haberleri e-posta kutunuzda. Bültenimize abone olun.", "Haber bültenimize kaydolun"],
    "ar": ["اشترك في نشرتنا البريدية. أهم أخبار اليوم في بريدك.", "سجل للحصول على النشرة الإخبارية"],
    "ku": ["Bibin aboneyê bultena me. Nûçeyên rojê di e-peyama we de.", "Abone bibe"],
    "fr": ["Inscrivez-vous à notre newsletter. L'essentiel de l'actualité dans votre boîte mail.", "Abonnez-vous à notre lettre d'information", "Recevez chaque matin les nouvelles du jour."],
    "es": ["Suscríbase a nuestro boletín. Las noticias más importantes en su correo.", "Reciba cada mañana las noticias del día.", "Suscríbete al boletín"],
    "ru": ["Подпишитесь на нашу рассылку. Главные новости дня у вас в почте.", "Подписаться на рассылку"],
}  # fmt: skip
APPS = {
    "en": ["Download our app for breaking news alerts", "Follow us on Facebook, Instagram and X.", "Join our WhatsApp channel for the latest updates."],
    "de": ["Laden Sie unsere App herunter", "Folgen Sie uns auf Facebook und Instagram.", "Unser WhatsApp-Kanal: jetzt abonnieren"],
    "tr": ["Uygulamamızı indirin", "Bizi Twitter ve Facebook'ta takip edin.", "WhatsApp kanalımıza katılın"],
    "ar": ["حمل تطبيقنا الآن", "تابعونا على فيسبوك وتويتر.", "انضم إلى قناتنا على تلغرام"],
    "ku": ["Sepana me daxe", "Me li ser Facebook û Twitterê bişopîne."],
    "fr": ["Téléchargez notre application", "Suivez-nous sur Facebook et Twitter."],
    "es": ["Descarga nuestra aplicación", "Síguenos en Facebook e Instagram."],
    "ru": ["Скачайте наше приложение", "Читайте нас в Telegram и ВКонтакте."],
}  # fmt: skip
MORE = {
    "en": ["READ MORE:", "Read also:", "RELATED:", "See also", "More on this story:"],
    "de": ["Lesen Sie auch:", "Mehr zum Thema:", "Auch interessant:"],
    "tr": ["İLGİLİ HABER:", "Ayrıca okuyun:", "DAHA FAZLA OKU:"],
    "ar": ["اقرأ أيضا:", "اقرأ المزيد:"],
    "ku": ["Bixwîne:", "Zêdetir bixwîne:"],
    "fr": ["LIRE AUSSI :", "À lire aussi :", "Lire la suite :"],
    "es": ["LEA TAMBIÉN:", "Te puede interesar:", "Leer más:"],
    "ru": ["ЧИТАЙТЕ ТАКЖЕ:", "Читайте по теме:"],
}  # fmt: skip
RELATED = {
    "en": ["Related stories", "Most read", "Recommended for you"],
    "de": ["Mehr zum Thema", "Meistgelesen"],
    "tr": ["İlgili haberler", "En çok okunanlar"],
    "ar": ["مواضيع ذات صلة", "الأكثر قراءة"],
    "ku": ["Nûçeyên têkildar", "Herî zêde hatine xwendin"],
    "fr": ["Sur le même sujet", "Les plus lus"],
    "es": ["Noticias relacionadas", "Lo más leído"],
    "ru": ["Материалы по теме", "Самое читаемое"],
}  # fmt: skip
CONSENT = {
    "en": ["We and our {n} partners store and access information on your device. You can change your choices at any time.", "This site uses cookies to give you the best experience. By continuing you accept our cookie policy."],
    "de": ["Wir und unsere {n} Partner speichern Informationen auf Ihrem Gerät. Sie können Ihre Einwilligung jederzeit widerrufen."],
    "tr": ["Sitemizde çerezler kullanılmaktadır. Devam ederek çerez politikamızı kabul edersiniz."],
    "ar": ["نستخدم ملفات تعريف الارتباط لتحسين تجربتك. بالمتابعة فإنك توافق على سياستنا."],
    "ku": ["Ev malper çerezan bi kar tîne. Bi berdewamkirinê hûn qebûl dikin."],
    "fr": ["Nous et nos {n} partenaires stockons des informations sur votre appareil. Vous pouvez modifier vos choix à tout moment."],
    "es": ["Utilizamos cookies propias y de terceros. Si continúa navegando acepta nuestra política de cookies."],
    "ru": ["Мы используем файлы cookie. Продолжая пользоваться сайтом, вы соглашаетесь с нашей политикой."],
}  # fmt: skip
COMMENT_HEADS = {
    "en": ["{n} comments", "Comments ({n})", "Readers' comments"], "de": ["{n} Kommentare", "Kommentare"],
    "tr": ["Yorumlar ({n})"], "ar": ["التعليقات ({n})"], "ku": ["Şîrove ({n})"], "fr": ["{n} commentaires", "Commentaires"],
    "es": ["Comentarios ({n})"], "ru": ["Комментарии ({n})"],
}  # fmt: skip
COMMENTS = {
    "en": ["This is exactly what I said last year and nobody listened.", "Nonsense. The author should read the report first!", "Thank you for this balanced article, more of this please.", "I was there and it was not like that at all."],
    "de": ["Genau das habe ich letztes Jahr schon gesagt und niemand hat zugehört.", "Unsinn. Der Autor sollte erst einmal den Bericht lesen!", "Danke für diesen ausgewogenen Artikel."],
    "tr": ["Bunu geçen yıl söylemiştim, kimse dinlemedi.", "Çok güzel bir yazı olmuş, teşekkürler."],
    "ar": ["هذا ما قلته في العام الماضي ولم يستمع أحد.", "شكرا على هذا المقال المتوازن."],
    "ku": ["Min ev yek sala borî gotibû û kesî guhdarî nekir.", "Spas ji bo vê gotarê."],
    "fr": ["C'est exactement ce que je disais l'an dernier.", "Merci pour cet article équilibré."],
    "es": ["Es exactamente lo que dije el año pasado y nadie escuchó.", "Gracias por este artículo tan equilibrado."],
    "ru": ["Именно это я говорил в прошлом году, и никто не слушал.", "Спасибо за взвешенную статью."],
}  # fmt: skip
BREAKING = {
    "en": ["BREAKING", "LIVE"], "de": ["EILMELDUNG"], "tr": ["SON DAKİKA"], "ar": ["عاجل"], "ku": ["NÛÇEYA LEZGÎN"],
    "fr": ["DERNIÈRE MINUTE"], "es": ["ÚLTIMA HORA"], "ru": ["СРОЧНО"],
}  # fmt: skip
DONATIONS = {
    "en": ["Independent journalism needs your support. Please consider a donation today.", "We depend on readers like you. Support us from as little as {n} dollars a month.", "Your contribution keeps our reporting free for everyone."],
    "de": ["Unabhängiger Journalismus braucht Ihre Unterstützung. Bitte spenden Sie noch heute.", "Unsere Recherchen sind frei zugänglich. Schon {n} Menschen machen mit und zahlen einen kleinen Betrag."],
    "tr": ["Bağımsız gazetecilik desteğinize ihtiyaç duyuyor. Lütfen bugün bağış yapın."],
    "ar": ["الصحافة المستقلة تحتاج إلى دعمكم. تبرع الآن."],
    "ku": ["Rojnamegeriya serbixwe hewcedarî piştgiriya we ye. Ji kerema xwe îro bexş bikin."],
    "fr": ["Le journalisme indépendant a besoin de votre soutien. Faites un don aujourd'hui."],
    "es": ["El periodismo independiente necesita tu apoyo. Haz una donación hoy."],
    "ru": ["Независимой журналистике нужна ваша поддержка. Пожалуйста, сделайте пожертвование сегодня."],
}  # fmt: skip
AGO = {
    "en": ["{n} minutes ago", "Updated {n} hours ago", "{n} min read", "Published {n}h ago"],
    "de": ["vor {n} Minuten", "Aktualisiert vor {n} Stunden", "Lesezeit: {n} Minuten"],
    "tr": ["{n} dakika önce", "{n} saat önce güncellendi"],
    "ar": ["قبل {n} دقيقة", "منذ {n} ساعات"],
    "ku": ["{n} deqe berê", "Berî {n} saetan"],
    "fr": ["il y a {n} minutes", "Mis à jour il y a {n} heures"],
    "es": ["hace {n} minutos", "Actualizado hace {n} horas"],
    "ru": ["{n} минут назад", "{n} часов назад"],
}  # fmt: skip
COUNTS = {
    "en": ["{n} shares", "{n} comments", "Share {n}", "{n} people are reading this", "Views: {n}"],
    "de": ["{n} Kommentare", "{n} Mal geteilt", "Aufrufe: {n}"],
    "tr": ["{n} yorum", "{n} görüntülenme", "{n} paylaşım"],
    "ar": ["{n} تعليق", "{n} مشاهدة", "مشاركة {n}"],
    "ku": ["{n} şîrove", "{n} dîtin"],
    "fr": ["{n} commentaires", "{n} partages"],
    "es": ["{n} comentarios", "{n} compartidos"],
    "ru": ["{n} комментариев", "Просмотры: {n}"],
}  # fmt: skip
NOTES = {
    "en": ["Correction: An earlier version of this article misstated the date of the meeting. It was on Tuesday.", "This article was amended to clarify the role of the ministry.", "Editor's note: the figure in the second paragraph has been corrected."],
    "de": ["Korrektur: In einer früheren Version dieses Artikels war das Datum falsch angegeben.", "Anmerkung der Redaktion: Die Zahl im zweiten Absatz wurde berichtigt."],
    "tr": ["Düzeltme: Haberin önceki halinde tarih yanlış verilmişti."],
    "ar": ["تصحيح: ورد في نسخة سابقة من هذا المقال تاريخ خاطئ."],
    "ku": ["Rastkirin: Di guhertoya berê ya vê nûçeyê de dîrok şaş bû."],
    "fr": ["Rectificatif : une version précédente de cet article donnait une date erronée."],
    "es": ["Corrección: una versión anterior de este artículo daba una fecha equivocada."],
    "ru": ["Исправление: в предыдущей версии этой статьи была указана неверная дата."],
}  # fmt: skip
NEGATIONS = {
    "en": "not", "de": "nicht", "tr": "değil", "ar": "لا", "ku": "ne", "fr": "pas", "es": "no", "ru": "не",
}  # fmt: skip


def in_language(table: dict[str, list[str]], language: str) -> list[str]:
    """The variants in `language`, or the English ones."""
    return table.get(language, table["en"])
