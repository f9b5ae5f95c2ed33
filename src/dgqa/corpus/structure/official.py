"""Find what official papers and laws say about themselves: number, issuing body, dates, the table at a page's head."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dgqa.corpus.structure.dates import DATE, iso_date
from dgqa.corpus.structure.lines import ARTICLE, Line, is_item
from dgqa.corpus.wording import listed, one_of
from dgqa.data import CJK
from dgqa.language.text import simplify

_HEAD = 40  # lines in which a page's fields stand
_LETTERHEAD = 15  # lines in which a paper's number stands
_LONGEST_SIGNER = 30  # characters of the first line of who signed in two
_LONGEST = 250  # characters of a line about a law's history
_NUMBER = re.compile(
    rf"(?P<body>[{CJK}]{{1,14}})\s?[〔\[［【(（〈﹝]\s?(?P<year>(?:19|20)\d{{2}})\s?[〕\]］】)）〉﹞]\s?第?\s?(?P<serial>\d{{1,5}})\s?[号號]"
    rf"|[{CJK}]{{2,14}}字第\s?\d{{2,12}}\s?[号號]"
)
_DECREE = re.compile(rf"(?P<body>[{CJK}]{{2,30}}令)(?:\s?[（(]?第\s?(?P<serial>\d{{1,5}}|[一二三四五六七八九十百零〇]{{1,6}})\s?[号號][）)]?)?")
_SERIAL = re.compile(r"[（(]?第\s?(?P<serial>\d{1,5}|[一二三四五六七八九十百零〇]{1,6})\s?[号號][）)]?")
_ISSUED = re.compile(one_of("bylines", "issued"))
_IN_FORCE = re.compile(one_of("bylines", "in_force"))
_BODY = re.compile(rf"[{CJK}、\s]{{1,60}}{one_of('bylines', 'bodies')}(?:\s?[（(][^）)]{{1,12}}[）)])?")
_TITLED = re.compile(rf"(?P<body>[{CJK}、\s]{{1,60}}?{one_of('bylines', 'bodies')})\s?(?:关于|转发|印发|批转|公告)")
_ABOUT = re.compile("[关關]于|關於|[转轉][发發]|印[发發]|批[转轉]|公告")
_ANNEXES = re.compile(r"附(?:件|表|录|錄)?\s?(?:[:：]|1\s?[.．、])\s?\S")
_REMARK = re.compile(r"[（(][此本][件文][^）)]{2,16}[）)]")
_SIGNER = re.compile(rf"(?:总理|主席|省长|州长|市长|县长|区长|部长|局长|主任|總統|院長|總理|部長|市長|縣長)\s?[{CJK}\s]{{2,8}}")
_FIELDS = {label: name for name, *labels in (line.split() for line in listed("bylines", "document_fields")) for label in labels}


@dataclass(slots=True)
class Found:
    """What the lines around an article say about it; ``title_line`` is the one whose field names the title."""

    title: str = ""
    title_line: Line | None = None
    number: str = ""
    issuer: str = ""
    signed: list[tuple[str, str]] = field(default_factory=list)  # by whom, and when
    dates: dict[str, str] = field(default_factory=dict)  # by where they stand: "law", "field" or "letterhead"

    def body(self, title: str) -> str:
        """Return the body that the paper ``title`` is from: by its field, by its title, else by who signed it first."""
        return self.issuer or issuing_body(title) or next((body for body, _ in self.signed if not _SIGNER.fullmatch(body)), "")

    def date(self, title: str) -> str:
        """Return when the paper, or the law as it stands, was issued; what is signed by another body was not."""
        own = [date for body, date in self.signed if "".join(body.split()) in title]
        if law := self.dates.get("law"):
            # A decree makes public what was passed before.
            return max([law, *(date for body, date in self.signed if _SIGNER.fullmatch(body))])
        return self.dates.get("field") or self.dates.get("letterhead") or next(iter(own or [date for _, date in self.signed]), "")


def official_lines(lines: Sequence[Line]) -> Found:
    """Mark the lines that say what an official paper is as "meta" and return what they say."""
    found = Found()
    content = [line for line in lines if line.kind not in {"boilerplate", "note", "reference"}]
    for line in content[:_HEAD]:
        _read_fields(line, found)
    _read_history(content, found)
    _list_annexes(content)
    _read_signatures(content, found)
    _read_letterhead(content[:_LETTERHEAD], found)
    return found


def issuing_body(title: str) -> str:
    """Return the body that a paper's title says it is from: 某市人民政府关于……; "" where it says none."""
    if not _ABOUT.search(title):
        return ""
    plain = simplify(title)
    found = _TITLED.match(plain)
    return title[: found.end("body")] if found and len(plain) == len(title) else ""


def _read_fields(line: Line, found: Found) -> None:
    """Read a line, or a row of cells, that has names of fields: 发文机关：……, 成文日期：……."""
    pairs = list(_pairs(line.text)) if len(line.text) <= _LONGEST or "\t" in line.text else []
    if not pairs:
        return
    for name, value in pairs:
        if name == "title":
            found.title, found.title_line = found.title or value, found.title_line or line
        elif name == "number":
            found.number = found.number or value
        elif name == "issuer":
            found.issuer = found.issuer or value
        elif name == "written" and iso_date(value):
            found.dates["field"] = iso_date(value)
        elif name == "published" and iso_date(value):
            found.dates.setdefault("field", iso_date(value))
    line.kind = "meta"
    if "\t" in line.text:
        line.rendered = "；".join(re.sub(r"(?<=\S)\s+(?=\S*$)", "", cell) if cell.endswith(("：", ":")) else cell for cell in _cells(line.text))
        line.rendered = re.sub(r"([：:])；", r"\1", line.rendered)


def _cells(text: str) -> list[str]:
    return [cell.strip() for cell in text.split("\t") if cell.strip()]


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the fields and values of a line; nothing where part of it is neither."""
    cells = _cells(text)
    pairs: list[tuple[str, str]] = []
    at = 0
    while at < len(cells):
        label, colon, value = re.sub("[:：]", "：", cells[at], count=1).partition("：")
        name = _FIELDS.get(simplify("".join(label.split()).strip("【】[]"))) if len(label) <= 16 else None
        if name is None or not (colon or len(cells) > 1):
            return
        if not value.strip() and at + 1 < len(cells) and not re.search("[:：]$", cells[at + 1]):
            at += 1
            value = cells[at]
        pairs.append((name, value.strip()))
        at += 1
    if len(cells) == 1 and not pairs[0][1]:
        return
    yield from pairs


def _read_letterhead(lines: Sequence[Line], found: Found) -> None:
    """Read the number of a paper that has a line of its own, 国办发〔2023〕12号, or stands under the name of a decree."""
    for index, line in enumerate(lines):
        if line.kind not in {"paragraph", "heading", "list_item"} or len(line.text) > 60:
            continue
        bare = line.text.strip("()（） ")
        if index and DATE.fullmatch(bare):
            found.dates.setdefault("letterhead", iso_date(bare))
            line.kind = "meta"
        elif number := _NUMBER.fullmatch(bare):
            found.number = found.number or _written(number)
            line.kind = "meta"
        elif decree := _DECREE.fullmatch(line.text):
            following = lines[index + 1] if index + 1 < len(lines) else None
            serial = None if decree["serial"] or following is None else _SERIAL.fullmatch(following.text)
            if not (decree["serial"] or serial):
                continue
            found.issuer = found.issuer or decree["body"].removesuffix("令")
            found.number = found.number or f"{decree['body']}第{decree['serial'] or (serial['serial'] if serial else '')}号"
            line.kind = "meta"
            if serial and following is not None:
                following.kind = "meta"


def _written(number: re.Match[str]) -> str:
    """Return a paper's number in the brackets of the standard."""
    return f"{number['body']}〔{number['year']}〕{number['serial']}号" if number["year"] else "".join(number.group().split())


def document_number(text: str) -> str:
    """Return the first number of a paper in ``text``, whatever its brackets, as 国办发〔2023〕12号; "" where there is none."""
    found = _NUMBER.search(text)
    return _written(found) if found else ""


def _read_history(lines: Sequence[Line], found: Found) -> None:
    """Read the lines in front of a law's first article that say when it was passed, revised and came into force."""
    first = next((at for at, line in enumerate(lines) if ARTICLE.match(line.text)), min(len(lines), _LETTERHEAD))
    issued: list[str] = []
    in_force: list[str] = []
    for line in lines[:first]:
        if len(line.text) > _LONGEST:
            continue
        text = simplify(line.text)
        bracketed = text[:1] in "(（" and text[-1:] in ")）" and not is_item(text)
        if line.kind not in {"paragraph", "heading", "meta", "list_item"} or not (bracketed or DATE.match(text)):
            continue
        if not bracketed and text.endswith("。"):
            continue
        dates = list(DATE.finditer(text))
        events = [text[date.end() : dates[at + 1].start() if at + 1 < len(dates) else len(text)] for at, date in enumerate(dates)]
        says = [(_ISSUED.search(event), _IN_FORCE.search(event)) for event in events]
        if not any(passed or force for passed, force in says):
            continue
        issued += [iso_date(date.group()) for date, (passed, _) in zip(dates, says, strict=True) if passed]
        in_force += [iso_date(date.group()) for date, (passed, force) in zip(dates, says, strict=True) if force and not passed]
        line.kind = "meta"
    if issued or in_force:
        found.dates["law"] = max(issued or in_force)


def _list_annexes(lines: Sequence[Line]) -> None:
    """Make the names of a paper's annexes items, which stand in front of who signed it: 附件：1.……."""
    listing = False
    for line in lines:
        listing = _ANNEXES.match(line.text) is not None or (listing and is_item(line.text))
        if listing and line.kind in {"paragraph", "heading"} and len(line.text) <= 100 and not line.text.endswith("。"):
            line.kind = "list_item"
        else:
            listing = False


def _read_signatures(lines: Sequence[Line], found: Found) -> None:
    """Read who signed a paper and when: a body, or bodies, on a line of their own above a date."""
    for at, line in enumerate(lines):
        if (_REMARK.fullmatch(line.text) or _dates_a_body(line.text)) and line.kind != "meta":
            line.kind = "meta"
        date = DATE.fullmatch(line.text.strip("()（） ")) if len(line.text) <= 30 else None
        if not date or at < 2 or line.kind in {"meta", "table_row"}:
            continue
        above = at
        while above > 1 and above > at - 6 and _signs(lines[above - 1]):
            above -= 1
        if above == at:
            continue
        body = lines[above].text
        if not _ends_text(lines[above - 1]) and len(lines[above - 1].text) <= _LONGEST_SIGNER and _ends_text(lines[above - 2]):  # in two lines
            above -= 1
            body = lines[above].text + body
        if not _ends_text(lines[above - 1]):
            continue
        found.signed.append((body, iso_date(date.group())))
        for signed in lines[above : at + 1]:
            signed.kind = "meta"


def _dates_a_body(text: str) -> bool:
    """Whether a line says in brackets who wrote the text under it and when: （民政局　2001年3月4日）."""
    inner = text[1:-1].strip() if text[:1] in "(（" and text[-1:] in ")）" else ""
    date = DATE.search(inner)
    return date is not None and date.end() == len(inner) and _BODY.fullmatch(simplify(inner[: date.start()].strip())) is not None


def _signs(line: Line) -> bool:
    return line.kind in {"paragraph", "heading", "list_item"} and len(line.text) <= 60 and (_BODY.fullmatch(simplify(line.text)) or _SIGNER.fullmatch(line.text)) is not None


def _ends_text(line: Line) -> bool:
    """Whether a line may be the last above a signature: it ends a sentence, or is a row, an item, or a field as 电话：…… is."""
    return line.kind in {"meta", "table_row", "list_item"} or re.search(r"[。！？；：.）)]$|^[^，。：:]{2,12}[：:]\s?\S", line.text) is not None
