"""How a command ends when it cannot do what was asked."""

from typing import NoReturn

import typer

#: Exit codes of every command.
OK, ANSWER_IS_NO, WRONG_USE, OTHER_SIDE_FAILED = 0, 1, 2, 3


def fail(message: str, code: int) -> NoReturn:
    """One line to stderr, then the exit code."""
    typer.echo(message, err=True)
    raise typer.Exit(code)
