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


def test_what_is_sent_depends_on_password_and_salt_and_not_on_how_letters_are_written() -> None:
    one = derived("a lovely passphrase \u00e9", bytes(16))
    assert len(one) == SECRET_BYTES
    assert derived("a lovely passphrase e\u0301", bytes(16)) == one
    assert derived("a lovely passphrase \u00e9", b"x" * 16) != one
    assert derived("another passphrase", bytes(16)) != one


def test_the_derivation_never_changes() -> None:
    assert (
        derived("correct horse battery", bytes(range(16))).hex()
        == "5995fc5ddabdb7f10fae2ad796270c269821d70b0efb8fb60262a81f1b6f0eb8"
    )


def test_a_salt_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="not a salt"):
        derived("whatever it is", b"short")


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
