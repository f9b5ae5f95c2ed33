"""Chinese text in; its words with their parts of speech, and the nouns and verbs that evidence has nothing of, out."""

from __future__ import annotations

from functools import lru_cache

from dgqa.language.text import FUNCTION_WORDS, bigrams, fold, words

_KNOWN_WORD = 0.5  # share of a word's bigrams by which the evidence has it

# Nouns and verbs that carry the form of an answer rather than a fact.
_ORDINARY = frozenset(
    ["文章", "作者", "方面", "情况", "内容", "结果", "原因", "目标", "措施", "做法", "例子", "过程", "部分", "程度", "数量", "时候", "期间", "时间", "同时", "以后", "之后", "以前", "之前", "其中", "当时", "此后", "此外", "以上", "以下", "之间", "左右", "方式", "办法", "这些", "那些", "问题", "答案", "证据", "材料", "认为", "指出", "提出", "表示", "强调", "提到", "包括", "包含", "涉及", "属于", "具有", "成为", "作为", "进行", "开展", "实现", "能够", "可以", "需要", "应当", "应该", "必须", "使得", "通过", "利用", "借助", "采用", "采取", "位于", "处于", "存在", "来自", "达到", "分为", "称为", "叫做", "设有", "拥有", "位居", "列为", "主要", "分别", "共有", "以及", "也就是说"]
)


@lru_cache(maxsize=1024)
def tagged(text: str) -> tuple[tuple[str, str], ...]:
    """Return the words of folded text with jieba's letters for parts of speech."""
    import jieba.posseg

    words("词")  # makes jieba ready, quietly
    return tuple((pair.word, pair.flag) for pair in jieba.posseg.cut(fold(text)))


def new_words(sentence: str, evidence: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the nouns and the verbs of a Chinese sentence of which the evidence has no two neighbouring characters."""
    held = bigrams(evidence)
    nouns: list[str] = []
    verbs: list[str] = []
    for word, flag in tagged(sentence):
        if len(word) < 2 or not word.isalpha() or word in FUNCTION_WORDS or word in _ORDINARY:
            continue
        own = bigrams(word)
        if len(own & held) / len(own) >= _KNOWN_WORD:
            continue
        if flag[0] in "n" and flag != "ng":
            nouns.append(word)
        elif flag[0] == "v":
            verbs.append(word)
    return tuple(nouns), tuple(verbs)
