"""What ``fleet-agent doctor`` looks at: each check one sentence, and what to do when it is bad."""

import json
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path

import httpx

from agent.centre import enrolment
from agent.centre.enrolment import Enrolment
from agent.centre.keys import told_revoked
from agent.centre.membership import Membership
from agent.centre.plan_cache import PlanCache
from agent.centre.sealing import Unsealable, sealer_of
from agent.findings import Finding
from agent.language import gettext as _
from agent.lines.needs import unmet
from agent.reachability import why_unreachable
from agent.rights import brokers_in_reach, looked_at
from agent.settings import AgentSettings
from agent.uplink.spool import SPOOL_FILE, read_status

_LEAST_FREE_BYTES = 200 << 20
_OLD_SECONDS = 900.0
_PAGE = 4096
#: Certificates fail and readings land in the wrong minute beyond this.
_SKEW_SECONDS = 30.0


def as_json(findings: list[Finding]) -> str:
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=1)


def diagnose(settings: AgentSettings) -> Iterator[Finding]:
    """Look at everything, from the inside out; never raises for what it finds."""
    folder = settings.state_dir
    yield _state(folder)
    joined = enrolment.load(folder) if folder.is_dir() else None
    if joined is None:
        yield Finding(
            "enrolment",
            False,
            _("This box has not joined a controller."),
            _("Ask the bureau for a token and run: fleet-agent enrol URL --token TOKEN"),
        )
    else:
        yield from _member(settings, joined)
    yield _spool(folder)
    yield from looked_at(settings)


def _member(settings: AgentSettings, joined: Enrolment) -> Iterator[Finding]:
    try:
        sealer = sealer_of(settings.state_dir, settings.box_key_file)
        member = Membership(settings, joined, sealer)
    except (Unsealable, OSError) as error:
        yield Finding(
            "enrolment",
            False,
            _("The key of this box cannot be opened: {reason}").format(reason=error),
            _("Bring back its box key, or enrol again with a new token."),
        )
        return
    yield Finding(
        "enrolment",
        True,
        _("Joined {url} as {agent}.").format(url=joined.controller_url, agent=joined.agent_id),
    )
    yield from _controller(member)
    yield from _plan(settings.state_dir, member)


def _state(folder: Path) -> Finding:
    if not folder.is_dir():
        return Finding(
            "state",
            False,
            _("{folder} does not exist.").format(folder=folder),
            _("Set FLEET_AGENT_STATE_DIR, or start the agent once."),
        )
    mode = folder.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding(
            "state",
            False,
            _("{folder} can be read by others (mode {mode}).").format(
                folder=folder, mode=f"{mode:o}"
            ),
            _("It holds device passwords: chmod 700 it."),
        )
    free = shutil.disk_usage(folder).free
    if free < _LEAST_FREE_BYTES:
        return Finding(
            "state",
            False,
            _("Only {free} MB are free on the disk of {folder}.").format(
                free=free >> 20, folder=folder
            ),
            _("Make room: readings are dropped when the disk is full."),
        )
    return Finding("state", True, _("{folder} is private and has room.").format(folder=folder))


def _controller(member: Membership) -> Iterator[Finding]:
    joined = member.enrolment
    try:
        member.mind_the_clock(time.time())
        with httpx.Client(timeout=10.0, verify=member.tls, auth=member.auth) as client:
            response = client.get(f"{joined.controller_url}/api/agent/v1/plan")
    except (httpx.HTTPError, OSError) as error:
        message = _("{url} cannot be reached: {reason}").format(
            url=joined.controller_url, reason=error
        )
        advice = _("Check cable, address, proxy and firewall; readings are kept meanwhile.")
        found = why_unreachable(joined.controller_url, member.tls)
        yield Finding("controller", False, *(found or (message, advice)))
        return
    if told_revoked(response):
        yield Finding(
            "controller",
            False,
            _("The controller has shut this box out."),
            _("Ask the bureau: it joins again with fleet agents token --agent {agent}.").format(
                agent=joined.agent_id
            ),
        )
        yield from _clock(response)
        return
    if response.status_code in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        yield Finding(
            "controller",
            False,
            _("The controller does not accept this box."),
            _("It does not know its key, after a restored backup perhaps: enrol with a new token."),
        )
    elif response.status_code != HTTPStatus.OK:
        yield Finding(
            "controller",
            False,
            _("The controller answers {status}.").format(status=response.status_code),
            _("Look at the controller's log; readings are kept meanwhile."),
        )
    else:
        yield Finding("controller", True, _("The controller answers and accepts this box."))
    yield from _clock(response)


def _clock(response: httpx.Response) -> Iterator[Finding]:
    try:
        theirs: datetime = parsedate_to_datetime(response.headers["Date"])
        skew = (datetime.now(UTC) - theirs).total_seconds()
    except (KeyError, ValueError, TypeError):
        return
    if abs(skew) > _SKEW_SECONDS:
        yield Finding(
            "clock",
            False,
            _("The clock differs from the controller's by {seconds} s.").format(
                seconds=round(skew)
            ),
            _("Set up time synchronisation (chrony or systemd-timesyncd)."),
        )
    else:
        yield Finding("clock", True, _("The clock agrees with the controller's."))


def _plan(folder: Path, member: Membership) -> Iterator[Finding]:
    plan = PlanCache(folder, agent=member.enrolment.agent_id, sealer=member.sealer).load()
    if plan is None:
        yield Finding(
            "plan",
            False,
            _("There is no plan yet."),
            _("Start the agent; it fetches the plan from the controller."),
        )
        return
    if plan.targets:
        yield Finding(
            "plan",
            True,
            _("The plan lists {devices} devices, {brokers} brokers and {tests} line tests.").format(
                devices=len(plan.targets), brokers=len(plan.brokers), tests=len(plan.line_tests)
            ),
        )
    else:
        yield Finding(
            "plan",
            False,
            _("The plan lists no devices."),
            _("Enter the school's devices at the controller, with address and credentials."),
        )
    for message, advice in unmet(plan.line_tests):
        yield Finding("lines", False, message, advice)
    yield from brokers_in_reach(plan.brokers)


def _spool(folder: Path) -> Finding:
    try:
        status = read_status(folder / SPOOL_FILE)
    except FileNotFoundError:
        return Finding("spool", True, _("No spool yet: the agent has not run here."))
    except (sqlite3.Error, OSError) as error:
        return Finding(
            "spool",
            False,
            _("The spool is unreadable: {reason}").format(reason=error),
            _("Restart the agent: it sets the file aside and begins a new one."),
        )
    if status.set_aside:
        return Finding(
            "spool",
            False,
            _("A damaged spool was set aside: {files}").format(files=", ".join(status.set_aside)),
            _("The disk or SD card may be failing: replace it, then delete the file."),
        )
    if not _takes_writing(folder):
        return Finding(
            "spool",
            False,
            _("The disk of {folder} takes no writing: readings wait in memory only.").format(
                folder=folder
            ),
            _("It is full, or turned read-only, as worn SD cards do: make room, or replace it."),
        )
    age = 0.0 if status.oldest_at is None else time.time() - status.oldest_at / 1000
    if age > _OLD_SECONDS:
        return Finding(
            "spool",
            False,
            _(
                "{batches} batches wait, the oldest for {minutes} minutes; {dropped} dropped"
                " with {readings} readings."
            ).format(
                batches=status.batches,
                minutes=round(age / 60),
                dropped=status.dropped,
                readings=status.dropped_readings,
            ),
            _("Nothing gets through to the controller: see above, or start the agent."),
        )
    return Finding(
        "spool",
        True,
        _("{batches} batches wait; {dropped} dropped so far.").format(
            batches=status.batches, dropped=status.dropped
        ),
    )


def _takes_writing(folder: Path) -> bool:
    """Whether the disk takes a page more; what is written is taken back."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\0" * _PAGE)
            file.flush()
    except OSError:
        return False
    return True
