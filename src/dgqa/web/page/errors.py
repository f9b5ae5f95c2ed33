"""Say of an error what may be shown to others: no path, no key, no traceback."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager

from dgqa.errors import AnswerError, DgqaError
from dgqa.messages import Language
from dgqa.web.guard.shapes import UNEXPECTED, WRONG
from dgqa.web.page.words import known, say, tag_of

logger = logging.getLogger(__name__)

# Anything with a slash may be a path, and a long run of word characters may be a key or a hash.
_PRIVATE = re.compile(r"[^\s'\"`，。；：（）()]*[\\/](?:[^\s'\"`，。；：（）()]*[^\s'\"`，。；：（）():.,;])?|[A-Za-z0-9_-]{24,}")


def public(error: DgqaError) -> str:
    """Return the message of a typed error with an ellipsis for everything that may be a path or a key."""
    return _PRIVATE.sub("…", str(error))


def explained(error: DgqaError, language: Language) -> str:
    """Return what a typed error means in a reader's language; where there are no words for just that, its own, which are English, behind it."""
    told = public(error)
    if named := worded(error.kind, error.what, language):
        return named
    kind = next((kind.__name__ for kind in type(error).__mro__ if known(f"error_{kind.__name__}")), "")
    if language == "Latn" or not kind or tag_of(told).startswith("zh"):
        return told
    return f"{say(f'error_{kind}', language)}\n{told}"


def worded(kind: str, what: str, language: Language) -> str:
    """Return what a kind of error means in a reader's language, "" where there are no words for it."""
    return say(f"wrong_{kind}", language, what) if known(f"wrong_{kind}") else ""


@contextmanager
def errors_for_clients() -> Iterator[None]:
    """Turn what goes wrong inside into an error that Gradio shows to a client as it is.

    Raises:
        gradio.Error: with the public part of a typed error, or saying no more than that something went wrong.
    """
    import gradio as gr

    try:
        yield
    except gr.Error:
        raise
    except DgqaError as error:
        title = WRONG if isinstance(error, AnswerError) else "Error"
        if title != WRONG:  # that may quote what was asked, which the log has no business with
            logger.warning("a request failed: %s: %s", type(error).__name__, error)
        raise gr.Error(public(error), print_exception=False, title=title) from error
    except Exception as error:  # the border to other programs: the text of any other error may hold a path
        logger.exception("a request failed unexpectedly")
        raise gr.Error(UNEXPECTED, print_exception=False) from error


@contextmanager
def errors_of_inputs() -> Iterator[None]:
    """Turn what goes wrong while the values of a call are read into an error of who called.

    Raises:
        gradio.Error: with what Gradio says of the value where that is meant to be shown.
    """
    import gradio as gr

    try:
        yield
    except gr.Error as error:
        raise gr.Error(str(error.message), print_exception=False, title=WRONG) from error
    except Exception as error:  # of whatever kind: hardly anything but the values that came has a part in it
        logger.info("the values of a call cannot be read: %s", type(error).__name__)
        raise gr.Error("a value is none that this function takes", print_exception=False, title=WRONG) from error
