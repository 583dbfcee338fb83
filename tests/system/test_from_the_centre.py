"""Run from the centre, on real processes: a changed register, commands, kills in between."""

import io
import json
import signal
import socket
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import Engine
from sqlmodel import Session, select

from inventory.agent_plans.changes import note_plan_changes
from inventory.commands import Wish, give, give_about
from inventory.database import (
    SessionFactory,
    make_engine,
    read_only,
    session_factory,
    unit_of_work,
)
from inventory.models import (
    Agent,
    AgentCommand,
    CommandAttachment,
    CommandKind,
    CommandState,
    Credential,
    Device,
    DeviceEvent,
    DeviceState,
    Lifecycle,
    Protocol,
)
from inventory.scope import Scope
from inventory.secrets import SecretBox, SshLogin
from tests.system.conftest import SCHOOLS, Processes

Eventually = Callable[..., None]
EVERYWHERE = Scope.everything()
ENDED = (CommandState.done, CommandState.failed, CommandState.refused, CommandState.expired)


@pytest.fixture
def register(tmp_path: Path, processes: Processes) -> Iterator[SessionFactory]:
    """The register as another process of the bureau writes it, such as an import."""
    engine: Engine = make_engine(f"sqlite:///{tmp_path}/fleet.db")
    factory = session_factory(engine)
    note_plan_changes(factory)
    yield factory
    engine.dispose()


@pytest.fixture
def running(processes: Processes, register: SessionFactory, eventually: Eventually) -> Processes:
    """Controller and agent, at work."""
    processes.start_controller()
    processes.start_agent()
    eventually(lambda: len(polled(register)) > 0, "the first poll")
    eventually(lambda: agent_of(register).plan_revision is not None, "the plan is worked by")
    return processes


def polled(register: SessionFactory) -> set[str]:
    with read_only(register) as session:
        return set(session.exec(select(DeviceState.device_id)).all())


def agent_of(register: SessionFactory) -> Agent:
    with read_only(register) as session:
        return session.exec(select(Agent)).one()


def a_switch(session: Session) -> Device:
    return session.exec(
        select(Device).where(Device.school_code == SCHOOLS[0], Device.protocol == Protocol.snmp)
    ).first()


def told(register: SessionFactory, kind: CommandKind, **wish: object) -> str:
    """Give a command to the one agent; its id."""
    with unit_of_work(register) as session:
        command = give(
            session, EVERYWHERE, agent_of(register).id, Wish(kind, "mei", **wish), datetime.now(UTC)
        )
        return command.id


def command_of(register: SessionFactory, id_: str) -> AgentCommand:
    with read_only(register) as session:
        return session.get(AgentCommand, id_)


def test_news_and_commands_arrive_at_once(
    running: Processes, register: SessionFactory, eventually: Eventually
) -> None:
    _a_device_entered_in_the_register_is_polled_soon(register, eventually)
    _commands_are_done_and_answered(running, register, eventually)
    _a_restart_begins_one_new_run_and_no_more(running, register, eventually)
    # Neither waits for what the other one holds; uvicorn passes the signal on when it is done.
    assert running.stop("controller") in (0, -signal.SIGTERM)
    assert running.stop("agent") == 0
    assert "Cancel" not in (running.folder / "controller.log").read_text()


def _a_device_entered_in_the_register_is_polled_soon(
    register: SessionFactory, eventually: Eventually
) -> None:
    before = agent_of(register).plan_revision
    with unit_of_work(register) as session:
        known = a_switch(session)
        session.add(
            Device(
                id="d-new",
                school_code=known.school_code,
                name="new switch",
                address=known.address,
                service_port=known.service_port,
                credential_id=known.credential_id,
            )
        )
    eventually(lambda: "d-new" in polled(register), "the new device is polled", 15)
    eventually(lambda: agent_of(register).plan_revision != before, "the plan with it")
    with unit_of_work(register) as session:
        session.get(Device, "d-new").lifecycle = Lifecycle.in_repair
    eventually(lambda: agent_of(register).plan_revision == before, "the plan without it")


def _commands_are_done_and_answered(
    running: Processes, register: SessionFactory, eventually: Eventually
) -> None:
    with read_only(register) as session:
        switch = a_switch(session).id
    poll = told(register, CommandKind.poll_now, subject=switch)
    bundle = told(register, CommandKind.send_log_bundle)
    backup = told(register, CommandKind.back_up_configuration, subject=switch)
    for id_ in (poll, bundle, backup):
        eventually(lambda id_=id_: command_of(register, id_).state in ENDED, f"an end of {id_}")

    assert command_of(register, poll).state is CommandState.done
    assert json.loads(command_of(register, poll).result)["outcome"] == "ok"
    assert command_of(register, backup).state is CommandState.failed
    assert "no access" in command_of(register, backup).detail
    with read_only(register) as session:
        content = session.get(CommandAttachment, bundle).content
    with tarfile.open(fileobj=io.BytesIO(zstandard.decompress(content, 8 << 20))) as tar:
        files = {name: tar.extractfile(name).read().decode() for name in tar.getnames()}
    assert "starts; counters" in files["fleet-agent/agent.log"]
    assert "fleet-agent/doctor.json" in files
    token = (running.folder / "token").read_text()
    assert not any(token in text for text in files.values())


def _a_restart_begins_one_new_run_and_no_more(
    running: Processes, register: SessionFactory, eventually: Eventually
) -> None:
    id_ = told(register, CommandKind.restart)
    eventually(lambda: command_of(register, id_).state in ENDED, "the restart is answered", 30)
    assert command_of(register, id_).state is CommandState.done
    later = told(register, CommandKind.poll_now)
    eventually(lambda: command_of(register, later).state is CommandState.done, "it works on", 30)
    log = (running.folder / "agent.log").read_text()
    assert log.count("starts; counters") == 2


class SilentDevice:
    """Takes connections, says nothing, and counts them."""

    def __init__(self) -> None:
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    def _take(self) -> None:
        while True:
            try:
                taken, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            self._taken.append(taken)

    def close(self) -> None:
        self._socket.close()
        for taken in self._taken:
            taken.close()


@pytest.fixture
def silent() -> Iterator[SilentDevice]:
    it = SilentDevice()
    yield it
    it.close()


def test_an_order_under_way_at_a_power_cut_is_reported_and_never_carried_out_twice(
    running: Processes, register: SessionFactory, eventually: Eventually, silent: SilentDevice
) -> None:
    box = SecretBox.from_file(running.folder / "secret.key")
    # The minute of a device's first backup is made of its id; this one's is minutes away.
    id_ = "d-order"
    with unit_of_work(register) as session:
        login = box.seal_access(SshLogin("u", "p"))
        session.add(Credential(id="k-ssh", name="ssh", kind="ssh", secret=login))
        session.flush()
        session.add(
            Device(
                id=id_,
                school_code=SCHOOLS[0],
                name="old switch",
                address="127.0.0.1",
                protocol=Protocol.ping,
                ssh_credential_id="k-ssh",
                ssh_platform="huawei_vrp",
                ssh_port=silent.port,
            )
        )
    revision = agent_of(register).plan_revision
    eventually(lambda: agent_of(register).plan_revision != revision, "the plan with access")
    wish = Wish(
        CommandKind.disable_port,
        by="mei",
        subject=id_,
        arguments={"port": "GigabitEthernet0/0/7", "reason": "loop", "ticket": "7"},
    )
    with unit_of_work(register) as session:
        order = give_about(session, EVERYWHERE, wish, datetime.now(UTC)).id
    eventually(lambda: silent.connections > 0, "the order is under way")
    running.kill("agent")
    running.start_agent()
    eventually(lambda: command_of(register, order).state in ENDED, "the order is answered", 30)

    answered = command_of(register, order)
    assert answered.state is CommandState.failed
    assert json.loads(answered.result) == {"result": "uncertain"}
    with read_only(register) as session:
        [event] = session.exec(
            select(DeviceEvent).where(DeviceEvent.kind == "order_not_done")
        ).all()
    assert json.loads(event.fields)["port"] == "GigabitEthernet0/0/7"
    time.sleep(2.0)
    assert silent.connections == 1
