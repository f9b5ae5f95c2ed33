import struct
from pathlib import Path

import numpy as np
import pytest

from dgqa.errors import ModelError
from dgqa.models.e5.convert import build_tokenizer, convert, write_state
from dgqa.models.e5.file import Q4_0, dequantize, read_weights
from tiny_e5 import HIDDEN, PIECES, ROWS, q4_blocks, tiny_e5, tiny_tensors


def write(folder: Path, data: bytes) -> Path:
    path = folder / "tiny.bin"
    path.write_bytes(data)
    return path


def test_a_block_holds_its_first_half_in_the_low_nibbles_and_its_second_in_the_high_ones() -> None:
    low, high = range(16), range(15, -1, -1)
    block = struct.pack("<e", 0.5) + bytes(low[i] | high[i] << 4 for i in range(16))
    values = dequantize(np.frombuffer(block, Q4_0))
    assert values.tolist() == [(i - 8) * 0.5 for i in low] + [(i - 8) * 0.5 for i in high]
    assert values.dtype == np.float32


def test_weights_come_back_within_one_step_of_their_scale(tmp_path: Path) -> None:
    tensors = tiny_tensors()
    weights = read_weights(write(tmp_path, tiny_e5(tensors)))
    assert (weights.hidden, weights.rows, weights.epsilon) == (HIDDEN, ROWS, 1e-12)
    assert [text for text, _ in weights.pieces] == [text for text, _ in PIECES]
    for name, (stored_in_4_bits, array) in tensors.items():
        got = dequantize(weights.tensors[name]).reshape(array.shape)
        step = np.abs(array).max() / 8 if stored_in_4_bits else 0
        assert np.abs(got - array).max() <= step * 1.01


def test_the_folder_holds_every_weight_under_the_name_that_bert_gives_it(tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    source = write(tmp_path, tiny_e5())
    state = load_file(write_state(source, tmp_path))
    weights = read_weights(source)
    assert len(state) == len(weights.tensors)
    expected = dequantize(weights.tensors["l1.fo.w"]).reshape(HIDDEN, -1)
    assert np.array_equal(state["encoder.layer.1.output.dense.weight"], expected)
    assert np.array_equal(state["embeddings.LayerNorm.bias"], weights.tensors["emb.ln.b"])


def test_converting_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path, tiny_e5())
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        convert(source, tmp_path / name)
    files = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(files) >= 8
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("数字政府", ["▁", "数字", "政府"]),
        ("数字～政府？", ["▁", "数字", "～", "政府", "?"]),  # NFKC would make the tilde an ASCII one
        ("数字~", ["▁", "数字", "~"]),
        ("a\u200ba", ["▁a", "▁a"]),
        ("a\u0007b", ["▁a", "b"]),
        ("a   a", ["▁a", "▁a"]),
        ("", []),
    ],
)
def test_text_is_normalized_as_the_character_map_says(tmp_path: Path, text: str, tokens: list[str]) -> None:
    tokenizer = build_tokenizer(read_weights(write(tmp_path, tiny_e5())))
    assert tokenizer.encode(text).tokens == ["<s>", *tokens, "</s>"]


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    data = tiny_e5()
    for length in [0, 3, 8, 40, 60, 100, 200, len(data) // 2, len(data) - 1]:
        with pytest.raises(ModelError, match="not a whole E5S1 file"):
            read_weights(write(tmp_path, data[:length]))


def test_another_magic_or_version_is_refused_with_what_was_found(tmp_path: Path) -> None:
    data = tiny_e5()
    with pytest.raises(ModelError, match="starts with b'GGUF'"):
        read_weights(write(tmp_path, b"GGUF" + data[4:]))
    with pytest.raises(ModelError, match="version 2"):
        read_weights(write(tmp_path, data[:4] + struct.pack("<i", 2) + data[8:]))


def test_a_tensor_that_does_not_fit_the_sizes_is_named(tmp_path: Path) -> None:
    tensors = tiny_tensors()
    tensors["l0.q.b"] = (0, np.zeros(HIDDEN + 1, np.float32))
    with pytest.raises(ModelError, match=r"l0\.q\.b has 33 values, expected 32"):
        read_weights(write(tmp_path, tiny_e5(tensors)))
    del tensors["l0.q.b"]
    with pytest.raises(ModelError, match=r"l0\.q\.b has no values, expected 32"):
        read_weights(write(tmp_path, tiny_e5(tensors)))


def test_numbers_that_are_not_finite_are_refused(tmp_path: Path) -> None:
    tensors = tiny_tensors()
    tensors["emb.ln.w"] = (0, np.full(HIDDEN, np.nan, np.float32))
    with pytest.raises(ModelError, match=r"emb\.ln\.w holds numbers that are not finite"):
        read_weights(write(tmp_path, tiny_e5(tensors)))


def test_the_test_quantizer_writes_a_value_that_a_reader_can_check() -> None:
    weights = np.zeros(32, np.float32)
    weights[0], weights[17] = -4.0, 2.0
    values = dequantize(np.frombuffer(q4_blocks(weights), Q4_0))  # the scale is -4 / -8 = 0.5
    assert {at: values[at] for at in np.flatnonzero(values).tolist()} == {0: -4.0, 17: 2.0}
