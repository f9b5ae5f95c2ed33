"""Entities: the apps, platforms, laws and official numbers that a question names, and whether a text names one."""

import pytest

from dgqa.language.reading import Text
from dgqa.question.entities import Entity, entities, names


def found(question: str) -> list[tuple[str, str]]:
    return [(entity.kind, entity.name) for entity in entities(Text(question))]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("松口通的注册用户有多少？", [("product", "松口通")]),
        ("春风系统接入了多少条船？", [("platform", "春风")]),
        ("国家渡运服务平台的用户有多少？", []),
        ("溪口镇渡船管理办法什么时候施行？", [("law", "溪口镇渡船管理办法")]),
        ("請問航道保護法第幾條？", [("law", "航道保护法")]),
        ("有什么办法管理渡船？", []),
        ("《航道条例》规定了什么？", []),
        ("根据溪政函〔2020〕31号，谁来养护？", [("code", "溪政函〔2020〕31号")]),
        ("2020年31号泊位修好了吗？", []),
        ("各市的平台有哪些？", []),
        ("司法区块链平台有什么用？", []),
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
        ("政务服务平台的特点是什么？", []),
        ("全国一体化平台有多少用户？", []),
        ("网上办的事项有多少？", []),
        ("跨省通办有多少项？", []),
        ("健康码有多少用户？", []),
    ],
)
def test_an_app_needs_no_quotation_marks(question: str, expected: list[tuple[str, str]]) -> None:
    assert [(entity.kind, entity.name) for entity in entities(Text(question))] == expected
