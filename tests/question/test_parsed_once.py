"""A question is read once on its way from the asker to the verdict."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import dgqa
from dgqa.language.text import fold
from fakes import HashingEmbedder

MOST = 5
ARTICLE = "青禾镇服务记\n\n2021年，青禾镇接入了三百五十个服务事项，办理时间缩短了四成。\n\n白杨镇由三个部门共同建设平台，居民可以在线查询。\n"


@contextmanager
def foldings(question: str) -> Iterator[list[str]]:
    """Watch the one function that folds, without touching it: list each text given to it that holds the question, or nearly all of it."""
    seen: list[str] = []

    def watch(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is fold.__code__:
            text = str(frame.f_locals["text"])
            if question in text or (text in question and 10 * len(text) >= 9 * len(question)):
                seen.append(text)

    sys.setprofile(watch)
    try:
        yield seen
    finally:
        sys.setprofile(None)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dgqa.Assistant]:
    folder: Path = tmp_path_factory.mktemp("once")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "town.txt").write_text(ARTICLE, encoding="utf-8")
    dgqa.build_index(folder / "corpus", folder / "index", embedder=HashingEmbedder())
    opened = dgqa.Assistant.open(folder / "index", embedder=HashingEmbedder())
    yield opened
    opened.retriever.index.close()


@pytest.mark.parametrize(
    "question",
    ["2021年青禾镇接入了多少个服务事项？", "2021年青禾鎮接入了多少個服務事項？", "为什么青禾镇的办理时间没有缩短？", "青禾镇和白杨镇的平台有什么不同？", "Who built the platform of Baiyang in 2021?", "什么是一体化平台？"],
)
def test_a_question_is_folded_at_most_five_times_on_its_way(assistant: dgqa.Assistant, question: str) -> None:
    with foldings(question) as seen:
        assistant.ask(question)
    assert 1 <= len(seen) <= MOST, seen


def test_a_follow_up_is_folded_no_oftener(assistant: dgqa.Assistant) -> None:
    with foldings("那白杨镇呢？") as seen:
        assistant.ask("那白杨镇呢？", [("青禾镇的平台由谁建设？", "由镇政府建设。")])
    assert len(seen) <= MOST, seen
