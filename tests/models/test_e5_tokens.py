import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.errors import ModelError
from dgqa.models.e5.convert import build_tokenizer
from dgqa.models.e5.file import read_weights
from dgqa.models.e5.tokens import FILES, PieceTokenizer, write_pieces
from dgqa.models.store import ensure_model
from tiny_e5 import POSITIONS, tiny_e5

PROMPTS = ("query: ", "", "a", "数字")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("pieces")
    (place / "tiny.bin").write_bytes(tiny_e5())
    write_pieces(read_weights(place / "tiny.bin"), build_tokenizer(read_weights(place / "tiny.bin")), place)
    return place


@pytest.fixture(scope="module")
def whole(folder: Path) -> Any:
    tokenizer = build_tokenizer(read_weights(folder / "tiny.bin"))
    tokenizer.enable_truncation(POSITIONS)
    return tokenizer


def check(pieces: PieceTokenizer, whole: Any, text: str, prompt: str) -> bool:
    """Compare a text's tokens with the whole tokenizer's; False where they are left to it."""
    found = pieces.encode(text, prompt)
    if found is None:
        return False
    want = whole.encode(prompt + text)
    assert list(found.ids) == want.ids, (prompt, text)
    assert list(found.own) == [end > len(prompt) for _, end in want.offsets], (prompt, text)
    return True


@pytest.mark.parametrize("text", ["数字政府", "数字～政府？", "政府建设什么", "aab ab", "a   a", "龘龘a龘", "a\u200b\u0007b", "Ａ？", "数字" * 30, "b\n\ta"])
def test_tokens_are_those_of_the_whole_tokenizer(folder: Path, whole: Any, text: str) -> None:
    pieces = PieceTokenizer(folder, POSITIONS)
    assert all(check(pieces, whole, text, prompt) for prompt in PROMPTS)


def test_what_this_cannot_tell_is_left_to_the_whole_tokenizer(folder: Path) -> None:
    pieces = PieceTokenizer(folder, POSITIONS)
    assert [pieces.encode(text, "query: ") for text in ("a</s>", "<mask>", " a", "　数字")] == [None] * 4
    assert pieces.encode("\u0007", "") is None  # nothing is left of it


@given(st.text(st.sampled_from("数字政府建设什么ab:？～~ Ａ龘\u200b\u0007\u0301é</s>\n"), max_size=40), st.sampled_from(PROMPTS))
def test_any_text_has_the_whole_tokenizers_tokens_or_is_left_to_it(folder: Path, whole: Any, text: str, prompt: str) -> None:
    check(PieceTokenizer(folder, POSITIONS), whole, text, prompt)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_model_error(folder: Path, tmp_path: Path, name: str) -> None:
    for file in FILES:
        (tmp_path / file).write_bytes((folder / file).read_bytes())
    (tmp_path / name).write_bytes((folder / name).read_bytes()[:-3])
    with pytest.raises(ModelError, match="cannot be read"):
        PieceTokenizer(tmp_path, POSITIONS)


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
    whole = Tokenizer.from_file(str(folder / "tokenizer.json"))
    whole.enable_truncation(512)
    pieces = PieceTokenizer(folder, 512)
    told = [check(pieces, whole, text, "query: ") for text in texts()]
    assert sum(told) > 0.97 * len(told)
