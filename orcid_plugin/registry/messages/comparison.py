"""Whether what the Registry stored is what was sent.

An update that the Registry takes for no change answers 200 with the stored item and changes nothing; it looks at the
first 50 contributors only, and does not see the mere removal of a citation, translated title or date. So the
answer to every PUT is compared with what was sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from orcid_plugin.registry.encoding import json
from orcid_plugin.registry.messages.work import Work


def differences(sent: Work, returned: Work) -> tuple[str, ...]:
    """JSON pointers of the elements that came back otherwise (`/citation`, `/contributors`); empty if none did.

    Put-code and visibility do not count, nor white space, nor the credit name of a contributor with an iD, which the
    Registry replaces by the public name on that person's record.
    """
    ours, theirs = json.encode(_comparable(sent)), json.encode(_comparable(returned))
    names = dict.fromkeys((*ours, *theirs))
    return tuple(f"/{name}" for name in names if _trimmed(ours.get(name)) != _trimmed(theirs.get(name)))


def _comparable(work: Work) -> Work:
    contributors = tuple(replace(one, credit_name=None) if one.orcid else one for one in work.contributors)
    return replace(work, put_code=None, visibility=None, contributors=contributors)


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _trimmed(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_trimmed(item) for item in value]
    return " ".join(value.split()) if isinstance(value, str) else value
