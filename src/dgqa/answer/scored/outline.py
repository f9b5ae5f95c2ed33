"""A question and the sections of articles in; the headings that answer it by themselves, as one piece, out.

"面临哪些挑战" is often answered by what stands as headings under "面临的挑战", with no sentence that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dgqa.index.engines.backend import SearchBackend
from dgqa.language.lists import how_many
from dgqa.language.reading import Text
from dgqa.language.text import FUNCTION_WORDS, bigrams, fold, search_tokens, squeezed
from dgqa.types import Hit, Section, Sentence, Span

_MAX_ITEMS = 10
_MAX_LENGTH = 600  # characters of all headings together
# Share of the question's other words that the headings of a section must name: where a passage of it was found, and elsewhere.
_NEAR, _SURE = 0.4, 0.9
_LIKENESS = 20.0  # what a section loses for being less like the question than another, by cosine
_DEEPER = 0.6  # what a section gains for every level
# What articles like to have a heading for each of: how it is asked for in Chinese (folded) and in English.
_KINDS = (
    ("问题|困境|难题|难点|障碍|瓶颈|短板|弱项|不足|缺陷|局限|挑战|考验|压力", "problems|difficulties|obstacles|bottlenecks|shortcomings|weaknesses|limitations|challenges|issues|pressures"),
    ("策略|对策|建议|措施|举措|路径|途径|办法|方法|做法|出路|思路|怎么改|如何改|怎么完善|如何完善|下一步", "strategies|recommendations?|recommend|suggestions|measures|paths|pathways|routes|steps|ways|solutions|countermeasures|remedies|advice"),
    ("意义|重要性|价值|作用|为什么重要|为何重要", "significance|importance|important|matters?|meanings|values"),
    ("特点|特征|特色", "features|characteristics|traits"),
    ("成就|成果|成效|成绩|进展|效果", "achievements|results|progress|accomplishments|accomplished|successes"),
    ("模式|类型|型", "models|types|patterns|modes|categories"),
    ("阶段|时期|历程", "stages|phases|periods"),
    ("理论|视角|视域|维度|视野", "theories|perspectives|dimensions|lenses|angles"),
    ("趋势|方向|走向|展望|未来", "trends|directions|future|outlook"),
    ("机遇|机会", "opportunities"),
    ("热点|议题|主题|话题", "topics|themes|hotspots|issues"),
    ("任务|目标|要求", "tasks|goals|aims|objectives|demands|requirements"),
    ("原则|准则", "principles"),
    ("优势|好处|益处|长处", "advantages|benefits|strengths"),
    ("风险|隐患|危险", "risks|dangers"),
    ("原因|成因|理由|根源", "reasons|causes"),
    ("影响|变化|转变", "effects|impacts|changes|shifts"),
    ("案例|实践|经验|探索", "cases|practices|experiences|examples"),
    ("场景|应用", "scenarios|applications|uses"),
)
_LIST = re.compile(
    r"哪些|哪[几两二三四五六七八九十](?!年)|(?<!哪)几[个项种类条点大方层重]|有何|什么样的|哪[些几]?方面|总结|概括|归纳|概述|梳理|列出|列举|要点|主要(?:内容|观点)|分别|各[是为]|讲了什么|[有是]什么"
    r"|\b(?:which|what)\b(?! (?:year|month|date|day|percent|share))|\bsum(?:s|med)? up\b|\bsummar|\boutline\b|\boverview\b|\blist\b|\bname\b|\bmain points?\b|\bwhy\b"
)
# What else stands in such a question without saying what it is about.
_ASKING = re.compile(
    r"总结|概括|归纳|概述|梳理|列出|列举|列|要点|主要|内容|观点|作者|认为|指出|提出|提到|文章|论文|文中|一下|几句|句话|几句话|简单|简要|扼要|整理|他们|她们|介绍|说说|讲|谈|分|方面|存在|面临|具体|目前|当前"
)
_ASKING_EN = frozenset(
    ["main", "key", "article", "articles", "paper", "author", "authors", "according", "say", "says", "said", "sum", "summarise", "summarize", "summary", "outline", "overview", "list", "name", "identify", "identified", "describe", "describes", "section", "points", "point", "briefly", "sentences", "sentence", "does", "face", "faces", "facing", "exist", "main", "different", "kinds", "kind", "types", "give", "given", "propose", "proposed", "proposes", "think"]
)
# Questions for an article as a whole, and the words that may stand in them.
_WHOLE = re.compile(
    r"讲了?(?:些)?什么|说了?(?:些)?什么|谈了?(?:些)?什么|写了?(?:些)?什么|[讲说谈写]的是什么|主要(?:讲|说|谈|内容|观点)|大意|概括|总结|归纳|概述|摘要|梳理|结构|提纲|哪几[部块方]|分[成为]?几"
    r"|\bsummar|\boverview\b|\boutline\b|\bmain (?:points?|ideas?|arguments?)\b|\bkey points?\b|\bgist\b|\bwhat (?:is|does) .*\babout\b|\bsum(?:s|med)? up\b"
)
_WHOLE_WORDS = frozenset(["什么", "内容", "观点", "大意", "结构", "提纲", "部分", "结论", "本文", "这篇", "那篇", "全文", "一篇", "可以", "帮我", "请问", "帮忙", "给我", "they", "their", "give", "idea", "ideas", "argument", "arguments", "whole"])
_APART = re.compile(r"参考文献|參考文獻|注释|註釋|附录|附錄|来源说明|來源說明|references|bibliography|appendix|notes", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outline:
    """Headings that answer: the document, the section under whose heading they stand, and they as one sentence."""

    doc_id: str
    section: Section
    items: tuple[Section, ...]
    sentence: Sentence


def outline(
    question: Text, terms: Sequence[str], hits: Sequence[Hit], index: SearchBackend, idf: Callable[[str], float], likeness: Callable[[str, int, int], float]
) -> Outline | None:
    """Return the headings that answer a question for things of some kind, None where there are none.

    They stand right under a heading that names the kind, or name it themselves, in an article that the search found
    by some passage there.

    Args:
        question: as it is searched for.
        terms: what the glossary has for an English question, in Chinese.
        hits: the passages found, best first.
        index: holds the articles.
        idf: tells how telling a token is, 0 for one that no article has.
        likeness: tells how like the question a span of a document is.
    """
    text = question.folded.replace("’", "'")
    kinds = [chinese.split("|") for chinese, english in _KINDS if re.search(rf"{chinese}|\b(?:{english})\b", text)]
    terse = not _LIST.search(text)
    if not kinds or (terse and not text.endswith(tuple(word for kind in kinds for word in kind))):
        return None
    about = _about(text, terms, kinds)
    count = next(iter(how_many(text)), 0)
    fitting: list[tuple[float, float, bool, str, Section, tuple[Section, ...]]] = []
    for doc_id in dict.fromkeys(hit.passage.doc_id for hit in hits):
        found = [hit for hit in hits if hit.passage.doc_id == doc_id]
        title = found[0].passage.title
        headings = sections(index, doc_id)
        for at, section in enumerate(headings):
            items, fit = _wanted(section, _children(headings, at), kinds, count)
            if not items:
                continue
            inside = [hit for hit in found if section.start <= hit.passage.start < section.end]
            near = _covered(about, fold("\n".join((title, *section.path))), idf)
            if near < (_SURE if terse else _NEAR):
                continue
            # All that stands in a section stands in those around it too.
            score = fit + 2 * near + sum(1 / hit.rank for hit in inside) + _DEEPER * section.level
            fitting.append((score, near, bool(inside), doc_id, section, items))
    if not fitting:
        return None
    alike = [likeness(doc_id, section.start, section.end) for _, _, _, doc_id, section, _ in fitting]
    at = max(range(len(fitting)), key=lambda i: fitting[i][0] + _LIKENESS * (alike[i] - max(alike)))
    _, near, inside_it, doc_id, section, items = fitting[at]
    if not inside_it and near < _SURE and alike[at] < max(alike):
        return None
    sentence = _sentence(index.raw(doc_id), section, items)
    return None if sentence is None else Outline(doc_id, section, items, sentence)


def article_outline(question: Text, title: str, doc_id: str, index: SearchBackend) -> Outline | None:
    """Return the main headings of an article, None where a question asks for something in it, or it has no headings.

    Args:
        question: as it is searched for, without those it names as its source.
        title: of the article.
        doc_id: of the article.
        index: holds it.
    """
    text = question.folded.replace("’", "'")
    left = text.replace(fold(title), "")
    if not _WHOLE.search(text) or set(_about(left, (), ())) - _WHOLE_WORDS:
        return None
    headings = sections(index, doc_id)
    top = tuple(h for h in headings if h.level == min(h.level for h in headings) and not _APART.search(h.title))
    if not 2 <= len(top) <= 2 * _MAX_ITEMS:
        return None
    raw = index.raw(doc_id)
    spans = [_span(raw, heading) for heading in top]
    if any(span is None for span in spans):
        return None
    placed = tuple(span for span in spans if span is not None)
    text = f"{'；'.join(heading.title.rstrip('。；;：:') for heading in top)}。"
    return Outline(doc_id, replace(top[0], path=()), top, Sentence(text, placed[0][0], placed[-1][1], spans=placed))


def sections(index: SearchBackend, doc_id: str) -> tuple[Section, ...]:
    """Return the headings of a document in reading order."""
    return tuple(Section(s["title"], s["level"], s["start"], s["end"], tuple(s["path"])) for s in index.headings(doc_id))


def says_all(text: str, items: Sequence[Section]) -> bool:
    """Whether a piece of evidence says what most of the headings say."""
    said = bigrams(text)
    shares = [len(wanted & said) / len(wanted) for item in items if (wanted := bigrams(_bare(item.title)))]
    return sum(share >= 0.4 for share in shares) * 3 >= len(shares) * 2


def _about(text: str, terms: Sequence[str], kinds: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return the words of a question that say what it is about, what is asked for taken out."""
    asked = {word for kind in kinds for word in kind}
    # Bigrams, which are marked, tell nothing more than words do.
    found = (token for text in (terms or [text]) for token in search_tokens(text) if not token.endswith("\u0001"))
    return tuple(
        dict.fromkeys(
            word
            for word in found
            if len(word) > 1 and word not in FUNCTION_WORDS and word not in _ASKING_EN and not _ASKING.fullmatch(word) and word not in asked and not how_many(word)
        )
    )


def _children(headings: Sequence[Section], at: int) -> tuple[Section, ...]:
    """Return the headings right under one."""
    section = headings[at]
    inner = [h for h in headings[at + 1 :] if h.start < section.end and h.path[: len(section.path)] == section.path]
    return tuple(h for h in inner if h.level == section.level + 1)


def _wanted(section: Section, children: Sequence[Section], kinds: Sequence[Sequence[str]], count: int) -> tuple[tuple[Section, ...], float]:
    """Return the children that are of an asked kind, as many as are asked for where ``count`` isn't 0, and how well they fit."""
    if not 2 <= len(children) <= _MAX_ITEMS or sum(len(child.title) for child in children) > _MAX_LENGTH:
        return (), 0.0
    title = fold(section.title)
    for kind in kinds:
        # 特点一…，特点二… may stand beside an overview, or under a heading that names the thing alone.
        counted = re.compile(rf"(?:{'|'.join(kind)})之?[一二三四五六七八九十\d]")
        own = [child for child in children if counted.search(fold(child.title))]
        if not any(word in title for word in kind):
            if len(own) >= 2 and count in (0, len(own)):
                return tuple(own), 0.8
            continue
        named = ([child for child in children if word in fold(child.title)] for word in kind)
        fit = 1.5 if count and count in how_many(title) else 1.0
        for items in (own, children, *(named if count else ())):
            if len(items) >= 2 and count in (0, len(items)):
                return tuple(items), fit
    return (), 0.0


def _covered(about: Sequence[str], text: str, idf: Callable[[str], float]) -> float:
    weights = {word: idf(word) for word in about}
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in text) / total if total else _NEAR


def _sentence(raw: str, section: Section, items: Sequence[Section]) -> Sentence | None:
    """Return a heading and those under it as one sentence, None where one of them can't be quoted as it is read."""
    spans = [_span(raw, heading) for heading in (section, *items)]
    if any(span is None for span in spans):
        return None
    placed: list[Span] = [span for span in spans if span is not None]
    text = f"{section.title.rstrip('：:')}：{'；'.join(item.title.rstrip('。；;') for item in items)}。"
    return Sentence(text, placed[0][0], placed[-1][1], spans=tuple(placed))


def _span(raw: str, heading: Section) -> Span | None:
    """Return where a heading stands in the raw text."""
    wanted = squeezed(heading.title)
    line = re.match(r"[^\n<]*", raw[heading.start : heading.end])
    end = heading.start + len(line.group().rstrip(" \t\r#*_")) if line else heading.start
    return (heading.start, end) if squeezed(raw[heading.start : end]) == wanted else None


def _bare(title: str) -> str:
    return re.sub(r"^\W*(?:第?[一二三四五六七八九十\d]{1,3}[章节部分]?[、.．)）]?)\s*", "", title)
