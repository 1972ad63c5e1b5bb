"""Chooses, from the settings, the channel by which each reporter is answered and the source from which photos are
fetched.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Final

from siaga_cloud.alerts.channels.sms import HttpSmsChannel
from siaga_cloud.channels.gateways.facebook import FacebookPage
from siaga_cloud.channels.gateways.photos import PhotoSource
from siaga_cloud.channels.gateways.sms import SmsAnswers
from siaga_cloud.channels.gateways.telegram import TelegramBot
from siaga_cloud.channels.gateways.twilio import TwilioChannel
from siaga_cloud.channels.gateways.x import XAccount
from siaga_cloud.platform.delivery.ports import Channel
from siaga_cloud.settings import ChannelSettings, Settings, TwilioSettings

SMS_CHANNELS: Final = ("smssync", "frontlinesms", "lapor", "twilio-sms")
# Twilio's media redirect to where it keeps them; Facebook's lie on its own network.
_TWILIO_HOSTS: Final = ("api.twilio.com", "mms.twiliocdn.com", "media.twiliocdn.com", "s3-external-1.amazonaws.com")
_FACEBOOK_HOSTS: Final = ("*.fbcdn.net", "*.fbsbx.com")
_X_HOSTS: Final = ("pbs.twimg.com", "ton.twitter.com", "ton.x.com")


def answer_channels(settings: Settings) -> dict[str, Channel]:
    """By the channel that a message came by; e-mail is the notifications' own. SMS goes by the city's gateway, or
    Twilio.
    """
    own, found = settings.channels, dict[str, Channel]()
    if settings.sms is not None:
        answers = SmsAnswers(HttpSmsChannel(settings.sms))
        found.update(dict.fromkeys(SMS_CHANNELS, answers))
    if own.telegram is not None:
        found["telegram"] = TelegramBot(own.telegram)
    if own.twilio is not None:
        found.update(_twilio(own.twilio))
    if own.facebook is not None:
        found["facebook"] = FacebookPage(own.facebook)
    if own.x is not None:
        found["x"] = XAccount(own.x)
    return found


def photo_sources(own: ChannelSettings) -> dict[str, PhotoSource]:
    """Return where photos of each channel may lie; nothing is fetched for a channel that is not set up."""
    found: dict[str, PhotoSource] = {"facebook": PhotoSource(hosts=_FACEBOOK_HOSTS)}
    if own.telegram is not None:
        found["telegram"] = PhotoSource(hosts=(_host(own.telegram.api),), locate=TelegramBot(own.telegram).file_url)
    if own.twilio is not None:
        source = PhotoSource(hosts=(*_TWILIO_HOSTS, _host(own.twilio.api)), headers=_basic(own.twilio))
        found |= {"twilio-sms": source, "whatsapp": source}
    if own.x is not None:
        account = XAccount(own.x)
        found["x"] = PhotoSource(hosts=_X_HOSTS, headers=lambda _method, url: account.signed_if_private(url))
    return found


def _twilio(own: TwilioSettings) -> Mapping[str, Channel]:
    found: dict[str, Channel] = {}
    if own.sms_from is not None:
        found["twilio-sms"] = TwilioChannel(own, sender=own.sms_from)
    if own.whatsapp_from is not None:
        found["whatsapp"] = TwilioChannel(own, sender=own.whatsapp_from, prefix="whatsapp:")
    return found


def _basic(own: TwilioSettings) -> Callable[[str, str], Mapping[str, str]]:
    # Only to Twilio itself: an address that a message named could be anybody's.
    header = _authorization(own.account, own.token)
    return lambda _method, url: {"Authorization": header} if url.startswith(f"{own.api}/") else {}


def _authorization(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _host(api: str) -> str:
    """Return a name where it is https, else the whole origin, as PhotoSource wants it."""
    return api.removeprefix("https://")
