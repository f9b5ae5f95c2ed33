"""Logins by themselves: who accepts them, when they end, and that they can't be made."""

from __future__ import annotations

from pathlib import Path

from dgqa.web.guard.sessions import Sessions

NOW = 1_700_000_000.0


def test_another_process_with_the_same_password_or_secret_accepts_a_login() -> None:
    assert Sessions("me", "geheim").knows(Sessions("me", "geheim").open())
    token = Sessions("me", "geheim", secret="a").open()
    assert Sessions("me", "geheim", secret="a").knows(token)
    for other in (Sessions("me", "geheim", secret="b"), Sessions("me", "anders", secret="a"), Sessions("you", "geheim", secret="a")):
        assert not other.knows(token)


def test_a_login_ends_after_its_hours() -> None:
    time = [NOW]
    sessions = Sessions("me", "geheim", hours=2, clock=lambda: time[0])
    token = sessions.open()
    time[0] += 7_199
    assert sessions.knows(token)
    time[0] += 1
    assert not sessions.knows(token)


def test_a_log_out_ends_one_login_in_every_process_that_shares_the_folder(tmp_path: Path) -> None:
    here, there = (Sessions("me", "geheim", folder=tmp_path / "new") for _ in range(2))
    token, other = here.open(), here.open()
    assert there.knows(token)
    here.end(token)
    assert not here.knows(token) and not there.knows(token) and not Sessions("me", "geheim", folder=tmp_path / "new").knows(token)
    assert here.knows(other) and there.knows(other)


def test_a_folder_that_cannot_be_written_keeps_nobody_from_logging_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sessions = Sessions("me", "geheim", folder=tmp_path / "file")
    token = sessions.open()
    sessions.end(token)
    assert not sessions.knows(token)


def test_what_nobody_gave_is_no_login_and_ends_nothing(tmp_path: Path) -> None:
    sessions = Sessions("me", "geheim", folder=tmp_path)
    token = sessions.open()
    ends, mark, signature = token.split(".")
    later = str(int(ends) + 1)
    for forged in ("", ".", "..", token + "0", f"{later}.{mark}.{signature}", f"{ends}.{mark}.", "é.é.é", "9" * 5000, signature):
        assert not sessions.knows(forged)
        sessions.end(forged)
    assert sessions.knows(token) and not list(tmp_path.iterdir())


def test_log_outs_are_forgotten_when_their_logins_would_have_ended_wherever_they_are_kept(tmp_path: Path) -> None:
    time = [NOW]
    former = Sessions("me", "früher", hours=1, folder=tmp_path, clock=lambda: time[0])
    former.end(former.open())
    here, there = (Sessions("me", "geheim", hours=1, folder=tmp_path, clock=lambda: time[0]) for _ in range(2))
    for _ in range(30):
        time[0] += 40_000
        token = here.open()
        assert there.knows(token)
        here.end(token)
        assert not here.knows(token) and not there.knows(token)
    assert len(list(tmp_path.iterdir())) <= 3
    assert all(sum(map(len, sessions._ended.values())) <= 3 and len(sessions._ended) == len(sessions._read) == 1 for sessions in (here, there))


def test_a_log_out_is_kept_as_long_as_its_login_would_have_lasted(tmp_path: Path) -> None:
    time = [NOW]
    here, there = (Sessions("me", "geheim", hours=200, folder=tmp_path, clock=lambda: time[0]) for _ in range(2))
    token = here.open()
    here.end(token)
    for _ in range(199):
        time[0] += 3_600
        assert not here.knows(token) and not there.knows(token)
        there.end(there.open())


def test_nothing_secret_is_in_a_token_or_its_name() -> None:
    sessions = Sessions("me", "geheim", secret="verborgen")
    assert not [part for part in ("geheim", "verborgen") if part in sessions.open() + sessions.name]
