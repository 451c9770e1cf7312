"""What reading an article, building its work message and amending its deposit cost, each as a ratio.

    python benchmarks/messages.py [--authors N …] [--runs N]

Every figure is the median of several runs divided by the median of a stated baseline of the same process: the bare
parse of the same bytes, or `json.dumps` of the finished message. Ratios can be compared between machines; times cannot.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable, Iterator
from xml.parsers import expat

from lxml import etree

from orcid_plugin.deposits.crossref import amend
from orcid_plugin.metadata import readers
from orcid_plugin.registry.encoding import json as encoding
from orcid_plugin.registry.messages.from_publication import work
from orcid_plugin.registry.messages.rules import check


def article(authors: int) -> bytes:
    """A JATS article with so many authors, each with a name of their own, a role and an affiliation."""
    people = "".join(
        f'<contrib contrib-type="author"><name><surname>Family{n}</surname><given-names>Given{n}</given-names></name>'
        '<role content-type="https://credit.niso.org/contributor-roles/investigation/"/><xref ref-type="aff" rid="a"/>'
        "</contrib>"
        for n in range(authors)
    )
    return (
        '<article article-type="research-article" xml:lang="en"><front><journal-meta><journal-title-group>'
        "<journal-title>Journal of Ratios</journal-title></journal-title-group><issn>1234-5679</issn></journal-meta>"
        '<article-meta><article-id pub-id-type="doi">10.5555/ratio</article-id><title-group><article-title>Ratios'
        f'</article-title></title-group><contrib-group>{people}<aff id="a"><institution>Here</institution></aff>'
        '</contrib-group><pub-date date-type="pub"><year>2026</year></pub-date></article-meta></front></article>'
    ).encode()


def deposit(authors: int) -> bytes:
    """A Crossref deposit of the same article."""
    people = "".join(
        f'<person_name sequence="additional" contributor_role="author"><given_name>Given{n}</given_name>'
        f"<surname>Family{n}</surname></person_name>"
        for n in range(authors)
    )
    return (
        '<doi_batch xmlns="http://www.crossref.org/schema/5.5.0" version="5.5.0"><body><journal><journal_article>'
        f"<titles><title>Ratios</title></titles><contributors>{people}</contributors><doi_data><doi>10.5555/ratio</doi>"
        "<resource>https://example.org/</resource></doi_data></journal_article></journal></body></doi_batch>"
    ).encode()


def median(call: Callable[[], object], runs: int) -> float:
    """Median seconds of a call, after one that does not count."""
    call()
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def measure(authors: int, runs: int) -> Iterator[str]:
    """The rows of the table for one size."""
    xml, batch = article(authors), deposit(authors)
    publication = readers.read(xml, "article").publication
    message = work(publication)
    encoded = encoding.encode(message)
    parsed = median(lambda: etree.fromstring(xml), runs)
    dumped = median(lambda: json.dumps(encoded), runs)
    scanned = median(lambda: expat.ParserCreate().Parse(batch, True), runs)
    steps: list[tuple[str, str, float, Callable[[], object]]] = [
        ("read JATS", "lxml parse", parsed, lambda: readers.read(xml, "article")),
        ("build message", "json.dumps", dumped, lambda: work(publication)),
        ("encode message", "json.dumps", dumped, lambda: encoding.dumps(message)),
        ("check rules", "json.dumps", dumped, lambda: check(message, create=True)),
        ("amend deposit", "expat parse", scanned, lambda: amend(batch, [publication])),
    ]
    for name, baseline_name, baseline, call in steps:
        seconds = median(call, runs)
        yield f"| {authors} | {name} | {baseline_name} | {seconds / baseline:.1f} | {1 / seconds:,.0f} |"


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--authors", type=int, nargs="+", default=[10, 100, 3000])
    arguments.add_argument("--runs", type=int, default=7)
    chosen = arguments.parse_args()
    print("| authors | step | baseline | ratio | steps a second |\n|---|---|---|---|---|")
    for authors in chosen.authors:
        for row in measure(authors, chosen.runs):
            print(row)


if __name__ == "__main__":
    main()
