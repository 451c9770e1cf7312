"""The Registry's keys for signing id_tokens, and their public side as JSON Web Keys (RFC 7517)."""

from __future__ import annotations

import uuid
from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from orcid_plugin.emulator.values import SigningKey


def new() -> SigningKey:
    """A key with an id of its own."""
    return SigningKey(f"emulator-{uuid.uuid4().hex}", RSAKey.generate_key(2048).as_pem(private=True).decode())


@lru_cache(maxsize=8)  # reading a key checks its arithmetic, which takes longer than signing
def private(key: SigningKey) -> RSAKey:
    """The key itself; raises `ValueError` for what is no private RSA key."""
    try:
        read = RSAKey.import_key(key.pem)
    except (JoseError, TypeError, ValueError):
        raise ValueError("has no private RSA key in PEM form, without a password") from None
    if not read.is_private:
        raise ValueError("has a public key where a private one is needed")
    return read


def public(key: SigningKey) -> dict[str, Any]:
    """What everybody may know of the key, as `/oauth/jwks` shows it: without `alg`."""
    jwk = private(key).as_dict(private=False)
    return {"kty": "RSA", "e": jwk["e"], "use": "sig", "kid": key.kid, "n": jwk["n"]}
