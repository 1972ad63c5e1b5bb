"""Which signals come from one source: identity follows from evidence, not from the name that a reporter gives.

A camera, a gauge or a feed is one source under its own key. People are told apart by a proven account (a phone or a
messenger), the signed key of a device, the network that a report came from, the fingerprints of photos and the time of
arrival. All signals of people without proof from one network are at most one source. A name may only join signals.

Signals are sorted in the order of arrival. Each joins the first source that shares a mark with it, or begins one, and
never joins two sources that were apart before, so that nobody can make other people's sources one by repeating them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network

_UNKNOWN_NETWORK = "unknown"
_PRINT_BITS = 64
_ALL_BITS = (1 << _PRINT_BITS) - 1
_MOST_COMPARED = 50  # prints that share some bits with a new one; bounds the work for hostile photos


class SourceGrade(StrEnum):
    """What proves a source."""

    SENSOR = "sensor"  # a camera or gauge of the city, or a rule about them
    PARTNER = "partner"  # a feed that the city has configured
    VERIFIED = "verified"  # a proven account, or a device whose earlier reports were confirmed
    UNVERIFIED = "unverified"  # anybody


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """What a city demands of sources. `unverified_cap`: the most that all unverified sources of an incident weigh.

    `possible_from`: how many independent sources an alert of certainty "Possible" needs. `spacing_seconds`: unverified
    reports that arrive closer to one another are one source. `photo_bits`: photos that differ in as many of 64 bits are
    one. `device_confirmations`: how many confirmed incidents prove the key of a device.
    """

    unverified_cap: float = 0.49
    possible_from: int = 3
    spacing_seconds: float = 2.0
    photo_bits: int = 4
    device_confirmations: int = 2

    def __post_init__(self) -> None:
        if not 0 < self.unverified_cap < 0.55:
            raise ValueError(f"unverified_cap: got {self.unverified_cap}, expected above 0 and below 0.55")
        if self.possible_from < 2 or self.device_confirmations < 1:
            raise ValueError(f"expected possible_from of 2 and device_confirmations of 1 or more, got {self}")
        if self.spacing_seconds < 0 or not 0 <= self.photo_bits <= 15:
            raise ValueError(f"expected spacing_seconds of 0 or more and photo_bits of 0 to 15, got {self}")


DEFAULT_SOURCES = SourcePolicy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The evidence about who gave a signal. `source` is `<kind>:<who>`, of people a hash of what they call themselves.

    `account` is proven by its gateway, `device` by a signature. `confirmations`: how many more incidents of that source
    were confirmed than refuted. `photos` are fingerprints of 64 bits.
    """

    signal_id: str
    source: str
    received_at: datetime
    account: str | None = None
    device: str | None = None
    confirmations: int = 0
    network: str | None = None
    photos: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentSource:
    """A source that counts once in an incident. `key` is the first signal's source, with its number among people."""

    key: str
    kind: str
    grade: SourceGrade
    signal_ids: tuple[str, ...]
    first_at: datetime
    last_at: datetime


def network_of(host: str | None) -> str | None:
    """Return the network prefix of an address: /24 of IPv4, /48 of IPv6; None for what is no address."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))


def independent_sources(
    origins: Iterable[Origin], policy: SourcePolicy = DEFAULT_SOURCES
) -> tuple[IndependentSource, ...]:
    """Return the independent sources of signals, in the order in which they first spoke."""
    sorting = _Sorting(policy)
    for origin in sorted(origins, key=lambda one: (one.received_at, one.signal_id)):
        sorting.add(origin)
    return tuple(one.frozen(number) for number, one in enumerate(sorting.groups))


def grade_of(origin: Origin, policy: SourcePolicy) -> SourceGrade:
    """Return what proves the source of a signal."""
    kind = origin.source.partition(":")[0]
    if kind == "feed":
        return SourceGrade.PARTNER
    if kind != "citizen":
        return SourceGrade.SENSOR
    is_proved = origin.device is not None and origin.confirmations >= policy.device_confirmations
    return SourceGrade.VERIFIED if origin.account is not None or is_proved else SourceGrade.UNVERIFIED


@dataclass(frozen=True, slots=True)
class _Group:
    source: str
    grade: SourceGrade
    first_at: datetime
    last_at: datetime
    signal_ids: tuple[str, ...] = ()

    def frozen(self, number: int) -> IndependentSource:
        kind = self.source.partition(":")[0]
        return IndependentSource(
            key=f"citizen:{number}" if kind == "citizen" else self.source,
            kind=kind,
            grade=self.grade,
            signal_ids=self.signal_ids,
            first_at=self.first_at,
            last_at=self.last_at,
        )


class _Sorting:
    """The sources so far, and which of them each mark belongs to; a mark belongs to the first that has it."""

    def __init__(self, policy: SourcePolicy) -> None:
        self._policy = policy
        self.groups: list[_Group] = []
        self._owner: dict[tuple[str, str], int] = {}
        self._prints = _Prints(policy.photo_bits)
        self._last_unverified: int | None = None

    def add(self, origin: Origin) -> None:
        grade = grade_of(origin, self._policy)
        number = self._known(origin, grade)
        if number is None and grade is SourceGrade.UNVERIFIED:
            number = self._just_before(origin.received_at)
        if number is None:
            number = self._begin(origin, grade)
        self._join(number, origin, grade)

    def _known(self, origin: Origin, grade: SourceGrade) -> int | None:
        """The first source that any mark of the signal belongs to."""
        marks = [*_marks(origin), _network(origin)] if grade is SourceGrade.UNVERIFIED else list(_marks(origin))
        owners = [self._owner[mark] for mark in marks if mark in self._owner]
        owners += [owner for one in origin.photos if (owner := self._prints.owner(one)) is not None]
        return min(owners, default=None)

    def _just_before(self, at: datetime) -> int | None:
        """The unverified source that began so shortly before that the two may be one sender."""
        if self._last_unverified is None:
            return None
        spacing = timedelta(seconds=self._policy.spacing_seconds)
        return self._last_unverified if at - self.groups[self._last_unverified].first_at < spacing else None

    def _begin(self, origin: Origin, grade: SourceGrade) -> int:
        number, at = len(self.groups), origin.received_at
        self.groups.append(_Group(source=origin.source, grade=grade, first_at=at, last_at=at))
        if grade is SourceGrade.UNVERIFIED:
            self._last_unverified = number
            self._owner[_network(origin)] = number
        return number

    def _join(self, number: int, origin: Origin, grade: SourceGrade) -> None:
        group = self.groups[number]
        self.groups[number] = replace(
            group,
            signal_ids=(*group.signal_ids, origin.signal_id),
            last_at=origin.received_at,
            grade=SourceGrade.VERIFIED if grade is SourceGrade.VERIFIED else group.grade,
        )
        for mark in _marks(origin):
            self._owner.setdefault(mark, number)
        for one in origin.photos:
            self._prints.add(one, number)


def _marks(origin: Origin) -> Iterator[tuple[str, str]]:
    """What identifies the sender besides the network and the photos."""
    yield "source", origin.source
    if origin.account is not None:
        yield "account", origin.account
    if origin.device is not None:
        yield "device", origin.device


def _network(origin: Origin) -> tuple[str, str]:
    return "network", origin.network or _UNKNOWN_NETWORK


class _Prints:
    """Fingerprints with their owners. Two that differ in at most `bits` bits share one of `bits + 1` bands whole."""

    def __init__(self, bits: int) -> None:
        self._bits = bits
        self._width = -(-_PRINT_BITS // (bits + 1))
        self._bands: dict[tuple[int, int], list[tuple[int, int]]] = {}

    def owner(self, signed: int) -> int | None:
        wanted = signed & _ALL_BITS
        near = [
            owner
            for band in self._bands_of(wanted)
            for held, owner in self._bands.get(band, ())
            if (held ^ wanted).bit_count() <= self._bits
        ]
        return min(near, default=None)

    def add(self, signed: int, owner: int) -> None:
        if self.owner(signed) is not None:
            return
        wanted = signed & _ALL_BITS
        for band in self._bands_of(wanted):
            held = self._bands.setdefault(band, [])
            if len(held) < _MOST_COMPARED:
                held.append((wanted, owner))

    def _bands_of(self, wanted: int) -> Iterator[tuple[int, int]]:
        for number in range(self._bits + 1):
            yield number, (wanted >> (number * self._width)) & ((1 << self._width) - 1)
