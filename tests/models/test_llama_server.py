"""A real llama.cpp server on this machine, reached by its address: what it writes is checked like any other model's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.models.chat import LOCAL_MODEL, ChatOptions, open_chat_model
from dgqa.models.store import model_path, model_status
from fakes import HashingEmbedder
from tiny_gguf import write_model

xllamacpp = pytest.importorskip("xllamacpp", reason="the extra local is not installed")

COUNTY = """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、网络
县级单位的网络覆盖率达到99.2%，已经全部接通。
乡镇单位的网络覆盖率达到88.5%，比上一年提高了两个百分点。
"""
QUESTION = "乡镇单位的网络覆盖率是多少？"
TRUE = "乡镇单位的网络覆盖率达到了88.5%。"
OTHER = "县级单位的网络覆盖率达到99.2%。"
LIE = "乡镇单位的网络覆盖率达到了95.5%。"
KEY = "sk-of-this-server-alone"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("llama")


@pytest.fixture(scope="module")
def own(folder: Path) -> Iterator[Assistant]:
    """Answers without a model."""
    (folder / "corpus").mkdir()
    (folder / "corpus" / "county.txt").write_text(COUNTY, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Assistant.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.retriever.index.close()


@contextmanager
def llama_server(model: Path, *, context: int = 16_384, threads: int = 1) -> Iterator[str]:
    """Run llama.cpp's own server on a free port, with a key, and yield its base address."""
    params = xllamacpp.CommonParams()
    params.model.path = str(model)
    params.n_ctx, params.n_parallel, params.n_gpu_layers, params.n_predict = context, 1, 0, 200
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    params.warmup, params.ui, params.verbosity, params.api_keys = False, False, 0, [KEY]
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server  # which ends it


@contextmanager
def reciting(folder: Path, *pieces: str | bytes) -> Iterator[str]:
    with llama_server(write_model(folder / "recites.gguf", pieces)) as url:
        yield url


def through(own: Assistant, url: str, *, spec: str = "openai:recites", retries: int = 0, timeout: float = 60) -> Assistant:
    return Assistant(own.retriever, llm=spec, options=ChatOptions(base_url=url, timeout=timeout, retries=retries, verify="off"))


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_LLM_KEY", KEY)


@pytest.mark.parametrize("spec", ["openai:recites", "recites"])
def test_a_true_sentence_of_the_server_is_shown_with_the_article_that_says_it(own: Assistant, folder: Path, spec: str) -> None:
    with reciting(folder, TRUE, "[2]") as url:
        answer = through(own, url, spec=spec).ask(QUESTION)
    assert answer.text == f"{TRUE}[1]" and (answer.trace["mode"], answer.trace["llm"]) == ("composed", spec)
    (citation,) = answer.citations
    assert COUNTY[citation.start : citation.end] == citation.quote and "88.5%" in citation.quote


def test_a_stream_of_the_server_grows_by_checked_sentences_and_ends_in_the_whole(own: Assistant, folder: Path) -> None:
    cut = TRUE.encode()
    # The first two tokens end within a character, as those of real models may.
    with reciting(folder, cut[:4], cut[4:11], cut[11:], "[2]", LIE, "[2] ", OTHER, "[1] ") as url:
        remote = through(own, url)
        parts = list(remote.stream(QUESTION))
        whole = remote.ask(QUESTION)
    assert [[sentence.text for sentence in part.sentences] for part in parts] == [[TRUE], [TRUE, OTHER]]
    assert whole.sentences == parts[-1].sentences and whole.citations == parts[-1].citations
    assert (len(whole.trace["withheld"]), whole.trace["faults"]) == (1, ["value"])


def noise(count: int) -> Sequence[bytes]:
    """Return bytes without sense, most of which are no text at all."""
    drawn = np.random.default_rng(7)
    return [drawn.bytes(4) for _ in range(count)]


@pytest.mark.parametrize("pieces", [[LIE, "[2]"], noise(40)], ids=["a lie", "noise"])
def test_of_what_the_articles_do_not_say_nothing_is_shown_and_their_own_sentences_stand(own: Assistant, folder: Path, pieces: Sequence[Any]) -> None:
    with reciting(folder, *pieces) as url:
        parts = list(through(own, url).stream(QUESTION))
    extractive = own.ask(QUESTION)
    (answer,) = parts
    assert (answer.sentences, answer.citations, answer.status) == (extractive.sentences, extractive.citations, extractive.status)
    assert (answer.trace["mode"], answer.trace["fallback"]) == ("extractive", "unsupported") and answer.text.endswith("以上是文献原句。）")


def test_a_wrong_key_a_short_context_and_a_server_that_has_gone_leave_the_articles_own_sentences(
    own: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, sentences = write_model(folder / "recites.gguf", [TRUE, "[2]"]), own.ask(QUESTION).sentences
    with llama_server(model) as url:
        monkeypatch.setenv("DGQA_LLM_KEY", "sk-of-another-server")
        refused = through(own, url).ask(QUESTION)
    gone = through(own, url).ask(QUESTION)
    monkeypatch.setenv("DGQA_LLM_KEY", KEY)
    with llama_server(model, context=256) as url:
        short = through(own, url).ask(QUESTION)
    assert [answer.trace["fallback"] for answer in (refused, gone, short)] == ["unauthorized", "unreachable", "too_long"]
    assert all(answer.sentences == sentences for answer in (refused, gone, short))


def test_a_follow_up_that_the_server_does_not_rewrite_is_understood_by_the_rules(own: Assistant, folder: Path) -> None:
    with reciting(folder, TRUE, "[2]") as url:
        answer = through(own, url).ask("那乡镇呢？", [("县级单位的网络覆盖率是多少？", "99.2%")])
    assert (answer.trace["rewriting"], answer.trace["standalone"]) == ("unfaithful", "乡镇的网络覆盖率是多少？")
    assert answer.text == f"{TRUE}[1]"


def test_the_same_file_runs_in_this_process_and_waits_for_nobody_else(own: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_CACHE", str(folder / "cache"))
    model = write_model(folder / "local.gguf", [TRUE, "[2]"])
    local = Assistant(own.retriever, llm=f"local:{model}", options=ChatOptions(timeout=60, threads=1, context=16_384))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: local.ask(QUESTION), range(4)))
    assert {answer.text for answer in answers} == {f"{TRUE}[1]"} and answers[0].trace["llm"] == "local:local.gguf"
    assert open_chat_model(f"local:{model}", threads=1, context=16_384).invoke("？").text == f"{TRUE}[2]"


def test_a_file_that_is_no_model_leaves_an_answer_with_the_reason(own: Assistant, folder: Path) -> None:
    broken = folder / "broken.gguf"
    broken.write_bytes(write_model(folder / "whole.gguf", [TRUE, "[2]"]).read_bytes()[:5_000])
    answer = Assistant(own.retriever, llm=f"local:{broken}").ask(QUESTION)
    assert answer.trace["mode"] == "extractive" and answer.trace["fallback"] == "error" and answer.sentences


@pytest.mark.model
@pytest.mark.skipif(not any(status.ready for status in model_status() if status.name == LOCAL_MODEL), reason=f"needs `dgqa models fetch {LOCAL_MODEL}`")
def test_the_built_in_model_composes_an_answer_through_its_server(own: Assistant) -> None:
    with llama_server(next(model_path(LOCAL_MODEL).glob("*.gguf")), context=4096, threads=2) as url:
        answer = through(own, url, spec="qwen", timeout=900).ask(QUESTION)
    assert answer.trace["mode"] == "composed", answer.trace
    assert "88.5%" in answer.text and all(sentence.citations for sentence in answer.sentences)
    assert all(COUNTY[citation.start : citation.end] == citation.quote for citation in answer.citations)
