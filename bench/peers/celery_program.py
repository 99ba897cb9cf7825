"""Celery on Redis: the app that its worker loads, and a caller that speaks as role.ts does."""

import json
import os
import sys
import time

from celery import Celery

URL = os.environ["BENCH_REDIS"]
app = Celery("celery_program", broker=URL, backend=URL)
app.conf.update(broker_connection_retry_on_startup=True, worker_send_task_events=False)


@app.task(name="noop")
def noop(value):
    return value


def burst(count):
    for result in [noop.delay(value) for value in range(count)]:
        result.get()


def accepts(count):
    for value in range(count):
        noop.apply_async((value,), queue="nobody")


def sequence(count):
    times = []
    for value in range(count):
        begun = time.perf_counter()
        noop.delay(value).get()
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return {f"p{part}Ms": times[min(count - 1, count * part // 100)] for part in (50, 95, 99)}


def main():
    print("{}", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        begun, cpu = time.perf_counter(), time.process_time()
        figures = {"sequence": sequence, "burst": burst, "accepts": accepts}[order["do"]](order["count"])
        ms, cpu_ms = (time.perf_counter() - begun) * 1000, (time.process_time() - cpu) * 1000
        print(json.dumps({"ms": ms, "cpuMs": cpu_ms, **(figures or {})}), flush=True)


if __name__ == "__main__":
    main()
