"""An article added in a real browser: the audit is shown, and it can be asked about at once, without a restart."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browsing import BADGES, BOX, expect, in_a_browser, visit
from dgqa.answer.assistant import Assistant
from dgqa.index.build import Index, build_index
from dgqa.search.retriever import Retriever
from dgqa.web.page import page as ui
from dgqa.web.server import Address
from dgqa.web.uploads import Uploader
from fakes import HashingEmbedder
from office_files import pdf
from scripted import free_port

NEW = "# 数据要素市场\n\n数据要素市场的培育需要明确数据产权制度，2024年试点已有十二个城市。\n"

pytestmark = in_a_browser


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "old.md").write_text("# 数字政府\n\n数字政府建设是一项系统工程，需要统筹推进。\n", encoding="utf-8")
    build_index(folder, tmp_path / "index", embedder=HashingEmbedder())
    return folder


@pytest.fixture
def page(browser: Any, corpus: Path, tmp_path: Path) -> Iterator[Any]:
    embedder = HashingEmbedder()
    assistant = Assistant(Retriever.open(tmp_path / "index", embedder=embedder))
    port = free_port()
    served = ui.serve(assistant, Address(port=port), ui.Offer(uploader=Uploader(corpus, tmp_path / "index", embedder=embedder)), block=False)
    page = browser.new_page(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    visit(page, f"http://127.0.0.1:{port}/")
    yield page
    page.close()
    served.close()


def add(page: Any, name: str, content: str | bytes, kind: str = "text/markdown") -> Any:
    """Add a file on the page and return the place of the report."""
    page.locator("button[data-view=read]").click()
    page.locator("#dgqa-upload-files input[type=file]").set_input_files({"name": name, "mimeType": kind, "buffer": content.encode() if isinstance(content, str) else content})
    expect(page.locator("#dgqa-upload-files")).to_contain_text(name.rpartition(".")[0])
    page.locator("#dgqa-upload-add").click()
    return page.locator("#dgqa-upload-report")


def test_an_added_article_can_be_asked_about_at_once(page: Any, corpus: Path) -> None:
    expect(page.locator("#dgqa-upload-files input[type=file]")).to_have_attribute("aria-label", "选择要加入的文献")
    report = add(page, "数据.md", NEW)
    expect(report).to_contain_text("已加入 数据.md: 数据要素市场")
    expect(report).to_contain_text("可以就新文献提问了：共 2 篇文献")
    assert (corpus / "uploads" / "数据.md").read_text(encoding="utf-8") == NEW
    page.locator("button[data-view=ask]").click()
    page.fill(BOX, "数据要素市场试点有多少个城市？")
    page.press(BOX, "Enter")
    expect(page.locator(BADGES)).to_have_count(1)
    expect(page.locator("body")).to_contain_text("2024年试点已有十二个城市")


def test_a_file_that_cannot_be_used_says_why_and_leaves_the_corpus_as_it_was(page: Any, corpus: Path) -> None:
    report = add(page, "空.md", "  ")
    expect(report).to_contain_text("未加入 空.md: 文件是空的。")
    expect(report).to_contain_text("没有文件被加入")
    expect(add(page, "图.png", "picture")).to_contain_text("未加入 图.png: 不能加入这种文件（.png）。")
    assert [path.name for path in corpus.iterdir()] == ["old.md"]


def test_the_cited_words_of_a_printed_page_are_in_sight(page: Any, corpus: Path, tmp_path: Path) -> None:
    pytest.importorskip("pypdfium2")
    lines = [f"第{number}条说的是码头的第{number}项规定。" for number in range(1, 36)]
    add(page, "码头.pdf", pdf([lines]), "application/pdf")
    expect(page.locator("#dgqa-upload-report")).to_contain_text("共 2 篇文献")
    index = Index.open(tmp_path / "index")
    start = index.raw("uploads/码头.pdf").index("第34条")
    index.close()
    page.set_viewport_size({"width": 1440, "height": 560})
    visit(page, f"{page.url.partition('?')[0]}?doc=uploads/码头.pdf&start={start}&end={start + 12}")
    expect(page.locator("#dgqa-leaf .dgqa-light").first).to_be_in_viewport()
    page.wait_for_function("(sheet => sheet.scrollTop > 0)(document.querySelector('#dgqa-leaf'))")


def test_a_file_that_is_too_large_to_be_sent_is_refused_in_the_readers_language(page: Any) -> None:
    page.locator("button[data-view=read]").click()
    page.locator("#dgqa-upload-files input[type=file]").set_input_files({"name": "大.txt", "mimeType": "text/plain", "buffer": b"a" * 41_000_000})
    toast = page.locator(".toast-body")
    expect(toast).to_contain_text("文件太大，请拆成几个小文件。")
    expect(toast).to_contain_text("出错了")
    expect(toast).not_to_contain_text("Error")


def test_an_added_article_can_be_replaced_and_deleted_and_the_index_built_again(page: Any, corpus: Path) -> None:
    page.locator("button[data-view=read]").click()
    page.locator("#dgqa-upload-folder textarea, #dgqa-upload-folder input").first.fill("试点")
    add(page, "数据.md", NEW)
    row = page.locator("#dgqa-listing tr", has_text="数据要素市场")
    expect(row.locator(".dgqa-folder")).to_have_text("试点")
    expect(page.locator(".dgqa-remove")).to_have_count(1)  # of the article that came with the corpus there is none
    row.locator(".dgqa-folder").click()  # asked on its own
    expect(page.locator("#dgqa-chips")).to_contain_text("试点/")
    expect(page.locator("#dgqa-question textarea")).to_be_focused()
    page.locator("#dgqa-chips button").click()
    page.locator("button[data-view=read]").click()
    row.locator(".dgqa-move").click()
    row.locator("input").fill("年报")
    row.locator("input").press("Enter")
    expect(row.locator(".dgqa-folder")).to_have_text("年报")
    row.locator(".dgqa-move").click()
    row.locator("input").fill("试点")
    row.locator("button[type=submit]").click()
    expect(row.locator(".dgqa-folder")).to_have_text("试点")
    page.get_by_label("替换同名文献").check()
    noted = add(page, "数据.md", NEW + "新的一版。\n")
    # What was said of the first one may still stand there.
    deadline = time.monotonic() + 60
    while "新的一版" not in (corpus / "uploads" / "试点" / "数据.md").read_text(encoding="utf-8"):
        assert time.monotonic() < deadline
        page.wait_for_timeout(100)
    expect(noted).to_contain_text("共 2 篇文献")
    (corpus / "by-hand.md").write_text("# 手工放入\n\n这一篇是直接放进文件夹的。\n", encoding="utf-8")
    page.get_by_role("button", name="更新索引", exact=True).click()
    expect(page.locator("#dgqa-changed")).to_have_text(re.compile("文献库已更新：共 3 篇文献"))
    expect(page.locator("#dgqa-listing")).to_contain_text("手工放入")
    page.locator(".dgqa-remove").click()
    page.locator("#dgqa-notice").get_by_role("button", name="删除").click()
    expect(page.locator("#dgqa-listing tbody tr")).to_have_count(2)
    assert not (corpus / "uploads" / "试点").exists()
