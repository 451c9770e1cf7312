"""For tests: what shall go wrong next."""

from __future__ import annotations

import re
import threading
from dataclasses import asdict, dataclass, replace
from typing import Annotated

from orcid_plugin.emulator.plain import Headers, Number, OneOf, Pattern, Text, Whole

METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")
Method = Annotated[str, OneOf(METHODS)]
Status = Annotated[int, Whole(200, 599)]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a request.

    Attributes:
        status: answer with this status; None: the Registry's own answer.
        body, content_type: of that answer.
        headers: added to that answer, such as `Retry-After`.
        close: send no answer at all, close the connection.
        after: first do what was asked, only then wait, answer or close: the work is stored, the client does not know.
        delay: seconds to wait. A fault that only delays is latency: the request may meet another fault as well.
    """

    status: Status | None = None
    body: str = ""
    content_type: Annotated[str, Text("[!-~ ]+", "a media type")] = "text/html; charset=utf-8"
    headers: Annotated[tuple[tuple[str, str], ...], Headers()] = ()
    close: bool = False
    after: bool = False
    delay: Annotated[float, Number(0, 600)] = 0.0

    @property
    def only_delays(self) -> bool:
        return self.status is None and not self.close and not self.after


@dataclass(frozen=True, slots=True)
class Planned(Fault):
    """A fault in the plan.

    Attributes:
        times: how many requests still meet it; None: all, until it is cleared.
        methods: of these requests; none: any.
        path: a regular expression that is found in their path.
        client: id of the client that asks; None: any.
        number: what the plan calls it.
    """

    times: Annotated[int, Whole(1)] | None = 1
    methods: tuple[Method, ...] = ()
    path: Annotated[str, Pattern()] = ""
    client: str | None = None
    number: int = 0

    def concerns(self, method: str, path: str, client: str | None) -> bool:
        """Whether a request is one that the fault waits for."""
        return (
            (not self.methods or method in self.methods)
            and re.search(self.path, path) is not None
            and self.client in (None, client)
        )


class Faults:
    """The plan: faults wait in line, each for the next requests that it concerns."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._plan: dict[int, Planned] = {}
        self._last = 0

    def plan(
        self, fault: Fault, *, times: int | None = 1, methods: str = "", path: str = "", client: str | None = None
    ) -> int:
        """Let the next `times` requests (None: all) meet the fault: of these methods (`"POST PUT"`; empty: all), the
        regular expression found in their path, by this client. The number is for `clear`."""
        what = asdict(fault) | {"headers": fault.headers}
        return self.add(Planned(**what, times=times, methods=tuple(methods.split()), path=path, client=client)).number

    def add(self, planned: Planned) -> Planned:
        """Put a fault at the end of the line; it gets its number."""
        with self._lock:
            self._last += 1
            self._plan[self._last] = replace(planned, number=self._last)
            return self._plan[self._last]

    def planned(self) -> list[Planned]:
        """What still waits, in line."""
        with self._lock:
            return list(self._plan.values())

    def clear(self, number: int | None = None) -> None:
        """Forget the fault of this number, or all; raises `KeyError` if there is none of this number."""
        with self._lock:
            if number is None:
                self._plan.clear()
            else:
                del self._plan[number]

    def take(self, method: str, path: str, client: str | None) -> Fault | None:
        """The fault that this request meets, used up by it, with the latency before it."""
        latency = 0.0
        with self._lock:
            for planned in list(self._plan.values()):
                if not planned.concerns(method, path, client):
                    continue
                self._use_up(planned)
                if not planned.only_delays:
                    return replace(planned, delay=latency + planned.delay)
                latency += planned.delay
        return Fault(delay=latency) if latency else None

    def _use_up(self, planned: Planned) -> None:
        if planned.times is None:
            return
        if planned.times > 1:
            self._plan[planned.number] = replace(planned, times=planned.times - 1)
        else:
            del self._plan[planned.number]
