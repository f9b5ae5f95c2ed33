"""What the assistant says in its own words, in simplified Chinese, traditional Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from dgqa.language.text import to_script

Language = Literal["Hans", "Hant", "Latn"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

_PHRASES = {
    "off_topic": (
        "文章里没有与这个问题有关的内容。这里收录的是关于数字政府的文章，可以问：{topics}。",
        "The articles have nothing on this. They are about digital government; you could ask about: {topics}.",
    ),
    "off_topic_elsewhere": (
        "文章里没有与这个问题有关的内容。可以问：{topics}。",
        "The articles have nothing on this. You could ask about: {topics}.",
    ),
    "greeting_elsewhere": (
        "你好！这里可以回答关于所收文章的问题，每句话都标出处。可以问：{topics}。",
        "Hello! This assistant answers questions about its articles and cites every sentence. You could ask about: {topics}.",
    ),
    "outside": (
        "所选的范围（文章、作者、章节、日期）里没有任何段落，请放宽范围。",
        "There is no passage within the limits that are set (article, author, section, date): widen them.",
    ),
    "unfilled": (
        "文章里没有找到关于{missing}的答案。下面是最接近的段落，它们并不回答这个问题。",
        "The articles do not answer this for {missing}. The nearest passages are listed; they do not answer the question.",
    ),
    "no_value": (
        "找到了相关的段落，但其中没有所问的{wanted}。",
        "There are related passages, but none of them gives the {wanted} that is asked for.",
    ),
    "no_attribute": (
        "找到了相关的段落，但其中没有讲到{wanted}。",
        "There are related passages, but none of them says anything on the {wanted}.",
    ),
    "premise": (
        "问题的前提与文章不符，文章是这样说的：",
        "The premise of the question is not what the articles say.",
    ),
    "premise_of": (
        "问题里说的“{claim}”与文章不符，文章是这样说的：",
        "The premise is wrong (“{claim}”): this is what the articles say.",
    ),
    "greeting": (
        "你好！这里可以回答关于数字政府文章的问题，每句话都标出处。可以问：{topics}。",
        "Hello! This assistant answers questions about articles on digital government and cites every sentence. You could ask about: {topics}.",
    ),
    "unclear": (
        "这里看不出问的是什么。请用一句话提问，例如问：{topics}。",
        "This does not read as a question about the articles. Ask in a sentence, for instance about: {topics}.",
    ),
    "thanks": (
        "不客气。还可以继续问：{topics}。",
        "You are welcome. You could go on and ask about: {topics}.",
    ),
    "nothing": (
        "文章里没有找到这个问题的答案。",
        "The articles do not answer this question.",
    ),
    "partial": (
        "文章只回答了一部分，没有找到关于{missing}的内容。",
        "The articles answer this in part; nothing was found on {missing}.",
    ),
    "number": ("数字", "number"),
    "share": ("比例", "share"),
    "money": ("金额", "amount of money"),
    "date": ("日期", "date"),
    "fallback": ("（{why}，以下是文章原句。）", "({why}; these are the articles' own sentences.)"),
    "llm_timeout": ("语言模型没有在限定时间内写完", "The language model took too long"),
    "llm_rate_limit": ("语言模型的请求次数超限", "The language model is over its rate limit"),
    "llm_unauthorized": ("语言模型拒绝了密钥", "The language model refused the key"),
    "llm_unreachable": ("语言模型的服务器无法连接", "The language model's server cannot be reached"),
    "llm_server_error": ("语言模型的服务器出错", "The language model's server failed"),
    "llm_cut_stream": ("语言模型中途断开", "The language model broke off"),
    "llm_malformed": ("语言模型的回复无法读取", "The language model's reply cannot be read"),
    "llm_empty": ("语言模型没有写出内容", "The language model wrote nothing"),
    "llm_unsupported": ("语言模型写的句子没有得到文章支持", "The articles do not support what the language model wrote"),
    "llm_no_answer": ("语言模型认为这些原句没有回答这个问题", "The language model finds no answer in them"),
    "llm_error": ("语言模型出错", "The language model failed"),
    "quoted": ("", "From the articles (in the original Chinese):"),
}


def say(key: str, language: Language, **values: str) -> str:
    """Return a phrase in a language, its blanks filled."""
    chinese, english = _PHRASES[key]
    if language == "Latn":
        return english.format(**values)
    return to_script(chinese.format(**values), language)



def page_name(label: str, language: Language) -> str:
    """Return the label of a page of a PDF or of a paragraph of a Word file, such as "page 3–4", in a language; "" for ""."""
    kind, _, number = label.partition(" ")
    unit = {"page": "页", "paragraph": "段"}.get(kind)
    if language == "Latn" or unit is None:
        return label
    return to_script(f"第 {number} {unit}", language)


def listed(items: Sequence[str], language: Language) -> str:
    """Join a few things as the language does."""
    if language == "Latn":
        return ", ".join(items)
    return to_script("、".join(items), language)
