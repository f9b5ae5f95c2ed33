"""Uploads: names made safe, nothing left behind by what fails, and new articles that can be asked about."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dgqa.corpus.files import SUFFIXES
from dgqa.errors import ConfigError, CorpusError, ModelError
from dgqa.index.build import Index, build_index
from dgqa.messages import Language
from dgqa.search.retriever import Retriever
from dgqa.web.page import upload_panel as ui_uploads
from dgqa.web.placing import safe_name
from dgqa.web.uploads import Limits, Uploader
from fakes import HashingEmbedder

OLD = "# 数字政府\n\n数字政府建设是一项系统工程，需要统筹推进。\n"
NEW = "# 数据要素市场\n\n张三\n\n数据要素市场的培育需要明确数据产权制度，2024年试点已有十二个城市。\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "old.md").write_text(OLD, encoding="utf-8")
    build_index(folder, tmp_path / "index", embedder=HashingEmbedder())
    return folder


@pytest.fixture
def uploader(corpus: Path, tmp_path: Path) -> Uploader:
    return Uploader(corpus, tmp_path / "index", embedder=HashingEmbedder())


@pytest.fixture
def sent(tmp_path: Path) -> Callable[..., tuple[str, Path]]:
    """Return a function that makes a file as it was sent, under a name of the server's own."""

    def make(name: str, content: str | bytes = NEW) -> tuple[str, Path]:
        file = tmp_path / f"sent-{len(list(tmp_path.iterdir()))}"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return name, file

    return make


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("文章.txt", "文章.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\文章.MD", "文章.md"),
        (".hidden.txt", "hidden.txt"),
        ("a\x00b\nc\u202e.txt", "abc.txt"),
        ('a<b>"c|d?.txt', "a_b__c_d_.txt"),
        ("con.txt", "_con.txt"),
        ("LPT1.x.md", "_LPT1.x.md"),
        ("README.md", "_README.md"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("...txt", "article.txt"),
        (" . .txt", "article.txt"),
        ("长" * 300 + ".txt", "长" * 40 + ".txt"),
        ("甲. .html", "甲.html"),
    ],
)
def test_a_name_is_made_safe(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["a.exe", "a", "", "..", "a.txt/", "a.txt.js", "a.md\\..\\b"])
def test_a_name_with_another_ending_is_refused(name: str) -> None:
    with pytest.raises(CorpusError, match="can be added"):
        safe_name(name)


@given(st.text(max_size=80), st.sampled_from(sorted(SUFFIXES)))
def test_every_name_becomes_one_plain_file_name_and_stays_so(name: str, suffix: str) -> None:
    safe = safe_name(f"{name}{suffix}")
    assert Path(safe).name == safe and not safe.startswith(".") and len(safe.encode()) < 200
    assert not set('<>:"/\\|?*\x00\n') & set(safe)
    assert Path(safe).suffix == suffix and safe_name(safe) == safe


def test_an_added_article_is_audited_indexed_and_found(uploader: Uploader, corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    stages: list[str] = []
    report = uploader.add([sent("../数据.md")], progress=lambda stage, done, total: stages.append(stage))
    (added,) = report.files
    assert (added.name, added.path, added.reason) == ("数据.md", "uploads/数据.md", "")
    assert (added.audit["title"], added.audit["sentences"], added.audit["script"]) == ("数据要素市场", 1, "Hans")
    assert report.index is not None and (report.index.added, report.index.documents) == (1, 2)
    assert report.index.embedded == 1  # the old article's sentence was not embedded again
    assert {"read", "embed", "write"} <= set(stages)
    assert files(corpus) == ["old.md", "uploads", "uploads/数据.md"]
    hits = Retriever.open(tmp_path / "index", embedder=HashingEmbedder()).search("数据要素市场试点有多少个城市？")
    assert hits[0].passage.path == "uploads/数据.md"


def test_a_file_that_cannot_be_read_leaves_nothing_behind_and_the_others_go_in(
    uploader: Uploader, corpus: Path, sent: Callable[..., Any]
) -> None:
    report = uploader.add([sent("空.txt", " "), sent("坏.pdf", b"%PDF-1.4 nothing"), sent("程序.exe"), sent("好.md"), sent("图.txt", bytes(range(256)) * 9)])
    assert [bool(file.path) for file in report.files] == [False, False, False, True, False]
    assert "空.txt is empty" in report.files[0].reason
    assert ".exe" in report.files[2].reason
    assert not any("sent-" in file.reason or "incoming" in file.reason for file in report.files)
    assert files(corpus) == ["old.md", "uploads", "uploads/好.md"]


def test_where_no_file_is_taken_the_index_and_the_corpus_are_as_they_were(
    uploader: Uploader, corpus: Path, sent: Callable[..., Any], tmp_path: Path
) -> None:
    before = (tmp_path / "index" / "manifest.json").read_bytes()
    report = uploader.add([sent("空.txt", "")])
    assert report.index is None and not report.files[0].path
    assert files(corpus) == ["old.md"]
    assert (tmp_path / "index" / "manifest.json").read_bytes() == before


def test_an_upload_keeps_the_users_dictionary_and_the_kind_of_index(corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    build_index(corpus, tmp_path / "index", embedder=HashingEmbedder(), user_dictionary=["要素市场"], vector_index="hnsw")
    Uploader(corpus, tmp_path / "index", embedder=HashingEmbedder(), vector_index="hnsw").add([sent("数据.md")])
    manifest = Index.open(tmp_path / "index").manifest
    assert (manifest["settings"]["user_dictionary"], manifest["vector_index"]) == (["要素市场"], "hnsw")


def test_the_same_content_is_not_added_twice(uploader: Uploader, sent: Callable[..., Any]) -> None:
    assert [file.reason for file in uploader.add([sent("甲.md"), sent("乙.md")]).files] == ["", "it is already there as uploads/甲.md"]
    assert uploader.add([sent("丙.md", OLD)]).files[0].reason == "it is already there as old.md"


def test_another_content_of_the_same_name_gets_a_number(uploader: Uploader, sent: Callable[..., Any]) -> None:
    uploader.add([sent("甲.md")])
    assert [file.path for file in uploader.add([sent("甲.md", NEW + "又一句完整的话在这里。\n")]).files] == ["uploads/甲-2.md"]


def test_where_the_index_cannot_be_built_the_files_are_gone_again(corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    class Broken(HashingEmbedder):
        def embed_passages_with_tokens(self, *_: Any, **__: Any) -> Any:
            raise ModelError("the model is broken")

    with pytest.raises(ModelError):
        Uploader(corpus, tmp_path / "index", embedder=Broken()).add([sent("甲.md")])
    assert files(corpus) == ["old.md"]
    assert len(Index.open(tmp_path / "index").documents()) == 1


def test_too_many_files_or_bytes_are_refused(uploader: Uploader, corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="11 files, the limit is 10"):
        uploader.add([sent("甲.md")] * 11)
    with pytest.raises(CorpusError, match="no file"):
        uploader.add([])
    with pytest.raises(CorpusError, match="limit is 100 at once"):
        Uploader(corpus, tmp_path / "index", limits=Limits(request=100)).add([sent("甲.md")])
    with pytest.raises(CorpusError, match="0 of 100 bytes"):
        Uploader(corpus, tmp_path / "index", limits=Limits(folder=100)).add([sent("甲.md")])
    assert files(corpus) == ["old.md"]


def test_a_corpus_that_is_not_that_of_the_index_is_refused_since_its_articles_would_be_lost(corpus: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(ConfigError, match=r"was built from .*corpus.*set `corpus` and `index`"):
        Uploader(other, tmp_path / "index")
    with pytest.raises(ConfigError, match="a folder only"):
        Uploader(corpus / "old.md", tmp_path / "index")


def test_a_corpus_that_was_moved_is_still_that_of_the_index(corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    moved = corpus.rename(tmp_path / "moved")
    uploader = Uploader(moved, tmp_path / "index", embedder=HashingEmbedder())
    assert uploader.add([sent("甲.md")]).files[0].path == "uploads/甲.md"
    (moved / "old.md").write_text("# 别的\n\n这里写的是别的内容。\n", encoding="utf-8")
    again = moved.rename(tmp_path / "again")
    with pytest.raises(ConfigError, match="or run `dgqa index`"):
        Uploader(again, tmp_path / "index")


def test_one_upload_at_a_time(corpus: Path, sent: Callable[..., Any], tmp_path: Path) -> None:
    entered, leave = Event(), Event()

    class Slow(HashingEmbedder):
        def embed_passages_with_tokens(self, *texts: Any, **options: Any) -> Any:
            entered.set()
            assert leave.wait(10)
            return super().embed_passages_with_tokens(*texts, **options)

    uploader = Uploader(corpus, tmp_path / "index", embedder=Slow())
    first = Thread(target=uploader.add, args=([sent("甲.md")],))
    first.start()
    assert entered.wait(10)
    with pytest.raises(ConfigError, match="another upload"):
        uploader.add([sent("乙.md", NEW + "另外一句完整的话在这里。")])
    leave.set()
    first.join()
    assert files(corpus) == ["old.md", "uploads", "uploads/甲.md"]


def shown(uploader: Uploader, paths: list[Path], language: Language = "Hans") -> list[str]:
    return list(ui_uploads._adding(uploader, [str(path) for path in paths], language))


def test_the_panel_shows_bars_then_the_audit_and_removes_what_was_sent(uploader: Uploader, tmp_path: Path) -> None:
    file = tmp_path / "数据.md"
    file.write_text(NEW, encoding="utf-8")
    steps = shown(uploader, [file])
    assert all("<progress" in step for step in steps[:-1]) and len(steps) > 2
    assert "已加入</strong> 数据.md: 数据要素市场" in steps[-1] and "共 2 篇文献" in steps[-1]
    assert not file.exists()


@pytest.mark.parametrize(
    ("language", "word", "why"),
    [("Hans", "未加入", "文件是空的。"), ("Hant", "未加入", "檔案是空的。"), ("Latn", "Not added", "The file is empty.")],
)
def test_the_panel_says_why_a_file_was_left_out(uploader: Uploader, tmp_path: Path, language: Language, word: str, why: str) -> None:
    file = tmp_path / "<img src=x onerror=alert(1)>.txt"
    file.write_text("", encoding="utf-8")
    (last,) = [step for step in shown(uploader, [file], language) if "<progress" not in step]
    assert f"<strong>{word}</strong>" in last and last.count(why) == 1 and ".txt is" not in last
    assert "<img" not in last


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("甲.md", OLD.encode(), "同样的内容已经在文献库里（old.md）。"),
        ("甲.txt", b"\x00\x01\x02\x03" * 40, "不是文本，或者编码无法识别；请另存为 UTF-8。"),
        ("甲.txt", b"%PDF-1.4", "内容与扩展名不符；请改正扩展名，或重新保存。"),
        ("甲.html", b"<p> </p>", "文件里没有文字。"),
        ("甲.exe", b"MZ", "不能加入这种文件（.exe）。"),
        ("甲", b"MZ", "不能加入这种文件（—）。"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_the_readers_language(uploader: Uploader, tmp_path: Path, name: str, content: bytes, why: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    (last,) = [step for step in shown(uploader, [file]) if "<progress" not in step]
    assert why in last and not re.search(r"[a-z]{4,} [a-z]+", re.sub("<[^<>]*>", "", last))


def test_kinds_of_damage_have_names_and_only_endings_that_can_be_read_are_offered(uploader: Uploader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "损.md"
    file.write_text("# 改造\n\n改造\x00在2024年完成。\n", encoding="utf-8")
    last = shown(uploader, [file])[-1]
    assert "不可见字符 @" in last and "invisible" not in last
    monkeypatch.setenv("PATH", "")
    assert ".docx" in ui_uploads._limits(uploader, "Hans") and ".wps" not in ui_uploads._limits(uploader, "Hans")


def test_the_panel_shows_an_error_without_the_servers_paths(uploader: Uploader, corpus: Path, tmp_path: Path) -> None:
    file = tmp_path / "甲.md"
    file.write_text(NEW, encoding="utf-8")
    shutil.rmtree(tmp_path / "index")
    last = shown(uploader, [file])[-1]
    assert "出错了" in last and "there is no index" in last and str(tmp_path) not in last
    assert not file.exists()


def test_what_the_titles_hold_is_shown_as_text(uploader: Uploader, tmp_path: Path) -> None:
    file = tmp_path / "题.md"
    file.write_text("# <svg onload=alert(1)>题目\n\n这一篇文章里有一个完整的句子。\n", encoding="utf-8")
    last = shown(uploader, [file])[-1]
    assert "<svg" not in last and "题目" in last


@pytest.fixture
def served(uploader: Uploader) -> Iterator[str]:
    import gradio as gr

    from dgqa.web.server import Address, launch
    from scripted import free_port

    with gr.Blocks(analytics_enabled=False) as page:
        ui_uploads.upload_panel({"": uploader}, language=gr.State("Hans"), corpus=gr.State(""))
    port = free_port()
    launch(page, Address(port=port), max_upload=10_000, block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


def add_over_http(url: str, path: str) -> str:
    """Press the button of the panel with a file at ``path`` of the server and return all that comes back."""
    import httpx

    config = httpx.get(f"{url}/config").json()
    event = next(item for item in config["dependencies"] if item["targets"][0][1] == "click")
    data = [[{"path": path, "orig_name": "甲.md", "meta": {"_type": "gradio.FileData"}}], "", False, None, None]
    joined = httpx.post(f"{url}/gradio_api/queue/join", json={"data": data, "fn_index": event["id"], "session_hash": "s"})
    assert joined.status_code == 200
    lines = []
    with httpx.stream("GET", f"{url}/gradio_api/queue/data?session_hash=s", timeout=60) as stream:
        for line in stream.iter_lines():
            lines.append(line)
            if "process_completed" in line:
                break
    return "\n".join(lines)


def test_a_file_sent_over_http_is_added(served: str, corpus: Path) -> None:
    import httpx

    posted = httpx.post(f"{served}/gradio_api/upload", files={"files": ("甲.md", NEW.encode())})
    assert "可以就新文献提问了" in add_over_http(served, posted.json()[0])
    assert files(corpus) == ["old.md", "uploads", "uploads/甲.md"]


def test_a_file_of_the_server_that_was_not_sent_cannot_be_added(served: str, corpus: Path) -> None:
    secret = corpus.parent / "secret.md"
    secret.write_text(NEW, encoding="utf-8")
    for path in (str(secret), str(corpus / ".." / "secret.md"), "/etc/hostname"):
        assert '"success":false' in add_over_http(served, path).replace(" ", "")
    assert files(corpus) == ["old.md"] and secret.exists()


def test_a_file_that_was_sent_and_never_added_does_not_stay_on_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    import gradio as gr
    import httpx

    from dgqa.web.server import Address, launch
    from scripted import free_port

    monkeypatch.setattr("dgqa.web.server._LEFT_ALONE", (0.05, 0.2))
    with gr.Blocks(analytics_enabled=False) as page:
        gr.File()
    port = free_port()
    launch(page, Address(port=port), max_upload=10_000, block=False)
    sent = Path(httpx.post(f"http://127.0.0.1:{port}/gradio_api/upload", files={"files": ("乙.md", NEW.encode())}).json()[0])
    for _ in range(200):
        if not sent.exists():
            break
        time.sleep(0.05)
    page.close()
    assert not sent.exists()


def test_a_file_above_the_limit_is_refused_before_it_is_read(served: str) -> None:
    import httpx

    assert httpx.post(f"{served}/gradio_api/upload", files={"files": ("甲.md", b"x" * 200_000)}).status_code == 413
    assert httpx.post(f"{served}/gradio_api/upload", files={"files": ("甲.md", b"x" * 20_000)}).status_code == 413


def held(uploader: Uploader) -> dict[str, str]:
    index = Index.open(uploader.index)
    try:
        return {document["path"]: index.raw(document["doc_id"]) for document in index.documents()}
    finally:
        index.close()


def test_a_file_replaces_the_one_of_its_name_only_where_that_is_wished(uploader: Uploader, corpus: Path, sent: Callable[..., tuple[str, Path]]) -> None:
    uploader.add([sent("数据.md")], folder="试点 / 2024")
    uploader.add([sent("数据.md", NEW + "另一版。\n")], folder="试点 / 2024")
    report = uploader.add([sent("数据.md", NEW + "新的一版。\n")], folder="试点 / 2024", replace=True)
    assert report.files[0].path == "uploads/试点 _ 2024/数据.md"
    assert held(uploader) == {"old.md": OLD, "uploads/试点 _ 2024/数据.md": NEW + "新的一版。\n", "uploads/试点 _ 2024/数据-2.md": NEW + "另一版。\n"}


def test_what_a_failed_build_replaced_or_deleted_is_there_again(uploader: Uploader, corpus: Path, sent: Callable[..., tuple[str, Path]]) -> None:
    uploader.add([sent("数据.md")])

    class Broken(HashingEmbedder):
        def embed_passages_with_tokens(self, *_: Any, **__: Any) -> Any:
            raise ModelError("no model")

    before = held(uploader)
    uploader.embedder = Broken()
    with pytest.raises(ModelError):
        uploader.add([sent("数据.md", NEW + "新的一版。\n")], replace=True)
    assert (corpus / "uploads" / "数据.md").read_text(encoding="utf-8") == NEW and held(uploader) == before


def test_an_added_article_can_be_deleted_and_no_other_file(uploader: Uploader, corpus: Path, sent: Callable[..., tuple[str, Path]]) -> None:
    uploader.add([sent("数据.md")], folder="试点")
    for path in ("old.md", "uploads/../old.md", "uploads/none.md", "uploads", "", "/etc/passwd"):
        assert not uploader.is_own(path)
        with pytest.raises(CorpusError, match="not added on the page"):
            uploader.remove(path)
    uploader.remove("uploads/试点/数据.md")
    assert held(uploader) == {"old.md": OLD} and files(corpus / "uploads") == []


def test_an_added_article_can_be_moved_between_folders_and_no_other_file(uploader: Uploader, corpus: Path, sent: Callable[..., tuple[str, Path]]) -> None:
    uploader.add([sent("数据.md", NEW)])
    assert uploader.move("uploads/数据.md", "试点").documents == 2
    assert (corpus / "uploads" / "试点" / "数据.md").read_text(encoding="utf-8") == NEW
    uploader.move("uploads/试点/数据.md", "  ")
    assert (corpus / "uploads" / "数据.md").exists() and not (corpus / "uploads" / "试点").exists()
    for path, folder in (("old.md", "试点"), ("uploads/../old.md", "试点"), ("uploads/数据.md", "")):
        with pytest.raises(CorpusError):
            uploader.move(path, folder)

    class Broken(HashingEmbedder):
        def embed_passages_with_tokens(self, *_: Any, **__: Any) -> Any:
            raise ModelError("no model")

    uploader.embedder = Broken()
    uploader.embedder.fingerprint = "another"  # so that nothing is taken over from the index
    with pytest.raises(ModelError):
        uploader.move("uploads/数据.md", "试点")
    assert [path.relative_to(corpus).as_posix() for path in (corpus / "uploads").rglob("*")] == ["uploads/数据.md"]


def test_an_index_is_brought_up_to_date_with_what_was_changed_by_hand(uploader: Uploader, corpus: Path) -> None:
    (corpus / "by-hand.md").write_text(NEW, encoding="utf-8")
    assert uploader.refresh().documents == 2 and set(held(uploader)) == {"old.md", "by-hand.md"}
