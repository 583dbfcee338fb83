"""Bytes that no row names go; what was deleted comes back, or goes for good."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import Session, select

from inventory.assets.attachments import (
    KEPT_DELETED,
    MAX_FILES,
    SETTLED,
    FileFolder,
    attach_to_device,
    attachments_of,
    bring_back,
    remove_attachment,
    sweep,
)
from inventory.errors import TooManyFiles
from inventory.models import Attachment, AttachmentPurpose, Device
from tests.inventory.city import NOW, A

PDF = b"%PDF-1.7\n"
LATER = NOW + KEPT_DELETED + timedelta(hours=1)


def attached(session: Session, folder: FileFolder) -> Attachment:
    return attach_to_device(
        session,
        folder,
        session.get_one(Device, A.row("d")),
        name="发票.pdf",
        purpose=AttachmentPurpose.invoice,
        content=PDF,
        actor="mei",
        now=NOW,
    )


def written(root: Path) -> int:
    """Files on the disk, made as old as ``NOW``."""
    files = list(root.iterdir())
    for file in files:
        os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    return len(files)


def test_what_a_transaction_that_failed_left_behind_goes(city: Session, tmp_path: Path) -> None:
    folder = FileFolder(tmp_path / "files")
    assert sweep(city, folder, NOW) == 0
    city.commit()
    attached(city, folder)
    city.rollback()
    kept = attached(city, folder)
    assert written(tmp_path / "files") == 2
    assert sweep(city, folder, NOW + SETTLED / 2) == 0
    assert sweep(city, folder, NOW + SETTLED * 2) == 1
    assert [file.name for file in (tmp_path / "files").iterdir()] == [kept.stored_as]


def test_a_deleted_file_comes_back_until_it_is_swept(city: Session, tmp_path: Path) -> None:
    folder = FileFolder(tmp_path / "files")
    row = attached(city, folder)
    written(tmp_path / "files")
    remove_attachment(city, row, NOW)
    assert attachments_of(city, "device", row.owner_id) == []
    assert sweep(city, folder, NOW + KEPT_DELETED / 2) == 0
    bring_back(city, row)
    assert attachments_of(city, "device", row.owner_id) == [row]

    remove_attachment(city, row, NOW)
    assert sweep(city, folder, LATER) == 0
    assert city.exec(select(Attachment)).all() == []
    assert sweep(city, folder, LATER) == 1
    assert list((tmp_path / "files").iterdir()) == []


def test_a_row_with_all_its_files_takes_none_back(city: Session, tmp_path: Path) -> None:
    folder = FileFolder(tmp_path / "files")
    row = attached(city, folder)
    remove_attachment(city, row, NOW)
    for _ in range(MAX_FILES):
        attached(city, folder)
    with pytest.raises(TooManyFiles):
        bring_back(city, row)
    with pytest.raises(TooManyFiles):
        attached(city, folder)


def test_files_of_a_device_that_is_gone_go_after_it(city: Session, tmp_path: Path) -> None:
    folder = FileFolder(tmp_path / "files")
    kept, row = attached(city, folder), attached(city, folder)
    row.owner_id = "no-device"
    city.flush()
    sweep(city, folder, NOW)
    assert city.exec(select(Attachment.id)).all() == [kept.id]
