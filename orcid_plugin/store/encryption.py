"""Secrets at rest: tokens sealed with MultiFernet and bound to their row, random links and states only as hashes."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from orcid_plugin.errors import SettingsError, UnusableKey

_SEPARATOR = "\x00"


class Keyring:
    """The keys of ORCID_PLUGIN_TOKEN_KEYS: the first one encrypts, all of them decrypt.

    Raises `SettingsError` when there are none: a key that were made up here would lose every token at the next start.
    """

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise SettingsError(
                "ORCID_PLUGIN_TOKEN_KEYS must be set: it encrypts tokens (make one: orcid-plugin keys new)"
            )
        self._keys = [Fernet(key) for key in keys]
        self._fernet = MultiFernet(self._keys)
        self.fingerprints = tuple(hashlib.sha256(key.encode()).hexdigest()[:8] for key in keys)
        """Names of the keys that give none away, in the order of the setting."""
        # A key of its own for look-ups: what is compared must not be what encrypts.
        self._lookups = [hmac.digest(key.encode(), b"orcid_plugin look-up", "sha256") for key in keys]

    def seal(self, secret: str, owner: str) -> str:
        """Encrypt a secret for its owner, so that the ciphertext is of no use in another row."""
        return self._fernet.encrypt(f"{owner}{_SEPARATOR}{secret}".encode()).decode()

    def open(self, sealed: str, owner: str) -> str:
        """Decrypt; raises `UnusableKey` where no key fits or the ciphertext belongs to another owner."""
        try:
            found, _, secret = self._fernet.decrypt(sealed.encode()).decode().partition(_SEPARATOR)
        except InvalidToken:
            raise UnusableKey(
                "a stored ORCID token cannot be decrypted with the keys in ORCID_PLUGIN_TOKEN_KEYS"
            ) from None
        if found != owner:
            raise UnusableKey("a stored ORCID token belongs to another row than the one that holds it")
        return secret

    def reseal(self, sealed: str) -> str | None:
        """The same secret for the same owner under the first key; None where it is under that already.

        Raises `UnusableKey` where no key fits.
        """
        if self.key_of(sealed) == self.fingerprints[0]:
            return None
        return self._fernet.rotate(sealed.encode()).decode()

    def key_of(self, sealed: str) -> str:
        """The fingerprint of the key that a ciphertext is under. Raises `UnusableKey` where none fits."""
        for fingerprint, key in zip(self.fingerprints, self._keys, strict=True):
            with contextlib.suppress(InvalidToken):
                key.decrypt(sealed.encode())
                return fingerprint
        raise UnusableKey("a stored secret cannot be decrypted with the keys in ORCID_PLUGIN_TOKEN_KEYS")

    def lookup(self, secret: str) -> str:
        """The keyed hash by which a secret is found in the database without being there."""
        return self.lookups(secret)[0]

    def lookups(self, secret: str) -> tuple[str, ...]:
        """The keyed hashes of a secret under each key: a row may still have that of an older one."""
        return tuple(hmac.digest(key, secret.encode(), "sha256").hex() for key in self._lookups)


def random_secret() -> str:
    """A URL-safe random secret of 256 bits, for a `state`, a link, a browser."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """SHA-256 of a random secret in hex. No salt: the secrets are random, and must be found by their hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
