"""A sentence and the evidence it cites in; the names in the sentence that the evidence does not hold, whichever the language, out.

No list of all names exists. What can be known is known by its form: Latin words in a Chinese sentence, 《titles》, “terms” in
quotation marks, bodies by their last character, people by the verb of saying behind them; in English, capitals.
"""

from __future__ import annotations

import functools
import re

from dgqa.language.hearing import heard
from dgqa.language.places import places
from dgqa.language.reading import Text
from dgqa.language.text import fold, squeezed

_TITLE = re.compile(r"《([^》]{2,60})》")
_TERM = re.compile(r"[“「『\"]([^”」』\"]{2,30})[”」』\"]")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+&_-]*[A-Za-z0-9]|(?:https?://|www\.)\S+")
# What the names of bodies end in, wherever they stand.
BODY_ENDINGS = "研究院|研究所|委员会|办公厅|办公室|基金会|出版社|大学|学院|集团|银行|法院|协会|学会|联盟|管理局|医院|检察院"
# The longer ones first; the two characters before the last are what tells one body from another.
_BODY = re.compile(
    rf"[\u4e00-\u9fff]{{2}}(?:(?:技术|科技|信息|网络|软件|建设|数据|投资|发展|股份|有限|责任|集团)*公司|{BODY_ENDINGS}|事务所|联合会|国务院|公安厅|财政厅|人民政府|[部厅署局](?![门内分署面长件落下委里地位])|科协|大数据局|(?<![本学學专百文理内内外儿牙全前])科(?![学学技研目普室举幻])|(?<![好坏益用长短难之何各到四随别远近高深此害办到相共])处(?![理于在罚分置境长事所方以])|(?<![以为])中心(?![的化位]))"
)
_ROLE_BODY = re.compile(
    r"法院|[省市县区乡镇]政府|人大|政协|(?!.法院)[\u4e00-\u9fff]{2}(?:公司|委员会|基金会|大学|集团|银行|协会|学会|联盟|中心|[院所局厅署馆处科室](?![门内面长件落理学技于]))"
)
_BODY_FALSE = re.compile(r"(?:全|内|外|干|总|分|各|中央|一|上|下|东|西|南|北|大|布|格|结|当|局|开|时|定|平|僵|变|(?<![民财邮])政|有关|相关|主管|职能|多|跨)[部局]$|公司$(?<=该公司)")
_BODY_LEAD = re.compile(r"^[\u4e00-\u9fff]*[由被在向和与及对从把为给让于到归是该此本各家些]")
_BODY_GENERIC = frozenset(["公司", "大学", "学院", "集团", "银行", "法院", "委员会", "办公室", "部", "局", "署", "厅", "协会", "学会", "联盟", "医院", "研究院", "研究所"])
SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文宁"
_TITLES_OF_PEOPLE = "教授|博士|研究员|主任|局长|部长|厅长|市长|省长|院士|先生|女士|总理|主席|书记"
_PERSON = re.compile(rf"(?<![\u4e00-\u9fff])(?:[{SURNAMES}][\u4e00-\u9fff]{{1,2}}?)(?=(?:{_TITLES_OF_PEOPLE})|(?:认为|指出|提出|主张|强调|表示|写道|建议|说))")
_SOUND = re.compile(r"[\u4e00-\u9fff]{2,8}(?:·[\u4e00-\u9fff]{1,8})+")  # 帕特里克·邓利维

# English name = simplified name; a bar separates alternatives. What most often is named wrongly: firms, bodies, institutions.
_KNOWN = """
Huawei=华为 Alibaba=阿里 Alipay=支付宝 Tencent=腾讯 Baidu=百度 WeChat=微信 JD=京东 ByteDance=字节 Douyin=抖音 ZTE=中兴 Inspur=浪潮 iFlytek=讯飞
Lenovo=联想 Xiaomi=小米 Meituan=美团 Didi=滴滴 DingTalk=钉钉 Kingdee=金蝶 Neusoft=东软 Microsoft=微软 Google=谷歌 Amazon=亚马逊 Apple=苹果 Oracle=甲骨文
Samsung=三星 Intel=英特尔 Facebook=脸书 Twitter=推特 Siemens=西门子 Accenture=埃森哲 Deloitte=德勤 McKinsey=麦肯锡 Gartner=高德纳 Cisco=思科
China_Mobile=中国移动 China_Unicom=联通 China_Telecom=电信 World_Bank=世界银行|世行 United_Nations=联合国 UN=联合国 OECD=经合组织|经济合作 IMF=货币基金
European_Commission=欧盟委员会|欧委会 World_Economic_Forum=世界经济论坛 WTO=世贸|世界贸易 WHO=世卫|世界卫生 G20=二十国 BRICS=金砖
State_Council=国务院 National_People's_Congress=人大 Central_Committee=中央 Supreme_People's_Court=最高人民法院|最高法 Ministry_of_Finance=财政部
Ministry_of_Public_Security=公安部 Ministry_of_Education=教育部 Ministry_of_Commerce=商务部 Ministry_of_Justice=司法部 Ministry_of_Civil_Affairs=民政部
Ministry_of_Science_and_Technology=科技部|科学技术部 People's_Bank_of_China=人民银行 Cyberspace_Administration=网信办|互联网信息办
National_Development_and_Reform_Commission=发展改革|发改委 Peking_University=北京大学|北大 Tsinghua=清华 Fudan=复旦 Renmin_University=人民大学
Chinese_Academy_of_Sciences=中国科学院|中科院 Harvard=哈佛 Stanford=斯坦福 Oxford=牛津 Cambridge=剑桥 Zhejiang_University=浙江大学|浙大
"""
_SURNAMES_HEARD = """
Wang=王汪 Li=李黎 Zhang=张章 Liu=刘柳 Chen=陈 Yang=杨 Zhao=赵 Huang=黄 Zhou=周 Wu=吴武 Xu=徐许 Sun=孙 Hu=胡 Zhu=朱 Gao=高 Lin=林 He=何贺 Guo=郭 Ma=马 Luo=罗
Liang=梁 Song=宋 Zheng=郑 Xie=谢 Han=韩 Tang=唐汤 Feng=冯 Yu=于余俞 Dong=董 Xiao=萧肖 Cheng=程 Cao=曹 Yuan=袁 Deng=邓 Fu=傅付 Shen=沈 Zeng=曾 Peng=彭 Lü=吕 Lu=陆卢鲁
Su=苏 Jiang=蒋江姜 Cai=蔡 Jia=贾 Ding=丁 Wei=魏韦 Xue=薛 Ye=叶 Yan=阎严颜 Pan=潘 Du=杜 Dai=戴 Xia=夏 Zhong=钟 Tian=田 Ren=任 Fan=范樊 Fang=方 Shi=石史施 Yao=姚
Tan=谭谈 Liao=廖 Zou=邹 Xiong=熊 Jin=金 Hao=郝 Kong=孔 Bai=白 Cui=崔 Kang=康 Mao=毛 Qiu=邱 Qin=秦 Gu=顾 Hou=侯 Shao=邵 Meng=孟 Long=龙 Wan=万 Duan=段
Lei=雷 Qian=钱 Yin=尹 Yi=易 Chang=常 Qiao=乔 Lai=赖 Gong=龚 Wen=文温 Ning=宁 Mei=梅 Hong=洪 Zuo=左 Mi=米
"""
_SPELLED = re.compile(r"\b([A-Z][a-zü]+) [A-Z][a-z]{1,10}\b")
_CAPITAL = re.compile(r"(?<![\w'’-])[A-Z][\w'’&.-]*[\w]")
# Words that make what stands with them the translation of a Chinese name: no letters of it can be looked for.
_TRANSLATED = frozenset(
    ["act", "action", "administration", "agency", "article", "authority", "bureau", "center", "centre", "city", "college", "commission", "committee", "conference", "congress", "construction", "council", "county", "department", "development", "digital", "district", "general", "government", "group", "guideline", "guidelines", "guidance", "guiding", "information", "initiative", "institute", "internet", "law", "measures", "ministry", "municipality", "national", "office", "one", "opinion", "opinions", "outline", "party", "people", "people's", "plan", "platform", "program", "programme", "project", "projects", "province", "regulation", "regulations", "report", "resources", "rule", "rules", "school", "science", "security", "service", "services", "session", "society", "state", "strategy", "system", "technology", "university", "work", "year", "internet", "network", "smart", "data", "public", "online"]
)
# Capitals that are no names of their own.
_PLAIN = frozenset(
    ["i", "china", "chinese", "china's", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "english", "asia", "asian", "western", "east", "west", "north", "south", "the", "a", "an", "it", "this", "that", "these", "those", "in", "on", "at", "by", "for", "from", "of", "to", "with", "and", "but", "as", "after", "before", "since", "when", "while", "if", "there", "they", "its", "no", "not", "all", "each", "both", "under", "according", "however", "also", "because", "then", "first", "second", "third", "fourth", "fifth"]
)


@functools.cache
def _known() -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
    pairs = (entry.split("=") for entry in _KNOWN.split())
    return tuple((re.compile(rf"(?<![\w-]){re.escape(name.replace('_', ' '))}(?![\w-])"), tuple(chinese.split("|"))) for name, chinese in pairs)


@functools.cache
def _surnames() -> dict[str, str]:
    """Return the characters of a surname by its sound."""
    return dict(entry.split("=") for entry in _SURNAMES_HEARD.split())



def firms_named(folded: str) -> tuple[str, ...]:
    """Return the well-known firms that a folded text names, in either language, each once, by their simplified Chinese names."""
    firms = (entry.split("=") for entry in _KNOWN.partition("World_Bank")[0].split())
    found = ((chinese.split("|")[0], {*chinese.split("|")}, name.replace("_", " ").lower()) for name, chinese in firms)
    return tuple(dict.fromkeys(firm for firm, forms, english in found if any(form in folded for form in forms) or re.search(rf"(?<![a-z]){re.escape(english)}(?![a-z])", folded)))


def bodies_named(text: str) -> list[tuple[str, int, int]]:
    """Return the bodies that folded Chinese text names, by the two characters before what they are and that, with start and end."""
    return [(match[0], match.start(), match.end()) for match in _ROLE_BODY.finditer(text) if not _BODY_FALSE.search(match[0])]


def names_chinese_person(text: str) -> bool:
    """Whether an English text names a person as Chinese names are spelled there, surname first: Huang Huang."""
    return any(match[1] in _surnames() for match in _SPELLED.finditer(text))


def missing_names(sentence: Text, evidence: Text, *, english: bool) -> tuple[str, ...]:
    """Return the names in ``sentence`` that ``evidence`` (sentences, headings, titles, authors) does not hold."""
    missing = [place for place in sentence.places if place not in evidence.places]
    missing += _english(sentence, evidence) if english else _chinese(sentence, evidence)
    return tuple(dict.fromkeys(missing))


def _chinese(sentence: Text, evidence: Text) -> list[str]:
    folded = sentence.folded
    named = [*_TITLE.findall(sentence.text), *_TERM.findall(sentence.text), *_LATIN.findall(sentence.text)]
    named += [own for name in _BODY.findall(folded) if not _BODY_FALSE.search(name) and (own := _BODY_LEAD.sub("", name)) not in _BODY_GENERIC]
    named += [name for _, chinese in _known() for name in chinese if name in folded]
    named += _PERSON.findall(folded) + _SOUND.findall(folded)
    return [name for name in named if squeezed(name) not in evidence.squeezed]


def _english(statement: Text, evidence: Text) -> list[str]:
    sentence, held, folded = statement.text, evidence.squeezed, evidence.folded
    missing = [
        pattern.pattern
        for pattern, chinese in _known()
        if (match := pattern.search(sentence)) and squeezed(match[0]) not in held and not any(fold(name) in folded for name in chinese)
    ]
    if missing:
        return ["a known name"]
    first = re.match(r"\W*(\w[\w'’-]*)", sentence)
    for run in _runs(sentence):
        words = [word for word in run if word.casefold() not in _PLAIN]
        if not words or places(" ".join(run)) or any(pattern.search(" ".join(run)) for pattern, _ in _known()):
            continue
        if any(_stem(word) in _TRANSLATED for word in words) or squeezed("".join(words)) in held or all(squeezed(word) in held for word in words):
            continue
        # A sentence begins with a capital whatever the word is.
        if first is not None and len(words) == 1 and sentence.index(first[1]) == sentence.find(words[0]) and not words[0][1:].isupper():
            continue
        if any(char in folded for word in (words[0], words[-1]) for char in _surnames().get(word, "")):
            continue
        if len(words) >= 4:
            continue  # a title in translation
        if heard(_stem(words[-1]), folded):
            continue  # spelled by its sound, the first name often left out
        missing.append(" ".join(words))
    return missing


def foreign_names(text: str) -> tuple[str, ...]:
    """Return the capitalised words of an English text that may be names of people, each once: the last of every run."""
    last = (_stem(run[-1]) for run in _runs(text))
    return tuple(dict.fromkeys(word for word in last if len(word) > 3 and word not in _PLAIN and word not in _TRANSLATED and not places(word)))


def _stem(word: str) -> str:
    return re.sub(r"['’]s$", "", word.casefold())


def _runs(sentence: str) -> list[list[str]]:
    """Return the runs of capitalised words, small words between them left out."""
    runs: list[list[str]] = []
    behind = -1
    for match in _CAPITAL.finditer(sentence):
        between = sentence[behind : match.start()] if behind >= 0 else None
        if between is not None and re.fullmatch(r"\s+(?:(?:of|on|for|and|the|in|to|with)\s+){0,2}", between):
            runs[-1].append(match[0])
        else:
            runs.append([match[0]])
        behind = match.end()
    return runs
