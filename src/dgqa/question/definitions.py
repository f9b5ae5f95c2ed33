"""A question for what a term means in; the term, and whether a sentence defines it, out."""

from __future__ import annotations

import re

from dgqa.language.reading import Text
from dgqa.language.text import CJK

_QUOTE = "[“”「」『』\"'《》]?"
_TERM = rf"{_QUOTE}(?P<term>(?:(?![的哪谁几])[{CJK}A-Za-z0-9+·-]){{2,14}}?){_QUOTE}"
_MEANING = "(?:定义|概念|含义|内涵|意思|涵义)"
_ASKS = (
    re.compile(rf"^(?:请问|那么?|到底|究竟)*(?:什么是|何谓|何为|什么叫[做作]?|(?:请?解释|说明)(?:一下|下)?|[如何怎么样]{{2}}理解)(?:所谓的?)?{_TERM}(?:的?{_MEANING})?$"),
    re.compile(rf"^(?:请问|那么?|所谓的?)*{_TERM}(?:这个(?:词|概念))?(?:到底|究竟)?(?:是(?:个|一个)?什么(?:意思|概念|东西)?|是?指(?:的是)?什么|是啥(?:意思)?|的?{_MEANING}(?:是什么|是啥)?|[如何怎么样]{{2}}定义|什么意思|啥意思)$"),
)
# What a defining sentence calls the thing: 数字政府是…的过程, but not …的重要基础, which praises it.
_KINDS = "过程|模式|形态|方式|方法|活动|行为|概念|体系|系统|平台|工程|机制|理念|范式|制度|网络|总称|统称|产物|技术|服务|公司|机构|组织|政府"


def term_asked(question: Text) -> str:
    """Return the term, folded, that a Chinese question asks the meaning of; "" for any other question."""
    text = re.sub(r"\s+", "", question.folded).rstrip("？?。.!！呢啊呀")
    return next((match["term"] for pattern in _ASKS if (match := pattern.match(text))), "")


def asking_for(term: str) -> str:
    """Return what a definition of a term is searched by: it speaks as one does, not as a question for it."""
    return f"{term}是指"


def defines(term: str, sentence: Text) -> bool:
    """Whether a sentence says what a term means: that it is, stands for or is called something of some kind."""
    text = re.sub(r"\s+", "", sentence.folded)
    named = rf"(?:^|[，,。；;：:、（(]|所谓|认为|指出|提出){_QUOTE}{re.escape(term)}{_QUOTE}(?:的?{_MEANING})?[,，]?"
    return bool(re.search(rf"{named}(?:是指|指的是|即(?:是|为)?(?![将使便可])|就是(?!要)|被?(?:定义|理解|界定|看作|视)为?|是(?:一[种个类套]|(?![否不])[^。；;]{{4,90}}?的?(?:{_KINDS})(?:[，,。；;]|$)))", text))
