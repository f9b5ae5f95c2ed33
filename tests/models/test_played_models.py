"""Models of many families, played by a small server: whatever they put around an answer, its sentences are read; every failure is named."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.answer.composed.looking_over import read_verdicts
from dgqa.answer.composed.prompts import Claimed, control
from dgqa.messages import Language
from dgqa.models.chat import ChatOptions
from dgqa.types import Answer
from fakes import HashingEmbedder
from llms import ScriptedModel, verdicts
from played import ERRORS, LIES, OTHER, REFUSALS, STATUSES, STYLES, TRUE, played_models

pytest.importorskip("langchain_openai", reason="the extra openai is not installed")

COUNTY = """县域数字化观察
来源：示范网 更新时间：2024-03-02
作者：李明

一、网络
县级单位的网络覆盖率达到99.2%，已经全部接通。
乡镇单位的网络覆盖率达到88.5%，比上一年提高了两个百分点。

二、平台
统一平台由市数据局负责运营，没有接入医保系统。
"""
QUESTION = "乡镇单位的网络覆盖率是多少？"
KEY = "sk-played-server-key-1234"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    folder = tmp_path_factory.mktemp("played")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "county.txt").write_text(COUNTY, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = Assistant.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.retriever.index.close()


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with played_models() as made:
        yield made


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_LLM_KEY", KEY)
    # What runs on this machine is asked directly.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)


def ask(own: Assistant, url: str, model: str, **options: Any) -> Answer:
    made = ChatOptions(**{"base_url": url, "timeout": 30.0, "retries": 0, "verify": "off", **options})
    return Assistant(own.retriever, llm=f"openai:{model}", options=made).ask(QUESTION)


def texts(answer: Answer) -> list[str]:
    return [sentence.text.replace("**", "") for sentence in answer.sentences][:2]


@pytest.mark.parametrize("model", [*STYLES, "reasoning", "tools", "no-stream"])
def test_the_sentences_of_every_family_are_read(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str) -> None:
    answer = ask(own, f"{server[0]}/v1", model)
    assert answer.trace["mode"] == "composed", answer.trace
    assert texts(answer) == [TRUE, OTHER] and all(sentence.verdict != "unconfirmed" for sentence in answer.sentences[:2])
    assert "证据" not in answer.text and "[THINK" not in answer.text and "希望" not in answer.text


@pytest.mark.parametrize("model", list(REFUSALS))
def test_what_a_model_refuses_is_left_out_and_it_is_asked_again(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str) -> None:
    assert texts(ask(own, f"{server[0]}/v1", model)) == [TRUE, OTHER]


def test_what_was_refused_is_not_sent_again_with_the_next_question(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    options = ChatOptions(base_url=f"{server[0]}/v1", timeout=30, retries=0, verify="off")
    assistant = Assistant(own.retriever, llm="openai:no-temperature", options=options)
    before = len(server[1])
    assistant.ask(QUESTION)
    assistant.ask(QUESTION)
    assert ["temperature" in request for request in server[1][before:]] == [True, False, False]


def test_a_model_that_takes_a_schema_is_sent_one_that_a_strict_server_accepts(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    assert texts(ask(own, f"{server[0]}/v1", "gpt-4o")) == [TRUE, OTHER]
    form = server[1][-1]["response_format"]
    assert form["type"] == "json_schema" and form["json_schema"]["strict"] is True
    objects = [form["json_schema"]["schema"]]
    objects += [objects[0]["properties"]["sentences"]["items"]]
    # OpenAI refuses an object whose fields are not all required, or that may have others.
    assert all(set(item["required"]) == set(item["properties"]) and item["additionalProperties"] is False for item in objects)
    assert "response_format" not in server_request(own, server, "plain")


def server_request(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str) -> dict[str, Any]:
    """Return what a model was asked with."""
    ask(own, f"{server[0]}/v1", model)
    return server[1][-1]


@pytest.mark.parametrize("model", list(LIES))
def test_a_server_that_lies_in_a_field_leaves_an_answer(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str) -> None:
    answer = ask(own, f"{server[0]}/v1", model)
    assert answer.sentences and json.loads(json.dumps(answer.to_dict()))["sentences"]
    assert answer.trace["mode"] == "composed" or answer.trace.get("fallback") or answer.trace["faults"] is not None
    cost = answer.trace["cost"]
    assert 0 <= cost["read"] < 10**9 and 0 <= cost["written"] < 10**9 and len(answer.trace["withheld"]) < 100


@pytest.mark.parametrize("end", ["", "/", "/v1/", "/v1/chat/completions", "/v1。", "/app"])
def test_an_address_may_end_as_people_copy_it(own: Assistant, server: tuple[str, list[dict[str, Any]]], end: str) -> None:
    assert texts(ask(own, f"{server[0]}{end}", "plain")) == [TRUE, OTHER]


@pytest.mark.parametrize("model", list(STATUSES))
def test_a_failure_is_named_for_what_it_is_and_holds_no_key(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="dgqa"):
        answer = ask(own, f"{server[0]}/v1", model)
    assert answer.trace["fallback"] == STATUSES[model][2] and answer.sentences
    assert KEY not in json.dumps(answer.to_dict()) + caplog.text


@pytest.mark.parametrize("model", list(ERRORS))
def test_an_error_inside_a_stream_is_named_for_what_it_is(own: Assistant, server: tuple[str, list[dict[str, Any]]], model: str) -> None:
    answer = ask(own, f"{server[0]}/v1", model)
    assert answer.trace["fallback"] == ERRORS[model][1] and answer.sentences == own.ask(QUESTION).sentences


def test_a_model_on_this_machine_is_asked_past_a_proxy_without_a_warning(own: Assistant, server: tuple[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("langchain_openai.chat_models._client_utils._proxy_env_warning_emitted", False)  # it warns once a process
    assert ask(own, f"{server[0]}/v1", "plain").trace["mode"] == "composed"
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_failure_that_was_repeated_is_logged_as_a_warning_once(own: Assistant, server: tuple[str, list[dict[str, Any]]], caplog: pytest.LogCaptureFixture) -> None:
    for model, warnings in (("busy", 1), ("tiny-context", 0), ("no-temperature", 0)):
        caplog.clear()
        ask(own, f"{server[0]}/v1", model, retries=1)
        assert [record.levelno for record in caplog.records if record.name.startswith("dgqa.models")].count(logging.WARNING) == warnings


def test_a_wrong_address_a_declined_question_and_lies_in_every_field_leave_an_answer(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    assert ask(own, f"{server[0]}/v2", "plain").trace["fallback"] == "wrong_address"
    assert ask(own, f"{server[0]}/v1", "declines").trace["fallback"] == "declined"
    assert ask(own, f"{server[0]}/v1", "liar").trace["mode"] == "extractive"


def test_a_reply_that_is_cut_off_ends_with_its_last_whole_sentence_and_says_so(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    answer = ask(own, f"{server[0]}/v1", "truncated")
    assert [sentence.text for sentence in answer.sentences] == [TRUE, OTHER] and answer.text.endswith("（语言模型写到了长度上限，回答可能不完整。）")
    filtered = ask(own, f"{server[0]}/v1", "filtered-midway")
    assert [sentence.text for sentence in filtered.sentences] == [TRUE, OTHER] and filtered.text.endswith("（语言模型中途停止了，回答可能不完整。）")
    assert answer.status == "answered" and "cut" not in answer.trace["cost"] and "完整" not in ask(own, f"{server[0]}/v1", "plain").text


def test_what_is_no_text_is_not_told_as_missing(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    answer = ask(own, f"{server[0]}/v1", "lie-sentences")
    assert answer.sentences and "{" not in answer.text


def test_what_is_too_long_is_halved_and_named_where_that_does_not_help(own: Assistant, server: tuple[str, list[dict[str, Any]]]) -> None:
    assert ask(own, f"{server[0]}/v1", "short-context").trace["mode"] == "composed"
    assert ask(own, f"{server[0]}/v1", "tiny-context").trace["fallback"] == "too_long"


def test_a_model_looks_over_its_answer_and_what_it_contradicts_is_withheld_and_can_be_looked_up(own: Assistant) -> None:
    model = ScriptedModel(replies=[f"{TRUE}[2]\n{OTHER}[1]", verdicts({TRUE: "支持", OTHER: "矛盾"}, "未提及")])
    options = ChatOptions(timeout=30, verify="on")
    *growing, answer = Assistant(own.retriever, llm=model, options=options).stream(QUESTION)
    assert [sentence.text for sentence in answer.sentences] == [TRUE] and answer.trace["looked_over"] == ["supported", "contradicted"]
    assert answer.trace["withheld"] == [{"text": OTHER, "why": "checked", "what": ""}] and "语言模型写的有 1 句没有显示" in answer.text
    assert len(growing[-1].sentences) == 2 and answer.trace["cost"]["calls"] == 2


def test_a_model_that_does_not_find_a_sentence_marks_it_in_words(own: Assistant) -> None:
    model = ScriptedModel(replies=[f"{TRUE}[2]\n{OTHER}[1]", verdicts({TRUE: "supported"}, "not stated")])
    answer = Assistant(own.retriever, llm=model, options=ChatOptions(timeout=30)).ask(QUESTION)
    assert [sentence.verdict for sentence in answer.sentences] == ["verbatim", "unconfirmed"] and answer.text.endswith("（未核实，请对照原文）")


def test_a_second_look_that_finds_everything_supported_confirms_nothing(own: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    invented = "统一平台由市数据局负责运营，已经接入医保系统并受到各方称赞。"
    asked = "统一平台由谁负责运营？"
    for said in ("支持", "无需核对"):
        model = ScriptedModel(replies=[f"{invented}[1]", verdicts({}, said)])
        answer = Assistant(own.retriever, llm=model, options=ChatOptions(timeout=30, verify="on")).ask(asked)
        assert [sentence.verdict for sentence in answer.sentences] == ["unconfirmed"] and answer.trace["looked_over"] == [""]
        assert answer.trace["cost"]["calls"] == 2 and "confirms nothing" in caplog.text
    careful = ScriptedModel(replies=[f"{invented}[1]", verdicts({invented: "支持"}, "未提及")])
    assert Assistant(own.retriever, llm=careful, options=ChatOptions(timeout=30, verify="on")).ask(asked).sentences[0].verdict == "confirmed"
    forgetful = ScriptedModel(replies=[f"{TRUE}[2]\n{OTHER}[1]", "1 矛盾\n2 矛盾\n3 矛盾"])
    assert not Assistant(own.retriever, llm=forgetful, options=ChatOptions(timeout=30, verify="on")).ask(QUESTION).trace["looked_over"].count("")


@pytest.mark.parametrize("language", ["Hans", "Hant", "Latn"])
def test_what_is_put_among_the_sentences_stands_in_no_fixed_place_and_none_is_lost(language: Language) -> None:
    lots = [[Claimed(f"第{lot}批的第{n}句。", (), ()) for n in range(3)] for lot in range(60)]
    found = [control(lot, language) for lot in lots]
    assert {at for at, _ in found} == {0, 1, 2, 3} and len({claim.text for _, claim in found}) == 5 and all(claim.text for _, claim in found)
    assert found == [control(lot, language) for lot in lots]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 支持\n2 矛盾\n3 未提及\n4 无需核对", {1: "supported", 2: "contradicted", 3: "not_stated", 4: "no_check"}),
        ("句子 1：不支持\n**2**. Supported", {1: "not_stated", 2: "supported"}),
        ('[{"id": 1, "verdict": "supported"},\n{"id": 2, "verdict": "contradicted"}]', {1: "supported", 2: "contradicted"}),
        ('{"1": "支持", "2": "矛盾"}', {1: "supported", 2: "contradicted"}),
        ('```json\n[{"id": 1,\n "verdict": "not_stated"},\n {"id": 2,\n "verdict": "supported"}]\n```', {1: "not_stated", 2: "supported"}),
        ("1 支持，2 矛盾，3 未提及", {1: "supported", 2: "contradicted", 3: "not_stated"}),
        ("第1句：没有矛盾，支持\nS2: no contradiction, supported (96%, not 95%)\n3 不矛盾", {1: "supported", 2: "supported"}),
        ("| 3 | 支持 |\n|---|---|\n\n| 4 | 未提及 |", {3: "supported", 4: "not_stated"}),
        # Beside a verdict stand an article's words, reasons and other numbers.
        ('[{"claim_id": 4, "quote": "一致", "verdict": "contradicted"}]', {4: "contradicted"}),
        ('{"n": 2, "label": "not stated", "reason": "30 or 40"}', {2: "not_stated"}),
        ('{"page": 7, "score": 88, "句子编号": 3, "结论": "支持"}', {3: "supported"}),
        ('{"sentence": "2", "result": "矛盾", "cited": [{"id": 1, "label": "支持"}]}', {2: "contradicted"}),
        ('{"quotes": {"1": "支持中小企业"}, "verdicts": {"1": {"verdict": "矛盾"}, "2": {"verdict": "支持"}}}', {2: "supported"}),
        ('{"number": 2, "quote": "双方一致", "reason": "7 is not 9"}', {}),
        ('1 支持\n2 not stated: the form holds {"id": 3, "label": "supported"}', {1: "supported", 2: "not_stated"}),
        ('[{"id": 0, "verdict": "supported"}, {"id": 1, "verdict": "contradicted"}]', {}),
        ("1 支持\n2 矛盾\n1 未提及", {2: "contradicted"}),
        # What denies a contradiction is no contradiction, and alone no verdict.
        ("1 未发现矛盾，支持\n2 没有和段落相冲突的内容，一致\n3 不构成冲突；未提及", {1: "supported", 2: "supported", 3: "not_stated"}),
        ("1 not in any conflict, entailed\n2 nothing contradicts it: supported\n3 isn't false, supported", {1: "supported", 2: "supported", 3: "supported"}),
        ("1 不与原文相矛盾\n2 与段落没有冲突\n3 not contradicted\n4 支持", {4: "supported"}),
        ("1 年份不同，矛盾\n2 金额不同矛盾\n3 不支持，与原文矛盾\n4 不一致", {1: "contradicted", 2: "contradicted", 3: "not_stated", 4: "contradicted"}),
        ("I cannot say.", {}),
    ],
)
def test_verdicts_are_read_however_they_are_put(text: str, expected: dict[int, str]) -> None:
    assert read_verdicts(text) == expected


@pytest.mark.parametrize("text", ["2 支持\n" + "\n" * 20_000 + "乙", "2" + " " * 20_000 + "乙", "," * 20_000, " ," * 10_000, "3 " * 10_000, "(" * 20_000 + "3 支持", '{"3":' * 4000, "3 " + "不与" * 10_000, "3 " + "not any " * 3000])
def test_verdicts_among_long_runs_are_read_in_a_short_time(text: str) -> None:
    begun = time.process_time()
    read_verdicts(text)
    assert time.process_time() - begun < 1
