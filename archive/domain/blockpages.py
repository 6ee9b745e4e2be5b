"""What courts, states, providers, filters and outlets put in the place of a page for some readers. Pure.

Knows how such pages speak, in the languages of their readers, and whom they name. A word proves nothing: the
page must speak to its reader of this site, and hold little else; news is written about blocked sites too.
"""

from __future__ import annotations

from typing import Final

import regex

from archive.domain.books import either, group
from archive.domain.looks import Looks

#: Words of such a page. The longest of 40 speaks four languages and has 330.
NOTICE = 450

#: One that names nobody has fewer words, or speaks of it in its title.
SHORT = 170

#: So few words need not speak to anybody: "Error - site blocked".
BARE = 14

LINKS = 35  # a front page or a story has more

_SITE: Final = group(r"""
    \b(?:web ?)?sites?\b|web ?pages?\b|\bpages?\b|\burl\b|\bdomain|\baccess|\blink\b|\baddress|\bresource\b
    \binternet|\b(?:web)?seiten?\b|zugang|zugriff|domein|toegang|webstek|stoppagina|accès|domaine|acceso|acesso
    página|sitio|dominio|domínio|accesso|sito\b|pagina|adgang|hjemmeside|\bside|tilgang|nettsted|nettside|åtkomst
    sidan?\b|nettstedet|vefsv|webovém|webbplats|webbsida|tillgång|sivusto|pääsy|\bstron|dostęp|witryn|přístup
    stránk|prístup|\bweb\b|hozzáférés
    oldal|webhely|\bacces|site-ul|pristup|stranic|\bstran|приступ|достъп|сайт|доступ|ресурс|страниц|сторінк|ссылк
    домен|адрес|странниц|erişim|internet sitesi|site(?:ye|si|nin)|sayfa|akses|laman|situs|halaman|truy cập|trang
    liên kết|เว็บไซต์|เว็บ|เข้าถึง|πρόσβαση|ιστό|σελίδα|الموقع|موقع|الصفحة|الوصول|الدخول|الرابط|سایت|پایگاه
    تارنما|دسترسی|پیوند|ویب ?سائٹ|סיט|האתר|אתר|הגישה|גישה|דף|वेबसाइट|साइट|पृष्ठ|যন্ত্র|ওয়েবসাইট|网站|網站|网页|網頁
    访问
    訪問|网址|サイト|ページ|アクセス|사이트|웹사이트|페이지|접속|mtandao|tovuti|sait|səhifə|veb|сайтқа|сайтыг|საიტ
""")
_BLOCKED: Final = group(r"""
    \bblock(?:ed|ing|s)?\b|\bbanned\b|over (?:the age of )?18\b|adult content filter|age-restricted|url filtering
    internet sehat|disabled (?:by|pursuant|because|due|in accordance)|restricts|reported as
    \bseized|\brestricted|\bcensored|\bis filtered|been filtered|\bunder investigation
    \bbeen suspended by|gesperrt|sperrung|blockiert|geblokkeerd|afgesloten|ontoegankelijk|bloqu[ée]
    \bbloqueo|bloqueio|suspens[oã]|blocca|inibit|inibizione|oscurat|sequestr|precintad|clausurad|blokere|spærre
    spærring|sperret|blokkert|blockera|spärra|estetty|zablokowan|zablokován|blokován|zablokovan|blokovan
    restricționat|restringid|zamedzen|blockerad|svartelist|lögbann|ilegal|закрыт|сдерж|未备案|封停|无法访问|违禁
    tidak (?:bisa|dapat) diakses|menutup akses|ditutup|заблокован|блокуван|хаагдсан|внесен в реестр
    включен в единый
    letiltott|letiltás|blokkolt|blocat|blocare|blokiran|блокиран|заблокирован|блокиров|ограничен|заборонен
    обмежен|закрыт|запретил|engellen|tedbir|kapatıl|yasaklan|durdurul|diblokir|blokir|disekat|bị chặn|chặn|ถูกระงับ
    ระงับ|ปิดกั้น|αποκλεισ|φραγή|μπλοκ|محظور|حجب|حظر|المحجوب|محجوب|ممنوع|مسدود|فیلتر|مسدودسازی|بلاک|חסומ|נחסמ
    חסימת|נחסם|חסום|प्रतिबंधित|अवरुद्ध|ब्लॉक|ব্লক|屏蔽|封锁|封鎖|被拦截|拦截|阻断|阻止|遮断|ブロック|차단|bloklan
    məhdudlaşdır
    қолжетімсіз|bloķēt|blokuot|blokeeritud|დაბლოკ|արգելափակ|imefungwa|bllokuar|блокир
""")
_DENIED: Final = group(r"""
    denied|forbidden|prohibited|prohibits|not (?:allowed|permitted|available|accessible|authori[sz]ed)
    unavailable|violat|contravenes|illegal|unlawful|inaccessible|cannot be (?:accessed|displayed|viewed)
    rechtswidrig|nicht (?:erlaubt|verfügbar|zulässig|gestattet)|verboten|illegaal|verboden
    niet (?:toegestaan|beschikbaar)|illégal|interdit|refusé|illicite|contraire à|ilegal|prohibid|denegad|proibid
    negado|vietat|illecit|illegal|forbudt|ulovlig|krænker|förbjud|otillåt|kielletty|zabronion|niedozwol|zakázán
    zakazan|nelegál|tiltott|jogellen|interzis|restricționat|забранен|забрањен|запрещен|запрещён|незаконн|нарушает
    недоступ|заборон|yasak|hukuka aykırı|melanggar|dilarang|tidak dapat diakses|terlarang|vi phạm|ผิดกฎหมาย
    ไม่เหมาะสม|παράνομ|απαγορ|مخالف|غير (?:مسموح|متاح|قانوني)|محتوى|غیرمجاز|غیرقانونی|מנוע|אסור|निषिद्ध|违法|違法
    不允许
    禁止|불법|유해
""")
_OFFICE: Final = group(r"""
    \bcourts?\b|\blaws?\b|legislat|\bact\b|regulat|government|authorit|ministry|police|crime|copyright
    pirac|gambling|licen[cs]|\bisp\b|internet service provider|administrator|moderator|web ?filter
    content filter|filtering|\bpolicy|policies|\brating|categor|firewall|proxy|\bdns\b|security gateway
    homeland|customs|gericht|gesetz|behörde|recht|netzbetreiber|anbieter|wetgeving|rechter|rechtbank
    justitie|justice|loi\b|tribunal|judiciair|ministère|police|gendarmerie|fournisseur|\bley\b|judicial
    juez|autoridad|gobierno|ministerio|proveedor|justiça|autoridade|\blei\b|legge|giudi|autorità|polizia
    procura|guardia di finanza|agenzia|monopoli|agcom|provider|\blov|retten|fogedret|politi|myndighed
    internetudbyder|ophavsret|domstol|kripos|rikspoliti|\blag\b|polis|\blaki|poliisi|ustaw|\bsąd
    ministerst|zákon|soud|úřad|törvény|hatóság|bíróság|nav\b|lege|autorit|onjn|zakon|закон|съд|суд
    роскомнадзор|\bркн\b|rkn|реестр|экстремист|прокур|министерств|мін'юст|указ|рнбо|держав|комиси|орган
    провайдер|kanun|mahkeme|btk|başkanlığ|hukuk|undang|kementerian|peraturan|kominfo|komdigi|pháp luật
    กระทรวง|กฎหมาย|ศาล|νόμ|αρχή|επιτροπή|εεεπ|قانون|القانون|هيئة|وزارة|تنظيم|الاتصالات|سیاست|قضایی|قوه
    کارگروه|פיקוח|משטרה|בית משפט|חוק|סינון|נטפרי|רימון|अधिनियम|न्यायालय|सरकार|দূরসংযোগ|法律|法规|公安|管理|法院
    有关规定|方法院|법령|방송통신|경찰|심의
""")
_READER: Final = either(r"""
    \bth(?:is|ese|e requested)\b|\bhere\b|\byou\b|\byour\b|\bdies\w*|\bsie\b|\bu\b|\bdeze\b|\buw\b
    \bvous\b|\bvotre\b|\bce(?:tte)?\b|\best[ea]\b|\busted\b|\besto\b|\bvocê\b|\bquest[oa]\b|\bl'accesso\b
    \bdu\b|\bdi[gt]\b|besøgende|\bden(?:ne|na)\b|\bdette\b|\bdetta\b|\btämä|\bta\b|\bten\b|\btej\b|\btuto\b
    \btato\b|\btáto\b
    \bezt?\b|\bacest|\bov[ao]j?\b|\bta\b|този|тази|вас\b|вами|ваш|вы\b|данн|этот|эта|этой|этому|запрашива
    запрошен|цей|цього|уважаем|\bbu\b|\bini\b|\banda\b|\bnày\b|นี้|ท่าน|คุณ|αυτ[ήόέ]|σας|هذا|هذه|أنت|عفوا
    عذرا|المطلوب|این|شما|اس\b|זה|זו|אתה|המבוקש|यह|इस|এই|该|此|您|你|本|この|こちら|귀하|해당|이 |hii|\bbu\s
""")
_AUTHORITY: Final = regex.compile(_OFFICE)
_BY: Final = regex.compile(rf"{_BLOCKED}[^.!?。]{{0,70}}?{_OFFICE}")
_NEAR: Final = regex.compile(rf"{_SITE}[^.!?。]{{0,90}}?{_BLOCKED}|{_BLOCKED}[^.!?。]{{0,70}}?{_SITE}")
_UNLAWFUL: Final = regex.compile(rf"{_SITE}[^.!?。]{{0,90}}?{_DENIED}|{_DENIED}[^.!?。]{{0,70}}?{_SITE}")

#: Who blocks, where a mark tells: filters by their headers, registries and notices by their addresses.
_FILTERS: Final = (
    ("rimon", "", "the filter Rimon"),
    ("x-squid-error", "err_access_denied", "a proxy's rule (Squid)"),
    ("server", "zscaler", "the filter Zscaler"),
    ("server", "protected by wirefilter", "the filter WireFilter"),
    ("server", "netsweeper", "the filter Netsweeper"),
)
# fmt: off
_NAMED: Final = [(who, either(book)) for who, book in (
    ("the Russian register of forbidden sites", r"""
        (?:blocklist|eais|nap|zapret-info)\.(?:rkn\.)?gov\.ru|rkn\.gov\.ru|warning\.rt\.ru|zapret-info
    """),
    ("an agency of the United States", r"""
        domain(?: name)? has been seized|iprc_seized|seizedservers|usdoj\.gov/[^\"']*seiz
    """),
    ("Turkey's BTK", r"internet\.btk\.gov\.tr|uyari\.btk\.gov|5651 say|tib\.gov\.tr|iletişim başkanlığı"),
    ("the British High Court", r"ukispcourtorders\.co\.uk|high court (?:has )?order"),
    ("the Internet Watch Foundation", r"internet watch foundation|iwf\.org\.uk"),
    ("Indonesia's Trust+", r"""
        (?:trustpositif|internetpositif|internet-positif|mercusuar|internetbaik)\b|lamanlabuh\.|aduankonten
    """),
    ("India's Department of Telecommunications", r"""
        blocked (?:under|as per|pursuant)[^<]{0,90}(?:government|department of telecom|dot|competent|indian)
        airtel\.in/dot
    """),
    ("Iran's filter", r"peyvandha\.ir|10\.10\.34\.3[456]|internet\.ir\b"),
    ("a provider of Saudi Arabia", r"internet\.gov\.sa|citc\.gov\.sa|filter\.isu\.net|blocked\.sa"),
    ("a provider of the Emirates", r"""
        tra\.gov\.ae|tdra\.gov\.ae|etisalat\.ae/proxy|lighthouse\.du\.ae|siteblocked\.(?:jpg|png|gif)
    """),
    ("Thailand's ministry", r"\bict-cop\b|mict\.go\.th|w3\.mict|blocked\.mdes|103\.208\.24|mdes\.go\.th"),
    ("Italy's authority", r"""
        agenziadoganemonopoli|adm\.gov\.it|aams\.(?:gov\.)?it|agcom\.it|gdf\.gov\.it|217\.175\.53\.72
    """),
    ("Korea's warning", r"warning\.or\.kr|kcsc\.or\.kr|kocsc\.or\.kr"),
    ("Denmark's providers", r"sharewithcare|share with care|net(?:filter|filteret)\b|blokeret af|teleindu\.dk"),
    ("Clean Internet Unternehmen", r"notice\.cuii\.info|cuii\.info"),
    ("Spain's ministry", r"""paginaintervenida|bloqueadaseccionsegunda|mcu\.es/[^\"']*seccion"""),
    ("Belgium's police", r"stoppagina|page ?stop\b|blocked\.be|52-stop|fedpol"),
    ("Finland's police", r"""poliisi\.fi/[^\"']*estolista"""),
    ("the filter FortiGuard", r"fortiguard|fortinet|/fgt_lang|web page blocked!?</title>"),
    ("the filter Zyxel", r"zyxel[^<]{0,60}(?:dns filter|security|content filter)|dnsft\.cloud\.zyxel"),
    ("the filter Cisco Umbrella", r"""
        opendns\.com/(?:main|block|phish)|hit-(?:adult|block|phish|nxdomain|malware)\.opendns
        block\.(?:sse\.)?cisco|umbrella\.com/[^\"']*block|cisco umbrella
    """),
    ("the filter Netsweeper", r"netsweeper|webadmin/deny|/alerts/deny"),
    ("the filter Blue Coat", r"\(policy_denied\)|\(content_filter_denied\)|blue ?coat|notify\.?bluecoat"),
    ("the filter Websense", r"websense|forcepoint|/cgi-bin/blockpage\.cgi\?ws-session|blockoptions\.cgi"),
    ("the filter Sophos", r"sophos[^<]{0,80}(?:blocked|web (?:appliance|protection))|utm_block|wscd/blockpage"),
    ("the filter Palo Alto", r"palo alto networks[^<]{0,200}|web page blocked[\s\S]{0,300}company policy"),
    ("the filter SonicWall", r"sonicwall[^<]{0,100}|nsa_banner|this site is blocked by the sonicwall|snwl"),
    ("the filter Barracuda", r"barracuda[^<]{0,80}(?:web (?:filter|security)|blocked)"),
    ("the filter Lightspeed", r"lsfilter|lightspeedsystems\.com|access\.lightspeed"),
    ("the filter Securly", r"securly\.com/blocked|blocked\.securly"),
    ("the filter GoGuardian", r"""goguardian\.com/[^\"']*block|blocked\.goguardian"""),
    ("the filter Smoothwall", r"smoothwall[^<]{0,80}|/modules/guardian3"),
    ("the filter ContentKeeper", r"contentkeeper"),
    ("the filter Zscaler", r"gateway\.zscaler|zscaler[^<]{0,80}(?:blocked|not allowed|protected)"),
    ("the filter NetFree", r"netfree\.link|נטפרי"),
    ("the filter Rimon", r"rimon\.net\.il|neto\.net\.il/block|אינטרנט רימון"),
    ("the filter Etrog", r"etrog\.net\.il|אתרוג"),
    ("the filter Pi-hole", r"pi-?hole[^<]{0,60}(?:block|access)|blocked by pi"),
    ("the filter AdGuard", r"adguard[^<]{0,60}(?:has blocked|blocked|dns)"),
    ("the filter NextDNS", r"blocked by nextdns|nextdns\.io/block"),
    ("the filter CleanBrowsing", r"cleanbrowsing[^<]{0,60}block|blocked by cleanbrowsing"),
    ("the filter SafeDNS", r"safedns[^<]{0,60}block|block\.safedns"),
    ("the filter SkyDNS", r"skydns\.ru|block\.skydns"),
    ("the filter DansGuardian", r"dansguardian|e2guardian"),
    ("the filter squidGuard", r"squidguard|err_access_denied"),
    ("the filter Untangle", r"untangle[^<]{0,80}block|/untangle-ng"),
    ("the filter WatchGuard", r"watchguard[^<]{0,60}(?:webblocker|denied)|webblocker"),
    ("the filter McAfee", r"mcafee web gateway|siteadvisor[^<]{0,60}block"),
    ("Virgin Media", r"""assets\.virginmedia\.com/[^\"']*block|virgin media has (?:received|blocked)"""),
    ("a provider's page", r"""
        (?:^|[/.@(=])(?:blocked|block-?(?:ed)?page|siteblocked|webblock|blocking)\.[a-z0-9-]+\.[a-z]{2,}
        url=\(\d+\)https?://(?:blocked?|block)\b|<title>[^<]{0,30}\bstop ?page\b
    """),
)]
# fmt: on

_COUNTRY: Final = group(r"""
    country|region|location|area|territor|jurisdiction|europ|eu\b|eea\b
""")
_GEO: Final = regex.compile(
    rf"(?:not|isn't|un)\s?(?:currently )?(?:available|accessible|licensed|permitted)[\w ,']{{0,60}} "
    rf"(?:in|from|to|for) (?:your|this|the|certain|some|most|users in|visitors (?:in|from)|readers in)"
    rf" ?(?:current |selected )?{_COUNTRY}"
    rf"|(?:your|this|certain|some|current) {_COUNTRY} (?:is|are|has been)[\w ]{{0,20}}"
    rf"(?:not supported|unsupported|blocked|restricted|not (?:allowed|available))"
    rf"|(?:blocked|restricted|access)[\w ]{{0,30}} (?:in|from|for) your {_COUNTRY}|"
    + group(r"""
        (?:unavailable|not available|blocked|inaccessible)[\w ,]{0,40} (?:due to|for|because of) legal reasons
        (?:due to|because of) (?:licensing|geographic\w*|territorial) (?:reasons|restrictions|requirements)
        (?:due to|because of) (?:the )?(?:gdpr|general data protection regulation|european (?:data|privacy|union))
        general data protection regulation[\w ()]{0,60}(?:cannot|can not|unable|block|restrict|not)
        (?:countr(?:y|ies)|visitors?|users|readers|accessing)[\w ,']{0,60}european (?:economic area|union)
        geo-?(?:blocked|restricted|restriction|blocking)
        outside (?:of )?(?:the )?(?:united states|u\.?s\.?|uk|your region)[\w ]{0,30}(?:cannot|not|blocked)
        in (?:ihrem|ihrer|deinem|deiner) (?:land|region|standort)[\w ]{0,20}nicht
        nicht in (?:ihrem|ihrer|deinem) (?:land|region)|dans votre (?:pays|région|zone)
        (?:votre|cette) (?:pays|région|zone géographique)[\w ]{0,20}(?:pas|bloqu)
        en (?:su|tu) (?:país|región|ubicación|zona)
        (?:no|seu|sua) (?:seu )?(?:país|região|localização)[\w ]{0,15}(?:não|bloque|indispon)
        (?:não|indisponível)[\w ]{0,30} (?:no seu|na sua|em seu|em sua) (?:país|região)|nel (?:tuo|suo) paese
        nella (?:tua|sua) (?:regione|area|zona)|in (?:uw|jouw|je) (?:land|regio)|i (?:dit|ditt) (?:land|område)
        maassasi|maassanne|w (?:twoim|twojej|pani|pana|tym) (?:kraju|regionie|lokalizacji)|ve vaší (?:zemi|oblasti)
        vo vašej krajine|az ön országá|în țara|în regiunea|du geoblocage|géobloqu|geoblokada
        в (?:вашей|вашем|твоей) (?:стране|регионе|местоположении)|с вашего (?:региона|ip)|из вашей страны
        у (?:вашій|вашому) (?:країні|регіоні)|bulunduğunuz|bölgenizde|ülkenizde|di (?:negara|wilayah|lokasi) anda
        ở (?:quốc gia|khu vực) của bạn|στη (?:χώρα|περιοχή) σας|في (?:بلدك|منطقتك|بلدكم|دولتك)
        در (?:کشور|منطقه) شما
        במדינתך|באזור שלך|במדינה שלך|आपके (?:देश|क्षेत्र)|(?:您|你)(?:所在|的)(?:的)?(?:国家|地区|國家|地區)
        お住まいの(?:国|地域)|お使いの(?:国|地域)|(?:해당|귀하의|현재) (?:국가|지역)
    """)
)
_REFUSED: Final = either(r"""
    not|n't|un(?:able|available|supported)|block|restrict|denied|sorry|451|nicht|pas|bloqu|no |não
    indispon|non |niet|ikke|inte|ei |nie|není|nem|nu |не|нет|огранич|недоступ|değil|engel|tidak|không|δεν
    غير|لا |نیست|לא|不|无法|無法|ません|없|नहीं
""")


def filtered(seen: Looks) -> str | None:
    """Which filter says by a header that it blocks; None where none does."""
    who = next(
        (who for name, part, who in _FILTERS for key, value in seen.headers if key == name and part in value), ""
    )
    return f"blocked by {who}" if who else None


def blocker(seen: Looks) -> str | None:
    """Who keeps the page from its readers, in words; None where nobody is seen to."""
    if not seen.within(NOTICE) or seen.links > LINKS:
        return None
    named = next((who for who, marks in _NAMED if marks.search(seen.markup)), "")
    blocked = _NEAR.search(seen.text) or _BY.search(seen.text)
    if named and (blocked or _UNLAWFUL.search(seen.text) or seen.count <= BARE):
        return f"blocked by {named}"
    denied = _UNLAWFUL.search(seen.text) if _AUTHORITY.search(seen.text) else None
    said = blocked or denied
    if said is None or not (seen.count <= BARE or _READER.search(seen.text) or _AUTHORITY.search(seen.text)):
        return None
    if seen.count > SHORT and not (_NEAR.search(seen.title) or _UNLAWFUL.search(seen.title)):
        return None
    return f"the page is blocked (“{said[0][:100]}”)"


def abroad(seen: Looks) -> str | None:
    """How a page says that readers of some countries may not read it; None where it does not."""
    if not seen.within(NOTICE // 2) or seen.links > LINKS:
        return None
    if (said := _GEO.search(seen.text)) and _REFUSED.search(seen.text):
        return f"not for readers in this country (“{said[0][:100]}”)"
    return None
