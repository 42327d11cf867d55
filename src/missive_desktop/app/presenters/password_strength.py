"""How hard a new password is to guess. Pure."""

from __future__ import annotations

from missive_wire.accounts import PASSWORD_LETTERS


def strength(password: str) -> tuple[int, str]:
    """Return how hard a password is to guess, from 0 to 3, and words for it."""
    missing = PASSWORD_LETTERS - len(password)
    if missing > 0:
        return 0, f"{missing} more characters" if missing > 1 else "One more character"
    kinds = sum(
        any(test(char) for char in password)
        for test in (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
    )
    different = len(set(password.casefold()))
    if different < 6:
        return 1, "Easy to guess: too few different characters"
    score = len(password) + 3 * (kinds - 1)
    if score < 16:
        return 1, "Fair. Longer is better than stranger: several words do well"
    return (2, "Good") if score < 24 else (3, "Strong")
