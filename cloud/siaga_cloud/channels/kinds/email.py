"""E-mail to the mailbox of complaints, which the cloud fetches; the notifications' own port answers it."""

from __future__ import annotations

from functools import partial
from typing import Final

from siaga_cloud.channels.fetching.mail import MailFetcher
from siaga_cloud.channels.gateways.mailbox import MailboxSettings
from siaga_cloud.channels.kinds.channel import CitizenChannel, PollContext, PollUntil
from siaga_cloud.channels.sources import mail
from siaga_cloud.settings import Settings, SettingsGroup
from siaga_core.hazards import Names


class EmailSettings(SettingsGroup):
    """The mailbox that the cloud reads, None where there is none."""

    mailbox: MailboxSettings | None = None


def own_addresses(settings: Settings) -> frozenset[str]:
    """Return the addresses whose mails are ours: the sender of notifications and the mailbox itself."""
    mailbox = settings.channels.of(EmailSettings).mailbox
    found = [settings.smtp.sender if settings.smtp else "", mailbox.username if mailbox else ""]
    return frozenset(one.lower() for one in found if "@" in one)


def _polling(context: PollContext) -> PollUntil | None:
    mailbox = context.settings.channels.of(EmailSettings).mailbox
    if mailbox is None:
        return None
    own = own_addresses(context.settings)
    fetcher = MailFetcher(settings=mailbox, database=context.database, own=own, make_context=context.make_context)
    return partial(fetcher.poll_until, context.stop)


CHANNEL: Final = CitizenChannel(
    id=mail.CHANNEL,
    name=Names(indonesian="E-mail", english="E-mail"),
    settings=EmailSettings,
    # The mailbox is set up where the fetching process runs; this server learns of it by the first poll.
    is_set_up=lambda _settings: False,
    polling=_polling,
)
