"""What a search adds to ranking: a glossary for English questions, words of the user's own, rows by position, duplicates, neighbours."""

import asyncio
import threading
from pathlib import Path

import pytest

from dgqa.errors import ConfigError
from dgqa.index.build import build_index
from dgqa.language.glossary import load_glossary, load_words
from dgqa.language.reading import Text
from dgqa.language.text import search_tokens
from dgqa.search.duplicates import collapse
from dgqa.search.positions import RowPosition, row_at, row_position
from dgqa.search.retriever import Retriever
from dgqa.types import Passage, Sentence
from fakes import HashingEmbedder

POLICIES = """数字政策汇编

一、政策表

| 时间 | 发布者 | 内容 |
| --- | --- | --- |
| 2019年4月 | 省政府 | 推动服务事项上网 |
| 2016年9月 | 市政府 | 建设共享平台 |
| 2022年6月 | 县政府 | 开放公共数据 |

二、举措

政府推行一网通办，群众只进一扇门就能办完事情。

三、步骤

1. 先梳理清楚全部服务事项。
2. 再打通各个部门的业务系统。
3. 最后请群众评价办事的结果。
"""


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    home = tmp_path_factory.mktemp("quality")
    (home / "corpus").mkdir()
    (home / "corpus" / "policies.md").write_text(POLICIES, encoding="utf-8")
    for name in "甲乙":
        text = f"{name}版记录\n\n仓库在春天运出了三百箱苹果，司机们按时到达了车站，没有一箱受潮或者丢失。\n\n仓库在秋天{'再' * (name == '乙')}清点了剩下的货物。\n"
        (home / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index(home / "corpus", home / "index", embedder=HashingEmbedder())
    return Retriever.open(home / "index", embedder=HashingEmbedder())


# --- glossary ------------------------------------------------------------------------------------------------


def test_an_english_question_names_chinese_terms_places_and_what_it_quotes() -> None:
    chinese = load_glossary().chinese
    assert chinese(Text("What is one-stop online government service in Zhejiang?")) == ("一网通办", "浙江")
    assert chinese(Text("Are DATA  factors 「数据要素」?")) == ("数据要素",)
    assert chinese(Text("Does the e-government extranet reach townships?")) == ("电子政务外网",)
    assert chinese(Text("What about catastrophes?")) == ()


def test_the_built_in_terms_are_read_and_every_english_form_has_one_meaning() -> None:
    terms = load_glossary().terms
    assert len(set(terms.values())) >= 150
    assert terms["city brain"] == "城市大脑" and terms["fangguanfu"] == "放管服" and terms["data silos"] == "数据孤岛"


def test_the_terms_of_the_user_add_to_the_built_in_ones_and_win(tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text("# ours\n\n穀倉|粮仓\tgranary|grain store\r\n智慧城市大脑\tcity brain\n", encoding="utf-8-sig")
    chinese = load_glossary(file).chinese
    assert chinese(Text("Is the grain store near the city brain or a data silo?")) == ("谷仓", "智慧城市大脑", "数据孤岛")


@pytest.mark.parametrize(
    ("line", "words"),
    [("数据 data", "has no tab"), ("数据\tdata\tmore", "more than one tab"), ("data\t数据", "not Chinese"), ("数据\t数据", "not English"), ("数据\tdata|", "not English")],
)
def test_a_line_of_a_glossary_that_is_wrong_is_named(tmp_path: Path, line: str, words: str) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text(f"粮仓\tgranary\n\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"terms.tsv, line 3: .*{words}"):
        load_glossary(file)


def test_a_glossary_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the glossary .*none\.tsv"):
        Retriever.open(tmp_path, embedder=HashingEmbedder(), glossary=tmp_path / "none.tsv")
    (tmp_path / "gbk.tsv").write_bytes("粮仓\tgranary".encode("gbk"))
    with pytest.raises(ConfigError, match="line 1, is not UTF-8 at byte 0"):
        load_glossary(tmp_path / "gbk.tsv")


@pytest.fixture(scope="module")
def exact(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    """Return a retriever for whose embedder English and Chinese characters have nothing in common: with few buckets, their hashes meet by chance."""
    home, embedder = tmp_path_factory.mktemp("exact"), HashingEmbedder(8192)
    (home / "policies.md").write_text(POLICIES, encoding="utf-8")
    build_index(home / "policies.md", home / "index", embedder=embedder)
    return Retriever.open(home / "index", embedder=embedder)


def test_an_english_question_finds_by_a_term_what_shares_no_letter_with_it(exact: Retriever) -> None:
    assert "一网通办" in exact.search("one-stop online service")[0].passage.text


@pytest.mark.parametrize(("question", "found"), [("What about platforms?", "共享平台"), ("Who evaluated it?", "评价")])
def test_an_english_question_finds_by_the_dictionary_what_no_glossary_has(exact: Retriever, question: str, found: str) -> None:
    assert not load_glossary().chinese(Text(question))
    assert found in exact.search(question)[0].passage.text


def test_a_glossary_of_the_user_is_searched_by(exact: Retriever, tmp_path: Path) -> None:
    file = tmp_path / "terms.tsv"
    file.write_text("业务系统\tsnark engine\n", encoding="utf-8")
    ours = Retriever(exact.index, exact.embedder, glossary=file)
    assert "业务系统" in ours.search("Where is the snark engine?")[0].passage.text
    assert exact.search("Where is the snark engine?")[0].score < ours.search("Where is the snark engine?")[0].score


def test_it_is_told_how_much_of_an_english_question_the_articles_have_in_chinese(exact: Retriever) -> None:
    held, foreign = exact.retrieve("one-stop online service"), exact.retrieve("Why do penguins like Gershwin?")
    assert held.signals.coverage > foreign.signals.coverage
    assert held.unknown < foreign.unknown == 1
    assert "一网通办" not in held.tokens


def test_words_that_the_articles_have_by_chance_are_no_part_of_what_they_have_in_chinese(tmp_path: Path) -> None:
    embedder = HashingEmbedder(8192)
    (tmp_path / "machines.md").write_text("机器清单\n\n库房里有一台 fire 牌水泵和一个 extinguisher 牌阀门，都是去年秋天买来的。\n", encoding="utf-8")
    build_index(tmp_path / "machines.md", tmp_path / "index", embedder=embedder)
    found = Retriever.open(tmp_path / "index", embedder=embedder).retrieve("Fire extinguisher?")
    assert found.signals.coverage == 0 and found.unknown == 1


# --- user dictionary -----------------------------------------------------------------------------------------


def test_words_of_the_user_are_tokens_however_jieba_cuts_them() -> None:
    assert "只进一扇门" not in search_tokens("群眾只進一扇門") and "只进一扇门" in search_tokens("群眾只進一扇門", ("只进一扇门",))
    assert search_tokens("别的话", ("只进一扇门",)) == search_tokens("别的话")
    assert search_tokens("群众", ("群众",)).count("群众") == 1


def test_a_user_dictionary_is_read_as_jieba_reads_it(tmp_path: Path) -> None:
    file = tmp_path / "words.txt"
    file.write_text("只進一扇門 30 n\n云上贵州\n\n# 注\n云上贵州\n", encoding="utf-8")
    assert load_words(file) == ("云上贵州", "只进一扇门")
    file.write_text("云上贵州\nabc 3\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="line 2: 'abc 3' is no Chinese word"):
        load_words(file)


def test_a_user_dictionary_is_part_of_the_index_and_changes_it_without_embedding_again(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text("办事记\n\n群众只进一扇门就能办完全部的事情。\n", encoding="utf-8")
    (tmp_path / "words.txt").write_text("只进一扇门\n", encoding="utf-8")
    embedder = HashingEmbedder()
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder)
    before, plain = embedder.embedded, Retriever.open(tmp_path / "index", embedder=embedder).index.fingerprint
    report = build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder, user_dictionary=tmp_path / "words.txt")
    assert not report.up_to_date and report.embedded == 0 and embedder.embedded == before
    retriever = Retriever.open(tmp_path / "index", embedder=embedder)
    assert retriever.index.fingerprint != plain
    assert "只进一扇门" in retriever.retrieve("只进一扇门").tokens and not retriever.retrieve("只进一扇门").unseen
    assert build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder, user_dictionary=tmp_path / "words.txt").up_to_date
    assert not build_index(tmp_path / "corpus", tmp_path / "index", embedder=embedder).up_to_date


# --- rows by position ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("政策表第三行写了什么？", RowPosition(3)), ("表格裡倒數第二項是什麼？", RowPosition(-2)), ("清单上第12条是什么", RowPosition(12)),
        ("政策表打头那份文件是什么？", RowPosition(1)), ("表中最后一行是什么？", RowPosition(-1)), ("表里最早的政策是哪份？", RowPosition(by="earliest")),
        ("列表中最新的文件是哪个？", RowPosition(by="latest")), ("What is in the last row of the table?", RowPosition(-1)),
        ("What does the third entry of the list say?", RowPosition(3)), ("What is in row 2 of the table?", RowPosition(2)),
        ("第三条原则是什么？", None), ("最早的政府网站是哪个？", None), ("表里写了什么？", None), ("Who came last?", None),
    ],
)  # fmt: skip
def test_a_place_in_a_table_or_list_is_understood(question: str, place: RowPosition | None) -> None:
    assert row_position(Text(question)) == place


def test_a_table_is_found_by_its_caption(tmp_path: Path) -> None:
    rows = "\n".join(f"| 202{n}年 | 乙{n}号文 |" for n in range(4))
    text = f"# 文件汇编\n\n表1 甲类文件\n\n| 年份 | 文件 |\n|---|---|\n| 1999年 | 甲一号文 |\n\n最早的文件、最早的表都在这里说。\n\n## 乙类\n\n表2 乙类文件\n\n| 年份 | 文件 |\n|---|---|\n{rows}\n"
    (tmp_path / "files.md").write_text(text, encoding="utf-8")
    embedder = HashingEmbedder()
    build_index(tmp_path / "files.md", tmp_path / "index", embedder=embedder)
    retriever = Retriever.open(tmp_path / "index", embedder=embedder)
    told = {question: retriever.search(question, 1)[0].sentences[0].text for question in ("表1最早的文件是什么？", "表2最早的文件是什么？", "What is in the last row of Table 2?")}
    assert list(told.values()) == ["年份：1999年；文件：甲一号文", "年份：2020年；文件：乙0号文", "年份：2023年；文件：乙3号文"]


def test_the_words_of_taiwan_find_those_of_the_mainland(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("办事记\n\n数字政府用软件管理信息。\n", encoding="utf-8")
    embedder = HashingEmbedder()
    build_index(tmp_path / "a.txt", tmp_path / "index", embedder=embedder)
    retriever = Retriever.open(tmp_path / "index", embedder=embedder)
    assert retriever.retrieve("數位政府用軟體管理資訊").plain == "数字政府用软件管理信息"
    assert retriever.retrieve("數字政府用軟件").plain == "數字政府用軟件"


def test_words_that_only_ask_are_no_tokens(retriever: Retriever) -> None:
    assert retriever.retrieve("苹果是什么").tokens == retriever.retrieve("苹果").tokens
    assert retriever.retrieve("什么").tokens


def test_a_place_leads_to_a_row_or_to_none() -> None:
    rows = ["时间：2019年4月；甲", "时间：2016年9月；乙", "时间：2022年6月；丙", "没有日期"]
    wanted = [RowPosition(1), RowPosition(-1), RowPosition(5), RowPosition(-5), RowPosition(by="earliest"), RowPosition(by="latest")]
    assert [row_at(place, rows) for place in wanted] == [0, 3, None, None, 1, 2]
    assert row_at(RowPosition(by="earliest"), ["甲", "乙"]) is None


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("政策表第二行的内容是什么？", "建设共享平台"),
        ("政策表最后一行的内容是什么？", "开放公共数据"),
        ("政策表里最早的政策是什么？", "建设共享平台"),
        ("政策表里時間最晚的政策是什麼？", "开放公共数据"),
        ("步骤清单的第三项是什么？", "请群众评价"),
    ],
)
def test_a_question_by_place_gets_the_row_first(retriever: Retriever, question: str, words: str) -> None:
    hits = retriever.search(question)
    assert words in hits[0].sentences[0].text
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


# --- duplicates and neighbours -------------------------------------------------------------------------------


def passage(row: int, text: str) -> Passage:
    return Passage(row, "d", "d.txt", "", "", "", "", 0, len(text), text, (Sentence(text, 0, len(text)),))


def test_near_duplicates_are_taken_together_but_not_those_with_another_number() -> None:
    long = "全省建成了统一的政务数据共享平台，各个部门都接入了这个平台，群众办事不再重复提交材料"
    texts = [f"{long}。", f"{long}，共26个。", long.replace("，", ",") + "！", f"{long}，共27个。", "短句", "短 句。", "短语"]
    assert collapse([passage(i, text) for i, text in enumerate(texts)]) == [(0, (2,)), (1, ()), (3, ()), (4, (5,)), (6, ())]


def test_the_same_text_in_two_documents_is_one_hit_that_names_both(retriever: Retriever) -> None:
    hits = retriever.search("春天运出了多少箱苹果？", 3)
    assert {hits[0].passage.path, *(other.path for other in hits[0].duplicates)} == {"甲.txt", "乙.txt"}
    assert len(hits) == 3 and [hit.rank for hit in hits] == [1, 2, 3]
    assert not {hit.passage.row for hit in hits} & {other.row for hit in hits for other in hit.duplicates}


def test_the_context_of_a_hit_are_its_neighbours_in_the_document(retriever: Retriever) -> None:
    hit = retriever.search("政府推行一网通办了吗？", 1)[0]
    near = retriever.context(hit)
    assert "开放公共数据" in near.before[0].text and "梳理清楚" in near.after[0].text and len(near.before) == len(near.after) == 1
    assert retriever.context(near.before[0], 0).before == () and retriever.context(hit, 50).before[0].kind == "body"
    assert all(item.doc_id == hit.passage.doc_id for item in (*retriever.context(hit, 50).before, *retriever.context(hit, 50).after))


# --- as a library --------------------------------------------------------------------------------------------


def test_many_asynchronous_searches_find_what_one_after_another_finds(retriever: Retriever) -> None:
    questions = ["苹果运出多少箱", "一网通办", "How does the one-stop online service work?", "政策表第二行的内容是什么？", "甲版记录的作者是谁？"] * 4

    async def together() -> list[list[str]]:
        found = await asyncio.gather(*(retriever.asearch(question) for question in questions))
        return [[hit.passage.text for hit in hits] for hits in found]

    fresh = Retriever(retriever.index, HashingEmbedder())
    assert asyncio.run(together()) == [[hit.passage.text for hit in fresh.search(question)] for question in questions]


def test_an_asynchronous_search_leaves_the_event_loop_free(retriever: Retriever) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Waiting(HashingEmbedder):
        def embed_queries_with_tokens(self, texts):  # type: ignore[no-untyped-def]
            begun.set()
            assert go_on.wait(30)
            return super().embed_queries_with_tokens(texts)

    async def run() -> int:
        search = asyncio.create_task(Retriever(retriever.index, Waiting()).asearch("苹果"))
        while not begun.is_set():
            await asyncio.sleep(0.001)
        assert not search.done()
        go_on.set()
        return len(await search)

    assert asyncio.run(run()) > 0


def test_a_langchain_chain_answers_from_the_passages(retriever: Retriever) -> None:
    from langchain_core.documents import Document
    from langchain_core.language_models.fake_chat_models import FakeListChatModel
    from langchain_core.output_parsers import StrOutputParser
    from langchain_core.prompts import ChatPromptTemplate
    from langchain_core.runnables import RunnableLambda, RunnablePassthrough

    shown: list[str] = []

    def joined(documents: list[Document]) -> str:
        shown.append("\n".join(document.page_content for document in documents))
        return shown[-1]

    prompt = ChatPromptTemplate.from_template("根据：{context}\n回答：{question}")
    model = FakeListChatModel(responses=["三百箱。"])
    chain = {"context": retriever.as_langchain(2) | RunnableLambda(joined), "question": RunnablePassthrough()} | prompt | model | StrOutputParser()
    assert chain.invoke("春天运出了多少箱苹果？") == "三百箱。"
    assert asyncio.run(chain.ainvoke("春天运出了多少箱苹果？")) == "三百箱。"
    assert len(shown) == 2 and shown[0] == shown[1] and "三百箱苹果" in shown[0]


@pytest.mark.parametrize(
    ("article", "question", "plain"),
    [
        ("鹿港園區的軟體由資訊公司開發，品質很好。\n", "鹿港园区的软件质量怎样？", "鹿港园区的软体品质怎样？"),
        ("东湖园区的软件由信息公司开发，质量很好。\n", "東湖園區的軟體品質怎樣？", "东湖园区的软件质量怎样？"),
        ("东湖园区的软件由信息公司开发，质量很好。\n", "东湖园区的软件质量怎样？", "东湖园区的软件质量怎样？"),
    ],
)
def test_a_question_is_searched_for_in_the_words_that_the_articles_use(tmp_path: Path, article: str, question: str, plain: str) -> None:
    (tmp_path / "corpus").mkdir()
    (tmp_path / "corpus" / "a.txt").write_text(f"園區簡介\n\n{article}", encoding="utf-8")
    build_index(tmp_path / "corpus", tmp_path / "index", embedder=HashingEmbedder())
    assert Retriever.open(tmp_path / "index", embedder=HashingEmbedder()).retrieve(question).plain == plain
