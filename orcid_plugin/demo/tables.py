"""The journal's own database: accounts, articles, the mails it sent. Nothing here knows the plugin's tables."""

from __future__ import annotations

import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from orcid_plugin.metadata import json_form
from orcid_plugin.metadata.publication import Publication
from orcid_plugin.store.tables import UtcDateTime, now


class Base(DeclarativeBase):
    """Declarative base on the journal's own metadata."""

    type_annotation_map = {datetime.datetime: UtcDateTime, str: Text, dict[str, Any]: JSON}  # noqa: RUF012


class Account(Base):
    """Somebody who can sign in."""

    __tablename__ = "journal_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    affiliation: Mapped[str | None]
    password_hash: Mapped[str]
    """Empty for somebody who signs in with ORCID alone."""
    is_editor: Mapped[bool] = mapped_column(default=False)


class ArticleState(StrEnum):
    """Where an article stands."""

    SUBMITTED = "submitted"
    PUBLISHED = "published"
    RETRACTED = "retracted"
    WITHDRAWN = "withdrawn"


class Article(Base):
    """A submission, and the article that it became (`document`: the JSON form of `metadata.json_form`)."""

    __tablename__ = "journal_article"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("journal_account.id"))
    state: Mapped[str] = mapped_column(default=ArticleState.SUBMITTED)
    document: Mapped[dict[str, Any]]
    submitted_at: Mapped[datetime.datetime] = mapped_column(default=now)
    owner: Mapped[Account] = relationship(lazy="joined")

    @property
    def key(self) -> str:
        """How the plugin knows the article."""
        return f"article-{self.id}"

    @property
    def review_key(self) -> str:
        """How the plugin knows the review of it, of which there is one."""
        return f"{self.key}-review"

    @property
    def publication(self) -> Publication:
        """The article's metadata."""
        return json_form.load(self.document).publication

    def describe(self, publication: Publication) -> None:
        """Replace the article's metadata."""
        self.document = json_form.dump(publication)


def article_id(key: str) -> int:
    """The id in the key of an article or of its review; 0, which no article has, for any other text."""
    digits = key.removeprefix("article-").removesuffix("-review")
    return int(digits) if digits.isascii() and digits.isdecimal() else 0


class SentMail(Base):
    """A mail that the journal would have sent: the demo shows it instead."""

    __tablename__ = "journal_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    to: Mapped[str]
    subject: Mapped[str]
    text: Mapped[str]
    html: Mapped[str]
    sent_at: Mapped[datetime.datetime] = mapped_column(default=now)
