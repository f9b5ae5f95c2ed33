"""A question in; what it names and the kind of value it wants, and what of that evidence leaves open, out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from dgqa.language.places import place_spans, places
from dgqa.language.text import CJK, FUNCTION_WORDS, detect_script, fold, words
from dgqa.language.values import Amount, Date, stands_for, values
from dgqa.question.answer_type import Attribute, attributes, shows
from dgqa.question.entities import Entity, entities, names

_HAN = f"[{CJK}]"
_QUOTED = re.compile(r"《([^》]{2,60})》")
_LATIN_NAME = re.compile(r"(?<![A-Za-z0-9])[A-Z][A-Za-z0-9]*[A-Z0-9][A-Za-z0-9]*(?![A-Za-z0-9])|(?<![A-Za-z])[A-Z][a-z]{2,}(?![A-Za-z])")
# Words that begin an English question about a Chinese term, and are no names.
_ASKING = frozenset(["what", "who", "whom", "whose", "when", "where", "which", "why", "how", "is", "are", "was", "were", "does", "did", "do", "can", "could", "please", "tell", "explain", "define", "describe", "give", "list", "the"])
_NUMBER_WANTED = re.compile(
    r"多少(?!年)|百分之几|几成|(?<!哪)几(?:个|项|种|次|家|位|条|件|份|类|套|倍|名|座|所|步|点|大|级|亿|万|千|百)|第几|多大比例|占比|多高"
    r"|how (?:many|much|big|large|high)|what (?:share|percentage|percent|proportion|number|rank|position|score|fraction)|which (?:rank|place)",
    re.IGNORECASE,
)
_MONEY_WANTED = re.compile(
    r"多少钱|多少(?:财政)?(?:预算|经费|投资|资金|支出|补贴|费用)(?!比例)|(?:预算|经费|总?投资额?|金额|造价|花费|资金).{0,6}多少|(?:花|投|投入|拨|补贴|拨款)了?多少(?!次)"
    r"|how much (?!.*\b(?:save[ds]?|cut|reduce[ds]?|lower|grow|rise|increase[ds]?|fall)\b).*(?:spen[dt]|cost|invest|budget|pay|paid|charge)|(?:what|which|how (?:big|large)) .*\b(?:budget|investment|cost)\b(?! (?:reduction|saving|cut))",
    re.IGNORECASE,
)
_SHARE_WANTED = re.compile(
    r"百分之几|几成|多大(?:的)?(?:比例|比重)|占比|(?:率|比例|比重)(?:各?是|达到?了?|为|有|升到|降到)?.{0,4}多少|what (?:share|percentage|percent|proportion|fraction)",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"(?:\d[\d,.]*\s*[余多]?[万亿千百]*|[十百千万亿])[余多]?\s*(?:[\u4e00-\u9fff]{0,2}元(?![素件旦年首])|英镑|人民币|法郎|卢布|马克|卢比|比索)|(?:rmb|cny|usd|[$¥€£])\s*\d|(?:yuan|dollars?|euros?|pounds?)", re.IGNORECASE
)
_DATE_WANTED = re.compile(
    r"哪(?:一)?年|哪(?:个|一)?(?:个)?月|哪(?:一)?[天日]|何时|什么时候|几月|几号(?!球|线|楼|文|馆|院|机)|何年|多会儿|什么时间|^when\b(?!.*,\s*(?:what|who|which|how|where|why)\b)|\bwhen (?:did|was|were|is|will|does)\b|(?:what|which) (?:year|month|date|day)|in what year",
    re.IGNORECASE,
)


# How exact a date is wanted.
_DAY_WANTED = re.compile(r"哪(?:一)?[天日]|几[日号]|具体日期|(?:exact|specific) date|(?:what|which) day\b|on (?:what|which) date")
_MONTH_WANTED = re.compile(r"几月|哪(?:个|一个)?月|(?:what|which) month")

# A time that is no date of the calendar of today: centuries, decades, years of an era, years ago.
_LOOSE_DATE = re.compile(r"世纪|距今|\d{2,4}年代|[万亿\d]年前|(?<!\d)\d{1,3}年[）)]|(?<!\d)\d{3}年|[元一二三四五六七八九十]年[（(]"
    # 崇宁五年, 贞观元年: two characters of an era, and none that makes a number of years of it.
    r"|(?<![\u4e00-\u9fff])[\u4e00-\u9fff]{0,2}(?:(?![历用近约过未前后每满第整续时间了达足经来余多达为有共超])[\u4e00-\u9fff]){2}(?:元|[一二三四五六七八九十]{1,3})年(?![来以间内多])")

# 英国人, 爱尔兰海: of a place, and not the place.
_OF_PLACE = r"人(?!民|口|均|大|社|才|工|力)|语|籍|裔|式|海峡|海(?!关|外|量)|湾|半岛|航空|银行|大学|日报|时报"
# "After 2016" and "2016年以后" name a span of time that evidence need not begin with the same year.
_SINCE = re.compile(r"(?:after|since|before|prior to)\s+(?:the year\s+)?((?:19|20)\d\d)|((?:19|20)\d\d)\s?年?(?:以后|以後|之后|之後|以来|以來|以前|之前|起|至今|后|前)", re.IGNORECASE)
# 第50届, Super Bowl 50: a number that is a part of a name.
_NUMBERED = re.compile(r"第\s?(\d+)\s?(?:届|次|期|集|季|代|任|版|号|回|章|卷)|\b[A-Z][a-z]+ (\d+)\b(?!\s*(?:percent|%|million|billion))")
_ADJECTIVE = re.compile(r"\b(?:American|British|English|French|German|Japanese|Korean|Indian|Russian|Italian|Spanish|Dutch|Irish|Australian|Canadian|Taiwanese|Portuguese|Danish|Swedish)s?\b(?! (?:government|strategy|plan|polic|model|experience|system|program|version|edition|public))")
_PORTION = re.compile(r"一半|过半|[一二三四五六七八九]成|分之|\d\s?比\s?\d")
_RANK_WANTED = re.compile(r"第几|排名|\brank|\bposition\b")
_RANK = re.compile(r"第[一二三四五六七八九十]+(?:[位名大]|$)|首位|榜首|第一")

# "有多少个政府网站？", "接入了几项服务？": what is counted stands behind the measure word, up to the end of the clause.
_COUNTED = re.compile(rf"(?:多少(?!的)(?=[{CJK}]{{3}})|(?:多少|(?<!哪)几)(?=[个项种次家位条件份类套倍名座所台起篇部本门场支张款回宗]))(?:个|项|种|次|家|位|条|件|份|类|套|倍|名|座|所|台|起|篇|部|本|门|场|支|张|款|回|宗)?([{CJK}]{{2,10}})")
_ENDINGS = tuple("号码库表证馆站群券")  # of words that jieba may cut in two
_PEOPLE_WANTED = re.compile(r"(?:多少|(?<!哪)几)[名位](?!次|置|数)")
_PEOPLE = re.compile(r"[\d十百千万亿]\s?[余多]?[名位人](?!次|工)|[一二三四五六七八九两]\s?[名位]")
_BEHIND_COUNTED = re.compile(r"(?:的?(?:时候|左右|以上|以内|之多)|[了吗呢吧来]).*$")
# Words that an article may have in place of the asked one.
_ALIKE = (
    ("公司", "企业", "厂商", "集团", "机构"),
    ("人", "人员", "用户", "群众", "网民", "居民", "公众", "市民", "人口", "百姓"),
    ("事", "事项", "业务", "服务", "手续"),
    ("部门", "机构", "单位", "部委", "局"),
    ("文件", "政策", "意见", "规划", "通知", "方案"),
    ("学者", "作者", "专家", "研究者"),
    ("网站", "官网", "门户"),
    ("省份", "省", "省级", "地区"),
    ("国家", "国", "地区"),
    ("方面", "类", "点", "种", "项", "个", "大"),
    ("阶段", "时期", "步"),
    ("任务", "工作", "目标"),
    ("费用", "成本", "开支", "支出", "花费", "经费", "资金"),
    ("时间", "时长", "用时", "耗时", "周期", "时限"),
    ("数量", "数", "总量", "规模"),
    ("问题", "难题", "困境", "挑战", "短板", "不足"),
)


# A level of government that a number is asked of: one of the townships is none of the villages.
_LEVELS = (
    (re.compile(r"行政村|自然村|村级|村一级|各村|\bvillages?\b"), re.compile(r"村|居委|社区")),
    (re.compile(r"乡镇|镇级|街道|\btownships?\b"), re.compile(r"乡|镇|街道|基层")),
    (re.compile(r"县级|县一级|区县|各县|(?<!how many )\bcount(?:y|ies)\b"), re.compile(r"县|区")),
)

# A branch of the economy that a value is asked of.
_SECTOR = re.compile(r"(制造|金融|旅游|建筑|零售|房地产|物流|餐饮|医药|能源|电信|软件|娱乐|采矿|纺织|钢铁|化工|航运|保险|证券|汽车)(?:业|行业|产业)")
# "费用降了百分之几？", "跑动次数减少多少？": what is measured stands before the verb.
_MEASURED = re.compile(rf"({_HAN}{{2,8}}?)(?:各|总共|一共|平均|分别)?(?:下降|降低|减少|缩短|节省|增长|提高|上升|增加|提升|降|升|增|减|省)了?(?:百分之几|多少|几成|几个百分点|百分之多少)")

# Latin abbreviations in Chinese questions that articles may write out.
_STANDS_FOR = {
    "ai": ("人工智能", "大模型"), "app": ("应用", "客户端", "软件"), "it": ("信息技术", "信息化"), "ict": ("信息通信",), "llm": ("大模型",), "llms": ("大模型",),
    "un": ("联合国",), "oecd": ("经合组织",), "ppp": ("公私合作",), "iot": ("物联网",), "vr": ("虚拟现实",), "gdp": ("国内生产总值",), "egdi": ("电子政务发展指数",),
    "osi": ("在线服务指数",), "pdf": ("文件",), "web": ("网站", "网页"), "online": ("在线", "网上", "线上"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Slots:
    """What a question names and what it wants.

    ``wants`` is the kind of value, ``exact`` how exact a date ("day", "month" or ""), ``attributes`` the attributes of
    the table in dgqa.attributes.
    """

    dates: tuple[Date, ...] = ()
    numbers: tuple[Amount, ...] = ()
    places: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    wants: str = ""  # "number", "share", "money", "date" or ""
    entities: tuple[Entity, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    exact: str = ""
    question: str = ""
    mentioned: tuple[str, ...] = ()  # the places that an English question has as adjectives only: the British author
    measured: str = ""  # what rose or fell by how much, folded
    counted: str = ""  # what is counted by "how many", folded


def asked(question: str) -> Slots:
    """Work out what a question names and whether it wants a number or a date."""
    found = values(question)
    # "The 1980s" is no year.
    decades = {int(year) for year in re.findall(r"((?:19|20)\d0)['’]?s\b", question)}
    decades |= {int(match[1] or match[2]) for match in _SINCE.finditer(question)}
    named = {first or second for first, second in _NUMBERED.findall(question)}
    dates = tuple(value for value in found if isinstance(value, Date) and value.year and (value.year not in decades or value.month))
    dates += tuple(
        Date(int(value.value), None, None, value.surface)
        for value in found
        if isinstance(value, Amount) and value.kind == "number" and re.fullmatch(r"(?:19|20)\d{2}", value.surface) and int(value.value) not in decades
    )
    # A short count ("三点", "two problems") tells how many answers are wanted; it is no fact to look for.
    numbers = tuple(
        value
        for value in found
        if isinstance(value, Amount)
        and re.search(r"\d", value.surface)
        and value.surface not in named
        and not re.fullmatch(r"(?:19|20)\d{2}", value.surface)
        and (value.kind != "number" or value.value >= 10)
    )
    folded = fold(question).replace("甚么", "什么")
    kinds = (("date", _DATE_WANTED), ("money", _MONEY_WANTED), ("share", _SHARE_WANTED), ("number", _NUMBER_WANTED))
    wants = next((kind for kind, pattern in kinds if pattern.search(folded)), "")
    exact = "" if wants != "date" else "day" if _DAY_WANTED.search(folded) else "month" if _MONTH_WANTED.search(folded) else ""
    return Slots(
        dates, numbers, places(question), tuple(_QUOTED.findall(question)), _names(question), wants, entities(question), attributes(question), exact, question,
        _adjectives(question), _measured(folded), _counted(folded) if wants == "number" else "",
    )


def _adjectives(question: str) -> tuple[str, ...]:
    # Whose author, firm or people it is, a sentence on them need not say.
    if detect_script(question) != "Latn":
        apart = question
        for start, end in reversed(place_spans(question)):
            if re.match(_OF_PLACE, question[end:]):
                apart = f"{apart[:start]}　{apart[end:]}"
        kept = places(apart) if apart != question else places(question)
        return tuple(place for place in places(question) if place not in kept)
    if not _ADJECTIVE.search(question):
        return ()
    plain = places(_ADJECTIVE.sub(" ", question))
    return tuple(place for place in places(question) if place not in plain)


def _names(question: str) -> tuple[str, ...]:
    # In an English question any name may stand in the articles in Chinese.
    if detect_script(question) == "Latn":
        return ()
    return tuple(dict.fromkeys(name for name in _LATIN_NAME.findall(question) if name.lower() not in _ASKING and not places(name)))


def _counted(question: str) -> str:
    found = _COUNTED.search(question)
    if found is None:
        return ""
    # The last word of what follows is the thing itself: 政务服务网站 are 网站. Before a verb with 了 it is the first.
    run = words(_BEHIND_COUNTED.sub("", found[1]))
    thing = (run[:1] if "了" in found[1] else run[-1:]) or [""]
    if thing[0] in _ENDINGS and len(run) > 1 and "了" not in found[1]:
        thing = ["".join(run[-2:])]  # 公众 and 号
    return thing[0] if len(thing[0]) > 1 and thing[0] not in FUNCTION_WORDS else ""


def _measured(question: str) -> str:
    found = _MEASURED.search(question)
    run = [word for word in words(found[1]) if len(word) > 1 and word not in FUNCTION_WORDS] if found else []
    return run[-1] if run else ""


def counts(slots: Slots, evidence: str) -> bool:
    """Whether ``evidence`` speaks of what is counted, or of what that is also called, on the level of government asked about.

    Where no value is asked for, nothing is counted, whichever level the question names.
    """
    if not slots.wants:
        return True
    folded = fold(evidence)
    if _PEOPLE_WANTED.search(fold(slots.question)) and not _PEOPLE.search(folded):
        return False
    if not all(there.search(folded) for asks, there in _LEVELS if asks.search(fold(slots.question))):
        return False
    if not all(stem in folded for stem in _SECTOR.findall(fold(slots.question))):
        return False
    if slots.measured and not any(word in folded for word in next((group for group in _ALIKE if slots.measured in group), tuple(slots.measured))):
        return False
    if not slots.counted:
        return True
    # 队员 and 球员, 树木 and 树: what has a character in common is often the same thing.
    alike: tuple[str, ...] = next((group for group in _ALIKE if slots.counted in group), ())
    if not alike and len(slots.counted) > 2:
        # 公众号 has two characters of 公众账号; one alone says little of a long word.
        most = len(slots.counted) - (len(slots.counted) > 3)
        return sum(char in folded for char in slots.counted) >= most and any(slots.counted[at : at + 2] in folded for at in range(len(slots.counted) - 1))
    alike = alike or tuple(slots.counted)
    return any(word in folded for word in alike)


def unfilled(slots: Slots, evidence: str) -> tuple[tuple[str, ...], bool]:
    """Return the named things that ``evidence`` (sentences with headings, titles and dates) does not account for.

    The second value tells whether all things of some kind are missing: all places, or all dates, and so on.
    """
    stated = values(evidence)
    folded = fold(evidence)
    there = places(evidence)
    squeezed = re.sub(r"\W", "", folded)
    kinds = (
        [(date.surface, any(stands_for(Date(date.year, None, None, ""), v) for v in stated)) for date in slots.dates],
        [(n.surface, any(stands_for(n, v) for v in stated) or fold(n.surface) in folded) for n in slots.numbers],
        [(place, place in there) for place in slots.places if place not in slots.mentioned],
        [(f"《{title}》", re.sub(r"\W", "", fold(title)) in squeezed) for title in slots.titles],
        [(name, _spelled(name, folded)) for name in slots.names],
        [(f"{e.name}", names(evidence, e)) for e in slots.entities if e.kind == "quoted"],
        *([(e.name, names(evidence, e))] for e in slots.entities if e.kind != "quoted"),
    )
    missing = tuple(dict.fromkeys(name for kind in kinds for name, found in kind if not found))
    return missing, any(kind and not any(found for _, found in kind) for kind in kinds)


def _spelled(name: str, evidence: str) -> bool:
    """Whether folded evidence has a Latin name, or what it stands for, or one spelled nearly so."""
    folded = fold(name)
    if folded in evidence or any(word in evidence for word in _STANDS_FOR.get(folded, ())):
        return True
    if len(folded) < 5 or re.search(r"\d", folded):
        return False
    return bool(get_close_matches(folded, set(re.findall(r"[a-z]+", evidence)), n=1, cutoff=0.8))


def fills(slots: Slots, sentence: str) -> bool:
    """Whether a sentence holds a value of the kind that is wanted, apart from those in the question."""
    if not slots.wants:
        return True
    return _has_value(slots, sentence)


def unshown(slots: Slots, evidence: str) -> tuple[Attribute, ...]:
    """Return the asked attributes that nothing in ``evidence`` goes with."""
    return tuple(attribute for attribute in slots.attributes if not shows(attribute, evidence))


def _has_value(slots: Slots, sentence: str) -> bool:
    folded = fold(sentence)
    if (slots.wants == "share" and _PORTION.search(folded)) or (slots.wants == "number" and _RANK_WANTED.search(fold(slots.question)) and _RANK.search(folded)):
        return True
    if slots.wants == "money":
        return bool(_MONEY.search(folded))
    if slots.wants == "date" and not slots.exact and _LOOSE_DATE.search(folded):
        return True
    given = {*slots.numbers, *slots.dates}
    for value in values(sentence):
        if any(value == other or (isinstance(other, Date) and stands_for(other, value)) for other in given) and slots.wants != "date":
            continue
        if slots.wants == "date" and _is_date(value, slots.exact):
            return True
        if isinstance(value, Amount) and (slots.wants == "number" or (slots.wants == "share" and value.kind != "number")):
            return True
    return False


def _is_date(value: Amount | Date, exact: str) -> bool:
    """Whether a value is a date as exact as is wanted; a bare number may be a year."""
    if isinstance(value, Amount):
        return not exact and value.kind == "number" and value.value.denominator == 1 and 1900 <= value.value <= 2100
    return (exact != "day" or value.day is not None) and (exact not in ("day", "month") or value.month is not None)
