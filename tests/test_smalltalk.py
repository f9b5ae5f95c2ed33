"""Small talk: whole messages only, in three scripts."""

import pytest

from dgqa.smalltalk import smalltalk


@pytest.mark.parametrize(
    "message",
    ["你好", "您好！", "你好，你是誰？今天心情怎麼樣？", "你是谁呀？", "Hello!", "hi there", "Who are you?", "What’s your name?", "嗨，能帮我做什么？", "谢谢，你好"],
)
def test_a_greeting_is_small_talk(message: str) -> None:
    assert smalltalk(message) == "greeting"


@pytest.mark.parametrize("message", ["谢谢", "多謝！", "好的，谢谢你", "Thanks a lot!", "OK, thank you.", "再见", "👍 谢谢"])
def test_thanks_and_goodbyes_are_small_talk(message: str) -> None:
    assert smalltalk(message) == "thanks"


@pytest.mark.parametrize(
    "message",
    ["你好，广东的模式叫什么？", "谢谢，那浙江呢？", "Hi, what is digital government?", "数字政府是什么？", "好的政府网站有哪些特点？", "早期的网站怎样？", "", "？", "你是谁" * 30],
)
def test_a_message_that_says_anything_else_is_none(message: str) -> None:
    assert smalltalk(message) == ""
