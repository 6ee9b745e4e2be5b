"""Sentences that can be edited in one way each, before and after, in eight languages.

One for each kind of edit that needs words of its own: a name more, one "not", other words in a quotation.
They are our own; no outlet ever printed them. In braces: people `a` and `b`, places `place` and `other`.
"""

from __future__ import annotations

import hashlib

from scheduler.newsroom.sample import sample_place

Passage = tuple[str, str]
"""The sentence, and the sentence as it is edited (empty where it is taken out); of `link`, the words that lead."""

PEOPLE: dict[str, tuple[str, ...]] = {
    "en": ("Harold Finch", "Nora Whitfield", "Peter Aldous", "Ruth Calloway", "Simon Draper", "Edith Marlowe"),
    "de": ("Anna Weber", "Jens Krüger", "Martin Vogel", "Petra Lindner", "Uwe Hartmann", "Sabine Roth"),
    "tr": ("Ayşe Yılmaz", "Mehmet Kaya", "Zeynep Aydın", "Hasan Çelik", "Murat Şahin", "Fatma Koç"),
    "ar": ("أحمد كريم", "محمد حداد", "علي منصور", "سامي الخطيب", "يوسف حسن", "إبراهيم سالم"),
    "ku": ("Azad Demir", "Rojîn Baran", "Serhat Welat", "Dilan Kaya", "Berîvan Şêx", "Jiyan Botan"),
    "fr": ("Claire Fontaine", "Luc Moreau", "Hélène Girard", "Paul Lemaire", "Sophie Rivière", "Marc Duval"),
    "es": ("Carmen Ortega", "Luis Navarro", "Pilar Serrano", "Diego Molina", "Elena Campos", "Jorge Vidal"),
    "ru": ("Иван Петров", "Анна Соколова", "Олег Морозов", "Мария Волкова", "Павел Орлов", "Елена Зайцева"),
}

_PASSAGES: dict[str, dict[str, Passage]] = {
    "en": {
        "name_added": ("The report was signed by {a}.", "The report was signed by {a} and {b}."),
        "name_removed": ("The meeting was opened by {a} together with {b}.", "The meeting was opened by {a}."),
        "name_replaced": ("The inquiry is led by {a}, a judge.", "The inquiry is led by {b}, a judge."),
        "place_replaced": (
            "The lorries came from a depot in {place}.",
            "The lorries came from a depot in {other}.",
        ),
        "company_replaced": (
            "The contract went to Brandt Marine without a tender.",
            "The contract went to Hollis Works without a tender.",
        ),
        "quoted_name": ("“I met {a} only once,” the mayor said.", "“I met {b} only once,” the mayor said."),
        "quotation": (
            "“We will finish the bridge before the winter,” the engineer said.",
            "“We will finish the bridge after the winter,” the engineer said.",
        ),
        "quotation_removed": ("“Nobody ever asked us what we wanted,” a neighbour said.", ""),
        "not_added": (
            "The council had informed the residents of its plan.",
            "The council had not informed the residents of its plan.",
        ),
        "not_removed": ("The driver was not wearing a belt.", "The driver was wearing a belt."),
        "modality": ("The tank leaked for two weeks.", "The tank allegedly leaked for two weeks."),
        "attribution": ("Both cars were set on fire, police said.", "Both cars were set on fire, witnesses said."),
        "sum": ("The repairs will cost 4.5 million euros.", "The repairs will cost 5.4 million euros."),
        "date": ("The plant is to close on 12 March 2027.", "The plant is to close on 12 May 2027."),
        "typo": (
            "The goverment has approved the budget of the libraries.",
            "The government has approved the budget of the libraries.",
        ),
        "words": ("The hall was full and the debate was calm.", "The hall was full and the debate was heated."),
        "link": ("All details are in the report of the audit office.", "report of the audit office"),
        "note": ("An earlier version of this article misstated the number of families.", ""),
    },
    "de": {
        "name_added": (
            "Den Bericht haben der Richter {a} und zwei Fachleute unterschrieben.",
            "Den Bericht haben der Richter {a}, die Richterin {b} und zwei Fachleute unterschrieben.",
        ),
        "name_removed": (
            "Eröffnet wurde die Sitzung von Bürgermeister {a} und Staatssekretär {b}.",
            "Eröffnet wurde die Sitzung von Bürgermeister {a}.",
        ),
        "name_replaced": (
            "Die Untersuchung leitet Staatsanwalt {a} seit dem Sommer.",
            "Die Untersuchung leitet Staatsanwalt {b} seit dem Sommer.",
        ),
        "place_replaced": (
            "Die Lastwagen kamen aus {place}, sagte Direktor {a}.",
            "Die Lastwagen kamen aus {other}, sagte Direktor {a}.",
        ),
        "company_replaced": (
            "Den Auftrag erhielt die Brandt Marine GmbH ohne Ausschreibung.",
            "Den Auftrag erhielt die Hollis Werke GmbH ohne Ausschreibung.",
        ),
        "quoted_name": (
            "„Ich habe Minister {a} nur einmal getroffen“, sagte der Bürgermeister.",
            "„Ich habe Minister {b} nur einmal getroffen“, sagte der Bürgermeister.",
        ),
        "quotation": (
            "„Wir werden die Brücke vor dem Winter fertigstellen“, sagte der Ingenieur.",
            "„Wir werden die Brücke nach dem Winter fertigstellen“, sagte der Ingenieur.",
        ),
        "quotation_removed": ("„Niemand hat uns je gefragt, was wir wollen“, sagte eine Nachbarin.", ""),
        "not_added": (
            "Der Stadtrat hatte die Anwohner über den Plan informiert.",
            "Der Stadtrat hatte die Anwohner nicht über den Plan informiert.",
        ),
        "not_removed": ("Der Fahrer war nicht angeschnallt.", "Der Fahrer war angeschnallt."),
        "modality": ("Der Tank war zwei Wochen lang undicht.", "Der Tank war angeblich zwei Wochen lang undicht."),
        "attribution": (
            "Beide Autos wurden angezündet, teilte die Polizei mit.",
            "Beide Autos wurden angezündet, berichteten Zeugen.",
        ),
        "sum": ("Die Reparatur kostet 4,5 Millionen Euro.", "Die Reparatur kostet 5,4 Millionen Euro."),
        "date": ("Das Werk soll am 12. März 2027 schließen.", "Das Werk soll am 12. Mai 2027 schließen."),
        "typo": (
            "Die Regirung hat den Haushalt der Büchereien gebilligt.",
            "Die Regierung hat den Haushalt der Büchereien gebilligt.",
        ),
        "words": (
            "Der Saal war voll und die Aussprache verlief ruhig.",
            "Der Saal war voll und die Aussprache verlief hitzig.",
        ),
        "link": ("Alle Einzelheiten stehen im Bericht des Rechnungshofs.", "Bericht des Rechnungshofs"),
        "note": ("In einer früheren Fassung war die Zahl der Familien falsch angegeben.", ""),
    },
    "tr": {
        "name_added": ("Raporu {a} imzaladı.", "Raporu {a} ve {b} imzaladı."),
        "name_removed": ("Toplantıyı {a} ile {b} açtı.", "Toplantıyı {a} açtı."),
        "name_replaced": ("Soruşturmayı yargıç {a} yürütüyor.", "Soruşturmayı yargıç {b} yürütüyor."),
        "place_replaced": (
            "Kamyonların geldiği depo {place} kentinde bulunuyor.",
            "Kamyonların geldiği depo {other} kentinde bulunuyor.",
        ),
        "company_replaced": (
            "İhale yapılmadan sözleşme Brandt Denizcilik şirketine verildi.",
            "İhale yapılmadan sözleşme Hollis Yapı şirketine verildi.",
        ),
        "quoted_name": (
            "Belediye başkanı, “Toplantıda {a} vardı, sonra ayrıldık” dedi.",
            "Belediye başkanı, “Toplantıda {b} vardı, sonra ayrıldık” dedi.",
        ),
        "quotation": (
            "Mühendis, “Köprüyü kıştan önce bitireceğiz” dedi.",
            "Mühendis, “Köprüyü kıştan sonra bitireceğiz” dedi.",
        ),
        "quotation_removed": ("Bir komşu, “Kimse bize ne istediğimizi sormadı” dedi.", ""),
        "not_added": ("Evler depreme dayanıklı.", "Evler depreme dayanıklı değil."),
        "not_removed": ("Sürücünün ehliyeti geçerli değil.", "Sürücünün ehliyeti geçerli."),
        "modality": ("Depo iki hafta boyunca sızdırdı.", "İddiaya göre depo iki hafta boyunca sızdırdı."),
        "attribution": (
            "Polisin açıklamasına göre iki otomobil ateşe verildi.",
            "Görgü tanıklarının açıklamasına göre iki otomobil ateşe verildi.",
        ),
        "sum": ("Onarım 4,5 milyon avroya mal olacak.", "Onarım 5,4 milyon avroya mal olacak."),
        "date": ("Fabrika 12 Mart 2027 tarihinde kapanacak.", "Fabrika 12 Mayıs 2027 tarihinde kapanacak."),
        "typo": ("Hükümt kütüphanelerin bütçesini onayladı.", "Hükümet kütüphanelerin bütçesini onayladı."),
        "words": ("Salon doluydu ve görüşme sakin geçti.", "Salon doluydu ve görüşme gergin geçti."),
        "link": ("Bütün ayrıntılar denetim kurumunun raporunda yer alıyor.", "denetim kurumunun raporunda"),
        "note": ("Bu haberin önceki sürümünde aile sayısı yanlış verilmişti.", ""),
    },
    "ar": {
        "name_added": ("وقع التقرير القاضي {a}.", "وقع التقرير القاضي {a} والقاضي {b}."),
        "name_removed": ("وافتتح الجلسة الوزير {a} برفقة النائب {b}.", "وافتتح الجلسة الوزير {a}."),
        "name_replaced": ("ويقود التحقيق القاضي {a} منذ الصيف.", "ويقود التحقيق القاضي {b} منذ الصيف."),
        "quoted_name": (
            "وقال رئيس البلدية: «التقيت الوزير {a} مرة واحدة».",
            "وقال رئيس البلدية: «التقيت الوزير {b} مرة واحدة».",
        ),
        "quotation": (
            "وقال المهندس: «سننهي بناء الجسر قبل الشتاء».",
            "وقال المهندس: «سننهي بناء الجسر بعد الشتاء».",
        ),
        "quotation_removed": ("وقالت إحدى الجارات: «سألنا كثيراً ولم نسمع جواباً من أحد».", ""),
        "not_added": ("وكان المجلس أبلغ السكان بخطته.", "وكان المجلس لم يبلغ السكان بخطته."),
        "not_removed": ("السائق ليس من سكان المدينة.", "السائق من سكان المدينة."),
        "modality": ("وتسرب الوقود من الخزان أسبوعين.", "ويزعم أن الوقود تسرب من الخزان أسبوعين."),
        "attribution": ("وأحرقت سيارتان، بحسب الشرطة.", "وأحرقت سيارتان، بحسب شهود عيان."),
        "sum": ("وستكلف الإصلاحات 4.5 مليون يورو.", "وستكلف الإصلاحات 5.4 مليون يورو."),
        "date": ("ومن المقرر إغلاق المصنع في 12 مارس 2027.", "ومن المقرر إغلاق المصنع في 12 مايو 2027."),
        "typo": ("وأقرت الحكوومة ميزانية المكتبات العامة.", "وأقرت الحكومة ميزانية المكتبات العامة."),
        "words": ("وكانت القاعة ممتلئة والنقاش هادئاً.", "وكانت القاعة ممتلئة والنقاش حاداً."),
        "link": ("وجميع التفاصيل واردة في تقرير ديوان المحاسبة.", "تقرير ديوان المحاسبة"),
        "note": ("ورد في نسخة سابقة من هذا المقال عدد خاطئ للعائلات.", ""),
    },
    "ku": {
        "name_added": ("Rapor ji aliyê {a} ve hat îmzekirin.", "Rapor ji aliyê {a} û {b} ve hat îmzekirin."),
        "name_removed": ("Civîn ji aliyê {a} û {b} ve hat vekirin.", "Civîn ji aliyê {a} ve hat vekirin."),
        "name_replaced": ("Lêpirsînê dadwer {a} bi rê ve dibe.", "Lêpirsînê dadwer {b} bi rê ve dibe."),
        "place_replaced": (
            "Depoya ku kamyon jê hatin li bajarê {place} ye.",
            "Depoya ku kamyon jê hatin li bajarê {other} ye.",
        ),
        "company_replaced": (
            "Peyman bêyî îhaleyê ji şîrketa Brandt Marîn re hat dayîn.",
            "Peyman bêyî îhaleyê ji şîrketa Hollis Ava re hat dayîn.",
        ),
        "quoted_name": (
            "Şaredar got: “Min {a} carekê tenê dît.”",
            "Şaredar got: “Min {b} carekê tenê dît.”",
        ),
        "quotation": (
            "Endezyar got: “Em ê pirê berî zivistanê biqedînin.”",
            "Endezyar got: “Em ê pirê piştî zivistanê biqedînin.”",
        ),
        "quotation_removed": ("Cîraneke wan got: “Kesî ji me nepirsî ku em çi dixwazin.”", ""),
        "not_added": ("Şaredariyê niştecih agahdar kiribûn.", "Şaredariyê niştecih agahdar nekiribûn."),
        "not_removed": ("Destûra ajokar tune ye.", "Destûra ajokar heye."),
        "modality": ("Depo du hefteyan şil bû.", "Tê îdiakirin ku depo du hefteyan şil bû."),
        "attribution": (
            "Li gorî polîsan du otomobîl hatin şewitandin.",
            "Li gorî şahidan du otomobîl hatin şewitandin.",
        ),
        "sum": ("Tamîr dê 4,5 milyon euro lê bide.", "Tamîr dê 5,4 milyon euro lê bide."),
        "date": ("Kargeh dê di 12 adar 2027 de bê girtin.", "Kargeh dê di 12 gulan 2027 de bê girtin."),
        "typo": ("Hikumt budceya pirtûkxaneyan pejirand.", "Hikumet budceya pirtûkxaneyan pejirand."),
        "words": ("Salon tijî bû û gotûbêj aram derbas bû.", "Salon tijî bû û gotûbêj germ derbas bû."),
        "link": ("Hemû agahî di rapora dîwana hesaban de ne.", "rapora dîwana hesaban"),
        "note": ("Di guhertoya berê ya vê nûçeyê de hejmara malbatan şaş bû.", ""),
    },
    "fr": {
        "name_added": ("Le rapport a été signé par {a}.", "Le rapport a été signé par {a} et {b}."),
        "name_removed": ("La séance a été ouverte par {a} avec {b}.", "La séance a été ouverte par {a}."),
        "name_replaced": (
            "L'enquête est dirigée par la magistrate {a}.",
            "L'enquête est dirigée par la magistrate {b}.",
        ),
        "place_replaced": (
            "Les camions venaient d'un dépôt situé à {place}.",
            "Les camions venaient d'un dépôt situé à {other}.",
        ),
        "company_replaced": (
            "Le contrat est allé à Brandt Marine sans appel d'offres.",
            "Le contrat est allé à Hollis Travaux sans appel d'offres.",
        ),
        "quoted_name": (
            "«Je n'ai rencontré {a} que deux fois», a dit le maire.",
            "«Je n'ai rencontré {b} que deux fois», a dit le maire.",
        ),
        "quotation": (
            "«Nous finirons le pont avant la fin de l'hiver», a dit l'ingénieur.",
            "«Nous finirons le pont après la fin de l'hiver», a dit l'ingénieur.",
        ),
        "quotation_removed": ("«Personne ne nous a demandé notre avis», a dit une voisine.", ""),
        "not_added": (
            "Le conseil avait informé les habitants de son projet.",
            "Le conseil n'avait pas informé les habitants de son projet.",
        ),
        "not_removed": ("Le conducteur ne portait pas de ceinture.", "Le conducteur portait une ceinture."),
        "modality": ("La cuve a fui pendant deux semaines.", "La cuve aurait fui pendant deux semaines."),
        "attribution": (
            "Deux voitures ont été incendiées, selon la police.",
            "Deux voitures ont été incendiées, selon des témoins.",
        ),
        "sum": (
            "Les réparations coûteront 4,5 millions d'euros.",
            "Les réparations coûteront 5,4 millions d'euros.",
        ),
        "date": ("L'usine doit fermer le 12 mars 2027.", "L'usine doit fermer le 12 mai 2027."),
        "typo": (
            "Le gouvernment a approuvé le budget des bibliothèques.",
            "Le gouvernement a approuvé le budget des bibliothèques.",
        ),
        "words": (
            "La salle était pleine et le débat fut calme.",
            "La salle était pleine et le débat fut houleux.",
        ),
        "link": (
            "Tous les détails figurent dans le rapport de la cour des comptes.",
            "rapport de la cour des comptes",
        ),
        "note": ("Une version précédente de cet article donnait un nombre inexact de familles.", ""),
    },
    "es": {
        "name_added": ("El informe lo firmó {a}.", "El informe lo firmaron {a} y {b}."),
        "name_removed": ("La sesión fue abierta por {a} junto con {b}.", "La sesión fue abierta por {a}."),
        "name_replaced": ("La investigación la dirige la jueza {a}.", "La investigación la dirige la jueza {b}."),
        "place_replaced": (
            "Los camiones venían de un almacén situado en {place}.",
            "Los camiones venían de un almacén situado en {other}.",
        ),
        "company_replaced": (
            "El contrato fue para Brandt Marina sin concurso.",
            "El contrato fue para Hollis Obras sin concurso.",
        ),
        "quoted_name": (
            "«Solo vi a {a} una vez en la vida», dijo el alcalde.",
            "«Solo vi a {b} una vez en la vida», dijo el alcalde.",
        ),
        "quotation": (
            "«Terminaremos el puente antes del invierno», dijo el ingeniero.",
            "«Terminaremos el puente después del invierno», dijo el ingeniero.",
        ),
        "quotation_removed": ("«Nadie nos preguntó lo que queríamos», dijo una vecina.", ""),
        "not_added": (
            "El ayuntamiento había informado a los vecinos del plan.",
            "El ayuntamiento no había informado a los vecinos del plan.",
        ),
        "not_removed": ("El conductor no llevaba cinturón.", "El conductor llevaba cinturón."),
        "modality": (
            "El depósito perdió combustible dos semanas.",
            "El depósito supuestamente perdió combustible dos semanas.",
        ),
        "attribution": (
            "Ambos coches fueron incendiados, según la policía.",
            "Ambos coches fueron incendiados, según testigos.",
        ),
        "sum": (
            "Las reparaciones costarán 4,5 millones de euros.",
            "Las reparaciones costarán 5,4 millones de euros.",
        ),
        "date": ("La fábrica cerrará el 12 de marzo de 2027.", "La fábrica cerrará el 12 de mayo de 2027."),
        "typo": (
            "El goberno ha aprobado el presupuesto de las bibliotecas.",
            "El gobierno ha aprobado el presupuesto de las bibliotecas.",
        ),
        "words": (
            "La sala estaba llena y el debate fue tranquilo.",
            "La sala estaba llena y el debate fue tenso.",
        ),
        "link": (
            "Todos los detalles están en el informe del tribunal de cuentas.",
            "informe del tribunal de cuentas",
        ),
        "note": ("Una versión anterior de este artículo daba un número equivocado de familias.", ""),
    },
    "ru": {
        "name_added": (
            "Отчёт подписали судья {a} и эксперты.",
            "Отчёт подписали судья {a}, судья {b} и эксперты.",
        ),
        "name_removed": ("Заседание открыли судья {a} и депутат {b}.", "Заседание открыл судья {a}."),
        "name_replaced": ("Расследование ведёт следователь {a}.", "Расследование ведёт следователь {b}."),
        "place_replaced": (
            "Грузовики пришли со склада в городе {place}.",
            "Грузовики пришли со склада в городе {other}.",
        ),
        "company_replaced": (
            "Договор без конкурса получила компания Брандт Марин.",
            "Договор без конкурса получила компания Холлис Строй.",
        ),
        "quoted_name": (
            "«Там был и {a}, мы виделись один раз», — сказал мэр.",
            "«Там был и {b}, мы виделись один раз», — сказал мэр.",
        ),
        "quotation": (
            "«Мы закончим мост до начала зимы», — сказал инженер.",
            "«Мы закончим мост после начала зимы», — сказал инженер.",
        ),
        "quotation_removed": ("«Нас никто не спросил, чего мы хотим», — сказала соседка.", ""),
        "not_added": ("Совет сообщил жителям о своём плане.", "Совет не сообщил жителям о своём плане."),
        "not_removed": ("Водитель не был пристёгнут.", "Водитель был пристёгнут."),
        "modality": ("Бак протекал около месяца.", "Бак якобы протекал около месяца."),
        "attribution": (
            "Обе машины подожгли, сообщила полиция.",
            "Обе машины подожгли, рассказали свидетели.",
        ),
        "sum": ("Ремонт обойдётся в 4,5 миллиона евро.", "Ремонт обойдётся в 5,4 миллиона евро."),
        "date": ("Завод закроют 12 марта 2027 года.", "Завод закроют 12 мая 2027 года."),
        "typo": ("Правителство одобрило бюджет библиотек.", "Правительство одобрило бюджет библиотек."),
        "words": ("Зал был полон, спор шёл спокойно.", "Зал был полон, спор шёл бурно."),
        "link": ("Все подробности изложены в отчёте счётной палаты.", "отчёте счётной палаты"),
        "note": ("В предыдущей версии этой статьи было неверно указано число семей.", ""),
    },
}

LANGUAGES = tuple(_PASSAGES)


def passages(seed: str, language: str) -> dict[str, Passage]:
    """The passages of a story in its language (else English), with its own people and places."""
    known = language if language in _PASSAGES else "en"
    return {name: _filled(pair, f"{seed}/{name}", known) for name, pair in _PASSAGES[known].items()}


def _filled(pair: Passage, seed: str, language: str) -> Passage:
    people, start = PEOPLE[language], int(hashlib.sha256(seed.encode()).hexdigest()[:8], 16)
    one, other = people[start % len(people)], people[(start + 1 + start // 7 % (len(people) - 1)) % len(people)]
    place = sample_place(seed, language)
    elsewhere = next(p for n in range(99) if (p := sample_place(f"{seed}/{n}", language)) != place)
    before, after = (text.format(a=one, b=other, place=place, other=elsewhere) for text in pair)
    return before, after
