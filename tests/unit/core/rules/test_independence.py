"""Who counts as one source: evidence tells people apart, and a name only joins them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from siaga_core.rules.independence import (
    IndependentSource,
    Origin,
    SourceGrade,
    SourcePolicy,
    grade_of,
    independent_sources,
    network_of,
)

AT = datetime(2026, 1, 15, 8, tzinfo=UTC)
POLICY = SourcePolicy()
PRINT = 0x0F0F_1234_5678_9ABC


def a_report(number: int, **changes: object) -> Origin:
    """A report a minute after the one before, from a network and under a name of its own."""
    origin = Origin(
        signal_id=f"s{number:03}",
        source=f"citizen:name-{number}",
        received_at=AT + timedelta(minutes=number),
        network=f"10.0.{number}.0/24",
    )
    return replace(origin, **changes)  # type: ignore[arg-type]


def count(origins: Sequence[Origin], policy: SourcePolicy = POLICY) -> int:
    return len(independent_sources(origins, policy))


@pytest.mark.parametrize(
    ("host", "network"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.7", "203.0.114.0/24"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("2001:db8:2::1", "2001:db8:2::/48"),
        ("testclient", None),
        ("", None),
        (None, None),
    ],
)
def test_the_network_of_an_address(host: str | None, network: str | None) -> None:
    assert network_of(host) == network


def test_thirty_names_from_one_network_are_one_source() -> None:
    origins = [a_report(number, network="203.0.113.0/24") for number in range(30)]
    (only,) = independent_sources(origins)
    assert (only.kind, only.grade, len(only.signal_ids)) == ("citizen", SourceGrade.UNVERIFIED, 30)
    assert (only.first_at, only.last_at) == (AT, AT + timedelta(minutes=29))


@pytest.mark.parametrize(
    ("changes", "sources"),
    [
        pytest.param([{}, {}, {}], 3, id="three networks"),
        pytest.param([{"network": None}, {"network": None}], 1, id="networks that are not known are one"),
        pytest.param([{"source": "citizen:a"}, {"source": "citizen:a"}], 1, id="a name joins networks"),
        pytest.param([{"network": "n"}, {"network": "n", "source": "citizen:b"}], 1, id="a name splits no network"),
        pytest.param([{"device": "d"}, {"device": "d"}], 1, id="one device in two networks"),
        pytest.param(
            [{"network": "n", "device": "d1"}, {"network": "n", "device": "d2"}], 1, id="new keys split no network"
        ),
        pytest.param(
            [{"network": "n", "device": "d1", "confirmations": 2}, {"network": "n", "device": "d2"}],
            2,
            id="a device that proved itself is apart from its network",
        ),
        pytest.param(
            [{"network": "n", "device": "d1", "confirmations": 1}, {"network": "n", "device": "d2"}],
            1,
            id="one confirmation is too few",
        ),
        pytest.param([{"account": "a"}, {"account": "b"}], 2, id="two accounts"),
        pytest.param([{"account": "a"}, {"account": "a"}], 1, id="one account twice"),
        pytest.param(
            [{"account": "a", "network": None}, {"network": None}], 2, id="an account beside an unknown network"
        ),
        pytest.param([{"photos": (PRINT,)}, {"photos": (PRINT,)}], 1, id="one photo"),
        pytest.param([{"photos": (PRINT,)}, {"photos": (PRINT ^ 0b1111,)}], 1, id="a photo saved again"),
        pytest.param([{"photos": (PRINT,)}, {"photos": (PRINT ^ 0b11111,)}], 2, id="another photo"),
        pytest.param([{"photos": (-1,)}, {"photos": (2**64 - 1,)}], 1, id="a fingerprint as the database has it"),
        pytest.param(
            [{"account": "a", "photos": (PRINT,)}, {"account": "b", "photos": (PRINT,)}], 1, id="a photo passed on"
        ),
        pytest.param([{"received_at": AT}, {"received_at": AT + timedelta(seconds=1.9)}], 1, id="at the same moment"),
        pytest.param([{"received_at": AT}, {"received_at": AT + timedelta(seconds=2)}], 2, id="just apart"),
        pytest.param(
            [{"received_at": AT, "account": "a"}, {"received_at": AT}], 2, id="the moment says nothing of accounts"
        ),
        pytest.param(
            [{"source": "camera:c", "network": None}, {"source": "camera:c", "network": None}], 1, id="one camera"
        ),
        pytest.param(
            [{"source": "camera:c", "received_at": AT}, {"source": "gauge:g", "received_at": AT}, {"received_at": AT}],
            3,
            id="sensors are apart from everybody",
        ),
        pytest.param([{"source": "feed:waze"}, {"source": "feed:bmkg"}], 2, id="two feeds"),
    ],
)
def test_how_many_sources(changes: list[dict[str, object]], sources: int) -> None:
    assert count([a_report(number, **change) for number, change in enumerate(changes)]) == sources


@pytest.mark.parametrize(
    ("changes", "grade"),
    [
        ({}, SourceGrade.UNVERIFIED),
        ({"device": "d"}, SourceGrade.UNVERIFIED),
        ({"confirmations": 9}, SourceGrade.UNVERIFIED),
        ({"device": "d", "confirmations": 2}, SourceGrade.VERIFIED),
        ({"account": "a"}, SourceGrade.VERIFIED),
        ({"source": "feed:waze"}, SourceGrade.PARTNER),
        ({"source": "camera:c"}, SourceGrade.SENSOR),
        ({"source": "gauge:g"}, SourceGrade.SENSOR),
        ({"source": "rule:gauge_doubt/g"}, SourceGrade.SENSOR),
    ],
)
def test_what_proves_a_source(changes: dict[str, object], grade: SourceGrade) -> None:
    assert grade_of(a_report(0, **changes), POLICY) is grade


def test_a_source_is_verified_as_soon_as_one_of_its_signals_is() -> None:
    (only,) = independent_sources([a_report(0, device="d"), a_report(1, device="d", account="a")])
    assert only.grade is SourceGrade.VERIFIED


def test_repeating_two_people_does_not_make_them_one() -> None:
    people = [a_report(0, photos=(PRINT,)), a_report(1, photos=(~PRINT,))]
    copied = a_report(2, photos=(PRINT, ~PRINT))
    assert [len(one.signal_ids) for one in independent_sources([*people, copied])] == [2, 1]


def test_who_joins_by_a_device_leaves_the_network_to_its_other_people() -> None:
    roaming = [a_report(0, device="d"), a_report(1, device="d", network="mobile")]
    assert count([*roaming, a_report(2, network="mobile")]) == 2


def test_each_source_has_a_key_of_its_own_and_sensors_have_their_name() -> None:
    found = independent_sources([a_report(0), a_report(1, source="camera:c"), a_report(2)])
    assert [one.key for one in found] == ["citizen:0", "camera:c", "citizen:2"]


def test_a_storm_of_photos_that_resemble_one_another_is_compared_within_bounds() -> None:
    policy = SourcePolicy(photo_bits=0)
    alike = [a_report(number, account=str(number), photos=(number,)) for number in range(200)]
    assert count(alike, policy) == 200
    unlike = random.Random(1)
    one_band = [a_report(number, account=str(number), photos=(unlike.getrandbits(51) << 13,)) for number in range(80)]
    assert count(one_band) == 80


@pytest.mark.parametrize(
    "changes",
    [
        {"unverified_cap": 0.0},
        {"unverified_cap": 0.55},
        {"possible_from": 1},
        {"device_confirmations": 0},
        {"spacing_seconds": -1.0},
        {"photo_bits": -1},
        {"photo_bits": 16},
    ],
)
def test_a_policy_that_lets_everybody_through_is_refused(changes: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        SourcePolicy(**changes)  # type: ignore[arg-type]


def test_policies_at_the_limits_are_accepted() -> None:
    SourcePolicy(unverified_cap=0.5499, possible_from=2, device_confirmations=1, spacing_seconds=0, photo_bits=0)
    SourcePolicy(unverified_cap=0.0001, photo_bits=15)


networks = st.sampled_from([None, "a", "b", "c", "d"])
unverified = st.builds(
    Origin,
    signal_id=st.uuids().map(str),
    source=st.integers(0, 9).map(lambda number: f"citizen:{number}"),
    received_at=st.integers(0, 300).map(lambda seconds: AT + timedelta(seconds=seconds)),
    device=st.sampled_from([None, None, "d1", "d2"]),
    network=networks,
    photos=st.lists(st.sampled_from([1, 2**40, 2**63 - 1]), max_size=2).map(tuple),
)
verified = st.builds(
    Origin,
    signal_id=st.uuids().map(str),
    source=st.integers(10, 15).map(lambda number: f"citizen:{number}"),
    received_at=st.integers(0, 300).map(lambda seconds: AT + timedelta(seconds=seconds)),
    account=st.integers(0, 3).map(str),
)
sensors = st.builds(
    Origin,
    signal_id=st.uuids().map(str),
    source=st.sampled_from(["camera:1", "camera:2", "gauge:1", "feed:waze"]),
    received_at=st.integers(0, 300).map(lambda seconds: AT + timedelta(seconds=seconds)),
)
everybody = st.lists(unverified | verified | sensors, max_size=25, unique_by=lambda origin: origin.signal_id)


def people_of(found: Sequence[IndependentSource], grade: SourceGrade) -> int:
    return sum(one.grade is grade for one in found)


@given(everybody)
def test_every_signal_is_of_exactly_one_source(origins: list[Origin]) -> None:
    found = independent_sources(origins)
    assert sorted(signal for one in found for signal in one.signal_ids) == sorted(one.signal_id for one in origins)
    assert len({one.key for one in found}) == len(found)
    assert all(one.first_at <= one.last_at for one in found)


@given(everybody)
def test_there_are_never_more_unverified_sources_than_networks(origins: list[Origin]) -> None:
    known = {one.network for one in origins if grade_of(one, POLICY) is SourceGrade.UNVERIFIED}
    assert people_of(independent_sources(origins), SourceGrade.UNVERIFIED) <= len(known)


@given(everybody)
def test_names_never_split(origins: list[Origin]) -> None:
    """With names of their own there are as many sources as without any, or with fewer names fewer."""
    apart = [
        replace(one, source=f"citizen:own-{one.signal_id}") if one.source.startswith("citizen:") else one
        for one in origins
    ]
    assert count(origins) <= count(apart)


@given(everybody.flatmap(lambda held: st.tuples(st.just(held), st.permutations(held))))
def test_the_sequence_in_which_they_are_given_does_not_matter(given_: tuple[list[Origin], list[Origin]]) -> None:
    assert independent_sources(given_[0]) == independent_sources(given_[1])


@given(everybody)
def test_sensors_count_the_same_whatever_people_report(origins: list[Origin]) -> None:
    of_sensors = [one for one in origins if not one.source.startswith("citizen:")]
    found = independent_sources(origins)
    assert len([one for one in found if one.kind != "citizen"]) == count(of_sensors)
