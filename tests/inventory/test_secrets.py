import os
import stat
from pathlib import Path

import pytest

from drivers.plan import SnmpAccess
from inventory.errors import SecretUnreadable
from inventory.secrets import KeyFileExposed, SecretBox


def test_what_is_sealed_opens_with_the_same_key_only() -> None:
    box = SecretBox(SecretBox.new_key())
    access = SnmpAccess(community="学校")
    sealed = box.seal_access(access)
    assert "学校" not in sealed
    assert box.open_access(sealed, SnmpAccess) == access
    for wrong in (SecretBox(SecretBox.new_key()), box):
        with pytest.raises(SecretUnreadable):
            wrong.open_access(sealed[:-8] + "AAAAAAA=" if wrong is box else sealed, SnmpAccess)
    with pytest.raises(SecretUnreadable):
        box.open_access(box.seal("no access"), SnmpAccess)


def test_a_missing_key_file_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "key"
    with pytest.raises(FileNotFoundError):
        SecretBox.from_file(path)
    umask = os.umask(0)
    try:
        sealed = SecretBox.from_file(path, create=True).seal("x")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert SecretBox.from_file(path, create=True).open(sealed) == "x"


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "key"
    SecretBox.from_file(path, create=True)
    path.chmod(0o640)
    with pytest.raises(KeyFileExposed, match="chmod 600"):
        SecretBox.from_file(path)


def test_a_key_is_never_shown() -> None:
    key = SecretBox.new_key()
    assert key not in repr(SecretBox(key))
    with pytest.raises(ValueError, match="32"):
        SecretBox("short")
