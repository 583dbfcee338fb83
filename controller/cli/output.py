"""Lists for people and for machines. JSON and CSV go to stdout alone."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, TypeAlias

import typer

from controller.cli.language import gettext as _


class Format(StrEnum):
    """What a list is printed as."""

    table = "table"
    json = "json"
    csv = "csv"


FormatOption: TypeAlias = Annotated[
    Format, typer.Option("--format", help=_("table for people; json or csv for programs"))
]


def print_rows(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], shape: Format
) -> None:
    """Print rows.

    Args:
        rows: as the API answers them.
        columns: field to heading; JSON prints every field.
        shape: how.
    """
    if shape is Format.json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif shape is Format.csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)
    else:
        _print_table(rows, columns)


def _print_table(rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - 40 ms that --help does not need
    from rich.table import Table  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in columns.values():
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row.get(name)) for name in columns))
    Console(soft_wrap=not sys.stdout.isatty()).print(table)


def _cell(value: object) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
