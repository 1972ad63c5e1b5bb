"""Encodes and decodes Mapbox Vector Tiles 2.1, as far as the basemap needs it (docs/adr/0059).

The library for it, mapbox-vector-tile, requires an older protobuf than ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

EXTENT: Final = 4096
POINT: Final = 1
LINE: Final = 2
POLYGON: Final = 3

Corner: TypeAlias = tuple[int, int]
Property: TypeAlias = str | int | bool
_MOVE, _DRAW, _CLOSE = 1, 2, 7
_VARINT, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


class TileError(Exception):
    """Bytes are not a vector tile."""


@dataclass(frozen=True, slots=True)
class TileFeature:
    """Represents a feature of a tile: its parts in tile units, rings without their last corner."""

    kind: int
    parts: tuple[tuple[Corner, ...], ...]
    properties: Mapping[str, Property]


def encode(layers: Mapping[str, Sequence[TileFeature]]) -> bytes:
    """Return a tile with these layers; layers without features are left out."""
    return b"".join(_bytes_field(3, _layer(name, features)) for name, features in layers.items() if features)


def decode(tile: bytes, wanted: Iterable[str]) -> dict[str, list[TileFeature]]:
    """Return the features of the wanted layers of a tile; raises `TileError`."""
    names, found = set(wanted), {}
    try:
        for number, body in _fields(tile):
            if number == 3 and isinstance(body, bytes):
                parts = list(_fields(body))
                name = next(value.decode() for key, value in parts if key == 1 and isinstance(value, bytes))
                if name in names:
                    found[name] = _features(parts)
    except (IndexError, StopIteration, UnicodeDecodeError, ValueError) as error:
        raise TileError(f"not a vector tile: {error}") from error
    return found


@dataclass(slots=True)
class _Table:
    """Numbers each value once, in the order of arrival."""

    numbers: dict[tuple[type, Property], int] = field(default_factory=dict)

    def number(self, value: Property) -> int:
        return self.numbers.setdefault((type(value), value), len(self.numbers))


def _layer(name: str, features: Sequence[TileFeature]) -> bytes:
    keys, values = _Table(), _Table()
    body = b"".join(_bytes_field(2, _feature(one, keys, values)) for one in features)
    named = b"".join(_bytes_field(3, str(key).encode()) for _, key in keys.numbers)
    held = b"".join(_bytes_field(4, _value(value)) for _, value in values.numbers)
    return _number_field(15, 2) + _bytes_field(1, name.encode()) + body + named + held + _number_field(5, EXTENT)


def _feature(one: TileFeature, keys: _Table, values: _Table) -> bytes:
    tags = [number for key, value in one.properties.items() for number in (keys.number(key), values.number(value))]
    return (
        _bytes_field(2, b"".join(map(_varint, tags)))
        + _number_field(3, one.kind)
        + _bytes_field(4, b"".join(map(_varint, _commands(one))))
    )


def _commands(one: TileFeature) -> Iterator[int]:
    """Yield the geometry as the format has it: commands, and each corner as its distance from the one before."""
    at = (0, 0)
    if one.kind == POINT:
        yield _MOVE | len(one.parts) << 3
    for part in one.parts:
        for number, corner in enumerate(part):
            if one.kind != POINT and number < 2:
                yield _DRAW | (len(part) - 1) << 3 if number else _MOVE | 1 << 3
            yield from (_zigzag(corner[0] - at[0]), _zigzag(corner[1] - at[1]))
            at = corner
        if one.kind == POLYGON:
            yield _CLOSE | 1 << 3


def _value(value: Property) -> bytes:
    if isinstance(value, bool):
        return _number_field(7, int(value))
    return _number_field(6, _zigzag(value)) if isinstance(value, int) else _bytes_field(1, value.encode())


def _features(layer: Sequence[tuple[int, int | bytes]]) -> list[TileFeature]:
    keys = [value.decode() for number, value in layer if number == 3 and isinstance(value, bytes)]
    values = [_held(value) for number, value in layer if number == 4 and isinstance(value, bytes)]
    return [_drawn(value, keys, values) for number, value in layer if number == 2 and isinstance(value, bytes)]


def _drawn(body: bytes, keys: Sequence[str], values: Sequence[Property]) -> TileFeature:
    fields = dict(_fields(body))
    tags = list(_packed(fields.get(2, b"")))
    properties = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    kind = int(fields.get(3, 0))
    return TileFeature(kind=kind, parts=tuple(_parts(_packed(fields.get(4, b"")))), properties=properties)


def _parts(numbers: Iterator[int]) -> Iterator[tuple[Corner, ...]]:
    part: list[Corner] = []
    x = y = 0
    for command in numbers:
        action, count = command & 7, command >> 3
        if action == _CLOSE:
            continue
        for _ in range(count):
            x, y = x + _unzigzag(next(numbers)), y + _unzigzag(next(numbers))
            if action == _MOVE and part:
                yield tuple(part)
                part = []
            part.append((x, y))
    if part:
        yield tuple(part)


def _held(body: bytes) -> Property:
    """Return a value; numbers with a point are of no use here and become 0."""
    for number, value in _fields(body):
        if number == 1 and isinstance(value, bytes):
            return value.decode()
        if isinstance(value, int):
            return bool(value) if number == 7 else _unzigzag(value) if number == 6 else value
    return 0


def _fields(body: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Yield number and value of each field of a protobuf message."""
    at = 0
    while at < len(body):
        tag, at = _read_varint(body, at)
        number, wire = tag >> 3, tag & 7
        if wire == _VARINT:
            value, at = _read_varint(body, at)
            yield number, value
            continue
        length = {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}.get(wire, -1)
        if wire == _BYTES:
            length, at = _read_varint(body, at)
        if not 0 <= length <= len(body) - at:
            raise ValueError(f"field {number} has a length that does not fit")
        yield number, body[at : at + length]
        at += length


def _packed(body: int | bytes) -> Iterator[int]:
    at = 0
    while isinstance(body, bytes) and at < len(body):
        number, at = _read_varint(body, at)
        yield number


def _read_varint(body: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = body[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _number_field(number: int, value: int) -> bytes:
    return _varint(number << 3 | _VARINT) + _varint(value)


def _bytes_field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(value)) + value


def _zigzag(value: int) -> int:
    return value << 1 if value >= 0 else (-value << 1) - 1


def _unzigzag(value: int) -> int:
    return value >> 1 ^ -(value & 1)
