"""Documents that questions name by their official numbers."""

import pytest

from dgqa.index.queries import Entry
from dgqa.language.reading import Text
from dgqa.search.sources import Sources

SOURCES = Sources(
    [
        Entry(0, "a", "a.txt", "关于整修步道的通知", "", "2021-04-02", "", "溪政办发〔2021〕8号"),
        Entry(1, "b", "b.txt", "关于步道养护的意见", "", "2021-06-11", "", "政办发〔2021〕8号"),
        Entry(2, "c", "c.txt", "关于林地的复函", "", "2022-01-05", "", "溪政函〔2022〕18号"),
        Entry(3, "d", "d.txt", "记步道", "", "", ""),
    ]
)


@pytest.mark.parametrize("written", ["〔2021〕8号", "[2021]8号", "（2021）8号", "(2021) 8 号", "【2021】8號", "［2021］第8号", "2021年8号"])
def test_a_number_names_its_document_in_any_brackets(written: str) -> None:
    named = SOURCES.named(Text(f"溪政办发{written}的整修期限是多久？"))
    assert named.numbers == {0} and named.firm


def test_the_longest_number_that_fits_is_meant() -> None:
    assert SOURCES.named(Text("根据政办发〔2021〕8号，谁来养护？")).numbers == {1}
    assert SOURCES.named(Text("根据溪政办发〔2021〕8号，谁来整修？")).numbers == {0}


@pytest.mark.parametrize("question", ["溪政办发〔2021〕18号的期限是多久？", "溪政函〔2021〕18号的期限是多久？", "2021年8号楼修好了吗？"])
def test_another_number_names_no_document(question: str) -> None:
    assert not SOURCES.named(Text(question)).numbers


def test_a_number_is_told_apart_from_what_is_asked() -> None:
    question = Text("溪政函〔2022〕18号的期限是多久？")
    assert SOURCES.titled(question).text == "《关于林地的复函》的期限是多久？"
    assert "18" not in SOURCES.unnamed(question)
