"""Why a chat model failed is told from the words of many servers, in two languages."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dgqa.models.failures import failure_of, reason_of
from llms import StatusError

TOO_LONG = (
    "Input token count exceeds the maximum number of tokens allowed.", "prompt is too long: 210000 tokens", "Range of input length should be [1, 30720]", "Prompt 超长",
    "输入的内容过长，请缩短后重试", "请求的token数超过模型最大上下文", "文本长度超过模型限制", "must have less than 4096 tokens", "too many total text bytes", "exceeds max_seq_len",
)  # fmt: skip


@pytest.mark.parametrize("said", TOO_LONG)
def test_what_is_too_long_is_told_in_the_words_of_many_servers(said: str) -> None:
    assert reason_of(StatusError(400, said)) == "too_long"


@pytest.mark.parametrize(
    ("status", "said", "reason"),
    [
        (429, "您的账户已达到速率限制，请您控制请求频率", "rate_limit"),
        (429, "请求次数超过限制", "rate_limit"),
        (429, "余额不足或无可用资源包,请充值。", "no_credit"),
        (400, "模型不存在，请检查模型代码。", "no_model"),
        (400, "Missing Authorization header", "unauthorized"),
        (403, "Country not supported", "unauthorized"),
        (500, "upstream error: billing", "server_error"),
        (418, "teapot", "error"),
    ],
)
def test_words_count_where_a_status_leaves_it_open(status: int, said: str, reason: str) -> None:
    assert reason_of(StatusError(status, said)) == reason


def test_what_comes_from_upstream_is_no_refused_stream() -> None:
    assert failure_of(StatusError(400, "upstream error")).refused is None
    assert failure_of(StatusError(400, "stream is not supported")).refused == "stream"


def test_a_server_may_say_when_to_ask_again() -> None:
    for given, wait in (("7", 7.0), ("Wed, 21 Oct", 0.0)):
        busy = StatusError(429)
        busy.response = SimpleNamespace(headers={"retry-after": given})  # type: ignore[attr-defined]
        assert failure_of(busy).wait == wait
