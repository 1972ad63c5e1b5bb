"""What the cloud orders of a node: configurations and commands, each signed with Ed25519.

The signature covers a short statement that names the node, so that no command fits another node, and a number that only
rises, so that no old order can be played again. Bodies travel as text: their exact bytes are what was signed.
"""

from __future__ import annotations

import hashlib
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AwareDatetime, Field, StringConstraints, TypeAdapter

from siaga_core.wire.ids import Name
from siaga_core.wire.kinds import MAX_SEQ, WIRE_VERSION, Sha256, Share, Text, WireModel
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.views import ShowCamera

MAX_CONFIG_BYTES: Final = 512 * 1024
MAX_COMMAND_BYTES: Final = 32 * 1024
MAX_MODEL_BYTES: Final = 512 * 1024 * 1024
MAX_PACKAGE_BYTES: Final = 512 * 1024 * 1024
CHUNK_BYTES: Final = 512 * 1024

Signature = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9+/]{86}==$")]
Number = Annotated[int, Field(strict=True, ge=1, le=MAX_SEQ)]
ModelName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]
ModelRole = Literal["detector", "water"]
PackageVersion = Annotated[str, StringConstraints(pattern=r"^[0-9][A-Za-z0-9.+~-]{0,63}$")]


class WantedConfig(WireModel):
    """Stream `down/config`, retained: the configuration that a node shall run. The node answers on `up/config`."""

    v: Literal[1] = WIRE_VERSION
    node: Name = Field(description="who shall run it; the same as in the topic")
    version: Number = Field(description="rises with each configuration of a node; an older one is refused")
    sha256: Sha256 = Field(description="of the body's UTF-8 bytes, in hexadecimal")
    body: Text = Field(
        description="TOML as in NODE.toml, without [node], [broker], [fleet], [status], [originals], "
        "[home_assistant], [runtime] and [decode]; a "
        "`[[drawing]]` (camera, mask, zone) is laid over the camera of that id"
    )
    signature: Signature = Field(
        description="Ed25519 in base64 over the lines `siaga-config-v1`, node, version and sha256, joined by `\\n`"
    )


class CommandMessage(WireModel):
    """Stream `down/command`: something that a node shall do once. Health says what became of the last one."""

    v: Literal[1] = WIRE_VERSION
    node: Name = Field(description="who shall do it; the same as in the topic")
    number: Number = Field(description="rises with each command of a node; one that is not higher is refused")
    expires_at: AwareDatetime = Field(description="too late to do it from then on")
    body: Text = Field(description="JSON of one of the commands, distinguished by `kind`")
    signature: Signature = Field(
        description="Ed25519 in base64 over the lines `siaga-command-v1`, node, number, expires_at in seconds since "
        "1970 (rounded down) and the body's SHA-256 in hexadecimal, joined by `\\n`"
    )


class OfferModel(WireModel):
    """Command: fetch a model and try it beside the one that runs."""

    kind: Literal["offer_model"] = "offer_model"
    role: ModelRole = Field(description="which of the node's models it may replace")
    name: ModelName = Field(description="what it is called, as in the manifest")
    sha256: Sha256 = Field(description="of the model file, in hexadecimal")
    size_bytes: int = Field(ge=1, le=MAX_MODEL_BYTES, description="of the model file")
    row: Text = Field(max_length=16_384, description="its row of manifest.toml: the keys without the table's head")
    url: Text | None = Field(
        default=None, max_length=2000, description="where to fetch it; null: it comes in pieces on `down/model`"
    )
    shadow_share: Share = Field(default=0.1, description="share of looks that it takes part in")


class SwitchModel(WireModel):
    """Command: let the model that runs in shadow take over; the old one stays for a way back."""

    kind: Literal["switch_model"] = "switch_model"
    role: ModelRole = Field(description="which of the node's models")
    sha256: Sha256 = Field(description="of the model file that shall take over, in hexadecimal")


class DropModel(WireModel):
    """Command: end the shadow run of a model, or go back to the configured model where it has taken over."""

    kind: Literal["drop_model"] = "drop_model"
    role: ModelRole = Field(description="which of the node's models")


class AnnounceStorm(WireModel):
    """Command: look at water and traffic more often, and report gauges briskly, until a time."""

    kind: Literal["announce_storm"] = "announce_storm"
    until: AwareDatetime = Field(description="when the storm is over; a time that is past calls it off")


class ProgramPackage(WireModel):
    """A Debian package of the edge agent, and where it is fetched."""

    version: PackageVersion = Field(description="of the package, as `dpkg` compares it")
    sha256: Sha256 = Field(description="of the file, in hexadecimal")
    size_bytes: int = Field(ge=1, le=MAX_PACKAGE_BYTES, description="of the file")
    url: Text = Field(max_length=2000, pattern=r"^https?://", description="where the node fetches it")


class UpdateProgram(WireModel):
    """Command: install a package of the agent, and return to the one before if the new agent does not prove itself."""

    kind: Literal["update_program"] = "update_program"
    package: ProgramPackage = Field(description="what to install")
    previous: ProgramPackage | None = Field(
        default=None, description="the package to return to; null: the one that the node kept of its last update"
    )


CommandBody: TypeAlias = Annotated[
    OfferModel | SwitchModel | DropModel | AnnounceStorm | RecheckCamera | ShowCamera | UpdateProgram,
    Field(discriminator="kind"),
]
COMMAND_BODY: Final[TypeAdapter[CommandBody]] = TypeAdapter(CommandBody)


def sha256_of(data: bytes) -> str:
    """In hexadecimal, as all hashes on the wire."""
    return hashlib.sha256(data).hexdigest()


def config_statement(node: str, version: int, sha256: str) -> bytes:
    """The bytes that a configuration's signature covers."""
    return f"siaga-config-v1\n{node}\n{version}\n{sha256}".encode()


def command_statement(message: CommandMessage) -> bytes:
    """The bytes that a command's signature covers; its `signature` is not looked at."""
    digest = sha256_of(message.body.encode())
    expires = int(message.expires_at.timestamp())
    return f"siaga-command-v1\n{message.node}\n{message.number}\n{expires}\n{digest}".encode()
