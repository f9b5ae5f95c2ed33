"""The package onnx is the oracle: it writes the same bytes, and reads what is written here as what was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from dgqa.models.e5 import onnx_file

TABLE = np.arange(600, dtype=np.float32).reshape(2, 300)  # 2,400 bytes: kept beside the graph
FEW = np.array([3, -1], np.int64)
ATTRIBUTES: dict[str, Any] = {"axis": -1, "epsilon": 1e-5, "approximate": "none", "block_size": 300}
SHAPES = ({"x": (onnx_file.INT64, ("batch", "tokens"))}, {"y": (onnx_file.FLOAT, ("batch", 384))})


def test_a_graph_is_written_as_the_package_onnx_writes_it(tmp_path: Path) -> None:
    written = onnx_file.save(
        tmp_path / "a.onnx",
        [onnx_file.node("MatMulNBits", ["x", "", "table"], ["y", "z"], "com.microsoft", ATTRIBUTES), onnx_file.node("Add", ["y", "few"], ["w"], "", {})],
        {"table": TABLE, "few": FEW},
        SHAPES,
        {},
    )
    nodes = [
        helper.make_node("MatMulNBits", ["x", "", "table"], ["y", "z"], name="y", domain="com.microsoft", **ATTRIBUTES),
        helper.make_node("Add", ["y", "few"], ["w"], name="w", domain=""),
    ]
    model = helper.make_model(
        helper.make_graph(
            nodes, "e5",
            [helper.make_tensor_value_info("x", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["batch", 384])],
            [numpy_helper.from_array(TABLE, "table"), numpy_helper.from_array(FEW, "few")],
        ),
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)], ir_version=10,
    )  # fmt: skip
    (tmp_path / "theirs").mkdir()
    onnx.save_model(model, str(tmp_path / "theirs" / "a.onnx"), save_as_external_data=True, all_tensors_to_one_file=True, location="a.onnx_data", size_threshold=1024)
    for name in ("a.onnx", "a.onnx_data"):
        assert (tmp_path / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()
    assert list(written) == ["table", "few"]


def test_a_second_graph_reads_what_the_first_has_from_its_data(tmp_path: Path) -> None:
    first = onnx_file.save(tmp_path / "a.onnx", [], {"table": TABLE}, SHAPES, {})
    onnx_file.save(tmp_path / "b.onnx", [], {"table": np.zeros_like(TABLE), "few": FEW}, SHAPES, first)
    read = {tensor.name: numpy_helper.to_array(tensor) for tensor in onnx.load(tmp_path / "b.onnx").graph.initializer}
    assert np.array_equal(read["table"], TABLE) and np.array_equal(read["few"], FEW) and not (tmp_path / "b.onnx_data").exists()


@given(st.integers(-(2**63), 2**63 - 1))
def test_any_number_of_64_bits_comes_back(value: int) -> None:
    proto = onnx.NodeProto.FromString(onnx_file.node("Cast", [], ["y"], "", {"to": value}))
    assert proto.attribute[0].i == value
