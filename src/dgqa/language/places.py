"""A text in, the places that it names out, whichever the language: provinces, large cities, countries."""

from __future__ import annotations

import functools
import re

from dgqa.language.text import fold

# simplified name = English name; a bar separates alternatives.
_PLACES = """
北京=Beijing|Peking 天津=Tianjin 上海=Shanghai 重庆=Chongqing 河北=Hebei 山西=Shanxi 辽宁=Liaoning 吉林=Jilin 黑龙江=Heilongjiang
江苏=Jiangsu 浙江=Zhejiang 安徽=Anhui 福建=Fujian 江西=Jiangxi 山东=Shandong 河南=Henan 湖北=Hubei 湖南=Hunan 广东=Guangdong|Canton
海南=Hainan 四川=Sichuan|Szechwan 贵州=Guizhou 云南=Yunnan 陕西=Shaanxi 甘肃=Gansu 青海=Qinghai 台湾=Taiwan|Taiwanese 内蒙古=Inner Mongolia
广西=Guangxi 西藏=Tibet|Xizang 宁夏=Ningxia 新疆=Xinjiang 香港=Hong Kong 澳门=Macau|Macao
石家庄=Shijiazhuang 太原=Taiyuan 沈阳=Shenyang 大连=Dalian 长春=Changchun 哈尔滨=Harbin 南京=Nanjing 苏州=Suzhou 无锡=Wuxi 常州=Changzhou
南通=Nantong 徐州=Xuzhou 杭州=Hangzhou 宁波=Ningbo 温州=Wenzhou 湖州=Huzhou 嘉兴=Jiaxing 绍兴=Shaoxing 金华=Jinhua 义乌=Yiwu 合肥=Hefei
芜湖=Wuhu 福州=Fuzhou 厦门=Xiamen 泉州=Quanzhou 南昌=Nanchang 赣州=Ganzhou 济南=Jinan 青岛=Qingdao 烟台=Yantai 潍坊=Weifang 郑州=Zhengzhou
洛阳=Luoyang 武汉=Wuhan 宜昌=Yichang 襄阳=Xiangyang 长沙=Changsha 株洲=Zhuzhou 广州=Guangzhou 深圳=Shenzhen 珠海=Zhuhai 佛山=Foshan 东莞=Dongguan
中山市=Zhongshan 惠州=Huizhou 汕头=Shantou 南宁=Nanning 桂林=Guilin 柳州=Liuzhou 玉林=Yulin 海口=Haikou 三亚=Sanya 成都=Chengdu 绵阳=Mianyang
贵阳=Guiyang 遵义=Zunyi 昆明=Kunming 大理=Dali 拉萨=Lhasa 西安=Xi'an|Xian 咸阳=Xianyang 兰州=Lanzhou 天水=Tianshui 定西=Dingxi 西宁=Xining
银川=Yinchuan 乌鲁木齐=Urumqi 呼和浩特=Hohhot 鄂尔多斯=Ordos 延安=Yan'an 榆林=Yulin City 秦皇岛=Qinhuangdao 唐山=Tangshan 保定=Baoding 邯郸=Handan 大同=Datong 吉林市=Jilin City 牡丹江=Mudanjiang 扬州=Yangzhou 盐城=Yancheng 泰州=Taizhou 衢州=Quzhou 丽水=Lishui 台州=Taizhou Zhejiang 舟山=Zhoushan 蚌埠=Bengbu 漳州=Zhangzhou 莆田=Putian 九江=Jiujiang 景德镇=Jingdezhen 淄博=Zibo 威海=Weihai 临沂=Linyi 开封=Kaifeng 南阳=Nanyang 荆州=Jingzhou 岳阳=Yueyang 常德=Changde 衡阳=Hengyang 江门=Jiangmen 湛江=Zhanjiang 肇庆=Zhaoqing 北海市=Beihai 泸州=Luzhou 宜宾=Yibin 乐山=Leshan 德阳=Deyang 毕节=Bijie 六盘水=Liupanshui 曲靖=Qujing 丽江=Lijiang 酒泉=Jiuquan 嘉峪关=Jiayuguan 喀什=Kashgar 兵团=Production and Construction Corps 包头=Baotou 台北=Taipei 高雄=Kaohsiung 雄安=Xiong'an|Xiongan 浦东=Pudong
长三角=Yangtze River Delta 珠三角=Pearl River Delta 京津冀=Beijing-Tianjin-Hebei 川渝=Sichuan-Chongqing 粤港澳=Guangdong-Hong Kong-Macao
美国=United States|America|USA|U.S.|American 英国=United Kingdom|Britain|UK|England|British 法国=France|French 德国=Germany|German 日本=Japan|Japanese 韩国=South Korea|Korea|South Korean|Korean
朝鲜=North Korea 俄罗斯=Russia|Russian 印度=India|Indian 新加坡=Singapore|Singaporean 马来西亚=Malaysia|Malaysian 泰国=Thailand|Thai 越南=Vietnam|Vietnamese 印度尼西亚|印尼=Indonesia|Indonesian 菲律宾=Philippines
澳大利亚|澳洲=Australia|Australian 新西兰=New Zealand 加拿大=Canada|Canadian 墨西哥=Mexico|Mexican 巴西=Brazil|Brazilian 阿根廷=Argentina 智利=Chile 意大利=Italy|Italian 西班牙=Spain|Spanish
葡萄牙=Portugal|Portuguese 荷兰=Netherlands|Holland|Dutch 比利时=Belgium 瑞士=Switzerland|Swiss 奥地利=Austria|Austrian 瑞典=Sweden|Swedish 挪威=Norway|Norwegian 丹麦=Denmark|Danish 芬兰=Finland|Finnish
爱沙尼亚=Estonia|Estonian 拉脱维亚=Latvia|Latvian 立陶宛=Lithuania|Lithuanian 波兰=Poland 捷克=Czech 匈牙利=Hungary 希腊=Greece|Greek 乌克兰=Ukraine|Ukrainian 土耳其=Turkey|Turkish 以色列=Israel|Israeli
埃及=Egypt|Egyptian 南非=South Africa 尼日利亚=Nigeria 肯尼亚=Kenya 卢旺达=Rwanda 沙特=Saudi 阿联酋=Emirates|UAE 伊朗=Iran 巴基斯坦=Pakistan
孟加拉=Bangladesh 哈萨克斯坦=Kazakhstan 蒙古国=Mongolia 欧盟=European Union|EU 冰岛=Iceland|Icelandic 爱尔兰=Ireland|Irish 卢森堡=Luxembourg 非洲=Africa 拉丁美洲=Latin America
"""

# What stands around the characters of a name where they are none: 重大理论, 黄河南岸, 规定西部, 经济南北.
_NO_NAME_BEFORE = {"河南": "黄", "江西": "长", "湖南": "太", "湖北": "太", "山东": "中", "山西": "中", "定西": "规一制确", "济南": "经", "日本": "近今昨当", "包头": "面", "北京": "东", "丽水": "美"}
_NO_NAME_AFTER = {"大理": "论解由念想性智石", "大连": "接锁续", "天水": "平准", "合肥": "料"}


@functools.cache
def _table() -> tuple[dict[str, str], dict[str, str], re.Pattern[str]]:
    names: dict[str, str] = {}
    english: dict[str, str] = {}
    for entry in re.findall(r"([^\s=]+)=((?:(?![^\s=]+=).)*)", _PLACES.replace("\n", " ")):
        forms = entry[0].split("|")
        for name in [*forms, *(part.strip() for part in entry[1].split("|"))]:
            names[fold(name)] = forms[0]
        english[forms[0]] = entry[1].split("|")[0].strip()
    longest_first = sorted(names, key=len, reverse=True)
    # A Latin name is a whole word; "us" and the like are not names here, so case does not matter.
    latin = "|".join(re.escape(name) for name in longest_first if name.isascii())
    chinese = "|".join(_chinese(name) for name in longest_first if not name.isascii())
    return names, english, re.compile(rf"(?<![a-z])(?:{latin})(?![a-z])|{chinese}")


def _chinese(name: str) -> str:
    before, after = _NO_NAME_BEFORE.get(name), _NO_NAME_AFTER.get(name)
    return f"{f'(?<![{before}])' if before else ''}{name}{f'(?![{after}])' if after else ''}"


def english_name(place: str) -> str:
    """Return the English name of a place that `places` returned; anything else as it is."""
    return _table()[1].get(place, place)


def places(text: str) -> tuple[str, ...]:
    """Return the places named in ``text`` by their simplified Chinese names, in order, each once.

    China itself is left out: it is what nearly every article here is about.
    """
    # "US" is a country, "us" is not, which case folding would lose.
    return named_in(fold(re.sub(r"\bUS\b", "U.S.", text)))


def named_in(folded: str) -> tuple[str, ...]:
    """Return the places that a folded text names, in which the country US has become "u.s."."""
    names, _, pattern = _table()
    # Phones type Xi’an.
    return tuple(dict.fromkeys(names[match.group()] for match in pattern.finditer(folded.replace("’", "'"))))


def place_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where ``text`` names places, in order; none where folding changes its length."""
    folded = fold(text)
    return spans_in(folded) if len(folded) == len(text) else ()


def spans_in(folded: str) -> tuple[tuple[int, int], ...]:
    """Return where a folded text names places, in order."""
    return tuple(match.span() for match in _table()[2].finditer(folded.replace("’", "'")))
