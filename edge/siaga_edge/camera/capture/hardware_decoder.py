"""Finds the hardware that decodes streams, and decodes with it; what it cannot decode the processor does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import av
from av.codec.hwaccel import HWAccel, hwdevices_available

from siaga_edge.settings.hardware import Decoder, DecodeSettings

log = logging.getLogger(__name__)

# What FFmpeg and its binding raise for hardware that is not there, and for codecs that it does not know.
FAILURES = (av.error.FFmpegError, OSError, NotImplementedError, ValueError)

_TRIED = "h264"  # what nearly every camera sends
# Decoders of their own, such as h264_qsv; the others accelerate the usual decoder.
_OWN: frozenset[Decoder] = frozenset({"qsv", "v4l2m2m"})


@dataclass(frozen=True, slots=True)
class HardwareDecoder:
    """Hardware that was there when it was asked for; `device` is its path or number, None for the usual one."""

    kind: Decoder
    device: str | None = None

    def accelerator(self) -> HWAccel | None:
        """Return what a container is opened with; None for a decoder of its own.

        Raises one of `FAILURES` where the hardware is not there any more.
        """
        _probe(self.kind, self.device)
        return None if self.kind in _OWN else HWAccel(self.kind, self.device)

    def decoding(self, stream: Any, *, keyframes_only: bool) -> tuple[str, Callable[[Any], Iterable[Any]]]:
        """Return what decodes the stream, and the function that decodes a packet."""
        if self.kind not in _OWN or keyframes_only:
            return (self.kind if stream.codec_context.is_hwaccel else "cpu"), decode
        try:
            context: Any = av.CodecContext.create(f"{stream.codec_context.name}_{self.kind}", "r")
        except ValueError:  # a codec that this hardware has no decoder for
            return "cpu", decode
        context.extradata = stream.codec_context.extradata
        return self.kind, context.decode


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbedDecoder:
    """The first hardware of the settings that is there, if any, and why those before it are not used."""

    decoder: HardwareDecoder | None = None
    refused: tuple[str, ...] = ()


def decode(packet: Any) -> Iterable[Any]:
    """Return the frames of a packet, decoded as its stream is."""
    frames: Iterable[Any] = packet.decode()
    return frames


@cache
def probed(settings: DecodeSettings) -> ProbedDecoder:
    """What decodes by these settings; asked once, because hardware does not come while the agent runs."""
    refused: list[str] = []
    for kind in settings.candidates:
        try:
            _probe(kind, settings.device)
        except FAILURES as error:
            refused.append(f"{kind}: {error}")
            continue
        log.info("streams are decoded by %s", kind)
        return ProbedDecoder(decoder=HardwareDecoder(kind, settings.device), refused=tuple(refused))
    if refused and settings.hardware != "auto":
        log.warning("streams are decoded by the processor: %s", "; ".join(refused))
    return ProbedDecoder(refused=tuple(refused))


def _probe(kind: Decoder, device: str | None) -> None:
    """Raise one of `FAILURES` where the hardware is not there."""
    if kind == "v4l2m2m":
        decoder: Any = av.CodecContext.create(f"{_TRIED}_{kind}", "r")
        decoder.open()
    elif kind not in hwdevices_available():
        raise ValueError(f"this FFmpeg has {', '.join(hwdevices_available())}")
    else:
        HWAccel(kind, device).create(av.Codec(f"{_TRIED}_{kind}" if kind in _OWN else _TRIED, "r"))
