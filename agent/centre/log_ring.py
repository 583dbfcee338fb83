"""The last lines of the log, in a file that cannot grow: what a log bundle is made of."""

import logging
import re
from logging.handlers import RotatingFileHandler
from pathlib import Path

FILE = "agent.log"
_BYTES = 512 * 1024
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_MASK = "***"
#: What may stand before a secret; nothing of ours logs one, but libraries quote what they got.
_SECRET = re.compile(
    r"(?i)\b(authorization:?\s*\w+|bearer|token|secret|password|passwd|community|enable|priv|auth"
    r"|private_key|api[-_]?key)(\s*[=:]\s*|\s+)(['\"]?)([^\s'\",;&)]{3,})"
)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s@]+@")


def masked(text: str) -> str:
    """The text without what looks like a password, a token, or a URL's user information."""
    text = _SECRET.sub(lambda found: f"{found[1]}{found[2]}{found[3]}{_MASK}", text)
    return _URL_PASSWORD.sub(rf"\1{_MASK}@", text)


class _Quiet(RotatingFileHandler):
    """A full disk must not fill standard error with tracebacks about itself."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        del record


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


def keep_log(state_dir: Path) -> None:
    """Write the log into the state directory, too; a disk that takes nothing costs nothing else."""
    try:
        handler = _Quiet(
            state_dir / FILE, maxBytes=_BYTES, backupCount=1, encoding="utf-8", delay=True
        )
    except OSError as error:
        logging.getLogger(__name__).warning("no log file: %s", error)
        return
    handler.setFormatter(_Masking(_FORMAT))
    logging.getLogger().addHandler(handler)


def last_lines(state_dir: Path, *, most: int) -> str:
    """The end of the log, at most so many bytes, oldest first; masked once more."""
    text = ""
    for name in (f"{FILE}.1", FILE):
        try:
            text += (state_dir / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
    return masked(text[-most:])
