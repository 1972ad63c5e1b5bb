"""The same models on OpenVINO, which is faster on Intel nodes; loaded only where settings ask for it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from siaga_core.vision.devices import Device
from siaga_core.vision.errors import LookError, ModelError
from siaga_core.vision.manifest import LoadedModel


class OpenVinoRunner:
    """Runs checked bytes, ONNX or OpenVINO's own two files; one caller at a time."""

    def __init__(self, model: LoadedModel, *, threads: int = 1, device: Device = "cpu") -> None:
        try:
            import openvino
        except ImportError:
            raise ModelError("backend openvino is not installed; run pip install 'siaga[openvino]'") from None
        core, wanted = openvino.Core(), device.upper()
        there = [str(name) for name in core.available_devices]
        if not any(name.partition(".")[0] == wanted for name in there):
            raise ModelError(f"device {device} is not there: OpenVINO has {', '.join(there)}")
        try:
            own = model.row.runtime == "openvino"
            read = core.read_model(model.weights, model.second) if own else core.read_model(model.weights)
            self._compiled: Any = core.compile_model(read, wanted, _settings(device, threads))
        except RuntimeError as error:
            raise ModelError(f"{model.row.file}: expected a model of {model.name} for OpenVINO: {error}") from None
        self._request: Any = self._compiled.create_infer_request()

    @property
    def output_rows(self) -> int | None:
        """The second side of the output where it is fixed."""
        rows = self._compiled.output(0).get_partial_shape()[1]
        return int(rows.get_length()) if rows.is_static else None

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """The first output; `LookError` for a size that the model was not made for."""
        try:
            self._request.infer([batch])
        except RuntimeError as error:
            raise LookError(f"OpenVINO rejected an input of shape {batch.shape}: {error}") from None
        # A copy, because the request's own memory is written over by the next look.
        return np.array(self._request.get_output_tensor(0).data, np.float32)


def _settings(device: Device, threads: int) -> dict[str, Any]:
    # Sums in the precision of the training; layers that were made for eight bits stay in eight bits. An NPU knows
    # half precision alone.
    full = {} if device == "npu" else {"INFERENCE_PRECISION_HINT": "f32"}
    own = {"INFERENCE_NUM_THREADS": threads} if device == "cpu" else {}
    return {"PERFORMANCE_HINT": "LATENCY", **full, **own}
