"""Notes of correction and of updates, as outlets word them, and what only looks like one."""

import pytest

from archive.domain.notes import Note, is_note, is_stamp, note

CORRECTIONS = [
    "Correction: twelve people were hurt, not ten.",
    "CORRECTION (3 May): the figure was wrong.",
    "• This article was amended on 3 May 2026 to correct the number of the dead.",
    "(This May 3 story has been corrected to fix the number in paragraph 2)",
    "(Corrects the number in the first paragraph)",
    "An earlier version of this article gave another number.",
    "A previous version of this story misspelled the minister's name.",
    "The headline has been amended.",
    "Because of an editing error, the article misstated the day.",
    "Editor’s note: the number was wrong.",
    "Clarification — the ministry had been asked.",
    "Korrektur: Es waren zwölf.",
    "Anmerkung der Redaktion: Wir hatten zunächst von zehn Verletzten berichtet.",
    "In einer früheren Version stand eine andere Zahl.",
    "Dieser Artikel wurde am 3. Mai nachträglich korrigiert.",
    "Wir haben die Zahl im zweiten Absatz korrigiert.",
    "Düzeltme: on iki kişi yaralandı.",
    "EDİTÖRÜN NOTU: Sayı yanlıştı.",
    "Haberin ilk halinde sayı yanlış verilmişti.",
    "تصحيح: أصيب اثنا عشر شخصا.",
    "توضيح - لم يصدر أي بيان عن الوزارة",
    "ورد في نسخة سابقة من هذا الخبر رقم آخر",
    "تم تعديل هذا المقال",
    "Rastkirin: donzdeh kes birîndar bûn.",
    "Ev nûçe di 3yê Gulanê de hat sererastkirin.",
    "Di guhertoya berê ya vê nûçeyê de hejmar şaş bû.",
    "ڕاستکردنەوە: دوازدە کەس بریندار بوون",
    "روونکردنەوە: وەزارەت وەڵامی دایەوە",
    "Rectificatif : douze blessés.",
    "Une première version de cet article donnait un autre chiffre.",
    "Cet article a été modifié le 3 mai.",
    "Fe de erratas: fueron doce.",
    "Una versión anterior de esta noticia daba otra cifra.",
    "Исправление: пострадали двенадцать человек.",
    "В более ранней версии материала была другая цифра.",
    "В тексте исправлена ошибка.",
    "اصلاحیه: دوازده نفر زخمی شدند",
]
UPDATES = [
    "UPDATE (3 May): two more were found.",
    "Update: the ministry has answered.",
    "Updated 14:30 with a comment by the ministry",
    "This story has been updated.",
    "(Adds comment by the ministry)",
    "Aktualisierung: Das Ministerium hat geantwortet.",
    "Dieser Text wurde um 14 Uhr aktualisiert.",
    "Güncelleme: Bakanlık yanıt verdi.",
    "Bu haber saat 14:30'da güncellenmiştir.",
    "تحديث: ردت الوزارة على السؤال",
    "تم تحديث هذا الخبر",
    "Nûkirin: Wezaretê bersiv da.",
    "نوێکردنەوە: وەزارەت وەڵامی دایەوە",
    "Mise à jour : le ministère a répondu.",
    "Cet article a été mis à jour.",
    "Actualización: el ministerio respondió.",
    "Этот материал обновлен",
    "Обновление: министерство ответило.",
]
STAMPS = [
    "Updated 14:30",
    "Last updated on May 3, 2026",
    "Updated: Sun 3 May 2026 14.30 BST",
    "Zuletzt aktualisiert am 3. Mai 2026, 14:30 Uhr",
    "Son güncelleme: 3 Mayıs 2026 14:30",
    "آخر تحديث: 3 مايو 2026",
    "Nûkirin: 3 Gulan 2026",
    "دوایین نوێکردنەوە: 3ی ئایاری 2026",
    "Mis à jour le 3 mai 2026 à 14h30",
    "Actualizado el 3 de mayo de 2026",
    "Обновлено 3 мая 2026 г. в 14:30",
]


@pytest.mark.parametrize(
    ("paragraph", "kind"),
    [
        *((text, Note.CORRECTION) for text in CORRECTIONS),
        *((text, Note.UPDATE) for text in UPDATES),
        *((text, Note.STAMP) for text in STAMPS),
    ],
)
def test_a_note_is_known_by_its_wording(paragraph, kind):
    assert note(paragraph) is kind
    assert is_note(paragraph)
    assert is_stamp(paragraph) == (kind is Note.STAMP)


@pytest.mark.parametrize("paragraph", [
    "",
    "Updated figures show that 30 were hurt.",
    "Corrections officers saw smoke.",
    "A witness updated 3 of them.",
    "Update-Funktion von Windows gestört",
    "Precision bombing was promised.",
    "The first version of the plan was better.",
    "Dieser Artikel ist von gestern.",
    "Die Korrektur der Zahlen kam spät.",
    "Düzeltme talebi reddedildi.",
    "تصحيح المسار الاقتصادي مطلوب",
    "Mise à jour du logiciel imposée aux mairies",
    "Corrección del rumbo económico",
    "Исправление ошибок займет годы",
    "He had a previous version of the law in mind.",
    "In an earlier version of the bill the fine was higher.",
    "In einer früheren Fassung des Gesetzes war die Strafe höher.",
    "В предыдущей версии программы была ошибка.",
    "La version précédente du texte de loi a été rejetée.",
])  # fmt: skip
def test_what_only_begins_like_a_note_is_none(paragraph):
    assert note(paragraph) is None
