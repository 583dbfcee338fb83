"""What the simulator's process is told on its standard input, and what it answers: JSON lines."""

import msgspec


class LineOrder(msgspec.Struct, frozen=True):
    """A simulated Internet line: bit/s from the server and towards it."""

    down: float
    up: float


class Orders(msgspec.Struct, frozen=True):
    """The first line of input.

    Args:
        speed: simulated seconds a real second.
        publish_every: seconds between two states of a device on MQTT.
        server_host: where the lines lead.
        server_port: where the lines lead.
        lines: the lines to simulate.
    """

    speed: float
    publish_every: float
    server_host: str
    server_port: int
    lines: tuple[LineOrder, ...] = ()


class Ready(msgspec.Struct, frozen=True):
    """The only line of output: everything answers now, at these ports of 127.0.0.0/8."""

    snmp_port: int
    broker_port: int
    line_ports: tuple[int, ...]
    pjlink_port: int = 0


class Command(msgspec.Struct, frozen=True):
    """Every further line of input: ``cut`` or ``restore`` the power of a device, or ``reboot``."""

    action: str
    device: str
