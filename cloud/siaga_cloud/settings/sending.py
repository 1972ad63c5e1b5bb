"""Defines the settings of what the cloud sends: e-mail, webhooks, web push and SMS."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final, TypeAlias

from pydantic import BeforeValidator, Field

from siaga_cloud.settings.fields import Port, needed_secret, secret, shape, split_by
from siaga_cloud.settings.group import SettingsGroup

# Chrome and most Androids, Firefox, Edge, Safari.
PUSH_HOSTS: Final = "fcm.googleapis.com,updates.push.services.mozilla.com,*.notify.windows.com,*.push.apple.com"
_CONTENT_TYPES: Final = "application/json or application/x-www-form-urlencoded"

WebhookHosts: TypeAlias = Annotated[
    tuple[Annotated[str, Field(pattern=r"^(https?://)?[A-Za-z0-9.-]+(:\d{1,5})?$")], ...],
    split_by(),
    Field(min_length=1, description="hosts separated by commas, as hooks.example.org"),
]
PushHosts: TypeAlias = Annotated[
    tuple[Annotated[str, Field(pattern=r"^(http://[A-Za-z0-9.-]+:\d{1,5}|(\*\.)?[A-Za-z0-9.-]+)$")], ...],
    split_by(),
    Field(description="hosts separated by commas, as fcm.googleapis.com"),
]


def _pem(value: object) -> object:
    pem = Path(value).read_bytes() if isinstance(value, str) and Path(value).is_file() else value
    if not isinstance(pem, bytes) or b"PRIVATE KEY-----" not in pem:
        raise ValueError("not a private key")
    return pem


def _template(body: str) -> str:
    if "{to}" not in body or "{text}" not in body:
        raise ValueError("not a template")
    return body


class SmtpSettings(SettingsGroup, env_prefix="SIAGA_SMTP_"):
    """Describes the mail server; without a host no e-mail is sent."""

    host: str
    port: Port = 587
    tls: Annotated[str, shape(r"^(starttls|tls|off)$", "starttls, tls or off")] = "starttls"
    username: str | None = None
    password: str | None = secret()
    sender: Annotated[str, shape(r"^[^@\s<>]+@[A-Za-z0-9.-]+$", "the address that e-mail comes from")] = Field(
        validation_alias="SIAGA_SMTP_FROM"
    )


class WebhookSettings(SettingsGroup, env_prefix="SIAGA_WEBHOOK_"):
    """Lists the only hosts that webhooks may go to (https hosts, or complete http:// origins), and holds the signing
    secret.
    """

    hosts: WebhookHosts
    secret: str = needed_secret("16 characters or more", least=16)


class PushSettings(SettingsGroup, env_prefix="SIAGA_PUSH_"):
    """Configures web push: the private key (PEM), a contact for the push services, and the allowed push services."""

    key_pem: Annotated[bytes, BeforeValidator(_pem)] = Field(
        repr=False,
        validation_alias="SIAGA_PUSH_KEY_FILE",
        description="a file made by `siaga-cloud admin push-key`",
    )
    contact: Annotated[
        str, shape(r"^(mailto:[^@\s]+@[A-Za-z0-9.-]+|https://\S+)$", "mailto: or https://, for the push services")
    ]
    hosts: PushHosts = tuple(PUSH_HOSTS.split(","))


class SmsSettings(SettingsGroup, env_prefix="SIAGA_SMS_"):
    """Describes the SMS gateway of the city. `body` is a template with {to}, {text} and {id}."""

    url: Annotated[str, shape(r"^https?://\S+$", "the http(s) address of the gateway")]
    body: Annotated[str, BeforeValidator(_template), Field(description="a template with {to} and {text}")] = (
        '{"to": "{to}", "text": "{text}"}'
    )
    content_type: Annotated[str, shape(r"^application/(json|x-www-form-urlencoded)$", _CONTENT_TYPES)] = (
        "application/json"
    )
    authorization: str | None = secret()


class SendingSettings(SettingsGroup):
    """Groups the channels of sending; each is None until it is configured."""

    smtp: SmtpSettings | None = None
    webhooks: WebhookSettings | None = None
    push: PushSettings | None = None
    sms: SmsSettings | None = None
