"""Files that are not taken at all, each with one line that says why and what to do.

* ``FileRefused``
    * ``FileTooLarge``, ``FileTooDense``, ``FileTooHeavy``, ``TooManyRows``, ``TooManyColumns``,
      ``CellTooLong``: beyond the limits.
    * ``FilesWaiting``: too many are read at this moment.
    * ``FileUnreadable``: neither XLSX nor a CSV text, damaged, or protected.
    * ``NoTable``: no row that could be its heading.
    * ``ColumnsMissing``: nothing is known to hold what every row must have.
    * ``MappingUnfit``: a column that is not there, or holds two things.
"""

from inventory.errors import N_, Invalid


class FileRefused(Invalid):
    """Base of everything that is wrong with a whole file; never raised itself."""

    code = "file_refused"
    message = N_("The file is not taken.")


class FileTooLarge(FileRefused):
    """More bytes than are taken, as sent or when unpacked."""

    code = "file_too_large"
    message = N_("The file holds more than {limit} MB. Split it into several files.")


class FileTooDense(FileRefused):
    """A part that unpacks to far more than any table does: a zip bomb."""

    code = "file_too_dense"
    message = N_("The file unpacks to far more than a table holds. Save it again, or as CSV.")


class FileTooHeavy(FileRefused):
    """A workbook that takes more memory or time to read than is given to it."""

    code = "file_too_heavy"
    message = N_(
        "The file would take too much room to read: its sheet is far larger than what it holds, or"
        " texts repeat endlessly. Copy the table into a new workbook, or save it as CSV."
    )


class FilesWaiting(FileRefused):
    """Other workbooks are being read, and have been for a minute."""

    code = "files_waiting"
    message = N_("Other workbooks are being read just now. Try again in a minute.")


class TooManyRows(FileRefused):
    """More rows than one import takes."""

    code = "too_many_rows"
    message = N_("The table has more than {limit} rows. Split it into several files.")


class TooManyColumns(FileRefused):
    """More columns than any ledger has."""

    code = "too_many_columns"
    message = N_("Line {line} has more than {limit} columns. Take away what is not needed.")


class CellTooLong(FileRefused):
    """A cell that holds a whole document."""

    code = "cell_too_long"
    message = N_("A cell in line {line} has more than {limit} characters. Shorten it.")


class FileUnreadable(FileRefused):
    """Neither XLSX nor CSV, or one of them that is damaged or protected."""

    code = "file_unreadable"
    message = N_(
        "The file cannot be read: it is damaged, has a password, or is neither XLSX nor CSV."
        " Save it again as XLSX, or as CSV in UTF-8."
    )


class NoTable(FileRefused):
    """No line that could be the heading of a table."""

    code = "no_table"
    message = N_("No line of headings was found among the first {lines} lines.")


class ColumnsMissing(FileRefused):
    """Columns that every row needs are neither found nor named."""

    code = "columns_missing"
    message = N_("No column was found for: {columns}. Say which columns hold them.")


class MappingUnfit(FileRefused):
    """A mapping that names a column that is not there, or the same one twice."""

    code = "mapping_unfit"
    message = N_("“{column}” cannot be matched: it is not there, or it is named twice.")
