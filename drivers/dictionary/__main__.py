"""Writes the data dictionary as a document."""

import sys

from drivers.dictionary.document import DOCUMENT, render

if __name__ == "__main__":
    DOCUMENT.write_text(render(), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT}\n")
