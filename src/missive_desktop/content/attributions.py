"""Lines that introduce quoted mail: "On … wrote:" in many languages, and header blocks.

Pure matching of single lines; `quotes` and `snippets` decide what follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# The verb of an attribution line; each is followed by a colon, with or without a name between.
_VERBS = (
    r"wrote|writes|said|schrieb|geschrieben|a écrit|écrit|a ecrit|escribió|escribio|escribi[oó]|"
    r"ha scritto|escreveu|schreef|heeft geschreven|geschreven|skrev|skreiv|kirjoitti|kirjutas|"
    r"napisał\(a\)|napisał|napisała|pisze|napsala?|napsal\(a\)|napísala?|napísal\(a\)|"
    r"написала?|написал\(а\)|пишет|писала?|пише|написав|написа|písal|írta|ezt írta|a scris|"
    r"yazdı|yazmış|έγραψε|va escriure|đã viết|menulis|tulis|rakstīja|rašė|je napisao|je napisala|"
    r"schreift|skrifaði|escribiu|写道|寫道|写到|のメッセージ|さんは書きました|書きました|"
    r"님이 작성|작성|כתב|כתבה|كتب|نوشت"
)
_WROTE = re.compile(rf"(?<!\w)(?:{_VERBS})", re.IGNORECASE)
_MARKS = re.compile(r"[\d@<]")
# No verb at all: a date, a name and an address, and a colon.
_BARE = re.compile(r"\d[^<]{0,200}<[^<>\s]+@[^<>\s]+>\s*[:：]\s*$")
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
    r"Исходное сообщение|Пересылаемое сообщение|Originalmeddelande|Eredeti üzenet|"
    r"Orijinal mesaj|Original message|Forwarded message|Weitergeleitete Nachricht|"
    r"Message transféré|Mensaje reenviado|Messaggio inoltrato|Doorgestuurd bericht|"
    r"Reply message|原始邮件|原始郵件|转发的邮件|元のメッセージ|원본 메시지)\s*[-_]{2,}"
    r"|_{25,}|-{5,}\s*Reply above this line.*)\s*$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^[\s>*_]*(From|Sent|To|Date|Subject|Cc|Copie à|Sujet|Copia|Kopie|Kopia|"
    r"Von|Gesendet|An|Datum|Betreff|De|Envoyé|À|Objet|"
    r"Enviado|Enviado el|Para|Asunto|Da|Inviato|A|Oggetto|Data|Assunto|Van|Verzonden|Aan|"
    r"Onderwerp|Från|Skickat|Till|Ämne|Fra|Sendt|Til|Emne|Lähettäjä|Lähetetty|Vastaanottaja|Aihe|"
    r"Od|Wysłano|Do|Temat|Odesláno|Komu|Předmět|От|Отправлено|Кому|Тема|Від|Надіслано|Дата|"
    r"Feladó|Küldve|Címzett|Tárgy|Kimden|Gönderildi|Kime|Konu|发件人|发送时间|收件人|主题|寄件者|"
    r"寄件日期|收件者|主旨|差出人|送信日時|宛先|件名|보낸 사람|보낸 날짜|받는 사람|제목)"
    r"[*_]*\s?[:：]",
    re.IGNORECASE,
)
_SENT_FROM = re.compile(
    r"^\s*(?:(?:Sent|Get|Gesendet|Envoyé|Enviado|Inviato|Verzonden|Skickat|Sendt|Lähetetty|Wysłano|"
    r"Отправлено|Надіслано|Odesláno) (?:from|with|by|using|via|à partir de|von|"
    r"mit|depuis|de|desde|do|da|dal|"
    r"vanaf|från|fra|z|с|з)\b.{0,80}|Von meinem .{0,60} gesendet|"
    r"(?:Get )?Outlook for (?:iOS|Android).*"
    r"|发自我的.{0,30}|iPhoneから送信|나의 .{0,20}에서 보냄)\s*$",
    re.IGNORECASE,
)


def is_attribution(line: str) -> bool:
    """Whether `line` says who wrote what follows."""
    if len(line) > 600 or not line.strip():
        return False
    dashed = _DASHED.match(line)
    if dashed is not None:
        line = dashed[1]
    if _MARKS.search(line) is None:
        return False
    if _ENDS.search(line) is None:
        verb = _WROTE.search(line)  # some mailers leave out the colon
        ends = verb is not None and not line[verb.end() :].strip()
        return ends and "@" in line and _STARTS.match(line) is not None
    if _BARE.search(line) is not None:
        return True
    return any(len(line) - verb.end() < 120 for verb in _WROTE.finditer(line))


def opens_attribution(line: str) -> bool:
    """Whether `line` may be the first of an attribution that was wrapped."""
    return len(line) < 200 and (_STARTS.match(line) is not None or _DATED.match(line) is not None)


def is_rule(line: str) -> bool:
    """Whether `line` is a rule like "-----Original Message-----"."""
    return len(line) < 200 and _RULES.match(line) is not None


def field(line: str) -> str:
    """Return the name that a line of a quoted header block starts with, or ""."""
    match = _FIELD.match(line) if len(line) < 1000 else None
    return match[1].lower() if match is not None else ""


def field_starts(lines: Sequence[str], index: int) -> bool:
    """Whether a header block begins at `index`: with who or when, not in the middle."""
    return field(lines[index]) not in ("", "cc", "a", "do", "to", "para", "aan", "an")


def is_sent_from(line: str) -> bool:
    """Whether `line` is the signature that a phone adds."""
    return len(line) < 160 and _SENT_FROM.match(line) is not None
