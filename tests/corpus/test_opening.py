"""What a corpus folder may hold besides articles: it is named and left out, and nothing of it is opened."""

import os
import socket
from pathlib import Path

import pytest

from dgqa.corpus.files import SourceFile, list_corpus, load_corpus, load_document, read_bytes, source_hash
from dgqa.corpus.opening import FOLLOW_LINKS
from dgqa.errors import CorpusError
from dgqa.index.build import build_index
from fakes import HashingEmbedder

ARTICLE = "灯塔记\n\n灯塔建成于一八六〇年，由三位守塔人轮流看守。\n"
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs pipes and links")


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv(FOLLOW_LINKS, raising=False)
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "a.txt").write_text(ARTICLE, encoding="utf-8")
    return folder


def left_out(corpus: Path) -> dict[str, str]:
    documents, skipped = load_corpus(corpus)
    assert [document.path for document in documents] == ["a.txt"]
    return {item.path: item.reason for item in skipped}


@POSIX
def test_pipes_devices_and_sockets_are_named_and_never_opened(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(corpus / "pipe.txt")
    (corpus / "zero.txt").symlink_to("/dev/zero")
    (corpus / "lead.md").symlink_to(corpus / "pipe.txt")
    with socket.socket(socket.AF_UNIX) as unix:
        monkeypatch.chdir(corpus)  # the name of a socket must be short
        unix.bind("plug.txt")
        assert "zero.txt" in left_out(corpus)
        monkeypatch.setenv(FOLLOW_LINKS, "1")
        told = left_out(corpus)
    assert {path: reason.partition("it is ")[2].partition(",")[0] for path, reason in told.items()} == {
        "pipe.txt": "a pipe", "zero.txt": "a device", "lead.md": "a pipe", "plug.txt": "a socket",
    }  # fmt: skip


@POSIX
def test_a_pipe_that_takes_the_place_of_an_article_makes_nobody_wait(corpus: Path) -> None:
    (corpus / "a.txt").unlink()
    os.mkfifo(corpus / "a.txt")
    for read in (read_bytes, load_document):
        with pytest.raises(CorpusError, match=r"a\.txt is a pipe"):
            read(corpus / "a.txt")
    assert source_hash(SourceFile(corpus / "a.txt", "a.txt", "a.txt", corpus)) == ""


@POSIX
@pytest.mark.parametrize("swapped", ["file", "folder", "folder after it was looked at"])
def test_a_link_that_takes_the_place_of_an_article_after_the_listing_is_not_followed(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swapped: str) -> None:
    for folder in (corpus / "sub", tmp_path / "elsewhere"):
        folder.mkdir()
        (folder / "b.txt").write_text(ARTICLE, encoding="utf-8")
    listed = {source.path: source for source in list_corpus(corpus)[0]}
    source = listed["sub/b.txt"]
    assert source_hash(source)
    if swapped == "file":
        (corpus / "sub" / "b.txt").unlink()
        (corpus / "sub" / "b.txt").symlink_to(tmp_path / "elsewhere" / "b.txt")
    else:
        real = os.path.realpath(source.file)
        (corpus / "sub").rename(tmp_path / "was")
        (corpus / "sub").symlink_to(tmp_path / "elsewhere")
        if swapped != "folder":  # as one who swaps it to and fro
            monkeypatch.setattr(os.path, "realpath", lambda path: real if Path(path) == source.file else str(corpus))
    assert source_hash(source) == ""
    with pytest.raises(CorpusError, match=r"b\.txt (?:is a link out of the corpus folder|cannot be read)"):
        load_document(source.file, root=source.root)
    monkeypatch.setenv(FOLLOW_LINKS, "1")
    assert source_hash(source)


@POSIX
def test_a_link_out_of_the_corpus_is_followed_only_by_a_setting(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret.txt").write_text(ARTICLE, encoding="utf-8")
    (corpus / "out.txt").symlink_to(tmp_path / "secret.txt")
    (corpus / "none.txt").symlink_to(tmp_path / "nowhere.txt")
    (corpus / "round.txt").symlink_to(corpus / "round.txt")
    told = left_out(corpus)
    assert "link out of the corpus folder" in told["out.txt"] and "follow_links" in told["out.txt"]
    assert "cannot be looked at" in told["none.txt"] and "cannot be looked at" in told["round.txt"]
    assert [source.path for source in list_corpus(corpus / "out.txt")[0]] == ["out.txt"]  # who names a link means it
    monkeypatch.setenv(FOLLOW_LINKS, "1")
    assert [document.path for document in load_corpus(corpus)[0]] == ["a.txt", "out.txt"]


@POSIX
def test_a_link_within_the_corpus_is_an_article_like_any_other(corpus: Path) -> None:
    (corpus / "b.txt").symlink_to("a.txt")
    assert [source.path for source in list_corpus(corpus)[0]] == ["a.txt", "b.txt"]


@POSIX
def test_a_name_that_is_not_utf_8_is_named_and_left_out(corpus: Path, tmp_path: Path) -> None:
    try:
        (corpus / os.fsdecode(b"\xff\xfe.txt")).write_text(ARTICLE, encoding="utf-8")
        (corpus / os.fsdecode(b"g\xb5")).mkdir()
    except OSError:
        pytest.skip("the file system takes no such names")
    (corpus / os.fsdecode(b"g\xb5") / "b.txt").write_text(ARTICLE, encoding="utf-8")
    report = build_index(corpus, tmp_path / "index", embedder=HashingEmbedder())
    assert report.documents == 1
    assert {item.path for item in report.skipped} == {"\\xff\\xfe.txt", "g\\xb5/b.txt"}
    assert all("is not UTF-8, or holds a control character: rename it" in item.reason for item in report.skipped)


@POSIX
def test_a_name_that_commands_a_terminal_or_breaks_a_line_is_escaped_and_left_out(corpus: Path) -> None:
    for name in ("a\x1b[2J.txt", "b\nleft out c.txt", "d\u202etxt.exe.txt", "e\x9b.txt"):
        (corpus / name).write_text(ARTICLE, encoding="utf-8")
    documents, skipped = load_corpus(corpus)
    assert len(documents) == 1
    assert [item.path for item in skipped] == ["a\\x1b[2J.txt", "b\\nleft out c.txt", "d\\u202etxt.exe.txt", "e\\x9b.txt"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", '---\ntitle: "平台\\e[2J的建设"\nauthor: "王\\x9b某"\n---\n平台由省里建设，各市共用。\n'),
        ("a.html", "<html><title>平台\x1b[2J的建设</title><meta name=author content='王\x9b某'><p>平台由省里建设，各市共用。</p></html>"),
    ],
)
def test_no_title_or_author_commands_a_terminal(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    document = load_document(tmp_path / name)
    assert (document.title, document.author) == ("平台[2J的建设", "王某")


def test_a_file_is_held_to_the_limit_by_its_size_and_by_what_it_really_holds(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dgqa.corpus.files.MAX_BYTES", 40)
    with pytest.raises(CorpusError, match=r"a\.txt has \d\d+ bytes, the limit is 40"):
        read_bytes(corpus / "a.txt")
    growing = Path("/proc/self/status")  # says that it has none, as a file that grows after it was looked at
    if growing.exists():
        with pytest.raises(CorpusError, match=r"status has 41 bytes, the limit is 40"):
            read_bytes(growing)


@pytest.mark.parametrize("number", ["9" * 6_000, ":".join(["59"] * 4_000)])
def test_a_number_of_thousands_of_digits_in_the_front_matter_ends_nothing(corpus: Path, number: str) -> None:
    (corpus / "a.txt").write_text(f"---\ntitle: 灯塔记\nnumber: {number}\n---\n{ARTICLE}", encoding="utf-8")
    documents, skipped = load_corpus(corpus)
    assert not skipped and "一八六〇年" in documents[0].text


def test_whatever_a_parser_raises_is_the_error_of_its_file(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a bug in a parser")

    monkeypatch.setattr("dgqa.corpus.files.parse", broken)  # the seam to foreign code
    with pytest.raises(CorpusError, match=r"a\.txt cannot be read \(ZeroDivisionError: a bug"):
        load_document(corpus / "a.txt")
