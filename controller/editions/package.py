"""An edition as one file: its manifest and every part of it, and whether they are as frozen."""

import json
import zipfile
import zlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO

from sqlmodel import Session

from controller.compliance.evidence import verify as judged_again
from controller.editions.gathering import FOLDER
from inventory.editions.documents import MOST_BYTES, every_document
from inventory.editions.manifest import (
    NAME,
    Difference,
    differences,
    read_manifest,
    sha256_of,
)
from inventory.models import ReportEdition

#: Parts of one edition, and bytes of all of them, that a package may hold.
MOST_PARTS = 5_000
MOST_UNPACKED = 8_000_000_000
_MOST_MANIFEST = 64_000_000


def package(session: Session, row: ReportEdition) -> IO[bytes]:
    """A ZIP of a frozen edition, in a temporary file at its beginning; the caller closes it.

    Raises:
        ValueError: what is kept cannot be unpacked.
    """
    file = TemporaryFile()  # noqa: SIM115 - sent while it is read
    try:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr(NAME, row.manifest)
            for one in every_document(session, row):
                packed.writestr(one.name, one.content)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return file


def kept_differences(session: Session, row: ReportEdition) -> list[Difference]:
    """What of a frozen edition is not as it was frozen, by the hashes of all its parts.

    Raises:
        ValueError: what is kept cannot be unpacked, or its manifest is none.
    """
    parts = ((one.name, one.content) for one in every_document(session, row))
    return list(differences(row.manifest.encode(), row.sha256, parts))


def package_differences(file: IO[bytes], sha256: str = "") -> tuple[str, list[Difference]]:
    """The hash of a package's edition, and what of it is not as it was frozen.

    Every bundle of evidence is judged again, too: its verdicts follow from its inputs or differ.

    Args:
        file: a package, or anything somebody says is one.
        sha256: that were printed or noted elsewhere; empty where nobody knows.

    Raises:
        ValueError: it is no package.
    """
    try:
        with zipfile.ZipFile(file) as packed:
            _admit(packed)
            manifest = packed.read(NAME)
            read_manifest(manifest)
            found = list(differences(manifest, sha256, _parts(packed)))
            found += [one for name in _evidence(packed) for one in _judged(packed, name)]
            return sha256_of(manifest), found
    # Of an unknown compression, too, zipfile makes a RuntimeError.
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, EOFError) as error:
        raise ValueError(f"no package of an edition: {error}") from error


def _admit(packed: zipfile.ZipFile) -> None:
    infos = packed.infolist()
    names = {info.filename for info in infos}
    if len(infos) > MOST_PARTS or len(names) < len(infos):
        raise ValueError(f"{len(infos)} parts")
    if packed.getinfo(NAME).file_size > _MOST_MANIFEST:
        raise ValueError(f"{NAME}: too large")
    sizes = [info.file_size for info in infos]
    if max(sizes) > MOST_BYTES or sum(sizes) > MOST_UNPACKED:
        raise ValueError(f"{sum(sizes)} bytes")


def _parts(packed: zipfile.ZipFile) -> Iterator[tuple[str, bytes]]:
    for name in packed.namelist():
        if name != NAME:
            yield name, packed.read(name)


def _evidence(packed: zipfile.ZipFile) -> list[str]:
    return [name for name in packed.namelist() if name.startswith(FOLDER)]


def _judged(packed: zipfile.ZipFile, name: str) -> Iterator[Difference]:
    for one in judged_again(json.loads(packed.read(name))):
        yield Difference(f"{name}: {one.where}", one.said, one.found)
