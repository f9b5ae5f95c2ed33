"""What the structure of articles answers by itself: questions asked there, tables, headings, codes."""

from __future__ import annotations

import re

import pytest

from dgqa.answer.assistant import Assistant
from dgqa.types import Filter
from shelves import opened

FILES = {
    "faq.md": "# 松口县图书证常见问题\n\n## 图书证怎么补办？\n\n带身份证到一楼柜台，十分钟办好。\n\n## 押金收多少？\n\n每张五十元，退证时退还。\n",
    "ask.txt": "松口县公交卡问答\n\n问：公交卡在哪里充值？\n答：各站自动机都能充。\n\n问：公交卡能退吗？\n答：能，余额一并退还。\n",
    "table.md": (
        "# 松口县渡口统计\n\n各渡口2021年客运情况如下。\n\n| 渡口 | 客运量（万人） | 正点率（%） |\n| --- | --- | --- |\n| 柳渡 | 12.5 | 97.1 |\n| 石渡 | 30 | 88.4 |\n| 竹渡 | 8 | 93 |\n"
    ),
    "notice.txt": "松口县人民政府关于修缮渡口的通知\n松政发〔2020〕7号\n2020年3月2日\n\n各乡镇：\n　　现通知如下。\n　　一、修缮期限。柳渡应于五月底前修好。\n　　二、经费来源。由县级财政分三年列支。\n",
    "rules.txt": (
        "松口县渡船条例\n\n（2009年5月8日松口县人民代表大会通过　2016年9月2日松口县人民代表大会修订）\n\n第一条　为了渡船安全，制定本条例。\n\n第二条　渡船应当编号。\n\n第三条　本条例自2016年11月1日起施行。\n"
    ),
    "roc.txt": "松口鄉碼頭自治條例\n\n中華民國 108 年 4 月 9 日公布\n\n第 1 條\n碼頭歸鄉公所管理。\n\n第 2 條\n船隻應登記。\n\n第 3 條\n本條例自公布日施行。\n",
    "post.md": "---\ntitle: 松口县冬泳小记\npublishDate: 2019-12-21\nauthor: 尤若溪\n---\n\n冬泳的人每天清晨在石渡下水。\n",
    "石渡停航通告.txt": "关于石渡等渡口冬季停航安排的通告\n松渡〔2022〕5号\n\n冬季水浅，石渡自2022年12月1日起停航。\n\n咨询电话：6631204\n\n松口县渡口管理处\n2022年11月20日\n",
    "护堤林讲座.md": "---\ntitle: 松口的树：护堤林一百年\nauthor: 卢思远\nsubtitle: a talk: the trees of Songkou\ndate: 2018-05-06\n---\n\n护堤林种于清末，以柳树为主。\n",
    "minutes.txt": "松口县渡船协会2023年理事会会议纪要\n\n时间：2023年2月8日下午两点\n地点：柳渡茶馆二楼\n主持人：冯大川\n缺席：竹渡理事阿旺（生病）\n\n会议商定船票涨价一元，三月起执行。下次会议由尤若溪主持。\n",
    "fair.html": "<h1>第三届松口庙会等你来</h1><h2>时间</h2><p>4月2日至4月6日，每天八点到十点</p><h2>地点</h2><p>石渡北岸晒谷场</p><h2>看点</h2><p>舞龙、糖画、皮影戏轮番上演，最后一晚放河灯。</p>",
    "codes.md": "# 松口县设备台账\n\n网关的RTO为4小时。\n\n| 编号 | 地点 | 台数 |\n| --- | --- | --- |\n| SK-0041 | 柳渡北岸 | 3 |\n| SK-0042 | 柳渡南岸 | 7 |\n",
    "looms.md": "# 松口县织机清点\n\n| 作坊 | 织机（台） |\n| --- | --- |\n| 东坊 | 14 |\n| 西坊 | 9 |\n| 合计 | 23 |\n",
    "wells.md": "# 松口县水井登记\n\n| 水井 | 所在村 | 井深（米） | 启用日期 |\n| --- | --- | --- | --- |\n| 老井 | 东村 | 34 | 1962-05-01 |\n| 新井 | 西村 | 12 | 2018-03-20 |\n| 石井 | 东村 | | 2001-07-15 |\n| 方井 | 南村 | 51 | 1987-10-02 |\n",
    "boats.md": "# 松口县游船价目\n\n| 船名 | 船龄 | 载客（人） | 租金（元/小时） |\n| --- | --- | --- | --- |\n| 青鸢 | 12 | 8 | 60 |\n| 白帆 | 31 | 20 | 45 |\n| 乌篷 | 5 | 4 | 90 |\n",
    "list.txt": "松口县水井名录\n\n第12号水井深34米，位于北坡。\n第34号水井深12米，位于南坡。\n",
}


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return opened(tmp_path_factory.mktemp("structural"), FILES)


@pytest.mark.parametrize(
    ("question", "said", "unsaid"),
    [
        ("图书证怎么补办？", "带身份证到一楼柜台", "五十元"),
        ("松口县图书证的押金收多少？", "每张五十元", "柜台"),
        ("公交卡能退吗？", "余额一并退还", "自动机"),
        ("柳渡的正点率是多少？", "97.1%", "石渡"),
        ("松口县哪个渡口的客运量最大？", "石渡：30万人（比较表中3行得出）", "竹渡"),
        ("松口县渡口的正点率最低的是哪个？", "石渡：88.4%", "竹渡"),
        ("松口县各渡口2021年客运量合计多少？", "合计50.5万人（由表中3行相加得出）", ""),
        ("松口县各渡口的客运合计多少？", "合计50.5万人（由表中3行相加得出）", ""),
        ("松口县渡口的总客运量是多少？", "50.5万人", ""),
        ("松政发〔2020〕7号是哪个单位印发的？", "松口县人民政府", "五月底"),
        ("松口县正点率超过90%的渡口有几个？", "2个：柳渡、竹渡", "石渡"),
        ("松政发〔2020〕7号文件的经费来源是什么？", "由县级财政分三年列支", "五月底"),
        ("松口县哪个作坊的织机最多？", "东坊：14台（比较表中2行得出）", "合计"),
        ("松口县各作坊的织机一共多少？", "合计23台（由表中2行相加得出）", "46"),
        ("松口县哪口水井最深？", "方井：51米（比较表中3行得出）", "石井"),
        ("松口县哪口水井启用最早？", "启用日期最早的是老井：1962-05-01（比较表中4行得出）", "新井"),
        ("松口县最新的水井是哪口？", "启用日期最晚的是新井：2018-03-20", "老井"),
        ("松口县四口水井的井深一共多少？", "97米（由表中3行相加得出）", ""),
        ("松口县游船价目中船名年龄最大的是？", "船龄最高（最大）的是白帆：31", "乌篷"),
        ("松口县哪条游船最便宜？", "租金最低（最小）的是白帆：45元/小时", "乌篷"),
        ("松口县载客最多的游船是哪条？", "白帆", "青鸢"),
        ("松口县哪个作坊最少？", "织机最低（最小）的是西坊：9台", "东坊"),
        ("SK-0042", "柳渡南岸", "北岸"),
        ("RTO", "4小时", ""),
        ("松口县第12号水井深多少米？", "34米", "南坡"),
        ("《松口县渡船条例》是什么时候修订的？", "2016年9月2日", "11月"),
        ("松口县渡船条例何时施行？", "自2016年11月1日起施行", "9月"),
        ("《松口鄉碼頭自治條例》什麼時候公布？", "108 年 4 月 9 日", "第 3 條"),
        ("松政发〔2020〕7号是什么时候印发的？", "2020年3月2日", "五月底"),
        ("《松口县人民政府关于修缮渡口的通知》的文号是什么？", "松政发〔2020〕7号", "五月底"),
        ("《松口县冬泳小记》是谁写的？", "尤若溪", "石渡"),
        ("松口县冬泳小记什么时候发布？", "2019-12-21", "石渡"),
        ("松口庙会几号开始？", "4月2日至4月6日", "晒谷场"),
        ("松口庙会在哪里举行？", "石渡北岸晒谷场", "4月"),
        ("渡船协会理事会会议是什么时候开的？", "2023年2月8日下午两点", "茶馆"),
        ("谁没来参加渡船协会的理事会会议？", "竹渡理事阿旺", "冯大川"),
        ("渡船协会理事会会议是谁主持的？", "冯大川", "尤若溪"),
        ("石渡停航通告的文号是什么？", "松渡〔2022〕5号", "6631204"),
        ("石渡停航通告是什么时候发布的？", "2022年11月20日", "12月1日"),
        ("护堤林讲座是谁讲的？", "卢思远", "柳树"),
    ],
)
def test_structure_answers_what_is_asked_and_nothing_beside_it(assistant: Assistant, question: str, said: str, unsaid: str) -> None:
    answer = assistant.ask(question)
    assert answer.status == "answered"
    assert said in answer.text
    assert not unsaid or unsaid not in answer.text
    assert all(FILES[citation.path][citation.start : citation.end] == citation.quote for citation in answer.citations)


def test_a_calculation_cites_every_row_it_rests_on(assistant: Assistant) -> None:
    answer = assistant.ask("松口县渡口的正点率最高的是哪个？")
    assert "柳渡：97.1%" in answer.text
    assert [citation.quote.split(" | ")[0] for citation in answer.citations] == ["柳渡", "石渡", "竹渡"]


def test_both_are_what_was_asked_about_in_turn_though_no_article_says_both(assistant: Assistant) -> None:
    asked = ["柳渡的正点率是多少？", "石渡的正点率是多少？"]
    answer = assistant.ask("两者各是多少？", [(question, assistant.ask(question).text) for question in asked])
    assert answer.trace["standalone"] == "柳渡和石渡各是多少？"


@pytest.mark.parametrize("question", ["SK-0042", "RTO", "sk-0042"])
def test_a_code_alone_is_no_english_and_answered_as_the_articles_are_written(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert answer.citations and not re.search("[a-z]{3}", answer.text)


@pytest.mark.parametrize("question", ["松口县渡口的船长由谁任命？", "白沙县柳渡的正点率是多少？", "柳渡2019年的客运量是多少？", "竹渡的票价最高多少？", "松口庙会的糖画摊在哪里？", "渡船协会下次会议谁主持？", "春游在哪里举行？"])
def test_a_table_or_a_field_does_not_answer_what_it_does_not_speak_of(assistant: Assistant, question: str) -> None:
    assert "structure" not in assistant.ask(question).trace["signals"]


@pytest.mark.parametrize("question", ["松政发〔2020〕17号文件的经费来源是什么？", "松口县水井条例是什么时候修订的？", "《松口县渡船条例》什么时候挂牌？"])
def test_a_document_that_is_not_there_and_a_fact_that_none_tells_have_no_answer_of_structure(assistant: Assistant, question: str) -> None:
    answer = assistant.ask(question)
    assert "structure" not in answer.trace["signals"] and answer.status != "answered"


def test_what_a_document_says_of_itself_is_left_out_where_it_may_not_answer(assistant: Assistant) -> None:
    answer = assistant.ask("《松口县渡船条例》是什么时候修订的？", filter=Filter(documents=("notice.txt",)))
    assert "2016" not in answer.text
