"""How text is prepared for the full-text index, and a query's words with it: one rule for both.

The index splits at what is neither letter, digit nor mark, and folds case and the diacritics that
Unicode decomposes. Here is what that leaves undone: letters such as ß, ø and ł, the points of
Arabic and Hebrew, wide and narrow forms, and scripts written without spaces, whose characters
become words of their own, so that a run of them in a query is a phrase and finds any substring.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_FOLDED = {
    "ß": "ss", "ẞ": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d",
    "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "ı": "i", "æ": "ae", "Æ": "ae", "œ": "oe",
    "Œ": "oe", "ħ": "h", "Ħ": "h", "ŧ": "t", "Ŧ": "t", "ŋ": "n", "Ŋ": "n",
}  # fmt: skip
# Thai, Lao, Myanmar, Khmer, Hiragana, Katakana, Hangul, Han. NFKC has made wide and narrow forms
# and the radicals into these already.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1100-\u11ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
# One class, because the search for one is what the regular expression engine is fast at.
_SPECIAL = re.compile(f"[{''.join(_FOLDED)}{_POINTS}{_UNSPACED}]+")
_POINT = re.compile(f"[{_POINTS}]")
_UNSPACED_ONE = re.compile(f"[{_UNSPACED}]")
_WORD_CATEGORIES = ("L", "N", "M", "Co")


def prepare(text: str) -> str:
    """Return the text as the index gets it; ASCII, most of all mail, is returned as it is."""
    if text.isascii():
        return text
    return _SPECIAL.sub(_replace, unicodedata.normalize("NFKC", text))


class _Replacements(dict[str, str]):
    """What each special character becomes; filled as characters are met."""

    def __missing__(self, character: str) -> str:
        if _UNSPACED_ONE.match(character):
            self[character] = f" {character} "
        else:
            self[character] = "" if _POINT.match(character) else _FOLDED[character]
        return self[character]


_REPLACEMENTS = _Replacements()


def _replace(match: re.Match[str]) -> str:
    return "".join(map(_REPLACEMENTS.__getitem__, match.group()))


def searchable(text: str) -> bool:
    """Whether the index keeps anything of the text: punctuation and symbols are not kept."""
    return any(unicodedata.category(character).startswith(_WORD_CATEGORIES) for character in text)


def _fold(character: str) -> str:
    """Fold one character as `prepare` and the index together do; points and accents vanish."""
    plain = "".join(_FOLDED.get(c, c) for c in unicodedata.normalize("NFKC", character))
    decomposed = unicodedata.normalize("NFD", plain.casefold())
    return "".join(c for c in decomposed if not _is_accent(c))


def _is_accent(character: str) -> bool:
    return "\u0300" <= character <= "\u036f" or _POINT.match(character) is not None


def find(text: str, words: Iterable[tuple[str, bool]]) -> list[tuple[int, int]]:
    """Return where words (with whether each is only a beginning) stand in a text, for marking.

    The spans are ordered and do not overlap; end exclusive, in characters of `text`.
    """
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        small = _fold(character)
        folded.append(small)
        origin.extend([position] * len(small))
    patterns = [_pattern(word, prefix) for word, prefix in words if searchable(word)]
    if not patterns or not origin:
        return []
    spans: list[tuple[int, int]] = []
    for match in re.finditer("|".join(patterns), "".join(folded)):
        if match.end() > match.start():
            start, end = origin[match.start()], origin[match.end() - 1] + 1
            while end < len(text) and not folded[end]:
                end += 1  # an accent belongs to its letter
            spans.append((start, end))
    return spans


def _pattern(word: str, prefix: bool) -> str:
    """Match a word or phrase in folded text: whole words, but any run in unspaced scripts."""
    kept = "".join(c if searchable(c) else " " for c in "".join(map(_fold, word)))
    parts = kept.split()
    joined = r"\W+".join(re.escape(part) for part in parts)
    before = "" if _UNSPACED_ONE.match(parts[0]) else r"(?<!\w)"
    whole = "" if _UNSPACED_ONE.match(parts[-1][-1]) else r"(?!\w)"
    return before + joined + (r"\w*" if prefix else whole)
