"""A paragraph → what it is when it is no part of a story: a counter, a label, a call to the reader.

It knows how outlets word such lines in English, German, Turkish, Arabic, Kurdish (Kurmanji and Sorani), French,
Spanish and Russian, and their shape in any language. It refuses to look at other paragraphs and at the page:
whether such a line matters is for whoever compares. A sentence with a number or a name in it is never one,
unless it begins as a call does and speaks of what outlets offer.
"""

from __future__ import annotations

import enum
import functools

import regex

from archive.domain.lexicons import DAYS, MONTHS
from archive.domain.wording import plain, words


class Trimming(enum.StrEnum):
    """What a line is that is no part of a story."""

    COUNTER = "counter"  #: 12 shares, 3 comments, 4 min read
    AGO = "ago"  #: 2 hours ago
    WHEN = "when"  #: Tuesday 3 March 2026, 10:20, perhaps with a name
    MARKET = "market"  #: DAX 20,609.12 +1.81%
    LABEL = "label"  #: Advertisement, Related stories, READ MORE: …
    CALL = "call"  #: Sign up for our newsletter


LINE = 8
"""Words of a counter or a relative time with all that stands beside it. Chosen: a label, a number and a unit."""
LETTERS = 600  #: characters of the longest line that is looked at: the rules are not made for a million digits
POINTER = 30  #: words of a label and the headline after its colon
CALL = 45  #: words of a call
SENTENCE = 4  #: words of the shortest line with a full stop that is taken for prose
PROSE = 20
"""Words from which on a line is prose without a full stop too: Arabic and Thai outlets set none. Chosen: headlines
and labels are shorter."""

_ENDS = regex.compile(r"[.!?…؟۔।。！？｡:;][\p{Pe}\p{Pf}\p{Pi}\"'’”»]*+\s*+$")
_STOPS = regex.compile(r"[.…۔।。][\p{Pe}\p{Pf}\p{Pi}\"'’”»]*+\s*+$")
_QUOTED = regex.compile(r"[\"“”„«»]\s*\p{L}")
_NUMBER = r"(?:\d[\d.,٫٬'’\ ]*+(?:\s?[km]\b)?)"

_UNITS = r"""
    shares? | comments? | views? | likes? | reads? | repl(?:y|ies) | reactions? | followers? | retweets?
    | responses? | min(?:ute)?s?[\ -]read | (?:people|readers|users)\ (?:are\ )?(?:reading|read|watching)
    | read(?:ing)?\ time | shared | viewed
    | kommentare? | (?:mal\ )?geteilt | aufrufe? | lesezeit | min(?:uten?)?\.?\ lesezeit | leser | klicks?
    | bewertungen | antworten
    | yorum(?:lar)? | görüntülen(?:me|di) | paylaşim | okunma | okundu | beğeni | okuma\ süresi
    | تعليق(?:ات)? | مشاهد(?:ة|ات) | مشارك(?:ة|ات) | قراء(?:ة|ات) | اعجاب(?:ات)?
    | şîrove | dîtin | parvekirin | hatiye\ (?:xwendin|dîtin) | بینین | بینەر | لێدوان | کۆمێنت | خوێندنەوە
    | commentaires? | partages? | vues? | lectures? | (?:min(?:utes?)?|temps)\ de\ lecture | réactions?
    | comentarios? | compartid[oa]s? | vistas? | visitas? | (?:min(?:utos?)?|tiempo)\ de\ lectura | me\ gusta
    | комментари(?:й|я|ев|и) | просмотр(?:ов|ы|а)? | поделил(?:ись|ся) | репост(?:ов|ы)? | прочтени[йяе]
    | мин(?:ут[аы]?|\.)?\ (?:чтения|на\ чтение) | время\ чтения | лайк(?:ов|и|а)?"""

_SPAN_EN = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?|mo|months?|y|years?)"
_SPAN_DE = r"(?:sekunden?|min(?:uten?|\.)?|std\.?|stunden?|tag(?:en)?|wochen?|monat(?:en)?|jahr(?:en)?)"
_SPAN_TR = r"(?:saniye|sn|dakika|dk|saat|gün|hafta|ay|yil)"
_SPAN_AR = r"(?:ثانية|ثوان|دقيقة|دقائق|دقيقتين|ساعة|ساعات|ساعتين|يوم|ايام|يومين|اسبوع|اسابيع|شهر|اشهر|سنة|سنوات)"
_SPAN_KU = r"(?:deq(?:e|îqe)\p{L}*|saet\p{L}*|roj\p{L}*|hefte\p{L}*|meh\p{L}*|sal\p{L}*)"
_SPAN_CKB = r"(?:خولەک|کاتژمێر|ڕۆژ|هەفتە|مانگ|ساڵ)"
_SPAN_FR = r"(?:s|secondes?|min(?:utes?)?|h|heures?|j|jours?|semaines?|mois|ans?|années?)"
_SPAN_ES = r"(?:s|segundos?|min(?:utos?)?|h|horas?|d[ií]as?|semanas?|mes(?:es)?|años?)"
_SPAN_RU = r"""(?:секунд[уы]?|сек\.?|минут[уы]?|мин\.?|час(?:а|ов)?|ч\.?|день|дня|дней|недел[юиь]|месяц(?:а|ев)?
    |лет|год(?:а)?)"""
_COUNT_OR_ONE = r"(?:\d+|an?|one|einer?|einem|un|une|una|bir|один|одну)"
_AGO = rf"""
    \b{_COUNT_OR_ONE}\s?{_SPAN_EN}\ ago\b | \bjust\ now\b
    | \bvor\ {_COUNT_OR_ONE}\ {_SPAN_DE}(?!\p{{L}}) | \bgerade\ eben\b
    | \b{_COUNT_OR_ONE}\ {_SPAN_TR}\ önce\b | \baz\ önce\b
    | (?:قبل|منذ)\ (?:\d+\ )?{_SPAN_AR} | الان
    | \b{_COUNT_OR_ONE}\ {_SPAN_KU}\ berê\b | \bberî\ {_COUNT_OR_ONE}\ {_SPAN_KU}
    | پێش\ {_COUNT_OR_ONE}\ {_SPAN_CKB}
    | \bil\ y\ a\ {_COUNT_OR_ONE}\ ?{_SPAN_FR}\b | \bà\ l'instant\b
    | \bhace\ {_COUNT_OR_ONE}\ ?{_SPAN_ES}\b | \bahora\ mismo\b
    | \b(?:{_COUNT_OR_ONE}\ )?{_SPAN_RU}\ назад\b | \bтолько\ что\b"""

# What stands over, under or before furniture. Alone, or before a mark and what it points at.
_LABELS = r"""
    ad(?:vert(?:isement|ising)?)?s? | sponsored(?:\ (?:content|by\ \S+))? | promoted | paid\ (?:content|post)
    | (?:story|article)\ continues(?:\ (?:below|after))?(?:\ (?:the\ |this\ )?ad(?:vertisement)?)?
    | scroll\ (?:down\ )?to\ continue
    | (?:read|see|watch|listen|more|also(?:\ read)?|you\ (?:may|might)\ (?:also\ )?(?:like
        |be\ interested(?:\ in)?))
        (?:\ (?:more|also|next|now|too))*
    | (?:more|read\ more)\ (?:on|about|from|in)(?:\ \S+){1,4} | don't\ miss | in\ case\ you\ missed\ it
    | (?:related|recommended|popular|trending|latest|most)(?:\ (?:read|viewed|popular|shared|commented|stories
        |story
        |articles?|news|content|topics?|posts?|coverage|links?|reading|videos?|headlines?|now|for\ you))*
    | top\ stories | editors?'?s?'?\ (?:picks?|choice) | what\ to\ read\ next | up\ next | read\ the\ full\ story
    | share(?:\ this)?(?:\ (?:article|story|post|on\ \S+))? | (?:leave|add|post|write)\ an?\ (?:comment|reply)
    | (?:view\ |show\ |read\ |all\ |(?:readers'?s?)\ )*comments?(?:\ section)?
    | join\ the\ (?:conversation|discussion)
    | (?:promoted|sponsored|partner)\ (?:stories|links|content) | be\ the\ first\ to\ comment | follow\ us
    | print | e-?mail | save | copy\ link | topics? | tags?
    | anzeigen? | werbung | (?:der\ artikel|die\ geschichte)\ wird\ nach\ der\ (?:anzeige|werbung)\ fortgesetzt
    | lesen\ sie\ (?:auch|mehr|hier|dazu|jetzt)(?:\ \S+)?
    | (?:auch|das\ könnte\ sie(?:\ auch)?)\ interess(?:ant|ieren)
    | mehr\ (?:zum\ thema|dazu|lesen|nachrichten|aus(?:\ \S+){1,3}|über(?:\ \S+){1,3})
    | meist\ ?gelesen(?:e\ artikel)?
    | (?:ähnliche|verwandte|weitere)\ (?:artikel|themen|beiträge|nachrichten|meldungen)
    | zum\ (?:thema|weiterlesen) | weiterlesen | (?:diesen?\ |den\ )?(?:artikel|beitrag)\ teilen
    | mehr\ (?:artikel|themen|nachrichten)(?:\ \S+){0,3}
    | teilen | kommentare? | (?:artikel\ )?(?:drucken|merken|teilen) | empfehlungen?(?:\ der\ redaktion)?
    | themen
    | reklam | ilan | sponsorlu(?:\ içerik)? | (?:yazinin|haberin)\ devami(?:\ \S+){0,3} | ilgili\ haber(?:ler)?
    | (?:ayrica|bunu\ da|bunlari\ da)\ (?:okuyun|oku|okuyabilirsiniz) | (?:daha\ fazla|devamini)\ oku(?:yun)?
    | en\ çok\ (?:okunan|yorumlanan)(?:lar)?(?:\ haberler)? | benzer\ haberler | önerilen(?:ler)?
    | (?:haberi\ )?paylaş | yorumlar | (?:bu\ habere\ )?yorum\ yap
    | (?:اعلان|اعلانات)(?:\ ممول)? | اقرا(?:وا)?\ (?:ايضا|المزيد|كذلك|اكثر)
    | (?:مواضيع|مقالات|اخبار)\ (?:ذات\ صلة|متعلقة|مشابهة)
    | الاكثر\ (?:قراءة|مشاهدة|تداولا|تعليقا) | شارك(?:\ المقال)? | التعليقات | للمزيد | شاهد\ ايضا
    | bixwîne | zêdetir(?:\ bixwîne)? | (?:nûçe|gotar)yên\ (?:têkildar|din)
    | (?:herî|zêde|pir)(?:\ \S+)?\ (?:hatine\ )?xwendin
    | parve\ bike | şîrove | ڕیکلام | زیاتر(?:\ بخوێنەوە)? | بابەتی\ پەیوەندیدار | هەواڵی\ پەیوەندیدار
    | publicité | annonce | contenu\ sponsorisé | la\ suite\ après\ (?:cette|la)\ publicité
    | (?:à\ )?lire\ (?:aussi|également|la\ suite|plus) | voir\ aussi | sur\ le\ même\ (?:sujet|thème)
    | à\ (?:lire|voir)(?:\ aussi)?
    | (?:les\ )?(?:plus\ (?:lus?|populaires?|partagés?)|articles\ (?:liés|similaires|associés))
    | partager(?:\ sur\ \S+)? | commentaires? | je\ m'abonne | (?:article\ )?réservé\ aux\ abonnés
    | publicidad | anuncio | contenido\ patrocinado | (?:lea|lee|leer|ver|vea)\ (?:también|más|además)
    | (?:te|le)\ (?:puede|podría)\ interesar | (?:noticias|artículos|contenidos?|temas)\ relacionad[oa]s?
    | lo\ más\ (?:leído|visto)
    | más\ (?:sobre(?:\ \S+){1,4}|noticias|información|leídas)
    | compart(?:ir|e)(?:\ (?:esta\ noticia|en\ \S+))? | comentarios?
    | (?:на\ правах\ )?реклам[аы] | читайте\ (?:также|по\ теме|далее|ещ[её]|подробнее)?
    | (?:материалы\ )?по\ теме
    | (?:самое\ )?(?:читаемое|популярное|обсуждаемое) | смотрите\ также | подробнее
    | поделиться(?:\ новостью)? | новости\ партн[её]ров | комментарии
    | похожие\ (?:статьи|новости|материалы) | новости\ по\ теме"""

_BANNER = r"""
    breaking(?:\ news)? | live(?:\ (?:updates?|blog|now))? | just\ in | eilmeldung | eil | liveticker
    | jetzt\ live
    | son\ dakika(?:\ haber(?:i|leri))? | canli | عاجل | مباشر | nûçeya\ lezgîn | بەپەلە | dernière\ minute
    | en\ direct | última\ hora
    | en\ (?:vivo|directo) | срочно | молния | прямой\ эфир"""

# How a call begins: it tells the reader to do something, or speaks for the outlet.
_STARTS = r"""
    (?:please\ |click\ (?:here\ )?to\ |want\ (?:more|to)\b.{0,40}?\b|to\ |don't\ miss\ .{0,30}?\b
        |start\ your\ day\ .{0,30}?)?
    (?:sign\ (?:up|in)|log\ in|subscribe|register|follow\ (?:us|our|\S+\ on|the\ \S+\ on|this)|download|donate
        |join\ (?:us|our|the\ (?:conversation|discussion|debate)|\S+\ on|now|today|\d\S*\ )|unlock|install
        |get\ (?:the|our|your|all|more|an?|breaking|daily|unlimited|full|\S+\ (?:delivered|in\ your|sent))
        |receive\ (?:the|our|your|an?|\S+\ (?:news|updates))|support\ (?:us|our|the|independent|quality|local)
        |give\ (?:us|today|now)|become\ an?|like\ (?:us|this|our)|share\ (?:this|on|it|your)
        |try\ (?:it|our|us|unlimited|\S+\ free|an?)
        |consider\ (?:an?|becoming|supporting|subscribing|making|donat\p{L}+)
        |listen\ (?:to|on|now)|buy\ (?:an?|the|now|your)|start\ (?:your|an?|reading|receiving)
        |continue\ (?:reading|to)|create\ (?:an?|your)|enter\ your
        |choose\ (?:your|an?|which)|tap|click
        |enable|turn\ on|stay\ (?:up|informed|connected|tuned|in|ahead|on))\b
    | (?:already\ a|not\ a)\ (?:subscriber|member) | enjoying\ (?:this|our)
    | (?:do\ you\ )?(?:like|love|enjoy)\ (?:this|our|what)
    | (?:bitte\ |jetzt\ |hier\ |so\ )*(?:melden\ sie|abonnieren|folgen\ sie|laden\ sie|lesen\ sie
        |unterstützen\ sie|spenden|registrieren
        |bestellen|testen|holen\ sie|werden\ sie|erhalten\ sie|sichern\ sie|klicken|folge|abonniere|hol\ dir
        |melde\ dich|lade
        |unterstütze|werde|verpassen\ sie|bleiben\ sie|probieren)\b
    | (?:sie\ (?:lesen\ gern|möchten|wollen)|jeden\ (?:morgen|tag|abend))\b
    | \p{L}+(?:in|ın|un|ün|iniz|unuz)\b(?=.{0,60}(?:bülten|uygulama|abone|takip|kanal))
    | (?:اشترك|اشتركوا|سجل|سجلوا|تابع|تابعوا|تابعونا|حمل|حملوا|انضم|انضموا|تبرع|تبرعوا|ادعم|ادعموا|احصل|احصلوا
        |اضغط|شارك)\b
    | (?:bibin|bişopîne|bişopînin|daxe|daxin|abone\ b\p{L}*|tomar\ bik\p{L}*|beşdar\p{L}*|piştgirî\p{L}*
        |bexş\p{L}*)\b
    | (?:inscrivez|abonnez|suivez|téléchargez|recevez|rejoignez|soutenez|faites|devenez|cliquez|connectez
        |découvrez|profitez|retrouvez)
        (?:-(?:vous|nous))?\b | (?:s')?(?:abonner|inscrire)\b
    | (?:suscr[ií]b(?:ete|ase|anse|irse|irte|a|e)|s[ií]g(?:ue|uenos|anos|a|uelo)|descarg(?:a|ue|ar)|recib(?:a|e|ir)
        |ún(?:ete|ase|anse)|ap[oó]y(?:a|e|enos|anos)|haz(?:te)?|dona
        |regístr\p{L}*|hágase|inicia|suscripción
        |únete|activa|consulta)\b
    | (?:подпи(?:шитесь|саться|сывайтесь|ши)\p{L}*|скачайте|скачать|читайте|следите|поддержите|пожертвуйте
        |присоединяйтесь
        |зарегистрируйтесь|войдите|оформите|получайте|установите|смотрите|нажмите|пришлите)\b"""
# What it offers or wants.
_OFFERS = r"""
    newsletters? | inbox | e-?mails? | briefing | app | apps | channel | notifications? | alerts?
    | subscription | subscribers?
    | subscribe | membership | account | donations? | donate | contributions? | contribute | podcast
    | full\ access | free\ trial
    | unlimited | facebook | instagram | twitter | whats\ ?app | telegram | tiktok | youtube | linkedin
    | flipboard | threads
    | bluesky | mastodon | viber | google\ news | apple\ news | social\ media | discord | rss
    | abo | abonnement | abonnieren | postfach | spenden?\p{L}* | push\p{L}* | probemonat | kanal
    | mitglied(?:schaft)?
    | bülten\p{L}* | uygulama\p{L}* | abone\p{L}* | e-?posta\p{L}* | bildirim\p{L}* | bağiş\p{L}* | kanal\p{L}*
    | \p{L}*نشر(?:ة|تنا|ات)\p{L}* | \p{L}*بريد\p{L}* | \p{L}*تطبيق\p{L}* | \p{L}*قنا(?:ة|تنا)\p{L}*
    | \p{L}*فيسبوك | \p{L}*تويتر | \p{L}*تلغرام | \p{L}*تليجرام
    | \p{L}*واتساب | \p{L}*انستغرام | \p{L}*اشتراك\p{L}* | \p{L}*اشعارات\p{L}* | \p{L}*تبرع\p{L}*
    | bulten\p{L}* | sepan\p{L}* | e-?peyam\p{L}* | abone\p{L}* | bexş\p{L}* | rojnamegeri\p{L}*
    | lettre\ d'information | infolettre | boîte\ mail | application | abonn\p{L}+ | dons? | chaîne | compte
    | boletín\p{L}* | correo | aplicación | canal | donación\p{L}* | suscripción | suscriptor\p{L}*
    | рассылк\p{L}+ | почт\p{L}+ | приложени\p{L}+ | канал\p{L}* | подписк\p{L}+ | телеграм\p{L}* | вконтакте
    | соцсет\p{L}+ | пожертвовани\p{L}+"""
# Sentences that only outlets say of themselves, whoever begins them.
_SELF = r"""
    \b(?:we|wir|nous|this\ (?:web)?site|diese\ web(?:seite|site)|ce\ site|este\ sitio|bu\ site
        |мы|этот\ сайт)
        \ .{0,30}\bcookies?\b
    | \bby\ (?:clicking|continuing)\b.{0,60}\byou\ (?:agree|accept)
    | \b(?:we|this\ (?:web)?site)\ (?:and\ our\ (?:\d[\d.,]*\ )?partners|uses?\ cookies)
    | \bour\ (?:\d[\d.,]*\ )?partners\b.{0,80}\b(?:cookies|device|data)
    | \buse\ of\ cookies\b | \b(?:cookie|privacy)\ (?:policy|settings|preferences)\b
    | \byour\ (?:inbox|privacy\ choices|device|browser|subscription)\b
    | \b(?:independent|our|quality)\ (?:journalism|reporting|newsroom)\b.{0,60}\b(?:support|need|depend|free
        |possible|rel(?:y|ies))
    | \b(?:depend|rely)\ on\ (?:\S+\ ){0,3}like\ you\b
    | \bsupport\ (?:us|our\ (?:journalism|work|newsroom|reporting))\b
    | \byour\ (?:support|contribution|donation)\b | \bto\ (?:continue|keep)\ reading\b
    | \bbecome\ an?\ (?:member|subscriber|supporter)\b | \bhelp\ our\ (?:reporters|journalists|newsroom)\b
    | \bwerden\ sie\ (?:jetzt\ )?(?:mitglied|abonnent\p{L}*|förder\p{L}*)\b | \bunterstützen\ sie\ uns\b
    | \bdevenez\ (?:membre|abonné\p{L}*|adhérent\p{L}*)\b | \bsoutenez-nous\b
    | \baidez\ (?:nos|notre)\ (?:reporters|journalistes|rédaction)\b
    | \bh[aá](?:gase|zte)\ (?:socio|socia|miembro|suscriptor\p{L}*)\b | \bapóy(?:enos|anos)\b
    | \bayud\p{L}+\ a\ nuestr\p{L}+\ (?:reporter|periodist)\p{L}+
    | \büye(?:miz)?\ olun?\b | \bbize?\ destek\b | \bkatki(?:yla|da)?\b.{0,20}\bdestek\ olun\b
    | \bbizi\ destekle\p{L}*
    | \bстаньте\ (?:участник|член|подписчик)\p{L}* | \bподдержите\ нас\b | \bпомогите\ наш\p{L}+
    | ساندونا | كونوا\ اعضاء | كن\ عضوا | ادعمونا | ادعموا\ صحاف\p{L}+ | ساعدوا\ مراسلينا
    | \bbib\p{L}+\ endam\b | \bpiştgiriya\ me\b | \balîkariya\ (?:me|\p{L}+\ me)\b
    | ببن\ بە\ ئەندام | پشتگیریمان\ بکەن
    | \b(?:in|to)\ your\ (?:inbox|email)\b | \bmorning\b.{0,30}\bin\ your\b | \breaders\ who\ start\b
    | \bsubscribe\ (?:now|today|for)\b
    | \bunser\p{L}*\ (?:\S+\ )?(?:newsletter|app|kanal|abo|recherchen|journalismus|partner)\b
    | \bihre?[nmr]?\ (?:postfach|gerät|einwilligung|unterstützung|spende|browser)
    | \bunabhängige[rn]?\ journalismus\b | \bkleinen\ (?:\S+\ )?beitrag\b | \bper\ (?:e-?mail|push)\b
    | \bcookies?\ (?:verwenden|akzeptieren|zulassen)
    | \bbültenimiz\p{L}* | \buygulamamiz\p{L}* | \bkanalimiz\p{L}* | \bbizi\ .{0,40}\btakip\b
    | \bçerez(?:ler)?\p{L}*\b | \bbağimsiz\ gazetecili\p{L}* | \be-?posta\ kutunuz\p{L}*
    | نشرتنا | تطبيقنا | قناتنا | تابعونا | ملفات\ تعريف\ الارتباط | الصحافة\ المستقلة | في\ بريدك
    | سياسة\ الخصوصية
    | \bbultena\ me\b | \bsepana\ me\b | \bme\ li\ ser\ | \brojnamegeriya\ serbixwe\b | \bçerezan\b | کووکی
    | \bnos\ (?:\d[\d.,]*\ )?partenaires\b
    | \bnotre\ (?:newsletter|application|lettre|chaîne|rédaction\b.{0,40}\bsoutien)
    | \bvotre\ (?:boîte|soutien|don|appareil|consentement)\b
    | \bjournalisme\ indépendant\b | \bsuivez-nous\b | \bcookies\b.{0,40}\b(?:accepte[rz]|navigation|site)
    | \bnuestr[oa]s?\ (?:boletín|newsletter|aplicación|canal|socios|política)\b | \butilizamos\ cookies\b
    | \bsu\ correo\b | \btu\ (?:correo|apoyo|donación)\b
    | \bperiodismo\ independiente\b | \bsíguenos\b
    | \bнаш(?:у|е|ем|его|и|а)?\ (?:рассылк\p{L}+|приложени\p{L}+|канал\p{L}*|телеграм\p{L}*)
    | \bчитайте\ нас\b | \bфайлы\ cookie\b | \bнезависим\p{L}+\ журналист\p{L}+
    | \bваш[аеу]?\ (?:поддержк\p{L}+|почт\p{L}+|пожертвовани\p{L}+|устройств\p{L}+) | \bу\ вас\ в\ почте\b"""

_FLAGS = regex.VERSION1 | regex.VERBOSE
_BULLET = r"^[^\p{L}\p{N}]*+"
_COUNTER = regex.compile(
    rf"{_NUMBER}.{{0,12}}(?<!\p{{L}})(?:{_UNITS})(?!\p{{L}})"
    rf"| (?<!\p{{L}})(?:{_UNITS})(?!\p{{L}})[\s:(]*{_NUMBER}",
    _FLAGS,
)
_BARE = regex.compile(r"^(?=.*\d)[^\p{L}]*(?:\d\s?[km]\b[^\p{L}]*+)?$", _FLAGS)
_RELATIVE = regex.compile(_AGO, _FLAGS)
_QUOTE = regex.compile(r"\d[\d.,]*+\s*+\(?[-+▲▼]\s*+\d[\d.,]*+\s?%", _FLAGS)
_LABEL_ENDS = r"(?:\s*+(?:[:：|»›>…]|\(\d)|\s+-\s|[.!]*+\s*+$|\s*\.\.\.)"
_LABEL = regex.compile(rf"{_BULLET}(?:{_LABELS}|{_BANNER}){_LABEL_ENDS}", _FLAGS)
_CALL = regex.compile(rf"{_BULLET}(?:{_STARTS})", _FLAGS)
_OFFER = regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{_OFFERS})(?![\p{{L}}\p{{N}}])", _FLAGS)
_JOINS = regex.compile(
    rf"""{_BULLET}(?:sign\ up | subscribe | log\ in | jetzt\ (?:\S+\ )?(?:testen|abonnieren|lesen)
        | abonnieren | abone\ ol | abonnez | je\ m'abonne | suscr[ií]b | подпи(?:шитесь|саться|сывайтесь)
        | اشترك)""",
    _FLAGS,
)
_PERSON = regex.compile(  # who speaks for the outlet, or is spoken to
    r"""(?<!\p{L})(?:our|your?|we|uns(?:er\p{L}{0,2})?|ihre?[nmrs]?|sie|wir|du|dein\p{L}*|bizi?|siz(?:i|e|in|den|de|ler\p{L}*|inle)?|nous|notre
        |nos|vous|votre|vos
        |tu|te|su|usted|hûn|нас|нам|наш\p{L}*|вас|вам|ваш\p{L}*|we|me|\p{L}+(?:[iuü]m[iuü]z|[iu]n[iu]z)\p{L}*
        |(?:support|follow|join|tell|help|contact|reach|find|email|write\ to|like)\ us
        |(?:s[ií]g(?:ue|a)|ap[oó]y[ae]|ay[uú]d[ae]|escr[ií]b[ae]|cont[aá]ct[ae]|d[eé]ja|cu[eé]nta)nos|\p{L}{3,}(?:نا|كم))
        (?!\p{L})""",
    _FLAGS,
)
_REPORTED = regex.compile(
    r"""(?<!\p{L})(?:said|says|asked|asks|urged?s?|told|tells|wrote|writes|announced|according|warned|shouted|added
        |(?:he|she|they)\ \p{L}+ed|sagte[n]?|sagt
        |schrieb|schreibt|laut
        |dedi|söyledi|yazdi|açikladi|قال|قالت|واضاف|اعلن|got|a\ dit|écrit|selon|dijo|escribió|según
        |сказал\p{L}*|заявил\p{L}*|написал\p{L}*)
        (?!\p{L})""",
    _FLAGS,
)
_OUTLETS_OWN = regex.compile(_SELF, _FLAGS)
_BESIDE_DATES = """
    on at by a p m am pm st nd rd th published first posted last updated est edt et pt pst pdt gmt utc bst cet cest
    um uhr vom den der saat tarihi le à h min el las de del hrs в от г года время في الساعة li di"""
_DATE_WORDS = DAYS | MONTHS | frozenset(_BESIDE_DATES.split())
_OWN_THINGS = regex.compile(
    rf"""{_SELF} | \bour\ (?:\S+\ )?(?:newsletters?|apps?|(?:web)?sites?|services?|polic(?:y|ies)|terms
        |partners)\b
    | \b(?:unsere[nrm]?)\ (?:\S+\ )?(?:website|dienste?|richtlinien?|partner)\b | \bnos\ (?:services|sites?)\b
    | \bnuestr[oa]s?\ (?:servicios?|sitio|socios)\b""",
    _FLAGS,
)
_READERS = regex.compile(
    r"comment|kommentar|yorum|تعليق|şîrove|لێدوان|کۆمێنت|comentario|комментар|discussion|conversation|repl(?:y|ies)",
    _FLAGS,
)
_SOFTENED = str.maketrans(
    {"ı": "i", "\u0307": "", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا"}
    | dict.fromkeys(map(chr, range(0x64B, 0x653)), "")
)


def trimming(paragraph: str) -> Trimming | None:
    """What the line is, if it is no part of a story; None for anything that may be."""
    if len(paragraph) > LETTERS:
        return None
    if found := label(paragraph):
        return found
    text = _softened(paragraph)
    size = len(words(text))
    if size <= CALL and _is_call(text, size, paragraph):
        return Trimming.CALL
    return Trimming.WHEN if _is_when(text, size, paragraph) else None


@functools.lru_cache(maxsize=4096)  # the first line of a block is that of the blocks around it too
def label(paragraph: str) -> Trimming | None:
    """The same for lines that are known by less: relative times, counters, markets and labels."""
    if len(paragraph) > LETTERS:
        return None
    text = _softened(paragraph)
    size = len(words(text))
    if size <= LINE and not ends_sentence(paragraph):
        if _RELATIVE.search(text):
            return Trimming.AGO
        if _COUNTER.search(text) or _BARE.search(text):
            return Trimming.COUNTER
        if _QUOTE.search(text):
            return Trimming.MARKET
    return Trimming.LABEL if size <= POINTER and _is_label(text) else None


def heads_comments(line: str) -> bool:
    """Whether a counter or a label is that of the readers' comments."""
    return bool(_READERS.search(_softened(line)))


def is_prose(paragraph: str) -> bool:
    """Whether the paragraph is made of sentences, not a heading, a label or an item of a list."""
    size = len(words(paragraph))
    return size >= PROSE or (size >= SENTENCE and ends_sentence(paragraph))


def ends_sentence(paragraph: str) -> bool:
    """Whether a sentence ends where the paragraph ends."""
    return bool(_ENDS.search(paragraph))


def speaks_of_itself(paragraph: str) -> bool:
    """Whether the paragraph is about the outlet's own site, app or policies, as calls are, and terms of use."""
    if len(paragraph) > 10 * LETTERS:
        return False
    text = _softened(paragraph)
    return bool(_OWN_THINGS.search(text) or (_CALL.search(text) and _OFFER.search(text)))


def without_dates(paragraph: str) -> list[str]:
    """The words of a line that tell no date: what must be equal for two lines to differ in their date alone."""
    found = regex.findall(r"\p{L}[\p{L}\p{M}'’]*+", _softened(paragraph))
    return [word for word in found if word not in _DATE_WORDS]


def _softened(text: str) -> str:
    """Without case, and without what Turkish capitals and Arabic hamzas make of a letter."""
    return plain(text).lower().translate(_SOFTENED).strip()


def _is_label(text: str) -> bool:
    """A label alone, or before a headline: a whole sentence after it may be news ("Live: 12 are dead.")."""
    found = _LABEL.search(text)
    return found is not None and not (len(words(text[found.end() :])) >= SENTENCE and _STOPS.search(text))


def _is_call(text: str, size: int, paragraph: str) -> bool:
    if _QUOTED.search(paragraph):  # somebody says so, in a story
        return False
    starts, offers, own = (bool(rule.search(text)) for rule in (_CALL, _OFFER, _OUTLETS_OWN))
    if size <= LINE and not ends_sentence(paragraph):
        return (starts and offers) or own or bool(_JOINS.search(text))
    if _REPORTED.search(text):
        return False
    addressed = bool(_PERSON.search(text))
    return (addressed and ((starts and offers) or (offers and own))) or (own and size <= 3 * LINE)


def _is_when(text: str, size: int, paragraph: str) -> bool:
    found = regex.findall(r"\p{L}[\p{L}\p{M}'’]*+", text)
    others = without_dates(text)
    dated = regex.search(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d{2}\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", text)
    return (
        bool(dated)
        and size <= 2 * LINE
        and len(others) <= 4
        and (len(found) > len(others) or len(others) <= 3)
        and not ends_sentence(paragraph)
    )
