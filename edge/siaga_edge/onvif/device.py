"""Reads what an ONVIF device offers, with the library onvif-zeep-async, and says plainly why it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar

import aiohttp
import zeep.exceptions
from onvif import ONVIFCamera, ONVIFService
from onvif.exceptions import ONVIFError
from onvif.transport import ASYNC_TRANSPORT

from siaga_edge.onvif.roles import CameraProfile, with_roles
from siaga_edge.onvif.types import DeviceAddress, DeviceError, OnvifDevice

MAX_PROFILES = 32
# The library closes this session when the interpreter ends, which is too late to succeed; it never connects.
ASYNC_TRANSPORT.session.adapters.clear()
_REJECTED = ("notauthorized", "not authorized", "unauthorized", "401", "authority failure")
_Answer = TypeVar("_Answer")


async def read_device(address: DeviceAddress) -> OnvifDevice:
    """Read a device; raises `DeviceError`."""
    host = f"https://{address.host}" if address.is_https else address.host
    # The time of the request is part of the password's digest, and cameras seldom have the right time.
    camera = ONVIFCamera(host, address.port, address.user or "", address.password or "", adjust_time=True)
    try:
        return await _Reader(camera, address).device()
    finally:
        await camera.close()


class _Reader:
    """One device, asked one question after another."""

    def __init__(self, camera: ONVIFCamera, address: DeviceAddress) -> None:
        self._camera, self._address = camera, address

    async def device(self) -> OnvifDevice:
        await self._answer("GetServices", self._camera.update_xaddrs())
        management = await self._camera.create_devicemgmt_service()
        about = await self._answer("GetDeviceInformation", management.GetDeviceInformation())
        try:
            media = await self._camera.create_media_service()
        except ONVIFError:
            raise DeviceError("the device has no media service, so it is no camera") from None
        profiles = await self._answer("GetProfiles", media.GetProfiles())
        return OnvifDevice(
            host=self._address.host,
            port=self._address.port,
            maker=_plain(about.Manufacturer),
            model=_plain(about.Model),
            firmware=_plain(about.FirmwareVersion),
            profiles=tuple(with_roles([await self._profile(media, each) for each in profiles[:MAX_PROFILES]])),
        )

    async def _profile(self, media: ONVIFService, profile: Any) -> CameraProfile:
        setup = {"Stream": "RTP-Unicast", "Transport": {"Protocol": "RTSP"}}
        request = {"StreamSetup": setup, "ProfileToken": profile.token}
        stream = await self._answer("GetStreamUri", media.GetStreamUri(request))
        encoder, source = profile.VideoEncoderConfiguration, profile.VideoSourceConfiguration
        size, rate = getattr(encoder, "Resolution", None), getattr(encoder, "RateControl", None)
        return CameraProfile(
            token=_plain(profile.token),
            name=_plain(profile.Name),
            sensor=_plain(getattr(source, "SourceToken", "")),
            encoding=_plain(getattr(encoder, "Encoding", "")),
            width=getattr(size, "Width", None),
            height=getattr(size, "Height", None),
            fps=getattr(rate, "FrameRateLimit", None),
            stream_url=_plain(stream.Uri, 500),
            snapshot_url=await self._snapshot(media, profile),
        )

    async def _snapshot(self, media: ONVIFService, profile: Any) -> str | None:
        """Profile S makes snapshots optional, so that a device without them is no error."""
        try:
            found = await self._answer("GetSnapshotUri", media.GetSnapshotUri({"ProfileToken": profile.token}))
        except DeviceError:
            return None
        return _plain(found.Uri, 500) or None

    async def _answer(self, request: str, answer: Awaitable[_Answer]) -> _Answer:
        seconds = self._address.answer_seconds
        try:
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise DeviceError(f"no answer to {request} within {seconds:g} s") from None
        except (ONVIFError, zeep.exceptions.Error, aiohttp.ClientError, OSError, AttributeError) as error:
            raise DeviceError(self._reason(request, error)) from None

    def _reason(self, request: str, error: Exception) -> str:
        text = f"{type(error).__name__}: {error}".lower()
        if any(
            word in text for word in ("notauthorized", "not authorized", "unauthorized", "401", "authority failure")
        ):
            if self._address.user is None:
                return "the device requires a user and a password (--user, --password-file)"
            return f"the device rejects the user {self._address.user} or the password"
        if "cannot connect to host" in text:
            return "no connection; check host and port, and that ONVIF is enabled in the camera"
        if isinstance(error, zeep.exceptions.XMLSyntaxError | zeep.exceptions.TransportError | AttributeError):
            return f"the answer to {request} is not one of ONVIF; check host and port"
        return f"{request} failed: {error}"


def _plain(value: object, most: int = 100) -> str:
    """Text of a device on one line, without characters that control a terminal."""
    return "".join(each for each in str(value or "") if each.isprintable())[:most].strip()
