"""Tests of `dgqa.corpus.damage.gbk_damage` on small texts, damaged by the model of the damage that eval/measure/gbk_damage.py has."""

from __future__ import annotations

import importlib.util
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dgqa.corpus.damage.gbk_damage import repair_gbk_cuts
from dgqa.types import Defect

SCRIPT = Path(__file__).resolve().parents[2] / "eval" / "measure" / "gbk_damage.py"

# A document around the damage: it has the marks, the script and the width of a real one.
HANS = (
    "我们沿着堤坝走了一个下午,傍晚才回到镇上。渡口的老人说,从前这里有船,有集市,也有一所小学。"
    "桥修好以后,船就停了。镇上要建一座图书馆,孩子们都很高兴。有人提议,把旧船坞改成茶馆。\n"
)
HANT = (
    "我們沿着堤壩走了一個下午,傍晚纔回到鎮上。渡口的老人說,從前這裏有船,有集市,也有一所小學。"
    "橋修好以後,船就停了。鎮上要建一座圖書館,孩子們都很高興。有人提議,把舊船塢改成茶館。\n"
)


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gbk_damage_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = load_script()


def cut(text: str, width: str = "half") -> str:
    """Return ``text`` with every cut made that can be made."""
    return str(script.damage(text, random.Random(0), rate=1.0, width=width)[0])


def repairs(defects: Sequence[Defect]) -> list[tuple[str, str | None]]:
    return [(defect.raw, defect.repaired) for defect in defects]


def mend(text: str, defects: Sequence[Defect]) -> str:
    """Return ``text`` with the repairs made, last ones first so that offsets hold."""
    for defect in reversed(defects):
        text = text[: defect.start] + (defect.repaired or defect.raw) + text[defect.end :]
    return text


@pytest.mark.parametrize(
    ("true", "width", "seen"),
    [
        # A1|A3BB C6BA D3CB AE2C: the comma is swallowed by the lone byte before it.
        ("走来。黄河水,很浅", "half", "走来?;坪铀?很浅"),
        # A1|A3A1 B694 B58C 57: the second byte of 學 is the letter W.
        ("讀完。《數學》", "half", "讀完?!稊祵W》"),
        # A1|A3BF C9CA C7CB FB2C: 可是他 is BFC9 CAC7 CBFB.
        ("走来。可是他,很", "half", "走来??墒撬?很"),
        # B2|A1A3 A8CF C2A3 A9: 病 is B2A1, the brackets A3A8 and A3A9 around 下, CFC2.
        ("重病（下）", "late", "重?。ㄏ拢?"),
        # D0|A3|A1A3: 校 is cut inside, before A3A1, and behind, before A1A3.
        ("學校。", "half", "學??。"),
        # Where a character does begin, a cut leaves no trace.
        ("走。停；看！来？", "full", "走。停；看！来？"),
    ],
)
def test_the_model_of_the_damage_does_to_the_bytes_what_a_reader_can_recompute(
    true: str, width: str, seen: str
) -> None:
    assert cut(true, width) == seen


def test_a_run_without_a_private_use_character_is_read_back_and_its_lost_end_left_alone() -> None:
    text = HANS + "他们顺着小路走来?;坪铀?很浅。"

    assert repairs(repair_gbk_cuts(text)) == [("?", "。"), (";坪铀", "黄河"), ("?", None)]


def test_a_run_with_private_use_characters_is_read_back() -> None:
    text = HANS + "他们顺着小路走来?;\ue2c4诤闷?一路问个不停。"

    assert repairs(repair_gbk_cuts(text)) == [("?", "。"), (";\ue2c4诤闷", "基于好"), ("?", None)]


def test_a_run_that_a_low_second_byte_ends_is_one_repair() -> None:
    text = HANT + "孩子們在茶館裏讀完?!稊祵W入門》,又去看船。"

    (defect,) = repair_gbk_cuts(text)

    assert (defect.raw, defect.repaired) == ("?!稊祵W", "。《數學")
    assert defect.kind == "gbk_cut"
    assert 0.9 <= defect.confidence <= 1.0


def test_a_run_ends_at_a_letter_that_its_last_byte_was_paired_with() -> None:
    damaged = cut(HANS + "他们顺着小路走来。还有一张唱片CD,一把伞。")

    assert "唱片CD" not in damaged
    assert "。还有一张唱片CD,一把伞" in mend(damaged, repair_gbk_cuts(damaged))


def test_the_replacement_character_counts_as_a_lone_byte() -> None:
    text = HANS + "他们顺着小路走来\ufffd;坪铀\ufffd,很浅。"

    assert repairs(repair_gbk_cuts(text)) == [("\ufffd", "。"), (";坪铀", "黄河"), ("\ufffd", None)]


def test_a_word_torn_by_the_cut_gets_its_lost_byte_from_the_dictionary() -> None:
    damaged = cut(HANS + "这一带是自然保护区,鸟很多。")

    assert "保护" not in damaged
    assert "这一带是自然保护" in mend(damaged, repair_gbk_cuts(damaged))


def test_a_cut_that_ends_one_run_and_begins_the_next_leaves_two_runs() -> None:
    damaged = cut(HANS.replace(",", "，") + "他说。“我们一起走完了这段长堤。”大家都笑了。", "full")

    repaired = mend(damaged, repair_gbk_cuts(damaged))

    assert "“我们一起走完了这段长" in repaired
    assert "”大家都笑" in repaired


@pytest.mark.parametrize("width", ["half", "late", "full"])
def test_repairs_have_the_width_of_the_documents_marks(width: str) -> None:
    text = HANT if width == "half" else HANT.replace(",", "，")
    damaged = cut(text + "鎮上的老師讀完。《數學（上）》給孩子們聽。", width)

    repaired = mend(damaged, repair_gbk_cuts(damaged))

    assert ("。《數學（上）》" if width == "full" else "。《數學(上)》") in repaired


@pytest.mark.parametrize(
    "text",
    [
        "",
        "?",
        "??",
        "什么??真的吗?!不会吧?;好像是?。",
        "你说什么？！真的？？是的！！",
        "What?! Is it true?? http://example.org/?;a=1",
        "他问:“去不去?”我说:“去?!”大家都笑了???",
        HANS,
        HANT,
        "太好了?!!!!!!我们走" + "?" * 500 + "?;" * 500,
        "图标\ue001和\ue002不是损坏?是网页字体。",
    ],
)
def test_sound_text_has_no_defects(text: str) -> None:
    assert repair_gbk_cuts(text) == ()


def test_a_place_with_nothing_but_lost_bytes_is_marked_beside_a_sure_one() -> None:
    text = HANT + "孩子們在茶館裏讀完?!稊祵W入門》,又去小學??。老師不在。"

    defects = repair_gbk_cuts(text)

    assert repairs(defects[:1]) == [("?!稊祵W", "。《數學")]
    assert all(defect.repaired in (None, "校") for defect in defects[1:])
    assert [defect.raw for defect in defects[1:]] == ["??"]


def test_sound_text_does_not_load_the_dictionary() -> None:
    code = (
        "import sys; from dgqa.corpus.damage.gbk_damage import repair_gbk_cuts; "
        f"repair_gbk_cuts({HANS!r} * 100); sys.exit('jieba' in sys.modules or 'opencc' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@settings(max_examples=150)
@given(st.text(st.sampled_from("?\ufffd;!。；！？\n€Aa5,，坪铀来黄河\ue2c4\ue848ㄊ（數")))
def test_defects_are_sorted_apart_and_hold_what_stands_there(text: str) -> None:
    end = 0
    for defect in repair_gbk_cuts(text):
        assert end <= defect.start < defect.end <= len(text)
        assert defect.raw == text[defect.start : defect.end]
        assert 0.0 <= defect.confidence <= 1.0
        end = defect.end


@pytest.mark.parametrize("width", ["half", "late", "full"])
@pytest.mark.parametrize("around", [HANS, HANT])
def test_what_is_repaired_is_the_truth(around: str, width: str) -> None:
    rng = random.Random(0)
    sentences = [sentence + "。" for sentence in around.strip().split("。") if sentence]
    ahead = ["黄河很宽。", "可是没有人。", "“这里很好。”", "会有人来的。", "《数学》在这里。"]
    found = 0
    for _ in range(5):
        text = around + "".join(rng.choice(sentences) + rng.choice(ahead) for _ in range(6))
        damaged, spots = script.damage(text, rng, width=width)
        defects = repair_gbk_cuts(damaged)
        for spot in spots:
            here = [defect for defect in defects if defect.start < spot.end and defect.end > spot.start]
            if here:
                assert all(right for _, right in script.judge(damaged, spot, here))
                found += 1
    assert found >= 10


def test_the_script_prints_one_line_for_each_setting(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sound.txt"
    path.write_text(HANS * 3 + "走来。黄河很宽。可是没有人。\n" * 3, encoding="utf-8")

    assert script.main([str(path), "--spots", "12", "--seed", "1"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line[:10].strip() for line in lines[1:7]] == [
        f"{name} {width}" for name in ("Hans", "Hant") for width in ("half", "late", "full")
    ]
    assert "0 false repairs" in lines[-1]
