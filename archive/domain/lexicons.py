"""Words that mean something to the rules, by language: the calendar, for now.

It knows lists and nothing of how they are used. Every word is folded (see `archive.domain.wording`)
and in lower case.
"""

from __future__ import annotations

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
