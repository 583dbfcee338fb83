"""How ``fleet`` ends: 0 done, 1 the answer is "no", 2 wrong use, 3 the other side failed."""

from typing import NoReturn

import typer

ANSWER_IS_NO = 1
WRONG_USE = 2
OTHER_SIDE_FAILED = 3


def fail(message: str, code: int) -> NoReturn:
    """One line on stderr (what, where, what to do), then the exit code."""
    typer.echo(" ".join(message.split()), err=True)
    raise typer.Exit(code)
