"""Bots that report floods which are not there, and forged deliveries of messengers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import httpx

from siaga_core.rules.geometry import LatLon
from siaga_sim.actors.photos import jpeg, scene
from siaga_sim.actors.requests import Tally, client, send_report
from siaga_sim.siege.plan import Citizen, FloodLie, LiePost, Plan
from siaga_sim.siege.requests import citizen_client

BOT_PHOTOS = 12
TEXTS = (
    "Banjir setinggi pinggang, tolong!",
    "banjir parah di sini, mobil mogok",
    "Air masuk rumah, sudah sebetis dan naik terus",
    "BANJIR!! semua jalan tergenang",
    "banjir bandang, warga mengungsi",
)
MESSENGER_ADDRESS = "127.99.0.7"


@dataclass(slots=True, kw_only=True)
class Bots:
    """Posts every lie of the plan at its moment. `tally` counts posts and answers."""

    plan: Plan
    url: str
    tally: Tally
    stop: threading.Event
    _photos: Sequence[bytes] = ()
    _seen: dict[int, str] = field(default_factory=dict)

    def prepare(self) -> None:
        """Make the photos that bots share."""
        self._photos = [jpeg(scene(self.plan.seed * 1000 + 900 + number)) for number in range(BOT_PHOTOS)]

    def post_lie(self, number: int, lie: FloodLie, began: float) -> None:
        """All posts of one lie, in their rhythm."""
        chance = random.Random(self.plan.seed * 7919 + number)
        for post in lie.posts:
            due = began + lie.at_seconds + post.after_seconds
            if self.stop.wait(max(0.0, due - time.monotonic())):
                return
            self._post(number, lie, post, chance)

    def _post(self, number: int, lie: FloodLie, post: LiePost, chance: random.Random) -> None:
        self.tally.add("posts")
        try:
            with citizen_client(self.url, post.bot, forwarded_for=post.forwarded_for) as http:
                response = self._me_too(http, number, lie, post.bot) if post.is_me_too else None
                if response is None:
                    response = send_report(
                        http,
                        category="flooding",
                        text=chance.choice(TEXTS),
                        lat=lie.spot.lat + chance.uniform(-0.0003, 0.0003),
                        lon=lie.spot.lon + chance.uniform(-0.0003, 0.0003),
                        reporter=post.bot.name,
                        photo=chance.choice(self._photos) if post.has_photo else None,
                    )
            self.tally.add(f"bot posts answered {response.status_code}")
        except httpx.HTTPError as error:
            self.tally.add(f"bot posts failed: {type(error).__name__}")

    def _me_too(self, http: httpx.Client, number: int, lie: FloodLie, bot: Citizen) -> httpx.Response | None:
        if number not in self._seen:
            place = {"category": "flooding", "lat": str(lie.spot.lat), "lon": str(lie.spot.lon)}
            found = http.get("/api/v1/duplicate-candidates", params=place)
            known = found.json() if found.is_success else []
            if not known:
                return None
            self._seen[number] = known[0]["incident_id"]
        body = {"text": "iya, saya juga lihat", "reporter": bot.name}
        return http.post(f"/api/v1/incidents/{self._seen[number]}/me-too", json=body)


@dataclass(slots=True, kw_only=True)
class ForgedMessages:
    """Deliveries that no messenger made: X by its own challenge, SMS and Telegram by guessed secrets."""

    plan: Plan
    url: str
    tally: Tally
    stop: threading.Event

    def run(self, began: float) -> None:
        """Send every forged delivery at its moment."""
        chance = random.Random(self.plan.seed * 104_729)
        with client(self.url, MESSENGER_ADDRESS) as http:
            for number, (at, spot) in enumerate(self.plan.forged_messages):
                if self.stop.wait(max(0.0, began + at - time.monotonic())):
                    return
                for _ in range(2):  # a second sender makes a crowd of it
                    self._send(http, number, spot, chance)

    def _send(self, http: httpx.Client, number: int, spot: LatLon, chance: random.Random) -> None:
        self.tally.add("posts")
        self.tally.add("forged messages")
        send = (self._by_challenge, self._by_challenge, self._sms, self._telegram)[number % 4]
        try:
            response = send(http, spot, chance)
        except httpx.HTTPError as error:
            self.tally.add(f"forged messages failed: {type(error).__name__}")
            return
        accepted = response.is_success
        self.tally.add("forged messages accepted" if accepted else f"forged messages answered {response.status_code}")

    def _by_challenge(self, http: httpx.Client, spot: LatLon, chance: random.Random) -> httpx.Response:
        body = _x_message(spot, chance)
        signed = http.get(f"/api/v1/intake/x?crc_token={quote(body)}")
        if signed.is_success:
            signature = str(signed.json()["response_token"])
        else:  # the challenge signs no body, so the secret is guessed
            guess = hmac.new(b"consumer-secret-of-x", body.encode(), hashlib.sha256).digest()
            signature = "sha256=" + base64.b64encode(guess).decode()
        headers = {"x-twitter-webhooks-signature": signature, "Content-Type": "application/json"}
        return http.post("/api/v1/intake/x", content=body.encode(), headers=headers)

    def _sms(self, http: httpx.Client, spot: LatLon, chance: random.Random) -> httpx.Response:
        form = {
            "secret": chance.choice(("rahasia", "siaga", "smssync-secret-123")),
            "from": f"+62812{chance.randrange(10**7):07d}",
            "message": f"banjir {spot.lat:.4f},{spot.lon:.4f}",
        }
        return http.post("/api/v1/intake/smssync", data=form)

    def _telegram(self, http: httpx.Client, spot: LatLon, chance: random.Random) -> httpx.Response:
        number = chance.randrange(10**8)
        update = {
            "update_id": number,
            "message": {
                "chat": {"id": number},
                "date": int(time.time()),
                "text": "banjir setinggi dada",
                "location": {"latitude": spot.lat, "longitude": spot.lon},
            },
        }
        headers = {"X-Telegram-Bot-Api-Secret-Token": "telegram-secret-guess"}
        return http.post("/api/v1/intake/telegram", json=update, headers=headers)


def _x_message(spot: LatLon, chance: random.Random) -> str:
    """A direct message, short enough for a challenge."""
    point = {"coordinates": [round(spot.lon, 4), round(spot.lat, 4)]}
    shared = {"location": {"shared_coordinate": {"coordinates": point}}}
    created = {
        "sender_id": str(chance.randrange(10**8)),
        "message_data": {"text": "banjir setinggi dada", "attachment": shared},
    }
    event = {"type": "message_create", "id": str(chance.randrange(10**12)), "message_create": created}
    return json.dumps({"for_user_id": "1", "direct_message_events": [event]}, separators=(",", ":"))
