"""Lines that introduce quoted mail: "On … wrote:" in many languages, and header blocks.

Pure matching of single lines; `quotes` and `snippets` decide what follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# The verb of an attribution line; each is followed by a colon, with or without a name between.
_VERBS = (
    r"wrote|writes|said|schrieb|geschrieben|schreibt|a écrit|écrit|a ecrit|escribió|escribi[oó]|"
    r"ha scritto|scrive|escreveu|schreef|geschreven|skrev|skreiv|kirjoitti|kirjutas|"
    r"napisał\(a\)|napisał|napisała|napisana przez|pisze|napsala?|napsal\(a\)|napísala?|"
    r"napísal\(a\)|napisala?|napisao|написала?|написал\(а\)|написао|пишет|писала?|пише|написав|"
    r"написа|písal|írta|a scris|yazdı|yazmış|έγραψε|va escriure|ha escrit|missatge de|đã viết|"
    r"menulis|tulis|rakstīja|rašė|schreift|skrifaði|escribiu|idatzi du|کتب|نوشت|كتب|كتابة|"
    r"כתב|כתבה|लिखा"
)
# Scripts without spaces: the verb may follow anything.
_JOINED_VERBS = (
    r"写道|寫道|写到|のメッセージ|のメール|さんは書きました|書きました|님이 작성|작성|เขียนว่า|เขียน"
)
_WROTE = re.compile(rf"(?<!\w)(?:{_VERBS})|(?:{_JOINED_VERBS})", re.IGNORECASE)
_MARKS = re.compile(r"[\d@<]")
# No verb at all: a date, a name and an address, and a colon.
_BARE = re.compile(r"\d[^<]{0,200}<\s{0,3}[^<>\s]+@[^<>\s]+>\s*(?:sent\s*)?[:：]\s*$")
_SHORT = re.compile(
    r"^\s*\d{4}[/-]\d{1,2}[/-]\d{1,2}\s[^<\d][^<]{0,100}<\s{0,3}[^<>\s]+@[^<>\s]+>\s*$"
)
# Attributions that name who is quoted before, or without, a date.
_QUOTING = re.compile(
    r"^\s*(?:(?:Quoting|Zitat von|Citando(?: a)?|Citat från|Citat fra|Citaat van|En réponse à|"
    r"Scrive|Quoto)\s[^<:]{0,80}<?[^<>\s]+@[^<>\s]+>?"
    r"|\*\s[^<:]{1,80}<[^<>\s]+@[^<>\s]+>\s\[\d{4}-\d\d-\d\d[^\]]{0,30}\])\s*:\s*$"
)
_TURNS = str.maketrans("", "", "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Somebody's address or a time of day: an ordinary line that introduces a quotation has neither.
_OF_MAIL = re.compile(r"\S@\S|\d[:.]\d\d")
_DATED = re.compile(r"^\s*(?:\w{2,10}\.?,?\s+)?\d{1,4}[./:\s-]")
_DASHED = re.compile(r"^\s*-{2,}\s*(.{10,300}?)\s*-{2,}\s*$")
_ENDS = re.compile(r"[:：]\s*[*_]*\s*$")
_STARTS = re.compile(
    r"^[\s>*_]*(?:On|Am|Le|El|Il|Em|Op|Den|På|Dne|Dňa|W dniu|Dnia|Pe|Στις|В|Lø|Vào|Pada|No dia|"
    r"În|Le|A|Tir|Man|Ons|Tor|Fre|Lør|Søn|D\.|Kl|Ngày|Dana|El dia)\b",
    re.IGNORECASE,
)
_RULES = re.compile(
    r"^[\s>]*(?:[-_]{2,}\s*(?:Original Message|Original-Nachricht|Ursprüngliche Nachricht|"
    r"Message d'origine|Message original|Mensaje original|Messaggio originale|"
    r"Mensagem original|Oorspronkelijk bericht|Ursprungligt meddelande|Oprindelig meddelelse|"
    r"Oprindelig besked|"
    r"Opprinnelig melding|Alkuperäinen viesti|Wiadomość oryginalna|Původní zpráva|"
    r"Исходное сообщение|Originalmeddelande|Eredeti üzenet|Orijinal mesaj|Original message|"
    r"Reply message|Antwort Nachricht|Antwort|Original Appointment|Original|Původní e-mail|"
    r"原始邮件|原始郵件|元のメッセージ|"
    r"원본 메시지)\s*[-_]{2,}"
    r"|_{25,}|-{5,}\s*Reply above this line.*)\s*$",
    re.IGNORECASE,
)
# What a mailer writes above a mail that it forwards.
_FORWARDED = re.compile(
    r"^[\s>*_]*[-_]{2,}\s*(?:Forwarded Message|Forwarded mail|Forwarded by .{1,80}|"
    r"Weitergeleitete (?:Nachricht|E-Mail)|Message transféré|Message réexpédié|Courriel transféré|"
    r"Mensaje reenviado|Messaggio inoltrato|Mensagem (?:encaminhada|reencaminhada)|"
    r"Doorgestuurd bericht|Vidarebefordrat (?:meddelande|mail)|Videresendt (?:meddelelse|melding|"
    r"besked)|Välitetty viesti|Wiadomość przekazana dalej|Przekazana wiadomość|"
    r"Přeposlaná zpráva|Přeposlaný e-mail|Preposlaná správa|Továbbított (?:üzenet|levél)|"
    r"Mesaj redirecționat|İletilen (?:ileti|mesaj)|Yönlendirilmiş ileti|Missatge reenviat|"
    r"Προωθημένο μήνυμα|Пересылаемое сообщение|Перенаправленное сообщение|"
    r"Переслане повідомлення|Препратено съобщение|Proslijeđena poruka|Posredovano sporočilo|"
    r"הודעה שהועברה|رسالة معاد توجيهها|Thư đã chuyển tiếp|Pesan terusan|"
    r"转发的邮件|已转发邮件|轉寄的郵件|転送メッセージ|전달된 메일|전달된 메시지)"
    r"\s*[-_]{2,}\s*[*_]*\s*$"
    r"|^[\s>*_-]*(?:Begin forwarded message|Anfang der weitergeleiteten (?:Nachricht|E-Mail)|"
    r"Début du (?:message réexpédié|message transféré)|Inizio messaggio inoltrato|"
    r"Inicio del mensaje reenviado|Início da mensagem (?:encaminhada|reencaminhada)|"
    r"Begin doorgestuurd bericht|Vidarebefordrat brev|Videresendt e-mail|"
    r"Videresendt melding|Välitetty viesti alkaa|Początek przekazywanej wiadomości|"
    r"Začátek přeposílané zprávy|Továbbított levél kezdete|Iletilen e-postanın başlangıcı|"
    r"Начало переадресованного сообщения|Початок листа, що пересилається|"
    r"下面是被转发的邮件|下面是被轉寄的郵件|転送されたメッセージ|"
    r"전달된 메시지)\s*[:：]\s*[*_]*\s*$",
    re.IGNORECASE,
)
_FIELD_NAMES = (
    "From|Sent|To|Date|Subject|Cc|Bcc|Reply-To|Importance|Attachments|"
    "Von|Gesendet|An|Datum|Betreff|Kopie|"  # German
    "De|Envoyé|Envoyé le|À|Objet|Sujet|Copie à|Date d'envoi|"
    "Enviado|Enviado el|Enviado em|Enviada em|Enviada|Para|Asunto|Assunto|Data|Fecha|"
    "Da|Inviato|A|Oggetto|Copia|"
    "Van|Verzonden|Aan|Onderwerp|"
    "Från|Skickat|Till|Ämne|Kopia|"
    "Fra|Sendt|Til|Emne|Dato|Kopi|"
    "Frá|Sent þann|Efni|"
    "Lähettäjä|Lähetetty|Vastaanottaja|Aihe|Päivä|Päivämäärä|Kopio|"
    "Saatja|Saadetud|Saaja|Teema|"
    "No|Nosūtīts|Kam|Temats|Nuo|Išsiųsta|Kam|Tema|"
    "Od|Wysłano|Wysłane|Do|DW|Temat|Data|"
    "Odesláno|Komu|Předmět|Odoslané|Predmet|Dátum|"
    "Šalje|Poslano|Prima|Za|Zadeva|"
    "Feladó|Küldve|Elküldve|Címzett|Tárgy|Dátum|Másolat|"
    "De la|Trimis|Către|Catre|Subiect|"
    "От|Отправлено|Кому|Тема|Дата|Копия|Від|Надіслано|Копія|Изпратено|До|Относно|"
    "Послато|Шаље|Прима|Наслов|"
    "Από|Στάλθηκε|Αποστολή|Προς|Θέμα|Ημερομηνία|Κοιν|"
    "Kimden|Gönderildi|Gönderilme|Gönderilen|Kime|Konu|Tarih|Bilgi|"
    "Enviat|Per a|Assumpte|"
    "מאת|נשלח|אל|נושא|תאריך|עותק|من|تم الإرسال|أرسلت|تاريخ الإرسال|إلى|الموضوع|التاريخ|"
    "از|ارسال شده|به|موضوع|"
    "Từ|Đã gửi|Gửi|Đến|Tới|Chủ đề|Ngày|"
    "จาก|ส่ง|ถึง|เรื่อง|วันที่|"
    "Dari|Dikirim|Kepada|Subjek|Perihal|Tanggal|"
    "发件人|发送时间|发送日期|收件人|抄送|主题|日期|寄件者|寄件人|寄件日期|傳送時間|收件者|副本|主旨|"
    "差出人|送信日時|送信者|宛先|件名|日時|"
    "보낸 사람|보낸사람|보낸 날짜|받는 사람|받는사람|제목|날짜|참조"
)
_FIELD = re.compile(rf"^[\s>*_\u200e\u200f]*({_FIELD_NAMES})[*_]*\s?[:：]", re.IGNORECASE)
# Who it went to and what it is about come later in a block, and begin many an ordinary line.
_LATER_WORDS = "cc bcc a à do to para aan an za kam komu до тема tema teema "
_LATER = frozenset(_LATER_WORDS.split())
_DEVICE = r"(?:my |mijn |mein\w* |mon |mi |meu |min |mit |moj\w* |m[oó]j\w* )?"
_PRODUCT = (
    r"(?:iPhon\w*|iPad|Galaxy|Samsung|Android|Huawei|Xiaomi|Pixel|Nokia|BlackBerry|Windows|Outlook|"
    r"Mail|Yahoo|Gmail|Proton|GMX|WEB\.DE|Spark|BlueMail|Nine|TypeApp|Thunderbird|mobile|Handy|"
    r"Telefon|telefoon|smartphone|phone)"
)
_SENT_FROM = re.compile(
    r"^\s*(?:(?:Sent|Gesendet|Envoyé|Enviado|Enviada|Inviato|Verzonden|Verstuurd|Skickat|Sendt|"
    r"Lähetetty|Wysłan[oey]|Отправлено|Надіслано|Изпратено|Odesláno|Odoslané|Poslano|Trimis|"
    r"Elküldve|Στάλθηκε|Saadetud|Nosūtīts|Išsiųsta|Dikirim|Đã gửi) "
    rf"(?:(?:from|with|by|using|via|à partir de|von|mit|depuis|de|de pe|desde|do|da|dal|din|az?|"
    rf"vanaf|van|från|fra|z|s|с|з|от|από(?: το)?|no|iš|dari|từ)\s+{_DEVICE})"
    rf".{{0,20}}?{_PRODUCT}\b.{{0,60}}"
    r"|Lähetetty (?:iPhone|Android|Samsung|Outlook)\w*.{0,60}"
    r"|(?:Sent|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Skickat|Sendt) "
    r"(?:from|with|using|via|von|mit|depuis|de|desde|do|da|dal|vanaf|från|fra)\b.{0,80}"
    r"|Von meinem .{0,60} gesendet|.{0,20}umdan gönderildi"
    r"|(?:Get )?Outlook for (?:iOS|Android).*"
    r"|(?:Télécharger|Obtener|Obter o|Scarica|Hent|Hämta|Pobierz aplikację) Outlook "
    r".{0,40}"
    r"|Outlook voor .{0,20} downloaden"
    r"|Diese Nachricht wurde von meinem .{0,60} gesendet\.?"
    r"|Отправлено из (?:мобильн|приложени|Почты).{0,40}|.{0,20}에서 보냄|تم الإرسال من .{0,40}"
    r"|发自我的.{0,30}|從我的.{0,30}傳送|iPhoneから送信|나의 .{0,20}에서 보냄|נשלח מה.{0,30})\s*$",
    re.IGNORECASE,
)


def is_attribution(line: str) -> bool:
    """Whether `line` says who wrote what follows."""
    if len(line) > 600 or not line.strip():
        return False
    if not line.isascii():
        line = line.translate(_TURNS)
    if _SHORT.match(line) is not None or _QUOTING.match(line) is not None:
        return True
    dashed = _DASHED.match(line)
    if dashed is not None:
        line = dashed[1]
    if _ENDS.search(line) is None:
        verb = _WROTE.search(line)  # some mailers leave out the colon
        if verb is None or line[verb.end() :].strip():
            return False
        return dashed is not None or ("@" in line and _STARTS.match(line) is not None)
    if _MARKS.search(line) is None:
        return False
    if _BARE.search(line) is not None:
        return True
    return any(len(line) - verb.end() < 120 for verb in _WROTE.finditer(line))


def introduces_mail(line: str) -> bool:
    """Whether `line` is an attribution that could not as well stand above a quotation."""
    return _OF_MAIL.search(line) is not None and is_attribution(line)


def opens_attribution(line: str) -> bool:
    """Whether `line` may be the first of an attribution that was wrapped."""
    return len(line) < 200 and (_STARTS.match(line) is not None or _DATED.match(line) is not None)


def is_rule(line: str) -> bool:
    """Whether `line` is a rule like "-----Original Message-----", above a forwarded mail or not."""
    return len(line) < 200 and (_RULES.match(line) is not None or is_forward(line))


def is_forward(line: str) -> bool:
    """Whether `line` says that what follows is forwarded: content, not history."""
    return len(line) < 200 and _FORWARDED.match(line) is not None


def field(line: str) -> str:
    """Return the name that a line of a quoted header block starts with, or ""."""
    match = _FIELD.match(line) if len(line) < 1000 else None
    return match[1].lower() if match is not None else ""


def field_starts(lines: Sequence[str], index: int) -> bool:
    """Whether a header block begins at `index`: with who or when, not in the middle."""
    return field(lines[index]) not in _LATER | {""}


def is_sent_from(line: str) -> bool:
    """Whether `line` is the signature that a phone adds."""
    return len(line) < 160 and _SENT_FROM.match(line) is not None
