"""Domains that nobody uses: parked, for sale, expired, or answered by a host that knows no such site. Pure.

Knows the services that earn by them and what they say. Refuses a page that says more than such a page does: news
is written about domains too.
"""

from __future__ import annotations

from typing import Final

import regex

from archive.domain.books import either, group
from archive.domain.looks import Looks

#: Words of a parked page: lists of advertised searches and notes of the registrar included.
FEW = 300

#: What only a parked page holds, by who makes it. Of 267 article pages none holds one.
# fmt: off
_MARKS: Final = [(who, either(book)) for who, book in (
    ("Bodis", r"""window\.park\s*=\s*[\"']|bodiscdn\.com|parking\.bodis|bodis\.com/"""),
    ("Sedo", r"sedoparking\.com|sedoparkingurl|sedo\.com/search/details|sedocontent|img\.sedoparking"),
    ("ParkingCrew", r"parkingcrew\.(?:net|com)|pcrew[-_.]|d38psrni17bvxu\.cloudfront\.net"),
    ("Dan.com", r"//(?:www\.|cdn\d*\.)?dan\.com/|undeveloped\.com/"),
    ("GoDaddy", r"""
        img\d*\.wsimg\.com/parking-lander|window\.lander_system|parked-content\.godaddy
        mcc\.godaddy\.com/park|/park(?:ed)?-lander
    """),
    ("HugeDomains", r"hugedomains\.com/(?:domain_profile|payment|rjs)"),
    ("Afternic", r"afternic\.com/(?:forsale|landers?|buy-domain)|lander\.afternic"),
    ("Above.com", r"above\.com/marketplace|parking\.above\.com|trafficz|jsparking\.above"),
    ("ParkLogic", r"parklogic\.com|parking-page|pl-parking"),
    ("Skenzo", r"skenzo\.com|zeropark\.com"),
    ("Team Internet", r"tsparkingcrew|teaminternet|parkweb|dp-?parking"),
    ("Namecheap", r"parkingpage\.namecheap|namecheap[^<>]{0,60}parking"),
    ("Uniregistry", r"uniregistry\.com/(?:buy|market)|uniregistry-park"),
    ("Atom", r"(?:atom|squadhelp|brandbucket|brandpa)\.com/(?:name|names|lander)/"),
    ("Domain.com", r"dsparking\.com|parkingspa\.com|domainparking"),
    ("Fabulous", r"""fabulous\.com/[^\"'\s]*(?:park|domain)|domainsponsor\.com|oversee\.net"""),
    ("Network Solutions", r"""
        networksolutions\.com/[^\"'\s]*(?:park|underconstruction)|registrar-servers\.com/park
    """),
    ("a parking service", r"""
        \bdata-adblockkey\s*=|google\.com/adsense/domains/caf\.js|adsense/domains|afdparking|/parking\.php\?
        cashparking|domainpark
    """),
)]
# fmt: on

_DOMAIN = group(r"""
    domain(?:[ -]?name)?|domein(?:naam)?|domaine|dominio|domínio|domena|doména|doménu|domeniu|domén|alan adı
    домен(?:ное имя)?|域名|ドメイン|도메인|النطاق|دامنه|דומיין|tên miền|โดเมน|webadresse|web address
""")
_SALE = group(r"""
    (?:may be |might be |is |could be )?(?:for|on) sale|zu verkaufen|zum (?:ver)?kauf|steht zum|à vendre|en venta
    se vende|à venda|in vendita|te koop|til salg|til salgs|till salu|myytävänä|na sprzedaż|na prodej|na predaj
    eladó|de vânzare|satılık|продается|продаётся|продаж[аеу]|купить|出售|转让|轉讓|販売|売り出し|판매|للبيع
    برای فروش|למכירה
    rao bán|ขาย|kaufen|kopen|comprar|acheter|acquista
    (?:buy|purchase|get|own|inquire about|make an offer (?:on|for)) this
""")
_UNUSED = group(r"""
    parked|has expired|is expired|expired on|has lapsed|pending (?:renewal|deletion)|geparkt|abgelaufen
    noch nicht|wurde (?:neu )?registriert|registriert bei|garé|a expiré|est expiré|en attente|aparcado
    estacionado|ha caducado|ha expirado|expirou|expirado|parcheggiato|è scaduto|scaduto|geparkeerd|verlopen
    gereserveerd|parkeret|udløbet|parkerad|har löpt ut|zaparkowana|wygasła|zaparkován|vypršela|lejárt|a expirat
    süresi dol|park edilmiş|припаркован|истек|истёк|зарегистрирован|не прилинкован|не подключен|已过期|到期|停放
    期限切れ|만료
    has (?:just )?been (?:registered|reserved|purchased)|was recently registered|successfully registered
    is registered (?:at|with|by)
""")
_OFFERED: Final = regex.compile(
    rf"{_DOMAIN}.{{0,60}}?{_SALE}|{_SALE}.{{0,40}}?{_DOMAIN}|[\w-]+\.[a-z]{{2,12}} is for sale\b"
)
_IDLE: Final = regex.compile(
    rf"{_DOMAIN}.{{0,80}}?{_UNUSED}|{_UNUSED}.{{0,40}}?{_DOMAIN}|parked (?:free|domain|page)"
    rf"|related (?:searches|links)"
    r"|future home of something|website coming soon"
)  # fmt: skip

#: A server that knows no site of that name.
_HOSTLESS: Final = either(r"""
    there isn't a github pages site here|no such app\b.{0,40}heroku
    sorry, this shop is currently unavailable|project not found|the specified bucket does not exist
    nosuchbucket|do you want to register [\w.-]+\.(?:wordpress|tumblr)\.com
    doesn't exist[\w ]{0,40}wordpress\.com|(?:account|site|website|web site) (?:has been |is )?suspended
    account disabled by server administrator|this account has been suspended|konto (?:wurde )?gesperrt
    compte suspendu|cuenta suspendida|conta suspensa|аккаунт заблокирован|хостинг отключен
    сайт (?:временно )?отключен|welcome to nginx|apache2 (?:ubuntu|debian) default page|it works!
    iis windows server|default (?:web ?site|web) page|site not published|web server's default page
    cpanel[\w ,.]{0,40}default|plesk[\w ,.]{0,40}default|this is the default (?:page|welcome page|server)
    domain is not (?:configured|connected)|domain (?:isn't|not) connected|unknown domain\b.{0,40}fastly
    there's nothing here, yet
""")


def parked(seen: Looks) -> str | None:
    """Why a page stands for a domain that nobody uses, in words; None where it does not."""
    if not seen.within(FEW):
        return None
    for name, marks in _MARKS:
        if (found := marks.search(seen.markup)) and (seen.links <= 40 or "park" in found[0]):
            return f"the domain is parked ({name})"
    if seen.links > 40:
        return None
    if (found := _OFFERED.search(seen.text)) and _plain(seen, found):
        return f"the domain is offered for sale (“{found[0][:80]}”)"
    if (found := _IDLE.search(seen.text)) and _plain(seen, found) and regex.search(_DOMAIN, seen.text):
        return f"the domain is parked or has expired (“{found[0][:80]}”)"
    if seen.count <= FEW // 2 and (found := _HOSTLESS.search(seen.text)):
        return f"no site stands at this host any more (“{found[0][:80]}”)"
    return None


def _plain(seen: Looks, found: regex.Match[str]) -> bool:
    """Whether a phrase is what the page is about: it stands in the title, at its begin, or with little else."""
    return seen.count <= FEW // 3 or found.start() < 200
