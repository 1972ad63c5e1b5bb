"""Defines the settings of the HTTP API, of sign-in, and of the open standards that it serves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, FilePath, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from siaga_cloud.settings.buckets import BucketSettings
from siaga_cloud.settings.demo import DemoSettings, complaint_about
from siaga_cloud.settings.fields import (
    Folder,
    Network,
    OnOff,
    OptionalFile,
    Origin,
    PortOrNone,
    secret,
    shape,
    split_by,
    whole,
)
from siaga_cloud.settings.group import SettingsGroup
from siaga_cloud.settings.keys import rsa_complaint

CapStatus: TypeAlias = Literal["Actual", "Exercise", "Test"]
PasskeyPolicy: TypeAlias = Literal["offered", "required"]
# Another system cannot make anyone an administrator.
_OIDC_ROLES: Final = ("citizen", "officer", "area_head", "agency_head", "operator", "leader")
_TLS_FILE: Final = "a file that exists; SIAGA_HTTP_CERT_FILE and SIAGA_HTTP_KEY_FILE go together"
_CAP_FILE: Final = "a file that exists; SIAGA_CAP_KEY_FILE and SIAGA_CAP_CERT_FILE go together"
_PROVIDER: Final = r"^(https://|http://(localhost|127\.0\.0\.1)[:/])"


def _role_pair(item: object) -> object:
    if not isinstance(item, str):
        return item
    value, _, role = item.strip().rpartition("=")
    if not value or role not in _OIDC_ROLES:
        raise ValueError(item)
    return value, role


class HttpTls(SettingsGroup, env_prefix="SIAGA_HTTP_"):
    """Holds the certificate of the API with its chain, and its key; without them a proxy terminates TLS."""

    switch: ClassVar[tuple[str, ...]] = ("cert_file", "key_file")

    cert_file: Annotated[FilePath, Field(description=_TLS_FILE)]
    key_file: Annotated[FilePath, Field(description=_TLS_FILE)]


class OidcSettings(SettingsGroup, env_prefix="SIAGA_OIDC_"):
    """Describes the identity provider of the city and the meaning of its claims.

    `roles`: pairs of a value of the role claim and a role; the first pair that fits counts.
    """

    issuer: Annotated[str, shape(_PROVIDER, "an https:// address, exactly as the provider writes it")]
    client_id: Annotated[str, Field(description="the id that the provider issued")]
    client_secret: str | None = secret()
    name: str = "OpenID"
    user_claim: str = "preferred_username"
    trust_user_claim: OnOff = False
    role_claim: str | None = None
    roles: Annotated[
        tuple[Annotated[tuple[str, str], BeforeValidator(_role_pair)], ...],
        split_by(str),
        Field(description=f"VALUE=ROLE with a role of {', '.join(_OIDC_ROLES)}"),
    ] = ()
    area_claim: str | None = None
    agency_claim: str | None = None


class PublishBucketSettings(BucketSettings, env_prefix="SIAGA_PUBLISH_S3_"):
    """Names the bucket into which the published state is written."""


class HttpSettings(SettingsGroup):
    """Holds the address of the API, the public address of its pages, and the proxies that name its clients.

    `http_socket`: the number of an inherited file descriptor that is bound already, in place of `http_port`.
    `instance`: what /readyz names this process. `trusted_proxies`: whose `X-Forwarded-For` and `X-Forwarded-Proto` are
    believed; nobody's by default.
    `cors_origins`: the sites whose pages may read the public API.
    """

    http_host: str = "127.0.0.1"
    http_port: PortOrNone = 8080
    staff_port: PortOrNone = 0
    http_socket: Annotated[int | None, whole(3, 1_048_576)] = None
    instance: Annotated[str | None, shape(r"^[\w.-]{1,64}$", "up to 64 letters, digits, -, _ and .")] = None
    http_tls: HttpTls | None = None
    trusted_proxies: Annotated[
        tuple[Network, ...],
        split_by(),
        Field(description="addresses and networks with commas between them, such as 10.0.0.5,172.30.80.0/28"),
    ] = ()
    tile_url: str | None = None
    tile_attribution: str | None = None
    public_url: Annotated[str, AfterValidator(lambda url: url.rstrip("/"))] = Field(
        default_factory=lambda data: f"http://127.0.0.1:{data['http_port']}"
    )
    cors_origins: Annotated[
        tuple[Origin, ...],
        split_by(),
        Field(description="* or sites with commas between them, such as https://data.example.org"),
    ] = ()
    oidc: OidcSettings | None = None
    passkeys: Annotated[PasskeyPolicy, Field(description="offered, or required of operators and administrators")] = (
        "offered"
    )
    c2pa_trust_file: OptionalFile = None
    publish_folder: Folder | None = None
    publish_bucket: PublishBucketSettings | None = None
    basemap_folder: Folder | None = None
    demo: DemoSettings | None = None

    @field_validator("demo")
    @classmethod
    def _only_on_this_machine(cls, demo: DemoSettings | None, info: ValidationInfo) -> DemoSettings | None:
        if demo is not None and (complaint := complaint_about(info.data)) is not None:
            raise PydanticCustomError("complaint", "{text}", {"text": complaint})
        return demo


class CapSignature(SettingsGroup, env_prefix="SIAGA_CAP_"):
    """Holds the key that CAP messages are signed with and its certificate, both as PEM."""

    switch: ClassVar[tuple[str, ...]] = ("key_file", "cert_file")

    key_file: Annotated[FilePath, Field(description=_CAP_FILE)]
    cert_file: Annotated[FilePath, Field(description=_CAP_FILE)]

    @field_validator("cert_file")
    @classmethod
    def _belongs_to_the_key(cls, cert_file: Path, info: ValidationInfo) -> Path:
        key_file = info.data.get("key_file")
        complaint = rsa_complaint(key_file, cert_file) if key_file is not None else None
        if complaint is not None:
            raise PydanticCustomError("complaint", "{text}", {"text": complaint})
        return cert_file


class InteropSettings(SettingsGroup):
    """Configures Open311, CAP, SensorThings and the feeds of flooded roads. `cap_status` is Test so that a new server
    cannot seem to send real warnings. `road_impassable_cm`: from which depth a flooded road counts as closed.
    """

    open311_anonymous: OnOff = False
    cap_status: Annotated[CapStatus, Field(description="Actual, Exercise or Test")] = "Test"
    cap_contact: Annotated[
        str | None, shape(r"^[^\x00-\x1f]{1,200}$", "one line of at most 200 characters, such as +62 21 112")
    ] = None
    cap_signature: CapSignature | None = None
    road_impassable_cm: Annotated[int, whole(10, 300)] = 30
    gtfs_agency: Annotated[
        str | None, shape(r"^[^\x00-\x1f]{1,100}$", "the agency_id of the transit agency, as its GTFS has it")
    ] = None
    gtfs_stops_file: OptionalFile = None
    sta_topics: OnOff = False
    sta_mqtt_url: Annotated[
        str | None, shape(r"^(mqtts?|wss?)://[^\s@]+$", "the public broker, as mqtts://broker.example.org:8883")
    ] = None  # fmt: skip

    @field_validator("cap_status")
    @classmethod
    def _not_actual_in_a_demo(cls, status: CapStatus, info: ValidationInfo) -> CapStatus:
        if status == "Actual" and info.data.get("demo") is not None:
            raise PydanticCustomError("complaint", "SIAGA_CAP_STATUS: got Actual, expected Exercise in a demo")
        return status
