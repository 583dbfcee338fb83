"""The front the agent uses: one device on its command line."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.errors import AuthRejected, DriverError, Malformed, NoAnswer, Unreachable
from drivers.readings import Facts, Identity, Neighbour
from drivers.ssh.configuration import Configuration, configuration_of
from drivers.ssh.host_keys import FirstUse, KnownHosts
from drivers.ssh.orders import (
    AuditRecord,
    Authorisation,
    Order,
    OrderRefused,
    Result,
    Steps,
    steps_for,
)
from drivers.ssh.platform import Platform
from drivers.ssh.task import Access, Answer, Backup, Carry, Fault, Reply, Request, Survey, Task
from drivers.ssh.workers import Workers

_ERRORS: dict[str, type[DriverError]] = {
    one.code.value: one for one in (NoAnswer, Unreachable, AuthRejected, Malformed)
}
_LONGEST_PAUSE = 60.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SshTarget:
    """A device, and how to log in to it; secrets stay out of its ``repr``.

    Args:
        id: inventory id.
        address: IP address.
        user: log-in name.
        password: log-in password; may be empty with a private key.
        enable: password of ``enable``; the empty one when there is none.
        private_key: unencrypted OpenSSH private key, as text.
        port: TCP port.
        protected_ports: ports that no order switches off, such as the uplink.
        connect_seconds: limit for connecting and for logging in, each.
        read_seconds: limit for one command.
        task_seconds: limit for everything together; the worker is killed then.
    """

    id: str
    address: str
    user: str
    password: str = field(default="", repr=False)
    enable: str = field(default="", repr=False)
    private_key: str = field(default="", repr=False)
    port: int = 22
    protected_ports: frozenset[str] = frozenset()
    connect_seconds: float = 10.0
    read_seconds: float = 30.0
    task_seconds: float = 300.0


def _now() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class SshDevice:
    """Reads one device and carries out orders, each in a worker process of its own.

    Reading raises ``DriverError`` subclasses and nothing else for what the device or the network
    do; an order never raises but returns its record.

    Args:
        target: the device.
        platform: its command line.
        workers: shared by all devices.
        known_hosts: pinned host keys; only one process may write the file.
        first_use: what to do when the device has none.
        masking_key: at least 16 bytes; see ``drivers.ssh.masking``.
        clock: milliseconds since the epoch.
    """

    target: SshTarget
    platform: Platform
    workers: Workers
    known_hosts: KnownHosts
    first_use: FirstUse
    masking_key: bytes = field(repr=False)
    clock: Callable[[], int] = _now

    async def backup_configuration(self) -> Configuration:
        """The running configuration: secrets masked, volatile lines left out.

        Raises:
            Malformed: the device refuses the command, or what came is not whole.
            NoAnswer, Unreachable, AuthRejected: as in ``drivers.errors``; the details of
                ``AuthRejected`` are ``login``, ``enable_password``, ``host_key_unknown`` and
                ``host_key_changed``.
        """
        answer = await self._answer(Backup(self.masking_key))
        return configuration_of(answer.text, self.clock())

    async def facts(self) -> Facts:
        """Identity, ports and neighbours, by ntc-templates; for devices without SNMP.

        ``Port.index`` is the row's number on the command line, not ifIndex.

        Raises:
            Malformed: nothing the device printed can be read.
            NoAnswer, Unreachable, AuthRejected: as in ``backup_configuration``.
        """
        answer = await self._answer(Survey())
        return Facts(
            identity=answer.identity or Identity(),
            ports=answer.ports,
            neighbours=answer.neighbours,
        )

    async def neighbours(self) -> tuple[Neighbour, ...]:
        """Who is at the other end of each port; empty when the platform cannot tell.

        Raises:
            NoAnswer, Unreachable, AuthRejected, Malformed: as in ``backup_configuration``.
        """
        return (await self._answer(Survey(identity=False))).neighbours

    async def set_port(
        self, name: str, *, enabled: bool, authorisation: Authorisation
    ) -> AuditRecord:
        """Switch a port on or off until somebody does the opposite or the device restarts.

        The start-up configuration is not written.
        """
        order = Order.enable_port if enabled else Order.disable_port
        return await self._order(order, name, authorisation)

    async def cycle_poe(
        self, name: str, *, authorisation: Authorisation, off_seconds: float = 5.0
    ) -> AuditRecord:
        """Take the power from what hangs on a port, and give it back.

        A port whose PoE was switched off before has it on afterwards.

        Raises:
            ValueError: ``off_seconds`` is not between 0 and 60.
        """
        if not 0 <= off_seconds <= _LONGEST_PAUSE:
            raise ValueError(f"off_seconds: 0 to {_LONGEST_PAUSE:g}, not {off_seconds!r}")
        return await self._order(Order.cycle_poe, name, authorisation, off_seconds)

    async def _order(
        self, order: Order, port: str, authorisation: Authorisation, pause: float = 0.0
    ) -> AuditRecord:
        begun = self.clock()
        steps = Steps(())
        try:
            steps = steps_for(
                self.platform, order, port, protected=self.target.protected_ports, pause=pause
            )
            reply = await self._reply(Carry(steps.first, steps.then, steps.pause, self.masking_key))
            result, detail = _result(reply)
        except OrderRefused as refusal:
            reply, result, detail = Answer(), Result.refused, str(refusal)
        return AuditRecord(
            order=order,
            device=self.target.id,
            address=self.target.address,
            port=port,
            by=authorisation.by,
            reason=authorisation.reason,
            ticket=authorisation.ticket,
            begun_at=begun,
            ended_at=self.clock(),
            commands=steps.lines,
            result=result,
            detail=detail,
            transcript=reply.text if isinstance(reply, Answer) else "",
        )

    async def _answer(self, task: Task) -> Answer:
        reply = await self._reply(task)
        if isinstance(reply, Fault):
            raise _ERRORS.get(reply.code.value, Malformed)(reply.detail)
        return reply

    async def _reply(self, task: Task) -> Reply:
        target = self.target
        known = self.known_hosts.keys_of(target.address, target.port)
        access = Access(
            address=target.address,
            port=target.port,
            user=target.user,
            password=target.password,
            enable=target.enable,
            private_key=target.private_key,
            known=known,
            accept_unknown=self.first_use is FirstUse.trust,
            connect_seconds=target.connect_seconds,
            read_seconds=target.read_seconds,
        )
        reply = await self.workers.run(
            Request(access, self.platform, task), seconds=target.task_seconds
        )
        if reply.host_key is not None and not known:
            try:
                self.known_hosts.pin(target.address, target.port, reply.host_key)
            except OSError as error:
                # What was done is done, and its record must not be lost for this.
                _log.warning("%s: its host key cannot be kept: %s", target.address, error)
        return reply


def _result(reply: Reply) -> tuple[Result, str]:
    if isinstance(reply, Answer):
        return Result.done, ""
    if reply.refused:
        return Result.refused, reply.detail
    return (Result.uncertain if reply.typed else Result.failed), f"{reply.code}: {reply.detail}"
