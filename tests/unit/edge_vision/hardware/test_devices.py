"""What runs the models: the device of the settings where it answers rightly, else the processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import onnxruntime
import pytest

from siaga_core.vision.devices import Device
from siaga_core.vision.errors import ModelError
from siaga_core.vision.manifest import read_manifest
from siaga_core.vision.session import open_session
from siaga_edge.fleet.model_registry import ModelRegistry
from siaga_edge.settings import ConfigError, ModelsSettings, load_node
from siaga_edge.settings.hardware import RuntimeSettings

NODE = """
[node]
name = "node-a"
data_dir = "data"
[broker]
host = "broker"
"""
WITHOUT_CUDA = pytest.mark.skipif(
    "CUDAExecutionProvider" in onnxruntime.get_available_providers(), reason="this machine's ONNX Runtime has CUDA"
)


def _settings(folder: Path, text: str) -> Any:
    (folder / "node.toml").write_text(NODE + text, encoding="utf-8")
    return load_node(folder / "node.toml")


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("", ("cpu",)),
        ('[runtime]\ndevice = "cuda"', ("cuda", "cpu")),
        ('[runtime]\ndevice = "cuda"\nfallback = false', ("cuda",)),
        ('[runtime]\ndevice = "auto"', ("cuda", "cpu")),
        ('[models]\nbackend = "openvino"\n[runtime]\ndevice = "auto"\nfallback = false', ("gpu", "npu", "cpu")),
        ('[models]\nbackend = "openvino"\n[runtime]\ndevice = "npu"', ("npu", "cpu")),
    ],
)
def test_settings_name_the_devices_to_try(tmp_path: Path, text: str, candidates: tuple[Device, ...]) -> None:
    settings = _settings(tmp_path, text)
    assert settings.runtime.candidates(settings.models.engine) == candidates


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[runtime]\ndevice = "gpu"', 'got "gpu" with backend onnxruntime, expected it only with backend openvino'),
        (
            '[models]\nbackend = "openvino"\n[runtime]\ndevice = "cuda"',
            'got "cuda" with backend openvino, expected it only with backend onnxruntime',
        ),
        ('[runtime]\ndevice = "tpu"', "runtime.device"),
    ],
)
def test_a_device_of_another_backend_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refused:
        _settings(tmp_path, text)
    assert complaint in str(refused.value)


@WITHOUT_CUDA
def test_a_device_that_is_not_there_is_named_with_what_is() -> None:
    model = read_manifest().load("detector_416", "detect")
    with pytest.raises(ModelError, match=r"device cuda is not there: this ONNX Runtime has .*CPUExecutionProvider"):
        open_session(model, threads=1, device="cuda")
    with pytest.raises(ModelError, match="device npu is one of backend openvino"):
        open_session(model, threads=1, device="npu")


@WITHOUT_CUDA
def test_the_processor_runs_the_models_where_the_device_is_not_there() -> None:
    registry = ModelRegistry(None, runtime=RuntimeSettings(device="cuda"))
    opened = registry.open(ModelsSettings(), {})
    assert opened.device == "cpu"
    (why,) = opened.refused
    assert why.startswith("device cuda is not there")


@WITHOUT_CUDA
def test_without_fallback_the_models_are_refused() -> None:
    registry = ModelRegistry(None, runtime=RuntimeSettings(device="cuda", fallback=False))
    with pytest.raises(ModelError, match="device cuda is not there"):
        registry.open(ModelsSettings(), {})


def test_a_session_on_another_device_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    # As where ONNX Runtime has CUDA and the machine lacks its libraries.
    monkeypatch.setattr(
        "siaga_core.vision.session.onnxruntime.get_available_providers",
        lambda: ["CUDAExecutionProvider", "CPUExecutionProvider"],
    )
    real = onnxruntime.InferenceSession

    def session(weights: bytes, options: Any, providers: list[str]) -> Any:
        return real(weights, options, providers=providers[-1:])

    monkeypatch.setattr("siaga_core.vision.session.onnxruntime.InferenceSession", session)
    with pytest.raises(ModelError, match="device cuda cannot be used: ONNX Runtime took CPUExecutionProvider"):
        open_session(read_manifest().load("detector_416", "detect"), threads=1, device="cuda")


def test_a_device_that_answers_wrongly_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("siaga_core.vision.session._providers", lambda _: ("CPUExecutionProvider",))
    requested: list[object] = []

    def check(models: object) -> None:
        requested.append(models)
        if len(requested) == 1:
            raise ModelError("the detector fails on the reference image")

    monkeypatch.setattr("siaga_edge.fleet.model_registry.check_vision_models", check)
    opened = ModelRegistry(None, runtime=RuntimeSettings(device="cuda")).open(ModelsSettings(), {})
    assert (opened.device, opened.refused) == ("cpu", ("the detector fails on the reference image",))
