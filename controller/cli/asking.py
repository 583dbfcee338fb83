"""Secrets on a terminal: without an echo, from the environment, or from standard input.

Never from an argument, which every user of the machine could read.
"""

import os
import sys
from collections.abc import Mapping
from typing import Final

import typer

_SECRET: Final = "FLEET_SECRET"  # noqa: S105 - the name of a variable


def asked(fields: Mapping[str, str], *, stdin: bool) -> dict[str, str]:
    """The secrets by field: one from the environment, else lines of the input, else prompts.

    Args:
        fields: what to ask for, by field.
        stdin: whether they are lines of the input.
    """
    known = os.environ.get(_SECRET)
    if known is not None:
        return {next(iter(fields)): known}
    if stdin:
        return {name: sys.stdin.readline().rstrip("\r\n") for name in fields}
    return {
        name: typer.prompt(text, hide_input=True, default="", show_default=False, err=True)
        for name, text in fields.items()
    }
