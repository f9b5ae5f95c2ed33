"""Places: named in three scripts, found as one name, and not found inside other words."""

import pytest

from dgqa.data import rows
from dgqa.language.places import around, english_name, place_spans, places, related


@pytest.mark.parametrize("text", ["广东的平台", "廣東的平臺", "the platform of Guangdong", "GUANGDONG's platform"])
def test_a_place_is_one_name_in_every_script(text: str) -> None:
    assert places(text) == ("广东",)


def test_places_come_in_order_and_each_once() -> None:
    assert places("深圳和上海，再到深圳") == ("深圳", "上海")


def test_the_longest_name_wins() -> None:
    assert places("印度尼西亚") == ("印度尼西亚",)
    assert places("the Beijing-Tianjin-Hebei region and North Korea") == ("京津冀", "朝鲜")


def test_china_itself_is_no_place_to_look_for() -> None:
    assert places("中国的数字政府 in China") == ()


def test_a_latin_name_is_a_whole_word() -> None:
    assert places("Englander, museum, Dalian") == ("大连",)


def test_a_typographic_apostrophe_is_an_apostrophe() -> None:
    assert places("Xi’an") == places("Xi'an") == places("西安") == ("西安",)


@pytest.mark.parametrize("text", ["重大理论创新", "扩大连接范围", "经济南北差距", "规定西部地区", "黄河南岸", "今天水平不同", "长江西段", "近日本报"])
def test_the_characters_of_a_name_inside_other_words_are_no_place(text: str) -> None:
    assert places(text) == ()


@pytest.mark.parametrize("name", ["大理", "大连", "济南", "定西", "河南", "天水", "江西", "日本", "合肥"])
def test_those_names_are_found_where_they_stand_alone(name: str) -> None:
    assert places(f"请问{name}市的做法") == (name,)


def test_a_place_has_its_first_english_name() -> None:
    assert (english_name("广东"), english_name("西安"), english_name("2031年")) == ("Guangdong", "Xi'an", "2031年")


def test_no_text_names_no_place() -> None:
    assert places("") == ()


def test_us_is_a_country_only_in_capitals() -> None:
    assert places("the US strategy") == ("美国",)
    assert places("it asks us to think") == ()


def test_the_adjective_of_a_country_names_it() -> None:
    assert places("the British and the Estonian plans") == ("英国", "爱沙尼亚")


def test_spans_of_places_are_where_they_stand() -> None:
    assert place_spans("那广东和上海呢") == ((1, 3), (4, 6))


def test_a_city_is_related_to_what_it_lies_in_and_to_no_other_place() -> None:
    assert related("杭州", "浙江") and related("浙江", "杭州") and related("杭州", "长三角") and related("上海", "上海")
    assert not related("杭州", "宁波") and not related("上海", "浙江")


def test_every_place_that_another_lies_in_is_of_the_table_and_none_lies_in_itself() -> None:
    lies_in = {chinese.split("|")[0]: more[2] for chinese, _, *more in rows("places") if len(more) > 2}
    assert set(lies_in.values()) <= {row[0].split("|")[0] for row in rows("places")}
    assert around(lies_in, "杭州") == {"杭州", "浙江", "长三角"}
    assert all(around(lies_in, place) for place in lies_in)


@pytest.mark.parametrize("place", ["杭州", "浙江", "西湖"])
def test_places_that_lie_in_each_other_are_an_error_of_the_table(place: str) -> None:
    with pytest.raises(ValueError, match=r"lies in itself.*杭州"):
        around({"西湖": "杭州", "杭州": "浙江", "浙江": "杭州"}, place)
