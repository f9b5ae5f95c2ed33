"""Every measure against values that a reader can recompute by hand."""

from __future__ import annotations

from fractions import Fraction
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.evaluation import metrics
from dgqa.evaluation import statistics as intervals
from dgqa.language.text import words
from dgqa.language.values import Amount, Date, contains, scan, values
from dgqa.types import AnswerSentence, Citation
from evaluated import RAWS, VISITS, WINDOWS, citation

# --- numbers and dates as values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("74", 74),
        ("七十四", 74),
        ("1,740.5", Fraction(3481, 2)),
        ("1.2亿", 120_000_000),
        ("12000万", 120_000_000),
        ("120,000,000", 120_000_000),
        ("67.4億", 6_740_000_000),
        ("3亿5000万", 350_000_000),
        ("三亿五千万", 350_000_000),
        ("2.5万亿", 2_500_000_000_000),
        ("5千", 5000),
        ("一千零五十", 1050),
        ("两千零五", 2005),
        ("三百五", 350),
        ("一万二", 12_000),
        ("三点五亿", 350_000_000),
        ("百万", 1_000_000),
        ("二〇二三", 2023),
        ("3.2 million", 3_200_000),
        ("forty-five", 45),
        ("负五", -5),
    ],
)
def test_a_number_is_read_by_its_value(text: str, value: Fraction | int) -> None:
    assert [(v.kind, v.value) for v in values(text) if isinstance(v, Amount)] == [("number", value)]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("96.1%", "ratio", Fraction(961, 1000)),
        ("96.1％", "ratio", Fraction(961, 1000)),
        ("百分之九十六点一", "ratio", Fraction(961, 1000)),
        ("96.1 percent", "ratio", Fraction(961, 1000)),
        ("百分之百", "ratio", 1),
        ("千分之五", "ratio", Fraction(1, 200)),
        ("5‰", "ratio", Fraction(1, 200)),
        ("五分之二", "ratio", Fraction(2, 5)),
        ("七成五", "ratio", Fraction(3, 4)),
        ("3.2个百分点", "points", Fraction(16, 5)),
        ("3.2 percentage points", "points", Fraction(16, 5)),
        ("增长为-3%", "ratio", Fraction(-3, 100)),
    ],
)
def test_shares_and_percentage_points_are_kinds_of_their_own(text: str, kind: str, value: Fraction | int) -> None:
    assert [(v.kind, v.value) for v in values(text) if isinstance(v, Amount)] == [(kind, value)]


@pytest.mark.parametrize(
    "text",
    ["2023年6月", "2023 年 6 月", "二〇二三年六月", "2023年6月份", "2023-06", "2023/6", "June 2023", "Jun. 2023"],
)
def test_a_month_of_a_year_is_one_date_in_every_writing(text: str) -> None:
    assert [(d.year, d.month, d.day) for d in values(text) if isinstance(d, Date)] == [(2023, 6, None)]


@pytest.mark.parametrize(
    "text", ["2023年6月5日", "2023-06-05", "2023.6.5", "5 June 2023", "June 5, 2023", "June 5th, 2023"]
)
def test_a_day_is_one_date_in_every_writing(text: str) -> None:
    assert [(d.year, d.month, d.day) for d in values(text) if isinstance(d, Date)] == [(2023, 6, 5)]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("74.5 1740", [Fraction(149, 2), 1740]),
        ("分别为100，200，300", [100, 200, 300]),  # a full-width comma groups no thousands
        ("5%-10%", [Fraction(1, 20), Fraction(1, 10)]),  # a range, no minus
        ("十四五规划", [14, 5]),
        ("二万三万", [20_000, 30_000]),
        ("5G、P2P和abc123", []),  # digits of names
        ("It may be", []),
    ],
)
def test_numbers_are_told_from_what_stands_around_them(text: str, numbers: list[Fraction | int]) -> None:
    assert [v.value for v in values(text) if isinstance(v, Amount)] == numbers


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("新臺幣壹仟貳佰參拾萬元", [12_300_000]),
        ("贰佰元和伍万元", [200, 50_000]),
        ("第玖拾玖條", [99]),
        ("拾萬元", [100_000]),
        ("大陆万里、登陆拾荒、参与参考", []),
    ],
)
def test_formal_numerals_are_numbers_and_words_that_hold_their_characters_are_not(text: str, numbers: list[int]) -> None:
    assert [v.value for v in values(text) if isinstance(v, Amount)] == numbers


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("74", "推出74项业务"),
        ("74", "推出七十四项业务"),
        ("67.4億", "67.4亿次"),
        ("67.4亿次", "6,740,000,000次"),
        ("12000万", "覆盖1.2亿人"),
        ("96.1%", "百分之九十六点一"),
        ("2023年6月", "published in June 2023"),
        ("2023年", "2023年6月5日"),  # a date may be more exact than the key
        ("6月", "2023年6月5日"),
        ("2017", "2017年启动试点"),
        ("2017年", "started in 2017"),
        ("40多年", "四十多年的历程"),
        ("政府職責體系", "政府 职责\n体系理论"),
        ("ADMINISTRAT", "an administrative model"),
        ("一网通办", "推进一网通办"),
        ("5G", "建设5g基站"),
    ],
)
def test_a_key_is_found_whatever_its_writing(key: str, text: str) -> None:
    assert contains(text, key)


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("74", "1740"),
        ("74", "74.5"),
        ("74", "174"),
        ("74", "74万"),
        ("74", "74%"),
        ("74", "三百七十四"),
        ("3.2%", "3.2个百分点"),
        ("3.2", "3.2个百分点"),
        ("0.05", "5%"),
        ("2023年6月", "2023年"),  # the text is less exact than the key
        ("2023年6月", "2023年7月"),
        ("2017年3月", "2017"),
        ("5", "5G"),
        ("12", "P12平台"),
        ("", "74"),
    ],
)
def test_a_key_is_not_found_inside_another_number(key: str, text: str) -> None:
    assert not contains(text, key)


@given(st.integers(min_value=0, max_value=10**12))
def test_a_grouped_number_is_the_plain_one(number: int) -> None:
    assert contains(f"共{number:,}项", str(number))
    assert not contains(f"共{number:,}项", str(number + 1))


_CHINESE_DIGITS = "零一二三四五六七八九"


def _in_chinese(number: int) -> str:
    """Return 1..9999 in Chinese, by the textbook's rule."""
    text, pending = "", False
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // unit % 10
        if digit:
            text += ("零" if pending and text else "") + _CHINESE_DIGITS[digit] + name
            pending = False
        else:
            pending = True
    return text


@given(st.integers(min_value=1, max_value=9999), st.sampled_from([("", 1), ("万", 10**4), ("亿", 10**8)]))
def test_every_chinese_numeral_is_read_back(number: int, unit: tuple[str, int]) -> None:
    assert [v.value for v in values(_in_chinese(number) + unit[0]) if isinstance(v, Amount)] == [number * unit[1]]


@given(st.text(alphabet="一二十百千万亿零点成负0123456789.,-%年月日之分 aG", max_size=20))
def test_scanning_ends_and_loses_only_white_space(text: str) -> None:
    surfaces = "".join(token if isinstance(token, str) else token.surface for token in scan(text))
    assert "".join(surfaces.split()) == "".join(text.casefold().split())


# --- retrieval -----------------------------------------------------------------------------------------------


def test_places_overlap_where_they_share_a_character_of_one_file() -> None:
    assert metrics.overlaps(("a", 0, 5), ("a", 4, 9))
    assert not metrics.overlaps(("a", 0, 5), ("a", 5, 9))
    assert not metrics.overlaps(("a", 0, 5), ("b", 0, 5))


def test_the_rank_of_evidence_is_that_of_the_first_passage_over_it() -> None:
    found = [("a", 0, 10), ("b", 0, 10), ("a", 8, 20)]
    assert metrics.evidence_ranks(found, [("a", 9, 12), ("b", 9, 10), ("c", 0, 1)]) == (1, 2, None)


def test_recall_asks_for_any_or_all_of_the_evidence() -> None:
    ranks = (2, None, 6)
    assert [metrics.recall_any(ranks, k) for k in (1, 2, 5)] == [0.0, 1.0, 1.0]
    assert [metrics.recall_all((2, 6), k) for k in (2, 5, 6)] == [0.0, 0.0, 1.0]
    assert metrics.recall_all(ranks, 10) == 0.0


def test_the_reciprocal_rank_is_that_of_the_best_placed_evidence() -> None:
    assert metrics.reciprocal_rank((4, 2)) == 1 / 2
    assert metrics.reciprocal_rank((None,)) == 0.0


def test_ndcg_discounts_by_the_logarithm_of_the_rank() -> None:
    # Evidence at ranks 1 and 3: (1 + 1/log2(4)) / (1 + 1/log2(3)) = 1.5 / 1.6309.
    assert metrics.ndcg((1, 3), 10) == pytest.approx(1.5 / (1 + 1 / log2(3)))
    # One of two at rank 2, the other not found.
    assert metrics.ndcg((2, None), 10) == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))
    assert metrics.ndcg((2,), 10) == pytest.approx(1 / log2(3))


def test_ndcg_of_the_best_possible_order_is_one() -> None:
    assert metrics.ndcg((1, 2, 3), 10) == pytest.approx(1.0)
    assert metrics.ndcg((1, 1), 10) == pytest.approx(1.0)  # two pieces of evidence in one passage
    assert metrics.ndcg((1, 2, 3), 2) == pytest.approx(1.0)  # no more than two fit


def test_retrieval_without_evidence_is_undefined() -> None:
    assert metrics.recall_any((), 5) is None
    assert metrics.recall_all((), 5) is None
    assert metrics.reciprocal_rank(()) is None
    assert metrics.ndcg((), 5) is None


# --- answers -------------------------------------------------------------------------------------------------


def test_key_accuracy_is_the_share_of_keys_with_an_alternative_in_the_text() -> None:
    keys = [["100%", "百分之百"], ["96.1%"], ["乡镇"]]
    assert metrics.key_accuracy(keys, "縣級以上百分之百，鄉鎮覆蓋率95%") == pytest.approx(2 / 3)
    assert metrics.key_accuracy([], "什么都行") is None


def test_a_citation_marker_is_no_number_of_the_answer() -> None:
    assert metrics.without_markers("设窗口74个。[1][12]") == "设窗口74个。"


def test_token_f1_counts_common_tokens_twice_over_all_tokens() -> None:
    # jieba: 政务 大厅 窗口 | 政务 大厅 | common 2: 2·2 / (3 + 2).
    assert words("政务，大厅，窗口。") == ["政务", "大厅", "窗口"]
    assert metrics.token_f1("政务，大厅，窗口。", "政務、大廳") == pytest.approx(4 / 5)
    assert metrics.token_f1("", "政务") == 0.0
    assert metrics.token_f1("政务", "。") is None


def test_a_premise_is_rejected_by_saying_so() -> None:
    assert metrics.premise_rejected("前提有误：2019年才开通。")
    assert metrics.premise_rejected("政務大廳並非2010年開通。")
    assert metrics.premise_rejected("It was not opened in 2010 but in 2019.")
    assert not metrics.premise_rejected("海门市2019年开通政务大厅。")


def test_a_rejection_inside_a_quote_rejects_nothing() -> None:
    quote = "数字化并非目的，\n而是手段。"
    assert not metrics.premise_rejected("数字化并非目的，而是手段。", [quote])
    assert metrics.premise_rejected("前提有误。数字化并非目的，而是手段。", [quote])


# --- citations -----------------------------------------------------------------------------------------------


def _cite(number: int, path: str, start: int, quote: str) -> Citation:
    return Citation(number, path[:-4], path, "", "", "", "", start, start + len(quote), quote)


def test_a_citation_is_valid_if_its_quote_is_the_raw_slice() -> None:
    good = citation(1, WINDOWS)
    assert metrics.citation_valid(good, RAWS)
    assert not metrics.citation_valid(_cite(1, "sea.txt", good.start + 1, WINDOWS), RAWS)
    assert not metrics.citation_valid(_cite(1, "lake.txt", good.start, WINDOWS), RAWS)
    assert not metrics.citation_valid(_cite(1, "sea.txt", 0, ""), RAWS)
    assert not metrics.citation_valid(_cite(1, "sea.txt", -5, RAWS["sea.txt"][-5:]), RAWS)


@pytest.mark.parametrize(
    ("claim", "quotes", "expected"),
    [
        ("设窗口74个。", [WINDOWS], True),
        ("設窗口七十四個。", [WINDOWS], True),
        ("设窗口75个。", [WINDOWS], False),  # the number isn't there
        ("全年接待12万人次，设窗口74个。", [WINDOWS, VISITS], True),
        ("全年接待12万人次，设窗口74个。", [WINDOWS], False),
        ("山河县的平台由信息中心运营。", [WINDOWS], False),
        ("The hall has 74 counters.", [WINDOWS], None),  # an English claim, a Chinese quote
        ("The hall has 75 counters.", [WINDOWS], False),  # but the number shows
        ("。", [WINDOWS], None),
    ],
)
def test_support_is_agreement_of_bigrams_and_values(claim: str, quotes: list[str], expected: bool | None) -> None:
    assert metrics.supports(claim, quotes) is expected


def test_support_needs_six_tenths_of_the_bigrams() -> None:
    # 甲乙丙丁戊己 has five bigrams; the quote holds three of them (0.6), then two (0.4).
    assert metrics.supports("甲乙丙丁戊己", ["甲乙丙丁"]) is True
    assert metrics.supports("甲乙丙丁戊己", ["甲乙丙"]) is False


def _letters(claim: str, quotes: list[str]) -> bool:
    """Support for tests: every letter of the claim stands in some quote."""
    return set(claim) <= set("".join(quotes))


_ABC = {"abc.txt": "abcdef"}


def _alce(*sentences: tuple[str, tuple[int, ...]], quotes: dict[int, str]) -> metrics.CitationScores:
    cited = [_cite(n, "abc.txt", _ABC["abc.txt"].find(quote), quote) for n, quote in quotes.items()]
    said = [AnswerSentence(text, numbers, 1.0) for text, numbers in sentences]
    return metrics.citation_scores(said, cited, _ABC, supports=lambda claim, texts: _letters(claim, list(texts)))


def test_citation_recall_is_the_share_of_supported_sentences() -> None:
    scores = _alce(("ab", (1,)), ("cd", (1,)), ("ef", ()), quotes={1: "ab"})
    assert scores.recall == pytest.approx(1 / 3)
    assert scores.coverage == pytest.approx(2 / 3)


def test_citations_support_a_sentence_together() -> None:
    scores = _alce(("ad", (1, 2)), quotes={1: "ab", 2: "cd"})
    assert (scores.recall, scores.precision) == (1.0, 1.0)  # neither alone, so neither is wasted


def test_a_citation_that_adds_nothing_is_wasted() -> None:
    # [1] supports alone; [2] doesn't, and [1] does without it: 1 of 2 counts.
    scores = _alce(("ab", (1, 2)), quotes={1: "ab", 2: "cd"})
    assert (scores.recall, scores.precision) == (1.0, 1 / 2)
    # Both support alone: neither is wasted.
    assert _alce(("ab", (1, 2)), quotes={1: "ab", 2: "abc"}).precision == 1.0


def test_the_citations_of_an_unsupported_sentence_do_not_count() -> None:
    scores = _alce(("ab", (1,)), ("ef", (1, 2)), quotes={1: "ab", 2: "cd"})
    assert scores.precision == pytest.approx(1 / 3)


def test_an_invalid_citation_spoils_its_sentence() -> None:
    cited = [_cite(1, "abc.txt", 0, "ab"), _cite(2, "abc.txt", 3, "cd")]
    said = [AnswerSentence("ab", (1, 2), 1.0)]
    scores = metrics.citation_scores(said, cited, _ABC)
    assert (scores.validity, scores.recall, scores.precision) == (1 / 2, 0.0, 0.0)


def test_a_number_that_no_citation_bears_scores_nothing() -> None:
    scores = _alce(("ab", (7,)), quotes={1: "ab"})
    assert (scores.recall, scores.precision, scores.coverage) == (0.0, 0.0, 0.0)


def test_sentences_that_cannot_be_judged_are_left_out() -> None:
    said = [AnswerSentence("The hall has 74 counters.", (1,), 1.0), AnswerSentence(WINDOWS, (1,), 1.0)]
    scores = metrics.citation_scores(said, [citation(1, WINDOWS)], RAWS)
    assert (scores.recall, scores.precision) == (1.0, 1.0)


def test_an_answer_without_citations_has_no_precision() -> None:
    scores = _alce(("ab", ()), quotes={})
    assert (scores.validity, scores.precision, scores.recall, scores.coverage) == (None, None, 0.0, 0.0)
    empty = _alce(quotes={})
    assert (empty.validity, empty.precision, empty.recall, empty.coverage) == (None, None, None, None)


def test_span_f1_counts_common_characters_twice_over_all_characters() -> None:
    gold = [("a", 0, 10)]
    # 10 characters cited, 5 of them gold: 2·5 / (10 + 10).
    assert metrics.span_f1([("a", 5, 15)], gold) == pytest.approx(1 / 2)
    assert metrics.span_f1([("a", 0, 10), ("a", 0, 10)], gold) == 1.0  # twice is once
    assert metrics.span_f1([("b", 0, 10)], gold) == 0.0
    assert metrics.span_f1([], gold) == 0.0
    assert metrics.span_f1([("a", 0, 10)], []) is None


# --- refusals ------------------------------------------------------------------------------------------------


def refusal_scores(should: list[bool], did: list[bool]) -> dict[str, float | None]:
    """Return the ratios of the parts, as a run does."""
    parts = [metrics.refusal_parts(a, b) for a, b in zip(should, did, strict=True)]
    return {name: intervals.ratio([part[name] for part in parts]) for name in parts[0]}


def test_refusals_are_counted_on_both_sides() -> None:
    #          tp    tp    fn     fp     tn     tn     tn
    should = [True, True, True, False, False, False, False]
    did = [True, True, False, True, False, False, False]
    assert refusal_scores(should, did) == {
        "refusal_precision": pytest.approx(2 / 3),
        "refusal_recall": pytest.approx(2 / 3),
        "refusal_f1": pytest.approx(4 / 6),
        "false_refusals": pytest.approx(1 / 4),
    }


def test_refusals_that_never_happen_have_no_precision() -> None:
    scores = refusal_scores([True, False], [False, False])
    assert scores == {"refusal_precision": None, "refusal_recall": 0.0, "refusal_f1": 0.0, "false_refusals": 0.0}
    assert refusal_scores([False], [False])["refusal_recall"] is None
    assert refusal_scores([True], [True])["false_refusals"] is None


# --- scores --------------------------------------------------------------------------------------------------


def test_the_roc_curve_steps_down_the_scores() -> None:
    # Ranked: + - + -
    assert intervals.roc([0.9, 0.8, 0.7, 0.1], [True, False, True, False]) == (
        (0.0, 0.0),
        (0.0, 0.5),
        (0.5, 0.5),
        (0.5, 1.0),
        (1.0, 1.0),
    )
    # Three positives, one negative, ranked + - + +
    assert intervals.roc([4, 3, 2, 1], [True, False, True, True])[1:3] == ((0.0, 1 / 3), (1.0, 1 / 3))


def test_the_area_is_the_share_of_pairs_in_the_right_order() -> None:
    # Of four pairs, only 0.7 against 0.8 is wrong.
    assert intervals.auc([0.9, 0.8, 0.7, 0.1], [True, False, True, False]) == pytest.approx(3 / 4)
    assert intervals.auc([0.5, 0.5], [True, False]) == pytest.approx(1 / 2)  # a tie counts half
    assert intervals.auc([0.5, 0.4], [True, True]) is None


def test_reliability_sets_scores_against_right_answers() -> None:
    bins = intervals.reliability([0.15, 0.05, 0.95, 1.0], [False, True, True, True])
    assert [(b.low, b.high, b.n, b.score, b.right) for b in bins] == [
        (0.0, 0.1, 1, 0.05, 1.0),
        (0.1, 0.2, 1, 0.15, 0.0),
        (0.9, 1.0, 2, 0.975, 1.0),
    ]
    # (0.95·1 + 0.15·1 + 0.025·2) / 4
    assert intervals.calibration_error(bins) == pytest.approx((0.95 + 0.15 + 0.05) / 4)
    assert intervals.calibration_error(()) is None


def test_reliability_can_divide_by_count() -> None:
    bins = intervals.reliability([7.0, 1.0, 5.0, 3.0], [True, False, True, False], bins=2, equal="count")
    assert [(b.low, b.high, b.n, b.score, b.right) for b in bins] == [(1.0, 3.0, 2, 2.0, 0.0), (5.0, 7.0, 2, 6.0, 1.0)]


# --- stability, cost and uncertainty -------------------------------------------------------------------------


def test_evidence_agrees_by_the_share_of_common_places() -> None:
    a, b, c = ("a", 0, 1), ("a", 1, 2), ("b", 0, 1)
    assert metrics.jaccard([a, b], [b, c]) == pytest.approx(1 / 3)
    assert metrics.jaccard([], []) is None


def test_a_quantile_lies_between_its_neighbours() -> None:
    assert intervals.quantile([1, 2, 3, 4], 0.5) == 2.5
    assert intervals.quantile([0, 100], 0.95) == pytest.approx(95)
    assert intervals.quantile([], 0.5) is None


def test_means_and_ratios_of_nothing_are_undefined() -> None:
    assert intervals.mean([]) is None
    assert intervals.ratio([]) is None
    assert intervals.ratio([(0.0, 0.0)]) is None
    assert intervals.ratio([(1.0, 2.0), (2.0, 2.0)]) == 3 / 4


def test_a_resample_draws_as_many_questions_as_there_are() -> None:
    draws = intervals.resamples(7, samples=50, seed=3)
    assert draws.shape == (50, 7)
    assert set(draws.sum(axis=1)) == {7.0}
    assert (draws == intervals.resamples(7, samples=50, seed=3)).all()
    assert (draws != intervals.resamples(7, samples=50, seed=4)).any()


def test_the_bootstrap_interval_is_close_to_the_normal_one() -> None:
    # 200 questions, half of them right: 0.5 ± 1.96·sqrt(0.25 / 200) = 0.431..0.569.
    parts = [(float(i % 2), 1.0) for i in range(200)]
    interval = intervals.bootstrap(parts, intervals.resamples(200, samples=2000))
    assert interval is not None
    assert interval[0] == pytest.approx(0.431, abs=0.015)
    assert interval[1] == pytest.approx(0.569, abs=0.015)


def test_one_question_has_no_interval() -> None:
    assert intervals.bootstrap([(1.0, 1.0), (0.0, 0.0)], intervals.resamples(2)) is None


def test_a_paired_bootstrap_knows_a_steady_gain_from_noise() -> None:
    draws = intervals.resamples(40, samples=2000)
    before = [(float(i % 2), 1.0) for i in range(40)]
    better = [(1.0, 1.0) if i % 4 == 0 else part for i, part in enumerate(before)]  # 10 of 40 gained, none lost
    gain = intervals.paired_bootstrap(before, better, draws)
    assert gain is not None
    assert gain.value == pytest.approx(10 / 40)
    assert gain.low > 0
    assert gain.p < 0.01
    certain = intervals.paired_bootstrap([(0.0, 1.0)] * 40, [(1.0, 1.0)] * 40, draws)
    assert certain is not None
    assert certain.p == 2 / 2001  # no resample without a gain, and one added to every count
    swapped = [(1.0 - part[0], 1.0) for part in before]  # as many gained as lost
    none = intervals.paired_bootstrap(before, swapped, draws)
    assert none is not None
    assert none.low < 0 < none.high
    assert none.p > 0.5


def test_runs_that_do_not_differ_have_a_p_of_one() -> None:
    parts = [(float(i % 2), 1.0) for i in range(10)]
    same = intervals.paired_bootstrap(parts, parts, intervals.resamples(10))
    assert same is not None
    assert (same.value, same.low, same.high, same.p) == (0.0, 0.0, 0.0, 1.0)
