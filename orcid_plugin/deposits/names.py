"""Names of people, folded so that two spellings of one name compare as equal and two names never do by accident."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

Words = tuple[str, ...]

_LEFT_OUT = dict.fromkeys(map(ord, "'’‘ʼʻ`´′\u00ad\u200b\u200c\u200d\u200e\u200f\ufeff"))
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
_SPELLED_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_SUFFIXES = {"jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr", "ii": "ii", "iii": "iii", "iv": "iv"}
_MOST_ROTATED_WORDS = 12


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to tell given names from family name.

    Attributes:
        given: folded words of the given names, at least one.
        family: the family name, folded, without spaces.
        reversed: the family name was taken from the front, or from where the given names should stand.
    """

    given: Words
    family: str
    reversed: bool = False

    @property
    def in_full(self) -> bool:
        """Whether the first given name is written out, not an initial."""
        return _is_full(self.given[0])

    def fits(self, other: Reading) -> bool:
        """The same family name, and every given name that both have is the same or the initial of the other."""
        # Both reversed would compare family names by their first word: García is not García Márquez.
        return (
            self.family == other.family
            and not (self.reversed and other.reversed)
            and all(
                a == b or (not _is_full(a) and b.startswith(a)) or (not _is_full(b) and a.startswith(b))
                for a, b in zip(self.given, other.given, strict=False)
            )
        )

    def fits_in_full(self, other: Reading) -> bool:
        """As `fits`, with the first given name written out on both sides."""
        return self.in_full and other.in_full and self.fits(other)


@dataclass(frozen=True, slots=True)
class Name:
    """A person's name, folded.

    Attributes:
        form: its parts as they stand, without spaces; tells two people with almost the same name apart.
        suffix: `jr`, `sr`, `ii` …, or empty.
        keys: two names are the same name if they share one of these.
        readings: as the name stands; several where it came in one piece.
        swapped: the readings with given names and family name exchanged.
    """

    form: Words
    suffix: str
    keys: frozenset[str]
    readings: frozenset[Reading]
    swapped: frozenset[Reading]

    @classmethod
    def of(cls, given: str | None, family: str | None, suffix: str | None = None) -> Name:
        """Fold a name in parts; a name in one piece stands in `family` alone, as Crossref and JATS want it."""
        given_words, family_words, found = _parts(given, family)
        variants = {(given_words, family_words), _parts(given, family, spelled_out=True)[:2]}
        if given and family and len(given) <= 3 and given.isupper() and not family.isupper():
            variants.add((tuple("".join(given_words)), family_words))  # "JS" for J. S.
        stated = "".join(_fold(suffix))
        known = _SUFFIXES.get(stated, stated) or found
        return cls(
            form=("".join(given_words), "".join(family_words), known),
            suffix=known,
            keys=frozenset(key for variant in variants for key in _keys(*variant)),
            readings=frozenset(reading for variant in variants for reading in _readings(*variant)),
            swapped=frozenset(Reading(words, "".join(first), True) for first, words in variants if first and words),
        )

    def same_as(self, other: Name) -> bool:
        """The same name but for case, accents, punctuation, spacing and the order of its parts."""
        return not self.keys.isdisjoint(other.keys) and self.suffix_fits(other)

    def suffix_fits(self, other: Name) -> bool:
        """Not two different suffixes; one side may leave it out."""
        return not (self.suffix and other.suffix and self.suffix != other.suffix)

    def compatible_with(self, other: Name) -> bool:
        """The same family name, and given names of which one side has only initials or leaves out the later ones."""
        return self.suffix_fits(other) and (
            any(mine.fits(theirs) for mine in self.readings for theirs in other.readings)
            or any(mine.fits_in_full(theirs) for mine in self.readings for theirs in other.swapped)
            or any(mine.fits_in_full(theirs) for mine in self.swapped for theirs in other.readings)
        )


def _is_full(word: str) -> bool:
    # One character of a script without case is a name.
    return len(word) > 1 or unicodedata.category(word) != "Ll"


def _parts(given: str | None, family: str | None, *, spelled_out: bool = False) -> tuple[Words, Words, str]:
    given_words, in_given = _without_suffix(_fold(given, spelled_out))
    family_words, in_family = _without_suffix(_fold(family, spelled_out))
    return given_words, family_words, in_family or in_given


def _fold(text: str | None, spelled_out: bool = False) -> Words:
    folded = unicodedata.normalize("NFC", text or "").casefold().translate(_LEFT_OUT)
    if spelled_out:
        folded = folded.translate(_SPELLED_OUT)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", folded).casefold()).translate(_LETTERS)
    # Only accents go: the vowel signs of Indic scripts and the voicing marks of kana make a different name.
    kept = (char for char in folded if not "\u0300" <= char <= "\u036f")
    return tuple("".join(char if unicodedata.category(char)[0] in "LMN" else " " for char in kept).split())


def _without_suffix(words: Words) -> tuple[Words, str]:
    if len(words) > 1 and words[-1] in _SUFFIXES:
        return words[:-1], _SUFFIXES[words[-1]]
    return words, ""


def _keys(given: Words, family: Words) -> Iterator[str]:
    words = given + family
    if not words:
        return
    if given and family:
        yield "|".join(sorted(("".join(given), "".join(family))))
    # The order of the words without their start, so that "van der" may stand on either side, and a name in one piece
    # begin with either end.
    starts = range(len(words)) if len(words) <= _MOST_ROTATED_WORDS else range(1)
    yield min(" ".join(words[start:] + words[:start]) for start in starts)
    together = "".join(words)
    if together.upper() == together:  # scripts without case are often written without spaces: Han, kana, Hangul
        yield f"={together}"
        yield f"={''.join(family + given)}"


def _readings(given: Words, family: Words) -> Iterator[Reading]:
    if given and family:
        yield Reading(given, "".join(family))
        return
    words = given or family
    for cut in range(1, len(words)):
        yield Reading(words[:cut], "".join(words[cut:]))
        yield Reading(words[cut:], "".join(words[:cut]), True)
