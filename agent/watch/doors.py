"""Once an hour: what stands open at devices that should be shut, and whose clock is wrong.

Whether somebody could log in by telnet, where every password travels in clear; and whether the
access the plan gives us is one that anybody would try first. Only yes or no is told: no secret
leaves the box or stands in its log.

Of a clock the better of two looks is told: a device that has just started finds the time by itself.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence

from agent.watch.known_words import is_default_login, is_known_community
from drivers.errors import DriverError
from drivers.plan import Plan, Target
from drivers.readings import Block, Outcome, Poll

log = logging.getLogger(__name__)

#: Between two looks at one device, seconds; the first look is spread over less.
_EVERY, _FIRST = 3_600.0, 300.0
#: What devices have to answer for the first time: before that nobody knows who is there.
_SETTLE = 120.0
_PATIENCE = 3.0
_TELNET = 23

#: Whether a port of an address is open; ``None`` where nothing came back.
Knock = Callable[[str, int], Awaitable[bool | None]]


async def knock(address: str, port: int) -> bool | None:
    """Whether something lets itself be talked to there; hangs up at once, and says nothing."""
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(address, port)
    except ConnectionRefusedError:
        return False
    except (OSError, TimeoutError):
        return None
    writer.close()
    return True


class Doors:
    """The looks of one box, one device after the other.

    Args:
        keep: takes each poll, at once.
        alive: whether a device answered lately by the protocol it is watched by.
        clock: seconds since the epoch, for ``taken_at``.
        clock_error: seconds a device's own clock is off; ``None`` where nothing sure is known.
    """

    def __init__(
        self,
        keep: Callable[[Poll], None],
        alive: Callable[[str], bool],
        *,
        clock: Callable[[], float],
        knock: Knock = knock,
        clock_error: Callable[[Target], Awaitable[float | None]] | None = None,
    ) -> None:
        self._keep, self._alive, self._clock, self._knock = keep, alive, clock, knock
        self._clock_error = clock_error
        #: What the last look at each clock said.
        self._errors: dict[str, float] = {}
        self._following: Sequence[Target] = ()
        self._task: asyncio.Task[None] | None = None

    async def follow(self, plan: Plan) -> None:
        """Begin anew when the devices changed; else leave all as it is."""
        targets = tuple(one for one in plan.targets if one.polled)
        if targets == self._following:
            return
        await self.close()
        self._following = targets
        if targets:
            self._task = asyncio.create_task(self._run(targets))

    async def close(self) -> None:
        """Stop; a look under way is given up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self, targets: Sequence[Target]) -> None:
        span = _FIRST
        await asyncio.sleep(_SETTLE)
        while True:
            for target in targets:
                await asyncio.sleep(span / len(targets))
                # A device that is away says nothing of its doors.
                if self._alive(target.id):
                    await self._look(target)
            span = _EVERY

    async def _look(self, target: Target) -> None:
        try:
            is_open = await self._knock(target.address or "", _TELNET)
        except Exception:
            # One address's surprise must not end the looks at the others.
            log.exception("knocking at %s failed", target.id)
            return
        # It answers us elsewhere: what is silent here is shut.
        columns: dict[str, list[float | None]] = {"telnet_open": [float(bool(is_open))]}
        columns |= {name: [float(value)] for name, value in access_of(target)}
        error = await self._better_error(target)
        if error is not None:
            columns["clock_error_seconds"] = [error]
        self._keep(
            Poll(
                subject=target.id,
                school=target.school,
                taken_at=int(self._clock() * 1000),
                outcome=Outcome.ok,
                blocks=(Block(("",), columns),),
                beside=True,
            )
        )

    async def _better_error(self, target: Target) -> float | None:
        """How far its clock was off at least, at this look and at the one before."""
        if self._clock_error is None or target.snmp is None:
            return None
        before = self._errors.pop(target.id, None)
        try:
            error = await self._clock_error(target)
        except DriverError:
            return None
        except Exception:
            log.exception("asking %s for its time failed", target.id)
            return None
        if error is None:
            return None
        self._errors[target.id] = error
        return None if before is None else min(before, error)


def access_of(target: Target) -> Iterator[tuple[str, bool]]:
    """Whether the access the plan gives is one that anybody would try first, by metric."""
    snmp, ssh, pjlink = target.snmp, target.ssh, target.pjlink
    if snmp is not None and snmp.version in ("1", "2c"):
        yield "community_known", is_known_community(snmp.community)
    if ssh is not None and not ssh.private_key:
        yield "login_default", is_default_login(ssh.user, ssh.password)
    elif pjlink is not None and pjlink.password:
        yield "login_default", is_default_login("", pjlink.password)
