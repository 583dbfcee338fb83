"""The agent's other commands: what they print, and how they end when they cannot."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from base64 import b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import msgspec
import pytest
from typer.testing import CliRunner

from agent.centre import enrolment
from agent.centre.enrolment import Enrolment
from agent.centre.keys import Identity
from agent.centre.private_files import write_private
from agent.centre.sealing import sealer_of
from agent.cli import app
from agent.process import AlreadyRunning, only_one
from agent.uplink.spool import SPOOL_FILE, Spool
from drivers.plan import Plan, SnmpAccess, Target
from drivers.signatures import BadProof, digest, key_of, public_from

PLAN = Plan("r1", "a1", ("S1",), targets=(Target("d1", "S1", "127.0.0.1", snmp=SnmpAccess()),))


IDENTITY = Identity.new()


class Controller(BaseHTTPRequestHandler):
    """Takes the token ``good``, and then the key that came with it; knows ``IDENTITY``, too."""

    keys: ClassVar[set[str]] = {IDENTITY.fingerprint}

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if body["token"] == "good":
            self.keys.add(digest(public_from(body["public_key"])))
            self._answer(201, {"agent_id": "a1", "schools": ["S1"]})
        else:
            self._answer(401, {"detail": "used already"})

    def do_GET(self):
        try:
            key = key_of((self.headers["Authorization"] or "").removeprefix("Bearer "))
        except BadProof:
            key = ""
        if key in self.keys:
            self._answer(200, msgspec.msgpack.encode(PLAN))
        else:
            self._answer(401, {})

    def log_message(self, *_arguments):
        pass

    def _answer(self, status, body):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def controller():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Controller)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fleet_agent(*arguments, **environment):
    names = {"FLEET_LANG": "en", "no_proxy": "*"} | environment
    return CliRunner().invoke(app, [str(a) for a in arguments], env=names)


def test_enrolling_makes_a_key_that_is_kept_sealed_and_not_shown(controller, tmp_path):
    state = tmp_path / "state"
    result = fleet_agent("enrol", controller, "--token", "good", "--state-dir", state)
    assert result.exit_code == 0, result.output
    assert "a1" in result.stderr
    joined = enrolment.load(state)
    identity = joined.identity(sealer_of(state))
    assert identity.fingerprint in Controller.keys
    private = identity.key.private_bytes_raw()
    for file in state.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert private not in file.read_bytes()
        assert b64encode(private) not in file.read_bytes()
    assert sorted(file.name for file in state.iterdir()) == ["box.key", "enrolment.json"]


def test_a_token_that_is_refused_is_the_answer_no(controller, tmp_path):
    result = fleet_agent("enrol", controller, "--token", "bad", "--state-dir", tmp_path / "s")
    assert result.exit_code == 1
    assert "used already" in result.stderr


def test_a_controller_out_of_reach_is_the_other_sides_failure(tmp_path):
    url = "http://127.0.0.1:9"
    result = fleet_agent("enrol", url, "--token", "x", "--state-dir", tmp_path / "s")
    assert result.exit_code == 3
    assert len(result.stderr.strip().splitlines()) == 1


def test_plain_http_to_another_machine_is_refused(tmp_path):
    url = "http://fleet.example"
    result = fleet_agent("enrol", url, "--token", "x", "--state-dir", tmp_path / "s")
    assert result.exit_code == 2
    assert "https" in result.stderr


def test_running_without_having_joined_says_what_to_do(tmp_path):
    result = fleet_agent("run", FLEET_AGENT_STATE_DIR=str(tmp_path / "s"))
    assert result.exit_code == 2
    assert "fleet-agent enrol" in result.stderr


def test_two_agents_never_share_a_state_directory(tmp_path):
    with only_one(tmp_path), pytest.raises(AlreadyRunning), only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


def test_spool_status_says_what_waits(tmp_path):
    with Spool(tmp_path / SPOOL_FILE, max_bytes=1 << 20, max_days=14) as spool:
        spool.put(lambda epoch, sequence: b"x" * 100, readings=5, now_ms=1000)
        result = fleet_agent("spool", "status", "--state-dir", tmp_path, "--format", "json")
    status = json.loads(result.stdout)
    assert (status["batches"], status["readings"], status["dropped"]) == (1, 5, 0)
    assert status["oldest_age_seconds"] > 1e6
    assert fleet_agent("spool", "status", "--state-dir", tmp_path).exit_code == 0


def test_spool_status_without_a_spool_is_the_answer_no(tmp_path):
    assert fleet_agent("spool", "status", "--state-dir", tmp_path).exit_code == 1


def joined_to(controller, state, identity=IDENTITY):
    sealer = sealer_of(state, create=True)
    joined = Enrolment(controller, "a1", "box", "").with_identity(identity, sealer, now=0.0)
    enrolment.store(state, joined)
    return sealer


def findings(state):
    result = fleet_agent("doctor", "--state-dir", state, "--format", "json")
    return result.exit_code, {f["check"]: f for f in json.loads(result.stdout)}


def test_the_doctor_finds_a_healthy_box_well(controller, tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    sealer = joined_to(controller, state)
    write_private(state / "plan.sealed", sealer.seal("plan", msgspec.msgpack.encode(PLAN)))
    code, found = findings(state)
    assert code == 0, found
    assert {"state", "enrolment", "controller", "clock", "plan", "spool"} == set(found)


def test_the_doctor_says_what_is_wrong_and_what_to_do(controller, tmp_path):
    state = tmp_path / "state"
    state.mkdir(mode=0o755)
    joined_to(controller, state, Identity.new())
    (state / SPOOL_FILE).write_bytes(b"no database at all " * 500)
    code, found = findings(state)
    assert code == 1
    bad = {check for check, finding in found.items() if not finding["ok"]}
    assert bad == {"state", "controller", "plan", "spool"}
    assert all(found[check]["advice"] for check in bad)


def test_the_doctor_finds_a_box_whose_key_was_lost(controller, tmp_path):
    joined_to(controller, tmp_path)
    (tmp_path / "box.key").write_bytes(b"x" * 32)
    _, found = findings(tmp_path)
    assert "cannot be opened" in found["enrolment"]["message"]
    (tmp_path / "box.key").chmod(0o644)
    done = subprocess.run(
        [sys.executable, "-m", "agent", "run"],
        env=os.environ | {"FLEET_AGENT_STATE_DIR": str(tmp_path), "FLEET_LANG": "en"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "chmod 600" in done.stderr


def test_the_doctor_finds_a_box_that_never_joined(tmp_path):
    code, found = findings(tmp_path / "none")
    assert code == 1
    assert not found["enrolment"]["ok"]


def test_a_speed_test_of_a_dead_line_is_the_answer_no():
    assert fleet_agent("speedtest", "http://127.0.0.1:9", "--seconds", 2).exit_code == 1


def test_a_speed_test_of_something_else_is_the_other_sides_failure(controller):
    result = fleet_agent("speedtest", controller, "--seconds", 2)
    assert result.exit_code == 3


def test_a_config_file_with_an_unknown_name_is_refused(tmp_path):
    file = tmp_path / "env"
    file.write_text("FLEET_AGENT_SPOOL_BITES=1\n")
    result = fleet_agent("spool", "status", "--config", file)
    assert result.exit_code == 2
    assert "SPOOL_BITES" in result.stderr.upper()


@pytest.mark.parametrize(
    "command",
    [["run"], ["enrol"], ["collect"], ["doctor"], ["speedtest"], ["spool", "status"]],
)
def test_every_command_has_help_with_an_example(command):
    result = fleet_agent(*command, "--help")
    assert result.exit_code == 0
    assert f"fleet-agent {' '.join(command)}" in result.output


def test_a_damaged_spool_is_told_apart_from_none(tmp_path):
    (tmp_path / SPOOL_FILE).write_bytes(b"no database at all " * 500)
    with pytest.raises(sqlite3.DatabaseError):
        sqlite3.connect(tmp_path / SPOOL_FILE).execute("SELECT * FROM note")
    result = fleet_agent("spool", "status", "--state-dir", tmp_path)
    assert result.exit_code == 1
    assert "sets it aside" in " ".join(result.stderr.split())
