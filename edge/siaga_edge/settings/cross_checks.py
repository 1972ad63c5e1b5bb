"""Finds what only shows when several parts of a configuration are seen together, in the raw file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from siaga_edge.settings.errors import did_you_mean, got


def of_node(raw: Mapping[str, Any]) -> Iterator[str]:
    """Complaints about ids of NODE.toml that are given twice, cameras that read staffs, and devices of a backend."""
    yield from _device(raw)
    cameras = _tables(raw, "camera")
    yield from _twice(cameras, "camera")
    yield from _twice(_tables(raw, "gauge"), "gauge")
    yield from _staffs(_tables(raw, "gauge"), cameras)
    for index, camera in enumerate(cameras):
        yield from _twice(_tables(camera, "zone"), f"camera[{_called(camera, index)}].zone")


def of_site(raw: Mapping[str, Any]) -> Iterator[str]:
    """Complaints about zone ids of SITE.toml that are given twice."""
    camera = raw.get("camera")
    if isinstance(camera, dict):
        yield from _twice(_tables(camera, "zone"), "camera.zone")
    yield from _twice(_tables(raw, "gauge"), "gauge")
    yield from _staffs(_tables(raw, "gauge"), [camera] if isinstance(camera, dict) else [])


def of_labels(raw: Mapping[str, Any], manifest: Path, detector: str, water: str) -> Iterator[str]:
    """Complaints about models that the manifest lacks, and labels that the detector does not know."""
    try:
        rows = tomllib.loads(manifest.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        yield f"models.manifest: got {got(str(manifest))}, expected a readable manifest: {error}"
        return
    yield from _missing_model(rows, "detector", detector, "detect")
    yield from _missing_model(rows, "water", water, "segment_water")
    known = rows.get(detector, {}).get("classes", ())
    if known:
        yield from _unknown_labels(raw, set(known))


def _device(raw: Mapping[str, Any]) -> Iterator[str]:
    runtime, models = raw.get("runtime"), raw.get("models", {})
    if not isinstance(runtime, dict) or not isinstance(models, dict):
        return
    device, backend = runtime.get("device"), models.get("backend", "onnxruntime")
    if device in ("gpu", "npu") and backend != "openvino":
        yield f"runtime.device: got {got(device)} with backend {backend}, expected it only with backend openvino"
    if device in ("cuda", "tensorrt") and backend == "openvino":
        yield f"runtime.device: got {got(device)} with backend openvino, expected it only with backend onnxruntime"


def _staffs(gauges: list[dict[str, Any]], cameras: list[dict[str, Any]]) -> Iterator[str]:
    known = {camera["id"]: camera for camera in cameras if isinstance(camera.get("id"), str)}
    for index, gauge in enumerate(gauges):
        source = gauge.get("source")
        if not isinstance(source, dict) or source.get("kind") != "camera" or not isinstance(source.get("camera"), str):
            continue
        here, name = f"gauge[{_called(gauge, index)}].source.camera", source["camera"]
        if name not in known:
            yield f"{here}: got {got(name)}, expected the id of a camera of this file{did_you_mean(name, known)}"
        elif known[name].get("follow_view") is False:
            yield f"{here}: got {got(name)} with follow_view false, expected a camera that is not turned on purpose"


def _missing_model(rows: Mapping[str, Any], key: str, name: str, task: str) -> Iterator[str]:
    fitting = {row for row, facts in rows.items() if isinstance(facts, dict) and facts.get("task") == task}
    if name not in fitting and name.endswith("_int8"):
        yield (
            f"models.precision: got int8 and no {got(name)} in the manifest, "
            f"expected one, made by `models/export.py --int8`"
        )
    elif name not in fitting:
        yield f"models.{key}: got {got(name)}, expected a model of task {task}{did_you_mean(name, fitting)}"


def _unknown_labels(raw: Mapping[str, Any], known: set[str]) -> Iterator[str]:
    for index, camera in enumerate(_tables(raw, "camera")):
        here = f"camera[{_called(camera, index)}]"
        named = [(f"{here}.thresholds", label) for label in camera.get("thresholds", ())]
        for number, zone in enumerate(_tables(camera, "zone")):
            named += [(f"{here}.zone[{_called(zone, number)}].labels", label) for label in zone.get("labels", ())]
        for where, label in named:
            if label not in known:
                yield f"{where}: got {got(label)}, expected a label of the detector{did_you_mean(label, known)}"


def _twice(tables: list[dict[str, Any]], path: str) -> Iterator[str]:
    first_at: dict[str, int] = {}
    for index, table in enumerate(tables):
        name = table.get("id")
        if not isinstance(name, str):
            continue
        if name in first_at:
            conflict = f"{path} number {first_at[name] + 1} has it"
            yield f"{path}[{index}].id: got {got(name)}, expected an id of its own ({conflict})"
        else:
            first_at[name] = index


def _tables(raw: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    found = raw.get(key)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _called(table: Mapping[str, Any], index: int) -> object:
    name = table.get("id")
    return name if isinstance(name, str) and name else index
