"""Keys against the standards' own examples and pysnmp; ciphers against each other."""

import pytest
from pysnmp.entity import config as pysnmp
from pysnmp.proto.rfc1902 import OctetString

from drivers.plan import SnmpAccess
from drivers.snmp import usm

ENGINE = bytes.fromhex("000000000000000000000002")
AUTH_IDS = {
    "MD5": pysnmp.USM_AUTH_HMAC96_MD5,
    "SHA": pysnmp.USM_AUTH_HMAC96_SHA,
    "SHA-224": pysnmp.USM_AUTH_HMAC128_SHA224,
    "SHA-256": pysnmp.USM_AUTH_HMAC192_SHA256,
    "SHA-384": pysnmp.USM_AUTH_HMAC256_SHA384,
    "SHA-512": pysnmp.USM_AUTH_HMAC384_SHA512,
}
PRIV_IDS = {
    "DES": pysnmp.USM_PRIV_CBC56_DES,
    "AES-128": pysnmp.USM_PRIV_CFB128_AES,
    "AES-192": pysnmp.USM_PRIV_CFB192_AES_BLUMENTHAL,
    "AES-256": pysnmp.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "AES-192-C": pysnmp.USM_PRIV_CFB192_AES,
    "AES-256-C": pysnmp.USM_PRIV_CFB256_AES,
}


@pytest.mark.parametrize(
    ("digest", "expected"),
    [
        ("md5", "526f5eed9fcce26f8964c2930787d82b"),  # RFC 3414 A.3.1
        ("sha1", "6695febc9288e36282235fc7151f128497b38f3f"),  # RFC 3414 A.3.2
    ],
)
def test_keys_are_localised_as_in_the_standard(digest: str, expected: str) -> None:
    key = usm.localise(usm.password_to_key(b"maplesyrup", digest), ENGINE, digest)
    assert key.hex() == expected


@pytest.mark.parametrize("auth", AUTH_IDS)
def test_authentication_keys_are_made_as_pysnmp_does(auth: str) -> None:
    digest, _ = usm.AUTH_PROTOCOLS[auth]
    service = pysnmp.AUTH_SERVICES[AUTH_IDS[auth]]
    theirs = service.localize_key(service.hash_passphrase(b"another secret"), OctetString(ENGINE))
    ours = usm.localise(usm.password_to_key(b"another secret", digest), ENGINE, digest)
    assert ours == bytes(theirs)


@pytest.mark.parametrize("auth", AUTH_IDS)
@pytest.mark.parametrize("priv", PRIV_IDS)
def test_privacy_keys_are_stretched_as_pysnmp_does(auth: str, priv: str) -> None:
    digest, _ = usm.AUTH_PROTOCOLS[auth]
    service = pysnmp.PRIV_SERVICES[PRIV_IDS[priv]]
    hashed = service.hash_passphrase(AUTH_IDS[auth], b"a privacy secret")
    theirs = bytes(service.localize_key(AUTH_IDS[auth], hashed, OctetString(ENGINE)))
    ours = usm.privacy_key(b"a privacy secret", ENGINE, digest, priv)
    assert ours == theirs[: len(ours)]


@pytest.mark.parametrize("protocol", usm.PRIV_PROTOCOLS)
@pytest.mark.parametrize("length", [1, 8, 64, 1400])
def test_what_was_enciphered_can_be_deciphered(protocol: str, length: int) -> None:
    access = SnmpAccess(version="3", user="u", auth="SHA:secret", priv=f"{protocol}:secret")
    user = usm.user_of(access)
    key = user.keys_at(ENGINE).priv
    plain = bytes(range(256)) * 6
    enciphered, salt = user.encrypt(key, 3, 77, plain[:length])
    deciphered = user.decrypt(key, 3, 77, salt, enciphered)
    assert deciphered[:length] == plain[:length]
    assert len(deciphered) - length < 8
    assert user.encrypt(key, 3, 77, plain[:length])[1] != salt


@pytest.mark.parametrize("protocol", ["DES", "AES-128"])
def test_parameters_of_a_wrong_length_cannot_be_deciphered(protocol: str) -> None:
    user = usm.user_of(
        SnmpAccess(version="3", user="u", auth="SHA:secret", priv=f"{protocol}:secret")
    )
    with pytest.raises(usm.DecryptionFailed):
        user.decrypt(user.keys_at(ENGINE).priv, 1, 1, b"short", b"x" * 16)


def test_secrets_do_not_show_in_a_users_text() -> None:
    user = usm.user_of(SnmpAccess(version="3", user="u", auth="SHA:hush", priv="DES:hushhush"))
    user.keys_at(ENGINE)
    assert "hush" not in repr(user)
    assert user.keys_at(ENGINE).auth.hex() not in repr(user)


def test_equal_accesses_share_their_keys() -> None:
    first = usm.user_of(SnmpAccess(version="3", user="u", auth="SHA:a:b"))
    assert first is usm.user_of(SnmpAccess(version="3", user="u", auth="SHA:a:b"))
    assert first.auth_secret == b"a:b"
