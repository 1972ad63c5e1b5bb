"""Opens checked weights in ONNX Runtime, or in another engine that runs the same bytes."""

from __future__ import annotations

import os
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

# Unless this is set before it is loaded, ONNX Runtime stores what it does and reports it to its maker over the network.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from siaga_core.vision.devices import Device, Engine
from siaga_core.vision.errors import LookError, ModelError
from siaga_core.vision.manifest import LoadedModel

# The wanted one first; operators that it lacks run on those behind it.
_PROVIDERS: Final[dict[Device, tuple[str, ...]]] = {
    "cpu": ("CPUExecutionProvider",),
    "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider"),
    "tensorrt": ("TensorrtExecutionProvider", "CUDAExecutionProvider", "CPUExecutionProvider"),
}

# onnxruntime's errors share no ancestor of their own.
_NOT_A_MODEL = (
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NotImplemented,
)
_FAILED_RUNS = (ort_errors.Fail, ort_errors.InvalidArgument, ort_errors.RuntimeException)


class Runner(Protocol):
    """One opened model with one input and one output."""

    @property
    def output_rows(self) -> int | None:
        """The second side of the output where it is fixed."""

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the model and return its first output."""


class OnnxRunner:
    """Runs checked ONNX bytes, by default on the processor."""

    def __init__(self, model: LoadedModel, *, threads: int = 1, device: Device = "cpu") -> None:
        self._session = open_session(model, threads=threads, device=device)
        self._input = self._session.get_inputs()[0].name

    @property
    def output_rows(self) -> int | None:
        """The second side of the output where it is fixed."""
        rows = self._session.get_outputs()[0].shape[1]
        return rows if isinstance(rows, int) else None

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output; `LookError` where ONNX Runtime fails, which must never read as "nothing there"."""
        try:
            (output,) = self._session.run(None, {self._input: batch})
        except _FAILED_RUNS as error:
            raise LookError(f"ONNX Runtime failed on an input of shape {batch.shape}: {error}") from None
        return np.asarray(output, np.float32)


def open_runner(model: LoadedModel, *, threads: int, engine: Engine, device: Device = "cpu") -> Runner:
    """The model in the wanted engine, on the wanted device; raises `ModelError`, also where that is not there."""
    if engine == "onnxruntime" and model.row.runtime == "openvino":
        raise ModelError(f"{model.row.file}: got backend onnxruntime for {model.name}, expected backend openvino")
    if engine == "openvino":
        # Only here, because it is an extra that most nodes lack.
        from siaga_core.vision.openvino_models import OpenVinoRunner

        return OpenVinoRunner(model, threads=threads, device=device)
    return OnnxRunner(model, threads=threads, device=device)


def open_session(model: LoadedModel, *, threads: int, device: Device = "cpu") -> Any:
    """A session on the very bytes whose hash was checked; raises `ModelError` if they are no model."""
    providers = _providers(device)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # One request at a time at steady sizes: the arena would only hold on to the largest one ever seen.
    options.enable_cpu_mem_arena = False
    try:
        session = onnxruntime.InferenceSession(model.weights, options, providers=list(providers))
    except _NOT_A_MODEL as error:
        raise ModelError(f"{model.row.file}: expected an ONNX model for {model.name}: {error}") from None
    # Where the libraries of a device are missing, ONNX Runtime takes the next provider and only warns.
    if session.get_providers()[0] != providers[0]:
        raise ModelError(f"device {device} cannot be used: ONNX Runtime took {session.get_providers()[0]}")
    return session


def _providers(device: Device) -> tuple[str, ...]:
    wanted, there = _PROVIDERS.get(device), onnxruntime.get_available_providers()
    if wanted is None:
        raise ModelError(f"device {device} is one of backend openvino, and the backend is onnxruntime")
    if wanted[0] not in there:
        raise ModelError(f"device {device} is not there: this ONNX Runtime has {', '.join(there)}")
    return wanted
