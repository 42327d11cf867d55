"""What stands for a password, and how addresses are compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from missive_wire.accounts import (
    ADDRESS,
    SECRET_BYTES,
    derived,
    plain_address,
    recovery_message,
    statement,
)

HOST, EMAIL = "team.example.com", "ana@example.com"


def test_what_is_sent_depends_on_password_and_salt_and_not_on_how_letters_are_written() -> None:
    one = derived("a lovely passphrase \u00e9", bytes(16), HOST, EMAIL)
    assert len(one) == SECRET_BYTES
    assert derived("a lovely passphrase e\u0301", bytes(16), HOST, EMAIL) == one
    assert derived("a lovely passphrase \u00e9", b"x" * 16, HOST, EMAIL) != one
    assert derived("another passphrase", bytes(16), HOST, EMAIL) != one
    # What another server, or another address there, is shown, opens nothing here.
    assert derived("a lovely passphrase \u00e9", bytes(16), "evil.example", EMAIL) != one
    assert derived("a lovely passphrase \u00e9", bytes(16), HOST, "ben@example.com") != one
    assert derived("a lovely passphrase \u00e9", bytes(16), HOST, " Ana@Example.com") == one


def test_the_derivation_never_changes() -> None:
    assert (
        derived("correct horse battery", bytes(range(16)), HOST, EMAIL).hex()
        == "13b338a54e317153d29ba613c4d1c4bc6b6d0752d0e7023bcf0af4faf67a172e"
    )


def test_a_salt_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not a salt"):
        derived("whatever it is", b"short", HOST, EMAIL)


@pytest.mark.parametrize(
    ("given", "plain"),
    [
        (" Ana@Example.COM ", "ana@example.com"),
        ("ana@example.com", "ana@example.com"),
        ("e\u0301@example.com", "\u00e9@example.com"),
        ("ana", ""),
        ("@example.com", ""),
        ("ana@", ""),
        ("a b@example.com", ""),
        ("a\x00b@example.com", ""),
        ("a" * ADDRESS + "@example.com", ""),
        ("", ""),
    ],
)
def test_addresses_are_compared_in_one_form(given: str, plain: str) -> None:
    assert plain_address(given) == plain


@given(st.text())
@settings(max_examples=100)
def test_the_plain_form_of_an_address_is_its_own(text: str) -> None:
    once = plain_address(text)
    assert plain_address(once) == once


def test_the_statement_of_a_recovery_names_all_that_it_is_for() -> None:
    assert statement("recovery", recovery_message("o", "u", "d")) == b"missive recovery\0o\nu\nd"
