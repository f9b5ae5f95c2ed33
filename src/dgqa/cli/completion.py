"""`dgqa completion`: a script that completes commands, options and their choices in bash, zsh or fish."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence

SHELLS = ("bash", "zsh", "fish")
_BASH = """_dgqa() {{
  local words
  case "${{COMP_WORDS[1]}}" in
{cases}
    *) words="{commands}" ;;
  esac
  [ "$COMP_CWORD" -eq 1 ] && words="{commands}"
  COMPREPLY=($(compgen -W "$words" -- "${{COMP_WORDS[COMP_CWORD]}}"))
}}
complete -o default -F _dgqa dgqa
"""


def script(shell: str, parsers: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return the script of a shell, to be read by its start-up file: ``source <(dgqa completion bash)``.

    Args:
        shell: One of `SHELLS`.
        parsers: Those of the commands, by name.
    """
    words = {name: _words(parser) for name, parser in parsers.items()}
    if shell == "fish":
        lines = [f"complete -c dgqa -n __fish_use_subcommand -a {name}" for name in words]
        lines += [f"complete -c dgqa -n '__fish_seen_subcommand_from {name}' -a '{' '.join(found)}'" for name, found in words.items()]
        return "\n".join(lines) + "\n"
    cases = "\n".join(f'    {name}) words="{" ".join(found)}" ;;' for name, found in words.items())
    bash = _BASH.format(cases=cases, commands=" ".join(words))
    return f"autoload -U +X bashcompinit && bashcompinit\n{bash}" if shell == "zsh" else bash


def _words(parser: argparse.ArgumentParser) -> Sequence[str]:
    actions = parser._actions
    choices = [str(choice) for action in actions for choice in action.choices or ()]
    return [option for action in actions for option in action.option_strings if option.startswith("--")] + choices
