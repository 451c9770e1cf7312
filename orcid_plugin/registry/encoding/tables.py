"""The messages of all sections: what stands where, in the order of the XSDs."""

from __future__ import annotations

from typing import Any, TypeVar

from orcid_plugin.registry.encoding.codec import Field, Table
from orcid_plugin.registry.encoding.forms import (
    COMMON,
    DATE,
    ERROR,
    FLAG,
    INDEX,
    INTEGER,
    MOMENT,
    ORCID,
    SOURCE,
    WRAPPED,
)
from orcid_plugin.registry.messages.affiliation import (
    Distinction,
    Education,
    Employment,
    InvitedPosition,
    Membership,
    Qualification,
    Service,
)
from orcid_plugin.registry.messages.funding import Amount, Funding, FundingContributor
from orcid_plugin.registry.messages.group_id import GroupIdRecord
from orcid_plugin.registry.messages.item import ExternalId, Organization, TranslatedTitle
from orcid_plugin.registry.messages.notification import AuthorizationUrl, NotificationItem, PermissionNotification
from orcid_plugin.registry.messages.peer_review import PeerReview
from orcid_plugin.registry.messages.person import (
    Address,
    Biography,
    Email,
    Keyword,
    Name,
    OtherName,
    PersonExternalId,
    ResearcherUrl,
)
from orcid_plugin.registry.messages.research_resource import Proposal, ResearchResource, ResourceItem
from orcid_plugin.registry.messages.work import Citation, Work, WorkContributor

T = TypeVar("T")

_PUT_CODE = Field("put_code", "@put-code", INTEGER)
CREATED = Field("created_date", "common:created-date", MOMENT, sent=False)
LAST_MODIFIED = Field("last_modified_date", "common:last-modified-date", MOMENT, sent=False)
SOURCE_OF = Field("source", "common:source", SOURCE, sent=False)
PATH = Field("path", "@path", sent=False)
_STORED = (
    _PUT_CODE,
    CREATED,
    LAST_MODIFIED,
    SOURCE_OF,
)
_ITEM = (
    _PUT_CODE,
    Field("visibility", "@visibility"),
    PATH,
    Field("display_index", "@display-index", INDEX, sent=False),
    *_STORED[1:],
)

_IDENTIFIER = (
    Field("type", "common:external-id-type", required=True),
    Field("value", "common:external-id-value", required=True),
    Field("url", "common:external-id-url", WRAPPED),
    Field("relationship", "common:external-id-relationship"),
)
EXTERNAL_ID = Table(
    ExternalId,
    COMMON,
    (
        *_IDENTIFIER,
        Field("normalized", "common:external-id-normalized", WRAPPED, sent=False),
        Field("normalized_error", "common:external-id-normalized-error", ERROR, sent=False),
    ),
)
TRANSLATED_TITLE = Table(
    TranslatedTitle,
    COMMON,
    (Field("value", "value", required=True), Field("language_code", "@language-code")),
)
ORGANIZATION = Table(
    Organization,
    COMMON,
    (
        Field("name", "name", required=True),
        Field("city", "address/city", framed=True),
        Field("region", "address/region"),
        Field("country", "address/country"),
        Field("disambiguated_id", "disambiguated-organization/disambiguated-organization-identifier"),
        Field("disambiguation_source", "disambiguated-organization/disambiguation-source"),
    ),
)

_TITLE = Field("title", "title/common:title", WRAPPED)
_TRANSLATED = Field("translated_title", "title/common:translated-title", TRANSLATED_TITLE)
EXTERNAL_IDS = Field("external_ids", "common:external-ids/common:external-id", EXTERNAL_ID, many=True)
_URL = Field("url", "common:url", WRAPPED)
PERIOD = (Field("start_date", "common:start-date", DATE), Field("end_date", "common:end-date", DATE))
_HOSTS = Field("hosts", "hosts/common:organization", ORGANIZATION, many=True)


WORK_CONTRIBUTOR = Table(
    WorkContributor,
    "work",
    (
        Field("orcid", "common:contributor-orcid", ORCID),
        Field("credit_name", "credit-name", WRAPPED),
        Field("sequence", "contributor-attributes/contributor-sequence"),
        Field("role", "contributor-attributes/contributor-role"),
    ),
    unread=("contributor-email",),
)
CITATION = Table(
    Citation,
    "work",
    (Field("citation_type", "citation-type", required=True), Field("citation_value", "citation-value", required=True)),
)
WORK = Table(
    Work,
    "work",
    (
        *_ITEM,
        Field("title", "title/common:title", WRAPPED, required=True),
        Field("subtitle", "title/common:subtitle", WRAPPED),
        _TRANSLATED,
        Field("journal_title", "journal-title", WRAPPED),
        Field("short_description", "short-description"),
        Field("citation", "citation", CITATION),
        Field("type", "type", required=True),
        Field("publication_date", "common:publication-date", DATE),
        EXTERNAL_IDS,
        _URL,
        Field("contributors", "contributors/contributor", WORK_CONTRIBUTOR, many=True),
        Field("language_code", "common:language-code"),
        Field("country", "common:country", WRAPPED),
    ),
    "work",
)


def _affiliation(kind: type[T], name: str) -> Table[T]:
    fields = (
        *_ITEM,
        Field("department_name", "common:department-name"),
        Field("role_title", "common:role-title"),
        *PERIOD,
        Field("organization", "common:organization", ORGANIZATION),
        _URL,
        EXTERNAL_IDS,
    )
    return Table(kind, name, fields, name)


FUNDING_CONTRIBUTOR = Table(
    FundingContributor,
    "funding",
    (
        Field("orcid", "common:contributor-orcid", ORCID),
        Field("credit_name", "credit-name", WRAPPED),
        Field("email", "contributor-email"),
        Field("role", "contributor-attributes/contributor-role"),
    ),
)
FUNDING = Table(
    Funding,
    "funding",
    (
        *_ITEM,
        Field("type", "type", required=True),
        Field("organization_defined_type", "organization-defined-type", WRAPPED),
        _TITLE,
        _TRANSLATED,
        Field("short_description", "short-description"),
        Field(
            "amount",
            "amount",
            Table(Amount, "funding", (Field("value", "value"), Field("currency_code", "@currency-code"))),
        ),
        _URL,
        *PERIOD,
        EXTERNAL_IDS,
        Field("contributors", "contributors/contributor", FUNDING_CONTRIBUTOR, many=True),
        Field("organization", "common:organization", ORGANIZATION),
    ),
    "funding",
)
PEER_REVIEW = Table(
    PeerReview,
    "peer-review",
    (
        *_ITEM,
        Field("reviewer_role", "reviewer-role", required=True),
        Field(
            "review_identifiers",
            "review-identifiers/common:external-id",
            EXTERNAL_ID,
            many=True,
            otherwise="common:external-ids/common:external-id",
        ),
        Field("review_url", "review-url", WRAPPED),
        Field("review_type", "review-type", required=True),
        Field("review_completion_date", "review-completion-date", DATE, otherwise="completion-date"),
        Field("review_group_id", "review-group-id", required=True),
        Field("subject_external_identifier", "subject-external-identifier", EXTERNAL_ID),
        Field("subject_container_name", "subject-container-name"),
        Field("subject_type", "subject-type"),
        Field("subject_name", "subject-name/common:title", WRAPPED),
        Field("subject_subtitle", "subject-name/common:subtitle", WRAPPED),
        Field("subject_translated_title", "subject-name/common:translated-title", TRANSLATED_TITLE),
        Field("subject_url", "subject-url", WRAPPED),
        Field("convening_organization", "convening-organization", ORGANIZATION),
    ),
    "peer-review",
)
PROPOSAL = Table(
    Proposal,
    "research-resource",
    (
        Field("title", "title/common:title", WRAPPED, required=True),
        _TRANSLATED,
        _HOSTS,
        EXTERNAL_IDS,
        *PERIOD,
        _URL,
    ),
)
RESOURCE_ITEM = Table(
    ResourceItem,
    "research-resource",
    (
        Field("name", "resource-name", required=True),
        Field("type", "resource-type", required=True),
        _HOSTS,
        EXTERNAL_IDS,
        _URL,
    ),
)
RESEARCH_RESOURCE = Table(
    ResearchResource,
    "research-resource",
    (
        *_ITEM,
        Field("proposal", "proposal", PROPOSAL, required=True),
        Field("resource_items", "(resource-items)/resource-item", RESOURCE_ITEM, many=True),
    ),
    "research-resource",
)
GROUP_ID_RECORD = Table(
    GroupIdRecord,
    "group-id",
    (
        *_STORED,
        Field("name", "name", required=True),
        Field("group_id", "group-id", required=True),
        Field("description", "description", required=True),
        Field("type", "type", required=True),
    ),
    "group-id-record",
)
NOTIFICATION_ITEM = Table(
    NotificationItem,
    "notification",
    (
        Field("type", "item-type", required=True),
        Field("name", "item-name", required=True),
        Field("external_id", "common:external-id", EXTERNAL_ID),
    ),
)
PERMISSION_NOTIFICATION = Table(
    PermissionNotification,
    "notification",
    (
        _PUT_CODE,
        Field("notification_type", "notification-type"),
        Field(
            "authorization_url",
            "authorization-url",
            Table(
                AuthorizationUrl, "notification", (Field("uri", "uri"), Field("path", "path"), Field("host", "host"))
            ),
            required=True,
        ),
        Field("subject", "notification-subject", required=True),
        Field("intro", "notification-intro", required=True),
        Field("items", "items/item", NOTIFICATION_ITEM, many=True),
        CREATED,
        *(
            Field(f"{name}_date", f"{prefix}{name}-date", MOMENT, sent=False)
            for prefix, name in (("common:", "sent"), ("common:", "read"), ("", "actioned"), ("common:", "archived"))
        ),
        SOURCE_OF,
    ),
    "notification",
)


def _person(kind: type[T], name: str, *fields: Field) -> Table[T]:
    return Table(kind, name, (*_ITEM, *fields), name)


_CONTENT = Field("content", "content", required=True)
_PERSONAL = "personal-details"

TABLES: dict[Any, Table[Any]] = {
    table.kind: table
    for table in (
        WORK,
        _affiliation(Distinction, "distinction"),
        _affiliation(Education, "education"),
        _affiliation(Employment, "employment"),
        _affiliation(InvitedPosition, "invited-position"),
        _affiliation(Membership, "membership"),
        _affiliation(Qualification, "qualification"),
        _affiliation(Service, "service"),
        FUNDING,
        PEER_REVIEW,
        RESEARCH_RESOURCE,
        GROUP_ID_RECORD,
        PERMISSION_NOTIFICATION,
        _person(Address, "address", Field("country", "country", WRAPPED, required=True)),
        _person(Keyword, "keyword", _CONTENT),
        _person(OtherName, "other-name", _CONTENT),
        _person(
            ResearcherUrl,
            "researcher-url",
            Field("url_name", "url-name"),
            Field("url", "url", WRAPPED, required=True),
        ),
        _person(PersonExternalId, "external-identifier", *_IDENTIFIER),
        _person(
            Email,
            "email",
            Field("email", "email", required=True),
            Field("verified", "@verified", FLAG, sent=False),
            Field("primary", "@primary", FLAG, sent=False),
        ),
        Table(Biography, _PERSONAL, (*_ITEM, _CONTENT), "biography"),
        Table(
            Name,
            _PERSONAL,
            (
                *_ITEM,
                Field("given_names", "given-names", WRAPPED),
                Field("family_name", "family-name", WRAPPED),
                Field("credit_name", "credit-name", WRAPPED),
            ),
            "name",
        ),
    )
}
"""The table of each message that stands on its own."""
