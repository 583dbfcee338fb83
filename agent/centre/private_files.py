"""Files only this account may read, replaced whole or not at all."""

import os
from pathlib import Path

_DIRECTORY_MODE = 0o700
_FILE_MODE = 0o600


def private_directory(path: Path) -> Path:
    """Make ``path`` with mode 700, or tighten it to that; returns it.

    Raises:
        OSError: it cannot be made, is no directory, or belongs to somebody else.
    """
    path.mkdir(parents=True, exist_ok=True, mode=_DIRECTORY_MODE)
    if path.stat().st_mode & 0o777 != _DIRECTORY_MODE:
        path.chmod(_DIRECTORY_MODE)
    return path


def write_private(path: Path, content: bytes) -> None:
    """Replace ``path`` with ``content``, mode 600, so that a power cut leaves the old or the new.

    The temporary file carries the process id: two processes never write into each other's.

    Raises:
        OSError: the disk is full or the directory cannot be written; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)  # the rename itself must survive a power cut, too
    finally:
        os.close(directory)
