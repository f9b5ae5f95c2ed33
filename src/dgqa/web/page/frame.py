"""The fixed parts of the page as HTML; their words are filled in by the page's script, by ``data-say`` and the like."""

from __future__ import annotations

from collections.abc import Sequence

from dgqa.web.page.markup import escape, lang
from dgqa.web.page.words import say

_SUN = '<svg viewBox="0 0 20 20" aria-hidden="true"><circle cx="10" cy="10" r="6.5" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M10 3.5a6.5 6.5 0 0 1 0 13z" fill="currentColor"/></svg>'
_MENU = '<svg viewBox="0 0 20 20" aria-hidden="true"><path d="M3 5.5h14M3 10h14M3 14.5h14" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linecap="round"/></svg>'


def head(title: str) -> str:
    """Return the bar at the top: the name, the two views, the language, light and dark. "" stands for our own title."""
    name = f"<h1{lang(title)}>{escape(title)}</h1>" if title else f'<h1 data-say="title">{say("title", "Hans")}</h1>'
    return (
        '<div class="dgqa-bar-top"><a class="dgqa-skip" href="#dgqa-question" data-act="skip" data-say="skip"></a>'
        f'<button type="button" class="dgqa-icon" data-act="menu" data-label="menu" aria-expanded="false" aria-controls="dgqa-rail">{_MENU}</button>'
        f'{name}<nav data-label="views"><button type="button" data-view="ask" aria-current="page" data-say="ask"></button>'
        f'<button type="button" data-view="read" data-say="read"></button></nav>'
        f'<p class="dgqa-tagline" data-say="tagline"></p>'
        f'<select id="dgqa-language" data-label="language"><option value="Hans" lang="zh-Hans">简体</option>'
        f'<option value="Hant" lang="zh-Hant">繁體</option><option value="Latn" lang="en">English</option></select>'
        f'<button type="button" class="dgqa-icon" data-act="theme" data-label="theme">{_SUN}</button></div>'
    )


def welcome(examples: Sequence[str]) -> str:
    """Return what stands where the conversation will be: a greeting and questions to begin with."""
    buttons = "".join(f'<li><button type="button" class="dgqa-example"{lang(text)}>{escape(text)}</button></li>' for text in examples)
    note = "welcome_note" if examples else "welcome_plain"
    return f'<h2 data-say="welcome"></h2><p data-say="{note}"></p><ul>{buttons}</ul>'


def past() -> str:
    """Return the list of earlier conversations, empty: the browser keeps them and fills it in."""
    return '<h2 data-say="history"></h2><ul id="dgqa-talks"></ul><p class="dgqa-empty" data-say="no_history"></p>'


def beside() -> str:
    """Return the place of the sources beside the conversation, empty."""
    return '<section data-label="sources"><h2 data-say="sources"></h2><div id="dgqa-cards" tabindex="-1"></div><p class="dgqa-empty" data-say="empty"></p></section>'


def reading() -> str:
    """Return the view of the articles: their list, and an empty reader."""
    return (
        '<section id="dgqa-shelf" data-label="catalogue"><h2 data-say="catalogue"></h2>'
        '<input type="search" id="dgqa-find" data-label="find" data-hint="find" maxlength="200" autocomplete="off">'
        '<div id="dgqa-listing"></div></section>'
        '<section id="dgqa-book" hidden><p class="dgqa-crumbs"><button type="button" data-act="close"><span aria-hidden="true">← </span>'
        '<span data-say="back"></span></button><button type="button" data-act="list" data-say="to_list"></button><span id="dgqa-crumb"></span></p>'
        '<div id="dgqa-pages"></div></section>'
    )


STATUS = '<p id="dgqa-status" role="status" aria-live="polite"></p>'
KEYS = '<p id="dgqa-keys" data-say="keys"></p>'
