"""Checks the addresses of messages with the configured channels."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass

from siaga_cloud.platform.delivery.email import is_address
from siaga_cloud.platform.delivery.ports import DeliveryError
from siaga_cloud.platform.delivery.webhook import allowed_place
from siaga_cloud.platform.errors import InvalidError

_PHONE = re.compile(r"^\+[1-9]\d{7,14}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailableChannels:
    """Lists the configured channels. `push_key` is the key with which browsers subscribe."""

    email: bool = False
    sms: bool = False
    webhook_origins: frozenset[str] | None = None
    push_hosts: tuple[str, ...] | None = None
    push_key: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Return what may be subscribed with."""
        held = {
            "email": self.email,
            "sms": self.sms,
            "webhook": self.webhook_origins is not None,
            "webpush": self.push_hosts is not None,
        }
        return tuple(name for name, is_there in held.items() if is_there)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAddress:
    """Holds the address at which somebody receives messages."""

    channel: str
    address: str
    keys: Mapping[str, str] | None = None


def check_address(address: DeliveryAddress, channels: AvailableChannels) -> DeliveryAddress:
    """Return the address as it is stored; raises InvalidError for an address or a channel that is not served."""
    if address.channel not in channels.names:
        names = ", ".join(channels.names) or "none"
        raise InvalidError(
            f"channel: {address.channel} is not set up in this city; expected one of: {names}",
            code="channel_not_configured",
        )
    check = {"email": _email, "sms": _phone, "webhook": _hook, "webpush": _browser}[address.channel]
    return check(address, channels)


def _email(address: DeliveryAddress, _: AvailableChannels) -> DeliveryAddress:
    mailbox = address.address.strip()
    if not is_address(mailbox):
        raise InvalidError("address: expected one address of e-mail, as nama@example.org", code="invalid_email")
    return DeliveryAddress(channel="email", address=mailbox)


def _phone(address: DeliveryAddress, _: AvailableChannels) -> DeliveryAddress:
    number = re.sub(r"[\s().-]", "", address.address)
    if number.startswith("08"):
        number = f"+62{number[1:]}"
    elif number.startswith("62"):
        number = f"+{number}"
    if not _PHONE.match(number):
        raise InvalidError("address: expected a mobile number, as +6281234567890 or 081234567890", code="invalid_phone")
    return DeliveryAddress(channel="sms", address=number)


def _hook(address: DeliveryAddress, channels: AvailableChannels) -> DeliveryAddress:
    try:
        allowed_place(address.address, channels.webhook_origins or frozenset())
    except DeliveryError as error:
        raise InvalidError(f"address: {error}", code="url_not_allowed") from None
    return DeliveryAddress(channel="webhook", address=address.address)


def _browser(address: DeliveryAddress, channels: AvailableChannels) -> DeliveryAddress:
    # Only here: the libraries of web push are heavy, and a city may do without.
    from siaga_cloud.platform.delivery.webpush import is_allowed

    if not is_allowed(address.address, channels.push_hosts or ()):
        raise InvalidError(
            "address: expected the endpoint of a push service in SIAGA_PUSH_HOSTS", code="push_host_unknown"
        )
    keys = address.keys or {}
    if _length(keys.get("p256dh")) != 65 or _length(keys.get("auth")) != 16:
        raise InvalidError(
            "keys: expected p256dh and auth of the browser's subscription, in base64url", code="invalid_push_keys"
        )
    return DeliveryAddress(
        channel="webpush", address=address.address, keys={"p256dh": keys["p256dh"], "auth": keys["auth"]}
    )


def _length(text: str | None) -> int:
    try:
        return len(base64.urlsafe_b64decode(f"{text or ''}=="))
    except (binascii.Error, ValueError):
        return 0
