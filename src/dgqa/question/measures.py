"""Put a question for a measure as one speaks, 有多厚, 离车站多远, as articles write of it, 厚度是多少."""

from __future__ import annotations

import re

from dgqa.data import table
from dgqa.language.text import has_chinese

_FILE = "question/measures"
_DIGIT = "[0-9一二两三四五六七八九十百]"


def written_measures(text: str) -> str:
    """Return a question with what it asks for by an adjective put as the measure that an article names.

    >>> written_measures("石阶有多厚？"), written_measures("渡口离车站有多远？"), written_measures("有多重身份的人")
    ('石阶的厚度是多少？', '渡口距车站多少公里？', '有多重身份的人')
    """
    if not has_chinese(text):
        return text
    for measure in table(_FILE)["measures"]:
        text = re.sub(measure["spoken"], measure["written"], text)
    return text


def telling(text: str) -> list[re.Pattern[str]]:
    """Return what a clause has that tells a measure that a folded question asks for: 厚40厘米 of 厚度是多少."""
    asked = [measure for measure in table(_FILE)["measures"] if re.search(re.sub(r"\\1", ".{1,16}", measure["written"]), text)]
    return [re.compile(re.sub("N", _DIGIT, measure["told"].replace("[^N]", f"[^{_DIGIT[1:-1]}]"))) for measure in asked]
