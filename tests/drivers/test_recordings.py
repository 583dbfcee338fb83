"""All recordings beside the project, replayed in this process. Skipped where they are not."""

import asyncio
from pathlib import Path

import pytest

from agent.polling import read_document
from drivers.definitions import builtin_definitions
from drivers.readings import Kind, Outcome, PollDocument
from drivers.recording import read_recording
from tools.differences import REASONS
from tools.recognition import PAGE, RECORDINGS, page, recognise

UNLABELLED = sorted((RECORDINGS / "unlabelled").glob("*.snmprec"))
pytestmark = pytest.mark.skipif(not UNLABELLED, reason="the shared recordings are not here")

#: Name of the recording to vendor, kind and the least we must know of it besides.
KNOWN = {
    "aruba-7010": ("Aruba", Kind.wireless_controller, "model version"),
    "cisco-c3560": ("Cisco", Kind.switch, "model version serial"),
    "dcrs-5980-28t-dc": ("DCN", Kind.switch, "model version serial"),
    "eaton-93e-80": ("Eaton", Kind.ups, "model version serial"),
    "h3c-e528-2": ("H3C", Kind.switch, "model version serial"),
    "h3c-wx6103": ("H3C", Kind.wireless_controller, "model version serial"),
    "hikvision-network-video-recorder": ("Hikvision", Kind.recorder, "serial"),
    "huawei-acu2": ("Huawei", Kind.wireless_controller, "model version serial"),
    "huawei-gse200m": ("Huawei", Kind.ups, "model version serial"),
    "huawei-s5720": ("Huawei", Kind.switch, "model version serial"),
    "linux-unknown-001": (None, Kind.server, "version"),
    "maipu-sm4200-16gef8ge-ac": ("Maipu", Kind.switch, "model version"),
    "ruijie-m18000": ("Ruijie", Kind.wireless_controller, "model"),
    "ruijie-s5750-24gt12sfp": ("Ruijie", Kind.switch, "model version serial"),
    "sangfor-wac-2": ("Sangfor", Kind.wireless_controller, "model"),
    "topsec-ngfw4000-uf": ("Topsec", Kind.firewall, "model version serial"),
    "windows-xp": ("Microsoft", Kind.terminal, "version"),
    "zte-zrx10": ("ZTE", Kind.switch, "model version"),
}


def replay(path: Path) -> PollDocument:
    session = read_recording(path)
    return asyncio.run(read_document(session, None, definitions=builtin_definitions()))


@pytest.mark.parametrize("path", UNLABELLED, ids=lambda path: path.stem)
def test_recordings_without_expected_values_are_recognised(path: Path) -> None:
    document = replay(path)
    vendor, kind, words = KNOWN[path.stem]
    assert document.outcome is Outcome.ok
    assert (document.identity.vendor, document.identity.kind) == (vendor, kind)
    assert [word for word in words.split() if not getattr(document.identity, word)] == []


def test_every_recording_without_expected_values_is_in_the_table() -> None:
    assert {path.stem for path in UNLABELLED} == set(KNOWN)


def test_figures_hold_and_the_page_shows_them() -> None:
    figures = recognise(RECORDINGS)
    fields = figures.fields
    share = {name: right / total for name, (right, total) in fields.items()}
    assert share["vendor"] == share["kind"] == 1
    words = ("kind", "model", "version", "serial")
    assert sum(fields[w][0] for w in words) / sum(fields[w][1] for w in words) >= 0.97
    assert {n: s for n, s in share.items() if n.startswith("port") and s < 0.995} == {}
    assert share["cpu"] >= 0.95
    assert share["memory"] >= 0.95
    # Expected frequencies are wrong by a factor of ten; see the page.
    others = {n: s for n, s in share.items() if n.startswith(("sensor", "wireless"))}
    weak = {n for n, s in others.items() if s < 0.9}
    assert weak <= {"sensor frequency"}
    assert set(REASONS) == set(figures.misses)
    assert PAGE.read_text(encoding="utf-8") == page(figures)
