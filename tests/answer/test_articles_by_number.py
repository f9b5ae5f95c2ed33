"""Articles of laws asked for by their numbers: found in the law that is named, quoted whole, refused beyond the last."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.answer.excerpts import CERTAIN
from dgqa.types import Filter
from shelves import opened

BOATS = """中华人民共和国渔船停泊法

第一章 总则
第一条 为了管好渔船停泊，制定本法。
第二条 渔船应当停在划定的泊位。
第二章 停泊
第三条 船主应当遵守下列规定：
（一）白天悬挂号牌；
（二）夜间点亮尾灯。
泊位费每月二百元。但是，台风期间免收。
第四条 违反本法第三条规定的，由渔港站责令改正。
第五条 本法自2022年5月1日起施行。
"""
RULES = """柳州镇渔船停泊法实施细则

第一条 根据渔船停泊法，制定本细则。
第二条 泊位由镇渔港站编号。
第三条 号牌由镇渔港站发放。
"""
EXTRACT = """桥梁检测标准（节选）

第一条 为了检测桥梁，制定本标准。
第二条 桥梁每年检测一次。
第三条 检测由养护站负责。
"""
LAMPS = """路燈維護辦法

第 1 條
為維護路燈，特訂定本辦法。
第 2 條
路燈由里辦公處巡查。
第 2-1 條
里辦公處應每週巡查一次。
發現損壞時，應於三日內通報。
第 3 條
本辦法自發布日施行。
"""
YARDS = """柳州镇晒网场使用管理办法

第一条 为了管好晒网场，制定本办法。
第二条 晒网每户不超过三日。
第三条 晒网场不得停车。
"""
BRIEF = """夜市的三条经验

夜市管理有三条经验。第三条经验是固定摊位，摊主不必每天抢位。
"""


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = opened(tmp_path_factory.mktemp("several"), {"boats.txt": BOATS, "rules.txt": RULES, "lamps.txt": LAMPS, "brief.txt": BRIEF, "extract.txt": EXTRACT, "yards.txt": YARDS})
    yield assistant
    assistant.retriever.index.close()


@pytest.fixture(scope="module")
def only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    assistant = opened(tmp_path_factory.mktemp("only"), {"boats.txt": BOATS, "brief.txt": BRIEF})
    yield assistant
    assistant.retriever.index.close()


@pytest.mark.parametrize(
    "question",
    [
        "《中华人民共和国渔船停泊法》第三条规定了什么？",
        "《渔船停泊法》第三条的内容是什么",
        "渔船停泊法第3条",
        "漁船停泊法第 3 條規定了什麼？",
        "请问渔船停泊法（2022年）第二章第三条讲了什么？",
        "根据渔停法第三条，船主要做什么？",
        "第三条（渔船停泊法）说了什么",
        "What does Article 3 of 《渔船停泊法》 say?",
        "What does Article 3 of the Fishing Boat Mooring Law say?",
        "Under the Law on the Mooring of Fishing Boats, what does Article 3 provide?",
    ],
)
def test_an_article_is_quoted_whole_however_it_is_asked_for(several: Assistant, question: str) -> None:
    answer = several.ask(question, language="Hans")
    assert answer.status == "answered" and answer.confidence == CERTAIN
    assert {citation.path for citation in answer.citations} == {"boats.txt"}
    (excerpt,) = answer.sentences
    assert excerpt.text == "第三条 船主应当遵守下列规定：\n（一）白天悬挂号牌；\n（二）夜间点亮尾灯。\n泊位费每月二百元。但是，台风期间免收。"


def test_the_longest_name_of_a_law_that_fits_is_meant(several: Assistant) -> None:
    assert [c.path for c in several.ask("柳州镇渔船停泊法实施细则第三条规定了什么").citations] == ["rules.txt"]
    assert [c.path for c in several.ask("渔船停泊法第二条规定了什么").citations] == ["boats.txt"]


@pytest.mark.parametrize("question", ["《渔船停泊法实施办法》第三条规定了什么", "渔船法院组织法第二条规定了什么", "請問《漁船檢驗條例》第五條規定了什麼"])
def test_a_law_that_is_not_there_is_refused_by_its_name(several: Assistant, question: str) -> None:
    answer = several.ask(question, language="Hans")
    assert answer.status == "refused" and answer.reason.startswith("文献里没有《渔船")


def test_a_chapter_of_a_law_is_found_by_the_laws_english_name(several: Assistant) -> None:
    answer = several.ask("What does chapter 2 of the Fishing Boat Mooring Law say?")
    assert answer.confidence == CERTAIN and answer.citations[0].quote.startswith("第二章 停泊")


@pytest.mark.parametrize("question", ["What does Article 3 of the Fishing Boat Inspection Law say?", "Article 3 of the Law on Street Lamp Taxes", "What is Article 3 of the Measures for Boats about?"])
def test_a_law_of_another_english_name_is_not_taken_for_one_that_shares_a_word(several: Assistant, question: str) -> None:
    answer = several.ask(question, language="Hans")
    assert answer.confidence != CERTAIN and "articles" not in answer.trace["signals"]


@pytest.mark.parametrize("question", ["路燈維護辦法第二條之一規定了什麼？", "《路灯维护办法》第 2-1 条", "路灯维护办法第二条之一的全文", "路灯维护办法2条之一"])
def test_an_inserted_article_is_another_than_the_one_before_it(several: Assistant, question: str) -> None:
    (excerpt,) = several.ask(question, language="Hant").sentences
    assert "每週巡查一次" in excerpt.text and "三日內通報" in excerpt.text and "由里辦公處巡查" not in excerpt.text


@pytest.mark.parametrize("question", ["晒网办法第二条", "晒網場管理辦法第 2 條規定了什麼", "《晒网场办法》第二条的内容"])
def test_a_law_is_known_by_a_short_name_without_its_place(several: Assistant, question: str) -> None:
    answer = several.ask(question, language="Hans")
    assert [sentence.text for sentence in answer.sentences] == ["第二条 晒网每户不超过三日。"]


@pytest.mark.parametrize("question", ["桥梁检测标准2条", "橋樑檢測標準第二條規定了什麼", "桥梁检测标准(节选)第2条", "《桥梁检测标准（节选）》第二条的内容"])
def test_a_law_is_known_without_what_its_title_has_in_brackets(several: Assistant, question: str) -> None:
    answer = several.ask(question, language="Hans")
    assert [sentence.text for sentence in answer.sentences] == ["第二条 桥梁每年检测一次。"]


def test_several_articles_get_an_excerpt_each(several: Assistant) -> None:
    answer = several.ask("渔船停泊法第二条和第五条分别规定了什么？")
    assert [sentence.text[:3] for sentence in answer.sentences] == ["第二条", "第五条"]
    answer = several.ask("渔船停泊法第二条与路灯维护办法第三条各说了什么？")
    assert [citation.path for citation in answer.citations] == ["boats.txt", "lamps.txt"]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("渔船停泊法第八十条规定了什么？", "没有第80条：全文共有5条，最后一条是第5条"),
        ("路燈維護辦法第 9 條規定了什麼？", "沒有第9條：全文共有4條，最後一條是第3條"),
        ("What does Article 80 of 《渔船停泊法》 say?", "has no Article 80: it has 5 articles"),
        ("渔船停泊法第三条之一规定了什么", "没有第3条之1，收有5条，从第1条到第5条"),
    ],
)
def test_an_article_that_is_not_there_is_refused_with_how_far_the_law_goes(several: Assistant, question: str, said: str) -> None:
    answer = several.ask(question)
    assert answer.status == "refused" and not answer.citations
    assert said in answer.reason


def test_articles_that_are_there_are_shown_beside_those_that_are_not(several: Assistant) -> None:
    answer = several.ask("渔船停泊法第五条和第六条规定了什么？")
    assert answer.status == "partial" and answer.sentences[0].text.startswith("第五条") and "第6条" in answer.reason


def test_the_only_law_need_not_be_named(only: Assistant) -> None:
    assert only.ask("第二条规定了什么？").sentences[0].text == "第二条 渔船应当停在划定的泊位。"
    assert only.ask("本法第五条说的是什么").sentences[0].text.startswith("第五条")
    assert only.ask("第八十条规定了什么？").status == "refused"


def test_a_filter_or_the_question_before_names_the_law(several: Assistant) -> None:
    within = several.ask("第二条规定了什么？", filter=Filter(documents=("rules.txt",)))
    assert [citation.path for citation in within.citations] == ["rules.txt"]
    after = several.ask("那第二条呢？", [("渔船停泊法第五条规定了什么？", "第五条 本法自2022年5月1日起施行。")])
    assert [citation.path for citation in after.citations] == ["boats.txt"]


@pytest.mark.parametrize("question", ["夜市的第三条经验是什么？", "物品清单第三条是什么？", "哪一条提到了第三条？", "违反渔船停泊法第三条怎么处理？"])
def test_a_question_that_only_mentions_a_number_is_not_one_for_that_article(only: Assistant, question: str) -> None:
    assert "articles" not in only.ask(question).trace["signals"]


def test_a_value_is_certain_only_where_the_article_has_one(several: Assistant) -> None:
    assert several.ask("渔船停泊法第三条规定的泊位费是多少元？").status == "answered"
    assert several.ask("渔船停泊法第二条规定的泊位费是多少元？").status == "partial"
