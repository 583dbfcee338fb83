"""Workbooks (ECMA-376 part 1, SpreadsheetML) as rows, in bounded memory.

Why not a library: see ``docs/decisions/0043-tables-in-and-out.md``. ``package`` opens the zip and
bounds what it unpacks to, ``workbook`` finds the sheet, its texts and which numbers are dates,
``sheet`` makes rows of it.
"""

from inventory.exchange.xlsx.rows import xlsx_rows
from inventory.exchange.xlsx.sheet import BrokenCell

__all__ = ["BrokenCell", "xlsx_rows"]
