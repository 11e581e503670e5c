"""The server's own secrets. They live in the database, so a backup holds them and receipts survive a
restore."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import sqlite3

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


def ensure_keys(db: sqlite3.Connection) -> None:
    """Makes the receipt key and the recovery key pair where they are missing."""
    private = ec.generate_private_key(ec.SECP256R1())
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = private.public_key().public_bytes(
        serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    )
    if get(db, "recovery_private") is None:
        put(db, "recovery_private", pem)
        put(db, "recovery_public", encode(public))
    if get(db, "server_key") is None:
        put(db, "server_key", encode(secrets.token_bytes(32)))


def get(db: sqlite3.Connection, key: str) -> str | None:
    row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def put(db: sqlite3.Connection, key: str, value: str) -> None:
    db.execute(
        "INSERT INTO setting VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )


def published_tag(db: sqlite3.Connection, scope: list[str]) -> str:
    """Another one once a form, an area or a round changed, or for another scope."""
    text = json.dumps([get(db, "published"), scope])
    return encode(hashlib.sha256(text.encode()).digest()[:6])


def recovery_public(db: sqlite3.Connection) -> str:
    """The P-256 public key that wraps phones' data keys: the uncompressed point, base64url."""
    return get(db, "recovery_public") or ""


def receipt_mac(db: sqlite3.Connection, change_id: str, pos: int, at: int, role: str) -> str:
    """The same, by the store's own key."""
    return receipt_mac_by(receipt_signer(receipt_key(db)), change_id, pos, at, role)


def receipt_key(db: sqlite3.Connection) -> bytes:
    """What `receipt_signer` needs."""
    return decode(get(db, "server_key") or "")


def receipt_signer(key: bytes) -> hmac.HMAC:
    """What `receipt_mac_by` begins each receipt with: to begin anew costs as much as all the rest."""
    return hmac.new(key, b"receipt|", "sha256")


def receipt_mac_by(signer: hmac.HMAC, change_id: str, pos: int, at: int, role: str) -> str:
    """What proves a receipt: HMAC-SHA256 over id, position, `at` and role, first 16 bytes, base64url."""
    signed = signer.copy()
    signed.update(f"{change_id}|{pos}|{at}|{role}".encode("utf-8", "surrogatepass"))
    return encode(signed.digest()[:16])


def derived_token(db: sqlite3.Connection, purpose: str, *parts: str) -> str:
    """A secret that the same parts give again, so that a lost answer can be repeated though only its hash is
    stored."""
    return _derive(db, "|".join((purpose, *parts)), 32)


def _derive(db: sqlite3.Connection, message: str, length: int) -> str:
    signed = hmac.digest(receipt_key(db), message.encode("utf-8", "surrogatepass"), "sha256")
    return encode(signed[:length])


def hashed(token: str) -> str:
    """How tokens are stored. At least 192 random bits: a plain hash cannot be reversed by guessing."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def encode(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).translate(_IN_URLS, b"=").decode()


def decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


_IN_URLS = bytes.maketrans(b"+/", b"-_")
