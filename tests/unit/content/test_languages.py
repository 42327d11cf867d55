"""Quoted history as mailers of many languages write it, in plain text and in HTML."""

import pytest
from tests.privacy.replies import visible

from missive_desktop.content import attributions
from missive_desktop.content.rendered import render

WHO = "Ann Lee <ann@example.org>"
GMAIL = {
    "en": f"On Fri, Mar 15, 2024 at 12:00 PM {WHO} wrote:",
    "de": f"Am Fr., 15. März 2024 um 12:00 Uhr schrieb {WHO}:",
    "fr": f"Le ven. 15 mars 2024 à 12:00, {WHO} a écrit :",
    "es": "El vie, 15 mar 2024 a las 12:00, Ann Lee (<ann@example.org>) escribió:",
    "it": f"Il giorno ven 15 mar 2024 alle ore 12:00 {WHO} ha scritto:",
    "pt-br": f"Em sex., 15 de mar. de 2024 às 12:00, {WHO} escreveu:",
    "pt": f"{WHO} escreveu (sexta, 15/03/2024 à(s) 12:00):",
    "nl": f"Op vr 15 mrt 2024 om 12:00 schreef {WHO}:",
    "sv": f"Den fre 15 mars 2024 kl 12:00 skrev {WHO}:",
    "da": f"Den fre. 15. mar. 2024 kl. 12.00 skrev {WHO}:",
    "nb": f"fre. 15. mar. 2024 kl. 12:00 skrev {WHO}:",
    "fi": "pe 15. maalisk. 2024 klo 12.00 Ann Lee (ann@example.org) kirjoitti:",
    "pl": f"pt., 15 mar 2024 o 12:00 {WHO} napisał(a):",
    "cs": f"pá 15. 3. 2024 v 12:00 odesílatel {WHO} napsal:",
    "sk": f"pi 15. 3. 2024 o 12:00 {WHO} napísal(a):",
    "hu": f"{WHO} ezt írta (időpont: 2024. márc. 15., P, 12:00):",
    "ro": f"În vin., 15 mar. 2024 la 12:00, {WHO} a scris:",
    "tr": f"{WHO}, 15 Mar 2024 Cum, 12:00 tarihinde şunu yazdı:",
    "ru": f"пт, 15 мар. 2024 г. в 12:00, {WHO}:",
    "uk": f"пт, 15 бер. 2024 р. о 12:00 {WHO} пише:",
    "el": f"Στις Παρ 15 Μαρ 2024 στις 12:00 μ.μ., ο χρήστης {WHO} έγραψε:",
    "bg": f"На пт, 15.03.2024 г. в 12:00 {WHO} написа:",
    "hr": f"pet, 15. ožu 2024. u 12:00 {WHO} napisao je:",
    "sr": f"пет, 15. мар 2024. у 12:00 {WHO} је написао/ла:",
    "sl": f"V V pet., 15. mar. 2024 ob 12:00 je oseba {WHO} napisala:",
    "ca": f"Missatge de {WHO} del dia dv., 15 de març 2024 a les 12:00:",
    "lt": f"2024-03-15, pn, 12:00 {WHO} rašė:",
    "lv": "piektd., 2024. g. 15. marts, plkst. 12:00 — lietotājs Ann Lee (<ann@x.lv>) rakstīja:",
    "et": f"Kuupäev R, 15. märts 2024 kell 12:00 kirjutas kasutaja {WHO}:",
    "ja": f"2024年3月15日(金) 12:00 {WHO}:",
    "ko": f"2024년 3월 15일 (금) 오후 12:00, {WHO}님이 작성:",
    "zh-cn": f"{WHO} 于2024年3月15日周五 12:00写道：",
    "zh-tw": f"{WHO} 於 2024年3月15日 週五 下午12:00寫道：",
    "vi": f"Vào Th 6, 15 thg 3, 2024 vào lúc 12:00 {WHO} đã viết:",
    "id": f"Pada tanggal Jum, 15 Mar 2024 pukul 12.00 {WHO} menulis:",
    "th": f"ในวันที่ ศ. 15 มี.ค. 2024 เวลา 12:00 {WHO} เขียนว่า:",
    "he": "בתאריך יום ו׳, 15 במרץ 2024 ב-12:00 מאת \u202aAnn Lee\u202c\u200f "
    "<\u202aann@example.org\u202c\u200f>:",
    "ar": f"في الجمعة، 15 مارس 2024 في 12:00 م تمت كتابة ما يلي بواسطة {WHO}:",
}
APPLE = {
    "en": f"On 15 Mar 2024, at 12:00, {WHO} wrote:",
    "en-us": f"On Mar 15, 2024, at 12:00\u202fPM, {WHO} wrote:",
    "de": f"Am 15.03.2024 um 12:00 schrieb {WHO}:",
    "fr": f"Le 15 mars 2024 à 12:00, {WHO} a écrit :",
    "es": f"El 15 mar 2024, a las 12:00, {WHO} escribió:",
    "it": f"Il giorno 15 mar 2024, alle ore 12:00, {WHO} ha scritto:",
    "pt": f"No dia 15/03/2024, às 12:00, {WHO} escreveu:",
    "nl": f"Op 15 mrt 2024, om 12:00 heeft {WHO} het volgende geschreven:",
    "sv": f"15 mars 2024 kl. 12:00 skrev {WHO}:",
    "pl": f"Wiadomość napisana przez {WHO} w dniu 15 mar 2024, o godz. 12:00:",
    "ru": f"15 марта 2024 г., в 12:00, {WHO} написал(а):",
    "uk": f"15 бер. 2024 р. о 12:00 {WHO} написав(-ла):",
    "ja": f"2024/03/15 12:00、{WHO}のメール:",
    "zh": f"2024年3月15日 12:00，{WHO} 写道：",
    "ko": f"2024. 3. 15. 오후 12:00, {WHO} 작성:",
    "tr": f"{WHO} şunları yazdı (15 Mar 2024 12:00):",
    "cs": f"15. 3. 2024 v 12:00, {WHO}:",
    "hu": f"2024. márc. 15. dátummal, 12:00 időpontban {WHO} írta:",
    "fi": f"{WHO} kirjoitti 15.3.2024 kello 12.00:",
    "da": f"Den 15. mar. 2024 kl. 12.00 skrev {WHO}:",
}
THUNDERBIRD = {
    "en": "On 15/03/2024 12:00, Ann Lee wrote:",
    "de": "Am 15.03.24 um 12:00 schrieb Ann Lee:",
    "fr": "Le 15/03/2024 à 12:00, Ann Lee a écrit\xa0:",
    "it": "Il 15/03/2024 12:00, Ann Lee ha scritto:",
    "es": "El 15/3/24 a las 12:00, Ann Lee escribió:",
    "nl": "Op 15-03-2024 om 12:00 schreef Ann Lee:",
    "pl": "W dniu 15.03.2024 o\xa012:00, Ann Lee pisze:",
    "cs": "Dne 15. 03. 24 v 12:00 Ann Lee napsal(a):",
    "sk": "Dňa 15. 3. 2024 o 12:00 Ann Lee napísal(a):",
    "ru": "15.03.2024 12:00, Ann Lee пишет:",
    "hu": "2024. 03. 15. 12:00 keltezéssel, Ann Lee írta:",
    "fi": "Ann Lee kirjoitti 15.3.2024 klo 12.00:",
    "sv": "Den 2024-03-15 kl. 12:00, skrev Ann Lee:",
    "pt": "Em 15/03/2024 12:00, Ann Lee escreveu:",
    "tr": "15.03.2024 12:00 tarihinde Ann Lee yazdı:",
    "el": "Στις 15/3/24 12:00, ο/η Ann Lee έγραψε:",
    "ro": "Pe 15.03.2024 12:00, Ann Lee a scris:",
    "uk": "15.03.24 12:00, Ann Lee пише:",
}
OUTLOOK = {
    "en": ("From", "Sent", "To", "Subject"),
    "de": ("Von", "Gesendet", "An", "Betreff"),
    "fr": ("De", "Envoyé", "À", "Objet"),
    "es": ("De", "Enviado el", "Para", "Asunto"),
    "it": ("Da", "Inviato", "A", "Oggetto"),
    "pt": ("De", "Enviada em", "Para", "Assunto"),
    "nl": ("Van", "Verzonden", "Aan", "Onderwerp"),
    "sv": ("Från", "Skickat", "Till", "Ämne"),
    "da": ("Fra", "Sendt", "Til", "Emne"),
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "pl": ("Od", "Wysłane", "Do", "Temat"),
    "cs": ("Od", "Odesláno", "Komu", "Předmět"),
    "sk": ("Od", "Odoslané", "Komu", "Predmet"),
    "hu": ("Feladó", "Küldve", "Címzett", "Tárgy"),
    "ro": ("De la", "Trimis", "Către", "Subiect"),
    "ru": ("От", "Отправлено", "Кому", "Тема"),
    "uk": ("Від", "Надіслано", "Кому", "Тема"),
    "bg": ("От", "Изпратено", "До", "Относно"),
    "el": ("Από", "Στάλθηκε", "Προς", "Θέμα"),
    "tr": ("Kimden", "Gönderildi", "Kime", "Konu"),
    "hr": ("Šalje", "Poslano", "Prima", "Predmet"),
    "he": ("מאת", "נשלח", "אל", "נושא"),
    "ar": ("من", "تم الإرسال", "إلى", "الموضوع"),
    "ja": ("差出人", "送信日時", "宛先", "件名"),
    "zh-cn": ("发件人", "发送时间", "收件人", "主题"),
    "zh-tw": ("寄件者", "寄件日期", "收件者", "主旨"),
    "ko": ("보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "vi": ("Từ", "Đã gửi", "Đến", "Chủ đề"),
    "th": ("จาก", "ส่ง", "ถึง", "เรื่อง"),
    "id": ("Dari", "Dikirim", "Kepada", "Subjek"),
}
PHONES = [
    "Sent from my iPhone", "Von meinem iPhone gesendet", "Envoyé de mon iPhone",
    "Enviado desde mi iPhone", "Inviato da iPhone", "Enviado do meu iPhone",
    "Verstuurd vanaf mijn iPhone", "Skickat från min iPhone", "Sendt fra min iPhone",
    "Lähetetty iPhonesta", "Wysłane z iPhone'a", "Odesláno z iPhonu", "Отправлено с iPhone",
    "Надіслано з iPhone", "iPhone'umdan gönderildi", "iPhoneから送信", "发自我的 iPhone",
    "나의 iPhone에서 보냄", "從我的 iPhone 傳送", "Trimis de pe iPhone-ul meu",
    "Elküldve az iPhone készülékemről", "Στάλθηκε από το iPhone μου", "נשלח מה-iPhone שלי",
    "Gesendet mit der GMX Mail App", "Sent with Proton Mail secure email.",
    "Sent from Outlook for Android", "Get Outlook for iOS", "Sent from Yahoo Mail on Android",
]  # fmt: skip
ALL = [
    (f"{mailer} {language}", line)
    for mailer, lines in (("gmail", GMAIL), ("apple", APPLE), ("thunderbird", THUNDERBIRD))
    for language, line in lines.items()
]


def mail(html):
    return b"From: a@x\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + html.encode()


def folded(html):
    """Return what stands before the fold and what is in it."""
    shown = str(render(mail(html)).html)
    before, mark, after = shown.partition("<details")
    return before, mark + after


@pytest.mark.parametrize(("name", "line"), ALL, ids=[name for name, _ in ALL])
def test_attributions_in_plain_text(name, line):
    assert attributions.is_attribution(line)
    assert visible(f"New words.\n\n{line}\n\n> Old words\n") == "New words."
    assert visible(f"New words.\n\n{line}\n\nOld words, unquoted\n") == "New words."


@pytest.mark.parametrize("line", PHONES)
def test_signatures_of_phones(line):
    assert attributions.is_sent_from(line)


@pytest.mark.parametrize("language", OUTLOOK)
@pytest.mark.parametrize("colon", [":", " :", "："])
def test_header_blocks_of_outlook(language, colon):
    values = ("Ann Lee <ann@example.org>", "15.03.2024 12:00", "Bo", "Re: Tea")
    names = OUTLOOK[language]
    block = "\n".join(f"{name}{colon} {value}" for name, value in zip(names, values, strict=True))
    assert visible(f"New words.\n\n{block}\n\nOld words") == "New words."
    starred = "\n".join(
        f"*{name}{colon}* {value}" for name, value in zip(names, values, strict=True)
    )
    assert visible(f"New words.\n\n{starred}\n\nOld words") == "New words."


@pytest.mark.parametrize("language", OUTLOOK)
def test_histories_of_outlook_in_html(language):
    names = OUTLOOK[language]
    block = "<br>".join(f"<b>{name}:</b> value {index}" for index, name in enumerate(names))
    for html in (
        (
            f'<div><p>New words.</p><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
            f'padding:3.0pt 0 0 0"><p>{block}</p></div><p>Old words</p></div>'
        ),
        (
            f'<div>New words.</div><div id="appendonsend"></div><hr><div id="divRplyFwdMsg">'
            f"<font>{block}</font></div><div>Old words</div>"
        ),
        f"<div>New words.</div><hr><div>{block}</div><div>Old words</div>",
    ):
        before, after = folded(html)
        assert "New words." in before
        assert "Old words" in after
        assert "value 0" in after


@pytest.mark.parametrize("language", GMAIL)
def test_histories_of_gmail_yahoo_and_proton_in_html(language):
    line = GMAIL[language].replace("<", "&lt;").replace(">", "&gt;")
    for html in (
        (
            f'<div dir="ltr">New words.</div><br><div class="gmail_quote gmail_quote_container">'
            f'<div dir="ltr" class="gmail_attr">{line}<br></div>'
            f'<blockquote class="gmail_quote">Old words</blockquote></div>'
        ),
        (
            f'<div>New words.</div><div id="ydp1yahoo_quoted_0" class="ydp1yahoo_quoted">'
            f"<div>{line}</div><div>Old words</div></div>"
        ),
        (
            f'<div>New words.</div><div class="protonmail_quote">{line}<br>'
            f'<blockquote class="protonmail_quote" type="cite">Old words</blockquote></div>'
        ),
    ):
        before, after = folded(html)
        assert "New words." in before
        assert "ann@" not in before
        assert "Old words" in after


@pytest.mark.parametrize("language", APPLE)
def test_histories_of_apple_mail_and_ios_in_html(language):
    line = APPLE[language].replace("<", "&lt;").replace(">", "&gt;")
    for html in (
        (
            f'<div>New words.<br><div><br><blockquote type="cite"><div>{line}</div><br>'
            f"<div>Old words</div></blockquote></div></div>"
        ),
        (
            f'New words.<br><div dir="ltr"><br><blockquote type="cite">{line}<br><br></blockquote>'
            f'</div><blockquote type="cite"><div dir="ltr">Old words</div></blockquote>'
        ),
    ):
        before, after = folded(html)
        assert "New words." in before
        assert "ann@" not in before
        assert "Old words" in after


@pytest.mark.parametrize("language", THUNDERBIRD)
def test_histories_of_thunderbird_in_html(language):
    html = (
        f'<p>New words.</p><div class="moz-cite-prefix">{THUNDERBIRD[language]}<br></div>'
        '<blockquote type="cite" cite="mid:x"><p>Old words</p></blockquote>'
    )
    before, after = folded(html)
    assert "New words." in before
    assert "Ann Lee" not in before
    assert "Old words" in after


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ann,\n\nFrom: the station it is two minutes.\nSee you.",
        "To: do\n- tea\n- cake\n\nThe rest follows.",
        "Am 15.03. um 12:00 komme ich.\n\nBis dann",
        "Le 15 mars nous partons :\n- Ann\n- Bo",
        "El 15 de marzo salimos.\nHasta pronto",
        "She wrote:\nnothing at all.",
        "Thema: Kuchen\nOrt: Küche\n\nBis dann",
        "Date: Friday\nSubject to change\n\nBye",
    ],
)
def test_ordinary_text_stays_in_sight(text):
    assert visible(text) == text
