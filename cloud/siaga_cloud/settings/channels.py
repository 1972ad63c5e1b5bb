"""Defines the settings of the text channels: how gateways authenticate, and how reporters are answered."""

from __future__ import annotations

from typing import Annotated, Final, TypeAlias

from pydantic import Field

from siaga_cloud.settings.fields import ApiUrl, OnOff, Port, needed_secret, secret, shape
from siaga_cloud.settings.group import SettingsGroup

MIN_SECRET: Final = 16
MailFolder: TypeAlias = Annotated[
    str, shape(r"^[A-Za-z0-9 ._/-]{1,100}$", "the name of a folder, of A-Z, a-z, 0-9, space and ._/-")
]
PhoneNumber: TypeAlias = Annotated[str | None, shape(r"^\+\d{5,15}$", "a number as +6221...")]


class TextChannelSettings(SettingsGroup):
    """States how the gateways of text channels authenticate; a channel without a secret is closed.

    With `smssync_send`, answers to those who wrote by SMSSync wait until its phone requests them.
    """

    twilio_auth_token: str | None = secret(least=MIN_SECRET)
    telegram_secret: str | None = secret(least=MIN_SECRET)
    smssync_secret: str | None = secret(least=MIN_SECRET)
    smssync_send: OnOff = False
    frontlinesms_secret: str | None = secret(least=MIN_SECRET)
    lapor_secret: str | None = secret(least=MIN_SECRET)
    x_consumer_secret: str | None = secret(least=MIN_SECRET)
    facebook_app_secret: str | None = secret(least=MIN_SECRET)
    facebook_verify_token: str | None = secret(least=MIN_SECRET)


class MailboxSettings(SettingsGroup, env_prefix="SIAGA_IMAP_"):
    """Describes the mailbox of complaints. Messages are moved from `folder` to `done` or `refused`."""

    host: str
    tls: Annotated[str, shape(r"^(tls|starttls|off)$", "tls, starttls or off")] = "tls"
    port: Port = Field(default_factory=lambda data: 993 if data["tls"] == "tls" else 143)
    username: Annotated[str, Field(description="text")]
    password: str = needed_secret()
    folder: MailFolder = "INBOX"
    done: MailFolder = "Siaga"
    refused: MailFolder = "Siaga-Refused"


class TelegramSettings(SettingsGroup, env_prefix="SIAGA_TELEGRAM_"):
    """Describes a bot. With `poll` the cloud fetches its messages, because no webhook reaches this server."""

    token: Annotated[str, Field(pattern=r"^\d{1,20}:[A-Za-z0-9_-]{20,100}$")] = needed_secret(
        "the token that BotFather gave, as 123456:ABC..."
    )
    api: ApiUrl = "https://api.telegram.org"
    poll: OnOff = False


class TwilioSettings(SettingsGroup, env_prefix="SIAGA_TWILIO_"):
    """Describes an account; `sms_from` and `whatsapp_from` are the sender numbers of answers, None where there is none."""

    account: str = Field(validation_alias="SIAGA_TWILIO_ACCOUNT_SID")
    token: str = needed_secret(alias="SIAGA_TWILIO_AUTH_TOKEN")
    sms_from: PhoneNumber = None
    whatsapp_from: PhoneNumber = None
    api: ApiUrl = "https://api.twilio.com"


class FacebookSettings(SettingsGroup, env_prefix="SIAGA_FACEBOOK_"):
    """Holds the access token of a page."""

    page_token: str = needed_secret()
    api: ApiUrl = "https://graph.facebook.com"


class XSettings(SettingsGroup, env_prefix="SIAGA_X_"):
    """Describes an account of X, by OAuth 1.0a."""

    consumer_key: str
    consumer_secret: str = needed_secret()
    access_token: str = needed_secret()
    access_secret: str = needed_secret()
    api: ApiUrl = "https://api.x.com"


class ChannelSettings(SettingsGroup):
    """Groups the channels whose interface the cloud calls; each is None until it is configured."""

    mailbox: MailboxSettings | None = None
    telegram: TelegramSettings | None = None
    twilio: TwilioSettings | None = None
    facebook: FacebookSettings | None = None
    x: XSettings | None = None


class CitizenChannelSettings(SettingsGroup):
    """Groups all channels that citizens write by."""

    text_channels: TextChannelSettings
    channels: ChannelSettings
