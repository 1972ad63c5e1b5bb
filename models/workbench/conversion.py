"""From torch to files that boxes run: ONNX, and OpenVINO with eight-bit weights and activations."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bounding_boxes import ImageArray, letterbox
from .rewriting import rewritten

# These layers of YOLO's head turn scores and distances into boxes; eight bits there cost accuracy and save no time.
HEAD_IN_FLOAT = (
    ".*/model.23/.*Sigmoid.*",
    ".*/model.23/.*Softmax.*",
    ".*/model.23/dfl.*",
    ".*/model.23/(Add|Sub|Mul|Div|Concat).*",
)


def detector_to_onnx(
    weights: Path, target: Path, *, width: int, height: int, opset: int, dynamic: bool = False
) -> None:
    """An ultralytics .pt as ONNX at `target`; with `dynamic` any multiple of 32 serves."""
    os.environ.setdefault("YOLO_OFFLINE", "true")
    from ultralytics.models.yolo.model import YOLO

    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "detector.pt"
        shutil.copyfile(weights, copy)
        made = YOLO(str(copy)).export(
            format="onnx", imgsz=(height, width), opset=opset, simplify=True, dynamic=dynamic, batch=1, device="cpu"
        )
        shutil.copyfile(str(made), target)
    _forget_where(target)
    rewritten(target)


def _forget_where(target: Path) -> None:
    """Take the exporter's notes on dates and folders out of the file, so that the same weights give the same bytes."""
    import onnx

    graph = onnx.load(target)
    retained = [p for p in graph.metadata_props if p.key in ("names", "stride", "task", "license", "author")]
    del graph.metadata_props[:]
    graph.metadata_props.extend(retained)
    onnx.save(graph, target)


def water_to_onnx(weights: Path, target: Path, *, opset: int) -> None:
    """A water .pt as ONNX at `target`: any multiples of 32, big weights kept as half floats behind a cast."""
    import onnx
    import torch
    from onnx import TensorProto, helper, numpy_helper

    from .water_net import load_water

    net = load_water(weights).eval()
    axes = {"image": {0: "n", 2: "h", 3: "w"}, "prob": {0: "n", 2: "h", 3: "w"}}
    torch.onnx.export(
        net,
        (torch.zeros(1, 3, 288, 512),),
        str(target),
        opset_version=opset,
        input_names=["image"],
        output_names=["prob"],
        dynamic_axes=axes,
        dynamo=False,
    )
    graph = onnx.load(target)
    retained, casts = [], []
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.size >= 256:
            half = tensor.name + "_half"
            retained.append(numpy_helper.from_array(values.astype(np.float16), half))
            casts.append(
                helper.make_node("Cast", [half], [tensor.name], to=TensorProto.FLOAT, name="cast_" + tensor.name)
            )
        else:
            retained.append(tensor)
    nodes = list(graph.graph.node)
    del graph.graph.initializer[:], graph.graph.node[:]
    graph.graph.initializer.extend(retained)
    graph.graph.node.extend(casts + nodes)
    onnx.checker.check_model(graph)
    onnx.save(graph, target)


def tensors(images: Iterable[ImageArray], *, width: int, height: int, scale: float) -> list[NDArray[np.float32]]:
    """Pictures as inputs: letterboxed, RGB, multiplied by `scale`."""
    out = []
    for image in images:
        canvas, _ = letterbox(image, width=width, height=height)
        out.append(np.ascontiguousarray(canvas[:, :, ::-1].transpose(2, 0, 1)[None], np.float32) * np.float32(scale))
    return out


def to_openvino(
    onnx_file: Path, target: Path, *, shape: tuple[int, int] | None, calibration: list[NDArray[np.float32]] | None
) -> None:
    """OpenVINO at `target` (.xml with a .bin beside), in eight bits with calibration.

    `shape` fixes (height, width); None leaves them as the file has them.
    """
    import openvino as ov  # type: ignore[import-untyped,import-not-found,unused-ignore]

    model: Any = ov.convert_model(onnx_file)
    if shape is not None:
        model.reshape([1, 3, *shape])
    if calibration:
        import nncf  # type: ignore[import-untyped,import-not-found,unused-ignore]

        model = nncf.quantize(
            model,
            nncf.Dataset(calibration),
            subset_size=len(calibration),
            preset=nncf.QuantizationPreset.MIXED,
            ignored_scope=nncf.IgnoredScope(patterns=list(HEAD_IN_FLOAT), names=_tail(model), validate=False),
        )
    ov.save_model(model, target, compress_to_fp16=False)


def _tail(model: Any) -> list[str]:
    """The layers from the last convolution on.

    Calibrated on pictures half of which are dry, the water net's logits were cut off at 0, a probability of a half.
    """
    node, names = model.output(0).get_node().input_value(0).get_node(), []
    while node.get_input_size():
        names.append(str(node.get_friendly_name()))
        if "Convolution" in node.get_type_name():
            break
        node = node.input_value(0).get_node()
    return names
