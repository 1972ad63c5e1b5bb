"""An RTSP/TCP server whose streams are live feeds; protocol and packing are the toolkit's."""

from __future__ import annotations

import asyncio
import logging
import urllib.parse
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

from aio_rtsp_toolkit.server import RtspServer
from aio_rtsp_toolkit.server_media import (
    H264CodecName,
    MediaSource,
    MediaTrackInfo,
    profile_level_id_from_sps,
    to_base64,
)
from aio_rtsp_toolkit.server_session import RtspServerSession
from aio_rtsp_toolkit.server_session_types import StreamTrackState

from siaga_sim.cameras.encoder import CLOCK_RATE, LENGTH_BYTES, AccessUnit
from siaga_sim.cameras.feed import CameraFeed
from siaga_sim.faults import Fault

log = logging.getLogger(__name__)

TRACK = "track1"
PAYLOAD_TYPE = 96
FIRST_TIMESTAMP_SECONDS = 1
LONGEST_PAINTING_SECONDS = 3.0
SERVER_NAME = "Siaga simulated cameras"
# Drawing leaves the event loop's thread; more threads than cores only make every image later.
DRAWING_THREADS = 2


class LiveSession(RtspServerSession):  # type: ignore[misc]  # the toolkit carries no types
    """One client. Only where the images come from differs from the toolkit's own session."""

    server: CameraServer

    async def _handle_describe(self, uri: str, req_headers: dict[str, str]) -> None:
        feed = self.server.feed_at(uri)
        await _painted(feed)
        self.feed = feed
        self.media_source = _media_source(feed)
        self.content_base = self.server.build_content_base(uri, req_headers)
        self.track_states = {track.control: StreamTrackState(track) for track in self.media_source.tracks}
        headers = {"Content-Base": self.content_base, "Content-Type": "application/sdp"}
        await self._send_response(req_headers, 200, "OK", headers, body=self.media_source.build_sdp().encode())

    async def _stream_media(self) -> None:
        state = self.track_states[TRACK]
        first: float | None = None
        try:
            with self.feed.watching() as watcher:
                async for unit in watcher.units():
                    first = unit.seconds if first is None else first
                    # ffmpeg takes a first timestamp of nought for "none yet" and leaves that image without a time.
                    await self._send_unit(state, unit, unit.seconds - first + FIRST_TIMESTAMP_SECONDS)
        except (ConnectionError, OSError):
            await self._close_transport()

    async def _send_unit(self, state: StreamTrackState, unit: AccessUnit, seconds: float) -> None:
        units = unit.nal_units()
        for number, nal_unit in enumerate(units, start=1):
            marker = int(number == len(units))
            for payload, is_last in self._packetize_video_nalu(nal_unit, marker=marker, codec_name=H264CodecName):
                await self._send_rtp_packet(state, payload, timestamp=round(seconds * CLOCK_RATE), marker=is_last)


class CameraServer(RtspServer):  # type: ignore[misc]  # the toolkit carries no types
    """Serves each feed at rtsp://HOST:PORT/CAMERA_ID over RTSP interleaved in TCP."""

    def __init__(self, feeds: Sequence[CameraFeed], *, host: str = "127.0.0.1", port: int = 0) -> None:
        super().__init__(directory=".", host=host, port=port, session_name=SERVER_NAME)
        # The toolkit's own logger writes to stdout, where our state line goes, and a line for each request.
        self.logger = logging.getLogger("siaga_sim.cameras.rtsp.toolkit")
        self.logger.setLevel(logging.ERROR)
        self._feeds = {feed.camera_id: feed for feed in feeds}
        self._sessions: set[LiveSession] = set()

    def feed_at(self, uri: str) -> CameraFeed:
        """The feed that a client asks for. Raises FileNotFoundError, which the session answers with 404."""
        camera_id = urllib.parse.urlsplit(uri).path.strip("/")
        feed = self._feeds.get(camera_id)
        if feed is None:
            log.warning("got a request for camera %r, expected one of %s", camera_id, ", ".join(self._feeds))
            raise FileNotFoundError(camera_id)
        if feed.fault is Fault.DOWN:
            raise FileNotFoundError(f"{camera_id} is down")
        return feed

    def url(self, camera_id: str) -> str:
        """Where a camera is served."""
        return f"rtsp://{self.host}:{self.port}/{camera_id}"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[CameraServer]:
        """Listen and draw for as long as the block lasts. Raises OSError on a taken port."""
        await self.start()
        self.port = self._server.sockets[0].getsockname()[1]
        with ThreadPoolExecutor(DRAWING_THREADS, thread_name_prefix="draw") as executor:
            tasks = [asyncio.create_task(feed.run(executor), name=feed.camera_id) for feed in self._feeds.values()]
            try:
                yield self
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                await self.hang_up()
                await self.close()

    async def set_fault(self, camera_id: str, fault: Fault) -> None:
        """Break a camera or mend it. Raises KeyError for a camera that is not there."""
        feed = self._feeds[camera_id]
        feed.fault = fault
        log.info("camera fault set", extra={"camera": camera_id, "fault": fault.value})
        if fault is Fault.DOWN:
            await self.hang_up(feed)

    async def hang_up(self, feed: CameraFeed | None = None) -> None:
        """Close the connections of a feed's clients, or of all clients."""
        for session in tuple(self._sessions):
            if feed is None or getattr(session, "feed", None) is feed:
                await session.close()

    async def _handle_client(self, sock: object) -> None:
        session = LiveSession(self, sock)
        self._sessions.add(session)
        try:
            await session.run()
        except (ConnectionError, OSError):
            log.debug("client disconnected", exc_info=True)
        finally:
            self._sessions.discard(session)


async def _painted(feed: CameraFeed) -> None:
    # A client let in before there is an image hangs until its own timeout; one that is refused soon tries again.
    try:
        await asyncio.wait_for(feed.painted.wait(), LONGEST_PAINTING_SECONDS)
    except TimeoutError as error:
        raise FileNotFoundError(f"{feed.camera_id} is not rendered yet") from error


def _media_source(feed: CameraFeed) -> MediaSource:
    sets = feed.encoder.parameter_sets
    track = MediaTrackInfo(
        media_type="video",
        control=TRACK,
        codec_name=H264CodecName,
        payload_type=PAYLOAD_TYPE,
        clock_rate=CLOCK_RATE,
        fmtp=(
            f"packetization-mode=1; profile-level-id={profile_level_id_from_sps(sets['sps'])}; "
            f"sprop-parameter-sets={to_base64(sets['sps'])},{to_base64(sets['pps'])}"
        ),
        nal_length_size=LENGTH_BYTES,
        parameter_sets=sets,
        source_kind="live",
    )
    return MediaSource(Path(feed.camera_id), [track], SERVER_NAME, stream_kind="live", stream_id=feed.camera_id)
