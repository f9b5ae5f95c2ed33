"""Whatever a file holds, loading it ends in time with a document whose parts fit together, or with a typed error."""

import itertools
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dgqa.corpus.audit import audit
from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.errors import CorpusError
from dgqa.language.text import search_tokens
from dgqa.types import Document

SUFFIXES = st.sampled_from([".txt", ".md", ".html"])
# What damaged files are made of; whole and cut tags, controls, marks that turn the direction, half surrogates.
PIECES = st.sampled_from(
    ["数字政府。", "政務服務，", "一、标题", "（一）小标题", "\n", "\n\n", "\r\n", "\t", "    ", "\0", "\u202e", "\u200b", "\ufeff", "\ud800", "\udfff", "�", "?;", "?。", "Ã©", "鏁板瓧",
     "---\n", "title: '甲", "date: 2020-13-45\n", "a: [1, {b\n", "&a *a", "# ", "## 甲\n", "> ", "- ", "1. ", "| 甲 | 乙 |\n", "|---|---|\n", "```", "**", "`", "[甲](", "![", "](http://a.b)", "~~~\n",
     "<p>", "</p>", "<div", "</div>", "<table><tr><td>", "<li>", "<h2>", "<b>", "<script>", "</script>", "<!--", "-->", "<![CDATA[", "&nbsp;", "&#xD800;", "&#", "&amp", "<img alt='图", "'>", "<a href=\"",
     "[1]", "^[2]", "①", "(1)SMITH A. Tools[J]. Review, 2020(1):1-9.", "¹ 【作者简介】：", "参考文献\n", "[3] 王某. 研究[J]. 2020.", "https://a.b/c?d=e", "image.png\n", "相关阅读\n", "分享到：微信 微博\n",
     "续表\n", "甲\t乙\n", "一是甲；而是乙；三是丙", "，", "……", "“", "”", "(", "％", "９", "a", "Z", " "]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=60).map("".join)
BYTES = st.one_of(
    st.binary(max_size=400),
    TEXTS.map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.tuples(TEXTS, st.sampled_from(["utf-16", "utf-16-be", "gb18030", "big5", "utf-8-sig", "utf-32"])).map(lambda pair: pair[0].encode(pair[1], "replace")),
    st.tuples(TEXTS, st.binary(max_size=6)).map(lambda pair: pair[0].encode("utf-8", "replace") + pair[1]),
)


def check(document: Document) -> None:
    """Assert what holds for every document."""
    raw, text = document.raw, document.text
    assert document.offsets.length == len(text)
    spans = [document.offsets.raw_span(i, i + 1) for i in range(min(len(text), 2000))]
    assert all(0 <= a < b <= len(raw) for a, b in spans)
    assert all(first[0] <= second[0] and first[1] <= second[1] for first, second in itertools.pairwise(spans))
    assert all(0 <= a < b <= len(text) for block in document.blocks for a, b in block.spans)
    assert all(-1 <= block.section < len(document.sections) for block in document.blocks)
    assert all(raw[defect.start : defect.end] == defect.raw and defect.raw for defect in document.defects)
    hidden = [block.spans for block in document.blocks if block.kind in {"note", "reference", "boilerplate"}]
    shown = [span for block in document.blocks if block.kind in {"paragraph", "list_item", "table_row"} for span in block.spans]
    assert not [1 for a, b in shown for spans in hidden for c, d in spans if a < d and c < b]
    for passage in split_document(document):
        assert passage.sentences and all(0 <= s.start < s.end <= len(raw) for s in passage.sentences)
        search_tokens(passage.text)


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=BYTES, suffix=SUFFIXES)
def test_a_file_is_a_sound_document_or_a_typed_error(tmp_path: Path, data: bytes, suffix: str) -> None:
    file = tmp_path / f"a{suffix}"
    file.write_bytes(data)
    try:
        document = load_document(file)
    except CorpusError as error:
        assert "a." in str(error)
        return
    check(document)
    audit([document])


LONG = 100_000
HOSTILE = {
    "newlines.txt": "字。\n" * 3 + "\n" * 1_000_000,
    "returns.txt": "字\r" * (LONG // 2),
    "spaces.html": "<p>甲" + " " * LONG + "乙。</p>",
    "spaces.md": "# 甲" + " #" * (LONG // 2) + "乙。",
    "open_tags.html": "<p>字。</p>" + "<a " * (LONG // 3),
    "open_quotes.html": "<p>字。</p>" + '<a "' * (LONG // 4),
    "open_comments.html": "<p>字。</p>" + "<!--" * (LONG // 4),
    "open_cdata.html": "<p>字。</p>" + "<![CDATA[" * (LONG // 9),
    "less_than.html": "<p>字。</p>" + "<" * LONG,
    "items.html": "<li>字。" * (LONG // 6),
    "headings.html": "<h1>字。" * (LONG // 6),
    "bold.html": "<p>" + "<strong>字</strong>" * (LONG // 18),
    "deep.html": "<div>" * (LONG // 5) + "字。",
    "comments.md": "字。\n\n<div>\n" + "<!--" * (LONG // 4),
    "brackets.md": "[字](" * (LONG // 4) + "。",
    "quotes.md": "> " * 20_000 + "字。",
    "nested.md": "\n".join("  " * i + "- 字。" for i in range(300)),
    "emphasis.md": "*字 **字 " * (LONG // 7) + "。",
    "yaml.md": "---\na: " + "[" * LONG + "\n---\n字。",
    "yaml_aliases.md": "---\n" + "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9) if i else 1}]" for i in range(20)) + "\n---\n字。",
    "lines.txt": "标题行\n" * (LONG // 4) + "字。",
    "rows.txt": "甲\t乙\n" * (LONG // 4) + "字。",
    "marks.txt": "字[1]" * (LONG // 4) + "。",
    "notes.txt": "见①" * (LONG // 2) + "https://a.b/c。",
    "superscripts.txt": "字¹" * (LONG // 2) + "。",
    "halves.txt": "这一行没有结束，因为它的后一半在下一页上，所以它还要继续下去\n" * (LONG // 30) + "字。",
    "typos.txt": "一是甲；而是乙；" * (LONG // 8) + "。",
    "garbled.txt": "Ã©" * (LONG // 2) + "字。",
    "controls.txt": "\u202e字\u200b" * (LONG // 3) + "。",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_is_read_in_time(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_text(HOSTILE[name], encoding="utf-8", newline="")
    started = time.process_time()
    document = load_document(file)
    passages = split_document(document)
    # A second or two each; what grows with the square of the length takes half a minute and more.
    assert time.process_time() - started < 15
    assert document.text and passages is not None
