"""A mailbox like a working person's, made from a seed: message i is a pure function of (seed, i).

About 34 KB a message in the mean: 40 % plain personal and list mail, 30 % newsletters, 22 % replies
with HTML, 8 % with attachments; threads, six languages, every common transfer encoding.
"""

from __future__ import annotations

import base64
import quopri
import random
from collections.abc import Iterator
from email.header import Header
from email.utils import formatdate
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

START = 1_609_459_200  # 2021-01-01
SPAN = 5 * 365 * 86_400
ME = ("Robin Tester", "user@example.com")

_VOCABULARY = {
    "en": "the order and invoice for your meeting on we have attached budget review please confirm "
    "delivery before friday project team report was moved to next week thanks for waiting a short "
    "question about contract offer of last month can you send it again by tomorrow in the office",
    "de": "die rechnung und der termin für ihre lieferung sind bestätigt wir schicken das angebot "
    "später noch einmal mit freundlichen grüßen aus münchen bitte prüfen sie den vertrag über die "
    "straße am büro vielen dank für geduld schöne woche",
    "fr": "la facture et le contrat de votre réunion sont joints nous avons déjà reçu la commande "
    "merci de vérifier avant vendredi à très bientôt équipe élève français prêt même été",
    "es": "la factura del proyecto está adjunta gracias por su paciencia mañana enviamos el pedido "
    "señor reunión año también según presupuesto",
    "ru": "счёт и договор по проекту мы отправили вам вчера спасибо за ожидание встреча перенесена "
    "на следующую неделю пожалуйста проверьте заказ ещё раз",
    "ja": "会議 資料 確認 お願い いたします 請求書 添付 送付 契約 納期 変更 連絡 明日 来週 予定 担当 ありがとう",
}
_LANGUAGES = ["en"] * 60 + ["de"] * 14 + ["fr"] * 8 + ["es"] * 6 + ["ru"] * 6 + ["ja"] * 6
_GIVEN = [
    "Anna",
    "Bruno",
    "Clémence",
    "Dörte",
    "Emil",
    "Farah",
    "Greta",
    "Hugo",
    "Ines",
    "Jörg",
    "Kaja",
    "Lærke",
    "Миша",
    "Нина",
    "太郎",
    "恵",
]
_FAMILY = [
    "Abel",
    "Brandt",
    "Costa",
    "Dubois",
    "Eriksen",
    "Fischer",
    "García",
    "Horvat",
    "Ivanova",
    "Jansen",
    "Kovač",
    "Łuk",
    "Müller",
]
_HOSTS = [
    "example.com",
    "example.org",
    "corp.example",
    "uni.example",
    "shop.example",
    "verein.example",
]
_SYLLABLES = {"ru": "бавегидокумолинеросату", "ja": "カキクケサシスタチテナニマミム"}


class Mail(NamedTuple):
    """One generated message: CRLF bytes, its INTERNALDATE and whether it was read."""

    raw: bytes
    date: int
    seen: bool


class Mailbox:
    """`Mailbox(20_000)[i]` makes message i; `size` sets how dates spread over five years.

    `scale` shrinks newsletters and attachments: 0.1 gives about 5 KB a message.
    """

    def __init__(self, size: int, seed: int = 1, scale: float = 1.0) -> None:
        self.size = size
        self.seed = seed
        self.scale = scale
        draw = random.Random(f"people {seed}")
        self._people = [
            (f"{draw.choice(_GIVEN)} {draw.choice(_FAMILY)}", f"user{i:03}@{draw.choice(_HOSTS)}")
            for i in range(400)
        ]
        self._noise = random.Random(f"noise {seed}").randbytes(2 << 20)

    @cached_property
    def _sentences(self) -> dict[str, list[str]]:
        out = {}
        for language, words in _VOCABULARY.items():
            draw = random.Random(f"sentences {self.seed} {language}")
            common = words.split()
            rare = [self._invent(draw, language) for _ in range(12_000)]
            glue = "" if language == "ja" else " "
            out[language] = [
                glue.join(
                    draw.choice(common)
                    if draw.random() < 0.82
                    else rare[int(12_000 * draw.random() ** 4)]
                    for _ in range(draw.randint(5, 18))
                ).capitalize()
                + ("。" if language == "ja" else ".")
                for _ in range(6_000)
            ]
        return out

    @staticmethod
    def _invent(draw: random.Random, language: str) -> str:
        if letters := _SYLLABLES.get(language):
            return "".join(draw.choice(letters) for _ in range(draw.randint(3, 8)))
        return "".join(
            draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou")
            for _ in range(draw.randint(2, 5))
        )

    def _parent(self, i: int) -> int | None:
        draw = random.Random(f"parent {self.seed} {i}")
        if i < 10 or draw.random() > 0.4:
            return None
        return max(0, i - 1 - int(draw.expovariate(1 / 60)))

    def message_id(self, i: int) -> str:
        return f"{random.Random(f'id {self.seed} {i}').getrandbits(64):016x}.{i}@{_HOSTS[i % 6]}"

    def _text(self, draw: random.Random, language: str, size: int) -> list[str]:
        sentences, out, length = self._sentences[language], [], 0
        while length < size:
            out.append(draw.choice(sentences))
            length += len(out[-1].encode())
        return out

    def __getitem__(self, i: int) -> Mail:
        draw = random.Random(f"{self.seed} {i}")
        date = START + int(SPAN * (i % self.size + draw.random()) / self.size)
        language = draw.choice(_LANGUAGES)
        kind = draw.random()
        chain = self._chain(i)
        head = self._headers(draw, i, date, language, kind, chain)
        body = self._body(draw, i, language, kind, bool(chain))
        return Mail("\r\n".join([*head, ""]).encode() + body, date, draw.random() < 0.9)

    def __iter__(self) -> Iterator[Mail]:
        return (self[i] for i in range(self.size))

    def _chain(self, i: int) -> list[int]:
        """Return what message i answers, the newest first."""
        chain: list[int] = []
        parent = self._parent(i)
        while parent is not None and len(chain) < 12:
            chain.append(parent)
            parent = self._parent(parent)
        return chain

    def _headers(
        self, draw: random.Random, i: int, date: int, language: str, kind: float, chain: list[int]
    ) -> list[str]:
        first = chain[-1] if chain else i
        topic = random.Random(f"subject {self.seed} {first}").choice(self._sentences[language])
        sender = draw.choice(self._people)
        if 0.40 <= kind < 0.70:
            shop = draw.randrange(60)
            sender = (f"Shop {shop}", f"news@s{shop}.shop.example")
        to = [ME, *(draw.choice(self._people) for _ in range(int(draw.expovariate(1.2))))][:8]
        head = [
            f"Return-Path: <{sender[1]}>",
            *(
                f"Received: from mx{k}.example.net (mx{k}.example.net [192.0.2.{draw.randint(1, 254)}])\r\n"
                f"\tby mail.example.com with ESMTPS id {draw.getrandbits(40):X}; {formatdate(date)}"
                for k in range(draw.randint(2, 4))
            ),
            f"From: {_address(sender)}",
            "To: " + ",\r\n ".join(_address(p) for p in to),
            f"Subject: {_encoded(('Re: ' if chain else '') + topic[:70])}",
            f"Date: {formatdate(date)}",
            f"Message-ID: <{self.message_id(i)}>",
            "MIME-Version: 1.0",
        ]
        if chain:
            references = [f"<{self.message_id(k)}>" for k in reversed(chain)]
            head += [f"In-Reply-To: {references[-1]}", "References: " + "\r\n ".join(references)]
        if 0.40 <= kind < 0.70:
            head.append("List-Unsubscribe: <https://news.example/u/1>")
        return head

    def _body(self, draw: random.Random, i: int, language: str, kind: float, reply: bool) -> bytes:
        plain = self._plain(draw, i, language, int(600 + 2200 * draw.random()), reply)
        if kind < 0.40:
            return _leaf(draw, plain, "plain")
        size = (
            int(5_000 + 55_000 * draw.random() ** 2.2)
            if kind < 0.70
            else draw.randint(3_000, 12_000)
        )
        html = self._html(draw, language, int(size * self.scale))
        alternative = _multipart(
            draw, "alternative", [_leaf(draw, plain, "plain"), _leaf(draw, html, "html")]
        )
        if kind < 0.92:
            return alternative
        files = []
        for _ in range(draw.randint(1, 2)):
            start = draw.randrange(1 << 20)
            length = int(self.scale * 25_000 + self.scale * 225_000 * draw.random() ** 2)
            name = f"{draw.choice(['offer', 'invoice', 'Präsentation', 'scan'])}-{i}.pdf"
            files.append(_file(name, b"%PDF-1.4\n" + self._noise[start : start + length]))
        return _multipart(draw, "mixed", [alternative, *files])

    def _plain(self, draw: random.Random, i: int, language: str, size: int, reply: bool) -> str:
        lines = [line for s in self._text(draw, language, size) for line in _wrap(s)]
        if i % 997 == 0:
            lines.append(f"rareterm{i} zyzzyva")
        if i % 50 == 0:
            lines.append("please find the quarterly budget review attached")
        if reply:
            lines += ["", "On Monday, somebody wrote:"]
            lines += ["> " + s[:72] for s in self._text(draw, language, size // 2)]
        return "\n".join([*lines, "", "-- ", "Regards", ""])

    def _html(self, draw: random.Random, language: str, size: int) -> str:
        rows = [
            f'<tr><td class="c{k % 7}" style="padding:12px 24px;font-family:Arial,sans-serif;font-size:14px;'
            f'line-height:20px;color:#333"><a href="https://click.shop.example/t/{draw.getrandbits(96):x}'
            f'?utm_source=nl" style="color:#06c">{s[:40]}</a><br>{s}'
            f'<img src="https://img.news.example/{draw.getrandbits(64):x}.png" width="300" height="120" alt="">'
            "</td></tr>"
            for k, s in enumerate(self._text(draw, language, int(size * 0.22)))
        ]
        return (
            "<!DOCTYPE html>\n<html><head><style>body{margin:0}.c0{background:#fff}</style></head><body>"
            '<table width="600" align="center">\n' + "\n".join(rows) + "\n</table>"
            f'<img src="https://track.news.example/open/{draw.getrandbits(128):x}.gif" width="1" height="1">'
            "</body></html>\n"
        )


def _wrap(sentence: str) -> list[str]:
    lines, line = [], ""
    for word in sentence.split(" "):
        if line and len(line) + len(word) > 72:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return [*lines, line]


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=70).encode()


def _address(person: tuple[str, str]) -> str:
    return f"{_encoded(person[0])} <{person[1]}>"


def _leaf(draw: random.Random, text: str, subtype: str) -> bytes:
    raw = text.replace("\n", "\r\n").encode()
    choice = draw.random()
    charset = "utf-8"
    if text.isascii() and choice < 0.5 and max(map(len, text.split("\n"))) < 900:
        encoding, body = "7bit", raw
    elif choice < 0.85:
        if subtype == "plain" and draw.random() < 0.25 and _latin(text):
            charset, raw = "iso-8859-1", text.replace("\n", "\r\n").encode("iso-8859-1")
        encoding = "quoted-printable"
        body = quopri.encodestring(raw.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    else:
        encoding, body = "base64", base64.encodebytes(raw).replace(b"\n", b"\r\n")
    head = f"Content-Type: text/{subtype}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    return head.encode() + body


def _latin(text: str) -> bool:
    return all(ord(c) < 256 for c in text)


def _file(name: str, data: bytes) -> bytes:
    head = (
        f'Content-Type: application/pdf; name="{_encoded(name)}"\r\n'
        f'Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="{_encoded(name)}"\r\n\r\n'
    )
    return head.encode() + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _multipart(draw: random.Random, subtype: str, parts: list[bytes]) -> bytes:
    border = f"=_{draw.getrandbits(80):x}"
    head = f'Content-Type: multipart/{subtype}; boundary="{border}"\r\n\r\n'
    return (
        head.encode()
        + b"".join(f"--{border}\r\n".encode() + part.rstrip(b"\r\n") + b"\r\n" for part in parts)
        + f"--{border}--\r\n".encode()
    )


def write_maildir(mailbox: Mailbox, folder: Path, indices: range) -> int:
    """Put messages into a Maildir as a delivery would have; return the bytes written."""
    total = 0
    for name in ("cur", "new", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for i in indices:
        mail = mailbox[i]
        flags = "S" if mail.seen else ""
        size = len(mail.raw)
        path = folder / "cur" / f"{mail.date}.M{i}.bench,S={size},W={size}:2,{flags}"
        path.write_bytes(mail.raw)
        total += size
    return total
