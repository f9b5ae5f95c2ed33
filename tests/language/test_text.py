"""Folding, sentence borders and search tokens."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.language.showing import shown_in
from dgqa.language.text import (
    TokenFinder,
    detect_script,
    fold,
    mainland_words,
    search_tokens,
    split_sentences,
    taiwan_words,
    tidy,
    to_script,
)


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def test_both_scripts_and_full_width_forms_fold_to_the_same_text() -> None:
    assert fold("數字政府９６．１％ ＡＩ") == fold("数字政府96.1% ai")


def test_a_chinese_sentence_keeps_the_closing_quote_behind_its_full_stop() -> None:
    assert sentences("他说：“一网通办。”大家同意！真的吗？") == ["他说：“一网通办。”", "大家同意！", "真的吗？"]


def test_decimal_points_and_abbreviations_do_not_end_an_english_sentence() -> None:
    assert sentences("Dr. Lee et al. found 3.5% growth. It rose.") == ["Dr. Lee et al. found 3.5% growth.", "It rose."]


def test_a_line_break_ends_a_sentence_and_white_space_belongs_to_none() -> None:
    assert sentences("  第一行 \n\n 第二行。 ") == ["第一行", "第二行。"]


def test_only_a_long_sentence_is_cut_at_semicolons() -> None:
    clause = "甲" * 70
    assert sentences(f"{clause}；{clause}。") == [f"{clause}；{clause}。"]
    assert sentences(f"{clause}；{clause}；{clause}。") == [f"{clause}；", f"{clause}；", f"{clause}。"]


def test_a_line_of_a_million_characters_without_punctuation_is_cut_into_pieces() -> None:
    assert max(end - start for start, end in split_sentences("字" * 1_000_000)) <= 500


def test_a_long_list_without_stops_is_cut_between_its_items() -> None:
    items = [f"第{number}号渡口停船{number + 7}只" for number in range(1, 120)]
    parts = sentences("，".join(items))
    assert max(map(len, parts)) <= 160
    assert [item for part in parts for item in part.strip("，").split("，")] == items


@given(st.text(alphabet="甲乙。！？；，.a1 \n“”", max_size=300))
def test_sentences_are_in_order_and_hold_every_character_that_is_no_space(text: str) -> None:
    spans = split_sentences(text)
    assert all(a < b for a, b in spans) and all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


def test_search_tokens_of_both_scripts_are_equal_and_keep_numbers_whole() -> None:
    tokens = search_tokens("鄉鎮覆蓋率達到96.1%")
    assert tokens == search_tokens("乡镇覆盖率达到96.1%")
    assert "96.1%" in tokens and "覆盖率" in tokens and "乡镇" in tokens


def test_full_width_figures_and_spaces_inside_words_are_found_as_they_are_meant() -> None:
    assert search_tokens("指数升至0．9059，９０％以上,打破“数据高 塔”") == search_tokens("指数升至0.9059,90%以上，打破「数据高塔」")
    assert set(search_tokens("数 字 政 府")) >= set(search_tokens("数字政府"))
    assert not any("府定" in token for token in search_tokens("数字政府 定义"))


def test_lone_surrogates_are_no_error() -> None:
    lone = "數字\ud800政府"
    assert fold(lone) == "数字\ufffd政府" and len(to_script(lone, "Hans")) == len(lone)
    assert detect_script(lone) == "Hant" and "政府" in search_tokens(lone)


def test_function_words_are_no_search_tokens() -> None:
    assert not {"的", "什么", "what", "is"} & set(search_tokens("什么是数字政府的定义 what is it"))


@pytest.mark.parametrize(("text", "script"), [("數字政府", "Hant"), ("数字政府", "Hans"), ("What is 一网通办?", "Latn"), ("123 …", ""), ("中文", "Hans")])
def test_the_script_of_a_text_is_told_by_its_characters(text: str, script: str) -> None:
    if text.startswith("What"):
        text = "What is the meaning of 一网通办 in this policy?"
    assert detect_script(text) == script


def test_text_is_shown_in_the_script_that_is_asked_for() -> None:
    assert to_script("数字政府", "Hant") == "數字政府"
    assert to_script("數字政府", "Hans") == "数字政府"
    assert to_script("digital", "Latn") == "digital"


def test_text_to_read_has_the_common_forms_of_its_script() -> None:
    assert to_script("为了群众，这里发布", "Hant") == "為了群眾，這裡發佈"
    assert to_script("着眼於為了隨著", "Hans") == "着眼于为了随着"


def test_text_that_is_in_the_script_already_stays_as_it_is() -> None:
    for text in ("覆蓋率為100%，這裏與那裡", "着眼于著作", "显著的特点见于原著"):
        assert to_script(text, detect_script(text)) == text


@pytest.mark.parametrize(
    "typed",
    ["数\u200b字政府\ufeff是什么？", "\u202e数字政府是什么？", "数字\x00政府\x1b是什么？", "数字政府😀是什么？\ufe0f", "数字\ud800政府是什么？", " 数 字 政 府 是 什 么？\t\n"],
)
def test_a_typed_line_is_read_without_what_nobody_meant_to_type(typed: str) -> None:
    assert tidy(typed) == "数字政府是什么？"


def test_tidying_keeps_the_spaces_between_words_and_the_signs_that_say_something() -> None:
    assert tidy("一网通办\t 上海  2023\nwhat is C++ ①№℃") == "一网通办 上海 2023 what is C++ ①№℃"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("他写了《正加速建设！》，署名李明。又写了一篇。", ["他写了《正加速建设！》，署名李明。", "又写了一篇。"]),
        ("《怎么办？》一文说得清楚。", ["《怎么办？》一文说得清楚。"]),
        ("“真的吗？”，他问。没人答。", ["“真的吗？”，他问。", "没人答。"]),
        ("他喊：“快来！”大家都来了。", ["他喊：“快来！”", "大家都来了。"]),
        ("见《怎么办？》", ["见《怎么办？》"]),
    ],
)
def test_a_title_or_a_quote_in_a_sentence_does_not_end_it(text: str, sentences: list[str]) -> None:
    assert [text[start:end] for start, end in split_sentences(text)] == sentences


@pytest.mark.parametrize(
    "text", ["数字政府建设，要以数据 要素 为 核心。", "一網通辦與跨省通辦", "GDP增长5.2%，达到1,300亿元 in 2023", "", "的", "数据(数据)", "政府 a 政府b"]
)
@pytest.mark.parametrize("words", [(), ("数据要素", "的"), ("通办与",)])
def test_the_tokens_looked_for_are_those_that_all_tokens_hold(text: str, words: tuple[str, ...]) -> None:
    wanted = [*search_tokens("数字政府的建设以数据要素为核心，一网通办与跨省通办，2023年GDP增长5.2%，达到1,300亿元，政府b a", words), "数", "的", "13", "gdp"]
    assert TokenFinder(wanted, words).within(text) == set(wanted) & set(search_tokens(text, words))


def test_text_in_the_reader_s_script_stays_as_it_stands_and_turns_by_words_into_the_other() -> None:
    assert shown_in("乾县的准驳与占有率", "Hans", written="Hans") == "乾县的准驳与占有率"
    assert shown_in("吳著明：占有率、准駁", "Hant", written="Hant") == "吳著明：占有率、准駁"
    assert shown_in("山南市里程数为52里，只有一只信鸽", "Hant", written="Hans") == "山南市里程數為52里，只有一隻信鴿"
    for said, shown in (
        ("记者干木川报道，干部后天到", "記者干木川報道，幹部後天到"),
        ("编辑：后里宁、丑松干，范围不变", "編輯：后里寧、丑松干，範圍不變"),
        ("里丰干教授认为那里的后果不大", "里豐干教授認為那裡的後果不大"),
        ("后来表示，代表后方说明干劲", "後來表示，代表後方說明幹勁"),
    ):
        assert shown_in(said, "Hant", written="Hans") == shown
    assert shown_in("软件和网络", "Hant", written="Hans") == "軟體和網路"
    assert shown_in("資訊與軟體", "Hans", written="Hant") == "信息与软件"
    assert shown_in("依行政程序和政策文件，服务对象、重点项目的运行机制", "Hant", written="Hans") == "依行政程序和政策文件，服務對象、重點項目的運行機制"
    assert shown_in("個人資料檔案的支援程式", "Hans", written="Hant") == "个人资料档案的支援程式"
    assert shown_in("东湖网络公司的网络", "Hant", written="Hans") == "東湖網絡公司的網路"
    assert shown_in("《网络条例》与国家信息中心的信息", "Hant", written="Hans") == "《網絡條例》與國家信息中心的資訊"
    assert shown_in("由鹿山資訊公司管理資訊", "Hans", written="Hant") == "由鹿山资讯公司管理信息"
    assert shown_in("馆长范知秋和干部余小波，其余的人在范围内游玩", "Hant", written="Hans") == "館長范知秋和幹部余小波，其餘的人在範圍內遊玩"
    assert shown_in("as it is", "Hans", written="Latn") == "as it is"


@pytest.mark.parametrize(
    ("mainland", "taiwan"),
    [("软件", "軟體"), ("信息", "資訊"), ("网络", "網路"), ("程序", "程式"), ("质量", "品質"), ("项目", "專案"), ("打印", "列印"), ("移动", "行動"), ("计算机", "電腦"), ("公交车", "公車")],
)
def test_the_words_of_either_side_are_put_for_the_others(mainland: str, taiwan: str) -> None:
    assert mainland in mainland_words(f"這裡的{taiwan}很多")
    assert to_script(taiwan, "Hans") in taiwan_words(f"这里的{mainland}很多")


def test_quotation_marks_are_those_of_the_script_and_an_apostrophe_stays() -> None:
    assert shown_in("报告说：“要抓好‘两件事’。”", "Hant", written="Hans") == "報告說：「要抓好『兩件事』。」"
    assert shown_in("報告說：「要抓好『兩件事』。」", "Hans", written="Hant") == "报告说：“要抓好‘两件事’。”"
    assert shown_in("用户说it’s好", "Hant", written="Hans").count("’") == 1
    assert shown_in("报告说：“好”。", "Hans", written="Hans") == "报告说：“好”。"
