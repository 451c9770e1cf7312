"""What signing in and a profile page cost in a database full of connections, against one that has few.

    python benchmarks/connections.py [--connections N …] [--runs N] [--database URL]

The database is PostgreSQL at `--database`, else ORCID_TEST_POSTGRES; a schema of its own is made there and dropped at
the end. Each figure is the median of several runs: how many statements, and the time as a ratio to the first size. The
number of statements must not grow with the connections; the ratio shows that none of them reads more than it needs. The
Registry is the emulator, which takes part in the sign-in callback alone, and takes as long at all sizes.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import create_engine, event, insert, make_url, text

from orcid_plugin.emulator import Registry, serve
from orcid_plugin.hooks import registration
from orcid_plugin.host import Account
from orcid_plugin.metadata.identifiers import check_digit
from orcid_plugin.runtime import EXTENSION, Runtime
from orcid_plugin.store.tables import Attempt, Connection, now
from orcid_plugin.testing.hosts import CARBERRY, SimpleHost, connect, credentials, grant, minimal_app

POSTGRES = os.environ.get("ORCID_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
BATCH = 5000


@dataclass(frozen=True)
class Cost:
    """Of one step: the statements, which are the same in each run, and the median of the seconds."""

    statements: int
    seconds: float


class Host(SimpleHost):
    """People may sign in with ORCID."""

    def sign_in(self, account_id: str) -> None:
        self.account = Account(account_id, "Josiah")

    def account_of_email(self, email: str) -> str | None:
        return None

    def has_other_sign_in(self, account_id: str) -> bool:
        return True


def measure(database_url: str, connections: int, runs: int) -> dict[str, Cost]:
    """What each step costs beside so many connections, in an empty database that is filled here."""
    with serve(Registry.seeded()) as server:
        host = Host()
        settings = {
            **credentials(server).settings,
            "ORCID_PLUGIN_DATABASE_URL": database_url,
            "ORCID_PLUGIN_TOKEN_KEYS": Fernet.generate_key().decode(),
        }
        app = minimal_app(settings, host)
        runtime: Runtime = app.extensions[EXTENSION]
        try:
            runtime.store.upgrade()
            fill(runtime, connections)
            person = server.registry.researchers[CARBERRY]
            connect(app, server, person, "josiah")

            def way_back() -> Callable[[], object]:
                host.account = None
                browser = app.test_client()
                back = grant(server, person, browser.get("/orcid/connect/sign-in").location)
                return lambda: expect(302, browser.get(back).status_code)

            def profile() -> Callable[[], object]:
                def shown() -> None:
                    with app.app_context():
                        assert registration.connection("josiah") is not None

                return shown

            return {
                "sign-in callback": cost(runtime, way_back, runs),
                "profile page": cost(runtime, profile, runs),
            }
        finally:
            runtime.close()


def expect(status: int, found: int) -> None:
    """Stop where a page is not what is to be measured."""
    if found != status:
        raise SystemExit(f"a page answered {found}, not {status}")


def cost(runtime: Runtime, prepare: Callable[[], Callable[[], object]], runs: int) -> Cost:
    """Measure what `prepare` makes, after one run that does not count."""
    counts, times = [], []
    for _ in range(runs + 1):
        call = prepare()
        with counted(runtime) as statements:
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        counts.append(len(statements))
    return Cost(max(counts[1:]), statistics.median(times[1:]))


@contextmanager
def counted(runtime: Runtime) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    found: list[str] = []

    def note(*arguments: Any) -> None:
        found.append(arguments[2])

    event.listen(runtime.store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(runtime.store.engine, "before_cursor_execute", note)


def fill(runtime: Runtime, count: int) -> None:
    """So many people who connected, each with the trip that led to it."""
    site = runtime.site
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        here = {"site": site.key, "environment": site.environment.name}
        people = [
            {
                **here,
                "client_id": site.client_id,
                "orcid": orcid(number),
                "account": f"account-{number}",
                "scopes": "/activities/update /read-limited",
                "sealed_token_answer": "sealed " * 40,
                "token_hash": f"{number:064x}",
            }
            for number in numbers
        ]
        trips = [
            {
                **here,
                "state_hash": f"{number:064x}",
                "browser_hash": f"{number + 1:064x}",
                "purpose": "profile",
                "account": f"account-{number}",
                "scopes": "openid",
                "expires_at": now(),
                "used_at": now(),
                "outcome": "connected",
            }
            for number in numbers
        ]
        with runtime.store.begin() as session:
            session.execute(insert(Connection), people)
            session.execute(insert(Attempt), trips)
    if runtime.store.engine.dialect.name == "postgresql":
        with runtime.store.engine.begin() as connection:
            connection.execute(text("ANALYZE"))


def orcid(number: int) -> str:
    """An iD below the range that ORCID assigns."""
    digits = f"{number + 10_000:015d}"
    digits += check_digit(digits)
    return "-".join(digits[start : start + 4] for start in range(0, 16, 4))


@contextmanager
def schema(database_url: str) -> Iterator[str]:
    """The URL of a schema of its own, dropped at the end."""
    name = f"orcid_benchmark_{uuid.uuid4().hex[:12]}"
    server = create_engine(database_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE SCHEMA {name}"))
    try:
        url = make_url(database_url).update_query_dict({"options": f"-csearch_path={name}"})
        yield url.render_as_string(hide_password=False)
    finally:
        with server.connect() as connection:
            connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        server.dispose()


def main() -> None:
    """Measure and print the table."""
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--connections", type=int, nargs="+", default=[1_000, 100_000])
    arguments.add_argument("--runs", type=int, default=15)
    arguments.add_argument("--database", default=POSTGRES)
    chosen = arguments.parse_args()
    first: dict[str, Cost] = {}
    print("| connections | step | statements | milliseconds | ratio |\n|---|---|---|---|---|")
    for count in chosen.connections:
        with schema(chosen.database) as url:
            found = measure(url, count, chosen.runs)
        first = first or found
        for step, one in found.items():
            ratio = one.seconds / first[step].seconds
            print(f"| {count:,} | {step} | {one.statements} | {one.seconds * 1000:.1f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
