"""What the story expects of a record and of a deposit, read as anybody could read it: over the public API, from XML."""

from __future__ import annotations

import html
import unicodedata
from typing import Any

import requests
from lxml import etree

from orcid_plugin.demo.browser import TIMEOUT
from orcid_plugin.demo.cast import Player
from orcid_plugin.errors import StepFailed


def work_of_record(public_api: str, orcid: str, doi: str) -> dict[str, Any]:
    """The work with this DOI of its own on a record. Raises `StepFailed` unless there is exactly one."""
    with requests.Session() as session:
        session.trust_env = False
        record = f"{public_api}/v3.0/{orcid}"
        groups = _json(session, f"{record}/works")["group"]
        summaries = [summary for group in groups for summary in group["work-summary"]]
        found = [summary["put-code"] for summary in summaries if doi in _own_dois(summary)]
        if len(found) != 1:
            raise StepFailed(f"the record has {len(found)} works with the DOI {doi}")
        return _json(session, f"{record}/work/{found[0]}")


def require_anonymous_review(public_api: str, orcid: str) -> None:
    """Raise `StepFailed` unless the record credits one review, and names nothing that was reviewed."""
    with requests.Session() as session:
        session.trust_env = False
        record = f"{public_api}/v3.0/{orcid}"
        groups = _json(session, f"{record}/peer-reviews")["group"]
        inner = [one for group in groups for one in group["peer-review-group"]]
        found = [summary["put-code"] for one in inner for summary in one["peer-review-summary"]]
        if len(found) != 1:
            raise StepFailed(f"the record has {len(found)} reviews")
        review = _json(session, f"{record}/peer-review/{found[0]}")
    if named := sorted(name for name, value in review.items() if name.startswith("subject-") and value):
        raise StepFailed(f"the review on the record tells {named[0]}")


def _json(session: requests.Session, url: str) -> dict[str, Any]:
    answer = session.get(url, headers={"Accept": "application/json"}, timeout=TIMEOUT)
    if not answer.ok:
        raise StepFailed(f"{url} answered {answer.status_code}")
    content: dict[str, Any] = answer.json()
    return content


def _own_dois(work: dict[str, Any]) -> set[str]:
    return {
        entry["external-id-value"].lower()
        for entry in (work.get("external-ids") or {}).get("external-id", ())
        if entry["external-id-type"] == "doi" and entry["external-id-relationship"] == "self"
    }


def require_title(work: dict[str, Any], title: str) -> None:
    """Raise `StepFailed` unless the work has this title; tags may be gone, and an end for which ORCID has no room."""
    found = str(work["title"]["title"]["value"])
    left = iter(_letters(title))
    if not all(letter in left for letter in _letters(found)):
        raise StepFailed(f"the work on the record has the title {found!r}")


def _letters(title: str) -> list[str]:
    return [character for character in unicodedata.normalize("NFC", html.unescape(title)) if character.isalnum()]


def require_container(work: dict[str, Any], issns: set[str]) -> None:
    """Raise `StepFailed` unless the work is part of what has these ISSNs, and carries a BibTeX citation."""
    entries = (work.get("external-ids") or {}).get("external-id", ())
    found = {one["external-id-value"] for one in entries if one["external-id-relationship"] == "part-of"}
    if missing := issns - found:
        raise StepFailed(f"the work is not part of the ISSN {min(missing)}")
    if (work.get("citation") or {}).get("citation-type") != "bibtex":
        raise StepFailed("the work carries no BibTeX citation")


def require_contributors(work: dict[str, Any], player: Player, connected: set[str]) -> None:
    """Raise `StepFailed` unless the work names the player with their iD and roles, and no iD but those connected."""
    people = (work.get("contributors") or {}).get("contributor", ())
    with_orcid = [one for one in people if one.get("contributor-orcid")]
    strangers = {one["contributor-orcid"]["path"] for one in with_orcid} - connected
    if strangers:
        raise StepFailed(f"the work carries the iD {min(strangers)}, whose owner never connected")
    own = [one for one in with_orcid if one["contributor-orcid"]["path"] == player.orcid]
    if not own:
        raise StepFailed(f"the work does not carry the iD of {player.name}")
    found = {(one.get("contributor-attributes") or {}).get("contributor-role") for one in own}
    wanted = {role.role.orcid_uri for role in player.contributor.credit}
    if not wanted <= found:
        raise StepFailed(f"the work gives {player.name} the roles {sorted(map(str, found))}")


def authenticated_orcids(deposit: bytes) -> set[str]:
    """The bare iDs that a Crossref deposit marks as authenticated."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    root = etree.fromstring(deposit, parser)
    marked = root.iterfind(".//{*}person_name/{*}ORCID[@authenticated='true']")
    return {(element.text or "").rpartition("/")[2] for element in marked}
