"""The listener against real brokers: retained state, last will, restarts, log-in, TLS, versions."""

import asyncio
import gc
import json
import ssl
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiomqtt import Client, ProtocolVersion, Will
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from drivers.mqtt.listen import listen
from drivers.mqtt.profiles import PROFILES
from drivers.mqtt.session import BadBrokerUrl, BadCertificate, BrokerAddress, MqttSession
from drivers.plan import Broker, MqttAccess, Target
from drivers.readings import Outcome, Poll

SCHOOL = "3301000001"
TARGETS = [Target("d1", SCHOOL, mqtt=MqttAccess("whiteboard", "wb1"))]
TICK = 0.02
#: paho leaves sockets to the garbage collector: of a handshake that failed, and of a connection
#: that was given up while it was being made.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning"),
    pytest.mark.filterwarnings("ignore:unclosed <socket.socket:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def given_up() -> Iterator[None]:
    """Collect them while they are expected, or a later test is said to have left them."""
    yield
    gc.collect()


def topic(what: str) -> str:
    return PROFILES["whiteboard"].topic(SCHOOL, "wb1", what)


async def until(condition: Callable[[], object], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(TICK)


async def listening(
    broker: Broker,
    scenario: Callable[[list[Poll], list[str | None]], Awaitable[None]],
    *,
    tls: ssl.SSLContext | None = None,
    silence: float | None = None,
) -> None:
    """Run a scenario beside the listener once it is connected."""
    polls: list[Poll] = []
    connections: list[str | None] = []
    task = asyncio.create_task(
        listen(
            broker,
            TARGETS,
            polls.append,
            heartbeat=1.0,
            silence=silence,
            tls=tls,
            on_connection=connections.append,
        )
    )
    try:
        await until(lambda: None in connections)
        await scenario(polls, connections)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def state(port: int, payload: dict[str, object], **options: object) -> None:
    async with Client("127.0.0.1", port, **options) as client:  # type: ignore[arg-type]
        await client.publish(topic("state"), json.dumps(payload), qos=1)


def test_mosquitto_delivers_states_and_the_last_will(mosquitto) -> None:
    broker = mosquitto()

    async def scenario(polls: list[Poll], _: object) -> None:
        will = Will(topic("availability"), "offline", qos=1, retain=True)
        device = Client("127.0.0.1", broker.port, will=will)
        await device.__aenter__()
        await device.publish(topic("identity"), '{"model": "X1"}', retain=True)
        await device.publish(topic("state"), '{"cpu": 50}')
        await until(lambda: polls)
        # The device loses its power: no DISCONNECT, the broker publishes the will.
        device._client._sock_close()
        await until(lambda: polls[-1].outcome is Outcome.timeout)
        await until(lambda: len([p for p in polls if p.outcome is Outcome.timeout]) >= 2)
        first = polls[0]
        assert first.outcome is Outcome.ok
        assert first.facts is not None
        assert first.facts.identity.model == "X1"
        assert {one.metric: one.value for one in first.readings()} == {
            "online": 1.0,
            "cpu_ratio": 0.5,
        }
        assert polls[-1].detail == "offline"

    asyncio.run(listening(Broker(f"mqtt://127.0.0.1:{broker.port}"), scenario))


def test_a_state_retained_by_the_broker_is_known_at_once(mosquitto) -> None:
    broker = mosquitto()

    async def first_then_listen() -> None:
        now = datetime.now(UTC).timestamp()
        async with Client("127.0.0.1", broker.port) as client:
            payload = json.dumps({"cpu": 5, "at": now})
            await client.publish(topic("state"), payload, qos=1, retain=True)

        async def scenario(polls: list[Poll], _: object) -> None:
            await until(lambda: polls)
            assert polls[0].outcome is Outcome.ok

        await listening(Broker(f"mqtt://127.0.0.1:{broker.port}"), scenario)

    asyncio.run(first_then_listen())


def test_a_broker_that_restarts_is_joined_again(mosquitto) -> None:
    broker = mosquitto()

    async def scenario(polls: list[Poll], connections: list[str | None]) -> None:
        await state(broker.port, {"cpu": 1})
        await until(lambda: len(polls) == 1)
        broker.stop()
        await until(lambda: connections[-1] is not None)
        quiet = len(polls)
        broker.start()
        await until(lambda: connections[-1] is None)
        assert len(polls) == quiet
        await state(broker.port, {"cpu": 2})
        await until(lambda: len(polls) > quiet)
        assert polls[-1].outcome is Outcome.ok

    asyncio.run(listening(Broker(f"mqtt://127.0.0.1:{broker.port}"), scenario))


def test_silence_becomes_a_timeout(mosquitto) -> None:
    broker = mosquitto()

    async def scenario(polls: list[Poll], _: object) -> None:
        await state(broker.port, {"cpu": 1})
        await until(lambda: polls and polls[-1].outcome is Outcome.timeout)
        assert polls[0].outcome is Outcome.ok

    asyncio.run(listening(Broker(f"mqtt://127.0.0.1:{broker.port}"), scenario, silence=1.0))


@pytest.mark.parametrize("speaks_5", [True, False])
def test_an_announced_device_is_heard_on_topics_it_named(mosquitto, amqtt, speaks_5: bool) -> None:
    port = mosquitto().port if speaks_5 else amqtt.port
    config = {
        "name": "CPU",
        "state_topic": "pc7/cpu",
        "value_template": "{{ value.split(' ')[0] }}",
        "unit_of_measurement": "%",
        "availability_topic": "pc7/status",
        "device": {"identifiers": "pc7"},
    }

    async def run() -> None:
        polls: list[Poll] = []
        births: list[bytes] = []
        device = Client("127.0.0.1", port, will=Will("pc7/status", "offline", retain=True))
        await device.__aenter__()
        await device.subscribe("homeassistant/status")
        topic = "homeassistant/sensor/pc7/cpu/config"
        await device.publish(topic, json.dumps(config), qos=1, retain=True)
        await device.publish("pc7/status", "online", qos=1, retain=True)
        targets = [Target("d1", SCHOOL, mqtt=MqttAccess("home_assistant", "pc7"))]
        broker = Broker(f"mqtt://127.0.0.1:{port}", announce=True)
        task = asyncio.create_task(listen(broker, targets, polls.append))
        try:
            async with asyncio.timeout(60):
                births.append((await anext(aiter(device.messages))).payload)
            await until(lambda: polls)
            await device.publish("pc7/cpu", "40 %", qos=1)
            await until(lambda: any(one.metric == "cpu_ratio" for one in polls[-1].readings()))
            device._client._sock_close()
            await until(lambda: polls[-1].outcome is Outcome.timeout)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert births == [b"online"]
        assert {poll.subject for poll in polls} == {"d1"}

    asyncio.run(run())


@pytest.mark.parametrize("speaks_5", [True, False])
def test_the_newest_version_a_broker_speaks_is_used(mosquitto, amqtt, speaks_5: bool) -> None:
    port = mosquitto().port if speaks_5 else amqtt.port

    async def run() -> None:
        session = MqttSession(
            Broker(f"mqtt://127.0.0.1:{port}"), [*PROFILES["whiteboard"].subscriptions()]
        )
        heard: list[bytes] = []
        up = asyncio.Event()

        async def hear(_topic: str, payload: bytes, _retained: bool) -> None:
            heard.append(payload)

        task = asyncio.create_task(session.run(up.set, hear, lambda _: None))
        try:
            async with asyncio.timeout(60):
                await up.wait()
            await state(port, {"cpu": 3})
            await until(lambda: heard)
            wanted = ProtocolVersion.V5 if speaks_5 else ProtocolVersion.V311
            assert session.protocol is wanted
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def test_a_wrong_password_is_said_and_retried_not_raised(mosquitto, tmp_path: Path) -> None:
    passwords = tmp_path / "passwords"
    passwords.write_text("")
    broker = mosquitto("allow_anonymous false", f"password_file {passwords}")

    async def run() -> None:
        reasons: list[str | None] = []
        task = asyncio.create_task(
            listen(
                Broker(f"mqtt://127.0.0.1:{broker.port}", "agent", "not the password"),
                TARGETS,
                lambda _: None,
                on_connection=reasons.append,
            )
        )
        await until(lambda: len(reasons) >= 2)
        assert not task.done()
        assert all(reason and "uthori" in reason for reason in reasons)
        assert all(reason and "password" not in reason.lower() for reason in reasons)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(run())


def test_mqtts_trusts_the_given_authority_only(mosquitto, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    broker = mosquitto("allow_anonymous true", f"certfile {certificate}", f"keyfile {key}")
    url = Broker(f"mqtts://127.0.0.1:{broker.port}")

    async def scenario(polls: list[Poll], _: object) -> None:
        context = ssl.create_default_context(cafile=certificate)
        await state(broker.port, {"cpu": 9}, tls_context=context)
        await until(lambda: polls)

    asyncio.run(listening(url, scenario, tls=ssl.create_default_context(cafile=certificate)))

    async def stranger() -> None:
        reasons: list[str | None] = []
        task = asyncio.create_task(
            listen(url, TARGETS, lambda _: None, on_connection=reasons.append)
        )
        await until(lambda: reasons)
        assert "certificate verify failed" in (reasons[0] or "")
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stranger())


def test_a_broker_that_wants_our_certificate_gets_it(mosquitto, tmp_path: Path) -> None:
    certificate, key = self_signed(tmp_path)
    files = (f"cafile {certificate}", f"certfile {certificate}", f"keyfile {key}")
    broker = mosquitto("allow_anonymous true", *files, "require_certificate true")
    ca, secret = certificate.read_text(), key.read_text()
    url = f"mqtts://127.0.0.1:{broker.port}"

    async def scenario(polls: list[Poll], _: object) -> None:
        context = ssl.create_default_context(cafile=certificate)
        context.load_cert_chain(certificate, key)
        await state(broker.port, {"cpu": 9}, tls_context=context)
        await until(lambda: polls)

    asyncio.run(listening(Broker(url, ca=ca, certificate=ca, key=secret), scenario))

    async def stranger() -> None:
        reasons: list[str | None] = []
        task = asyncio.create_task(
            listen(Broker(url, ca=ca), TARGETS, lambda _: None, on_connection=reasons.append)
        )
        await until(lambda: reasons)
        assert reasons[0] is not None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(stranger())


@pytest.mark.parametrize("field", ["ca", "certificate"])
def test_a_certificate_that_is_none_is_refused(field: str) -> None:
    broker = Broker("mqtts://127.0.0.1", **{field: "not PEM"})
    with pytest.raises(BadCertificate):
        MqttSession(broker, [])


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    names = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "broker.pem", folder / "broker.key"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return certificate_file, key_file


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("mqtt://broker.school.example", "broker.school.example", 1883, False),
        ("mqtts://192.0.2.4", "192.0.2.4", 8883, True),
        ("mqtt://[2001:db8::4]:2000", "2001:db8::4", 2000, False),
    ],
)
def test_broker_urls(url: str, host: str, port: int, tls: bool) -> None:
    assert BrokerAddress.parse(url) == BrokerAddress(host, port, tls)


@pytest.mark.parametrize("url", ["", "broker:1883", "http://x", "mqtt://", "mqtt://x:99999"])
def test_what_is_no_brokers_address_is_refused(url: str) -> None:
    with pytest.raises(BadBrokerUrl):
        BrokerAddress.parse(url)
