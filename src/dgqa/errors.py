"""The one tree of errors that dgqa raises; every message says what, where and what to do."""


class DgqaError(Exception):
    """Base of all errors that a caller or a user can do something about.

    ``kind`` names what is wrong where the page has words for it in its reader's language, ``what`` is what these are about.
    """

    def __init__(self, *args: object, kind: str = "", what: str = "") -> None:
        super().__init__(*args)
        self.kind, self.what = kind, what


class ConfigError(DgqaError):
    """A setting, a flag or an environment variable has an unusable value."""


class SettingError(ConfigError):
    """The value of a setting is none of those that it takes: what the command line calls wrong use."""


class CorpusError(DgqaError):
    """A document or a corpus folder cannot be read or holds nothing to index."""


class ModelError(DgqaError):
    """A model is missing, damaged, unreachable or of the wrong kind."""


class MissingExtraError(ConfigError, CorpusError, ModelError):
    """A package that comes with an extra is not installed; who expects a setting, a file or a model to fail there gets this one."""


def missing_extra(what: str, package: str, extra: str) -> MissingExtraError:
    """Return the error that says in one line what needs a package, and how to get it."""
    return MissingExtraError(f"{what} needs {package}, which is not installed: run `pip install 'dgqa[{extra}]'`")


class IndexNotFoundError(DgqaError):
    """There is no index at the given place."""


class IndexMismatchError(DgqaError):
    """An index is damaged, or was built by another model or format version."""


class EngineError(DgqaError):
    """What searches or embeds beyond this process cannot be reached, does not answer in time, or has failed."""


class AnswerError(DgqaError):
    """A question cannot be answered as asked, for example because it is empty."""
