"""Tell whether a question asks about an article as such: who wrote it, when or where it appeared."""

from __future__ import annotations

import re

from dgqa.language.reading import Text

# What an article says is not asked here, nor when things that it tells of appeared.
_GAP = r"(?:(?!提到|提及|认为|指出|介绍|所说|里说|中说|[中里内]|说到|讲到|谈到).)"
# An article as a thing; reports and surveys are left out, as articles speak of others' reports.
_ARTICLE = r"(?:文章|论文|综述|评论|一文|[这那该本此]文|[这那](?:一)?篇|哪篇|每篇|各篇|[一两二三几]篇|稿件|原文|这份材料)"
_WHO = r"(?:谁写的?|谁的(?:文章|论文)|何人所?[写作]|由?谁撰写|谁执笔|谁署名|什么人写|哪(?:位|几位|些)?(?:作者|人)写|作者(?:是谁|是哪|有谁|有哪|都有|叫什么|的(?:名字|姓名|单位|身份))|(?:谁|哪位|哪些人)是作者|署名(?:的)?(?:作者)?(?:是|为)?(?:谁|哪))"
_APPEARED = r"(?:发表|刊发|刊登|刊载|登载|登出|登|发布|上线|见刊|出版|写成|更新|转载)"
_WHEN = r"(?:何时|什么时候|什么时间|哪(?:一)?年|哪(?:一|个)?月|哪(?:一)?天|哪(?:一)?日|几月|几号|几时|多久|日期|时间)"
_WHERE = r"(?:哪里|哪儿|何处|什么地方|哪(?:个|家|本|份)?(?:网站|期刊|杂志|报纸|报|刊物|平台|媒体|公众号)|什么(?:网站|期刊|杂志|报纸|刊物|平台|媒体)|哪(?:个|家|本))"
_SOURCE = r"(?:来源|出处)(?:是|在|为)(?:哪|什么|何)"
_CHINESE = re.compile(
    rf"{_ARTICLE}{_GAP}{{0,14}}(?:{_WHO}|作者(?!认为|主张|提出|指出|建议|觉得|说|强调|把|将))|(?:{_WHO}).{{0,14}}{_ARTICLE}|^(?:请问)?(?:这是)?(?:{_WHO})的?\W*$|"
    rf"{_ARTICLE}{_GAP}{{0,10}}(?:{_WHEN}|{_WHERE}).{{0,6}}{_APPEARED}|{_ARTICLE}{_GAP}{{0,6}}{_APPEARED}(?:于|在|的)?.{{0,4}}(?:{_WHEN}|{_WHERE})|"
    rf"(?:{_WHEN}|{_WHERE}){_APPEARED}.{{0,4}}{_ARTICLE}|{_ARTICLE}.{{0,6}}(?:从|自|来自){_WHERE}(?:来|转|摘|拿|$|\W)|{_ARTICLE}{_GAP}{{0,6}}{_SOURCE}"
)
_ARTICLE_EN = r"(?:articles?|papers?|essays?|pieces?|reviews?|posts?|texts?|it|this|that|them|each|columns?|studies|study)"
_WROTE = "(?:wrote|authored|penned|co-?wrote|co-?authored)"
_ENGLISH = re.compile(
    rf"\bwho(?: was it that)? {_WROTE} (?:(?:the|this|that|these|those|both|each|which)\b(?: of)?(?: [\w'-]+){{0,3}}? {_ARTICLE_EN}\b|(?:it|this|that|them|these|each(?: of \w+)?)\W*$)|"
    r"\bwho (?:is|are|was|were) the (?:co-?)?authors?(?: of (?:it|this|that|these))?\W*$|"
    rf"\bauthors? of (?:the|this|that|each|these|both|which) (?:[\w-]+ ){{0,3}}{_ARTICLE_EN}\b|\b(?:written|authored) by (?:whom|who|which)\b|"
    rf"\bwhen (?:was|were|did) (?:the|this|that|each|these|both|[\w-]+'s|it)(?: [\w-]+){{0,3}} ?{_ARTICLE_EN}?(?: [\w' -]+)? (?:published|posted|written|appear|come out|uploaded|go online|put online)\b|"
    rf"\b(?:where|in (?:which|what) (?:journal|newspaper|magazine|outlet)|on (?:which|what) (?:site|website))\b.{{0,40}}\b(?:published|posted|appear)|"
    rf"\b(?:which|what) (?:journal|newspaper|magazine|site|website|outlet)\b.{{0,20}}\b(?:publish|posted|ran|carried)|"
    rf"\b(?:publication|publishing) date\b|\b{_ARTICLE_EN}(?:'s)? (?:author|byline|publication date|source)\b|\bwho (?:is|are) (?:its|their) authors?\b"
)
# Those of English that also fit a plan or a law need an article to be spoken of.
_SPEAKS = re.compile(r"\b(?:articles?|papers?|essays?|pieces?|reviews?|posts?|texts?|columns?|authors?|wrote|authored|penned|written|journal|magazine|newspaper)\b")


_MAYBE = re.compile("谁|从哪|自哪|从什么|何人|作者|署名|发表|刊|登|发布|上线|见刊|出版|写成|更新|转载|来源|出处|author|wrote|written|penned|publish|posted|appear|come out|online|journal|magazine|newspaper|website|byline")


def may_ask_about_article(question: Text) -> bool:
    """Whether it is worth looking for titles in a question before `asks_about_article`."""
    return _MAYBE.search(question.folded) is not None


def asks_about_article(folded: str) -> bool:
    """Whether a folded question asks who wrote an article, or when or where it appeared.

    An article's title counts as one only where it is called an article; see `Sources.untitled`.
    """
    text = folded.replace("’", "'")
    return bool(_CHINESE.search(text)) or bool(_ENGLISH.search(text) and _SPEAKS.search(text))
