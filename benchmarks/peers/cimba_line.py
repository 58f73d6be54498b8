"""M/M/3 in Cimba's Python; runs in an environment of its own.

Reads the horizon from stdin, prints JSON: the best of five runs, as of ours.
"""

import importlib.metadata
import json
import math
import sys
import time

import cimba as cb
from cimba import inputs


class Line(cb.Model):
    gap: cb.Input[float] = inputs.dist.exponential(mean=1 / 2.7)
    work: cb.Input[float] = inputs.dist.exponential(mean=1.0)
    queue: cb.Container
    waiting: cb.Output[float]

    @cb.process
    def arrivals(self):
        while True:
            cb.hold(self.gap.next())
            self.queue.put(1)

    @cb.process(copies=3)
    def server(self):
        while True:
            self.queue.get(1)
            cb.hold(self.work.next())

    @cb.on_end
    def measure(self):
        self.waiting = self.queue.mean_level()


def run(duration):
    model = Line()
    results = cb.Experiment(model, replications=1, window=cb.Window(warmup=0, duration=duration), seed=7).run()
    return results[model].waiting


horizon = json.load(sys.stdin)["horizon"]
run(100)
seconds, waiting = math.inf, None
for _ in range(5):
    before = time.process_time()
    waiting = run(horizon)
    seconds = min(seconds, time.process_time() - before)
print(json.dumps({"cases": 2.7 * horizon, "seconds": seconds, "version": importlib.metadata.version("cimba"),
                  "mean_wait": float(waiting.values.ravel()[0]) / 2.7}))
