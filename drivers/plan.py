"""What the controller asks an agent to do; the agent caches it on disk and works from it alone.

The plan carries device credentials: it travels over TLS only and is stored with mode 600.
"""

import msgspec

PLAN_CONTENT_TYPE = "application/vnd.campus-fleet.plan+msgpack"
COMMANDS_CONTENT_TYPE = "application/vnd.campus-fleet.commands+msgpack"
#: Of the bureaus' zone: China has one.
UTC_OFFSET_SECONDS = 28_800


class SnmpAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to speak SNMP to a device.

    ``auth`` and ``priv`` are ``PROTOCOL:secret``; protocols ``MD5 SHA SHA-224 SHA-256 SHA-384
    SHA-512`` and ``DES AES-128 AES-192 AES-256`` (``-C``: Cisco key extension).
    """

    version: str = "2c"
    community: str = "public"
    user: str | None = None
    auth: str | None = None
    priv: str | None = None
    context: str = ""


class MqttAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which profile reads the device, and the id it publishes under."""

    profile: str
    client: str


class PjlinkAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to speak PJLink to a projector or display; most ask for no password."""

    password: str | None = None


class SshAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to log in to a device's command line, and what may be done there.

    Args:
        platform: name of a platform of ``drivers.ssh`` (``huawei_vrp``).
        password: may be empty with a private key.
        enable: password of ``enable``; empty when there is none.
        private_key: unencrypted OpenSSH private key, as text.
        backup_every_seconds: between backups of the configuration; 0 for none.
        protected_ports: ports that no order switches off, such as the uplink.
        watched: the device is watched on its command line, for want of SNMP.
    """

    user: str
    platform: str
    password: str = ""
    enable: str = ""
    private_key: str = ""
    port: int = 22
    backup_every_seconds: float = 86_400.0
    protected_ports: tuple[str, ...] = ()
    watched: bool = False

    def __repr__(self) -> str:
        return f"SshAccess({self.user!r}, {self.platform!r}, port={self.port})"


class PresenceAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """By what switches and routers know a device.

    Args:
        macs: twelve lower-case hex digits each; without any, the target's address must do.
    """

    macs: tuple[str, ...] = ()


class Target(msgspec.Struct, frozen=True, omit_defaults=True):
    """One device to poll (``snmp``, ``pjlink``, ``ssh.watched``) or to listen for (``mqtt``).

    With none of them it says nothing itself and is watched by ``presence`` or ``ping`` alone;
    beside one of them, ``presence`` tells where it hangs and ``ping`` how far away it is.

    ``port`` is SNMP's 161 unless told otherwise; for PJLink it is written out (4352).
    """

    id: str
    school: str
    address: str | None = None
    port: int = 161
    driver: str = "auto"
    snmp: SnmpAccess | None = None
    mqtt: MqttAccess | None = None
    pjlink: PjlinkAccess | None = None
    #: The port the school's Internet line arrives on, by name; polled with reachability.
    uplink: str | None = None
    #: Configuration backups and orders to ports, beside what it is watched by or as just that.
    ssh: SshAccess | None = None
    presence: PresenceAccess | None = None
    ping: bool = False

    @property
    def on_command_line(self) -> bool:
        """Whether it is watched on its command line."""
        return self.ssh is not None and self.ssh.watched

    @property
    def speaks(self) -> bool:
        """Whether it tells itself how it is, asked or not."""
        return bool(self.snmp or self.mqtt or self.pjlink or self.on_command_line)

    @property
    def polled(self) -> bool:
        """Whether it is asked how it is, beat by beat."""
        return bool(self.snmp or self.pjlink or self.on_command_line) and bool(self.address)


class Broker(msgspec.Struct, frozen=True, omit_defaults=True):
    """An MQTT broker in the school network: ``mqtt://host:port`` or ``mqtts://host:port``.

    ``ca``, ``certificate`` and ``key`` are texts in PEM: whom to trust instead of the system's
    authorities, and what to show of oneself. With ``announce`` the agent publishes Home
    Assistant's birth message, so that devices which wait for it announce themselves.
    """

    url: str
    username: str | None = None
    password: str | None = None
    ca: str | None = None
    certificate: str | None = None
    key: str | None = None
    discovery_prefix: str = "homeassistant"
    announce: bool = False


class Window(msgspec.Struct, frozen=True, omit_defaults=True):
    """When line tests may be made: minutes after local midnight on some weekdays (Monday is 0)."""

    weekdays: tuple[int, ...]
    begins: int
    ends: int


class PlannedMoments(msgspec.Struct, frozen=True, omit_defaults=True):
    """The controller's own moments for the tests of a line; milliseconds since the epoch.

    Until ``until`` the line is tested at the moments of ``at`` alone, which are in order, and by
    ``every_seconds`` afterwards, when no newer plan has come.
    """

    until: int
    at: tuple[int, ...] = ()


class LineTest(msgspec.Struct, frozen=True, omit_defaults=True):
    """An Internet line: what it is tested against and how it is probed.

    ``server`` is the base address of a LibreSpeed-compatible server (``method`` ``librespeed``) or
    ``iperf3://host:port`` (``method`` ``iperf3``); without one the line is only probed. A test is
    capped at ``cap_bits_per_second`` a direction.
    """

    line: str
    school: str
    server: str = ""
    every_seconds: float = 3600.0
    seconds: float = 10.0
    cap_bits_per_second: int | None = None
    method: str = "librespeed"
    streams: int = 4
    #: The target on whose ``uplink`` port the line arrives; its counters are read beside a test.
    target: str | None = None
    #: Hosts outside the school that tell whether the line carries traffic: ``host``, or
    #: ``host:port`` to be probed by TCP. Without a ``gateway`` it is the box's own default route.
    references: tuple[str, ...] = ()
    gateway: str | None = None
    #: Empty: at any time. ``blackouts`` are milliseconds since the epoch, from and until.
    windows: tuple[Window, ...] = ()
    blackouts: tuple[tuple[int, int], ...] = ()
    utc_offset_seconds: int = UTC_OFFSET_SECONDS
    planned: PlannedMoments | None = None


class NamedAccess(msgspec.Struct, frozen=True, omit_defaults=True):
    """An SNMP access to try, and the id of the credential it comes from (empty: of none)."""

    id: str
    snmp: SnmpAccess


class Discovery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where in one school to look for devices, and how.

    Args:
        ranges: networks (CIDR). IPv4 ones are swept; of IPv6 ones only addresses are visited that
            neighbour tables tell of.
        hosts: those of the ranges whose hosts are told of though they answer nothing but pings.
        exclude: networks never sent anything, whatever the ranges say.
        seeds: addresses whose neighbours are asked for besides those of known devices.
        credentials: tried in this order, until one works.
        ports: UDP ports where SNMP is looked for.
        crawl: whether neighbours (LLDP, CDP, ARP, neighbour discovery) are followed.
        packets_per_second: of everything that is sent, together.
        every_seconds: from one look to the next.
    """

    school: str
    ranges: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    credentials: tuple[NamedAccess, ...] = ()
    ports: tuple[int, ...] = (161,)
    crawl: bool = True
    packets_per_second: float = 150.0
    every_seconds: float = 86_400.0


class Cadence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Seconds between polls: reachability and uplink, other tables, inventory."""

    reachability: float = 60.0
    tables: float = 300.0
    inventory: float = 21_600.0


class Plan(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything one agent has to do. ``revision`` is the ETag."""

    revision: str
    agent: str
    schools: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    brokers: tuple[Broker, ...] = ()
    line_tests: tuple[LineTest, ...] = ()
    cadence: Cadence = Cadence()
    discovery: tuple[Discovery, ...] = ()


class Command(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to do at once, and once. The same command may come again: its id tells.

    Args:
        kind: ``poll_now``, ``rediscover``, ``back_up_configuration``, ``run_speed_test``,
            ``send_log_bundle``, ``restart``, ``enable_port``, ``disable_port``, ``cycle_poe``;
            an agent that does not know it refuses.
        seconds: left when this was sent; no clock has to agree with another one. Negative when
            only a result that is there already is wanted.
        subject: device or line it is about; none for the box itself.
        arguments: by name; of an order ``port``, ``by``, ``reason`` and ``ticket``.
    """

    id: str
    kind: str
    seconds: float
    subject: str | None = None
    arguments: dict[str, str] = {}


class Commands(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an agent is told to do, oldest first."""

    commands: tuple[Command, ...] = ()
