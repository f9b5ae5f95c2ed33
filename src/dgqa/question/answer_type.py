"""A question in; the attributes that it asks for (an address, a vendor, a fine, …) and what would show them out.

An article on a subject names few of its attributes, and a search can't tell: the passage on a platform matches the
question who built it as well as the question how many use it. So what is asked is looked up in a table of attributes,
and the evidence must have a word or a value that goes with it. The table is about government, projects and papers at
large; an attribute that isn't in it is left to the likeness of words.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from dgqa.language.reading import Text

_AMOUNT = r"(?:\d[\d,.]*|[一二三四五六七八九十百千两]+)\s*[余多]?\s*[万亿]?\s*(?:个)?"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``asked`` finds it in a folded question, ``shown`` in folded evidence; the names say it to a reader."""

    chinese: str
    english: str
    asked: re.Pattern[str]
    shown: re.Pattern[str]


# name in Chinese | name in English | how it is asked for | what shows it. Everything is folded: simplified, lower case.
_TABLE = (
    ("注册资本", "registered capital", r"注册资[本金]|registered capital", r"注册资[本金]"),
    ("收费", "fee", r"收费|(?:收|交|缴)多少(?:钱|费)|费用是|工本费|\bfees?\b|\bcharge[sd]? (?:for|per|users|citizens|applicants|residents|businesses)\b|how much .*\bcharge|free of charge", r"收费|免费|费|" + _AMOUNT + "(?:元|英镑)"),
    ("罚款", "penalty", r"罚款|处罚|处以|罚多少|\bpenalt|\bfine[sd]?\b|sanction", r"罚|处分|追责"),
    ("工资", "salary", r"工资|薪酬|薪资|月薪|年薪|\bsalar|\bwages?\b", r"工资|薪"),
    ("员工人数", "headcount", r"(?:员工|雇员|职工|编制|工作人员|公务员|干部).{0,6}(?:多少|(?<!哪)几(?!种|类|项|方面|个方面|点)|人数|规模)|多少.{0,2}(?:员工|雇员|职工|编制|工作人员|公务员|干部)|\bheadcount|how many (?:staff|employees|civil servants|officials|workers)|(?:staff|employees)\b.*\bhow many", r"编制|" + _AMOUNT + r"名?(?:人|员工|职工|干部|工作人员|公务员)"),
    ("电话", "telephone number", r"电话号码|联系电话|热线号码|(?:热线|电话)是(?:多少|几)|传真|phone number|telephone|\bfax\b|hotline number", r"(?:电话|热线|传真)[^。]{0,12}\d{3,}|\d{3,4}-\d{7,8}|\b1[0-9]{4}\b"),
    ("邮箱", "e-mail address", r"邮箱|电子邮件|\be-?mail", r"邮箱|电子邮件|@"),
    ("邮编", "postcode", r"邮编|邮政编码|post ?code|zip code", r"邮编|邮政编码"),
    ("网址", "web address", r"网址|网站地址|域名|\burl\b|web address|domain name", r"https?:|www\.|\.(?:com|cn|org|net|gov|kr)|网址"),
    ("地点", "place", r"(?:设|位于|坐落|建|举办|举行|召开|办)在哪(?!个网|家|所|本|一年|年|份|些|个平台|个文件|次|种|类)|在哪(?:座|个|里|儿|一个)?(?:城市|市|省|地方|条路|栋|大楼|里举|儿举)|(?:地址|地点|总部|机房|会址)(?:是|在|设)|哪(?:座|个)城市(?:举|召|承)|\bwhere (?:is|are|was|were|did|will)\b.*\b(?:located|based|held|headquarter|take place|situated)|which city (?:host|held)|(?:mailing|postal|street|office|what(?: is|'s)[\w ]{0,30}) address\b(?! bar)|\baddress of\b|headquarters", r"位于|坐落|设在|地址|总部|原址|藏于|(?:发现|出土|建|成立|创办)(?:于|在)|[于在][^\d，。；]{2,25}(?:举行|举办|召开|落成|逝世)|[路街]\d+号|(?<!存)(?<!现)(?<!建立)在.{1,12}(?:举行|举办|召开|落成)|邮编"),
    ("文号", "document number", r"文号|发文字号|document number|reference number", r"文号|〔?(?:19|20)\d\d〕?\d+号|\[\d{4}\]\d+号"),
    ("条文", "articles of the text", r"多少条(?:款|规定|条文)?(?:[?？]|$)|第几[条章]|几[章节](?:[?？]|$)|多少章|哪一条(?:规定|款)|(?:which|how many) (?:articles?|clauses?|chapters?|sections?) (?:does|do|of the (?:law|regulation|measures)|in the (?:law|regulation|measures))", r"第[一二三四五六七八九十百\d]+[条章]|共[一二三四五六七八九十百\d]+[条章]"),
    ("刊物", "journal", r"(?:哪|什么|啥)[^。？?]{0,6}(?:期刊|刊物|杂志|报纸|学报)|(?:期刊|刊物|杂志|学报)(?:是|叫)|(?:登|刊|发表)在(?:了)?哪|\bjournal\b|\bmagazine\b|newspaper", r"期刊|刊物|杂志|学报|第\d+期|刊载|刊发|转载|连载|副刊|报》"),
    ("出版社", "publisher", r"出版社|由谁出版|\bpublisher|\bpublishing house", r"出版"),
    ("编号", "identifier", r"\bdoi\b|\bisbn\b|\bissn\b|专利号|项目编号|批准号", r"\bdoi\b|\bisbn\b|\bissn\b|专利号|编号"),
    ("资助", "funding", r"基金(?:项目)?(?:资助|支持)|(?:哪|什么)[^。]{0,6}(?:基金|课题|项目)资助|资助(?:项目|方|来源)|\bfunded by\b|funding (?:project|source|body)|(?:research|which|what|project) grants?\b|\bgrants? (?:number|from|fund)", r"基金|资助|课题"),
    ("学历", "education", r"(?:博士|硕士|学位)论文|毕业于|哪.{0,4}毕业|学历|\bdissertation|doctoral thesis|\bph\.?d|doctorate|graduate[sd]? from|alma mater|(?<!what )(?<!which )(?<!some )(?<!certain )(?<!high )(?<!large )\bdegree\b(?! of)", r"毕业|学位|博士|硕士|论文题"),
    ("任职单位", "employer", r"在哪(?:所|家|个)(?:大学|高校|学校|学院|研究所)|在哪(?:家|个)(?:单位|机构|公司)(?:任职|工作|供职|上班|就职)|哪(?:所|家|个)(?:大学|高校|学校|学院|研究院|研究所|单位)(?:的|任|工|教)|任教|任职于|which universit(?:y|ies)|which institut\w+ (?:does|do|did|is|are|was|were)\b.*\b(?:work|belong|affiliat|teach|from)|\bwho (?:does|do|did)\b.*\bwork for|(?:which|what) \w+ (?:does|do|did)\b.*\bwork (?:for|at)\b|employed (?:by|at)|affiliat", r"大学|学院|研究院|研究所|研究中心|任职|供职|任教|工作单位|就读|中心任|小组"),
    ("出生", "birth", r"出生|(?<![发产诞])生于|今年多大|多大年纪|多大了|多少岁|几岁|年龄多|\bborn\b|how old\b|birthday|birthplace", r"出生|(?<![发产])生于|岁|年龄|[万亿]年|年前"),
    ("负责人", "person in charge", r"(?:局长|部长|厅长|市长|省长|县长|区长|书记|主任|总经理|董事长|总裁|主席|院长|校长|所长|检察长|总指挥|组长|主编|负责人|牵头人|首席执行官|发言人|秘书长|会长|主持人|首席数据官)(?:是谁|是哪位|叫|姓|由谁|为谁|有谁)|(?:谁|哪位)[^。？?]{0,8}(?:担任|出任|当|(?<![一二三四五六七八九十\d首前后历现])任).{0,6}(?:长|任|书记|总|席|官)|由哪位.{0,4}(?:主管|分管|主持|牵头|挂帅)|哪位(?:副?[市省部局厅处县区]长|领导|官员|负责人|主任|书记)|who (?:is|was|were|are) the (?:\w+ ){0,3}(?:director|head|chair\w*|mayor|minister|governor|manager|chief|president|commissioner|leader|ceo|secretary|spokes\w+|prosecutor|editor)|who (?:heads|headed|chair(?:s|ed)|led|leads|runs|ran|manages|presided)\b|(?:name of the|which) (?:director|mayor|minister|governor|manager|chief|president|commissioner|ceo)", r"局长|部长|厅长|市长|省长|县长|区长|书记|主任|总经理|董事长|总裁|主席|院长|校长|所长|检察长|总指挥|组长|主编|负责人|首席|秘书长|会长|主持|总统|首相|馆长|率领|带领|领导[者人下]|director|chair"),
    ("承建企业", "vendor", r"供应商|承建商|承建单位|承建方|开发商|服务商|中标|哪(?:家|些|几家)(?:公司|企业|厂商)(?:承建|开发|建设|中标|研发|提供|运营|负责|做|的(?:大模型|系统|产品|软件|技术|平台))|由哪(?:家|些)(?:公司|企业|厂商)|(?:系统|设备|平台)[^。？?]{0,4}(?:品牌|牌子)|哪个品牌的(?:系统|设备|服务器|软件|大?模型|平台)|\bvendor\b.*\b(?:built|supplied|won|largest)|which (?:\w+ )?(?:company|firm|vendor|supplier|contractor) (?:built|build|design|develop|suppl|won|provid|made|has|operat|run)|(?:developed|built|supplied) by which|(?:which|what|main|name of the) contractor|who (?:is|was|were) the contractor|\bsupplier", r"公司|集团|运营商|供应商|承建|中标|开发商|厂商|品牌"),
    ("市场份额", "market share", r"市场份额|市占率|市场占有率|market share", r"份额|市占率|占有率"),
    ("下载量", "downloads", r"下载量|下载了?多少|下载次数|\bdownload", r"下载"),
    ("用户数", "number of users", r"(?:注册)?用户(?:数(?!据|字)|量|有多少|达到多少|规模)|多少(?:注册|实名|活跃)?用户|日活|月活|how many (?:registered |active )?users", r"用户|人次|网民|注册|活跃|" + _AMOUNT + "人"),
    ("开放时间", "opening hours", r"开放(?:到(?:几|晚|什么时)|时间)|营业时间|上班时间|几点(?:开|关|上|下)|到几点|opening hours|office hours|open (?:on|until|till)|what time (?:does|do|is)", r"\d点|\d时|:\d\d|开放时间|全天|小时"),
    ("考试", "exam", r"考试|分数线|报名|录取|\bexams?\b|\bexamination\b", r"考试|分数|报名|录取"),
    ("样本", "sample", r"(?:调查|访谈|采访|发放|回收|抽取|抽样|问卷)了?[^。？?]{0,4}多少|样本(?:量|数|有)|多少(?:份问卷|个样本|名受访|位受访)|sample size|how many [\w ]{0,30}(?:interview|survey|respond|participa)|(?:interview|survey)ed how many", r"样本|访谈|问卷|抽样|受访|调查了"),
    ("致辞", "speech", r"致辞|致词|开幕词|主旨(?:演讲|报告|发言)|(?:谁|哪位)[^。？?]{0,8}(?:发言|演讲|主持)|(?:opening|closing|keynote|welcome) (?:speech|address|remarks|speaker)|\bkeynote|who (?:spoke|gave (?:the|a) (?:\w+ )?(?:speech|talk|address))", r"致辞|致词|演讲|发言|主持|讲话"),
    ("学时", "hours of training", r"多少(?:个)?(?:学时|课时)|hours of training|training hours", r"学时|课时"),
    ("办理时限", "processing time", r"(?:几|多少)(?:个)?(?:工作日|天|小时|分钟|毫秒|秒)|多久|办理时限|how (?:long|many (?:working )?(?:days|hours|minutes|weeks|months|milliseconds)) |how long\b", _AMOUNT + r"(?:工作日|天|日内|小时|分钟|秒|毫秒|周|月内|月|年)|直[到至]|一直到|多年|至今|[至到][^，。]{1,16}止|实时|即时|每"),
    ("期限", "term", r"合同期|有效期|任期|服务期|试用期|(?<!哪)(?<!这)几年(?:[?？]|$)|contract (?:term|period)|\bterm of office", r"合同|有效期|任期|服务期|试用期|" + _AMOUNT + "年(?!代)"),
    ("面积", "area", r"占地|面积|多少(?:平方|亩|公顷)|floor area|how large is the (?:site|building|hall)|square met", r"面积|平方|亩|公顷"),
    ("年龄段", "age group", r"岁以上|岁以下|老年人(?:占|有多少)|over \d\d\b|under \d\d\b|aged \d\d", r"岁|年龄|老年"),
    ("性别", "sex", r"(?:女性|男性|男女)[^。？?]{0,12}(?:占|比|多少|几)|(?:多少|几)[^。？?]{0,6}(?:女性|男性)|(?:percent\w*|share|proportion|how many|number)\b.*\b(?:women|females?|males?|men)\b|\bgender (?:ratio|balance|split|gap)", r"[女男]|性别|夫|妻"),
    ("服务器", "servers", r"服务器|机房|数据中心(?:设在|建在|位于|在哪)|存储容量|带宽|\bservers?\b|bandwidth", r"服务器|机房|数据中心|容量|带宽"),
    ("技术细节", "technical detail", r"共识(?:算法|机制)|编程语言|开发语言|操作系统|什么数据库|哪种数据库|参数量|多少(?:个)?参数|芯片|programming language|operating system|consensus (?:algorithm|mechanism|protocol)|how many parameters|parameters (?:does|do|has|have)\b", r"共识|编程|语言|操作系统|数据库|参数|芯片|开源"),
    ("代表作", "main work", r"代表(?:著作|作)|写过(?:几|哪)[本部]|著有|出过(?:几|哪)[本部]|how many books|which books?\b", r"著作|专著|代表作|《[^》]+》一书|著有|出版"),
    ("译本", "translation", r"英文版|英译|译者|(?:谁|哪|什么)[^。？?]{0,8}译本|谁[^。？?]{0,6}翻译|\btranslated (?:by|into)\b|\bwho translated|\btranslator|(?:english|french|japanese|foreign) (?:version|edition|translation)|(?:published|wrote|made|did) the[\w' ]{0,20} translation", r"英文|译"),
    ("主题", "theme", r"主题(?:是|叫|为)|theme\b", r"主题|题目|题为|围绕"),
    ("出席人数", "attendance", r"多少(?:位|名|个)?(?:专家|学者|代表|嘉宾|委员|人)(?:出席|参加|参会|到会|与会)|(?:出席|参加|参会|到会|与会)的?[^。？?]{0,8}(?:多少|几)(?:人|位|名)|how many [\w ]{0,20}(?:attend|took part|participat)", _AMOUNT + r"(?:位|名|人|多位)"),
    ("试点名单", "list of pilots", r"试点(?:城市|省份|地区|单位|名单)(?:有|是|包括)?(?:哪|几)|哪(?:些|几个|个)(?:城市|省份?|地区|单位)[^。？?]{0,6}试点|首(?:批|个|家)试点|(?:which|what) (?:cities|provinces|regions|counties) (?:were|are|was|became|serve)[\w ]{0,20}pilot", r"试点"),
    ("奖项", "award", r"(?:获得?|得|评)了?[^。？?]{0,20}奖(?!杯)|什么奖|哪个奖|\baward(?:s|ed)?\b|\bprize", r"奖|荣誉|称号|最佳|夺得"),
    ("导师", "supervisor", r"导师(?:是|叫|为)|(?:thesis|academic|doctoral|ph\.?d\.?|whose|\w+'s) (?:supervisor|advis[eo]r)\b|supervisor of|supervised by", r"导师|师从"),
    ("股价", "share price", r"股价|市值|上市(?:公司|时间|代码)|营收|营业收入|利润|share price|market (?:value|cap)|revenue|profit", r"股|市值|上市|营收|收入|利润"),
    ("满意度", "satisfaction", r"满意度|满意率|satisfaction", r"满意"),
    ("投诉量", "complaints", r"多少(?:件|起|宗)?(?:投诉|举报|案件|信访)|(?:投诉|举报|案件|信访)(?:量|总量|总数|有多少)|审结.{0,4}多少|how many (?:complaints|petitions)|how many (?:court |criminal |civil )?cases\b.*\b(?:handled|settled|closed|heard|resolved|tried|received|filed|recorded)", _AMOUNT + r"(?:件|起|宗|次)"),
    ("泄露事件", "incidents", r"多少(?:起|次)(?:[^。？?]{0,6})(?:泄露|攻击|事故|事件)|how many (?:[\w-]+ )?(?:breaches|attacks|incidents|leaks)", _AMOUNT + r"(?:起|次)"),
)  # fmt: skip


@functools.cache
def _attributes() -> tuple[Attribute, ...]:
    return tuple(Attribute(zh, en, re.compile(ask), re.compile(show)) for zh, en, ask, show in _TABLE)


def attributes(asked: str) -> tuple[Attribute, ...]:
    """Return the attributes of the table that a folded question asks for, in the table's order."""
    return tuple(attribute for attribute in _attributes() if attribute.asked.search(asked))


def shows(attribute: Attribute, evidence: Text) -> bool:
    """Whether ``evidence`` has a word or a value that goes with an attribute."""
    return attribute.shown.search(evidence.folded) is not None
