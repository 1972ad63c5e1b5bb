"""Opens checked weights in ONNX Runtime."""

from __future__ import annotations

from typing import Any

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from siaga_edge.vision.errors import ModelError
from siaga_edge.vision.manifest import LoadedModel

# onnxruntime's errors share no ancestor of their own.
_NOT_A_MODEL = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)


def open_session(model: LoadedModel, *, threads: int) -> Any:
    """A CPU session on the very bytes whose hash was checked; raises `ModelError` if they are no model."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # One request at a time at steady sizes: the arena would only hold on to the largest one ever seen.
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(model.weights, options, providers=["CPUExecutionProvider"])
    except _NOT_A_MODEL as error:
        raise ModelError(f"{model.row.file}: expected an ONNX model for {model.name}: {error}") from None
