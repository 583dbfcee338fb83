"""Starts FakeNOS devices from a JSON file and serves until its standard input closes.

A process of its own: FakeNOS brings paramiko and its threads, which the tests need not host.
Usage: python campus_of_command_lines.py CAMPUS.json TYPED.log
"""

import json
import sys
from pathlib import Path

from fakenos import FakeNOS, Nos


def answering(name, command, reply, log):
    """A FakeNOS command that notes that it was typed."""

    def output(_device, **_state):
        with log.open("a", encoding="utf-8") as file:
            file.write(f"{name}: {command}\n")
        said = {"output": reply.get("output", "")}
        if "prompt" in reply:
            said["new_prompt"] = reply["prompt"]
        return said

    return {"output": output, "help": ""}


def main(campus, log):
    hosts, plugins = {}, []
    for name, device in json.loads(campus.read_text(encoding="utf-8")).items():
        commands = {
            command: answering(name, command, reply, log)
            for command, reply in device["commands"].items()
        }
        commands["_default_"] = {"output": device["unknown"], "help": ""}
        plugins.append(Nos(name=f"{name}_os", commands=commands, initial_prompt=device["prompt"]))
        hosts[name] = {
            "port": device["port"],
            "username": "fleet",
            "password": device["password"],
            "nos": {"plugin": f"{name}_os", "configuration": {}},
        }
    net = FakeNOS(inventory={"default": {}, "hosts": hosts}, plugins=plugins)
    net.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    net.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
