"""Tables that people keep elsewhere, into the register and out of it.

``tables`` reads XLSX and CSV as rows, ``layouts`` say what a column may be called and what it
holds, ``mapping`` finds columns by their headings, ``parsing`` makes values of cells, and an
importer a table (``devices``, ``small``) compares them with the register and writes what changed,
all or nothing (``importing``). ``kept`` and ``kept_runs`` hold files between two pages.
``register``, ``writing`` and ``xlsx.writer`` go the other way.
"""
