"""Spam, adverts, share bars and link lists: told by how they are built and where they stand, and kept out of passages."""

from pathlib import Path

import pytest

from dgqa.corpus.files import load_document
from dgqa.corpus.passages import split_document
from dgqa.language.text import to_script
from dgqa.types import Document

PARAGRAPHS = (
    "全县去年接入了三百个服务事项，群众到大厅办事比从前更快，也更方便了。各乡镇的覆盖率继续提高，年底达到百分之八十八。",
    "数据还没有完全打通，部门之间的系统各用各的标准，重复填报时有发生。为此，县里成立了数据管理局，统一归集人口、法人和空间数据。",
    "窗口工作人员接受了培训，学习怎样使用新的受理平台。老年人可以请志愿者代办，残疾人可以预约上门服务，企业可以在网上提交材料。",
    "今后两年，县里打算把受理平台延伸到村，让村民在家门口办理社保、医保和户籍等事项，并且公开每一件事项的办理时限。",
)
SPAM = (
    "88彩票网-注册送彩金-真人电玩城-足球比分直播-手机投注平台",
    "减肥茶哪个牌子好|祛斑霜排行榜|丰胸产品价格|瘦脸针多少钱一针",
    "分享到：微信 新浪微博 QQ空间 更多",
    "长按识别二维码，关注我们的公众号，获取更多精彩内容！",
    "http://www.example.com/list_12.html",
    "上一篇：某地召开动员会 下一篇：某局开展检查",
    "点击查看大图",
    "字号：大 中 小 打印 收藏",
)


def article(paragraphs: tuple[str, ...] = PARAGRAPHS, *, script: str = "Hans", extra: str = "", at: int = -1) -> str:
    lines = ["县域数字化观察", "一、总体情况", paragraphs[0], paragraphs[1], "二、今后打算", paragraphs[2], paragraphs[3]]
    text = [to_script(line, "Hant") if script == "Hant" else line for line in lines]
    if extra:
        text.insert(at if at >= 0 else len(text), extra)
    return "\n\n".join(text) + "\n"


def load(folder: Path, text: str) -> Document:
    file = folder / "a.txt"
    file.write_text(text, encoding="utf-8")
    return load_document(file)


def body(document: Document) -> str:
    return "\n".join(f"{passage.section}\n{passage.text}" for passage in split_document(document))


@pytest.mark.parametrize("at", [0, 1, 3, 6, -1])
@pytest.mark.parametrize("line", SPAM)
@pytest.mark.parametrize("script", ["Hans", "Hant"])
def test_spam_is_reported_and_in_no_passage_wherever_it_stands(tmp_path: Path, line: str, at: int, script: str) -> None:
    document = load(tmp_path, article(script=script, extra=line, at=at))
    assert [defect.raw for defect in document.defects if defect.kind == "boilerplate"] == [line]
    clean = load(tmp_path, article(script=script))
    assert body(document) == body(clean) and document.title == clean.title


@pytest.mark.parametrize("header", ["相关阅读", "猜你喜欢：", "热门推荐", "【延伸阅读】"])
@pytest.mark.parametrize("links", [("某市举办书画展览",), ("某市举办书画展览", "高中数学学习方法", "汽车保养小常识", "某队客场取胜")])
def test_a_list_of_links_goes_with_its_header(tmp_path: Path, header: str, links: tuple[str, ...]) -> None:
    document = load(tmp_path, article(extra="\n\n".join([header, *links]), at=4))
    assert [defect.raw for defect in document.defects] == [header, *links]
    assert body(document) == body(load(tmp_path, article()))


def test_a_running_header_is_boilerplate(tmp_path: Path) -> None:
    text = article().replace("\n\n二、", "\n\n示范学刊第一期\n\n二、").replace("\n\n窗口", "\n\n示范学刊第一期\n\n窗口") + "\n示范学刊第一期\n"
    document = load(tmp_path, text)
    assert [defect.raw for defect in document.defects] == ["示范学刊第一期"] * 3 and "示范学刊" not in body(document)


@pytest.mark.parametrize("stray", ["Reforn", "■", "lI"])
def test_a_stray_token_behind_a_paragraph_or_alone_is_left_out(tmp_path: Path, stray: str) -> None:
    behind = load(tmp_path, article((*PARAGRAPHS[:3], PARAGRAPHS[3] + stray)))
    assert [(defect.kind, defect.raw) for defect in behind.defects] == [("stray_token", stray)]
    assert body(behind) == body(load(tmp_path, article()))
    alone = load(tmp_path, article(extra=stray, at=4))
    assert [(defect.kind, defect.raw) for defect in alone.defects] == [("stray_token", stray)]


def test_a_button_glued_to_the_last_sentence_is_left_out(tmp_path: Path) -> None:
    document = load(tmp_path, article((*PARAGRAPHS[:3], PARAGRAPHS[3] + "分享让更多人看到")))
    assert [defect.raw for defect in document.defects] == ["分享让更多人看到"]
    assert body(document) == body(load(tmp_path, article()))


@pytest.mark.parametrize(
    "line",
    [
        "扫描二维码即可查询办理进度，市民关注政务公众号后还能收到提醒。",
        "点击率不是目标，办成率才是目标，因此县里取消了对访问量的考核。",
        "平台上线了微信、微博和客户端三个入口，二维码贴到了每个窗口。",
        "（四）移动客户端",
        "五、免费项目——体检、培训、咨询",
        "主要做法有：统一受理、统一标准、统一平台",
    ],
)
def test_what_an_article_says_about_the_web_is_kept(tmp_path: Path, line: str) -> None:
    document = load(tmp_path, article(extra=line, at=4))
    assert line in body(document) or line in [section.title for section in document.sections]
    assert not document.defects


def test_short_lines_that_a_paragraph_announces_are_list_items(tmp_path: Path) -> None:
    items = "县里今年要办好的实事包括以下几项：\n\n修建文化广场\n\n改造农贸市场\n\n新增公交线路\n\n开设老年食堂"
    document = load(tmp_path, article(extra=items, at=3))
    assert "新增公交线路" in body(document) and not document.defects
