"""The wordings: every key in three languages with the same blanks, and every key that the code says is there."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from string import Formatter

import pytest

from dgqa.messages import LANGUAGES, Language, listed, page_name, say, wordings
from dgqa.web.page.words import for_browser

SOURCE = Path(__file__).parents[1] / "src" / "dgqa"
FILES = ("messages", "page")
ENTRIES = [pytest.param(wordings(name)[key], id=f"{name}.{key}") for name in FILES for key in wordings(name)]


def said(folder: Path) -> set[str]:
    """Return the keys that the modules of a folder say in so many words."""
    return {
        node.args[0].value
        for file in folder.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "say" and node.args
        if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
    }


@pytest.mark.parametrize("entry", ENTRIES)
def test_a_wording_has_three_languages_with_the_same_blanks(entry: dict[str, str]) -> None:
    assert tuple(entry) == LANGUAGES and all(isinstance(text, str) for text in entry.values())
    blanks = {tuple(sorted((name or "", spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None)) for text in entry.values() if text}
    assert len(blanks) == 1


def test_no_wording_of_the_page_is_empty() -> None:
    assert all(text.strip() for entry in wordings("page").values() for text in entry.values())


def test_whatever_is_said_in_the_code_has_a_wording() -> None:
    assert said(SOURCE / "answer") <= set(wordings("messages"))
    assert said(SOURCE / "web") <= set(wordings("page"))


# One thing has one word, and 繁體 has the words of Taiwan's interfaces.
OTHER_WORDS = {"Hans": "文章|证据|重建索引", "Hant": "文章|證據|重建索引|打開|查找|保存|文件夾|默認|服務器|軟件|網絡", "Latn": "[Dd]efect|[Dd]ocument|[Cc]orpus"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_has_one_word(language: Language) -> None:
    odd = {key: found[0] for name in FILES for key, entry in wordings(name).items() if (found := re.search(OTHER_WORDS[language], entry[language]))}
    assert not odd


def test_no_english_wording_of_the_page_says_1_articles() -> None:
    many = {"characters", "chip_documents", "upload_limits"}  # of which there is always more than one
    assert {key for key, entry in wordings("page").items() if re.search(r"\{[^}]*\}(?: \w+)? (?!is\b)\w+s\b", entry["Latn"])} <= many


def test_what_fills_a_blank_is_put_into_the_readers_script() -> None:
    assert "數據共享" in say("off_topic", "Hant", topics="数据共享")
    assert "数据共享" in say("off_topic", "Latn", topics="数据共享")


def test_titles_in_the_script_of_the_message_stay_as_they_stand_beside_others() -> None:
    named = say("off_topic", "Hans", topics=listed(["《乾州镇志》", "《龍山縣志》"], "Hans"))
    assert "《乾州镇志》、《龙山县志》" in named
    assert listed(["《灣頭占有率》", "《只有一只手机》"], "Hant") == "《灣頭占有率》、《只有一隻手機》"


def test_a_page_is_named_in_the_readers_language() -> None:
    assert [page_name("page 3–4", language) for language in LANGUAGES] == ["第 3–4 页", "第 3–4 頁", "page 3–4"]
    assert page_name("", "Hans") == "" and page_name("slide 2", "Hant") == "第 2 張投影片" and page_name("verse 2", "Hant") == "verse 2"


def test_the_browser_gets_the_same_wordings_by_language() -> None:
    given = json.loads(for_browser())
    assert tuple(given) == LANGUAGES and all(given[language].keys() == wordings("page").keys() for language in LANGUAGES)
