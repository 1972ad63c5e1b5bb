"""What decodes streams: the hardware of the settings where it is there, else the processor, without losing a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.codec.hwaccel import HWAccel

from siaga_edge.camera.capture import hardware_decoder
from siaga_edge.camera.capture.av_stream import AvStream
from siaga_edge.camera.capture.first_frame import first_frame
from siaga_edge.camera.capture.hardware_decoder import HardwareDecoder, probed
from siaga_edge.settings import CameraSettings, PlaceSettings
from siaga_edge.settings.hardware import Decoder, DecodeSettings

EVERY: tuple[Decoder, ...] = ("vaapi", "qsv", "cuda", "v4l2m2m")
FRAMES = 6


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    chance, path = np.random.default_rng(2), tmp_path / "street.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5, width=320, height=192)
        stream.pix_fmt = "yuv420p"
        for _ in range(FRAMES):
            image = chance.integers(0, 255, (192, 320, 3)).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        container.mux(stream.encode(None))
    return path


def _camera(clip: Path) -> CameraSettings:
    return CameraSettings(id="jalan", url=str(clip), place=PlaceSettings(lat=0, lon=0))


@pytest.mark.parametrize("kind", EVERY)
def test_each_kind_decodes_as_the_processor_does_or_states_why_not(kind: Decoder, clip: Path) -> None:
    found = probed(DecodeSettings(hardware=kind))
    if found.decoder is None:
        (why,) = found.refused
        assert why.startswith(f"{kind}: ")
        pytest.skip(f"not run here: {why}")
    plain = [frame.image() for frame in AvStream("jalan", str(clip)).frames()]
    stream = AvStream("jalan", str(clip), decoder=found.decoder)
    fast = [frame.image() for frame in stream.frames()]
    assert (stream.decoded_by, len(fast)) == (kind, len(plain))
    assert max(np.abs(a.astype(int) - b).mean() for a, b in zip(plain, fast, strict=True)) < 4


def test_hardware_that_is_not_there_leaves_the_processor(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    def none(kind: Decoder, device: str | None) -> None:
        raise OSError(f"no {device or kind}")

    monkeypatch.setattr(hardware_decoder, "_probe", none)
    settings = DecodeSettings(hardware="vaapi", device="/dev/dri/renderD199")
    found = probed(settings)
    assert (found.decoder, found.refused) == (None, ("vaapi: no /dev/dri/renderD199",))
    logged = first_frame(_camera(clip), settings)
    assert logged.endswith("decoded by the processor (vaapi: no /dev/dri/renderD199)")
    assert "decoded" not in first_frame(_camera(clip), DecodeSettings())


def test_auto_chooses_the_first_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    def only_cuda(kind: Decoder, _: str | None) -> None:
        if kind != "cuda":
            raise ValueError("none")

    monkeypatch.setattr(hardware_decoder, "_probe", only_cuda)
    found = probed(DecodeSettings(hardware="auto", device="7"))
    assert (found.decoder, found.refused) == (HardwareDecoder("cuda", "7"), ("vaapi: none", "qsv: none"))


def test_an_unknown_kind_is_never_used_as_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware_decoder, "hwdevices_available", lambda: ["drm"])
    with pytest.raises(ValueError, match="this FFmpeg has drm"):
        hardware_decoder._probe("vaapi", None)


class _Software(HardwareDecoder):
    """A decoder of its own beside the stream's, as V4L2 has one; `fails` before its first image."""

    fails = False

    def accelerator(self) -> HWAccel | None:
        return None

    def decoding(self, stream: Any, *, keyframes_only: bool) -> tuple[str, Any]:
        context: Any = av.CodecContext.create(stream.codec_context.name, "r")
        context.extradata = stream.codec_context.extradata

        def fail(packet: Any) -> Any:
            raise av.error.ExternalError(1, "the decoder is gone", "v4l2m2m")

        return self.kind, fail if self.fails else context.decode


class _Broken(_Software):
    fails = True


def test_frames_of_a_decoder_of_its_own_have_their_times(clip: Path) -> None:
    stream = AvStream("jalan", str(clip), decoder=_Software("v4l2m2m"))
    frames = list(stream.frames())
    assert [frame.stamp_seconds for frame in frames] == pytest.approx([number / 5 for number in range(FRAMES)])
    assert stream.decoded_by == "v4l2m2m"


def test_hardware_that_gives_no_image_is_left_for_the_processor(clip: Path) -> None:
    stream = AvStream("jalan", str(clip), decoder=_Broken("v4l2m2m"))
    with pytest.raises(av.error.ExternalError):
        list(stream.frames())
    assert len(list(stream.frames())) == FRAMES
    assert stream.decoded_by == "cpu"


def test_hardware_that_went_away_leaves_the_processor(monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    def gone(kind: Decoder, device: str | None) -> None:
        raise OSError("no such device")

    monkeypatch.setattr(hardware_decoder, "_probe", gone)
    stream = AvStream("jalan", str(clip), decoder=HardwareDecoder("vaapi"))
    assert len(list(stream.frames())) == FRAMES
    assert (stream.decoder, stream.decoded_by) == (None, "cpu")
