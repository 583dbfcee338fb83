"""To which county a path belongs."""

from collections.abc import Iterable

from inventory.models import Level, Organisation


class Bureaus:
    """The bureaus of an installation, by code."""

    def __init__(self, bureaus: Iterable[Organisation]) -> None:
        self._by_code = {bureau.code: bureau for bureau in bureaus}

    def county_of(self, path: str) -> str:
        """Code of the county above a school, or of what is directly below the root without one."""
        codes = path.strip("/").split("/")
        for code in codes:
            bureau = self._by_code.get(code)
            if bureau is not None and bureau.level is Level.county:
                return code
        return codes[0]

    def ordered(self, codes: Iterable[str]) -> list[str]:
        """Codes in the order of the tree."""
        return sorted(
            codes, key=lambda code: self._by_code[code].path if code in self._by_code else code
        )
