"""What models write is read in whatever form they write it, in whatever pieces it comes."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from dgqa.answer.composed.drafts import Written, written
from dgqa.answer.composed.json_drafts import Missing
from dgqa.language.text import split_sentences
from dgqa.models.thinking import FORGET, Forget, unthinking

GIVEN = "到2025年，网上可办率达到96%以上。[1]乡镇覆盖率达到88%。[1]"
WANTED: list[tuple[str, tuple[int, ...]]] = [("到2025年，网上可办率达到96%以上。", (1,)), ("乡镇覆盖率达到88%。", (1,))]


def both(numbers: tuple[int, ...]) -> list[tuple[str, tuple[int, ...]]]:
    return [(text, numbers) for text, _ in WANTED]


FORMS: dict[str, tuple[str, list[tuple[str, tuple[int, ...]]]]] = {
"good":(GIVEN, WANTED),"pre":("根据您提供的证据，我为您整理如下：" + GIVEN + "希望以上回答对您有帮助！", WANTED),
"json":("```json\n"+json.dumps({"answer": GIVEN},ensure_ascii=False,indent=1)+"\n```", WANTED),
"doc":(GIVEN.replace("[1]","（证据1）"), WANTED),"dagger":(GIVEN.replace("[1]","【1†source】"), WANTED),
"sup":(GIVEN.replace("[1]","<sup>1</sup>"), WANTED),"hash":(GIVEN.replace("[1]"," ##0$$"), WANTED),
"range":(GIVEN.replace("[1]","[1-3]"),both((1,2,3))),"list":(GIVEN.replace("[1]","[1, 3]"),both((1,3))),
"cjk":(GIVEN.replace("[1]","【证据1、证据3】"),both((1,3))),"source":(GIVEN.replace("[1]"," (Source: 2)"),both((2,))),
"foot":(GIVEN.replace("[1]","[^1]")+"\n\n[^1]: 《纪要》第一节", WANTED),
"unisup":(GIVEN.replace("[1]","¹"), WANTED),"double":(GIVEN.replace("[1]","[[1]]"), WANTED),"cit":(GIVEN.replace("[1]","[citation:1]"), WANTED),
"link":(GIVEN.replace("[1]","[1](http://x/1)"), WANTED),"round":(GIVEN.replace("。[1]","（1）。")+"", WANTED),
"trail":(GIVEN +"\n\n来源：\n[1] 《云江市数字政府建设纪要》，第一节。\n", WANTED),
"trail2":(GIVEN +"\n\n**参考资料**\n- [1] 纪要\n", WANTED),"trail3":(GIVEN +"\n来源：[1]《纪要》", WANTED),
"id":(GIVEN.replace("[1]","[ID:1]"), WANTED),"bing":(GIVEN.replace("[1]","[^1^]"), WANTED),"cite":(GIVEN.replace("[1]","<cite>1</cite>"), WANTED),
"esc":(GIVEN.replace("[1]","\\[1\\]"), WANTED),
"q":("到2025年，网上可办率达到96%以上。[1]<q>网上可办率达到96%以上。乡镇</q>\n乡镇覆盖率达到88%。[1] <q>88%</q>\n<missing>无</missing>", WANTED),
"sent":('{"sentences":[{"text":"到2025年，网上可办率达到96%以上。","ids":[1],"quote":"a"},{"text":"乡镇覆盖率达到88%。","ids":["1"]}],"missing":""}', WANTED),
"json in a line":('好的，以下是JSON：{"sentences":[{"text":"到2025年，网上可办率达到96%以上。","ids":[1]},{"text":"乡镇覆盖率达到88%。","ids":["证据1"]}]}', WANTED),
"single quotes":("{'sentences': [{'text': '到2025年，网上可办率达到96%以上。', 'ids': [1]}, {'text': '乡镇覆盖率达到88%。', 'ids': [1]}], 'missing': None}", WANTED),
"comments and commas":('{\n // two\n "sentences": [{"text": "到2025年，网上可办率达到96%以上。", "ids": [1],}, // one\n {"text": "乡镇覆盖率达到88%。", "ids": [1],},],}', WANTED),
"a comment between":('{"sentences": [{"text": "到2025年，网上可办率达到96%以上。", "ids": [1]} /* two, and no {text} */, {"text": "乡镇覆盖率达到88%。", "ids": [1]}]}', WANTED),
"names bare":('{sentences:[{text:“到2025年，网上可办率达到96%以上。”,ids:[1]},{text:“乡镇覆盖率达到88%。”,ids:[1]}]}', WANTED),
"quotes inside":('{"answer": [{"text": "推广"一网通"平台。", "citations": [{"id": 3, "quote": "一网通 2025"}]}]}', [("推广\"一网通\"平台。", (3,))]),
"list of texts":(json.dumps(["到2025年，网上可办率达到96%以上。[1]","乡镇覆盖率达到88%。[1]"], ensure_ascii=False), WANTED),
"wrapped":(json.dumps({"data": {"reasoning": {"text": "看证据3。"}, "points": [GIVEN]}}), WANTED),
"call":('[TOOL_CALLS][{"name": "answer", "arguments": ' + json.dumps(json.dumps({"answer": GIVEN})) + "}]", WANTED),
"a line each":('{"text": "到2025年，网上可办率达到96%以上。", "ids": [1]}\n{"text": "乡镇覆盖率达到88%。", "ids": 1}', WANTED),
"torn":('{"sentences": [{"text": "到2025年，网上可办率达到96%以上。", "ids": [1]}, {"text": "乡镇', WANTED[:1]),"all torn":('{"answer": "' + GIVEN, WANTED),
"en":("Here is the answer:\nBased on the evidence, the rate is 96%. [1] It covers **88%** of townships (Source 2). I hope this helps!",[("the rate is 96%.",(1,)),("It covers **88%** of townships.",(2,))]),
"bullets":("要点：\n- 可办率96%[1]\n- 覆盖率88%[2]",[("要点：",()),("可办率96%",(1,)),("覆盖率88%",(2,))]),
"table":("| 指标 | 目标 |\n| --- | --- |\n| 网上可办率 | 96%以上 [1] |\n| 覆盖率 | 88% [1] |\n",[("| 网上可办率 | 96%以上 |",(1,)),("| 覆盖率 | 88% |",(1,))]),
"list4":("包括（1）甲；（2）乙。[1]",[("包括（1）甲；（2）乙。",(1,))]),
"year":("《规划》[2021]印发。[1]",[("《规划》[2021]印发。",(1,))]),
"words":(GIVEN.replace("[1]","（见证据1）"), WANTED),"round square":(GIVEN.replace("[1]","（[1]、[3]）"), both((1, 3))),"see":("可办率达到96%以上，见证据1和3。覆盖率为88%（依据：[1]）。",[("可办率达到96%以上。",(1,3)),("覆盖率为88%。",(1,))]),
"runs":(GIVEN.replace("[1]","[1]、[3]"), both((1, 3))),"upto":(GIVEN.replace("[1]","[1]-[3]"), both((1,2,3))),"bold mark":(GIVEN.replace("[1]","**[1]**"), WANTED),
"numbered source":(GIVEN.replace("[1]","[Ref. 1]"), WANTED),"in a source":(GIVEN.replace("[1]","[Source: [1]]"), WANTED),"circled":(GIVEN.replace("[1]","[①]"), WANTED),
"latex":(GIVEN.replace("[1]","\\cite{1,3}"), both((1, 3))),"raised":(GIVEN.replace("[1]","^1^"), WANTED),"section":(GIVEN.replace("[1]","[1, 一、总体目标]"), WANTED),
"two in round":(GIVEN.replace("[1]","（1、3）"), both((1, 3))),"junk":(GIVEN.replace("[1]","[cite_start][cite: 1]"), WANTED),"lenticular":(GIVEN.replace("[1]","〖1〗"), WANTED),
"own line":(GIVEN.replace("[1]","\n[1]\n"), WANTED),"named line":(GIVEN.replace("[1]","\n依据：[1]\n"), WANTED),"fronted":("证据1：可办率达到96%以上。\n根据证据[1]，覆盖率为88%。\n[3]指出，人数为420万。",[("可办率达到96%以上。",(1,)),("覆盖率为88%。",(1,)),("人数为420万。",(3,))]),
"according":("According to [1], the rate is 96%.\nEvidence 3 says that it covers 88%.",[("the rate is 96%.",(1,)),("it covers 88%.",(3,))]),
"sources between":("### 可办率\n可办率达到96%以上。[1]\n\n来源：\n- [1] 《纪要》\n\n### 覆盖率\n覆盖率为88%。[3]",[("可办率达到96%以上。",(1,)),("覆盖率为88%。",(3,))]),
"titled":(GIVEN +"\n\n[1] 《纪要》第一节\n资料来源：《纪要》", WANTED),
"polite":("您好！很高兴为您服务。针对您的问题，回答如下：" + GIVEN + "以上内容仅供参考。祝您工作顺利！还有什么可以帮您的吗？", WANTED),
"polite english":("Great question! **Answer:** The rate is 96%. [1] Would you like me to elaborate?",[("The rate is 96%.",(1,))]),
"restated":("问题：覆盖率是多少？\n回答：" + GIVEN + "\n\n如有需要，我可以继续补充。\n\n（完）", WANTED),
"group":("二十国集团（G20）按《数据安全法》（第4条）办理，见附件2。[1]",[("二十国集团（G20）按《数据安全法》（第4条）办理，见附件2。",(1,))]),
"named law":("根据《政府信息公开条例》，目录已经公开。[1]好的做法有三条：甲、乙、丙。[1]",[("根据《政府信息公开条例》，目录已经公开。",(1,)),("好的做法有三条：甲、乙、丙。",(1,))]),
"hope":("希望到2025年解决数据共享的问题。[1]依据：2022年的意见。[1]",[("希望到2025年解决数据共享的问题。",(1,)),("依据：2022年的意见。",(1,))]),
"only a source":("资料来源：《统计年鉴》。[1]",[("资料来源：《统计年鉴》。",(1,))]),
"power":("浓度为10^4单位。[1]",[("浓度为10^4单位。",(1,))]),
"circled apart":(GIVEN.replace("[1]","①\n"), WANTED),"round apart":(GIVEN.replace("[1]","（1）\n"), WANTED),"lettered":(GIVEN.replace("[1]","[S1]"), WANTED),"titled mark":(GIVEN.replace("[1]","[证据1：《纪要》]"), WANTED),
"raised by markup":(GIVEN.replace("。[1]","<sup>1</sup>。"), WANTED),"power by markup":("约10<sup>6</sup>个。[1]",[("约10^6个。",(1,))]),"beside a mark":("达到96%[1](含县级)。",[("达到96%(含县级)。",(1,))]),
"announced":("现将结果回答如下：" + GIVEN + "以上是根据证据整理的回答。如果您还有其他问题，欢迎随时提问！", WANTED),"announced by me":("我将根据以上资料回答您的问题：" + GIVEN + "希望这些信息对您有所帮助。", WANTED),
"m2":("面积为20km²。[1]",[("面积为20km²。",(1,))]),
}


@pytest.mark.parametrize("size", [1, 3, 1000])
@pytest.mark.parametrize("form", list(FORMS))
def test_sentences_and_what_they_cite_are_read_from_every_form(form: str, size: int) -> None:
    text, wanted = FORMS[form]
    found = written(unthinking(text[at : at + size] for at in range(0, len(text), size)))
    assert [(item.text, item.cited) for item in found if isinstance(item, Written)] == wanted


@pytest.mark.parametrize("text", ["[1]" * 4000, "[1," * 4000, "<" * 12_000, "<q>" * 4000, "，见证据1" * 2400, "数据" * 6000, '[{"a":' * 3000, '{"sentences": [' + '{"text": [' * 3000])
def test_a_text_of_marks_alone_is_read_in_a_short_time(text: str) -> None:
    begun = time.process_time()
    assert list(written(text[at : at + 9] for at in range(0, len(text), 9))) is not None
    assert time.process_time() - begun < 20


def test_a_quote_is_kept_apart_and_what_is_missing_is_told() -> None:
    made = list(written(iter(["可办率达到96%。[1]<q>可办率达到96%。覆盖</q>\n<missing>座席的数量</missing>"])))
    assert made == [Written("可办率达到96%。", (1,), "可办率达到96%。覆盖"), Missing("座席的数量")]
    assert list(written(iter(['{"sentences": [], "missing": "座席"}']))) == [Missing("座席")]
    assert not list(written(iter(["<missing>无</missing>"])))


@pytest.mark.parametrize("active", ["![丙](http://a.test/x.png)甲", "[甲](javascript:alert(1))", "[[甲]](//a.test)", "<img src=x onerror=alert(1)>甲", "\u202e甲\u202c\x00\x07", "[甲]\u200b(javascript:alert(1))", "[甲]<b>(//a.test)", "<[img src=x](//a.test)>甲"])
@pytest.mark.parametrize("size", [1, 1000])
def test_links_images_markup_and_what_is_not_printed_are_left_out(active: str, size: int) -> None:
    text = f"甲方达到96%{active}。[1]\n| 甲 |\n| --- |\n| {active}乙 [2] |\n<missing>{active}</missing>"
    made = [item.text for item in written(text[at : at + size] for at in range(0, len(text), size)) if not isinstance(item, Forget)]
    assert made == ["甲方达到96%甲。", "| 甲乙 |", "甲"]
    document = json.dumps({"sentences": [{"text": f"达到96%{active}。", "ids": [1]}], "missing": active})
    assert [item.text for item in written(iter([document])) if not isinstance(item, Forget)] == ["达到96%甲。", "甲"]


def test_a_key_that_a_server_repeats_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_LLM_KEY", "gsk-0123456789abcdef")
    made = list(written(iter(["密钥是gsk-0123456789abcdef。[1]<q>gsk-0123456789abcdef</q>\n<missing>gsk-0123456789abcdef</missing>"])))
    assert made == [Written("密钥是…。", (1,), "…"), Missing("…")]


def test_a_row_of_a_table_says_its_columns_and_keeps_its_head() -> None:
    first, second = (item for item in written(iter(["| 指标 | 目标 |\n| --- | --- |\n| 可办率 | 96% [1] |\n| 覆盖率 | **88%** [2] |\n"])) if isinstance(item, Written))
    assert (first.lead, first.claim) == ("| 指标 | 目标 |\n| --- | --- |\n", "可办率，目标：96%") and (second.lead, second.claim) == ("", "覆盖率，目标：88%")


def test_what_was_a_thought_is_taken_back() -> None:
    assert list(written(iter(["甲是一。[1]乙", FORGET, "丙是三。[2]"]))) == [Written("甲是一。", (1,)), FORGET, Written("丙是三。", (2,))]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Bring along: 1. Two towels [1] 2. A comb [1] 3. Slippers. [2]", ["Bring along:", "1. Two towels", "2. A comb", "3. Slippers."]),
        ("入住要带：1、毛巾五条。[1]2、脸盆一个。[1]", ["入住要带：", "1. 毛巾五条。", "2. 脸盆一个。"]),
        ("步骤如下：1. 登记；2. 缴费；3. 领证。[1]", ["步骤如下：", "1. 登记；", "2. 缴费；", "3. 领证。"]),
        ("开放的楼：1、2、3号楼。[1]", ["开放的楼：1、2、3号楼。"]),
    ],
)
@pytest.mark.parametrize("step", [1, 4, 400])
def test_a_list_within_a_line_is_a_list(text: str, lines: list[str], step: int) -> None:
    made = [item for item in written(text[at : at + step] for at in range(0, len(text), step)) if isinstance(item, Written)]
    assert [f"{item.lead}{item.text}" for item in made] == lines


def test_long_runs_of_spaces_are_passed_over_in_a_short_time() -> None:
    began = time.process_time()
    text = f"登记费5元。[1]{' ' * 3000}1. 另见<{' ' * 3000}第2条。[2]"
    assert next(item.cited for item in written(text[at : at + 4] for at in range(0, len(text), 4)) if isinstance(item, Written)) == (1,)
    assert time.process_time() - began < 10  # it was half a minute when every space was tried with all behind it


# What looks like a mark, a lead-in, a courtesy or a document, and is what an article says.
SAID = [
    "体积为10^{6}立方米。", "本息合计为A(1+i)^5元。", "本息合计为A(1+i)⁵元。", "半径为r，面积为πr²。", "地块为300米²。", "请勾选类别③。", "情形②，不予退费。",
    "会议室【C07】停用。", "列车[G7]晚点。", "软件为[v3]版。", "名额[2，含替补]已满。", "《规程》[第8条]另有规定。", "温度在[18, 26]之间。", "比分为[3:1]。",
    "集合{1,3}有两个元素。", "函数g(2)有定义。", "适用情形（4）。", "请交[照片](一寸)两张。", "请问[值班室](分机8021)。", "注2：押金可退。", "详情（参考第6条）。",
    "经核对证件，方可入场。", "经查阅档案无误后，发给证书。", "我市春季体检结果：合格率为93%。", "以下人员的评审结果：全部通过。", "根据供应商提供的资料，馆方确定名单。", "依据协议载明的内容，乙方交货。",
    "文章指出，平台要统一。", "从材料看，这座桥是钢桥。", "According to the information office, the gate is shut.", "Based on the documents that applicants submit, the board decides.", "Here are the hours: nine to five.",
    "如需帮助请到一楼服务台。", "如有问题请拨打8021。", "本资料仅供参考，以公告为准。", "Please consult the registrar first.", "If you need a locker, ask at the desk.", "Feel free to bring a guest.",
    "设置 {number: 7} 是默认的。", "写作 g{content: y} 即可。", "B）有驾驶证。", "若a<b且c>d，取较小者。", "打开 菜单 › 字体 (或按键) 后选择大号。",
]  # fmt: skip


@pytest.mark.parametrize("said", SAID)
@pytest.mark.parametrize("size", [1, 1000])
def test_what_only_looks_like_a_mark_or_a_courtesy_is_kept(said: str, size: int) -> None:
    for text, cited in ((f"{said}[4]", (4,)), (said, ())):
        made = [(item.text, item.cited) for item in written(text[at : at + size] for at in range(0, len(text), size)) if isinstance(item, Written)]
        assert made == [(said, cited)]


AROUND = ["", "①", "②", "【参考】", "[甲]", "^2", "（1）", "《办法》", "根据《章程》，", "经批准，", "注："]


def test_sentences_of_articles_are_given_back_unchanged() -> None:
    corpus = Path(__file__).parents[2] / "corpus"
    texts = (re.sub(r"<[^>]*>", "\n", path.read_text(encoding="utf-8")) for path in sorted(corpus.iterdir()) if path.suffix in (".md", ".txt", ".html"))
    sentences = (" ".join(text[start:end].split()) for text in texts for start, end in split_sentences(text))
    chosen = [sentence for sentence in dict.fromkeys(sentences) if re.fullmatch(r"[\u4e00-\u9fff][^|*#`<>\[\]&\n]{10,120}[。！]", sentence)][::7]
    assert len(chosen) > 40
    for number, sentence in enumerate(chosen):
        said = f"{AROUND[number % len(AROUND)]}{sentence}"
        made = [item for item in written(iter([f"{said}[1]"])) if isinstance(item, Written)]
        assert "".join(f"{item.lead}{item.text}" for item in made) == said and made[-1].cited == (1,)


def test_prose_with_braces_or_a_list_is_no_document() -> None:
    for prose in ("写法：\n{\n b\n}\n押金20元。[2]", '["甲", "乙"] 是两个选项。[2]', "值 {ids: 3} 不变。[1]押金20元。[2]", "押金20元。[1]\n{\"ids\": 3} 是写法。[2]"):
        made = [item for item in written(iter([prose])) if isinstance(item, Written)]
        assert re.findall(r"\w", re.sub(r"\[\d\]", "", prose)) == re.findall(r"\w", "".join(item.text for item in made)) and made[-1].cited == (2,)


def test_codes_beyond_four_digits_are_read_as_one_character() -> None:
    assert [item.text for item in written(iter(['{"text": "人名为\\ud842\\udfb7田。", "ids": [1]}'])) if isinstance(item, Written)] == ["人名为\U00020bb7田。"]


def test_the_head_of_a_table_holds_neither_keys_nor_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DGQA_LLM_KEY", "gsk-0123456789abcdef")
    made = [item for item in written(iter(["| 名 gsk-0123456789abcdef | <img src=x>价 |\n| --- | --- |\n| 甲 | 5元 [1] |\n"])) if isinstance(item, Written)]
    assert made == [Written("| 甲 | 5元 |", (1,), "", "| 名 … | 价 |\n| --- | --- |\n", "甲，价：5元")]


def test_an_answer_goes_on_behind_notes_and_the_name_of_a_source() -> None:
    text = "押金20元。[1]\n资料来源：《年鉴》\n钥匙5元。[2]\nNotes:\n- Breakfast costs 9 yuan. [3]\n"
    assert [(item.text, item.cited) for item in written(iter([text])) if isinstance(item, Written)][-1] == ("Breakfast costs 9 yuan.", (3,))
    assert "钥匙5元。" in [item.text for item in written(iter([text])) if isinstance(item, Written)]


def test_what_is_said_before_a_document_is_kept() -> None:
    made = [(item.text, item.cited) for item in written(iter(['押金20元。[1]\n{"text": "钥匙5元。", "ids": [2]}'])) if isinstance(item, Written)]
    assert made == [("押金20元。", (1,)), ("钥匙5元。", (2,))]
