"""Rewrites the graph of an exported detector so that it says the same with less work: no weight is learnt anew.

ONNX Runtime keeps pictures between convolutions in blocks of sixteen channels, and turns them back and forth around
what it cannot do in blocks. A look took a fifth less time after these three on a machine whose cache others used too.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def rewritten(target: Path) -> None:
    """Rewrites the file in place; a graph without such places stays as it is."""
    import onnx

    model = onnx.load(target)
    graph = Graph(model.graph)
    distances_over_last_axis(graph)
    halves_apart(graph)
    enlarged_after_weights(graph)
    graph.write()
    onnx.checker.check_model(model)
    onnx.save(model, target)


class Graph:
    """Nodes and weights of an ONNX graph while it is changed; `write` puts both back."""

    def __init__(self, graph: Any) -> None:
        from onnx import numpy_helper

        self._graph = graph
        self.nodes: list[Any] = list(graph.node)
        self.weights: dict[str, NDArray[Any]] = {one.name: numpy_helper.to_array(one) for one in graph.initializer}

    def maker(self, tensor: str) -> Any | None:
        """The node that gives a tensor; None for weights and the input."""
        return next((node for node in self.nodes if tensor in node.output), None)

    def users(self, tensor: str) -> list[Any]:
        """The nodes that take a tensor."""
        return [node for node in self.nodes if tensor in node.input]

    def replace(self, old: Iterable[Any], new: Iterable[Any]) -> None:
        """New nodes in place of the last of the old ones."""
        gone = list(old)
        at = max(self.nodes.index(node) for node in gone)
        self.nodes[at + 1 : at + 1] = list(new)
        for node in gone:
            self.nodes.remove(node)

    def write(self) -> None:
        """Puts nodes and the weights that are still used back."""
        from onnx import numpy_helper

        used = {name for node in self.nodes for name in node.input}
        del self._graph.node[:], self._graph.initializer[:]
        del self._graph.value_info[:]  # shapes in between are others now
        self._graph.node.extend(self.nodes)
        retained = ((name, values) for name, values in self.weights.items() if name in used)
        self._graph.initializer.extend(numpy_helper.from_array(np.ascontiguousarray(v), name) for name, v in retained)

    def part_of(self, conv: Any, given: str, given_as: str, rows: slice, columns: slice, *, bias: bool = True) -> Any:
        """A convolution of some rows (outputs) and columns (inputs) of another one's weights."""
        from onnx import helper

        name = f"{given_as}/Conv"
        self.weights[f"{name}.weight"] = self.weights[conv.input[1]][rows, columns]
        inputs = [given, f"{name}.weight"]
        if bias and len(conv.input) > 2:
            self.weights[f"{name}.bias"] = self.weights[conv.input[2]][rows]
            inputs.append(f"{name}.bias")
        node = helper.make_node("Conv", inputs, [given_as], name=name)
        node.attribute.extend(conv.attribute)
        return node


def distances_over_last_axis(graph: Graph) -> None:
    """YOLO's head turns sixteen logits into a distance; the same bits, without a transposition there and back.

    ONNX Runtime's Softmax over a middle axis transposes: 6 % of a look.
    """
    from onnx import helper

    nodes = {node.name: node for node in graph.nodes}
    turned, softmax, summed = (nodes.get(f"/model.23/dfl/{name}") for name in ("Transpose", "Softmax", "conv/Conv"))
    if turned is None or softmax is None or summed is None or softmax.attribute[0].i != 1:
        return
    graph.weights[summed.input[1]] = graph.weights[summed.input[1]].reshape(-1, 1)
    turned.CopyFrom(helper.make_node("Transpose", turned.input, turned.output, name=turned.name, perm=(0, 1, 3, 2)))
    softmax.CopyFrom(helper.make_node("Softmax", softmax.input, softmax.output, name=softmax.name, axis=-1))
    summed.CopyFrom(helper.make_node("MatMul", summed.input, summed.output, name=summed.name))


def halves_apart(graph: Graph) -> None:
    """A convolution whose SiLU is split in two becomes two convolutions: splitting leaves the blocks."""
    from onnx import helper

    for split in [node for node in graph.nodes if node.op_type == "Split"]:
        found = _activated(graph, split.input[0])
        if found is None or len(split.output) != 2 or len(graph.users(split.input[0])) != 1:
            continue
        conv, sigmoid, product = found
        half = graph.weights[conv.input[1]].shape[0] // 2
        new = []
        for number, output in enumerate(split.output):
            rows = slice(number * half, (number + 1) * half)
            own = graph.part_of(conv, conv.input[0], f"{output}/linear", rows, slice(None))
            gate = f"{output}/Sigmoid"
            new += [
                own,
                helper.make_node("Sigmoid", [own.output[0]], [gate], name=gate),
                helper.make_node("Mul", [own.output[0], gate], [output], name=f"{output}/Mul"),
            ]
        graph.replace([conv, sigmoid, product, split], new)


def _activated(graph: Graph, tensor: str) -> tuple[Any, Any, Any] | None:
    """The convolution, sigmoid and product of a SiLU that gives the tensor."""
    product = graph.maker(tensor)
    if product is None or product.op_type != "Mul":
        return None
    makers = {node.op_type: node for name in product.input if (node := graph.maker(name)) is not None}
    return (makers["Conv"], makers["Sigmoid"], product) if makers.keys() == {"Conv", "Sigmoid"} else None


def enlarged_after_weights(graph: Graph) -> None:
    """A map that is enlarged, joined to a finer one and weighted pixel by pixel is weighted before it is enlarged.

    Nearest neighbours and 1 x 1 convolutions may change places: a quarter of the work for that part, and no joined map.
    """
    for joined in [node for node in graph.nodes if node.op_type == "Concat"]:
        if len(joined.input) != 2 or not (users := graph.users(joined.output[0])):
            continue
        enlarged = graph.maker(joined.input[0])
        pixelwise = all(node.op_type == "Conv" and graph.weights[node.input[1]].shape[2:] == (1, 1) for node in users)
        if enlarged is None or enlarged.op_type != "Resize" or not _is_nearest(enlarged) or not pixelwise:
            continue
        channels = _channels(graph, enlarged.input[0])
        for conv in users:
            graph.replace([conv], _weighted_first(graph, conv, enlarged, joined.input[1], channels))
        graph.nodes.remove(joined)
        if not graph.users(enlarged.output[0]):
            graph.nodes.remove(enlarged)


def _weighted_first(graph: Graph, conv: Any, enlarged: Any, fine: str, channels: int) -> list[Any]:
    from onnx import helper

    output, every = conv.output[0], slice(None)
    coarse = graph.part_of(conv, enlarged.input[0], f"{output}/coarse", every, slice(channels), bias=False)
    grown = helper.make_node(
        "Resize", [coarse.output[0], *enlarged.input[1:]], [f"{output}/grown"], name=f"{output}/Resize"
    )
    grown.attribute.extend(enlarged.attribute)
    own = graph.part_of(conv, fine, f"{output}/fine", every, slice(channels, None))
    return [coarse, grown, own, helper.make_node("Add", [grown.output[0], own.output[0]], [output], name=output)]


def _is_nearest(resize: Any) -> bool:
    return any(one.name == "mode" and one.s == b"nearest" for one in resize.attribute)


def _channels(graph: Graph, tensor: str) -> int:
    """Of a map that convolutions and what is done to each pixel have given."""
    node = graph.maker(tensor)
    while node is not None and node.op_type in ("Mul", "Sigmoid"):
        node = graph.maker(node.input[0])
    if node is None or node.op_type != "Conv":
        raise ValueError(f"{tensor}: expected a convolution before it")
    return int(graph.weights[node.input[1]].shape[0])
