"""The child's ear: pysnmp behind a flood gate, with SNMPv3 users made known as they are met.

Communities are not compared: they travel in the clear, and all a trap can do is to have its
sender polled. A trap of version 3 must be signed by the user of that device's own access, if it
has one. The key belongs to the sender's engine for a trap and to ours for an inform, so users
are registered when their first datagram names the engine.
"""

import logging
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto.rfc1902 import OctetString
from pysnmp.proto.rfc1905 import InformRequestPDU

from drivers.errors import AuthRejected
from drivers.plan import SnmpAccess
from drivers.snmp.ber import OCTET_STRING, SEQUENCE, expect, read_integer, read_string
from drivers.snmp.usm import User, user_of
from drivers.traps.limits import FloodGate
from drivers.traps.messages import Notification, Orders

log = logging.getLogger(__name__)

_SYS_UP_TIME: Final = (1, 3, 6, 1, 2, 1, 1, 3, 0)
_TRAP_OID: Final = (1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0)
_IF_INDEX: Final = (1, 3, 6, 1, 2, 1, 2, 2, 1, 1)
_IF_DESCR: Final = (1, 3, 6, 1, 2, 1, 2, 2, 1, 2)
_IF_NAME: Final = (1, 3, 6, 1, 2, 1, 31, 1, 1, 1, 1)
_VERSION_3: Final = 3
_MOST_USERS: Final = 1024
_LONGEST_NAME: Final = 200
#: Sub-identifiers of an OID (RFC 2578 section 3.5), and of an ifIndex's number.
_LONGEST_OID: Final = 128
_GREATEST_INDEX: Final = 2**31 - 1
_RECEIVE_BUFFER: Final = 1 << 20
#: pysnmp keeps a little of every datagram it refuses; then a new child takes over.
TIRED_AFTER: Final = 20_000
#: Seconds since 2020: grows with every start and fits the 31 bits of snmpEngineBoots.
_EPOCH: Final = 1_577_836_800

_AUTH: Final = {
    "md5": config.USM_AUTH_HMAC96_MD5,
    "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224,
    "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384,
    "sha512": config.USM_AUTH_HMAC384_SHA512,
}
_PRIV: Final = {
    "DES": config.USM_PRIV_CBC56_DES,
    "AES-128": config.USM_PRIV_CFB128_AES,
    "AES-192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES-192-C": config.USM_PRIV_CFB192_AES,
    "AES-256-C": config.USM_PRIV_CFB256_AES,
}


class Receiver:
    """Hears datagrams until the process ends.

    Args:
        orders: where to listen, and who is known.
        heard: gets every trap and inform that could be read.

    Raises:
        OSError: the port cannot be opened.
    """

    def __init__(self, orders: Orders, heard: Callable[[Notification], None]) -> None:
        #: What happened to datagrams so far.
        self.counts: Counter[str] = Counter()
        self._heard = heard
        self._gate = FloodGate(time.monotonic())
        self._users: OrderedDict[tuple[bytes, bytes], User] = OrderedDict()
        self._origin = ""
        self._about: dict[str, Any] = {}
        self._answered = False
        sock = open_socket(orders.address, orders.port)
        self.port: int = sock.getsockname()[1]
        self._engine = _engine(orders.engine_id)
        self._own_id = orders.engine_id
        config.add_v1_system(self._engine, "any", "any")
        self._engine.observer.register_observer(
            _any_community, "rfc2576.processIncomingMsg:writable"
        )
        self._engine.observer.register_observer(self._note, "rfc3412.receiveMessage:request")
        NotificationReceiver(self._engine, self._read)
        self._accesses: tuple[SnmpAccess, ...] = ()
        self._sources: Mapping[str, int] = {}
        self.know(orders)
        six = sock.family == socket.AF_INET6
        domain = udp6.DOMAIN_NAME if six else udp.DOMAIN_NAME
        #: The transport; datagrams enter by its ``datagram_received``.
        self.ear = transport = (_Ear6 if six else _Ear)(self._datagram)
        self._engine.register_transport_dispatcher(AsyncioDispatcher())
        config.add_transport(self._engine, domain, transport.open_server_mode(sock=sock))

    @property
    def tired(self) -> bool:
        """Whether a new process should take over."""
        return self.counts["refused"] + self.counts["garbage"] >= TIRED_AFTER

    def know(self, orders: Orders) -> None:
        """Follow a changed list of devices."""
        self._accesses, self._sources = orders.accesses, orders.sources
        self._gate.know(orders.sources, time.monotonic())

    def _datagram(self, data: bytes, address: tuple[Any, ...], go_on: Callable[[], None]) -> None:
        self._origin = origin = plain(address[0])
        self.counts["datagrams"] += 1
        reason = self._gate.refuses(origin, time.monotonic())
        if reason:
            self.counts[reason] += 1
            return
        self._answered, self._about = False, {}
        try:
            asks_for_engine = self._introduce(data, origin)
            go_on()
        except Exception:
            # pysnmp and pyasn1 promise no closed list, and no datagram may end this process.
            log.debug("a datagram from %s cannot be read", origin, exc_info=True)
            self.counts["garbage"] += 1
            return
        if not self._answered and not asks_for_engine:
            self.counts["refused"] += 1

    def _introduce(self, data: bytes, origin: str) -> bool:
        """Register the user of a v3 datagram; whether it only asks who we are."""
        named = engine_and_user(data)
        if named is None:
            return False
        engine_id, name = named
        if not engine_id:
            return True
        user = self._user(origin, name)
        if user is None or self._users.get(named) is user:
            return False
        if named in self._users:
            self._forget(named)
        keys = user.keys_at(engine_id)
        config.add_v3_user(
            self._engine,
            name.decode("latin-1"),
            _AUTH[user.auth[0]] if user.auth else config.USM_AUTH_NONE,
            keys.auth or None,
            _PRIV[user.priv] if user.priv else config.USM_PRIV_NONE,
            keys.priv or None,
            securityEngineId=OctetString(engine_id),
            authKeyType=config.USM_KEY_TYPE_LOCALIZED,
            privKeyType=config.USM_KEY_TYPE_LOCALIZED,
        )
        self._users[named] = user
        if len(self._users) > _MOST_USERS:
            self._forget(next(iter(self._users)))
        return False

    def _forget(self, named: tuple[bytes, bytes]) -> None:
        del self._users[named]
        config.delete_v3_user(self._engine, named[1].decode("latin-1"), OctetString(named[0]))

    def _user(self, origin: str, name: bytes) -> User | None:
        """The user that device is spoken to as; a stranger may be any of them."""
        place = self._sources.get(origin)
        candidates = self._accesses if place is None else (self._accesses[place],)
        for access in candidates:
            if access.version == "3" and (access.user or "").encode() == name:
                try:
                    return user_of(access)
                except AuthRejected:
                    continue
        return None

    def _too_bare(self, name: str) -> bool:
        """Whether a datagram is less secured than that user's access is."""
        user = self._user(self._origin, name.encode("latin-1"))
        level = 1 if user is None or user.auth is None else 2 if user.priv is None else 3
        return int(self._about["securityLevel"]) < level

    def _note(self, _engine: Any, _point: str, variables: dict[str, Any], _context: Any) -> None:
        self._about = dict(variables)

    def _read(
        self, _engine: Any, _state: Any, _engine_id: Any, _name: Any, varbinds: Any, _context: Any
    ) -> None:
        self._answered = True
        about = self._about
        model = int(about.get("messageProcessingModel", 1))
        found = meanings_of(varbinds)
        if "trap" not in found:
            self.counts["garbage"] += 1
            return
        if model == _VERSION_3 and self._too_bare(str(about["securityName"])):
            self.counts["refused"] += 1
            return
        self.counts["notifications"] += 1
        self._heard(
            Notification(
                address=self._origin,
                version={0: "1", 1: "2c"}.get(model, "3"),
                confirmed=getattr(about.get("pdu"), "tagSet", None) == InformRequestPDU.tagSet,
                user=str(about["securityName"]) if model == _VERSION_3 else None,
                **found,
            )
        )


def meanings_of(varbinds: Any) -> dict[str, Any]:
    """Fields of :class:`Notification` found in the variables of a trap; the first one counts.

    What is longer or greater than the standards have it is not taken: nothing of a datagram is
    passed on unbounded.
    """
    found: dict[str, Any] = {}
    description: str | None = None
    for name, value in varbinds:
        oid = tuple(name)
        if oid == _SYS_UP_TIME:
            found.setdefault("uptime", int(value) / 100)
        elif oid == _TRAP_OID:
            if len(value) <= _LONGEST_OID:
                found.setdefault("trap", ".".join(map(str, tuple(value))))
        elif oid[:-1] == _IF_INDEX:
            if 0 < int(value) <= _GREATEST_INDEX:
                found.setdefault("port_index", int(value))
        elif oid[:-1] == _IF_NAME:
            found.setdefault("port_name", text(bytes(value)))
        elif oid[:-1] == _IF_DESCR and description is None:
            description = text(bytes(value))
    if description is not None:
        found.setdefault("port_name", description)
    return found


def text(raw: bytes) -> str:
    """Printable text of bounded length."""
    decoded = raw[:_LONGEST_NAME].decode("utf-8", "replace").rstrip("\0")
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in decoded)


def plain(address: str) -> str:
    """An address as a plan writes it: no scope, and no IPv4 in IPv6's clothes."""
    host = address.partition("%")[0]
    return host.removeprefix("::ffff:") if "." in host else host


def engine_and_user(data: bytes) -> tuple[bytes, bytes] | None:
    """Whose keys a version 3 message needs; None for the versions with communities.

    Raises:
        BerError: it cannot be read that far.
    """
    at, end = expect(data, 0, len(data), SEQUENCE)
    version, at = read_integer(data, at, end)
    if version != _VERSION_3:
        return None
    _, at = expect(data, at, end, SEQUENCE)
    first, last = expect(data, at, end, OCTET_STRING)
    at, stop = expect(data, first, last, SEQUENCE)
    engine_id, at = read_string(data, at, stop)
    _, at = read_integer(data, at, stop)
    _, at = read_integer(data, at, stop)
    name, _ = read_string(data, at, stop)
    return engine_id, name


def open_socket(address: str, port: int) -> socket.socket:
    """A bound UDP socket.

    Raises:
        OSError: the port is taken or forbidden, or the address is not ours.
    """
    family = socket.AF_INET6 if ip_address(address).version == 6 else socket.AF_INET  # noqa: PLR2004
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != "::"))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
        sock.setblocking(False)
        sock.bind((address, port))
    except OSError:
        sock.close()
        raise
    return sock


def _engine(engine_id: bytes) -> Any:
    """A pysnmp engine; naming it by its own argument would keep state in a shared folder."""
    engine = SnmpEngine()
    names = ("snmpEngineID", "snmpEngineBoots")
    own_id, boots = engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", *names)
    own_id.syntax = own_id.syntax.clone(engine_id)
    engine.snmpEngineID = own_id.syntax
    boots.syntax = boots.syntax.clone(int(time.time()) - _EPOCH)
    return engine


def _any_community(_engine: Any, _point: str, variables: dict[str, Any], _context: Any) -> None:
    variables["communityName"] = variables["communityName"].clone("any")


class _Ear(udp.UdpTransport):  # type: ignore[misc]
    """pysnmp's transport, with a gate before it. Datagrams are read one after the other."""

    def __init__(self, gate: Callable[[bytes, tuple[Any, ...], Callable[[], None]], None]) -> None:
        super().__init__()
        self._gate = gate

    def datagram_received(self, datagram: bytes, address: tuple[Any, ...]) -> None:
        self._gate(datagram, address, lambda: self._callback_function(self, address, datagram))


class _Ear6(udp6.Udp6Transport, _Ear):  # type: ignore[misc]
    """The same for IPv6."""
