"""The tests that a composed sentence has to pass, each on a lie and on the truth beside it."""

from __future__ import annotations

import pytest

from dgqa.claims.amounts import longer_list, other_range, other_unit, wrong_amount
from dgqa.claims.checker import Checker
from dgqa.claims.claim import Case, Grounds, Statement
from dgqa.claims.places_dates import misdated
from dgqa.claims.polarity import negated
from dgqa.claims.roles import better_claimed, merged, swapped
from dgqa.claims.rules import disputes
from dgqa.language.hearing import heard, spelled_names
from dgqa.language.names import missing_names
from dgqa.language.reading import Text

COST = "每件的费用在20至35元之间，此前为60元。"
STEPS = "共有申请、审核、公示三个步骤。"


def case(sentence: str, *evidence: str) -> Case:
    return Case(Text(sentence), Grounds(tuple(Statement(text, number) for number, text in enumerate(evidence, 1))))


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [("费用为20至35元。", False), ("费用为35至60元。", True), ("It costs 20 to 35 yuan.", False), ("It costs 35 to 60 yuan.", True), ("费用为60元。", False), ("费用降到35元。", False)],
)
def test_the_ends_of_a_range_stand_together_in_the_evidence(sentence: str, wrong: bool) -> None:
    assert bool(other_range(case(sentence, COST))) is wrong


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("步骤有申请、审核和公示。", False),
        ("步骤有申请、审核、公示和复议。", True),
        ("The steps are application, review and publication.", False),
        ("The steps are application, review, publication and appeal.", True),
        ("申请和审核是其中的步骤。", False),
    ],
)
def test_a_list_has_no_more_items_than_the_evidence(sentence: str, wrong: bool) -> None:
    assert bool(longer_list(case(sentence, STEPS))) is wrong


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [("Staff: 30 officials.", False), ("There are 30 offices.", True), ("There are 30 local firms.", True), ("There are 30 people.", False), ("There are 30 of them.", False)],
)
def test_what_is_counted_is_of_the_kind_that_the_measure_word_counts(sentence: str, wrong: bool) -> None:
    assert bool(other_unit(case(sentence, "中心有工作人员30名。"))) is wrong


@pytest.mark.parametrize(("sentence", "wrong"), [("目录中有64项可以网上办理。", False), ("目录中有213项可以网上办理。", True), ("目录收录了213项服务。", False)])
def test_a_number_is_told_by_what_follows_it_too(sentence: str, wrong: bool) -> None:
    assert bool(wrong_amount(case(sentence, "目录收录了213项服务，其中64项可以网上办理。"))) is wrong


@pytest.mark.parametrize(("sentence", "wrong"), [("条例于2019年通过。", False), ("条例于2021年通过。", True), ("条例在2021年施行。", False), ("正式施行是在2019年。", True)])
def test_a_year_stands_beside_what_happened_in_it(sentence: str, wrong: bool) -> None:
    assert bool(misdated(case(sentence, "条例于2019年通过，2021年正式施行。"))) is wrong


@pytest.mark.parametrize(
    ("sentence", "evidence", "wrong"),
    [
        ("审计局复核了数据局的合同。", "审计局对数据局的合同进行了复核。", False),
        ("数据局复核了审计局的合同。", "审计局对数据局的合同进行了复核。", True),
        ("数据局的合同由审计局复核。", "审计局对数据局的合同进行了复核。", False),
        ("数据局收到审计局报送的清单。", "审计局向数据局报送清单。", False),
        ("财政局和审计局公布了清单。", "审计局、财政局公布了清单。", False),
    ],
)
def test_two_bodies_keep_their_parts(sentence: str, evidence: str, wrong: bool) -> None:
    assert bool(swapped(case(sentence, evidence))) is wrong


@pytest.mark.parametrize(
    ("sentence", "evidence", "wrong"),
    [
        ("农村居民更依赖电话。", "与城市相比，农村居民更依赖电话。", False),
        ("城市居民更依赖电话。", "与城市相比，农村居民更依赖电话。", True),
        ("非试点县的办理更快。", "试点县的办理比非试点县更快。", True),
        ("试点县的办理更快。", "试点县的办理比非试点县更快。", False),
    ],
)
def test_the_lesser_side_of_a_comparison_stays_the_lesser(sentence: str, evidence: str, wrong: bool) -> None:
    assert bool(better_claimed(case(sentence, evidence))) is wrong


def test_a_subject_is_not_put_before_what_another_did() -> None:
    one, other = "教育局开发了报名系统。", "卫生局建立了居民健康档案。"
    assert merged(case("教育局建立了居民健康档案。", one, other))
    assert not merged(case("卫生局建立了居民健康档案。", one, other)) and not merged(case("教育局开发了报名系统，卫生局建立了健康档案。", one, other))
    # What follows in an article without a subject of its own goes on about the one before.
    assert not merged(case("教育局建立了居民健康档案。", one, "还建立了居民健康档案。"))


@pytest.mark.parametrize(
    ("sentence", "evidence", "wrong"),
    [
        ("县里计划增加拨款。", "县里计划明年增加拨款。", False),
        ("县里已经增加拨款。", "县里计划明年增加拨款。", True),
        ("县里将增加拨款。", "县里计划明年增加拨款。", False),
        ("县里去年增加了拨款。", "县里计划明年增加拨款。", True),
        ("The county plans to grant more money.", "县里计划明年增加拨款。", False),
        ("The county granted more money.", "县里计划明年增加拨款。", True),
        ("多数单位要求增加设备。", "多数单位认为时间太短，少数单位要求增加设备。", True),
        ("少数单位要求增加设备。", "多数单位认为时间太短，少数单位要求增加设备。", False),
        ("Most units asked for equipment.", "少数单位要求增加设备。", True),
        ("系统每天备份。", "系统每月备份一次。", True),
        ("The system is backed up monthly.", "系统每月备份一次。", False),
        ("The system is backed up every day.", "系统每月备份一次。", True),
    ],
)
def test_nothing_is_made_more_of_than_it_is(sentence: str, evidence: str, wrong: bool) -> None:
    found = [rule.name for rule, _ in disputes(case(sentence, evidence), "sentence") if rule.name.startswith("strength.")]
    assert bool(found) is wrong


@pytest.mark.parametrize(
    ("name", "text", "spelled"),
    [
        ("Dunleavy", "最早由邓利维提出", True),
        ("Denhardt", "最早由邓利维提出", False),
        ("Denhardt", "登哈特作了批评", True),
        ("Osborne", "奥斯本主张掌舵", True),
        ("Habermas", "哈贝马斯的公共领域", True),
        ("Johnson", "邓利维和登哈特", False),
        ("Smith", "数字政府建设的成效", False),
        ("Li", "黎明时分", False),
    ],
)
def test_a_foreign_name_is_known_by_its_sound(name: str, text: str, spelled: bool) -> None:
    assert heard(name, text) is spelled


def test_ordinary_words_are_no_names_by_sound() -> None:
    assert spelled_names("建设统筹规划") == ()
    assert missing_names(Text("The theory was proposed by Dunleavy."), Text("这一理论由邓利维提出。"), english=True) == ()
    assert missing_names(Text("The theory was proposed by Hartmann."), Text("这一理论由邓利维提出。"), english=True) == ("Hartmann",)


@pytest.mark.parametrize(("name", "missing"), [("投诉科", True), ("服务处", False), ("民政局", True)])
def test_a_department_that_the_evidence_has_not_is_missing(name: str, missing: bool) -> None:
    assert bool(missing_names(Text(f"热线由市民{name}管理。"), Text("热线由市民服务处管理。"), english=False)) is missing


def test_a_prefix_is_no_negation() -> None:
    assert not negated(Text("非试点城市办理更快")) and negated(Text("并非如此")) and negated(Text("办理不快"))


def test_every_fault_is_found_by_the_whole_check_without_an_embedder() -> None:
    def fault(sentence: str, *evidence: str) -> str:
        return Checker([Statement(text, i) for i, text in enumerate(evidence, 1)]).check(sentence, (1,)).fault

    assert fault("每件的费用为35至60元。", COST) == fault("步骤有申请、审核、公示和复议。", STEPS) == "pairing"
    assert fault("县里已经增加拨款。", "县里计划明年增加拨款。") == "scope" and fault("县里计划明年增加拨款。", "县里计划明年增加拨款。") == ""


def test_how_far_evidence_supports_a_sentence_is_the_share_of_it_that_stands_there() -> None:
    checker = Checker([Statement("渡口由船务所经营。", 1)])
    assert checker.check("渡口由船务所经营。", (1,)).support == 1
    assert 0.5 < checker.check("这个渡口由船务所经营。", (1,)).support < 1
