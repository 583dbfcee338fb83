"""Workbooks in and out, by libraries: python-calamine reads, XlsxWriter writes.

A file is read in a child process (``worker``) that may use so much memory and time and no more,
and knows nothing worth stealing; ``rows`` starts it and takes what it says (``frames``). ``broken``
finds the cells python-calamine is silent about. ``writer`` goes the other way.
See ``docs/decisions/0043-tables-in-and-out.md``.
"""

from inventory.exchange.xlsx.rows import BrokenCell, xlsx_rows

__all__ = ["BrokenCell", "xlsx_rows"]
