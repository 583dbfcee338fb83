"""Random tokens: shown once, kept as SHA-256 (256 random bits need no slow hash)."""

import hashlib
import secrets


def new_token(prefix: str = "") -> str:
    """32 random bytes, URL-safe, behind a prefix that secret scanners recognise."""
    return prefix + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: 64 hex digits."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
