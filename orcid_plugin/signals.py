"""What a host can listen to (blinker). Each is sent after the commit, with the site's key as sender.

Receivers get `orcid` (the bare iD) and `account` (the host's id of the person, or None). A receiver that fails is
logged and disturbs nothing.
"""

from __future__ import annotations

from blinker import Namespace

_signals = Namespace()

connected = _signals.signal("connected", "A person gave this site permission, for the first time or again.")
permission_ended = _signals.signal("permission-ended", "ORCID says that the person's permission is gone.")
disconnected = _signals.signal("disconnected", "A person disconnected here.")
