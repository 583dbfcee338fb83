"""Agents as tests need them: a key, requests signed with it, a controller that takes them."""

from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI
from sqlmodel import Session

from drivers.signatures import public_bytes, sign, target_of
from inventory.enrolment import create_token, redeem
from inventory.scope import Scope


def enrolled(session: Session, school: str, name: str) -> tuple[str, Ed25519PrivateKey]:
    """A new agent of a school: its id and its key."""
    now = datetime.now(UTC)
    key = Ed25519PrivateKey.generate()
    token = create_token(session, Scope.everything(), [school], now=now, lasts=timedelta(hours=1))
    made = redeem(session, token, public_key=public_bytes(key), name=name, version="0.1.0", now=now)
    return made.agent.id, key


def signed(
    app: FastAPI, key: Ed25519PrivateKey, method: str, path: str, body: bytes = b""
) -> dict[str, str]:
    """The header of one request, with a nonce fresh from the controller."""
    nonce = app.state.agent_gate.nonces.mint()
    token = sign(key, method=method, target=target_of(path), nonce=nonce, body=body)
    return {"Authorization": f"Bearer {token}"}
