"""What a device printed, as rows: by ntc-templates, or by a platform's own pattern.

Imported by the worker process; ntc-templates and TextFSM are loaded with the first row.
"""

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

#: One row; names are lower case. A list where a template gathers several values.
Row: TypeAlias = Mapping[str, str | list[str]]

#: How devices say that they do not know or do not allow a command.
REFUSALS = (
    r"(?im)^\s*(?:%\s*(?:invalid|unknown|incomplete|ambiguous|unrecognized|error|wrong|bad|"
    r"command|permission)|error\s*:|invalid (?:input|command)|unrecognized command|"
    r"unknown (?:command|action)|incomplete command|ambiguous (?:input|command)|syntax error|"
    r"bad command name|failure\s*:|command fail|expected end of command|access denied|"
    r"permission denied|not authori[sz]ed)"
)
_REFUSAL = re.compile(REFUSALS)
_REFUSED_WITHIN = 400
#: Rows of a stack of nine switches with all their ports, and to spare.
_MOST_ROWS = 10_000


def is_refusal(text: str) -> bool:
    """Whether the device printed an error and nothing else."""
    return _REFUSAL.search(text[:_REFUSED_WITHIN]) is not None


def rows_of(templates: str, command: str, text: str, pattern: str | None = None) -> Sequence[Row]:
    """The rows of one command's output; empty when nothing in it can be read.

    Args:
        templates: ntc-templates' platform.
        command: as it was typed.
        text: what came, without the echo and the prompt.
        pattern: named groups make the rows in place of a template.
    """
    if pattern is not None:
        found = re.finditer(pattern, text, re.MULTILINE)
        return [one.groupdict(default="") for one, _ in zip(found, range(_MOST_ROWS), strict=False)]
    # Twelve megabytes that the agent itself never needs.
    from ntc_templates.parse import ParsingException, parse_output  # noqa: PLC0415
    from textfsm import TextFSMError  # noqa: PLC0415

    try:
        rows: list[Row] = parse_output(
            platform=templates, command=command.removeprefix("/"), data=text
        )
    except (ParsingException, TextFSMError):
        return []
    return rows[:_MOST_ROWS]
