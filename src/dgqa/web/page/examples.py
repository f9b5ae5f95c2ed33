"""The documents of an index in; a few questions to begin with out, drawn from their headings."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

COUNT = 3
_NUMBERING = re.compile(r"^(?:第?[一二三四五六七八九十百0-9]+[章节節、.．:：]\s*|[（(][一二三四五六七八九十0-9]+[）)]\s*|[0-9.]+\s+|#+\s*)+")
# A heading that asks or lists, refers to the article itself or is a sentence makes no topic of a question.
_NO_TOPIC = re.compile(
    r"[，。；：！？、,;:!?（）()《》“”「」…—]|什么|什麼|怎样|怎樣|如何|为何|為何|结语|結語|引言|前言|摘要|参考|參考|来源|來源|附录|附錄|作者|说明|說明"
)
_ASKS = {"Hans": "关于{}，文献里怎么说？", "Hant": "關於{}，文獻裡怎麼說？"}
_SHORTEST, _LONGEST = 5, 16  # characters of a topic


def examples_from(documents: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return up to three questions, each on a heading of another Chinese document; the longest topics first within one."""
    asked: list[str] = []
    for document in documents:
        if len(asked) == COUNT:
            break
        topics = [_NUMBERING.sub("", str(section["title"])).strip() for section in document["sections"]]
        topics = [topic for topic in topics if _SHORTEST <= len(topic) <= _LONGEST and not _NO_TOPIC.search(topic)]
        if topics and document["script"] in _ASKS:
            asked.append(_ASKS[document["script"]].format(max(topics, key=len)))
    return tuple(asked)
