"""ORCID's closed vocabularies (API v3.0): work types, relationships, languages, countries, identifier types.

They are the one thing that the Registry's client and the emulator share, so that a mistake in the client is not
repeated by what checks it. Values are lower case and case-sensitive unless a name says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class WorkType(StrEnum):
    """The 59 work types of ORCID's work message (orcid-model 3.0, `work-type`); the value is the term sent to ORCID."""

    ANNOTATION = "annotation"
    ARTISTIC_PERFORMANCE = "artistic-performance"
    BLOG_POST = "blog-post"
    BOOK = "book"
    BOOK_CHAPTER = "book-chapter"
    BOOK_REVIEW = "book-review"
    CARTOGRAPHIC_MATERIAL = "cartographic-material"
    CLINICAL_STUDY = "clinical-study"
    CONFERENCE_ABSTRACT = "conference-abstract"
    CONFERENCE_OUTPUT = "conference-output"
    CONFERENCE_PAPER = "conference-paper"
    CONFERENCE_POSTER = "conference-poster"
    CONFERENCE_PRESENTATION = "conference-presentation"
    CONFERENCE_PROCEEDINGS = "conference-proceedings"
    DATA_MANAGEMENT_PLAN = "data-management-plan"
    DATA_SET = "data-set"
    DESIGN = "design"
    DICTIONARY_ENTRY = "dictionary-entry"
    DISCLOSURE = "disclosure"
    DISSERTATION_THESIS = "dissertation-thesis"
    EDITED_BOOK = "edited-book"
    ENCYCLOPEDIA_ENTRY = "encyclopedia-entry"
    IMAGE = "image"
    INVENTION = "invention"
    JOURNAL_ARTICLE = "journal-article"
    JOURNAL_ISSUE = "journal-issue"
    LEARNING_OBJECT = "learning-object"
    LECTURE_SPEECH = "lecture-speech"
    LICENSE = "license"
    MAGAZINE_ARTICLE = "magazine-article"
    MANUAL = "manual"
    MOVING_IMAGE = "moving-image"
    MUSICAL_COMPOSITION = "musical-composition"
    NEWSLETTER_ARTICLE = "newsletter-article"
    NEWSPAPER_ARTICLE = "newspaper-article"
    ONLINE_RESOURCE = "online-resource"
    OTHER = "other"
    PATENT = "patent"
    PHYSICAL_OBJECT = "physical-object"
    PREPRINT = "preprint"
    PUBLIC_SPEECH = "public-speech"
    REGISTERED_COPYRIGHT = "registered-copyright"
    REPORT = "report"
    RESEARCH_TECHNIQUE = "research-technique"
    RESEARCH_TOOL = "research-tool"
    REVIEW = "review"
    SOFTWARE = "software"
    SOUND = "sound"
    SPIN_OFF_COMPANY = "spin-off-company"
    STANDARDS_AND_POLICY = "standards-and-policy"
    SUPERVISED_STUDENT_PUBLICATION = "supervised-student-publication"
    TECHNICAL_STANDARD = "technical-standard"
    TEST = "test"
    TRADEMARK = "trademark"
    TRANSCRIPTION = "transcription"
    TRANSLATION = "translation"
    WEBSITE = "website"
    WORKING_PAPER = "working-paper"
    UNDEFINED = "undefined"


class Relationship(StrEnum):
    """How an external identifier relates to the item that carries it (`common:relationship-type`)."""

    SELF = "self"
    PART_OF = "part-of"
    VERSION_OF = "version-of"
    FUNDED_BY = "funded-by"


FUNDED_BY_TYPES = frozenset({"grant_number", "proposal-id", "uri", "doi"})
"""Identifier types that may be `funded-by` (Registry: ExternalIDValidator)."""

CITATION_TYPES = frozenset(
    "formatted-unspecified bibtex formatted-apa formatted-harvard formatted-ieee formatted-mla "
    "formatted-vancouver formatted-chicago ris".split()
)

CONTRIBUTOR_ROLES = frozenset(
    "author assignee editor chair-or-translator co-investigator co-inventor graduate-student other-inventor "
    "principal-investigator postdoctoral-researcher support-staff".split()
)
"""ORCID's own contributor roles of works; beside them the 14 CRediT URIs of `credit.Credit.orcid_uri` are allowed."""

LANGUAGE_CODES = frozenset(
    "ab aa af ak sq am ar an hy as av ae ay az bm ba eu be bn bh bi bs br bg my ca ch ce zh_CN zh_TW cu cv kw co "
    "cr hr cs da dv nl dz en eo et ee fo fj fi fr fy ff gl lg ka de el kl gn gu ht ha iw hz hi ho hu is io ig in "
    "ia ie iu ik ga it ja jv kn kr ks kk km ki rw ky kv kg ko ku kj lo la lv li ln lt lu lb mk mg ms ml mt gv mi "
    "mr mh mo mn na nv ng ne nd se no nb nn ny oc oj or om os pi pa fa pl pt ps qu rm ro rn ru sm sg sa sc gd sr "
    "sn ii sd si sk sl so nr st es su sw ss sv tl ty tg ta tt te th bo ti to ts tn tr tk tw ug uk ur uz ve vi vo "
    "wa cy wo xh ji yo za zu".split()
)
"""Language codes of works: ISO 639-1 in its old spelling (`iw`, `in`, `ji`) and Chinese by country."""

COUNTRY_CODES = frozenset(
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY "
    "BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK "
    "FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR "
    "IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK "
    "ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split()
)
"""ISO 3166-1 alpha-2 in upper case, and `XK`."""


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """One of ORCID's external identifier types: its API name, the prefix that resolves a value, and its case rule."""

    name: str
    resolver: str | None = None
    case_sensitive: bool = False


# `*` marks a case-sensitive type, as in the Registry's own seed data.
_IDENTIFIER_TYPES = """
agr
ark*
arxiv https://arxiv.org/abs/
asin http://www.amazon.com/dp/
asin-tld
authenticusid https://www.authenticus.pt/
bibcode* http://adsabs.harvard.edu/abs/
cba
cgn* https://id.culturegraph.org/
cienciaiul https://ciencia.iscte-iul.pt/id/
cit
cstr https://www.cstr.cn/
ctx
dnb https://d-nb.info/
doi https://doi.org/
eid
emdb* https://www.ebi.ac.uk/emdb/
empiar* https://www.ebi.ac.uk/empiar/
ethos* http://ethos.bl.uk/OrderDetails.do?uin=
grant_number
hal https://hal.archives-ouvertes.fr/view/resolver/
handle http://hdl.handle.net/
hir
isbn https://www.worldcat.org/isbn/
ismn
issn https://portal.issn.org/resource/ISSN/
jfm http://zbmath.org/?format=complete&q=an%3A
jstor http://www.jstor.org/stable/
k10plus* https://opac.k10plus.de/DB=2.299/PPNSET?PPN=
kuid https://koreamed.org/article/
lccn http://lccn.loc.gov/
lensid https://www.lens.org/
mr http://www.ams.org/mathscinet-getitem?mr=
oclc http://www.worldcat.org/oclc/
ol* http://openlibrary.org/b/
osti https://www.osti.gov/biblio/
other-id
pat
pdb http://identifiers.org/pdb/
pmc https://europepmc.org/article/pmc/
pmid https://pubmed.ncbi.nlm.nih.gov/
ppr https://europepmc.org/article/PPR/
proposal-id
raid https://raid.org/
rfc https://tools.ietf.org/html/
rrid* https://identifiers.org/rrid/
source-work-id
ssrn http://papers.ssrn.com/abstract_id=
uri*
urn
wosuid
zbl http://zbmath.org/?format=complete&q=
"""


def _identifier_types() -> dict[str, IdentifierType]:
    types = {}
    for line in _IDENTIFIER_TYPES.split("\n"):
        if line:
            name, _, resolver = line.partition(" ")
            bare = name.rstrip("*")
            types[bare] = IdentifierType(bare, resolver or None, case_sensitive=name != bare)
    return types


IDENTIFIER_TYPES = _identifier_types()
"""ORCID's 52 external identifier types by API name."""
