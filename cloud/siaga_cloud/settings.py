"""The one reader of configuration: environment variables, checked whole, with exact complaints."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import quote, urlsplit

from siaga_cloud import setting_broker, setting_channels, setting_replica
from siaga_cloud.setting_broker import BrokerSettings, FleetSettings
from siaga_cloud.setting_channels import ChannelSettings, TextChannelSettings
from siaga_cloud.setting_reader import Reader as _Reader
from siaga_cloud.setting_reader import SettingsError
from siaga_cloud.setting_replica import ReadSettings

__all__ = ["BrokerSettings", "FleetSettings", "Settings", "SettingsError", "TextChannelSettings", "load"]

CapStatus: TypeAlias = Literal["Actual", "Exercise", "Test"]
# Nobody becomes an administrator by what another system says.
_OIDC_ROLES = ("citizen", "officer", "area_head", "agency_head", "operator", "leader")
_REPLICA = re.compile(r"^[a-z0-9][a-z0-9-]{0,31}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpSettings:
    """How e-mail is handed over."""

    host: str
    port: int
    tls: str
    username: str | None
    password: str | None = field(repr=False)
    sender: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings:
    """Where webhooks may go (hosts, which means https, or whole http:// origins), and the secret that signs them."""

    hosts: tuple[str, ...]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PushSettings:
    """Web push: the city's private key (PEM), whom push services may ask, and the push services that are allowed."""

    key_pem: bytes = field(repr=False)
    contact: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsSettings:
    """The city's SMS gateway. `body` is a template with {to}, {text} and {id}."""

    url: str
    body: str
    content_type: str
    authorization: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrafanaSettings:
    """The Grafana that `admin grafana sync` fills, and the token of its service account (role Admin)."""

    url: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class OtlpSettings:
    """Where traces go (OTLP over HTTP), and of how many in a hundred journeys they are made."""

    url: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcSettings:
    """The city's identity provider and what its claims mean. `roles`: (value of the role claim, role), first wins."""

    issuer: str
    client_id: str
    client_secret: str | None = field(repr=False)
    name: str = "OpenID"
    user_claim: str = "preferred_username"
    trust_user_claim: bool = False
    role_claim: str | None = None
    roles: tuple[tuple[str, str], ...] = ()
    area_claim: str | None = None
    agency_claim: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTls:
    """The API's own certificate with its chain, and its key; without them a proxy before it speaks https."""

    cert_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that the cloud's programs are told from outside."""

    database_url: str = field(repr=False)
    broker: BrokerSettings
    fleet: FleetSettings
    media_dir: Path
    http_host: str
    http_port: int
    tile_url: str | None
    public_url: str
    replica: str
    metrics_port: int
    lease_seconds: float
    keep_readings_days: int
    keep_messages_days: int
    review_days: int | None
    smtp: SmtpSettings | None
    webhooks: WebhookSettings | None
    push: PushSettings | None
    sms: SmsSettings | None
    position_decimals: int
    text_channels: TextChannelSettings
    channels: ChannelSettings
    oidc: OidcSettings | None
    open311_anonymous: bool
    cap_status: CapStatus
    sta_topics: bool
    sta_mqtt_url: str | None
    grafana: GrafanaSettings | None = None
    database_room_gb: int = 0
    read_from: ReadSettings | None = None
    otlp: OtlpSettings | None = None
    clock_limit_seconds: float = 30.0
    http_tls: HttpTls | None = None


def load(environment: Mapping[str, str]) -> Settings:
    """Settings from SIAGA_* variables; raises `SettingsError` naming every wrong one."""
    read = _Reader(environment)
    http_port = read.number("SIAGA_HTTP_PORT", 8080, least=0, most=65535)
    database_url, broker = _database_url(read), setting_broker.broker(read)
    settings = Settings(
        database_url=database_url,
        broker=broker,
        fleet=setting_broker.fleet(read, broker),
        media_dir=Path(read.text("SIAGA_MEDIA_DIR", "media")).absolute(),
        http_host=read.text("SIAGA_HTTP_HOST", "127.0.0.1"),
        http_port=http_port,
        tile_url=environment.get("SIAGA_TILE_URL") or None,
        public_url=read.text("SIAGA_PUBLIC_URL", f"http://127.0.0.1:{http_port}").rstrip("/"),
        replica=read.matching("SIAGA_REPLICA", "1", _REPLICA, "a name of a-z, 0-9 and -, at most 32 long"),
        metrics_port=read.number("SIAGA_METRICS_PORT", 0, least=0, most=65535),
        lease_seconds=float(read.number("SIAGA_LEASE_SECONDS", 15, least=2, most=600)),
        keep_readings_days=read.number("SIAGA_KEEP_READINGS_DAYS", 90, least=1, most=36500),
        keep_messages_days=read.number("SIAGA_KEEP_MESSAGES_DAYS", 40, least=31, most=36500),
        review_days=_review_days(read),
        smtp=_smtp(read),
        webhooks=_webhooks(read),
        push=_push(read),
        sms=_sms(read),
        position_decimals=read.number("SIAGA_POSITION_DECIMALS", 4, least=2, most=6),
        text_channels=setting_channels.proofs(read),
        channels=setting_channels.channels(read),
        oidc=_oidc(read),
        open311_anonymous=read.matching("SIAGA_OPEN311_ANONYMOUS", "off", re.compile(r"^(on|off)$"), "on or off")
        == "on",
        cap_status=_cap_status(read),
        sta_topics=read.matching("SIAGA_STA_TOPICS", "off", re.compile(r"^(on|off)$"), "on or off") == "on",
        sta_mqtt_url=_sta_mqtt_url(read),
        grafana=_grafana(read),
        read_from=setting_replica.read_from(read),
        database_room_gb=read.number("SIAGA_DATABASE_ROOM_GB", 0, least=0, most=10_000_000),
        otlp=_otlp(read),
        clock_limit_seconds=float(read.number("SIAGA_CLOCK_LIMIT_SECONDS", 30, least=0, most=3600)),
        http_tls=_http_tls(read),
    )
    read.complain()
    return settings


def _database_url(read: _Reader) -> str:
    """The address, with the password of a file in it where there is one."""
    url, password = read.url("SIAGA_DATABASE_URL"), read.secret("SIAGA_DATABASE_PASSWORD")
    if not url or password is None:
        return url
    parts = urlsplit(url)
    user, _, host = parts.netloc.rpartition("@")
    if not user or ":" in user:
        read.wrong("SIAGA_DATABASE_PASSWORD", "a password", "an address of the form postgresql://user@host to go with")
        return url
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{host}").geturl()


def _http_tls(read: _Reader) -> HttpTls | None:
    cert, key = read.file("SIAGA_HTTP_CERT_FILE"), read.file("SIAGA_HTTP_KEY_FILE")
    if cert is None and key is None:
        return None
    if cert is None or key is None:
        missing = "SIAGA_HTTP_CERT_FILE" if cert is None else "SIAGA_HTTP_KEY_FILE"
        read.wrong(missing, "nothing", "a file beside the other of the two")
        return None
    return HttpTls(cert_file=cert, key_file=key)


def _sta_mqtt_url(read: _Reader) -> str | None:
    if not read.environment.get("SIAGA_STA_MQTT_URL"):
        return None
    known = re.compile(r"^(mqtts?|wss?)://[^\s@]+$")
    return read.matching("SIAGA_STA_MQTT_URL", "", known, "the public broker, as mqtts://broker.example.org:8883")


def _grafana(read: _Reader) -> GrafanaSettings | None:
    """No address, no wall."""
    if not read.environment.get("SIAGA_GRAFANA_URL"):
        return None
    url = read.text("SIAGA_GRAFANA_URL", "")
    if not re.match(r"^https?://[^\s@]+$", url):
        # It may hold a password, so it is not repeated.
        read.wrong("SIAGA_GRAFANA_URL", "something else", "http(s)://host:port without a login")
    token = read.secret("SIAGA_GRAFANA_TOKEN")
    if not token:
        read.wrong("SIAGA_GRAFANA_TOKEN", "nothing", "the token of a service account with the role Admin, or _FILE")
    return GrafanaSettings(url=url, token=token or "")


def _otlp(read: _Reader) -> OtlpSettings | None:
    """No address, no traces."""
    if not read.environment.get("SIAGA_OTLP_URL"):
        return None
    known = re.compile(r"^https?://[^\s@]+$")
    return OtlpSettings(
        url=read.matching("SIAGA_OTLP_URL", "", known, "the collector, as http://collector:4318").rstrip("/"),
        percent=read.number("SIAGA_OTLP_PERCENT", 100, least=1, most=100),
    )


def _cap_status(read: _Reader) -> CapStatus:
    """Nothing that was just set up may sound like a real warning."""
    match read.text("SIAGA_CAP_STATUS", "Test"):
        case "Actual" | "Exercise" | "Test" as status:
            return status
        case other:
            read.wrong("SIAGA_CAP_STATUS", repr(other), "Actual, Exercise or Test")
            return "Test"


def _review_days(read: _Reader) -> int | None:
    """Pictures are kept for training only where a city says so."""
    wanted = read.matching("SIAGA_REVIEW_SET", "off", re.compile(r"^(on|off)$"), "on or off")
    days = read.number("SIAGA_REVIEW_DAYS", 180, least=1, most=730)
    return days if wanted == "on" else None


def _smtp(read: _Reader) -> SmtpSettings | None:
    """No host, no e-mail."""
    host = read.text("SIAGA_SMTP_HOST", "")
    if not host:
        return None
    return SmtpSettings(
        host=host,
        port=read.number("SIAGA_SMTP_PORT", 587, least=1, most=65535),
        tls=read.matching("SIAGA_SMTP_TLS", "starttls", re.compile(r"^(starttls|tls|off)$"), "starttls, tls or off"),
        username=read.environment.get("SIAGA_SMTP_USERNAME") or None,
        password=read.secret("SIAGA_SMTP_PASSWORD"),
        sender=read.matching(
            "SIAGA_SMTP_FROM", "", re.compile(r"^[^@\s<>]+@[A-Za-z0-9.-]+$"), "the address that e-mail comes from"
        ),
    )


_WEBHOOK_HOST = re.compile(r"^(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?$")


def _webhooks(read: _Reader) -> WebhookSettings | None:
    """No hosts, no webhooks."""
    listed = read.text("SIAGA_WEBHOOK_HOSTS", "")
    hosts = tuple(host.strip() for host in listed.split(",") if host.strip())
    if not hosts:
        return None
    for host in hosts:
        if not _WEBHOOK_HOST.match(host):
            read.wrong("SIAGA_WEBHOOK_HOSTS", repr(host), "hosts with commas between, as hooks.example.org")
    secret = read.secret("SIAGA_WEBHOOK_SECRET") or ""
    if len(secret) < 16:
        read.wrong("SIAGA_WEBHOOK_SECRET", "nothing" if not secret else "something short", "16 characters or more")
    return WebhookSettings(hosts=hosts, secret=secret)


# Those of Chrome and most Androids, Firefox, Edge, Safari.
PUSH_HOSTS = "fcm.googleapis.com,updates.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com"
_PUSH_HOST = re.compile(r"^(http://[A-Za-z0-9.-]+:\d{1,5}|(\*\.)?[A-Za-z0-9.-]+)$")


def _push(read: _Reader) -> PushSettings | None:
    """No key, no web push."""
    file = read.file("SIAGA_PUSH_KEY_FILE")
    if file is None:
        return None
    pem = file.read_bytes() if file.is_file() else b""
    if b"PRIVATE KEY-----" not in pem:
        # What it holds may be a secret, so it is not repeated.
        read.wrong("SIAGA_PUSH_KEY_FILE", "something else", "a file made by `siaga-cloud admin push-key`")
    hosts = tuple(host.strip() for host in read.text("SIAGA_PUSH_HOSTS", PUSH_HOSTS).split(",") if host.strip())
    for host in hosts:
        if not _PUSH_HOST.match(host):
            read.wrong("SIAGA_PUSH_HOSTS", repr(host), "hosts with commas between, as fcm.googleapis.com")
    contact = re.compile(r"^(mailto:[^@\s]+@[A-Za-z0-9.-]+|https://\S+)$")
    return PushSettings(
        key_pem=pem,
        contact=read.matching("SIAGA_PUSH_CONTACT", "", contact, "mailto: or https://, for the push services"),
        hosts=hosts,
    )


def _sms(read: _Reader) -> SmsSettings | None:
    """No gateway, no SMS."""
    if not read.environment.get("SIAGA_SMS_URL"):
        return None
    body = read.text("SIAGA_SMS_BODY", '{"to": "{to}", "text": "{text}"}')
    if "{to}" not in body or "{text}" not in body:
        read.wrong("SIAGA_SMS_BODY", repr(body), "a template with {to} and {text}")
    kinds = re.compile(r"^application/(json|x-www-form-urlencoded)$")
    return SmsSettings(
        url=read.matching("SIAGA_SMS_URL", "", re.compile(r"^https?://\S+$"), "the gateway's http(s) address"),
        body=body,
        content_type=read.matching(
            "SIAGA_SMS_CONTENT_TYPE",
            "application/json",
            kinds,
            "application/json or application/x-www-form-urlencoded",
        ),
        authorization=read.secret("SIAGA_SMS_AUTHORIZATION"),
    )


def _oidc(read: _Reader) -> OidcSettings | None:
    if not read.environment.get("SIAGA_OIDC_ISSUER"):
        return None
    https = re.compile(r"^(https://|http://(localhost|127\.0\.0\.1)[:/])")
    on_off = re.compile(r"^(on|off)$")
    return OidcSettings(
        issuer=read.matching("SIAGA_OIDC_ISSUER", "", https, "an https:// address, as the provider itself writes it"),
        client_id=read.matching("SIAGA_OIDC_CLIENT_ID", "", re.compile(r"^.+$"), "the id that the provider gave us"),
        client_secret=read.secret("SIAGA_OIDC_CLIENT_SECRET"),
        name=read.text("SIAGA_OIDC_NAME", "OpenID"),
        user_claim=read.text("SIAGA_OIDC_USER_CLAIM", "preferred_username"),
        trust_user_claim=read.matching("SIAGA_OIDC_TRUST_USER_CLAIM", "off", on_off, "on or off") == "on",
        role_claim=read.environment.get("SIAGA_OIDC_ROLE_CLAIM") or None,
        roles=read.pairs("SIAGA_OIDC_ROLES", _OIDC_ROLES),
        area_claim=read.environment.get("SIAGA_OIDC_AREA_CLAIM") or None,
        agency_claim=read.environment.get("SIAGA_OIDC_AGENCY_CLAIM") or None,
    )
