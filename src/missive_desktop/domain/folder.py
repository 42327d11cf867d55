"""Folders and their roles: from SPECIAL-USE (RFC 6154), else the name, else the user's choice."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum


class Role(StrEnum):
    NONE = ""
    INBOX = "inbox"
    DRAFTS = "drafts"
    SENT = "sent"
    ARCHIVE = "archive"
    SPAM = "spam"
    TRASH = "trash"
    ALL = "all"  # every message of the account, as Gmail's All Mail
    STARRED = "starred"  # a view of flagged messages; not downloaded
    IMPORTANT = "important"  # likewise


SPECIAL_USE: dict[str, Role] = {
    "\\drafts": Role.DRAFTS,
    "\\sent": Role.SENT,
    "\\archive": Role.ARCHIVE,
    "\\junk": Role.SPAM,
    "\\spam": Role.SPAM,
    "\\trash": Role.TRASH,
    "\\all": Role.ALL,
    "\\allmail": Role.ALL,
    "\\flagged": Role.STARRED,
    "\\starred": Role.STARRED,
    "\\important": Role.IMPORTANT,
    "\\inbox": Role.INBOX,
}

# What servers without SPECIAL-USE and other clients call these folders, case-folded.
_NAMES: dict[Role, str] = {
    Role.DRAFTS: (
        "drafts|draft|entwürfe|brouillons|borradores|bozze|rascunhos|concepten|utkast|"
        "kladder|luonnokset|szkice|wersje robocze|черновики|чернетки|koncepty|taslaklar|"
        "下書き|草稿|草稿箱|임시보관함"
    ),
    Role.SENT: (
        "sent|sent items|sent mail|sent messages|gesendet|gesendete elemente|envoyés|"
        "messages envoyés|éléments envoyés|enviados|elementos enviados|inviata|"
        "posta inviata|itens enviados|verzonden|verzonden items|skickat|sendt|"
        "sendte elementer|lähetetyt|wysłane|elementy wysłane|отправленные|надіслані|"
        "odeslaná pošta|gönderilmiş öğeler|送信済み|送信済みアイテム|已发送|已发送邮件|"
        "寄件備份|보낸편지함"
    ),
    Role.ARCHIVE: (
        "archive|archives|archiv|archivo|archivio|arquivo|archief|arkiv|arkisto|archiwum|"
        "архив|архів|アーカイブ|归档|封存|보관"
    ),
    Role.SPAM: (
        "spam|junk|junk e-mail|junk email|junk-e-mail|bulk mail|bulk|spamverdacht|werbung|"
        "indésirables|courrier indésirable|pourriel|correo no deseado|posta indesiderata|"
        "lixo eletrônico|lixo eletrónico|ongewenste e-mail|skräppost|søppelpost|"
        "roskaposti|wiadomości-śmieci|спам|нежелательная почта|nevyžádaná pošta|"
        "önemsiz e-posta|迷惑メール|垃圾邮件|垃圾郵件|스팸함"
    ),
    Role.TRASH: (
        "trash|deleted|deleted items|deleted messages|bin|papierkorb|gelöscht|"
        "gelöschte elemente|gelöschte objekte|corbeille|éléments supprimés|papelera|"
        "elementos eliminados|cestino|posta eliminata|lixeira|itens excluídos|prullenbak|"
        "verwijderde items|papperskorgen|borttaget|papirkurv|slettede elementer|roskakori|"
        "poistetut|kosz|elementy usunięte|корзина|удаленные|кошик|koš|odstraněná pošta|"
        "çöp kutusu|silinmiş öğeler|ゴミ箱|削除済みアイテム|已删除邮件|垃圾桶|휴지통"
    ),
    Role.ALL: (
        "all mail|alle nachrichten|tous les messages|todos|tutti i messaggi|"
        "todos os e-mails|вся почта|すべてのメール|所有邮件"
    ),
}
NAMES: dict[str, Role] = {name: role for role, names in _NAMES.items() for name in names.split("|")}


def role_of(name: str, delimiter: str, attributes: Collection[str]) -> Role:
    """Return the role of the folder `name` from its LIST attributes, else from its last part.

    A name counts only at the top level or directly under INBOX, where servers put such folders.
    """
    for attribute in attributes:
        role = SPECIAL_USE.get(attribute.lower())
        if role is not None:
            return role
    if name.upper() == "INBOX":
        return Role.INBOX
    parts = name.split(delimiter) if delimiter else [name]
    at_top = len(parts) == 1 or (
        len(parts) == 2 and parts[0].upper() in ("INBOX", "[GMAIL]", "[GOOGLE MAIL]")
    )
    return NAMES.get(parts[-1].strip().casefold(), Role.NONE) if at_top else Role.NONE
