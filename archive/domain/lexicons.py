"""Words that mean something to the rules of `classify`, by language, and how a word is looked up.

It knows lists, in English, German, Turkish, Kurmanji, French, Spanish, Russian, Arabic and Sorani, some in
Persian; nothing of how they are used, and no grammar but the few endings written as `*`. Where a text's
language is unknown, the lists of its script are read together, without the words that are everyday ones
in another of these languages.

In a list `_` stands for a space, and `*` for any letters.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable

import regex

LATIN = ("en", "de", "tr", "ku", "fr", "es")
CYRILLIC = ("ru",)
ARABIC = ("ar", "ckb", "fa")
KNOWN = (*LATIN, *CYRILLIC, *ARABIC)

_LETTERS = r"[\p{L}\p{M}]*"
_BARE = str.maketrans("أإآٱىیيةكڕڵؤ", "اااايييهکرلو") | {
    **dict.fromkeys([*range(0x64B, 0x653), 0x670, 0x200C, 0x200D, 0x640]),
    ord("İ"): "i",
    ord("ё"): "е",
    ord("’"): "'",
}


def bare(text: str) -> str:
    """How a word is looked up: lower case, without what Arabic script leaves out or writes in two ways."""
    return text.translate(_BARE).lower()


def languages(language: str, text: str) -> tuple[str, ...]:
    """Whose lists to read: the text's language, or those of its script; Sorani is often taken for Arabic."""
    if regex.search(r"\p{Arabic}", text):
        return ARABIC
    if language in KNOWN:
        return (language,)
    if regex.search(r"\p{Cyrillic}", text):
        return CYRILLIC
    return () if language else LATIN


_MONTHS = """
    january february march april may june july august september october november december
    jan feb mar apr jun jul aug sep sept oct nov dec
    januar jänner februar märz mai juni juli oktober dezember mär okt dez
    ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım aralık
    يناير فبراير مارس أبريل إبريل ابريل مايو يونيو يوليو أغسطس اغسطس سبتمبر أكتوبر اكتوبر نوفمبر ديسمبر
    شباط آذار نيسان أيار حزيران تموز آب أيلول تشرين كانون
    çile rêbendan reşemî sibat adar avrêl nîsan gulan hezîran pûşper tîrmeh tebax gelawêj îlon rezber cotmeh
    çiriya mijdar sermawez kanûn berfanbar
    کانوونی شوبات ئازار ئادار نیسان ئایار حوزەیران تەمموز تەممووز ئاب ئەیلوول تشرینی
    janvier février mars avril juin juillet août septembre octobre novembre décembre janv févr juil déc
    enero febrero marzo abril mayo junio julio agosto septiembre setiembre octubre noviembre diciembre
    января февраля марта апреля мая июня июля августа сентября октября ноября декабря
    январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь
    январе феврале марте апреле мае июне июле августе сентябре октябре ноябре декабре"""
_DAYS = """
    monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
    montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so
    pazartesi salı çarşamba perşembe cuma cumartesi pazar
    الإثنين الاثنين الثلاثاء الأربعاء الاربعاء الخميس الجمعة السبت الأحد الاحد
    duşem sêşem çarşem pêncşem înî îne şemî yekşem
    دووشەممە سێشەممە چوارشەممە پێنجشەممە هەینی شەممە یەکشەممە
    lundi mardi mercredi jeudi vendredi samedi dimanche
    lunes martes miércoles jueves viernes sábado domingo
    понедельник вторник среда среду четверг пятница пятницу суббота субботу воскресенье
    понедельника вторника среды четверга пятницы субботы воскресенья"""

#: Names of months and of days of the week, abbreviations and cases included.
MONTHS = frozenset(_MONTHS.split())
DAYS = frozenset(_DAYS.split())
# Abbreviations that are words of their own: nobody is told that the day "do" became "so".
_NO_DATES = "march may mar mai sat sun mon wed do mi fr sa so di nod dec jun jan"
#: Dates only with a capital: `March`, `May`, `Mai`.
CAPITAL_DATES = frozenset({"march", "may", "mai"})
DATES = frozenset(map(bare, (MONTHS | DAYS) - frozenset(_NO_DATES.split())))

NEGATIONS = {
    "en": "not never no none nobody nothing neither nor nowhere cannot without",
    "de": "nicht kein keine keinen keinem keiner keines nie niemals niemand niemanden nichts weder",
    "tr": "değil değildi değildir yok yoktu yoktur hiç hiçbir asla",
    "ku": "ne na nîne nînin nîn tune tunebû tuneye tunene qet nikare nikarin nikaribû tu_kes",
    "fr": "ne pas jamais aucun aucune rien non ni nul nulle",
    "es": "no nunca jamás ni ningún ninguna ninguno nada nadie tampoco",
    "ru": "не нет ни никогда никто ничего нельзя никак никакой никаких",
    "ar": "لا ولا لم ولم فلم لن ولن ليس وليس ليست ليسوا غير عدم ابدا",
    "ckb": "نە نییە نیە نین نەبوو هیچ نابێت ناتوانێت",
    "fa": "نه نیست نیستند نبود هیچ هرگز",
}
#: Words that deny by their beginning: new = prefix + old, after `(prefix, what it takes the place of)`.
NEGATING_PREFIXES = {
    "ku": (("ne", ""), ("na", "di"), ("na", "de"), ("ni", ""), ("nî", ""), ("na", "")),
    "ckb": (("نە", ""), ("نا", "دە"), ("نا", "")),
    "fa": (("ن", ""), ("نا", "")),
}
HEDGES = {
    "en": "alleged* allege alleges allegation* reported_to reportedly suspect* apparent apparently purported* "
    "supposed supposedly claim claims claimed claiming may might could possibl* probabl* likely unlikely perhaps "
    "believed_to expected_to thought_to said_to_be said_to_have understood_to appear*_to seem*_to "
    "unconfirmed presum* "
    "ostensibl* so_-_called",
    "de": "angeblich* mutmaßlich* vermutlich* vermeintlich* offenbar anscheinend wohl "
    "möglicherweise voraussichtlich* "
    "wahrscheinlich* vielleicht soll sollen könnte könnten dürfte dürften verdächtig* unbestätigt* sogenannt* "
    "eventuell scheint scheinbar behaupte* behauptung*",
    "tr": "iddia* sözde muhtemel* olası belki şüpheli* olabilir* öne_sür* ileri_sür* güya söylenti* sanıl* "
    "doğrulanmayan doğrulanmamış *abilir *ebilir",
    "ku": "îdîa* îdia* gumanbar* gumanlê* dibe_ku belkî qaşo tê_gotin tê_îdiakirin tê_bawerkirin tê_texmînkirin",
    "fr": "présumé* prétendu* supposé* soi_-_disant aurait auraient serait seraient peut_-_être probable* "
    "probablement apparemment vraisemblablement possible* possiblement éventuel* semble* suspect* pourrait "
    "pourraient allégu*",
    "es": "presunt* supuest* habría* sería* podría* quizá* tal_vez probable* probablemente posible* posiblemente "
    "aparente* al_parecer alega*",
    "ru": "якобы предположительно предполага* возможно вероятно по_-_видимому видимо мог могла могли может "
    "могут подозрев* кажется",
    "ar": "*مزعوم* *مزاعم يزعم* تزعم زعم زعمت ادعى ادعت يدعي ادعاء* *مشتبه* ربما يعتقد *محتمل* يحتمل يرجح "
    "*مرجح* *مفترض* يبدو",
    "ckb": "گومان* رەنگە لەوانەیە دەوترێت دەگوترێت بانگەشە* گوایە ئەگەری پێدەچێت",
}
CERTAIN = {
    "en": "confirm confirms confirmed confirming proven proved verified certainly definitely undoubtedly",
    "de": "bestätig* nachweislich erwiesen* zweifellos tatsächlich eindeutig* bewiesen*",
    "tr": "doğrulandı doğruladı doğruluyor kesin* teyit* kanıtlan*",
    "ku": "piştrast* teqez* misoger* teyîd*",
    "fr": "confirm* avéré* prouvé* certainement",
    "es": "confirm* comprob* verific* demostrad*",
    "ru": "подтверд* подтвержд* доказан* несомненно",
    "ar": "تاکد* ثبت* *موکد* يوکد",
    "ckb": "پشتراست* دلنیا* سەلمێ*",
}
DENIALS = {
    "en": "denie* deny denying disput* refut*",
    "de": "dementier* bestreite* bestritt* leugne*",
    "tr": "yalanla* inkar* inkâr* reddet* reddedi*",
    "ku": "red_kir* red_dik* derewand* înkar*",
    "fr": "dément* démenti* nie nié nient niait nia contest*",
    "es": "negó negaron niega niegan negar desmint* desmient*",
    "ru": "опроверг* опроверж* отриц*",
    "ar": "نفى نفت ينفي تنفي نفي انکر* ينکر*",
    "ckb": "رەتیکرد* رەت_دەکا* رەتدەکا* نکۆلی* بەدرۆ*",
}
ATTRIBUTIONS = {
    "en": "said says saying told stated stating according_to quoted_as announced reported_that asserted",
    "de": "sagte sagten sagt sagen erklärte erklärten mitteilte mitteilten teilte teilten laut zufolge "
    "nach_angaben hieß_es berichtete berichteten betonte",
    "tr": "göre dedi söyledi söylediler belirtti belirttiler açıkladı açıkladılar ifade_etti kaydetti bildirdi "
    "aktardı",
    "ku": "got gotin dibêje li_gor* bi_gotin* ragihand* diyar_kir* daxuyand* eşkere_kir* ji_ber_ku_got",
    "fr": "selon d'après a_déclaré ont_déclaré a_dit ont_dit a_affirmé a_indiqué ont_indiqué a_annoncé dit "
    "affirme indique rapporte déclare",
    "es": "según dijo dijeron dice afirmó afirmaron aseguró declaró señaló indicó indicaron anunció informó "
    "informaron de_acuerdo_con",
    "ru": "сказал* заявил* сообщил* сообщает сообщают по_словам по_данным по_информации согласно отметил* "
    "рассказал* говорится",
    "ar": "قال قالت قالوا يقول تقول وقال وقالت وفقا وفق بحسب وبحسب حسب نقلا_عن اعلن اعلنت صرح صرحت افاد افادت "
    "ذکر ذکرت اضاف اضافت اکد اکدت اوضح",
    "ckb": "وتی گوتی رایگەیاند* راگەیاند* بەپێی بەوتەی بەگوێرەی لە_زاری ئاماژەی",
    "fa": "گفت گفتند به_گفته به_نقل_از طبق",
}
SOURCES = {
    "en": "police officials official authorities prosecutor* witness witnesses army military ministry government "
    "spokesman spokeswoman spokesperson source sources residents activists medics investigators doctors lawyer*",
    "de": "polizei behörde* staatsanwaltschaft zeuge* ministerium regierung armee sprecher* ermittler* anwohner*",
    "tr": "polis* yetkili* savcı* bakanlı* tanık* ordu* valili* kaynak* hükümet* emniyet*",
    "ku": "polîs* rayedar* şahid* artêş* wezaret* çavkanî* berpirs*",
    "fr": "police autorités parquet témoin* armée ministère gouvernement source sources porte_-_parole",
    "es": "policía autoridades fiscalía testigo* ejército ministerio gobierno fuente* portavoz",
    "ru": "полици* власт* прокуратур* очевид* свидетел* арми* министерств* мвд источник* следстви*",
    "ar": "*شرطه *سلطات *مسوول* شهود *جيش *وزاره *نيابه متحدث* مصادر *حکومه",
    "ckb": "پۆلیس* بەرپرس* سوپا* وەزارەت* شایەتحال* سەرچاوە* حکومەت*",
}


def listed(lists: dict[str, str], codes: Iterable[str]) -> str:
    """The entries of the languages asked for, as they are written there."""
    return " ".join(lists[code] for code in codes if code in lists)


@functools.cache
def entries(which: str, codes: tuple[str, ...]) -> frozenset[str]:
    """Single words of a list, ready to look up."""
    lists = {"negations": NEGATIONS}[which]
    return frozenset(bare(word) for word in listed(lists, codes).split() if "_" not in word)


@functools.cache
def finder(which: str, codes: tuple[str, ...]) -> regex.Pattern[str] | None:
    """Finds a list's entries in a sentence whose bare words stand one space apart."""
    lists = {"hedges": HEDGES, "certain": CERTAIN, "denials": DENIALS}
    lists |= {"attributions": ATTRIBUTIONS, "sources": SOURCES}
    found = {bare(word) for word in listed(lists[which], codes).split()}
    words = sorted(found, key=lambda word: (-len(word), word))
    if not words:
        return None
    forms = (regex.escape(word).replace("_", " ").replace(r"\*", _LETTERS) for word in words)
    return regex.compile(rf"(?<!\S)[وف]?(?:{'|'.join(forms)})(?!\S)", regex.VERSION1)


# What names are known by.

_ARTICLES = """
    der die das den dem des ein eine einen einem einer eines kein keine keinen keinem keiner mein meine meinem
    meinen meiner sein seine seinem seinen seiner ihr ihre ihrem ihren ihrer unser unsere unserem unseren
    unserer
    dieser diese dieses diesen diesem jeder jede jedes jeden jedem zum zur im am beim vom ins ans manche viele
    vielen einige einigen mehrere mehreren alle allen beide beiden welche solche neue neuen große großen"""
_EVERYDAY = """
    the a an he she it they we you i in on at of for from to by with as but and or if when while after before
    since
    then there this that these those his her its their our my your him them us me not no yes what who whom
    whose
    which where why how all some many most more few several both each every one two three four five ten
    hundred
    thousand million billion is was were be been are am has have had do does did will would can could may
    might
    shall should so such than too very just only also even still again however although though because until
    under over between during into out up down about against here now new old first last other another
    der die das den dem des ein eine einen einem einer eines und oder aber wenn als nach vor bei mit ohne für
    gegen
    über unter zwischen in im am an auf aus von vom zu zum zur er sie es wir ihr ich sein seine ihre dieser
    diese
    dieses nicht auch noch nur schon sehr so wie was wer wo warum dass weil während seit bis durch um ist war
    waren
    sind wird wurde wurden hat haben hatte hatten kann können soll sollen beide viele einige mehrere alle ihm
    ihn
    ihnen dort hier jetzt dann damit doch mehr wieder man sich
    bir bu şu o ve ile için de da ki ama fakat çünkü ancak daha çok en gibi kadar sonra önce göre olarak olan
    her
    biz siz onlar ben sen ise veya ya hem
    û di de li ji bi bo ev ew wan wî wê min te me we ku lê jî an her yek gelek piştî berî ser bin
    le la les un une des et ou mais il elle ils elles on nous vous je tu ce cet cette ces dans sur sous avec
    pour
    par du en au aux qui que dont où ne pas plus est sont était étaient a ont avait avaient son sa ses leur
    leurs
    après avant depuis selon comme si lui y se
    el los las una y pero él ella ellos ellas con por para del al que su sus este esta estos estas ese esa lo
    se
    como más muy ya no es son era eran ha han había fue fueron según tras desde hasta entre sobre cuando donde
    и в во на с со по из за к ко о об от до у он она они оно мы вы я это этот эта эти тот та те что как но а
    или
    же бы ли для при после перед между через его ее их наш ваш мой был была были было есть все всё еще уже
    только
    также когда где если так
    برفقة بصحبة مساء صباح في من على الى عن مع ان ما هذا هذه ذلك تلك التي الذي الذين کان کانت قد بعد قبل بين
    عند حتى ثم او هو هي هم
    کما لم لا لن ليس بان انه انها وان وهو وهي وقد فيما حيث خلال منذ ضد لدى امام تحت فوق کل بعض غير اي نحو
    لە بە بۆ و کە ئەو ئەم ئەوان هەر لەگەل دوای پێش تا یان بەلام نێوان سەر هەموو
    در از به با که این ان را برای تا یا اما هم نیز پس پیش بر"""
_TITLES = """
    mr mrs ms miss mx dr prof professor president minister ministers senator general gen col colonel captain
    capt
    lt lieutenant sergeant sgt major maj judge justice king queen prince princess pope sheikh imam chancellor
    governor
    gov mayor spokesman spokeswoman spokesperson sir lord lady secretary rep representative sen vice-president
    prime
    deputy chief commander admiral ambassador bishop archbishop rabbi reverend rev father sister brother
    chairman
    herr herrn frau präsident präsidentin präsidenten kanzler kanzlerin bundeskanzler bundeskanzlerin
    ministerpräsident ministerpräsidentin minister ministerin außenminister außenministerin innenminister
    innenministerin finanzminister justizminister verteidigungsminister regierungschef staatschef
    premierminister
    sprecher sprecherin richter richterin könig königin papst doktor bürgermeister bürgermeisterin anwalt
    anwältin
    bay bayan başkan başkanı bakan bakanı cumhurbaşkanı başbakan sözcü sözcüsü doktor vali valisi sayın
    serok serokkomar wezîr birêz doktor parêzer
    m mme mlle mm monsieur madame maître président présidente ministre général docteur juge
    señor señora sr sra presidente presidenta ministro ministra general doctor doctora juez alcalde
    президент премьер министр господин госпожа генерал доктор судья мэр губернатор депутат
    السيد السيدة الرئيس رئيس الوزير وزير وزيرة الدكتور الدكتورة النائب النائبة الشيخ الجنرال اللواء العميد
    العقيد
    الملك الامير المتحدث القاضي المحامي المحامية الصحفي الصحفية الناشط الناشطة المهندس السفير المواطن الشاب
    الطفل الطفلة
    سەرۆک سەرۆکی وەزیری وەزیر بەرێز دکتۆر پارێزگاری پارێزگار ژەنەرال رۆژنامەنووس پارێزەر
    اقای خانم دکتر وزیر رئیس"""
_MEASURES = """
    prozent million millionen milliarde milliarden euro dollar franken uhr kilometer kilometern meter metern
    tonnen
    tonne kilo kilogramm gramm liter litern jahre jahren jahr tage tagen tag stunden minuten anfang mitte ende
    seite
    nummer platz grad menschen personen mann frauen männer kinder"""
_PARTICLES = "van bin ibn abu بن ابن ابو عبد آل"
_SPEECH = """
    sagte sagten sagt erklärte erklärten erklärt betonte berichtete schrieb fügte kritisierte forderte warnte
    قال قالت قالوا يقول تقول وقال وقالت اعلن اعلنت صرح صرحت افاد افادت ذکر ذکرت اضاف اضافت اکد اکدت اوضح اوضحت
    وتی گوتی رایگەیاند گفت گفتند"""
_GIVEN = """
    محمد احمد علي علی حسن حسين حسین محمود مصطفى کريم کریم خالد عمر عثمان ابراهيم اسماعيل يوسف يونس سليمان داود
    موسى
    عيسى زکريا يحيى صالح سعيد سعد سامي سمير سامر رامي رائد زياد طارق طلال عادل عامر عماد فادي فارس فيصل قاسم
    ماجد
    مازن ماهر منصور مهند نادر ناصر نبيل نزار هاني هشام هيثم وائل وليد ياسر ياسين بشار ريم مريم فاطمة عائشة
    زينب خديجة
    سارة سلمى سمر ليلى منى نور هدى هند رنا رانيا دينا اية اسماء امل ايمان امينة جميل جمال حمزة حيدر رشيد زيد
    جعفر کاظم
    عباس رضا مهدي هادي صادق باقر لقمان نوري فؤاد بلال انس ايوب توفيق جورج ميشال جبران الياس بطرس انطوان شيرين
    ئازاد ئارام دلشاد کاوە کاروان هێمن هیوا رێبوار سەردار شێرکۆ نەوزاد بەرزان مەسعود نێچیرڤان مەسرور قوباد
    بافل ژیان
    شیلان نازدار هێرۆ جەمال عەلی محەمەد ئەحمەد حەسەن حوسێن عومەر عوسمان عەبدوللا مستەفا ئیبراهیم فەرهاد رۆژین
    بێریڤان
    روژین زانا سۆران ئاکۆ شوان"""

_PLACES = """
    Afghanistan Ägypten Albanien Algerien Argentinien Armenien Aserbaidschan Äthiopien Australien Bahrain
    Bangladesch
    Belarus Belgien Bosnien Brasilien Bulgarien Chile China Dänemark Deutschland England Eritrea Estland
    Europa Finnland
    Frankreich Georgien Ghana Griechenland Großbritannien Indien Indonesien Irak Iran Irland Island Israel
    Italien Japan
    Jemen Jordanien Kambodscha Kamerun Kanada Kasachstan Katar Kenia Kolumbien Kongo Kosovo Kroatien Kuba
    Kuwait
    Lettland Libanon Libyen Litauen Luxemburg Mali Malta Marokko Mexiko Moldau Mongolei Montenegro Myanmar
    Nepal
    Neuseeland Niederlande Niger Nigeria Nordkorea Norwegen Oman Österreich Pakistan Palästina Peru
    Philippinen Polen
    Portugal Ruanda Rumänien Russland Saudi-Arabien Schweden Schweiz Senegal Serbien Simbabwe Singapur
    Slowakei
    Slowenien Somalia Spanien Sudan Südafrika Südkorea Syrien Taiwan Tansania Thailand Tschad Tschechien
    Tunesien
    Türkei Uganda Ukraine Ungarn Usbekistan Venezuela Vietnam Zypern Kurdistan Gaza Westjordanland Krim
    Donbass
    Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dresden Bremen Hannover Nürnberg Wien
    Zürich
    Bern Genf Basel Brüssel Paris London Rom Madrid Moskau Kiew Kyjiw Charkiw Odessa Mariupol Warschau Prag
    Budapest
    Athen Istanbul Ankara Izmir Diyarbakir Damaskus Aleppo Homs Rakka Kobane Kamischli Bagdad Mossul Erbil
    Kirkuk Basra
    Sulaimaniya Teheran Kabul Beirut Jerusalem Tel Aviv Kairo Tripolis Tunis Algier Rabat Riad Dubai Doha
    Sanaa Peking
    Shanghai Hongkong Tokio Seoul Delhi Washington New York Los Angeles
    افغانستان مصر البانيا الجزائر الارجنتين ارمينيا اذربيجان اثيوبيا استراليا البحرين بنغلاديش بيلاروسيا
    بلجيكا البوسنة
    البرازيل بلغاريا تشيلي الصين الدنمارك المانيا انجلترا اريتريا اوروبا فنلندا فرنسا جورجيا غانا اليونان
    بريطانيا الهند
    اندونيسيا العراق ايران ايرلندا اسرائيل ايطاليا اليابان اليمن الاردن کندا کازاخستان قطر کينيا کولومبيا
    الکونغو کوسوفو
    کرواتيا کوبا الکويت لبنان ليبيا مالي مالطا المغرب المکسيک ميانمار نيجيريا النيجر النرويج عمان النمسا
    باکستان فلسطين
    بولندا البرتغال رواندا رومانيا روسيا السعودية السويد سويسرا السنغال صربيا سنغافورة الصومال اسبانيا السودان
    سوريا
    تايوان تنزانيا تايلاند تشاد تونس ترکيا اوغندا اوکرانيا المجر فنزويلا فيتنام قبرص کردستان غزة القرم الضفة
    برلين فيينا جنيف بروکسل باريس لندن روما مدريد موسکو کييف خارکيف وارسو اثينا اسطنبول انقرة ازمير ديارباکر
    دمشق حلب
    حمص حماة درعا ادلب الرقة الحسکة القامشلي کوباني عفرين ديرالزور اللاذقية بغداد الموصل اربيل کرکوک البصرة
    السليمانية
    النجف کربلاء طهران کابول بيروت القدس القاهرة الاسکندرية طرابلس بنغازي الخرطوم الرباط الرياض جدة دبي ابوظبي
    الدوحة
    صنعاء عدن رفح خانيونس جنين نابلس الخليل بکين طوکيو واشنطن نيويورک
    عێراق ئێران تورکیا سووریا کوردستان ئەمریکا ئەڵمانیا فەرەنسا بەریتانیا ڕووسیا چین ئیسرائیل لوبنان میسر
    یۆنان
    هەولێر سلێمانی دهۆک کەرکووک هەڵەبجە مووسڵ بەغدا بەسرە شنگال سنە مەهاباد کرماشان ورمێ قامیشلۆ کۆبانێ عەفرین
    حەسەکە
    ڕەققە دیمەشق حەلەب ئامەد وان ئەنقەرە ئیستەنبوڵ تاران بێرلین پاریس لەندەن مۆسکۆ واشنتۆن"""
_NOT_PLACES = "عمان وان مالي"  # also words of every day, or names that look like them

ARTICLES = frozenset(_ARTICLES.split())
EVERYDAY = frozenset(map(bare, _EVERYDAY.split()))
TITLES = frozenset(map(bare, _TITLES.split()))
MEASURES = frozenset(_MEASURES.split())
NAME_PARTICLES = frozenset(map(bare, _PARTICLES.split()))
VERBS_OF_SPEECH = frozenset(map(bare, _SPEECH.split()))
#: Countries and cities that are often in the news, where no capital gives them away: German, Arabic, Sorani.
PLACES = frozenset(map(bare, _PLACES.split())) - frozenset(map(bare, _NOT_PLACES.split()))
#: Common given names in Arabic letters, Arabic and Kurdish ones: no capital gives them away.
GIVEN_NAMES = frozenset(map(bare, _GIVEN.split()))
