"""Worker processes of the product on a queue in memory: the broker's part is not what is measured."""

import multiprocessing as mp
import os
import time
from dataclasses import dataclass
from typing import Any

WARM_UP = 16  # jobs that each worker may find before the clock starts: connections, caches and plans
SLOWEST = 40  # leads a second: whoever sells fewer, on any machine we know, has stopped
STEPS = 2  # transactions of a batch: turn, sale


@dataclass(frozen=True, slots=True)
class Work:
    """What the workers did between the common start and the end of the last one."""

    began: float  # seconds since 1970
    seconds: float
    leads: int
    commits: int
    latencies_ms: list[float]


def distribute(url: str, jobs: list[str], workers: int) -> Work:
    """Have the jobs done by so many processes, dealt out as a broker deals them."""
    context = mp.get_context("spawn")
    start, done, queue = context.Barrier(workers), context.Queue(), context.Queue()
    warm = min(WARM_UP, len(jobs) // (4 * workers))
    for job in [*jobs[warm * workers :], *[""] * workers]:
        queue.put(job)
    shares = [jobs[number * warm : (number + 1) * warm] for number in range(workers)]
    processes = [context.Process(target=_work, args=(url, share, queue, start, done)) for share in shares]
    for process in processes:
        process.start()
    patience = max(600, len(jobs) / SLOWEST)
    told = [done.get(timeout=patience) for _ in processes]
    for process in processes:
        process.join()
    began, ended = min(begin for begin, *_ in told), max(end for _, end, *_ in told)
    latencies = sorted(ms for *_, own in told for ms in own)
    return Work(began, ended - began, len(latencies), sum(batches for _, _, batches, _ in told) * STEPS, latencies)


def _work(url: str, warm: list[str], queue: Any, start: Any, done: Any) -> None:
    os.environ["DATABASE_URL"] = url
    import core.tables  # noqa: F401
    from core.kit import metrics
    from jobs.work import work

    counter = metrics.JOBS.labels(kind="distribution.run", outcome="done")._value
    for job in warm:
        work(job)
    start.wait()
    begin, batches, latencies = time.time(), 0, []
    while job := queue.get():
        before, began = counter.get(), time.perf_counter()
        if work(job) != "done":
            continue  # another worker took it along
        leads = round(counter.get() - before)
        latencies += [(time.perf_counter() - began) * 1000] * leads
        batches += 1
    done.put((begin, time.time(), batches, latencies))
