"""The demonstration from beginning to end: start everything, tell the story, leave nothing."""

import logging
import os
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import httpx

from controller.api.attachments import file_folder
from controller.cli.language import gettext as _
from controller.demo.alerting import own_rule_document, tell_alerting
from controller.demo.county import LINES, Places, register_county
from controller.demo.desk_life import tell_desk
from controller.demo.life import register_life
from controller.demo.past import tell_past
from controller.demo.people import register_people
from controller.demo.processes import AgentProcess, ChildFailed, Simulator
from controller.demo.receiver import Receiver
from controller.demo.screen import Screen
from controller.demo.server import ControllerThread, demo_settings, listening_socket
from controller.demo.story import Story
from controller.demo.teaching import register_teaching
from controller.demo.telling import Telling
from controller.demo.tempo import TEMPOS, Speed, Tempo
from controller.demo.watch import Watch, try_rule
from controller.settings import Settings, open_secret_box
from controller.stores import open_store
from drivers.simulate.campus import CENTRAL, POINT, STORY_SWITCH, URBAN, devices
from inventory import migrations
from inventory.database import make_engine, session_factory, unit_of_work
from inventory.days import day_of

_log = logging.getLogger(__name__)

#: How often the API is asked what is new, in seconds.
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for.

    Args:
        folder: where to keep everything; ``None``: a temporary folder that is removed.
        port: TCP port of the console; another one is taken where it is in use.
        speed: how fast.
        open_browser: show the console at once.
    """

    folder: Path | None
    port: int
    speed: Speed
    open_browser: bool


def run_demo(options: Options, screen: Screen) -> None:
    """Run until Ctrl-C or SIGTERM.

    Raises:
        ChildFailed: the simulator or the agent ended by itself; the message is its last words.
        OSError: the folder cannot be used.
    """
    with _until_told_to_stop(), ExitStack() as stack:
        folder = _folder(options.folder, stack)
        try:
            _demonstrate(options, folder, screen, stack)
        except ChildFailed as error:
            raise ChildFailed(_last_words(Path(str(error)))) from None
        except KeyboardInterrupt:
            screen.say(_("stopping …"))
    if options.folder is not None:
        screen.say(_("everything is kept in {folder}").format(folder=options.folder))


def _demonstrate(options: Options, folder: Path, screen: Screen, stack: ExitStack) -> NoReturn:
    tempo = TEMPOS[options.speed]
    logging.basicConfig(filename=folder / "controller.log", level=logging.INFO)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    listening = stack.enter_context(listening_socket(options.port))
    port: int = listening.getsockname()[1]
    if port != options.port:
        taken = _("port {wanted} is taken, so the console is on port {port}")
        screen.say(taken.format(wanted=options.port, port=port))
    screen.say(_("bringing the simulated campus to life"))
    simulator = stack.enter_context(Simulator(folder / "simulator.log"))
    ready = simulator.start(tempo, port)
    *within, beyond = (f"http://127.0.0.1:{one}/speedtest" for one in ready.line_ports)
    servers = {line.school.code: one for line, one in zip(LINES, within, strict=True)}
    settings = demo_settings(folder, tempo, port, servers)
    screen.say(_("writing the register: one county, three schools"))
    broker = f"mqtt://127.0.0.1:{ready.broker_port}"
    places = Places(ready.snmp_port, broker, ready.pjlink_port, beyond)
    receiver = stack.enter_context(Receiver())
    token = _register(settings, places, receiver.url)
    stack.enter_context(ControllerThread(settings, listening))
    url = f"http://127.0.0.1:{port}"
    client = stack.enter_context(
        httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=10.0,
            trust_env=False,
        )
    )
    watch = Watch(client)
    agent = stack.enter_context(AgentProcess(folder / "agent.log"))
    invitation = watch.invite([URBAN.code, CENTRAL.code, POINT.code])
    agent.start(tempo, url, invitation, folder / "agent")
    screen.welcome(url, len(devices()), receiver.url)
    try_rule(url, own_rule_document())
    if options.open_browser and _has_screen():
        webbrowser.open(url)
    _tell_story(tempo, simulator, agent, watch, screen)


def _tell_story(
    tempo: Tempo, simulator: Simulator, agent: AgentProcess, watch: Watch, screen: Screen
) -> NoReturn:
    story = Story(tempo)
    names = {device.id: device.name for device in devices()}
    all_told = False
    while True:
        time.sleep(_LOOK_SECONDS)
        for child in (simulator, agent):
            if child.died:
                raise ChildFailed(str(child.log))
        try:
            for seen in watch.look():
                screen.tell(seen)
                if seen.what == "healthy":
                    story.healthy(time.monotonic())
            # Planned tests keep to school hours; a demonstration shows some at any time of the day.
            watch.test_lines(time.monotonic(), every=tempo.test)
        except httpx.HTTPError as error:
            _log.warning("the console did not answer: %s", error)
        if watch.healthy == watch.total > 0 and not all_told:
            all_told = True
            screen.say(_("all {count} devices are healthy").format(count=watch.total), "green")
        match story.due(time.monotonic()):
            case "cut":
                simulator.cut(STORY_SWITCH)
                cut = _("power cut: switch {device} of the central school")
                screen.say(cut.format(device=names[STORY_SWITCH]), "red")
            case "restore":
                simulator.restore(STORY_SWITCH)
                back = _("power is back: switch {device} starts")
                screen.say(back.format(device=names[STORY_SWITCH]))


def _register(settings: Settings, places: Places, receiver: str) -> str:
    """Make the database and fill it; the token for the API."""
    migrations.upgrade(settings.database_url)
    now = datetime.now(UTC)
    engine = make_engine(settings.database_url)
    try:
        with unit_of_work(session_factory(engine)) as session:
            box = open_secret_box(settings)
            known = register_county(session, box, places, day_of(now))
            token, users = register_people(session, now)
            register_life(session, now, devices=known, users=users)
            register_teaching(session, day_of(now))
            told = Telling(session, users, now, known)
            tell_desk(told, file_folder(settings))
            tell_alerting(told, box, receiver)
        store = open_store(settings.metrics_url, settings)
        try:
            tell_past(session_factory(engine), store, now)
        finally:
            store.close()
        return token
    finally:
        engine.dispose()


def _folder(wanted: Path | None, stack: ExitStack) -> Path:
    if wanted is None:
        return Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="campus-fleet-demo-")))
    wanted.mkdir(parents=True, exist_ok=True)
    if any(wanted.iterdir()):
        raise FileExistsError(_("{folder}: is not empty").format(folder=wanted))
    return wanted.resolve()


def _has_screen() -> bool:
    """Whether a browser would have a window; text browsers would take the terminal."""
    if sys.platform == "darwin":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _last_words(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return f"{log.name}: " + " | ".join(lines[-5:])


@contextmanager
def _until_told_to_stop() -> Iterator[None]:
    """The first signal to stop interrupts; later ones must not disturb the clearing up."""
    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {one: signal.signal(one, interrupt) for one in signals}
    try:
        yield
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
