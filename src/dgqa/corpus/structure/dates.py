"""Read dates as articles write them: in digits, in Chinese numerals, by the years of the Republic, in a file's name."""

from __future__ import annotations

import email.utils
import re

from dgqa.language.numerals import whole

_ROC = 1911  # 民國 1 年 is 1912
_DIGITS = {char: str(value) for value, char in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0", "О": "0", "O": "0"}
_CHINESE = re.compile(r"(?P<year>[一二][〇○零ОO一二三四五六七八九]{3})\s?年(?:\s?(?P<month>[一二三四五六七八九十]{1,2})\s?月(?:\s?(?P<day>[一二三四五六七八九十]{1,3})\s?日)?)?")
_REPUBLIC = re.compile(
    r"(?:中[华華])?民[国國]\s?(?P<year>\d{1,3}|[一二三四五六七八九十百零〇]{1,6})\s?年(?:\s?(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})\s?月(?:\s?(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})\s?日)?)?"
)
_WESTERN = re.compile(
    r"(?<!\d)((?:19|20)\d{2})\s*(?:年|[-/.])\s*(\d{1,2})(?:\s*(?:月|[-/.])\s*(\d{1,2}))?(?!\d)|(?<!\d)((?:19|20)\d{2})\s*年"
)
DATE = re.compile(
    rf"{re.sub('[?]P<[a-z]+>', '?:', _REPUBLIC.pattern)}|{re.sub('[?]P<[a-z]+>', '?:', _CHINESE.pattern)}"
    r"|(?<!\d)(?:19|20)\d{2}\s?(?:年\s?\d{1,2}\s?月(?:\s?\d{1,2}\s?日)?|[-/.]\s?\d{1,2}\s?[-/.]\s?\d{1,2}(?!\d))"
)
_IN_NAME = re.compile(r"(?<!\d)((?:19|20)\d{2})([-_.年]?)(0?[1-9]|1[0-2])(?:\2|月)(0?[1-9]|[12]\d|3[01])(?!\d)")


def iso_date(text: str) -> str:
    """Return the first date in ``text`` as ISO 8601 (year, year-month or full), "" where there is none.

    >>> iso_date("民國 112 年 12 月 28 日"), iso_date("二〇二三年六月八日"), iso_date("2023.6")
    ('2023-12-28', '2023-06-08', '2023-06')
    """
    text = _REPUBLIC.sub(lambda match: _western(match, str(whole(match["year"]) + _ROC)), text)
    text = _CHINESE.sub(lambda match: _western(match, "".join(_DIGITS[char] for char in match["year"])), text)
    match = _WESTERN.search(text)
    if match:
        if match[4]:
            return match[4]
        parts = [f"{int(part):02d}" for part in match.group(1, 2, 3) if part]
        return "-".join(parts) if 1 <= int(parts[1]) <= 12 else parts[0]
    try:
        return email.utils.parsedate_to_datetime(text).date().isoformat()
    except (ValueError, TypeError, IndexError):
        year = re.fullmatch(r"\s*((?:19|20)\d{2})\s*", text)
        return year[1] if year else ""


def date_in_name(name: str) -> str:
    """Return the date that a file's name holds, to the day, as ISO 8601; "" where there is none."""
    found = _IN_NAME.search(name)
    return f"{found[1]}-{int(found[3]):02d}-{int(found[4]):02d}" if found else ""


def _western(match: re.Match[str], year: str) -> str:
    parts = [f"{year}年"]
    if match["month"]:
        parts.append(f"{whole(match['month'])}月")
    if match["day"]:
        parts.append(f"{whole(match['day'])}日")
    return "".join(parts)
