"""Counters of a server, as Prometheus reads them."""

import threading
from bisect import bisect_left
from collections import Counter, defaultdict
from itertools import accumulate

BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds


class Metrics:
    """Requests by model, kind and status, how long they took, how many examples ran together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        # of each model: how many took no longer than each bound but than the one before it, how many longer
        # than all, and the sum of seconds
        self._seconds: defaultdict[str, list[float]] = defaultdict(lambda: [0.0] * (len(BOUNDS) + 2))
        self._batches: Counter[str] = Counter()

    def request(self, model: str, kind: str, status: int, seconds: float) -> None:
        """Notes an answered request."""
        with self._lock:
            self._requests[model, kind, status] += 1
            found = self._seconds[model]
            found[bisect_left(BOUNDS, seconds)] += 1
            found[-1] += seconds

    def batch(self, requests: int, rows: int) -> None:
        """Notes a call of a model: how many requests and examples it was for."""
        with self._lock:
            self._batches.update(calls=1, requests=requests, examples=rows)

    def text(self, waiting: int) -> str:
        """The exposition format, version 0.0.4. `waiting`: requests in the queue now."""
        with self._lock:
            lines = ["# TYPE glbackend_requests_total counter"]
            for (model, kind, status), count in sorted(self._requests.items()):
                lines.append(
                    f'glbackend_requests_total{{model="{model}",kind="{kind}",status="{status}"}} {count}'
                )
            lines.append("# TYPE glbackend_request_seconds histogram")
            for model, found in sorted(self._seconds.items()):
                within = list(accumulate(found[:-1]))
                for bound, few in zip((*BOUNDS, "+Inf"), within, strict=True):
                    lines.append(
                        f'glbackend_request_seconds_bucket{{model="{model}",le="{bound}"}} {few:.0f}'
                    )
                lines.append(f'glbackend_request_seconds_count{{model="{model}"}} {within[-1]:.0f}')
                lines.append(f'glbackend_request_seconds_sum{{model="{model}"}} {found[-1]:.6f}')
            for name in ("calls", "requests", "examples"):
                lines.append(f"# TYPE glbackend_batch_{name}_total counter")
                lines.append(f"glbackend_batch_{name}_total {self._batches[name]}")
        lines += ["# TYPE glbackend_queue_length gauge", f"glbackend_queue_length {waiting}", ""]
        return "\n".join(lines)
