"""`random()` and `uuid()`: chance that replicas agree on, from the record's seed and the place of use."""

from __future__ import annotations

MASK = 0xFFFFFFFF
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyz"


def draw(key: str) -> int:
    """32 bits: FNV-1a over the key's code points, then the finisher of MurmurHash3 against its patterns."""
    found = 0x811C9DC5
    for char in key:
        found = (found ^ ord(char)) * 0x01000193 & MASK
    found = (found ^ found >> 16) * 0x85EBCA6B & MASK
    found = (found ^ found >> 13) * 0xC2B2AE35 & MASK
    return found ^ found >> 16


def random_number(key: str) -> float:
    """At least 0, below 1."""
    return draw(key) / 2**32


def random_uuid(key: str) -> str:
    """A version 4 UUID as text."""
    digits = "".join(f"{draw(f'{key}|{part}'):08x}" for part in range(4))
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def random_text(key: str, length: int) -> str:
    return "".join(ALPHABET[draw(f"{key}|{at}") % 36] for at in range(length))
