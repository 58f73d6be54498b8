"""The twelve stations in Ciw; runs in an environment of its own. Reads the network from stdin, prints JSON."""

import importlib.metadata
import json
import random
import sys
import time

import ciw

given = json.load(sys.stdin)
random = random.Random(1)  # noqa: S311 (a simulation)
stations, names = len(given["mean"]), "ABCD"


class ByTheHour(ciw.dists.Distribution):
    """Gaps between arrivals whose rate follows the hour of the day (thinning)."""

    def __init__(self, rate):
        self.rate = rate

    def sample(self, t=None, ind=None):  # noqa: ARG002 (the name Ciw calls it by)
        now = t
        while True:
            now += random.expovariate(self.rate)
            if random.random() < given["profile"][int(now % 24)]:
                return now - t


def law(step, of_class):
    kind, mean = given["kind"][step][of_class], given["mean"][step][of_class]
    if kind == 0:
        return ciw.dists.Exponential(1 / mean)
    if kind == 1:
        return ciw.dists.Erlang(given["stages"] / mean, given["stages"])
    if kind == 2:
        return ciw.dists.Lognormal(*given["log"][step][of_class])
    return ciw.dists.Empirical(given["observed"])


ciw.seed(1)
ends = [hour for hour, _ in given["shifts"][1:]] + [24.0]
classes = range(len(given["rates"]))
network = ciw.create_network(
    arrival_distributions={names[c]: [ByTheHour(given["rates"][c]) if s == given["entry"][c] else None
                                      for s in range(stations)] for c in classes},
    service_distributions={names[c]: [law(s, c) for s in range(stations)] for c in classes},
    routing={names[c]: given["routes"][c] for c in classes},
    priority_classes={names[c]: given["priority"][c] for c in classes},
    number_of_servers=[ciw.Schedule(numbers_of_servers=[units for _, units in given["shifts"]], shift_end_dates=ends)
                       for _ in range(stations)])
simulation = ciw.Simulation(network)
before = time.process_time()
simulation.simulate_until_max_time(given["horizon"])
records = simulation.get_all_records()
seconds = time.process_time() - before
served = [row for row in records if row.record_type == "service"]
print(json.dumps({"visits": len(served), "seconds": seconds, "version": importlib.metadata.version("ciw"),
                  "mean_wait": sum(row.waiting_time for row in served) / len(served)}))
