"""Lists among sentences: found with the sentence that announces them, and nothing more."""

from __future__ import annotations

import pytest

from dgqa.language.lists import announces, is_item, listings
from dgqa.types import Sentence


def sentences(*texts: str) -> list[Sentence]:
    return [Sentence(text, 100 * i, 100 * i + len(text)) for i, text in enumerate(texts)]


def members(*texts: str, gaps: tuple[str, ...] = ()) -> list[tuple[int, tuple[int, ...]]]:
    return [(found.lead, found.members) for found in listings(sentences(*texts), gaps)]


@pytest.mark.parametrize(
    "items",
    [
        ("一是统一标准。", "二是共享数据。", "三是培训人员。"),
        ("第一，统一标准。", "第二，共享数据。", "第三，培训人员。"),
        ("其一，统一标准。", "其二，共享数据。", "其三，培训人员。"),
        ("①统一标准。", "②共享数据。", "③培训人员。"),
        ("（1）统一标准。", "（2）共享数据。", "（3）培训人员。"),
        ("首先，统一标准。", "其次，共享数据。", "最后，培训人员。"),
        ("一個是統一標準。", "另一個是共享數據。", "另一個是培訓人員。"),
        ("First, one standard.", "Second, shared data.", "Third, training."),
    ],
)
def test_numbered_items_belong_to_the_sentence_before_them(items: tuple[str, ...]) -> None:
    assert members("背景从略。", "村里做了这些事。", *items, "村民满意。") == [(1, (1, 2, 3, 4))]


def test_a_count_of_things_announces_the_items_behind_it() -> None:
    assert members("治理有三项原则。", "第一项原则是公开。", "第二项原则是公平。", "第三项原则是便民。") == [(0, (0, 1, 2, 3))]


def test_a_colon_takes_as_many_sentences_as_it_says() -> None:
    assert members("要做好两项工作：", "统一标准。", "共享数据。", "村民满意。") == [(0, (0, 1, 2))]


def test_semicolons_run_on_to_the_last_item() -> None:
    assert members("建成的有：", "数据平台；", "服务窗口；", "村务系统。", "村民满意。") == [(0, (0, 1, 2, 3))]


def test_bullets_are_seen_in_the_raw_text_before_the_sentences() -> None:
    gaps = ("", "\n- ", "\n- ", "\n\n")
    assert members("建成的有：", "数据平台", "服务窗口", "村民满意。", gaps=gaps) == [(0, (0, 1, 2))]
    assert members("建成的有：", "数据平台", "服务窗口", "村民满意。", gaps=("", "<ul><li>", "</li>\n<li class='x'><b>", "</li></ul><p>")) == [
        (0, (0, 1, 2))
    ]


def test_items_below_others_leave_room_for_as_many_outer_ones() -> None:
    texts = ["养船有三件事：", "修补", *(f"修补 › 第{at}号船板" for at in range(13, 27)), "上漆", "试水"]
    gaps = ("", *("\n- " for _ in texts[1:]))
    ((lead, found),) = members(*texts, gaps=gaps)
    assert (lead, found) == (0, tuple(range(len(texts))))


def test_a_sentence_that_explains_an_item_belongs_to_the_list_but_none_behind_the_last() -> None:
    assert members("做法有两条。", "第一，统一标准。", "标准由县里定。", "第二，共享数据。", "村民满意。") == [(0, (0, 1, 2, 3))]


def test_a_long_sentence_cut_at_its_semicolons_is_one_list_again() -> None:
    assert members("任务有三个：一是统一标准；", "二是共享数据；", "三是培训人员。", "村民满意。") == [(0, (0, 1, 2))]


def test_a_second_list_begins_with_its_own_first_item() -> None:
    assert members("甲有两点。", "第一，公开。", "第二，公平。", "乙也有两点。", "第一，便民。", "第二，高效。") == [(0, (0, 1, 2)), (3, (3, 4, 5))]


@pytest.mark.parametrize("text", ["一体化平台建成。", "一些地方先行。", "二十年来变化很大。", "第一次普查结束。", "首要任务是培训。", "其中有三个村。"])
def test_a_sentence_that_only_begins_with_a_numeral_is_no_item(text: str) -> None:
    assert not is_item(text)


@pytest.mark.parametrize(("text", "expected"), [("包括以下内容：", True), ("分为四个阶段。", True), ("他们有四个村。村里有路。", False), ("四个村通了路，都很满意。", False)])
def test_only_the_end_of_a_sentence_announces(text: str, expected: bool) -> None:
    assert announces(text) is expected


def test_a_colon_with_nothing_behind_it_makes_no_list() -> None:
    assert members("要做好两项工作：") == []
