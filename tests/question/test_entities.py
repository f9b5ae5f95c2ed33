"""Entities: what a question names beside places, years and titles, and whether a text names it too."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.entities import Entity, entities, names


def found(question: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.name) for entity in entities(Text(question))]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("国家数据局的职责是什么？", [("body", "国家数据局")]),
        ("國家數據局的職責是什麼？", [("body", "国家数据局")]),
        ("谭家超在哪所大学任教？", []),
        ("数字广东网络建设有限公司由谁出资？", [("body", "数字广东网络建设有限公司")]),
        ("“粤省事”小程序怎么用？", [("quoted", "粤省事")]),
        ("十九届六中全会提出了什么？", [("ordinal", "十九届六中全会")]),
        ("第二届论坛的主题是什么？", [("ordinal", "第二届")]),
        ("数字政府4.0时代的特征是什么？", [("version", "4.0")]),
        ("安吉县的平台怎样？", [("district", "安吉县")]),
        ("王小明怎么看数字政府？", [("person", "王小明")]),
        ("馬亮等人的觀點是什麼？", [("person", "马亮")]),
        ("文章怎么看数字政府？", []),
        ("金融怎么评价？", []),
        ("最早提出敏捷治理理念的是谁？", [("term", "敏捷治理")]),
        ("谁提出了质疑？", []),
        ("松口通的注册用户有多少？", [("product", "松口通")]),
        ("春风系统接入了多少条船？", [("platform", "春风")]),
        ("国家渡运服务平台的用户有多少？", []),
        ("溪口镇渡船管理办法什么时候施行？", [("district", "溪口镇"), ("law", "溪口镇渡船管理办法")]),
        ("請問航道保護法第幾條？", [("law", "航道保护法")]),
        ("有什么办法管理渡船？", []),
        ("《航道条例》规定了什么？", []),
        ("根据溪政函〔2020〕31号，谁来养护？", [("code", "溪政函〔2020〕31号")]),
        ("2020年31号泊位修好了吗？", []),
        ("他们对“走到哪一步”的判断一致吗？", []),
        ("县一级的平台有几个？", []),
        ("各市的平台有哪些？", []),
        ("司法区块链平台有什么用？", []),
        ("覆盖率达到3.5%了吗？", []),
        ("该市有多少所大学？", []),
        ("她就读辅仁大学时写了什么？", [("body", "辅仁大学")]),
        ("What's Li's job at the office?", []),
        ("What is a \"Model C\" school?", []),
        ("What does the “1+M+N” layout mean?", [("quoted", "1+M+N")]),
        ("What does the digital government 4.0 era stand for?", [("version", "4.0")]),
    ],
)
def test_what_a_question_names(question: str, expected: list[tuple[str, str]]) -> None:
    assert found(question) == expected


@pytest.mark.parametrize(
    ("kind", "name", "text", "there"),
    [
        ("law", "溪口镇渡船条例", "依照渡船条例处罚。", True),
        ("law", "溪口镇渡条例", "溪口镇渡船条例\n第一条", True),
        ("law", "溪口镇渡船条例", "溪口镇渡船办法\n第一条", False),
        ("code", "溪政函〔2020〕31号", "见溪政函[2020]31號。", True),
        ("code", "溪政函〔2020〕31号", "见溪政函〔2020〕13号、溪政函〔2021〕31号。", False),
    ],
)
def test_a_text_names_a_law_or_an_official_number_or_not(kind: str, name: str, text: str, there: bool) -> None:
    assert names(Text(text), Entity(kind, name)) is there  # type: ignore[arg-type]  # a kind of the table above


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("随江办的注册用户有多少？", [("product", "随江办")]),
        ("云榫平台接入了多少单位？", [("product", "云榫")]),
        ("2022年4月6日青禾市成立了什么机构？", [("district", "青禾市")]),
        ("四月六日青禾市成立了什么机构？", [("district", "青禾市")]),
        ("政务服务平台的特点是什么？", []),
        ("全国一体化平台有多少用户？", []),
        ("网上办的事项有多少？", []),
        ("跨省通办有多少项？", []),
        ("健康码有多少用户？", []),
    ],
)
def test_an_app_needs_no_quotation_marks_and_a_day_is_no_part_of_a_place(question: str, expected: list[tuple[str, str]]) -> None:
    assert [(entity.kind, entity.name) for entity in entities(Text(question))] == expected
