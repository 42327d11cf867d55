"""What `/metrics` shows, in a registry of our own. Labels are fixed words, never ids or text."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)


class Metrics:
    """The figures of one server; a test may have several servers in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._answered: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._mutated: dict[str, Counter] = {}
        self.requests = self._counter("requests", "Requests answered", "route", "status")
        self.seconds = Histogram(
            "request_seconds",
            "Time that requests took",
            ("route",),
            namespace="missive",
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self.mutations = self._counter("mutations", "Mutations answered", "status")
        self.refused = self._counter("refused", "Turned away before any work", "why")
        self.blob_bytes = self._counter("blob_bytes", "Bytes of files", "way")
        self.bugs = self._counter("bugs", "Exceptions that nobody expected")
        self.connections = self._gauge("connections", "Open connections", "kind")
        self.queue = self._gauge("writer_queue", "Requests that wait for the writer")

    def _counter(self, name: str, words: str, *labels: str) -> Counter:
        return Counter(name, words, labels, namespace="missive", registry=self.registry)

    def _gauge(self, name: str, words: str, *labels: str) -> Gauge:
        return Gauge(name, words, labels, namespace="missive", registry=self.registry)

    def answered(self, route: str, status: int, seconds: float) -> None:
        """Count a request. To look the labels up each time would cost more than to count."""
        found = self._answered.get((route, status))
        if found is None:
            found = self.requests.labels(route, status), self.seconds.labels(route)
            self._answered[route, status] = found
        found[0].inc()
        found[1].observe(seconds)

    def mutated(self, status: str) -> None:
        found = self._mutated.get(status)
        if found is None:
            found = self._mutated[status] = self.mutations.labels(status)
        found.inc()

    def page(self) -> bytes:
        return generate_latest(self.registry)


CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
