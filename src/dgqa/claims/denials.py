"""Tell whether all that a chat model's sentence says is that the evidence holds no answer."""

from __future__ import annotations

import re

from dgqa.language.text import fold

_SOURCE = r"(?:证据|原文|原句|文章|文中|文本|材料|资料|上文|上下文|内容|信息|段落|语料)"
_DENIED = r"(?:没有|并没有|并未|未能|未|不|无|缺乏|缺少)"
_TOLD = r"(?:提到|提及|提供|说明|说到|讲到|给出|包含|包括|涉及|回答|列出|记载|记录|披露|指出|交代|明确|显示|体现|足够|相关|答案|关于)"
_CHINESE = re.compile(
    rf"{_SOURCE}[^。；]{{0,16}}?{_DENIED}[^。；，]{{0,4}}?{_TOLD}"
    rf"|(?:无法|不能|难以|没法)(?:从{_SOURCE}?[^。；，]{{0,6}})?(?:直接)?(?:回答|作答|得知|得出|确定|判断|给出答案)"
    rf"|{_DENIED}(?:找到|检索到|查到|足够的?|相关的?)[^。；，]{{0,12}}(?:信息|答案|内容|依据|证据|资料)"
    r"|^(?:不知道|不清楚|无答案|没有答案|无相关信息|无可奉告|抱歉|对不起|很抱歉)"
)
_SOURCE_ENGLISH = r"(?:evidence|text|articles?|passages?|sources?|context|information|documents?|sentences|excerpts?)"
_ENGLISH = re.compile(
    rf"\b{_SOURCE_ENGLISH}\b[^.;]{{0,40}}?\b(?:do(?:es)?(?:n[’']t| not)|fails? to|lacks?|contains? no|gives? no|has no|have no|says? nothing|provides? no|mentions? no)\b"
    rf"|\bno (?:specific |direct |relevant |further )*(?:information|answer|mention|evidence|data|details?)\b"
    rf"|\b(?:is|are|was|were)(?:n[’']t| not) (?:mentioned|specified|stated|given|provided|found|available|discussed|answered)\b"
    r"|\b(?:cannot|can[’']t|could not|unable to|impossible to)\s+(?:be\s+)?(?:answer|determin|say|tell|infer|find)"
    r"|^(?:none|n/a|no answer|not answerable|unanswerable|unknown|i do(?:n[’']t| not) know|sorry|i[’']m sorry)\b",
    re.IGNORECASE,
)


def denies_answer(sentence: str) -> bool:
    """Whether a sentence speaks of the evidence, or of answering, and says no; in Chinese or English, whatever the question is in."""
    return bool(_CHINESE.search(fold(sentence)) or _ENGLISH.search(sentence.strip(" \"'“”*")))
