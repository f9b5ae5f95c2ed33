"""Excerpts by a scripted reader: what belongs together is quoted together, and how sure it is decides what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.answer.confidence import absent, zone
from dgqa.answer.evidence import Evidence
from dgqa.answer.excerpts import PACES, Chosen, Readings, _alike, _of_that_day, choose_excerpts, refers_back
from dgqa.answer.judging import Verdict, doubted, judge_articles
from dgqa.data import table
from dgqa.errors import ConfigError, SettingError
from dgqa.index.build import build_index
from dgqa.language.reading import Text
from dgqa.models.readers.reader import Page, Phrase, Reading
from dgqa.question.parsing import Question
from dgqa.search.retriever import Retriever
from dgqa.search.statutes.articles import Asked
from dgqa.types import Filter, Hit, Passage, Sentence
from fakes import HashingEmbedder

RULES = """集市管理办法

一、开市时间
集市每日六时开市。冬季推迟一个小时。

二、摊主义务
摊主应当遵守下列规定：
（一）按号入位；
（二）明码标价；
（三）收市后清扫。
违反规定的，由管理处责令改正。但是，首次违反的，可以不予处罚。
"""
FERRY = """渡口告示

渡船由船务所经营。它还负责码头的照明。末班船二十一时开出。
"""


class ScriptedReader:
    """Gives the sentences that hold a marked text their probability, all others nearly none; tells how many pages it was given."""

    name = "scripted"

    def __init__(self, sure: Mapping[str, float], phrase: str = "") -> None:
        self.sure, self.phrase, self.pages = sure, phrase, 0

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        self.pages += len(pages)
        return [self._read(page) for page in pages]

    def _read(self, page: Page) -> Reading:
        each = tuple(max((p for text, p in self.sure.items() if text in sentence), default=0.01) for sentence in page.sentences)
        phrases = tuple(Phrase(at, at + len(self.phrase), 0.9) if self.phrase and (at := sentence.find(self.phrase)) >= 0 else None for sentence in page.sentences)
        return Reading(max(each, default=0.0), each, phrases)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    corpus = tmp_path_factory.mktemp("corpus")
    (corpus / "market.txt").write_text(RULES, encoding="utf-8")
    (corpus / "ferry.txt").write_text(FERRY, encoding="utf-8")
    folder = tmp_path_factory.mktemp("index")
    build_index(corpus, folder, embedder=HashingEmbedder())
    return folder


def opened(index: Path, reader: ScriptedReader, **options: object) -> Assistant:
    return Assistant.open(index, embedder=HashingEmbedder(), reader=reader, **options)  # type: ignore[arg-type]


def test_the_likeliest_sentence_is_quoted_with_its_short_answer_marked(index: Path) -> None:
    answer = opened(index, ScriptedReader({"末班船": 0.95}, "二十一时")).ask("末班船几点开？")
    assert answer.status == "answered" and answer.confidence is not None
    (sentence,) = [s for s in answer.sentences if "末班船" in s.text]
    assert sentence.phrase is not None and sentence.text[slice(*sentence.phrase)] == "二十一时" and sentence.verdict == "verbatim"
    raw = FERRY
    assert all(raw[c.start : c.end] == c.quote for c in answer.citations if c.path == "ferry.txt")


def test_a_short_answer_keeps_the_bracket_that_it_opens_and_singles_out_no_item_of_a_list(index: Path) -> None:
    answer = opened(index, ScriptedReader({"按号": 0.95}, "（一")).ask("摊主要守哪些规定？")
    assert answer.sentences[0].text[slice(*answer.sentences[0].phrase or ())] == "（一）"
    answer = opened(index, ScriptedReader({"明码标价": 0.95}, "明码标价")).ask("摊主要守哪些规定？")
    assert "明码标价" in answer.sentences[0].text and answer.sentences[0].phrase is None


def test_a_short_answer_keeps_the_quotation_mark_that_it_closes(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.txt").write_text("码头简史\n\n码头先后叫作“东岸”渡口和“灯塔”渡口。\n", encoding="utf-8")
    build_index(tmp_path / "c", tmp_path / "index", embedder=HashingEmbedder())
    (sentence,) = opened(tmp_path / "index", ScriptedReader({"先后": 0.95}, "东岸”渡口")).ask("码头先叫作什么？").sentences
    assert sentence.phrase is not None and sentence.text[slice(*sentence.phrase)] == "“东岸”渡口"


@pytest.mark.parametrize("question, marked", [("2021年渡船载客多少人？", "310人"), ("2022年渡船载客多少人？", "")])
def test_a_number_of_another_year_than_the_one_asked_for_is_not_marked(tmp_path: Path, question: str, marked: str) -> None:
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "a.txt").write_text("渡船年报\n\n2021年渡船载客310人。2022年渡船载客425人。\n", encoding="utf-8")
    build_index(tmp_path / "c", tmp_path / "index", embedder=HashingEmbedder())
    (sentence,) = opened(tmp_path / "index", ScriptedReader({"2021": 0.95, "2022": 0.9}, "310人")).ask(question).sentences
    assert "425人" in sentence.text and (sentence.text[slice(*sentence.phrase)] if sentence.phrase else "") == marked


def test_an_item_does_not_go_without_its_lead(index: Path) -> None:
    answer = opened(index, ScriptedReader({"明码标价": 0.95})).ask("摊主对价格要怎么做？")
    assert "下列规定" in answer.sentences[0].text and "明码标价" in answer.sentences[0].text


def test_an_exception_stands_with_its_rule_where_both_belong(index: Path) -> None:
    answer = opened(index, ScriptedReader({"责令改正": 0.8, "首次违反": 0.9})).ask("违反规定怎么处理？")
    assert "责令改正" in answer.sentences[0].text and "首次违反" in answer.sentences[0].text


def test_a_sentence_that_refers_back_comes_with_the_one_before(index: Path) -> None:
    answer = opened(index, ScriptedReader({"照明": 0.95})).ask("谁负责码头的照明？")
    assert "船务所" in answer.sentences[0].text


def test_what_the_reader_finds_nowhere_is_refused_without_denying_it(index: Path) -> None:
    answer = opened(index, ScriptedReader({})).ask("渡口的门票多少钱？")
    assert answer.status == "refused" and not answer.sentences and answer.hits
    assert answer.confidence is not None and answer.confidence < 0.5


def test_strictness_moves_what_is_answered(index: Path) -> None:
    status = {}
    for strictness in ("lenient", "balanced", "strict"):
        status[strictness] = opened(index, ScriptedReader({"末班船": 0.5}), strictness=strictness).ask("末班船几点开？").status
    order = ["refused", "partial", "answered"]
    assert order.index(status["lenient"]) >= order.index(status["balanced"]) >= order.index(status["strict"])


def test_reading_ends_where_a_passage_surely_answers(index: Path) -> None:
    reader = ScriptedReader({"": PACES[False].sure + 0.01})
    opened(index, reader).ask("末班船几点开？")
    assert reader.pages <= 8


class Rows:
    """Answers that each passage of a question holds the answer with a probability of its own, by its place in the search."""

    name = "rows"

    def __init__(self, *likely: float) -> None:
        self.likely, self.read_rows = list(likely), list[int]()

    def read(self, question: str, pages: Sequence[Page]) -> list[Reading]:
        read = [Reading(self.likely[len(self.read_rows) + at], (0.5,) * len(page.sentences), (None,) * len(page.sentences)) for at, page in enumerate(pages)]
        self.read_rows += [page.row for page in pages]
        return read


@pytest.mark.parametrize(("question", "english"), [("末班船几点开？", False), ("When does the last ferry leave?", True)])
def test_english_questions_are_read_further_before_one_passage_is_thought_sure(question: str, english: bool) -> None:
    hits = [Hit(rank, 0.0, Passage(rank, "d", "d.txt", "渡口", "", "", "", rank, rank + 1, "渡船", (Sentence("渡船", rank, rank + 1),)), ()) for rank in range(20)]
    pace = PACES[english]
    never, soon = Rows(*[0.1] * 20), Rows(*[0.5] * 20)
    assert len(Readings(never, Text(question)).best(hits)) == pace.most == len(never.read_rows)
    assert len(Readings(soon, Text(question)).best(hits)) == (pace.most if english else pace.batch)


def test_passages_are_shown_in_the_order_in_which_search_and_reader_rank_them(index: Path) -> None:
    answer = opened(index, ScriptedReader({"末班船": 0.999999})).ask("有什么要留意的？")
    first = answer.hits[0]
    assert "末班船" in first.passage.text and [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))
    assert first.score < max(hit.score for hit in answer.hits)


def test_a_reader_or_a_strictness_or_a_rule_that_does_not_exist_is_named(index: Path) -> None:
    with pytest.raises(SettingError, match="magic"):
        Assistant.open(index, embedder=HashingEmbedder(), reader="magic")
    with pytest.raises(SettingError, match="harsh"):
        Assistant.open(index, embedder=HashingEmbedder(), strictness="harsh")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match="nonsense"):
        Assistant.open(index, embedder=HashingEmbedder(), without=["nonsense"])


class Doubting(ScriptedReader):
    """Thinks less of pages with a word than of their sentences."""

    def __init__(self, sure: Mapping[str, float], **of_pages: float) -> None:
        super().__init__(sure)
        self.of_pages = of_pages

    def _read(self, page: Page) -> Reading:
        reading = super()._read(page)
        return replace(reading, answers=next((p for word, p in self.of_pages.items() if word in "".join(page.sentences)), reading.answers))


def chosen(tmp_path: Path, articles: Mapping[str, str], question: str, sure: Mapping[str, float] | ScriptedReader, part: str = "", sides: Sequence[str] = ()) -> Chosen:
    """Return the excerpts chosen from articles for a question and, where they are given, for a part of it, or for the sides of a comparison."""
    (tmp_path / "corpus").mkdir()
    for name, text in articles.items():
        (tmp_path / "corpus" / name).write_text(text, encoding="utf-8")
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())
    retriever = Retriever.open(tmp_path / "index", embedder=HashingEmbedder())
    reader = sure if isinstance(sure, ScriptedReader) else ScriptedReader(sure)
    parts = [(Readings(reader, Text(part)), retriever.search(part)) for part in sides or filter(None, [part])]
    found = choose_excerpts(retriever.search(question), Readings(reader, Text(question)), retriever.index, parts=parts, sides=sides, dates=Question(question).dates)
    retriever.index.close()
    return found


def quotes(found: Chosen) -> list[str]:
    return [evidence.sentence.text for evidence in found.evidence]


LOADS = ("瓷器", "木料", "粮食", "茶叶", "布匹", "药材", "纸张", "铁器", "果子", "邮件")
LAMPS = {"a.txt": "东码头告示\n\n东码头的灯由船务所点亮。\n", "b.txt": "西码头告示\n\n西岸各处夜里都靠渔民自己提灯。\n"}


def test_beside_what_happened_on_the_day_asked_for_nothing_of_other_days_is_told(tmp_path: Path) -> None:
    diary = {"a.txt": "东渡口纪事\n\n2019年5月8日，东渡口迁到新址。\n", "b.txt": "南岸旧闻\n\n渡船行会搬进了盐仓。\n", "c.txt": "南岸月报\n\n2019年6月，轮渡公司搬家。\n"}
    sure = {"新址": 0.35, "盐仓": 0.3, "搬家": 0.3}
    assert quotes(chosen(tmp_path, diary, "2019年5月8日渡口迁到哪里？", sure)) == ["2019年5月8日，东渡口迁到新址。"]
    (tmp_path / "year").mkdir()
    assert len(quotes(chosen(tmp_path / "year", diary, "2019年渡口迁到哪里？", sure))) == 3


def test_the_likeliest_answer_stays_though_it_leaves_out_the_day_that_another_has() -> None:
    texts = ("渡口当日迁到新址。", "渡船行会搬进了盐仓。", "2019年5月8日，镇长到码头。")
    sentences = [Sentence(text, 0, len(text)) for text in texts]
    found = [Evidence(Passage(row, "d", "d.txt", "纪事", "", "", "", 0, sentence.end, sentence.text, (sentence,)), sentence) for row, sentence in enumerate(sentences)]
    asked = Question("2019年5月8日渡口迁到哪里？").dates
    assert [one.sentence.text for one in _of_that_day(found, asked)] == [texts[0], texts[2]]
    assert _of_that_day(found[:2], asked) == found[:2]


def test_what_an_article_says_of_its_parts_stands_beside_no_answer(tmp_path: Path) -> None:
    guide = "---\ntitle: 渡口手册\n---\n本文分三部分：渡口的由来、渡口的用处、渡口的规矩。\n\n## 渡口的由来\n\n渡口起于盐运。\n\n## 渡口的用处\n\n两岸的货物由此往来。\n\n## 渡口的规矩\n\n先下后上。\n"
    found = quotes(chosen(tmp_path, {"a.md": guide}, "渡口的用处是什么？", {"往来": 0.35, "三部分": 0.3}))
    assert "两岸的货物由此往来。" in found and not any("三部分" in quote for quote in found)


def test_two_articles_that_both_answer_are_both_quoted_and_what_says_the_same_once(tmp_path: Path) -> None:
    both = quotes(chosen(tmp_path, LAMPS, "码头的灯由谁点亮？", {"船务所": 0.35, "渔民": 0.3}))
    assert [("船务所" in text, "渔民" in text) for text in both] == [(True, False), (False, True)]
    (tmp_path / "twice").mkdir()
    same = {"a.txt": LAMPS["a.txt"], "b.txt": "旧告示\n\n东码头的灯是由船务所点亮。\n"}
    assert len(quotes(chosen(tmp_path / "twice", same, "码头的灯由谁点亮？", {"船务所": 0.9}))) == 1


@pytest.mark.parametrize(("probability", "first"), [(0.35, "渔民"), (0.25, "船务所")])
def test_a_part_of_a_question_has_an_excerpt_of_its_own_where_one_likely_answers_it(tmp_path: Path, probability: float, first: str) -> None:
    found = chosen(tmp_path, LAMPS, "东码头的灯由谁点亮？", {"船务所": 0.2, "渔民": probability}, part="西岸夜里靠什么？")
    assert first in quotes(found)[0]


def test_a_side_of_a_comparison_gets_the_excerpt_that_names_it(tmp_path: Path) -> None:
    told = LAMPS | {"c.txt": "灯火比较\n\n两处码头的灯各有不同。\n"}
    found = chosen(tmp_path, told, "东码头和西码头的灯有什么不同？", {"各有不同": 0.95, "船务所": 0.3, "渔民": 0.3}, sides=("东码头", "西码头"))
    assert [(evidence.side, evidence.passage.title) for evidence in found.evidence[:2]] == [("东码头", "东码头告示"), ("西码头", "西码头告示")]
    assert found.sides == ("东码头", "西码头")


@pytest.mark.parametrize(("probability", "quoted"), [(0.05, 2), (0.04, 1)])
def test_a_further_excerpt_needs_a_sentence_that_may_belong(tmp_path: Path, probability: float, quoted: int) -> None:
    assert len(quotes(chosen(tmp_path, LAMPS, "码头的灯由谁点亮？", {"船务所": 0.2, "渔民": probability}))) == quoted


@pytest.mark.parametrize(("share", "quoted"), [(0.2, 2), (0.199, 1)])
def test_a_further_excerpt_needs_a_passage_that_may_answer_beside_the_best(tmp_path: Path, share: float, quoted: int) -> None:
    reader = Doubting({"船务所": 0.9, "渔民": 0.5}, 船务所=0.36, 渔民=share * 0.36)
    assert len(quotes(chosen(tmp_path, LAMPS, "码头的灯由谁点亮？", reader))) == quoted


@pytest.mark.parametrize(
    ("likely", "quoted"),
    [
        ({"三": 0.9, "四": 0.03, "五": 0.8}, "三四五"), ({"三": 0.9, "四": 0.02, "五": 0.8}, "三"), ({"一": 0.8, "二": 0.03, "三": 0.9}, "一二三"),
        ({"三": 0.9, "四": 0.15 * 0.9}, "三四"), ({"三": 0.9, "四": 0.03, "五": 0.15 * 0.9}, "三四五"), ({"三": 0.9, "四": 0.13}, "三"),
    ],
)  # fmt: skip
def test_what_belongs_to_the_likeliest_sentence_is_quoted_with_it_and_so_is_one_between_that_may(tmp_path: Path, likely: dict[str, float], quoted: str) -> None:
    log = "渡口日志\n\n" + "".join(f"第{number}班渡船在清早离开码头，载着{thing}驶向对岸的集市，傍晚才空船回来。" for number, thing in zip("一二三四五六七八九十", LOADS, strict=True))
    (text,) = quotes(chosen(tmp_path, {"a.txt": log}, "渡船载着什么？", {f"第{number}班": probability for number, probability in likely.items()}))[:1]
    assert re.findall("第(.)班", text) == list(quoted)


@pytest.mark.parametrize(("text", "back"), [("它还负责照明。", True), ("其中两艘是货船。", True), ("They run daily.", True), ("渡船由船务所经营。", False), ("其他船只不得停靠。", False), ("Thesis defended.", False)])
def test_what_only_the_sentence_before_explains_is_told_by_its_first_word(text: str, back: bool) -> None:
    assert refers_back(text) is back


@pytest.mark.parametrize(("one", "other", "same"), [("好", "渡船好", False), ("……", "渡船", False), ("一二三四五六七八甲乙丙", "一二三四五六七八丁戊己", True), ("东岸的渡船", "西岸的渡船", True), ("东岸的渡船", "西岸的货船", False)])
def test_two_texts_say_the_same_that_share_nearly_all_pairs_of_characters(one: str, other: str, same: bool) -> None:
    assert _alike(one, other) is same


def test_a_list_that_begins_its_article_keeps_its_lead(tmp_path: Path) -> None:
    goods = "渡口货物须知\n\n下列货物不得上船：\n（一）火药；\n（二）活禽；\n（三）超过三米的木料；\n" + "（四）" + "没有包好的瓷器" * 100 + "。\n"
    assert any("下列货物" in text and "活禽" in text for text in quotes(chosen(tmp_path, {"a.txt": goods}, "活禽能上船吗？", {"活禽": 0.9})))


def test_another_year_than_the_one_asked_for_makes_a_refusal_of_low_confidence(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("渡口客流\n\n2019年渡口的客流为五千人次。\n", encoding="utf-8")
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())
    reader = ScriptedReader({"客流为": 0.99})
    other = opened(tmp_path / "index", reader).ask("2021年渡口的客流是多少？")
    assert (other.status, other.confidence is not None and other.confidence <= 0.1) == ("refused", True)
    assert opened(tmp_path / "index", reader).ask("2019年渡口的客流是多少？").status == "answered"
    # A title that no passage has is missing as well; one that a passage has is not.
    unknown = opened(tmp_path / "index", reader).ask("《航道手册》里2019年渡口的客流是多少？")
    assert unknown.status != "answered" and "航道手册" in unknown.text + str(unknown.trace)
    assert opened(tmp_path / "index", reader).ask("《渡口客流》里2019年渡口的客流是多少？").status == "answered"


TWO_PARTS = "松政发〔2020〕7号的渡口什么时候修好？费用由谁分摊？"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("papers")
    (home / "corpus").mkdir()
    (home / "corpus" / "notice.txt").write_text("松口县人民政府关于修缮渡口的通知\n松政发〔2020〕7号\n2020年3月2日\n\n各乡镇：\n　　柳渡的渡口应于五月底前修好。\n", encoding="utf-8")
    (home / "corpus" / "market.txt").write_text("集市告示\n\n集市的棚子十月完工，费用由商户分摊。\n", encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    return home / "index"


def test_no_part_of_a_question_on_a_numbered_paper_is_answered_by_another_paper(papers: Path) -> None:
    assistant = opened(papers, ScriptedReader({"修好": 0.9, "分摊": 0.9}))
    answer = assistant.ask(TWO_PARTS)
    assert "五月底" in answer.text and {citation.path for citation in answer.citations} == {hit.passage.path for hit in answer.hits} == {"notice.txt"}
    elsewhere = assistant.ask(TWO_PARTS, filter=Filter(documents=("market.txt",)))
    assert elsewhere.status == "refused" and elsewhere.hits == ()


def test_nothing_is_quoted_again_for_who_asks_for_more_where_all_has_been_shown(papers: Path) -> None:
    question = "渡口什么时候修好？费用由谁分摊？"
    assistant = opened(papers, ScriptedReader({"修好": 0.9, "分摊": 0.9}))
    everything = "\n".join(sentence.text for hit in assistant.retriever.search(question, 20) for sentence in hit.passage.sentences)
    answer = assistant.ask("还有呢？", [(question, everything)])
    assert answer.status == "refused" and answer.hits == ()


@pytest.mark.parametrize("asked", ["2021年5月", "2021.5", "2021年3月9日"])
def test_the_month_or_day_of_what_is_asked_about_is_demanded_of_what_answers(tmp_path: Path, asked: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("津渡大事\n\n2021年3月2日，津渡镇印发停船办法。\n", encoding="utf-8")
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())
    reader = ScriptedReader({"印发": 0.99})
    assert opened(tmp_path / "index", reader).ask(f"{asked}津渡镇印发了什么？").status != "answered"
    assert opened(tmp_path / "index", reader).ask("2021年3月津渡镇印发了什么？").status == "answered"


@pytest.mark.parametrize(("text", "missing"), [("详情见航道手册第三章。", ()), ("详情见告示。", ("《航道手册》",))])
def test_a_title_that_a_passage_speaks_of_is_not_missing(text: str, missing: tuple[str, ...]) -> None:
    hit = Hit(1, 1.0, Passage(0, "d", "d.txt", "渡口告示", "", "", "", 0, len(text), text, (Sentence(text, 0, len(text)),)), ())
    assert absent(Question("《航道手册》怎样说明末班船？"), [hit]) == (missing, ())


@pytest.mark.parametrize(("question", "status"), [("津渡条例规定末班船几点开？", "partial"), ("津政发〔2021〕6号说末班船几点开？", "refused")])
def test_a_law_or_an_official_number_that_nothing_found_has_is_said_to_be_missing(index: Path, question: str, status: str) -> None:
    answer = opened(index, ScriptedReader({"末班船": 0.99})).ask(question)
    assert answer.status == status and answer.trace["signals"]["unfilled"] == [re.split("规定|说", question)[0]]


def test_a_probability_on_a_border_is_on_its_better_side() -> None:
    low, high = table("weights")["confidence"]["borders"]["balanced"]
    assert [zone(value, "balanced") for value in (low - 0.001, low, high - 0.001, high)] == ["refused", "partial", "partial", "answered"]


def test_a_model_that_finds_no_answer_lowers_the_verdict_by_one_step_and_leaves_corrections() -> None:
    assert [doubted(Verdict(status, "缺一项"), "Hans").status for status in ("answered", "partial")] == ["partial", "refused"]
    assert doubted(Verdict("answered", "", lead="前提不对。"), "Hans").status == "answered"


def test_an_unknown_law_is_refused_surely() -> None:
    verdict = judge_articles(Asked((), "", unknown="航道法"), [], "Hans")
    assert verdict.status == "refused" and "航道法" in verdict.reason and verdict.confidence == pytest.approx(0.01)


def test_rows_that_follow_each_other_are_one_citation(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    raw = "# 渡轮票价\n\n各航线票价如下。\n\n| 航线 | 单程 |\n| --- | :---: |\n| 东岸 | 3元 |\n| 西岸 | 5元 |\n| 灯塔 | 8元 |\n"
    (corpus / "fares.md").write_text(raw, encoding="utf-8")
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    answer = Assistant.open(tmp_path / "index", embedder=HashingEmbedder(), reader=ScriptedReader({"西岸": 0.9})).ask("坐渡轮单程要多少钱？")
    assert [citation.quote for citation in answer.citations if "元" in citation.quote] == ["东岸 | 3元 |\n| 西岸 | 5元 |\n| 灯塔 | 8元"]


@pytest.mark.parametrize("question, marked", [("哪条航线坐起来最贵？", False), ("去西岸坐船花多少？", True)])
def test_no_row_among_others_is_marked_where_one_is_to_be_the_highest(tmp_path: Path, question: str, marked: bool) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "fares.md").write_text("# 渡轮\n\n| 航线 | 单程 |\n| --- | --- |\n| 东岸 | 3元 |\n| 西岸 | 5元 |\n| 灯塔 | 8元 |\n", encoding="utf-8")
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    reader = ScriptedReader({"东岸": 0.8, "西岸": 0.9, "灯塔": 0.8}, "5元")
    (sentence,) = Assistant.open(tmp_path / "index", embedder=HashingEmbedder(), reader=reader).ask(question).sentences
    assert (sentence.phrase is not None) == marked and ("8元" in sentence.text) != marked
    assert not marked or sentence.text[slice(*sentence.phrase or (0, 0))] == "5元"


@pytest.mark.parametrize("question, shown, hidden", [("办借书证去哪个窗口？", ["借书证", "三号"], ["退押金", "一号"]), ("哪个窗口周末也开？", ["借书证", "退押金", "换读者卡和补卡"], []), ("补卡在几号窗口？", ["补卡", "五号"], ["三号"])])
def test_of_the_rows_of_a_table_those_that_are_asked_for_by_name_are_quoted_alone(tmp_path: Path, question: str, shown: list[str], hidden: list[str]) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    (corpus / "desks.md").write_text("# 服务台\n\n| 事项 | 窗口 | 周末 |\n| --- | --- | --- |\n| 借书证 | 三号 | 开 |\n| 退押金 | 一号 | 关 |\n| 换读者卡和补卡 | 五号 | 开 |\n", encoding="utf-8")
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    reader = ScriptedReader({"借书证": 0.8, "退押金": 0.9, "换读者卡": 0.8})
    text = Assistant.open(tmp_path / "index", embedder=HashingEmbedder(), reader=reader).ask(question).text
    assert all(word in text for word in shown) and not any(word in text for word in hidden)
