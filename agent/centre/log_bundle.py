"""What somebody at the centre needs to see of a box: one small file, without secrets."""

import io
import json
import sqlite3
import tarfile
import time
from collections.abc import Mapping
from dataclasses import asdict

import zstandard

from agent.centre.log_ring import last_lines, masked
from agent.diagnosis import diagnose
from agent.settings import AgentSettings
from agent.uplink.spool import SPOOL_FILE, read_status

#: A bundle travels in a batch, through the spool, over a thin line.
MAX_BYTES = 1 << 20
_LOG_BYTES = 1 << 20


def settings_shown(settings: AgentSettings) -> dict[str, str]:
    """Settings by name, secrets left out."""
    return {name: masked(value) for name, value in settings.shown().items()}


def make_bundle(settings: AgentSettings, about: Mapping[str, str]) -> bytes:
    """A ``tar.zst`` of log, settings, spool status and diagnosis; blocks.

    Args:
        settings: what the box was told.
        about: figures of the running agent, such as its metrics.
    """
    files = {
        "settings.json": _json(settings_shown(settings)),
        "doctor.json": _json([asdict(finding) for finding in diagnose(settings)]),
        "spool.json": _json(_spool(settings)),
        **about,
    }
    log_bytes = _LOG_BYTES
    while True:
        files["agent.log"] = last_lines(settings.state_dir, most=log_bytes)
        bundle = _packed(files)
        if len(bundle) <= MAX_BYTES or log_bytes == 0:
            return bundle
        log_bytes //= 2


def _spool(settings: AgentSettings) -> object:
    try:
        return asdict(read_status(settings.state_dir / SPOOL_FILE))
    except (OSError, sqlite3.Error) as error:  # just what is wanted here
        return {"unreadable": str(error)}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _packed(files: Mapping[str, str]) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, text in files.items():
            content = text.encode()
            entry = tarfile.TarInfo(f"fleet-agent/{name}")
            entry.size = len(content)
            entry.mtime = int(time.time())
            tar.addfile(entry, io.BytesIO(content))
    return zstandard.compress(raw.getvalue(), 10)
