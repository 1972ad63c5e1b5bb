"""The parts of NODE.toml that are about the node's hardware: what runs the models, and what decodes video."""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from siaga_core.vision.devices import Device, Engine
from siaga_edge.settings.kinds import Section

Decoder: TypeAlias = Literal["vaapi", "qsv", "cuda", "v4l2m2m"]
# TensorRT prepares a model for minutes, so it is only used where it is named.
_PROBED: dict[Engine, tuple[Device, ...]] = {"onnxruntime": ("cuda", "cpu"), "openvino": ("gpu", "npu", "cpu")}


class RuntimeSettings(Section):
    """Which device runs the models, and whether the processor takes its place."""

    device: Literal["auto", "cpu", "gpu", "npu", "cuda", "tensorrt"] = Field(
        default="cpu",
        description='"cpu", "auto", "gpu" or "npu" (with backend openvino), "cuda" or "tensorrt" (with onnxruntime)',
    )
    fallback: bool = Field(
        default=True, description="true, or false for a node that must not start where the device cannot run the models"
    )

    def candidates(self, engine: Engine) -> tuple[Device, ...]:
        """Return the devices to try, the best first."""
        if self.device == "auto":
            return _PROBED[engine]
        return (self.device, "cpu") if self.fallback and self.device != "cpu" else (self.device,)


class DecodeSettings(Section):
    """What decodes the streams of cameras; the processor does where the hardware cannot."""

    hardware: Literal["none", "auto", "vaapi", "qsv", "cuda", "v4l2m2m"] = Field(
        default="none", description='"none", "auto", "vaapi", "qsv", "cuda" or "v4l2m2m"'
    )
    device: str | None = Field(
        default=None,
        min_length=1,
        max_length=256,
        description="a path such as /dev/dri/renderD128, or the number of a CUDA device, in quotes",
    )

    @property
    def candidates(self) -> tuple[Decoder, ...]:
        """Return the kinds of hardware to try, the best first."""
        if self.hardware == "auto":
            return ("vaapi", "qsv", "cuda", "v4l2m2m")
        return () if self.hardware == "none" else (self.hardware,)
