"""A tiny corpus, its questions and a fake assistant that knows the answers, for the tests of the evaluation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dgqa.errors import AnswerError
from dgqa.evaluation.question_sets import Evidence, Question
from dgqa.types import Answer, AnswerSentence, Citation, Hit, Passage, Sentence

RAWS = {
    "sea.txt": "海门市概况\n海门市2019年开通政务大厅，设窗口74个。大厅全年接待12万人次。\n市民满意度为96.1%。\n",
    "hill.txt": "山河縣報告\n山河縣於2021年6月建成數據平臺，投資1.5億元。平臺由縣信息中心運營。\n",
}
WINDOWS = "海门市2019年开通政务大厅，设窗口74个。"
VISITS = "大厅全年接待12万人次。"
CONTENT = "市民满意度为96.1%。"
PLATFORM = "山河縣於2021年6月建成數據平臺，投資1.5億元。"
OPERATOR = "平臺由縣信息中心運營。"
_FILES = {WINDOWS: "sea.txt", VISITS: "sea.txt", CONTENT: "sea.txt", PLATFORM: "hill.txt", OPERATOR: "hill.txt"}
NOTHING = "资料中没有这个问题的答案。"


def span(sentence: str) -> tuple[str, int, int]:
    """Return where a sentence stands."""
    file = _FILES[sentence]
    start = RAWS[file].index(sentence)
    return file, start, start + len(sentence)


def hit(sentence: str, rank: int, score: float) -> Hit:
    """Return a hit on a passage of one sentence."""
    file, start, end = span(sentence)
    one = Sentence(sentence, start, end, score)
    return Hit(rank, score, Passage(rank, file[:-4], file, file[:-4], "", "", "", start, end, sentence, (one,)), (one,))


def citation(number: int, sentence: str) -> Citation:
    """Return a valid citation of a whole sentence."""
    file, start, end = span(sentence)
    return Citation(number, file[:-4], file, file[:-4], "", "", "", start, end, sentence)


def answered(question: str, *sentences: str, hits: tuple[Hit, ...] = (), lead: str = "") -> Answer:
    """Return an extractive answer of these sentences, each with its own citation."""
    said = tuple(AnswerSentence(text, (i,), 0.9) for i, text in enumerate(sentences, 1))
    text = lead + "".join(f"{text}[{i}]" for i, text in enumerate(sentences, 1))
    cited = tuple(citation(i, sentence) for i, sentence in enumerate(sentences, 1))
    return Answer(question, "answered", text, said, cited, hits, trace=dict(TRACE))


def refused(question: str, hits: tuple[Hit, ...] = ()) -> Answer:
    """Return a refusal."""
    return Answer(question, "refused", NOTHING, hits=hits, reason=NOTHING, trace=dict(TRACE))


TRACE = {"timings": {"search": 2.0, "answer": 3.0}, "index": "sha256:1234", "model": "fake"}

QUESTIONS = (
    Question(
        "q1",
        "海门市政务大厅有多少个窗口？",
        "zh-Hans",
        "number",
        "74个",
        (("74",),),
        (Evidence("sea.txt", WINDOWS),),
        twin="q2",
    ),
    Question(
        "q2",
        "海門市政務大廳有多少個窗口？",
        "zh-Hant",
        "number",
        "74個",
        (("74",),),
        (Evidence("sea.txt", WINDOWS),),
        twin="q1",
    ),
    Question(
        "q3",
        "How much was invested in the data platform, and who runs it?",
        "en",
        "list",
        "150 million yuan; the county's information centre.",
        (("1.5亿", "150 million"), ("信息中心", "information centre")),
        (Evidence("hill.txt", PLATFORM), Evidence("hill.txt", OPERATOR)),
        note="cross-script; two places",
    ),
    Question(
        "q4",
        "那满意度呢？",
        "zh-Hans",
        "multi_turn",
        "96.1%",
        (("96.1%",),),
        (Evidence("sea.txt", CONTENT),),
        (("大厅接待多少人次？", "12万人次。"),),
    ),
    Question("q5", "海门市的预算是多少？", "zh-Hans", "unanswerable", note="near-miss"),
    Question("q6", "谁赢了2022年世界杯？", "zh-Hans", "unanswerable", note="off-topic, near-miss", document="sea.txt"),
    Question(
        "q7",
        "为什么海门市2010年就开通了政务大厅？",
        "zh-Hans",
        "false_premise",
        "前提有误：2019年才开通。",
        (("2019",),),
        (Evidence("sea.txt", WINDOWS),),
    ),
)
_EVIDENCE = {
    QUESTIONS[0].question: (WINDOWS,),
    QUESTIONS[1].question: (WINDOWS,),
    QUESTIONS[2].question: (PLATFORM, OPERATOR),
    QUESTIONS[3].question: (CONTENT,),
    QUESTIONS[6].question: (WINDOWS,),
}
_OTHERS = (VISITS, OPERATOR, CONTENT, PLATFORM, WINDOWS)


class KnowingSearch:
    """Finds the evidence first, then whatever else there is."""

    def search(self, question: str, *, k: int) -> list[Hit]:
        """Return up to five hits with falling scores."""
        evidence = _EVIDENCE.get(question, ())
        found = [*evidence, *(text for text in _OTHERS if text not in evidence)][:k]
        top = 0.9 if evidence else 0.4
        return [hit(text, rank, top - rank / 100) for rank, text in enumerate(found, 1)]


class BlindSearch:
    """Finds only what holds no evidence for any question."""

    def search(self, question: str, *, k: int) -> list[Hit]:
        """Return one useless hit."""
        return [hit(VISITS, 1, 0.5)][:k]


def _unchanged(answer: Answer) -> Answer:
    return answer


@dataclass
class KnowingAssistant:
    """Answers every question as it should be, and then spoils the answer with ``spoil``."""

    spoil: Callable[[Answer], Answer] = _unchanged
    retriever: KnowingSearch | BlindSearch = field(default_factory=KnowingSearch)
    asked: list[tuple[str, Sequence[tuple[str, str]]]] = field(default_factory=list)

    def ask(self, question: str, history: Sequence[tuple[str, str]] = ()) -> Answer:
        """Return the right answer, spoiled."""
        self.asked.append((question, history))
        evidence, hits = _EVIDENCE.get(question, ()), tuple(self.retriever.search(question, k=5))
        lead = "前提有误。" if question == QUESTIONS[6].question else ""
        return self.spoil(answered(question, *evidence, hits=hits, lead=lead) if evidence else refused(question, hits))


def always_refused(answer: Answer) -> Answer:
    """Spoil an answer: refuse."""
    return refused(answer.question, answer.hits)


def never_refused(answer: Answer) -> Answer:
    """Spoil a refusal: say something all the same."""
    return answered(answer.question, VISITS, hits=answer.hits) if answer.status == "refused" else answer


def one_off(answer: Answer) -> Answer:
    """Spoil an answer: every citation points one character too far."""
    moved = tuple(replace(cited, start=cited.start + 1, end=cited.end + 1) for cited in answer.citations)
    return replace(answer, citations=moved)


def failing(answer: Answer) -> Answer:
    """Spoil an answer: there is none."""
    raise AnswerError(f"cannot answer {answer.question!r}")


def question_line(**changes: object) -> Mapping[str, object]:
    """Return a right line of a question set with some fields changed; None takes one away."""
    line: dict[str, object] = {
        "id": "a1",
        "question": "有多少个窗口？",
        "lang": "zh-Hans",
        "type": "number",
        "answer": "74个",
        "answer_keys": [["74"]],
        "evidence": [{"file": "sea.txt", "quote": WINDOWS}],
        "note": "",
    }
    line |= changes
    return {name: value for name, value in line.items() if value is not None}
