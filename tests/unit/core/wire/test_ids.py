"""UUIDv7 and names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from siaga_core.wire.ids import Name, uuid7

AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
times = st.datetimes(datetime(1970, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis wants them naive


def test_the_example_of_rfc_9562_appendix_a_6() -> None:
    # 2022-02-22 14:22:22 -05:00, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F
    at = datetime(2022, 2, 22, 14, 22, 22, tzinfo=timezone(timedelta(hours=-5)))
    made = uuid7(at, random_bits=(0xCC3 << 62) | 0x18C4DC0C0C07398F)
    assert str(made) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


@given(times, st.integers(min_value=0))
def test_it_is_a_version_7_of_the_rfcs_variant(at: datetime, bits: int) -> None:
    made = uuid7(at, random_bits=bits)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")


@given(times, times, st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_it_sorts_by_time_to_the_millisecond(a: datetime, b: datetime, a_bits: int, b_bits: int) -> None:
    if b - a >= timedelta(milliseconds=1):
        assert uuid7(a, random_bits=a_bits) < uuid7(b, random_bits=b_bits)


@given(times)
def test_its_time_is_exact(at: datetime) -> None:
    milliseconds = uuid7(at, random_bits=0).int >> 80
    assert milliseconds == (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def test_all_74_random_bits_are_used_and_no_more() -> None:
    none, every = uuid7(AT, random_bits=0), uuid7(AT, random_bits=(1 << 74) - 1)
    assert (none.int ^ every.int).bit_count() == 74
    assert uuid7(AT, random_bits=1 << 74) == none


def test_two_of_the_same_moment_differ() -> None:
    assert len({uuid7(AT) for _ in range(1000)}) == 1000


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^uuid7 needs an aware time, got datetime.datetime\(2026, 1, 15, 8, 30\)$"):
        uuid7(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("name", "is_good"),
    [
        ("cam-manggarai", True),
        ("07", True),
        ("a" * 48, True),
        ("a" * 49, False),  # too long
        ("a", False),  # too short
        ("", False),
        ("-cam", False),  # would read as an option on a command line
        ("Cam", False),  # file systems differ on case
        ("cam_1", False),
        ("cam/1", False),  # a topic level
        ("cam+", False),  # a topic wildcard
        ("cam\n", False),
        ("kampung-é", False),
    ],
)
def test_a_name_is(name: str, is_good: bool) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        assert not is_good
    else:
        assert is_good
