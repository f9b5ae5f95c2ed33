"""Numerals: Arabic ones with their units, and Chinese ones, read to exact values."""

from __future__ import annotations

import functools
import re
from fractions import Fraction

Numeral = tuple[Fraction, int]  # a value and the offset after it
DIGITS = {"零": 0, "〇": 0, "○": 0, "两": 2} | {char: n for n, char in enumerate("一二三四五六七八九", 1)}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10**4, "亿": 10**8}
ORDINALS = {word: at for at, word in enumerate(["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"], 1)}
WORDS = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_ARABIC = re.compile(r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?")
_UNIT = re.compile(r"\s?([百千]?(?:万亿|[万亿])|[百千](?!分))")
WORD_UNIT = re.compile(rf"\s*({'|'.join(WORDS)})(?![a-z])")
_DIGIT_RUN = re.compile(r"[零〇○一二三四五六七八九]{3,}|[一二三四五六七八九][零〇○](?![十百千])")
# 貳佰元, 伍萬: as sums are written where nobody is to change them. Of 参 and 陆 the words 参与 and 大陆 are left alone.
_FORMAL = re.compile(r"(?:[壹贰叁肆伍柒捌玖][拾佰仟万亿]|(?:参|(?<![大内登着水上])陆)[拾佰仟]|拾[万亿])[零壹贰叁参肆伍陆柒捌玖拾佰仟万亿]*")
_ORDINARY = str.maketrans("壹贰叁参肆伍陆柒捌玖拾佰仟", "一二三三四五六七八九十百千")
_POINT = re.compile(r"点([零〇○一二三四五六七八九]+)(?!十)")


def ordinary_numerals(folded: str) -> str:
    """Return a folded text of the same length whose formal numerals are the usual ones.

    >>> ordinary_numerals("手续费贰佰元,大陆参与者伍拾万人")
    '手续费二百元,大陆参与者五十万人'
    """
    return _FORMAL.sub(lambda found: found[0].translate(_ORDINARY), folded)


def arabic(text: str, at: int) -> Numeral | None:
    """Read 74, 1,740.5, 67.4亿, 3亿5000万, 5千 or 3.2 million."""
    match = _ARABIC.match(text, at)
    if match is None:
        return None
    value, end = Fraction(match[0].replace(",", "")), match.end()
    if word := WORD_UNIT.match(text, end):
        return value * WORDS[word[1]], word.end()
    scale, end = _unit(text, end, value)
    total = value * scale
    while scale > 1 and (match := _ARABIC.match(text, end)):
        value = Fraction(match[0].replace(",", ""))
        lower, after = _unit(text, match.end(), value)
        if not 1 < lower < scale:
            break
        total, scale, end = total + value * lower, lower, after
    return total, end


def _unit(text: str, at: int, value: Fraction) -> tuple[int, int]:
    """Read a Chinese unit after Arabic digits; a bare 百 or 千 counts only after one or two of them."""
    match = _UNIT.match(text, at)
    if match is None or (match[1] in "百千" and value >= 100):
        return 1, at
    scale = 1
    for char in match[1]:
        scale *= SMALL.get(char) or LARGE[char]
    return scale, match.end()


def chinese(text: str, at: int) -> Numeral | None:
    """Read 一千二百零五, 三亿五千万, 十二点五, 一万二 (12,000), 百万 or, digit by digit, 二〇二三."""
    if run := _DIGIT_RUN.match(text, at):
        value, end = Fraction(int("".join(str(DIGITS[char]) for char in run[0]))), run.end()
    else:
        read = _numeral(text, at)
        if read is None:
            return None
        value, end = read
    if point := _POINT.match(text, end):
        digits = "".join(str(DIGITS[char]) for char in point[1])
        value, end = value + Fraction(int(digits), 10 ** len(digits)), point.end()
        scale, end = _unit(text, end, value)
        value *= scale
    return value, end


@functools.lru_cache(maxsize=4096)
def whole(text: str) -> int:
    """Return the value of all of a whole numeral, in Arabic or Chinese digits of either script; what is no digit counts nothing.

    >>> whole("12"), whole("第一百零二"), whole("一二〇"), whole("")
    (12, 102, 120, 0)
    """
    text = "".join(text.split()).replace("兩", "两")
    if text.isdigit() and text.isascii():
        return int(text)
    if SMALL.keys().isdisjoint(text):
        return int("".join(str(DIGITS.get(char, 0)) for char in text) or 0)
    total = digit = 0
    for char in text:
        if char in SMALL:
            total, digit = total + (digit or 1) * SMALL[char], 0
        else:
            digit = DIGITS.get(char, 0)
    return total + digit


def _numeral(text: str, at: int) -> Numeral | None:
    """Read the longest well-formed numeral; 十四五 is 14, then 5."""
    high = mid = section = 0  # groups of 亿, of 万, and the one being read
    floor = 10**4  # the small units of a group must descend
    last = 0  # the unit just read: a digit right after it counts tenths of it, as in 三百五
    digit: int | None = None
    end = at
    while end < len(text):
        char = text[end]
        if char in DIGITS:
            if digit is not None:
                break
            if DIGITS[char] == 0:
                if end == at or text[end + 1 : end + 2] not in {"十", *DIGITS}:
                    break
                last = 0
            else:
                digit = DIGITS[char]
        elif char in SMALL:
            bare = char == "十" or (end == at and text[end + 1 : end + 2] in LARGE)
            if SMALL[char] >= floor or (digit is None and not bare):
                if digit is not None:
                    digit, end = None, end - 1
                break
            floor = last = SMALL[char]
            section, digit = section + (1 if digit is None else digit) * last, None
        elif char in LARGE:
            group = section + (digit or 0)
            fits = group > 0 and mid == 0 if char == "万" else high == 0 and group + mid > 0
            if not fits:
                if digit is not None:
                    digit, end = None, end - 1
                break
            last, floor = LARGE[char], 10**4
            high, mid = (high, group * last) if char == "万" else ((mid + group) * last, 0)
            section, digit = 0, None
        else:
            break
        end += 1
    if end == at:
        return _zero(text, at)
    tail = 0 if digit is None else digit * (last // 10 if last >= 100 else 1)
    return Fraction(high + mid + section + tail), end


def _zero(text: str, at: int) -> Numeral | None:
    """Read a zero that stands alone."""
    return (Fraction(0), at + 1) if text[at : at + 1] in ("零", "〇") else None
