"""Writes docs/wire.md from message models, topic grammar and golden messages: `python docs/make_wire.py`."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from siaga_core.wire import assets, codec, fleet, kinds, looks, messages, topics, views
from siaga_core.wire.ids import NAME_PATTERN

DOCS = Path(__file__).parent
GOLDEN = DOCS.parent / "tests" / "contract" / "golden"
EXAMPLE_NODE = "pintu-manggarai"

# Message, stream or topic tail, golden files.
UP: tuple[tuple[type[BaseModel], str, tuple[str, ...]], ...] = (
    (messages.StatusMessage, "status", ("status.json", "status_will.json")),
    (messages.HealthMessage, "health", ("health.json",)),
    (messages.ReadingsMessage, "readings", ("readings.json",)),
    (
        messages.EventMessage,
        "events",
        tuple(f"event_{hazard}.json" for hazard in messages.Hazard),
    ),
    (messages.EvidenceHeader, "evidence/<event_id>/<number>", ("evidence.bin", "evidence_clip.bin")),
    (messages.ConfigMessage, "config", ("config.json", "config_refused.json")),
    (looks.LookAnswerMessage, "answers", ("answer.json", "answer_cannot_see.json")),
    (views.FrameHeader, "frames", ("frame.bin",)),
    (assets.AssetStatesMessage, "assets", ("assets.json",)),
)
DOWN: tuple[tuple[type[BaseModel], str, tuple[str, ...]], ...] = (
    (messages.AckMessage, "ack", ("ack.json", "ack_refused.json")),
    (messages.ReplayMessage, "replay", ("replay.json",)),
    (fleet.WantedConfig, "config", ("wanted_config.json",)),
    (fleet.CommandMessage, "command", ("command.json", "command_gauge.json", "command_look.json", "command_show.json")),
)
# Inside a text field, because exactly their bytes are signed.
COMMANDS: tuple[type[BaseModel], ...] = (
    fleet.OfferModel,
    fleet.SwitchModel,
    fleet.DropModel,
    fleet.AnnounceStorm,
    looks.RecheckCamera,
    views.ShowCamera,
    fleet.UpdateProgram,
)

# The unit is the end of the field's name.
UNITS = {
    "_cm_per_hour": "cm/h",
    "_per_minute": "share/min",
    "_seconds": "s",
    "_bytes": "bytes",
    "_share": "0..1",
    "_cm": "cm",
    "_kw": "kW",
    "_c": "°C",
    "_at": "time",
    "_since": "time",
}
UNIT_OF_NAME = {
    "bytes": "bytes",
    "lat": "°",
    "lon": "°",
    "width": "px",
    "height": "px",
    "at": "time",
    "confidence": "0..1",
}
PLAIN: dict[Any, str] = {
    AwareDatetime: "time",
    UUID: "UUID",
    str: "text",
    int: "integer",
    float: "number",
    bool: "true or false",
}


def page() -> str:
    """The whole of docs/wire.md."""
    parts = [INTRODUCTION, _grammar(), ENVELOPE_TEXT, _table(messages.Envelope), "## What a node sends\n"]
    parts += [_message(*entry, direction="up") for entry in UP]
    parts += ["## What a node is sent\n", *(_message(*entry, direction="down") for entry in DOWN)]
    parts += [MODEL_TEXT, "## Commands\n", *(_part(model) for model in COMMANDS)]
    parts += ["## Parts of messages\n", *(_part(model) for model in _parts())]
    parts += ["## Words\n", *(_words(kind) for kind in _enums())]
    return "\n".join(parts).rstrip() + "\n"


def undescribed() -> list[str]:
    """Fields that the page says nothing about."""
    models = [*(model for model, _, _ in (*UP, *DOWN)), *COMMANDS, *_parts()]
    return [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not _meaning(name, field) and name not in SELF_EVIDENT
    ]


# The table of limits says all that there is to say.
SELF_EVIDENT = {"kind", "number", "width", "height", "lat", "lon", "x1", "y1", "x2", "y2", "first", "last"}

INTRODUCTION = f"""# The wire

<!-- Made by docs/make_wire.py from core/siaga_core/wire; do not edit. -->

What crosses the network between a node (a computer with cameras and gauges, or a smart gauge) and the cloud.

- **MQTT 3.1.1**, QoS 1, persistent sessions. The user name of a node's connection is its node name. A node may publish
  only under its own `up/#` and read only its own `down/#`.
- **JSON**, compact, UTF-8, at most {codec.MAX_PAYLOAD_BYTES // 1024 // 1024} MiB a message.
  Evidence is one line of JSON, a newline and a JPEG, or a clip in MP4.
- **Times** are RFC 3339 with a zone, written in UTC. **Shares** are 0..1. A unit is the end of a field's name.
- **Null is not zero.** A level that was not measured is `null`.
- **Version.** Inside `v1` fields are only added, and an added field may be missing. Readers ignore fields that they do
  not know. Anything else is `v2`, on topics of its own.
- **Nothing is lost.** A node keeps each counted message until a `down/ack` names its `seq`; a PUBACK is not enough.
  What was not acknowledged is sent again, with the same `id`, `seq` and `measured_at`; only `sent_at` is new, and
  `late` is true for what waited out an outage. The cloud stores each `id` once however often it comes.
- **What cannot be read** is kept as a dead letter with the reason and, where `outbox_id` and `seq` can be read,
  acknowledged: sending it again would not help.
"""

ENVELOPE_TEXT = """## The envelope

Every message but `status` and `frames` is counted: it carries these fields first.
"""

MODEL_TEXT = f"""### down/model/<sha256>/<index>

A piece of a model file that was offered by a command without `url`: bare bytes, pieces of {fleet.CHUNK_BYTES} bytes
counted from 0, the last one shorter. The whole counts only if it has the SHA-256 of the signed offer.
"""


def _grammar() -> str:
    rows = [
        (topics.up(EXAMPLE_NODE, stream), "node → cloud")
        for stream in topics.UpStream
        if stream != topics.UpStream.EVIDENCE
    ]
    rows += [(topics.up(EXAMPLE_NODE, topics.UpStream.EVIDENCE) + "/<event_id>/<number>", "node → cloud")]
    rows += [
        (topics.down(EXAMPLE_NODE, stream), "cloud → node")
        for stream in topics.DownStream
        if stream != topics.DownStream.MODEL
    ]
    rows += [(topics.down(EXAMPLE_NODE, topics.DownStream.MODEL) + "/<sha256>/<index>", "cloud → node")]
    lines = [
        "## Topics",
        "",
        "```",
        f"{topics.ROOT}/<shard>/<node>/up/<stream>",
        f"{topics.ROOT}/<shard>/<node>/down/<stream>",
        "```",
        "",
        f"- `<node>` matches `{NAME_PATTERN}`.",
        f"- `<shard>` is `s` and the two digits of CRC-32 (as in zlib) of the node name modulo {topics.SHARDS}:",
        f"  `{EXAMPLE_NODE}` is in `{topics.shard_of(EXAMPLE_NODE)}`.",
        f"- `<number>` of an evidence image is 0..{topics.MAX_EVIDENCE_NUMBER} without leading zeros;",
        "  `<event_id>` is a UUID in lower case.",
        f"- A node subscribes to `{topics.down_filter(EXAMPLE_NODE)}`,",
        f"  an ingest replica to `{topics.shard_filter('s05')}` and the like of each shard that it serves.",
        "",
        "| Topic | Direction |",
        "|---|---|",
        *(f"| `{topic}` | {direction} |" for topic, direction in rows),
        "",
    ]
    return "\n".join(lines)


def _message(model: type[BaseModel], stream: str, files: tuple[str, ...], *, direction: str) -> str:
    lines = [f"### {direction}/{stream}", "", _describe(model), ""]
    if issubclass(model, messages.Envelope):
        lines += ["The envelope, and:", ""]
    lines += [_table(model, skip=messages.Envelope if issubclass(model, messages.Envelope) else None)]
    for file in files:
        lines += [f"Example ([{file}](../tests/contract/golden/{file})):", "", "```json", _pretty(file), "```", ""]
    return "\n".join(lines)


def _part(model: type[BaseModel]) -> str:
    return "\n".join([f"### {model.__name__}", "", _describe(model), "", _table(model)])


def _words(kind: type[Enum]) -> str:
    values = ", ".join(f"`{member.value}`" for member in kind)
    return "\n".join([f"### {kind.__name__}", "", _describe(kind), "", values, ""])


def _describe(thing: type) -> str:
    return " ".join((thing.__doc__ or "").split())


def _table(model: type[BaseModel], skip: type[BaseModel] | None = None) -> str:
    known = set(skip.model_fields) if skip else set()
    lines = ["| Field | Type | Unit, limits | Must be there | Meaning |", "|---|---|---|---|---|"]
    for name, field in model.model_fields.items():
        if name not in known:
            cells = (f"`{name}`", _type(field.annotation), _limits(name, field), _must(field), _meaning(name, field))
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _meaning(name: str, field: FieldInfo) -> str:
    if name == "v":
        return "version of the wire"
    message_text = field.description or next(
        (_describe(kind) for kind in _leaves_of(field.annotation) if _is_ours(kind)), ""
    )
    return message_text.replace("|", "\\|")


def _is_ours(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel | Enum)


def _must(field: FieldInfo) -> str:
    if field.is_required() or (get_origin(field.annotation) is Literal and field.default != kinds.WIRE_VERSION):
        return "yes"  # `kind` too: it distinguishes the details
    default = field.get_default(call_default_factory=True)
    return f"no, `{json.dumps(default.value if isinstance(default, Enum) else default)}`"


def _type(annotation: Any) -> str:
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0])
    if origin is Literal:
        return " or ".join(f"`{json.dumps(value)}`" for value in inner)
    if origin in (Union, types.UnionType):
        return " or ".join("null" if kind is types.NoneType else _type(kind) for kind in inner)
    if origin is tuple:
        return f"list of {_type(inner[0])}"
    if _is_ours(annotation):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return PLAIN[annotation]


def _limits(name: str, field: FieldInfo) -> str:
    unit = UNIT_OF_NAME.get(name) or next((unit for end, unit in UNITS.items() if name.endswith(end)), "")
    limits = list(dict.fromkeys(_describe_limits([*_metadata(field.annotation), *field.metadata])))
    if unit == "0..1":
        limits = []
    return ", ".join([*([unit] if unit and unit != "time" else []), *limits]).replace("|", "\\|")


def _metadata(annotation: Any) -> Iterator[object]:
    """What `Annotated` says, also inside unions and lists."""
    if get_origin(annotation) is Annotated:
        yield from annotation.__metadata__
    for inner in get_args(annotation):
        if get_origin(annotation) is not Literal:
            yield from _metadata(inner)


SAYINGS = (
    ("ge", "at least {}"),
    ("gt", "more than {}"),
    ("le", "at most {}"),
    ("min_length", "{} or more long"),
    ("max_length", "at most {} long"),
    ("pattern", "`{}`"),
)
PATTERNS = {NAME_PATTERN: "a name, as in topics", r"^[^\x00]*$": "no NUL"}


def _describe_limits(metadata: list[object]) -> Iterator[str]:
    for piece in metadata:
        if isinstance(piece, FieldInfo):
            yield from _describe_limits(piece.metadata)
            continue
        for attribute, describing in SAYINGS:
            value = getattr(piece, attribute, None)
            if value is not None:
                yield PATTERNS.get(value, describing.format(value))


def _pretty(file: str) -> str:
    first_line, newline, rest = (GOLDEN / file).read_bytes().partition(b"\n")
    text = json.dumps(json.loads(first_line), indent=2, ensure_ascii=False)
    return f"{text}\n(a newline and {len(rest)} bytes)" if newline else text


def _parts() -> list[type[BaseModel]]:
    """The models that messages are made of, in the order in which they are met."""
    found: dict[type[BaseModel], None] = {}
    for model, _, _ in (*UP, *DOWN):
        _collect(model, found)
    tops = {model for model, _, _ in (*UP, *DOWN)}
    return [model for model in found if model not in tops]


def _collect(model: type[BaseModel], found: dict[type[BaseModel], None]) -> None:
    found[model] = None
    for kind in _leaves(model):
        if _is_ours(kind) and issubclass(kind, BaseModel) and kind not in found:
            _collect(kind, found)


def _enums() -> list[type[Enum]]:
    models = [*(model for model, _, _ in (*UP, *DOWN)), *_parts()]
    found = [kind for model in models for kind in _leaves(model) if isinstance(kind, type) and issubclass(kind, Enum)]
    return list(dict.fromkeys(found))


def _leaves(model: type[BaseModel]) -> Iterator[Any]:
    for field in model.model_fields.values():
        yield from _leaves_of(field.annotation)


def _leaves_of(annotation: Any) -> Iterator[Any]:
    if get_origin(annotation) is Literal:
        return
    inner = typing.get_args(annotation)
    if not inner:
        yield annotation
    for part in inner:
        yield from _leaves_of(part)


if __name__ == "__main__":
    (DOCS / "wire.md").write_text(page(), encoding="utf-8")
