"""Sends inbox messages to the browsers of staff; the address of a delivery is the id of the browser, never its
endpoint.
"""

from __future__ import annotations

from typing import Final
from uuid import UUID

from siaga_cloud.notifications.store import push as staff_push
from siaga_cloud.notifications.store.push import StaffPush
from siaga_cloud.platform.db.connection import Database
from siaga_cloud.platform.delivery.ports import Addressee, AlertChannel, AlertMessage, DeliveryError, Outgoing

NAME: Final = "staff_push"
_PAGES: Final = {"officer": "/officer/messages", "area_head": "/heads", "agency_head": "/heads"}
_TITLE: Final = {"id": "Siaga: tugas", "en": "Siaga: work"}


class StaffPushChannel:
    """Sends by web push and deletes a browser that no longer exists."""

    def __init__(self, alert_channel: AlertChannel, database: Database, *, public_url: str) -> None:
        self._alert_channel, self._database, self._public_url = alert_channel, database, public_url.rstrip("/")

    def send(self, address: str, message: Outgoing) -> None:
        """Returns once the push service has taken it; raises DeliveryError."""
        with self._database.transaction() as conn:
            held = staff_push.get(conn, UUID(address))
        if held is None:
            raise DeliveryError("this browser is told no more", is_final=True, is_gone=True)
        to = Addressee(address=held.endpoint, keys={"p256dh": held.p256dh, "auth": held.auth})
        try:
            with self._alert_channel.open() as sender:
                sender.send(to, self._alert_message(held, message))
        except DeliveryError as error:
            if error.is_gone:
                with self._database.transaction() as conn:
                    staff_push.drop(conn, held.id)
            raise

    def _alert_message(self, held: StaffPush, message: Outgoing) -> AlertMessage:
        text = message.text_en if held.language == "en" else message.text_id
        page = self._public_url + _PAGES.get(held.role, "/control")
        return AlertMessage(
            id=message.id,
            priority=message.priority,
            language=held.language,
            title=_TITLE[held.language],
            text=text,
            short=text,
            manage_url=page,
            unsubscribe_url=page,
            created_at=message.created_at,
        )
