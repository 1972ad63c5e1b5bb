"""Names of what runs a model; known to settings too, which must be read where no engine is installed."""

from __future__ import annotations

from typing import Literal, TypeAlias

Engine: TypeAlias = Literal["onnxruntime", "openvino"]
# `gpu` and `npu` are devices of OpenVINO, `cuda` and `tensorrt` of ONNX Runtime.
Device: TypeAlias = Literal["cpu", "gpu", "npu", "cuda", "tensorrt"]
