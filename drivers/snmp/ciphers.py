"""The block ciphers of SNMPv3 privacy; a module of its own, for they cost 9 MB to load."""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.decrepit.ciphers.modes import CFB
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC


def aes(key: bytes, vector: bytes) -> Cipher[CFB]:
    """AES with 128-bit cipher feedback (RFC 3826)."""
    return Cipher(AES(key), CFB(vector))


def des(key: bytes, vector: bytes) -> Cipher[CBC]:
    """Single DES, which is triple DES with one key three times over (RFC 3414 section 8)."""
    return Cipher(TripleDES(key * 3), CBC(vector))
