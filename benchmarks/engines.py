"""How many works a second the engines send: the embedded one in one process, and Celery's in two, as a ratio.

    python benchmarks/engines.py [--people N] [--latency S …] [--database URL] [--broker URL]

Each engine finds one work owed to each of the same people, so that each takes a call of its own (several of one record
go together), in a PostgreSQL schema of its own that is dropped at the end.
The broker is a Redis, in which a queue of this run's own is used. Time counts from the first call to the answer of the
last, so that starting does not. The Registry is the emulator in this process, which keeps each answer back for
`--latency` seconds, since ORCID takes longer than a loopback. `no engine` is its own cost: two processes that only post
works. Ratios are to the embedded engine with the same latency, and can be compared between machines; works a
second cannot.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from celery import Celery
from connections import POSTGRES, orcid, schema
from cryptography.fernet import Fernet
from flask import Flask

from orcid_plugin import use_celery
from orcid_plugin.emulator import Fault, Registry, Researcher, Server, serve
from orcid_plugin.emulator.journal import Entry
from orcid_plugin.hooks import publication
from orcid_plugin.identity import connections
from orcid_plugin.metadata.contributor import Contributor
from orcid_plugin.metadata.identifiers import Identifier, OrcidId
from orcid_plugin.metadata.publication import Publication, Title
from orcid_plugin.metadata.vocabulary import WorkType
from orcid_plugin.registry.oauth_answers import TokenAnswer
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.testing.hosts import MEMBER, SimpleHost, credentials, minimal_app

REDIS = f"{os.environ.get('ORCID_TEST_REDIS', 'redis://127.0.0.1:6379')}/15"
BROKER, QUEUE = "BENCHMARK_BROKER", "BENCHMARK_QUEUE"
SCOPES = ("/activities/update", "/read-limited")
PROCESSES = 2


def make(environment: dict[str, str]) -> tuple[Flask, Celery]:
    """The host, and its Celery app."""
    host = minimal_app(
        {key: value for key, value in environment.items() if key.startswith("ORCID_PLUGIN_")}, SimpleHost()
    )
    celery = Celery("benchmark", broker=environment[BROKER])
    celery.conf.task_default_queue = environment[QUEUE]
    use_celery(host, celery)
    return host, celery


if BROKER in os.environ:  # this is a worker
    host, celery = make(dict(os.environ))


@dataclass(frozen=True)
class Load:
    """A work for each of so many people, and the seconds that the Registry takes to answer."""

    people: int
    latency: float


def measure(database_url: str, broker: str, engine: str, load: Load) -> float:
    """Works a second of one engine."""
    with serve(Registry.seeded()) as server:
        registry = server.registry
        environment = settings(server, database_url, broker)
        runtime = owe(environment, server, load)
        registry.journal.clear()
        registry.faults.plan(Fault(delay=load.latency), times=None, path="/v3.0/")
        try:
            with running(engine, environment) as process:
                while len(posted(registry)) < load.people:
                    if process.poll() is not None:
                        raise SystemExit(f"the processes of {engine} have ended")
                    time.sleep(0.1)
        finally:
            runtime.close()
            with redis.Redis.from_url(broker) as kept:
                kept.delete(environment[QUEUE], f"_kombu.binding.{environment[QUEUE]}")
        return rate(registry)


def alone(load: Load) -> float:
    """Works a second without any engine."""
    with serve(Registry.seeded()) as server:
        registry = server.registry
        known = [(person, token(registry, person)) for person in map(orcid, range(load.people))]
        registry.faults.plan(Fault(delay=load.latency), times=None, path="/v3.0/")
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(PROCESSES, mp_context=spawn) as pool:
            list(pool.map(post, [server.url] * load.people, known))
        return rate(registry)


def post(url: str, known: tuple[str, str]) -> None:
    """Post a work to one record."""
    person, access = known
    headers = {"Authorization": f"Bearer {access}", "Accept": "application/json", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection(urlsplit(url).netloc)
    identifier = {"external-id-type": "doi", "external-id-value": f"10.5555/{person}"}
    work = {
        "title": {"title": {"value": "Ratios"}},
        "type": "journal-article",
        "external-ids": {"external-id": [{**identifier, "external-id-relationship": "self"}]},
    }
    connection.request("POST", f"/v3.0/{person}/work", json.dumps(work), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 201:
        raise RuntimeError(f"{answer.status} for a work")


def rate(registry: Registry) -> float:
    """Works a second, from the first call to the answer of the last."""
    calls = posted(registry)
    return len(calls) / (max(call.at + call.duration for call in calls) - min(call.at for call in calls))


def posted(registry: Registry) -> list[Entry]:
    """The calls that created works."""
    return registry.journal.entries(methods="POST", path="/work$", status=201)


def settings(server: Server, database_url: str, broker: str) -> dict[str, str]:
    """Of a host whose pace holds nobody up."""
    return {
        **credentials(server).settings,
        "ORCID_PLUGIN_DATABASE_URL": database_url,
        "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        "ORCID_PLUGIN_TRUST_METADATA": "yes",
        "ORCID_PLUGIN_PACE": "1000",
        "ORCID_PLUGIN_PACE_STORAGE": broker,
        "ORCID_PLUGIN_POLL_SECONDS": "0.2",
        BROKER: broker,
        QUEUE: f"orcid_benchmark_{uuid.uuid4().hex[:12]}",
    }


def owe(environment: dict[str, str], server: Server, load: Load) -> Runtime:
    """People who have connected, each of whom is on an article."""
    of_plugin = {key: value for key, value in environment.items() if key.startswith("ORCID_PLUGIN_")}
    host = minimal_app(of_plugin, SimpleHost())
    runtime: Runtime = host.extensions[EXTENSION]
    runtime.store.upgrade()
    for person in map(orcid, range(load.people)):
        access = token(server.registry, person)
        answer = TokenAnswer(
            orcid=person,
            name=None,
            access_token=access,
            refresh_token=None,
            scopes=frozenset(SCOPES),
            expires_in=None,
            raw={"access_token": access},
        )
        with runtime.store.begin() as session:
            connections.store_answer(session, runtime.site, runtime.keyring, answer, None)
        with host.app_context():
            publication.published(article(person), key=person)
    return runtime


def article(person: str) -> Publication:
    """An article of one person."""
    author = Contributor(family_name="Author", key="1", orcid=OrcidId(person), authenticated=True)
    return Publication(
        type=WorkType.JOURNAL_ARTICLE,
        title=Title("Ratios"),
        identifiers=(Identifier.of("doi", f"10.5555/{person}"),),
        contributors=(author,),
    )


def token(registry: Registry, person: str) -> str:
    """Of a new person, who permits writing."""
    registry.add_researcher(Researcher(person, given_names="An", family_name="Author"))
    access: str = registry.issue_token(MEMBER, SCOPES, person).access
    return access


@contextmanager
def running(engine: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """While the processes of an engine run."""
    beat = ["--beat", "--schedule", f"/tmp/{environment[QUEUE]}", "--concurrency", str(PROCESSES)]
    commands: dict[str, list[str]] = {
        "embedded": ["-c", "from orcid_plugin.cli import main; main()", "worker"],
        "celery": ["-m", "celery", "-A", "engines", "worker", "--prefetch-multiplier", "1", *beat],
    }
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    folder = Path(__file__).parent
    with subprocess.Popen(
        [sys.executable, *commands[engine]], cwd=folder, env=os.environ | environment, **quiet
    ) as process:
        yield process
        process.terminate()


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--people", type=int, default=200)
    arguments.add_argument("--latency", type=float, nargs="+", default=[0, 0.2])
    arguments.add_argument("--database", default=POSTGRES)
    arguments.add_argument("--broker", default=REDIS)
    chosen = arguments.parse_args()
    print("| latency | engine | processes | ratio | works a second |\n|---|---|---|---|---|")
    for latency in chosen.latency:
        rates, load = {}, Load(chosen.people, latency)
        for engine in ("embedded", "celery"):
            with schema(chosen.database) as url:
                rates[engine] = measure(url, chosen.broker, engine, load)
        rates["no engine"] = alone(load)
        for engine, found in rates.items():
            processes = 1 if engine == "embedded" else PROCESSES
            print(f"| {latency} s | {engine} | {processes} | {found / rates['embedded']:.2f} | {found:,.1f} |")


if __name__ == "__main__":
    main()
