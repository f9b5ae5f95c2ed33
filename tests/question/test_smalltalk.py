"""Small talk: whole messages only, in three scripts."""

import pytest

from dgqa.question.parsing import Question


@pytest.mark.parametrize(
    "message",
    ["你好", "您好！", "你好，你是誰？今天心情怎麼樣？", "你是谁呀？", "Hello!", "hi there", "Who are you?", "What’s your name?", "嗨，能帮我做什么？", "谢谢，你好"],
)
def test_a_greeting_is_small_talk(message: str) -> None:
    assert Question(message).smalltalk == "greeting"


@pytest.mark.parametrize("message", ["谢谢", "多謝！", "好的，谢谢你", "Thanks a lot!", "OK, thank you.", "再见", "👍 谢谢"])
def test_thanks_and_goodbyes_are_small_talk(message: str) -> None:
    assert Question(message).smalltalk == "thanks"


@pytest.mark.parametrize(
    "message",
    ["你好，广东的模式叫什么？", "谢谢，那浙江呢？", "Hi, what is digital government?", "数字政府是什么？", "好的政府网站有哪些特点？", "早期的网站怎样？", "", "？", "你是谁" * 30],
)
def test_a_message_that_says_anything_else_is_none(message: str) -> None:
    assert Question(message).smalltalk == ""


@pytest.mark.parametrize(
    "message",
    ["2023", "2023年5月", "1+1=?", "😀😀 2023", "https://example.com/a", "name@example.com", "SELECT * FROM users;", "' OR 1=1 --", "def f(x):", "<b>x</b>", '{"a": 1}', "asdfghjkl", "哈哈哈哈"],
)
def test_a_number_a_link_code_or_noise_is_no_question(message: str) -> None:
    assert Question(message).smalltalk == "unclear"


@pytest.mark.parametrize(
    "message",
    ["省域治理", "G2G", "OECD", "1+M+N", "12345", "2023年广东", "5G", "https://example.com 这篇文章说什么？", "Select the best model from the five", "数字政府是什么；"],
)
def test_a_terse_topic_is_a_question(message: str) -> None:
    assert Question(message).smalltalk == ""


@pytest.mark.parametrize("message", ["今天星期几", "现在几点了？", "明天天气怎么样？", "3+5等于几？", "What day is it today?", "今天是几月几号？"])
def test_what_no_article_can_know_is_an_aside(message: str) -> None:
    assert Question(message).smalltalk == "aside"


@pytest.mark.parametrize("message", ["天气预报系统有什么用？", "今年建了多少平台？", "2023年星期几开会最多？", "诗歌馆写了什么？", "What is the date of the plan?"])
def test_a_question_that_names_a_thing_is_none(message: str) -> None:
    assert Question(message).smalltalk == ""


def test_pinyin_is_unclear_and_a_name_spelled_so_is_not() -> None:
    assert Question("qingwen shenme shi zhihui chengshi").smalltalk == "unclear"
    assert Question("Who is Zhang Xiaoming?").smalltalk == Question("Can he see Xi'an?").smalltalk == Question("Xiamen Zhuhai").smalltalk == ""
