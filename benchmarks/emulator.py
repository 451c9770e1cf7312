"""How fast the emulator starts and answers, each as a ratio.

    python benchmarks/emulator.py [--items N …] [--seconds S]

Requests go over one open connection to the emulator's own server. The baseline is a bare Flask view that answers `OK`,
behind the same server in the same run: `0.5` means half as many requests a second. A start is measured as a whole
process, against `python -c "import flask"`. Ratios can be compared between machines; times cannot.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from flask import Flask

from orcid_plugin.emulator import Registry, serve
from orcid_plugin.emulator.http_server import HttpServer

ORCID = "0000-0002-1825-0097"
CLIENT = "APP-RATIO0000000000"
RECORD = f"/v3.0/{ORCID}"


def work(number: int) -> dict[str, Any]:
    """A work with an identifier of its own."""
    identifier = {"external-id-type": "doi", "external-id-value": f"10.5555/{number}"}
    return {
        "title": {"title": {"value": f"Ratios, part {number}"}},
        "type": "journal-article",
        "publication-date": {"year": {"value": str(1950 + number % 70)}},
        "external-ids": {"external-id": [{**identifier, "external-id-relationship": "self"}]},
    }


def registry(items: int) -> Registry:
    """One record with so many works, all of one client."""
    return Registry(
        {
            "researchers": [{"orcid": ORCID, "given_names": "Josiah"}],
            "clients": [{"id": CLIENT, "secret": "secret", "name": "Ratio"}],
            "items": [
                {"orcid": ORCID, "source": CLIENT, "put_code": number, "message": work(number)}
                for number in range(1, items + 1)
            ],
        }
    )


def rate(url: str, seconds: float, request: Callable[[], tuple[Any, ...]]) -> float:
    """Requests a second over one connection, each answered without an error."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    done, started = 0, time.perf_counter()
    while done < 2 or time.perf_counter() - started < seconds:
        connection.request(*request())
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{answer.status}: {body[:500]!r}")
        done += 1
    return done / (time.perf_counter() - started)


@contextmanager
def bare() -> Iterator[str]:
    """The address of a Flask view that does nothing."""
    app = Flask(__name__)
    app.add_url_rule("/", view_func=lambda: "OK")
    server = HttpServer("127.0.0.1", 0, app)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    server.server_close()


def measure(items: int, seconds: float) -> Iterator[str]:
    """The rows of the table for a record with so many works."""
    known = registry(items)
    token = known.issue_token(CLIENT, ["/read-limited", "/activities/update"], ORCID).access
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "Content-Type": "application/json"}
    numbers = count(1_000_000)

    def post() -> tuple[Any, ...]:
        # The newest work goes, so that the record stays as long, and below the 10,000 works that ORCID allows.
        known.remove_work(ORCID, next(reversed(known.items[ORCID, "work"])))
        return "POST", f"{RECORD}/work", json.dumps(work(next(numbers))), headers

    requests: dict[str, Callable[[], tuple[Any, ...]]] = {
        "GET a work": lambda: ("GET", f"{RECORD}/work/1", None, headers),
        "GET works": lambda: ("GET", f"{RECORD}/works", None, headers),
        "GET record": lambda: ("GET", f"{RECORD}/record", None, headers),
        "GET record page": lambda: ("GET", f"/{ORCID}", None, {}),
        "POST a work": post,
    }
    with serve(known) as server, bare() as url:
        baseline = rate(url, seconds, lambda: ("GET", "/", None, {}))
        for name, request in requests.items():
            each = rate(server.url, seconds, request)
            yield f"| {items:,} | {name} | bare Flask view | {each / baseline:.4f} | {each:,.1f} |"


def start(runs: int = 5) -> str:
    """The row of the start: until the line with the addresses is there."""
    emulator = [sys.executable, "-c", "from orcid_plugin.cli import main; main()", "emulator", "--port", "0"]
    flask = [sys.executable, "-c", "import flask; print()"]
    times = {tuple(command): [_until_first_line(command) for _ in range(runs)] for command in (flask, emulator)}
    baseline, seconds = (statistics.median(each) for each in times.values())
    return f"| 0 | start | import flask | {seconds / baseline:.1f} | {1 / seconds:.1f} |"


def _until_first_line(command: list[str]) -> float:
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        if process.stdout is None or not process.stdout.readline():
            raise RuntimeError(f"{' '.join(command)} printed nothing")
        seconds = time.perf_counter() - started
        process.terminate()
    return seconds


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--items", type=int, nargs="+", default=[10, 1000, 10_000])
    arguments.add_argument("--seconds", type=float, default=2.0)
    chosen = arguments.parse_args()
    print("| works on the record | step | baseline | ratio | steps a second |\n|---|---|---|---|---|")
    print(start())
    for items in chosen.items:
        for line in measure(items, chosen.seconds):
            print(line)


if __name__ == "__main__":
    main()
