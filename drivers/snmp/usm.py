"""Users, keys and ciphers of SNMPv3's User-based Security Model.

RFC 3414 (MD5, SHA, DES, localised keys), RFC 3826 (AES-128), RFC 7860 (SHA-2). AES-192 and
AES-256 were never standardised: their keys are longer than most digests, and two ways of
stretching them are in use. draft-blumenthal-aes-usm appends the digest of the key so far
(net-snmp's ``AES-256``); draft-reeder-snmpv3-usm-3desede runs the key so far through
password-to-key again (Cisco and many others; ``AES-256-C``).
"""

import hashlib
import hmac
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from drivers.errors import AuthRejected
from drivers.plan import SnmpAccess

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.modes import CBC

#: Protocol to the digest's name and the length of the authentication parameters.
AUTH_PROTOCOLS: Final = {
    "MD5": ("md5", 12),
    "SHA": ("sha1", 12),
    "SHA-224": ("sha224", 16),
    "SHA-256": ("sha256", 24),
    "SHA-384": ("sha384", 32),
    "SHA-512": ("sha512", 48),
}
#: Protocol to the length of its key in octets; for DES the key and what its IV is made from.
PRIV_PROTOCOLS: Final = {
    "DES": 16,
    "AES-128": 16,
    "AES-192": 24,
    "AES-256": 32,
    "AES-192-C": 24,
    "AES-256-C": 32,
}

_STRETCHED_TO = 1 << 20
_DES_BLOCK = 8
_MAX_ENGINES = 20_000


class DecryptionFailed(ValueError):
    """What came cannot be deciphered with the user's key."""


@lru_cache(maxsize=512)
def password_to_key(secret: bytes, digest: str) -> bytes:
    """RFC 3414 A.2: the digest of the secret repeated up to one mebibyte (about 1 ms)."""
    repeated = secret * (_STRETCHED_TO // len(secret) + 1)
    return hashlib.new(digest, repeated[:_STRETCHED_TO]).digest()


def localise(key: bytes, engine_id: bytes, digest: str) -> bytes:
    """RFC 3414 A.2: the key one engine knows the user by."""
    return hashlib.new(digest, key + engine_id + key).digest()


def privacy_key(secret: bytes, engine_id: bytes, digest: str, protocol: str) -> bytes:
    """The localised key of a privacy protocol, stretched where the digest is too short."""
    size = PRIV_PROTOCOLS[protocol]
    key = localise(password_to_key(secret, digest), engine_id, digest)
    while len(key) < size:
        if protocol.endswith("-C"):
            key += localise(password_to_key(key, digest), engine_id, digest)
        else:
            key += hashlib.new(digest, key).digest()
    return key[:size]


_salts = itertools.count(secrets.randbits(63))


def encrypt_aes(key: bytes, boots: int, time: int, plain: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and privacy parameters (RFC 3826: CFB128, the salt is the parameters)."""
    salt = (next(_salts) & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "big")
    from drivers.snmp.ciphers import aes  # noqa: PLC0415 (loaded when first needed)

    vector = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
    encryptor = aes(key, vector).encryptor()
    return encryptor.update(plain) + encryptor.finalize(), salt


def decrypt_aes(key: bytes, boots: int, time: int, salt: bytes, data: bytes) -> bytes:
    """The inverse of :func:`encrypt_aes`.

    Raises:
        DecryptionFailed: the parameters cannot be used.
    """
    if len(salt) != 8 or not (0 <= boots < 1 << 32 and 0 <= time < 1 << 32):  # noqa: PLR2004
        raise DecryptionFailed("privacy parameters of a wrong length")
    from drivers.snmp.ciphers import aes  # noqa: PLC0415 (loaded when first needed)

    vector = boots.to_bytes(4, "big") + time.to_bytes(4, "big") + salt
    decryptor = aes(key, vector).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _des(key: bytes, salt: bytes) -> "Cipher[CBC]":
    from drivers.snmp.ciphers import des  # noqa: PLC0415 (loaded when first needed)

    return des(key[:8], bytes(a ^ b for a, b in zip(key[8:16], salt, strict=True)))


def encrypt_des(key: bytes, boots: int, time: int, plain: bytes) -> tuple[bytes, bytes]:
    """Ciphertext and privacy parameters (RFC 3414 section 8: CBC, padded to 8 octets)."""
    salt = boots.to_bytes(4, "big") + (next(_salts) & 0xFFFFFFFF).to_bytes(4, "big")
    encryptor = _des(key, salt).encryptor()
    padded = plain + bytes(-len(plain) % _DES_BLOCK)
    return encryptor.update(padded) + encryptor.finalize(), salt


def decrypt_des(key: bytes, boots: int, time: int, salt: bytes, data: bytes) -> bytes:
    """The inverse of :func:`encrypt_des`, padding included.

    Raises:
        DecryptionFailed: the parameters or the length cannot be right.
    """
    if len(salt) != _DES_BLOCK or len(data) % _DES_BLOCK:
        raise DecryptionFailed("not whole DES blocks")
    decryptor = _des(key, salt).decryptor()
    return decryptor.update(data) + decryptor.finalize()


@dataclass(frozen=True, slots=True)
class Keys:
    """A user's keys at one engine; empty where the user has no such protocol."""

    auth: bytes = b""
    priv: bytes = b""


@dataclass(slots=True)
class User:
    """A user as the agent of any device may know it; shared by all sessions with that access.

    Args:
        auth: ``(digest, parameter length)``, or ``None`` for noAuthNoPriv.
        priv: protocol name, or ``None`` without privacy.
    """

    name: bytes
    context: bytes
    auth: tuple[str, int] | None = None
    auth_secret: bytes = field(default=b"", repr=False)
    priv: str | None = None
    priv_secret: bytes = field(default=b"", repr=False)
    _keys: dict[bytes, Keys] = field(default_factory=dict, repr=False)

    def keys_at(self, engine_id: bytes) -> Keys:
        """The localised keys; computed once an engine."""
        keys = self._keys.get(engine_id)
        if keys is None:
            if len(self._keys) >= _MAX_ENGINES:
                self._keys.clear()
            keys = self._keys[engine_id] = self._localise(engine_id)
        return keys

    def _localise(self, engine_id: bytes) -> Keys:
        if self.auth is None:
            return Keys()
        digest = self.auth[0]
        auth = localise(password_to_key(self.auth_secret, digest), engine_id, digest)
        if self.priv is None:
            return Keys(auth)
        return Keys(auth, privacy_key(self.priv_secret, engine_id, digest, self.priv))

    def sign(self, key: bytes, message: bytes) -> bytes:
        """The authentication parameters of a message whose own are zeros."""
        if self.auth is None:
            return b""
        digest, size = self.auth
        return hmac.digest(key, message, digest)[:size]

    @property
    def encrypt(self) -> Callable[[bytes, int, int, bytes], tuple[bytes, bytes]]:
        return encrypt_des if self.priv == "DES" else encrypt_aes

    @property
    def decrypt(self) -> Callable[[bytes, int, int, bytes, bytes], bytes]:
        return decrypt_des if self.priv == "DES" else decrypt_aes


@lru_cache(maxsize=1024)
def user_of(access: SnmpAccess) -> User:
    """The user an access names; one object for equal accesses, so keys are made once.

    Raises:
        AuthRejected: the access itself cannot work; the detail says why.
    """
    if not access.user:
        raise AuthRejected("version 3 needs a user name")
    if access.priv and not access.auth:
        raise AuthRejected("privacy needs authentication")
    user = User(access.user.encode(), access.context.encode())
    if access.auth:
        protocol, user.auth_secret = _split(access.auth)
        if protocol not in AUTH_PROTOCOLS:
            raise AuthRejected(f"unknown authentication protocol {protocol}")
        user.auth = AUTH_PROTOCOLS[protocol]
    if access.priv:
        protocol, user.priv_secret = _split(access.priv)
        if protocol not in PRIV_PROTOCOLS:
            raise AuthRejected(f"unknown privacy protocol {protocol}")
        user.priv = protocol
    return user


def _split(text: str) -> tuple[str, bytes]:
    protocol, _, secret = text.partition(":")
    if not secret:
        raise AuthRejected("a protocol and its secret are written PROTOCOL:secret")
    return protocol.upper(), secret.encode()
