"""The twelve stations in SimPy; runs in an environment of its own. Reads the network from stdin, prints JSON."""

import bisect
import itertools
import json
import random
import sys
import time

import simpy

given = json.load(sys.stdin)
chance = random.Random(1)  # noqa: S311 (a simulation)
stations, most = len(given["mean"]), max(units for _, units in given["shifts"])
log = []


def draw(step, of_class):
    kind, mean = given["kind"][step][of_class], given["mean"][step][of_class]
    if kind == 0:
        return chance.expovariate(1 / mean)
    if kind == 1:
        return chance.gammavariate(given["stages"], mean / given["stages"])
    if kind == 2:
        return chance.lognormvariate(*given["log"][step][of_class])
    return chance.choice(given["observed"])


def case(env, of_class, number, crews):
    step, rank = given["entry"][of_class], given["priority"][of_class]
    while step < stations:
        joined = env.now
        with crews[step].request(priority=rank) as asked:
            yield asked
            started = env.now
            yield env.timeout(draw(step, of_class))
        log.append((number, step, of_class, joined, started, env.now))
        step = bisect.bisect(given["rising"][of_class][step], chance.random())


def arrivals(env, of_class, crews):
    number = 0
    while True:
        yield env.timeout(chance.expovariate(given["rates"][of_class]))
        if chance.random() < given["profile"][int(env.now % 24)]:
            number += 1
            env.process(case(env, of_class, number, crews))


def absence(env, crew):
    """Hold the places of those who are off shift, ahead of every case, as they become free."""
    held = []
    for day in itertools.count():
        for hour, units in given["shifts"]:
            yield env.timeout(max(24 * day + hour - env.now, 0))
            while len(held) < most - units:
                held.append(crew.request(priority=-1))
            while len(held) > most - units:
                held.pop().cancel() if not held[-1].triggered else crew.release(held.pop())


env = simpy.Environment()
crews = [simpy.PriorityResource(env, most) for _ in range(stations)]
for crew in crews:
    env.process(absence(env, crew))
for of_class in range(len(given["rates"])):
    env.process(arrivals(env, of_class, crews))
before = time.process_time()
env.run(until=given["horizon"])
seconds = time.process_time() - before
wait = sum(started - joined for _, _, _, joined, started, _ in log) / len(log)
print(json.dumps({"visits": len(log), "seconds": seconds, "mean_wait": wait, "version": simpy.__version__}))
