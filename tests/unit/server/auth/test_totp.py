"""Codes of an authenticator: near ones count, each once."""

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from missive_server.auth import totp

KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
NOW = 1_795_390_000.0
STEP = int(NOW) // 30


def code_at(step: int) -> str:
    return pyotp.TOTP(KEY).generate_otp(step)


@pytest.mark.parametrize("drift", [-1, 0, 1])
def test_the_step_before_and_after_count_too(drift: int) -> None:
    assert totp.accepted_step(KEY, code_at(STEP + drift), NOW, 0) == STEP + drift


@pytest.mark.parametrize("drift", [-2, 2, 1000])
def test_steps_further_away_do_not(drift: int) -> None:
    assert totp.accepted_step(KEY, code_at(STEP + drift), NOW, 0) is None


def test_a_step_counts_once_and_none_before_it_after() -> None:
    assert totp.accepted_step(KEY, code_at(STEP), NOW, STEP) is None
    assert totp.accepted_step(KEY, code_at(STEP - 1), NOW, STEP) is None
    assert totp.accepted_step(KEY, code_at(STEP + 1), NOW, STEP) == STEP + 1


def test_after_a_clock_went_back_what_counted_does_not_count_again() -> None:
    assert totp.accepted_step(KEY, code_at(STEP), NOW - 3600, STEP) is None
    assert totp.accepted_step(KEY, code_at(STEP - 120), NOW - 3600, STEP) is None


def test_spaces_in_a_code_do_not_matter() -> None:
    code = code_at(STEP)
    assert totp.accepted_step(KEY, f" {code[:3]} {code[3:]} ", NOW, 0) == STEP


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    step = totp.accepted_step(KEY, text, NOW, 0)
    assert step is None or totp.is_code(text)


def test_the_codes_are_those_of_rfc_6238() -> None:
    key = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890"
    assert totp.accepted_step(key, "287082", 59.0, 0) == 1
    assert totp.accepted_step(key, "081804", 1111111109.0, 0) == 37037036


def test_the_uri_names_issuer_and_address() -> None:
    assert totp.uri(KEY, "ana@example.com") == (
        f"otpauth://totp/Missive:ana%40example.com?secret={KEY}&issuer=Missive"
    )
    assert len(totp.new_key()) == 32
