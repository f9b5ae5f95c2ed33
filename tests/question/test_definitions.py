"""Questions for what a term means, and sentences that say it."""

from pathlib import Path

import pytest

import dgqa
from dgqa.answer.assistant import Assistant
from dgqa.language.reading import Text
from dgqa.question.definitions import defines, term_asked
from fakes import HashingEmbedder


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("什么是数字政府？", "数字政府"),
        ("數字政府是什麼？", "数字政府"),
        ("数字政府 是什么", "数字政府"),
        ("请问“管运分离”指的是什么", "管运分离"),
        ("何谓一网通办", "一网通办"),
        ("整体性治理的含义是什么？", "整体性治理"),
        ("怎么理解数据要素", "数据要素"),
        ("G2G是啥意思", "g2g"),
        ("贵州的核心平台是什么？", ""),
        ("哪个省最早？", ""),
        ("数字政府建设面临什么问题？", ""),
        ("What is digital government?", ""),
    ],
)
def test_the_term_is_what_stands_alone_in_the_question(question: str, term: str) -> None:
    assert term_asked(Text(question)) == term


@pytest.mark.parametrize(
    ("sentence", "is_one"),
    [
        ("数字政府是政府为适应转型，对理念和手段进行变革的过程。", True),
        ("數字政府是指以數據驅動的新型政府。", True),
        ("所谓“数字政府”，就是用数据办事的政府。", True),
        ("有学者认为，数字政府是一种治理形态，离不开数据。", True),
        ("数字政府是建设数字中国的重要基础。", False),
        ("数字政府是否成功要看群众。", False),
        ("推进数字政府建设是一项系统工程。", False),
        ("电子政务是指政务的电子化。", False),
    ],
)
def test_a_sentence_defines_a_term_that_it_calls_something(sentence: str, is_one: bool) -> None:
    assert defines("数字政府", Text(sentence)) is is_one


def test_a_definition_comes_first_though_much_else_is_more_like_the_question(tmp_path: Path) -> None:
    praise = "".join(f"什么样的云桥能让第{n}个县满意，是云桥要回答的问题。\n\n" for n in range(12))
    (tmp_path / "praise.txt").write_text(f"云桥见闻\n\n{praise}", encoding="utf-8")
    (tmp_path / "book.txt").write_text("县域手册\n\n手册收录了常用的说法，供各地查阅。\n\n云桥是指县与县之间共用服务器、共享办事数据的一套做法。\n", encoding="utf-8")
    dgqa.build_index(tmp_path, tmp_path / "index", embedder=HashingEmbedder())
    answer = Assistant.open(tmp_path / "index", embedder=HashingEmbedder()).ask("什么是云桥？")
    assert answer.status == "answered" and answer.sentences[0].text == "云桥是指县与县之间共用服务器、共享办事数据的一套做法。"
