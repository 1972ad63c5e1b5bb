"""Makes the loop that renews the certificate of the node."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from siaga_edge.fleet.renewal import CertificateRenewal, RenewalError
from siaga_edge.platform.loop import Loop
from siaga_edge.settings import NodeSettings

log = logging.getLogger(__name__)

REST_SECONDS = 1.0


def renewal_loops(settings: NodeSettings, *, clock: Callable[[], datetime]) -> list[Loop]:
    """Return the loop of the renewal; none without a certificate or an address to renew it at."""
    broker, fleet = settings.broker, settings.fleet
    if broker.cert_file is None or broker.key_file is None or fleet.url is None:
        return []
    renewal = CertificateRenewal(
        url=fleet.url, cert_file=broker.cert_file, key_file=broker.key_file, ca_file=fleet.url_ca_file, clock=clock
    )
    rest = threading.Event()

    def tick() -> None:
        try:
            renewal.tick()
        except RenewalError as error:
            log.warning("the certificate of the node was not renewed: %s", error)
        rest.wait(REST_SECONDS)

    return [Loop("certificate", tick, rest_seconds=REST_SECONDS)]
