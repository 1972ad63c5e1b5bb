"""Examples of what the cloud sends to a node: configuration, commands and frames of a live view."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.contract.grey_image import JPEG

from siaga_core.wire.fleet import CommandMessage, SwitchModel, WantedConfig, sha256_of
from siaga_core.wire.gauge_commands import SetGauge
from siaga_core.wire.looks import RecheckCamera
from siaga_core.wire.messages import Box, Hazard
from siaga_core.wire.views import FrameHeader, FrameMessage, ShowCamera

NODE = "pintu-manggarai"
OUTBOX = UUID("5f0c1c0e-8a44-4d8e-9d0e-3f1f8a6f2b11")
MEASURED_AT = datetime(2026, 1, 15, 8, 30, tzinfo=UTC)
SENT_AT = datetime(2026, 1, 15, 8, 30, 1, 250_000, tzinfo=UTC)

WANTED_BODY = "[health]\nevery_seconds = 30\n"
WANTED = WantedConfig(
    node=NODE,
    version=3,
    sha256=sha256_of(WANTED_BODY.encode()),
    body=WANTED_BODY,
    # By the key whose 32 secret bytes are 0, 1, 2, ... 31
    signature="+kpMy1CaS7MkGNsUkqsuVwhxf9sz28WBkSCAu2PqCH2v3xm/+fb7HhBm0f0Z98kAaqT2Nvzn527DBgnL1gPiBg==",
)
COMMAND = CommandMessage(
    node=NODE,
    number=4,
    expires_at=MEASURED_AT + timedelta(hours=1),
    body=SwitchModel(role="detector", sha256="b" * 64).model_dump_json(),
    signature="fcq6/cnY7IV8UR6FRJH3o3CROGaR8J0LYhzLTnmt7l1cT4lAoDm4Yu+Nv/nwYi5+HOVn9mnBVgtziOBo6WrvDQ==",
)
COMMAND_GAUGE = CommandMessage(
    node=NODE,
    number=5,
    expires_at=MEASURED_AT + timedelta(hours=1),
    body=SetGauge(calm_report_seconds=600, change_cm=3).model_dump_json(),
    signature="AGQl1fqOXKwVECAVQcrwdvxJrIunnksULtsY512mac+U0xEPkpiQFo0CJmoP0RVAdNq2LprwGFEeEuHgXkGKDQ==",
)

LOOK = UUID("019bc0c6-9b40-7abc-8abc-0123456789ab")
RECHECK = RecheckCamera(
    look_id=LOOK,
    camera="cam-manggarai",
    zone="no-stopping-1",
    hazard=Hazard.ILLEGAL_PARKING,
    box=Box(x1=0.4, y1=0.4, x2=0.625, y2=0.6),
    deadline=MEASURED_AT + timedelta(minutes=2),
)
LOOK_COMMAND = CommandMessage(
    node=NODE,
    number=5,
    expires_at=RECHECK.deadline,
    body=RECHECK.model_dump_json(),
    signature="jX5o7I1wbuMJEIDLNqB1LmVPm7xd3rUa0J8ySOe5329aF5xqgRlxVliNMEFFPzPmiXU2jQttpwMQLjFeR3hTBg==",
)
VIEW = UUID("019bc0c6-9b40-7def-8abc-0123456789ab")
SHOW = ShowCamera(view_id=VIEW, camera="cam-manggarai", until=MEASURED_AT + timedelta(seconds=30), most_frames=60)
SHOW_COMMAND = CommandMessage(
    node=NODE,
    number=6,
    expires_at=SHOW.until,
    body=SHOW.model_dump_json(),
    signature="OaQxrje4hvtEGTgxjnQFGrXAbwHYt7EJpvHWCpe5anUY+5gasXd507Bp5UkePJXAw0LpIvP7HJVOxDA87qalDw==",
)
FRAME = FrameMessage(
    header=FrameHeader(
        node=NODE,
        view_id=VIEW,
        camera="cam-manggarai",
        number=3,
        taken_at=MEASURED_AT,
        width=8,
        height=8,
        redacted=True,
    ),
    jpeg=JPEG,
)
