"""What may be written about a broker, and that a stored secret goes nowhere else."""

from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from sqlmodel import Session

from inventory.agent_plans.making import PlanSettings
from inventory.brokers import MOST_BROKERS, BrokerWish, add_broker, change_broker, wish_of
from inventory.errors import (
    BrokerKnown,
    BrokerUrlUnfit,
    CertificateUnfit,
    Invalid,
    InventoryError,
    KeyUnfit,
    OutOfScope,
    PairIncomplete,
    SecretNeeded,
    TopicUnfit,
    UserNeeded,
)
from inventory.models import Broker
from inventory.scope import Scope
from inventory.secrets import SecretBox
from tests.inventory.city import NOW, A, B
from tests.pem import pair
from tests.plans import build_plan

BOX = SecretBox(SecretBox.new_key())
HERE = "mqtts://broker.example"


def locked() -> str:
    key = Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(b"x")
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock).decode()


CERTIFICATE, KEY = pair()
CA, _ = pair("authority")


@pytest.fixture
def kept(city: Session) -> Broker:
    wish = BrokerWish(HERE, "fleet", "s3cret", CA, CERTIFICATE, KEY)
    return add_broker(city, A.scope, A.school, wish, BOX)


def test_a_broker_reaches_the_plan_and_its_secrets_lie_sealed(city: Session, kept: Broker) -> None:
    assert "s3cret" not in repr(kept)
    assert KEY not in repr(kept)
    brokers = build_plan(city, A.row("a"), BOX, today=NOW.date(), settings=PlanSettings()).brokers
    (found,) = [one for one in brokers if one.url == HERE]
    assert (found.username, found.password, found.ca) == ("fleet", "s3cret", CA)
    assert (found.certificate, found.key) == (CERTIFICATE, KEY)


@pytest.mark.parametrize(
    "url",
    [
        "", "broker.example", "http://broker.example", "mqtt://", "mqtt://u:s3cret@broker.example",
        "mqtt://broker.example:0", "mqtt://broker.example:99999", "mqtt://broker.example:x",
        "mqtt://10.0.0", "mqtt://broker.example/topic", "mqtt://broker.example?x", "mqtt://a b",
        "mqtt://[::1", "mqtt://@broker.example", "mqtt://-x",
    ],
)  # fmt: skip
def test_a_url_that_does_not_fit_is_refused_and_not_repeated(city: Session, url: str) -> None:
    with pytest.raises(BrokerUrlUnfit) as refused:
        add_broker(city, A.scope, A.school, BrokerWish(url), BOX)
    assert "s3cret" not in str(refused.value)


def test_urls_are_kept_in_one_form(city: Session) -> None:
    for url, form in (
        (" MQTT://Broker.Example:1883/ ", "mqtt://broker.example:1883"),
        ("mqtts://[2001:DB8::1]:8883", "mqtts://[2001:db8::1]:8883"),
        ("mqtt://10.0.0.1", "mqtt://10.0.0.1"),
    ):
        assert add_broker(city, A.scope, A.school, BrokerWish(url), BOX).url == form


@pytest.mark.parametrize(
    ("wish", "refusal"),
    [
        (BrokerWish(HERE, password="x"), UserNeeded),
        (BrokerWish(HERE, username="a\nb"), Invalid),
        (BrokerWish(HERE, username="u", password="x" * 201), Invalid),
        (BrokerWish(HERE, ca="nonsense"), CertificateUnfit),
        (BrokerWish(HERE, ca=KEY), CertificateUnfit),
        (BrokerWish(HERE, ca=CA * 200), CertificateUnfit),
        (BrokerWish(HERE, certificate=CERTIFICATE), PairIncomplete),
        (BrokerWish(HERE, key=KEY), PairIncomplete),
        (BrokerWish(HERE, certificate=CERTIFICATE, key="nonsense"), KeyUnfit),
        (BrokerWish(HERE, certificate=CERTIFICATE, key=locked()), KeyUnfit),
        (BrokerWish(HERE, certificate=CA, key=KEY), KeyUnfit),
        (BrokerWish(HERE, discovery_prefix="a/#"), TopicUnfit),
        (BrokerWish(HERE, discovery_prefix="/a"), TopicUnfit),
        (BrokerWish(HERE, discovery_prefix=""), TopicUnfit),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(
    city: Session, wish: BrokerWish, refusal: type[InventoryError]
) -> None:
    with pytest.raises(refusal) as refused:
        add_broker(city, A.scope, A.school, wish, BOX)
    assert "PRIVATE" not in str(refused.value)


def test_only_certificates_are_kept_of_a_file_that_holds_more(city: Session) -> None:
    wish = BrokerWish(HERE, certificate=f"{KEY}\r\n{CERTIFICATE}{CA}", key=KEY)
    assert add_broker(city, A.scope, A.school, wish, BOX).certificate == CERTIFICATE + CA


@pytest.mark.parametrize(
    "move",
    [
        {"url": "mqtts://elsewhere.example"},
        {"url": "mqtt://broker.example"},
        {"url": f"{HERE}:9"},
        {"ca": None},
        {"ca": CERTIFICATE},
    ],
)
def test_a_stored_secret_goes_nowhere_else(
    city: Session, kept: Broker, move: dict[str, Any]
) -> None:
    moved = replace(wish_of(kept), **move)
    before = kept.model_dump()
    for wish in (moved, replace(moved, password="new"), replace(moved, key=KEY)):
        with pytest.raises(SecretNeeded):
            change_broker(city, A.scope, kept, wish, BOX)
        assert kept.model_dump() == before
    change_broker(city, A.scope, kept, replace(moved, password=None, key=KEY), BOX)
    assert kept.password_secret is None


def test_other_changes_keep_the_secrets(city: Session, kept: Broker) -> None:
    wish = replace(wish_of(kept), username="other", announce=True, discovery_prefix="ha/x")
    changed = change_broker(city, A.scope, kept, wish, BOX)
    assert BOX.open(changed.password_secret or "") == "s3cret"
    assert BOX.open(changed.key_secret or "") == KEY
    with pytest.raises(KeyUnfit):
        change_broker(city, A.scope, kept, replace(wish, certificate=CA), BOX)


def test_a_school_has_a_broker_once_and_not_too_many(city: Session, kept: Broker) -> None:
    with pytest.raises(BrokerKnown):
        add_broker(city, A.scope, A.school, BrokerWish(HERE), BOX)
    with pytest.raises(Invalid, match=r"17 \(1-16\)"):  # noqa: PT012 - the city has one already
        for number in range(MOST_BROKERS):
            add_broker(city, A.scope, A.school, BrokerWish(f"mqtt://10.0.0.{number + 1}"), BOX)


def test_a_neighbours_broker_is_left_alone(two_counties: Session) -> None:
    session = two_counties
    with pytest.raises(OutOfScope):
        add_broker(session, A.scope, B.school, BrokerWish(HERE), BOX)
    theirs = session.get_one(Broker, B.row("b"))
    with pytest.raises(OutOfScope):
        change_broker(session, A.scope, theirs, wish_of(theirs), BOX)
    assert change_broker(session, Scope.everything(), theirs, wish_of(theirs), BOX) is theirs
