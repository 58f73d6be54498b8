"""pm4py's answers to questions of measure.process, with their times: run by benchmarks.measure under another Python.

    PYTHON pm4py_process.py EVENTS.parquet OBJECTS.parquet

The first file has case, step, happened_at; the second event, step, happened_at, object, kind. Prints one JSON object.
"""

import json
import sys
import time

import pandas
import pm4py


def timed(question, *args, **kwargs):
    """Return processor seconds, wall seconds and the answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = question(*args, **kwargs)
    return time.process_time() - cpu, time.perf_counter() - wall, answer


def main():
    """Ask each question once and print seconds and counts."""
    log = pandas.read_parquet(sys.argv[1])
    found = {}
    formatted = timed(pm4py.format_dataframe, log, case_id="case", activity_key="step", timestamp_key="happened_at")
    frame = formatted[2]
    frequency = timed(pm4py.discover_dfg, frame)
    performance = timed(pm4py.discover_performance_dfg, frame, perf_aggregation_key="mean")
    found["flows"] = {
        "seconds": frequency[0] + performance[0], "wall": frequency[1] + performance[1],
        "format_seconds": formatted[0],
        "counts": sorted([a, b, int(n)] for (a, b), n in frequency[2][0].items()),
    }
    variants = timed(pm4py.get_variants, frame)
    found["variants"] = {"seconds": variants[0], "wall": variants[1], "counts": sorted(variants[2].values())}
    if len(sys.argv) > 2:
        touched = pandas.read_parquet(sys.argv[2]).rename(columns={
            "event": "ocel:eid", "step": "ocel:activity", "happened_at": "ocel:timestamp", "object": "ocel:oid",
            "kind": "ocel:type"})
        ocel = pm4py.ocel.OCEL(
            events=touched[["ocel:eid", "ocel:activity", "ocel:timestamp"]].drop_duplicates(),
            objects=touched[["ocel:oid", "ocel:type"]].drop_duplicates(),
            relations=touched)
        answer = timed(pm4py.discover_ocdfg, ocel)
        edges = answer[2]["edges"]["total_objects"]
        found["object_flows"] = {
            "seconds": answer[0], "wall": answer[1],
            "counts": sorted([kind, a, b, len(many)] for kind, each in edges.items() for (a, b), many in each.items()),
        }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
