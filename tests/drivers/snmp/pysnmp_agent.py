"""An SNMPv3 agent of pysnmp's, as a process: the second oracle beside net-snmp.

``python pysnmp_agent.py PORT ENGINE_ID_HEX BOOTS`` (port 0: a free one, printed). It knows a user
``AUTH_PRIV`` for every pair of protocols, and two contexts with a sysName each.
"""

import asyncio
import bisect
import socket
import sys
from typing import Any

from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.carrier.asyncio.dispatch import AsyncioDispatcher
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.rfc1902 import Counter32, ObjectName, OctetString, TimeTicks
from pysnmp.proto.rfc1905 import EndOfMibView, NoSuchObject
from pysnmp.smi.instrum import AbstractMibInstrumController

AUTH_SECRET = "authentication secret"
PRIV_SECRET = "privacy secret"
AUTHS = {
    "MD5": config.USM_AUTH_HMAC96_MD5,
    "SHA": config.USM_AUTH_HMAC96_SHA,
    "SHA-224": config.USM_AUTH_HMAC128_SHA224,
    "SHA-256": config.USM_AUTH_HMAC192_SHA256,
    "SHA-384": config.USM_AUTH_HMAC256_SHA384,
    "SHA-512": config.USM_AUTH_HMAC384_SHA512,
}
PRIVS = {
    "": config.USM_PRIV_NONE,
    "DES": config.USM_PRIV_CBC56_DES,
    "AES-128": config.USM_PRIV_CFB128_AES,
    "AES-192": config.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES-192-C": config.USM_PRIV_CFB192_AES,
    "AES-256-C": config.USM_PRIV_CFB256_AES,
}
ROWS = 30


class Objects(AbstractMibInstrumController):  # type: ignore[misc]
    """A few objects in order."""

    def __init__(self, name: str) -> None:
        self._values: dict[tuple[int, ...], Any] = {
            (1, 3, 6, 1, 2, 1, 1, 3, 0): TimeTicks(4711),
            (1, 3, 6, 1, 2, 1, 1, 5, 0): OctetString(name),
        }
        for row in range(1, ROWS + 1):
            self._values[(1, 3, 6, 1, 2, 1, 2, 2, 1, 10, row)] = Counter32(row)
        self._order = sorted(self._values)

    def read_variables(self, *varbinds: Any, **_: Any) -> list[Any]:
        return [(oid, self._values.get(tuple(oid), NoSuchObject(""))) for oid, _ in varbinds]

    def read_next_variables(self, *varbinds: Any, **_: Any) -> list[Any]:
        found = []
        for oid, _value in varbinds:
            at = bisect.bisect_right(self._order, tuple(oid))
            if at == len(self._order):
                found.append((oid, EndOfMibView("")))
            else:
                found.append((ObjectName(self._order[at]), self._values[self._order[at]]))
        return found


def engine_of(engine_id: bytes, boots: int) -> SnmpEngine:
    engine = SnmpEngine()
    own_id, counter = engine.get_mib_builder().import_symbols(
        "__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots"
    )
    own_id.syntax = own_id.syntax.clone(engine_id)
    engine.snmpEngineID = own_id.syntax
    counter.syntax = counter.syntax.clone(boots)
    config.add_v3_user(engine, "plain")
    # All have the same secrets, so the slow way from pass phrase to key is gone once a protocol.
    for auth, auth_id in AUTHS.items():
        service = config.AUTH_SERVICES[auth_id]
        auth_key = service.hash_passphrase(AUTH_SECRET.encode())
        priv_key = service.hash_passphrase(PRIV_SECRET.encode())
        for priv, priv_id in PRIVS.items():
            config.add_v3_user(
                engine,
                f"{auth}_{priv}",
                auth_id,
                auth_key,
                priv_id,
                priv_key if priv else None,
                authKeyType=config.USM_KEY_TYPE_MASTER,
                privKeyType=config.USM_KEY_TYPE_MASTER,
            )
    return engine


async def main(port: int, engine_id: bytes, boots: int) -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", port))
    sock.setblocking(False)
    engine = engine_of(engine_id, boots)
    contexts = context.SnmpContext(engine)
    contexts.unregister_context_name(b"")
    contexts.register_context_name(b"", Objects("pysnmp"))
    contexts.register_context_name(b"vlan-42", Objects("pysnmp in vlan-42"))
    responders = (cmdrsp.GetCommandResponder, cmdrsp.NextCommandResponder)
    for responder in (*responders, cmdrsp.BulkCommandResponder):
        responder(engine, contexts)
    engine.register_transport_dispatcher(AsyncioDispatcher())
    config.add_transport(engine, udp.DOMAIN_NAME, udp.UdpTransport().open_server_mode(sock=sock))
    await asyncio.sleep(0.05)
    sys.stdout.write(f"{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    # Ends with whoever started it.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), bytes.fromhex(sys.argv[2]), int(sys.argv[3])))
