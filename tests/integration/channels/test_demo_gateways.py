"""The demo's stand-ins of messaging services deliver as the real ones do: the webhooks of the city accept each."""

from __future__ import annotations

import pytest
from tests.support.http_api import CHANNEL_SECRETS, Api
from tests.support.stand_ins.text_gateways import reports

from siaga_sim.demo.gateways import TEXT_CHANNELS, deliver


@pytest.mark.parametrize("channel", TEXT_CHANNELS)
def test_a_text_of_the_storm_becomes_a_report_of_its_channel(api: Api, channel: str) -> None:
    number = 900 + TEXT_CHANNELS.index(channel)
    sent = deliver(
        api.url,
        CHANNEL_SECRETS,
        channel=channel,
        sender=811_222_000 + number,
        number=number,
        text="banjir selutut di kampung melayu",
        public_url="http://127.0.0.1",
    )
    assert sent.status_code == 200, sent.text
    assert [one["category"] for one in reports(api, channel)] == ["flooding"]


def test_a_wrong_secret_is_refused(api: Api) -> None:
    wrong = {**CHANNEL_SECRETS, "SIAGA_TELEGRAM_SECRET": "somebody else's secret"}
    sent = deliver(api.url, wrong, channel="telegram", sender=1, number=1, text="banjir di kampung melayu")
    assert sent.status_code == 403
