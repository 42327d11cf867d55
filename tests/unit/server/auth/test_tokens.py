"""Tokens and recovery codes: as random as they should be, and read however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_server.auth import tokens


def test_a_token_has_256_bits_and_is_kept_as_a_hash_only() -> None:
    token = tokens.new_token()
    assert len(token) == 43
    assert token != tokens.new_token()
    assert len(tokens.hash_of(token)) == 32
    assert token.encode() not in tokens.hash_of(token)
    assert tokens.hash_of(token) == tokens.hash_of(token.encode())


def test_a_recovery_code_is_read_however_it_is_typed() -> None:
    code = tokens.new_recovery_code()
    assert len(code) == 19
    for typed in (code, code.lower(), code.replace("-", ""), f"  {code.replace('-', ' ')}\n"):
        assert tokens.plain_code(typed) == code


@pytest.mark.parametrize("typed", ["", "ABCD", "ABCD-EFGH-JKLM-NPQ", "ABCD-EFGH-JKLM-NP0I"])
def test_what_can_be_no_recovery_code_is_none(typed: str) -> None:
    assert tokens.plain_code(typed) == ""


@given(st.text())
def test_any_text_is_a_code_in_its_one_form_or_none(text: str) -> None:
    plain = tokens.plain_code(text)
    assert tokens.plain_code(plain) == plain
