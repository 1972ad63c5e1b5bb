"""Settings of the channels that citizens write by: what gateways prove themselves by, and how they are answered."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from siaga_cloud.setting_reader import Reader

MIN_SECRET: Final = 16
_ON_OFF = re.compile(r"^(on|off)$")
_HTTP = re.compile(r"^https?://[^\s/]+$")
_FOLDER = re.compile(r"^[A-Za-z0-9 ._/-]{1,100}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChannelSettings:
    """What gateways of text channels prove themselves by; one without is closed.

    `smssync_send`: answers and news to those who wrote by SMSSync wait until its phone asks for them.
    """

    twilio_auth_token: str | None = field(default=None, repr=False)
    telegram_secret: str | None = field(default=None, repr=False)
    smssync_secret: str | None = field(default=None, repr=False)
    smssync_send: bool = False
    frontlinesms_secret: str | None = field(default=None, repr=False)
    lapor_secret: str | None = field(default=None, repr=False)
    x_consumer_secret: str | None = field(default=None, repr=False)
    facebook_app_secret: str | None = field(default=None, repr=False)
    facebook_verify_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxSettings:
    """The mailbox that complaints come to. What is dealt with is moved from `folder` to `done` or `refused`."""

    host: str
    port: int
    tls: str
    username: str
    password: str = field(repr=False)
    folder: str = "INBOX"
    done: str = "Siaga"
    refused: str = "Siaga-Refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramSettings:
    """A bot. `poll`: it is asked for messages, as no webhook reaches this server."""

    token: str = field(repr=False)
    api: str = "https://api.telegram.org"
    poll: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSettings:
    """An account; `sms_from`, `whatsapp_from`: numbers that answers come from, None where there is none."""

    account: str
    token: str = field(repr=False)
    sms_from: str | None = None
    whatsapp_from: str | None = None
    api: str = "https://api.twilio.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class FacebookSettings:
    """A page."""

    page_token: str = field(repr=False)
    api: str = "https://graph.facebook.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class XSettings:
    """An account of X, by OAuth 1.0a."""

    consumer_key: str
    consumer_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    access_secret: str = field(repr=False)
    api: str = "https://api.x.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSettings:
    """Channels that are asked, and that answer, by their own interfaces; None: not set up."""

    mailbox: MailboxSettings | None = None
    telegram: TelegramSettings | None = None
    twilio: TwilioSettings | None = None
    facebook: FacebookSettings | None = None
    x: XSettings | None = None


def proofs(read: Reader) -> TextChannelSettings:
    """Each may stay unset."""

    def proof(name: str) -> str | None:
        secret = read.secret(name)
        if secret is not None and len(secret) < MIN_SECRET:
            read.wrong(name, "something short", f"{MIN_SECRET} characters or more")
        return secret

    return TextChannelSettings(
        twilio_auth_token=proof("SIAGA_TWILIO_AUTH_TOKEN"),
        telegram_secret=proof("SIAGA_TELEGRAM_SECRET"),
        smssync_secret=proof("SIAGA_SMSSYNC_SECRET"),
        smssync_send=read.matching("SIAGA_SMSSYNC_SEND", "off", _ON_OFF, "on or off") == "on",
        frontlinesms_secret=proof("SIAGA_FRONTLINESMS_SECRET"),
        lapor_secret=proof("SIAGA_LAPOR_SECRET"),
        x_consumer_secret=proof("SIAGA_X_CONSUMER_SECRET"),
        facebook_app_secret=proof("SIAGA_FACEBOOK_APP_SECRET"),
        facebook_verify_token=proof("SIAGA_FACEBOOK_VERIFY_TOKEN"),
    )


def channels(read: Reader) -> ChannelSettings:
    """Each may stay unset; one that is begun must be whole."""
    return ChannelSettings(
        mailbox=_mailbox(read), telegram=_telegram(read), twilio=_twilio(read), facebook=_facebook(read), x=_x(read)
    )


def _mailbox(read: Reader) -> MailboxSettings | None:
    """No host, no mailbox."""
    host = read.text("SIAGA_IMAP_HOST", "")
    if not host:
        return None
    tls = read.matching("SIAGA_IMAP_TLS", "tls", re.compile(r"^(tls|starttls|off)$"), "tls, starttls or off")
    folder = "a folder's name of A-Z, a-z, 0-9, space and ._/-"
    return MailboxSettings(
        host=host,
        port=read.number("SIAGA_IMAP_PORT", 993 if tls == "tls" else 143, least=1, most=65535),
        tls=tls,
        username=_needed(read, "SIAGA_IMAP_USERNAME"),
        password=_secret(read, "SIAGA_IMAP_PASSWORD"),
        folder=read.matching("SIAGA_IMAP_FOLDER", "INBOX", _FOLDER, folder),
        done=read.matching("SIAGA_IMAP_DONE", "Siaga", _FOLDER, folder),
        refused=read.matching("SIAGA_IMAP_REFUSED", "Siaga-Refused", _FOLDER, folder),
    )


def _telegram(read: Reader) -> TelegramSettings | None:
    token = read.secret("SIAGA_TELEGRAM_TOKEN")
    if token is None:
        return None
    if not re.match(r"^\d{1,20}:[A-Za-z0-9_-]{20,100}$", token):
        read.wrong("SIAGA_TELEGRAM_TOKEN", "something else", "the token that BotFather gave, as 123456:ABC...")
    return TelegramSettings(
        token=token,
        api=_api(read, "SIAGA_TELEGRAM_API", "https://api.telegram.org"),
        poll=read.matching("SIAGA_TELEGRAM_POLL", "off", _ON_OFF, "on or off") == "on",
    )


def _twilio(read: Reader) -> TwilioSettings | None:
    account = read.text("SIAGA_TWILIO_ACCOUNT_SID", "")
    if not account:
        return None
    number = re.compile(r"^(\+\d{5,15})?$")
    return TwilioSettings(
        account=account,
        token=_secret(read, "SIAGA_TWILIO_AUTH_TOKEN"),
        sms_from=read.matching("SIAGA_TWILIO_SMS_FROM", "", number, "a number as +6221...") or None,
        whatsapp_from=read.matching("SIAGA_TWILIO_WHATSAPP_FROM", "", number, "a number as +6221...") or None,
        api=_api(read, "SIAGA_TWILIO_API", "https://api.twilio.com"),
    )


def _facebook(read: Reader) -> FacebookSettings | None:
    token = read.secret("SIAGA_FACEBOOK_PAGE_TOKEN")
    if token is None:
        return None
    return FacebookSettings(page_token=token, api=_api(read, "SIAGA_FACEBOOK_API", "https://graph.facebook.com"))


def _x(read: Reader) -> XSettings | None:
    key = read.text("SIAGA_X_CONSUMER_KEY", "")
    if not key:
        return None
    return XSettings(
        consumer_key=key,
        consumer_secret=_secret(read, "SIAGA_X_CONSUMER_SECRET"),
        access_token=_secret(read, "SIAGA_X_ACCESS_TOKEN"),
        access_secret=_secret(read, "SIAGA_X_ACCESS_SECRET"),
        api=_api(read, "SIAGA_X_API", "https://api.x.com"),
    )


def _api(read: Reader, name: str, default: str) -> str:
    return read.matching(name, default, _HTTP, "https://host, without a path")


def _needed(read: Reader, name: str) -> str:
    return read.matching(name, "", re.compile(r"^.+$"), "text")


def _secret(read: Reader, name: str) -> str:
    secret = read.secret(name)
    if not secret:
        read.wrong(name, "nothing", "the secret, or its file in " + name + "_FILE")
    return secret or ""
