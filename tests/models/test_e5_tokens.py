import random
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.errors import ModelError
from dgqa.models.e5.convert import build_tokenizer
from dgqa.models.e5.file import read_weights
from dgqa.models.e5.tokens import FILES, WHOLE, Vocabulary, write_pieces
from dgqa.models.store import ensure_model
from tiny_e5 import tiny_e5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pieces")
    (place / "tiny.bin").write_bytes(tiny_e5())
    tokenizer = build_tokenizer(read_weights(place / "tiny.bin"))
    tokenizer.save(str(place / WHOLE))
    write_pieces(read_weights(place / "tiny.bin"), tokenizer, place)
    return place


@pytest.fixture(scope="module")
def whole(folder: Path) -> Any:
    return build_tokenizer(read_weights(folder / "tiny.bin"))


def check(vocabulary: Vocabulary, whole: Any, texts: Sequence[str]) -> None:
    """Compare the tokens of texts, cut together, with the whole tokenizer's."""
    for text, found, want in zip(texts, vocabulary.cut(texts), whole.encode_batch(list(texts), add_special_tokens=False), strict=True):
        assert list(found.ids) == want.ids, text
        assert list(found.offsets) == want.offsets, text


TEXTS = ("数字政府", "数字～政府？", "政府建设什么", "aab ab", "a   a", "龘龘a龘", "a\u200b\u0007b", "Ａ？", "数字" * 30, "b\n\ta", " a", "　数字", "\u0007", "")


@pytest.mark.parametrize("text", [*TEXTS, "a</s>", "<mask>", "数 <unk>", "＜unk＞"])
def test_tokens_are_those_of_the_whole_tokenizer(folder: Path, whole: Any, text: str) -> None:
    vocabulary = Vocabulary(folder)
    check(vocabulary, whole, [text])
    check(vocabulary, whole, ["数字", text, "query: a"])


@given(st.lists(st.text(st.sampled_from("数字政府建设什么ab:？～~ Ａ龘\u200b\u0007\u0301é</s>\n"), max_size=40), max_size=3))
def test_any_texts_have_the_whole_tokenizers_tokens(folder: Path, whole: Any, texts: list[str]) -> None:
    check(Vocabulary(folder), whole, texts)


def test_only_a_text_with_the_name_of_a_special_token_needs_the_whole_tokenizer(folder: Path, tmp_path: Path) -> None:
    for file in FILES:
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    (tmp_path / WHOLE).write_text("{", "utf-8")
    assert Vocabulary(tmp_path).cut(TEXTS) == Vocabulary(folder).cut(TEXTS)
    with pytest.raises(ModelError, match="cannot be read"):
        Vocabulary(tmp_path).cut(["a</s>"])


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_model_error(folder: Path, tmp_path: Path, name: str) -> None:
    for file in FILES:
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    (tmp_path / name).write_bytes((folder / name).read_bytes()[:-3])
    with pytest.raises(ModelError, match="cannot be read"):
        Vocabulary(tmp_path)


def texts() -> Iterator[str]:
    """Yield every assigned character in a context, and random runs of characters of many kinds."""
    for code in range(0x110000):
        if not 0xD800 <= code < 0xE000 and (unicodedata.category(chr(code)) not in {"Cn", "Co"} or code % 101 == 0):
            yield f"数{chr(code)}a{chr(code)}"
    draw = random.Random(0)
    pool = [chr(code) for code in (*range(0x20, 0x600), *range(0x2000, 0x3100), *range(0x4E00, 0x9FA0), *range(0xF900, 0xFFF0))]
    for _ in range(20_000):
        yield "".join(draw.choices(pool, k=draw.randrange(30))) + draw.choice(["", " 数字政府", "　", "?!", "e\u0301"])


@pytest.mark.model
def test_the_real_vocabulary_gives_the_real_tokens() -> None:
    from tokenizers import Tokenizer

    folder = ensure_model("multilingual-e5-small")
    whole, vocabulary = Tokenizer.from_file(str(folder / WHOLE)), Vocabulary(folder)
    for lot in batched(texts(), 64):
        check(vocabulary, whole, lot)


def batched(items: Iterator[str], size: int) -> Iterator[list[str]]:
    while lot := list(islice(items, size)):
        yield lot
