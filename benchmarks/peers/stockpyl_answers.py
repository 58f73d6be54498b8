"""What does stockpyl answer, and in how many seconds? Run by a Python that has stockpyl; knows nothing of Arbitre.

    python stockpyl_answers.py CASES.json ANSWERS.json

CASES holds the cases of each question, by its name; ANSWERS gets, for each, the answers and the processor seconds they
took, imports left out and the first case asked once before the clock starts. `benchmarks.stock_peers` asks.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

from stockpyl.demand_source import DemandSource
from stockpyl.gsm_tree import optimize_committed_service_times
from stockpyl.newsvendor import newsvendor_normal, newsvendor_poisson
from stockpyl.rq import r_q_poisson_exact
from stockpyl.ssm_serial import optimize_base_stock_levels
from stockpyl.supply_chain_network import SupplyChainNetwork
from stockpyl.supply_chain_node import SupplyChainNode


def lots(rate: float, lead_time: float, order: float, holding: float, shortage: float) -> list[float]:
    return [float(part) for part in r_q_poisson_exact(holding, shortage, order, rate, lead_time)]


def normal_level(holding: float, shortage: float, mean: float, deviation: float) -> list[float]:
    return [float(part) for part in newsvendor_normal(holding, shortage, mean, deviation)]


def poisson_level(holding: float, shortage: float, mean: float) -> list[float]:
    return [float(part) for part in newsvendor_poisson(holding, shortage, mean)]


def serial(holding: list[float], times: list[float], shortage: float, rate: float, deviation: float | None
           ) -> list[float]:
    """Return the echelon levels, the stage that serves customers first, and the cost."""
    demand = (DemandSource(type="P", mean=rate) if deviation is None
              else DemandSource(type="N", mean=rate, standard_deviation=deviation))
    levels, cost = optimize_base_stock_levels(
        num_nodes=len(holding), echelon_holding_cost=holding[::-1], lead_time=times[::-1], stockout_cost=shortage,
        demand_source=demand)
    return [*(float(levels[stage]) for stage in range(1, len(holding) + 1)), float(cost)]


def tree(supplier: list[int], customer: list[int], duration: list[int], added: list[int]) -> list[float]:
    """Return the cost of safety stock; every last stage faces customers, at once, with deviation 10."""
    arcs = list(zip(supplier, customer, strict=True))
    order: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(duration)), ()))
    for start, end in arcs:
        order.add(end, start)
    unit = [float(cost) for cost in added]
    for stage in order.static_order():
        unit[stage] += sum(unit[start] for start, end in arcs if end == stage)
    network = SupplyChainNetwork()
    for stage, time_needed in enumerate(duration):
        last = stage not in supplier
        network.add_node(SupplyChainNode(
            stage, processing_time=time_needed, local_holding_cost=unit[stage], demand_bound_constant=1.645,
            external_outbound_cst=0 if last else None,
            demand_source=DemandSource(type="N", mean=0, standard_deviation=10) if last else DemandSource()))
    network.add_edges_from_list(arcs)
    return [float(optimize_committed_service_times(network)[1])]


ANSWERS = {
    "lots": lots,
    "guaranteed service on trees": tree,
    "normal newsvendor": normal_level,
    "Poisson newsvendor": poisson_level,
    "Poisson stages in a row": serial,
    "normal stages in a row": serial,
}


def main() -> None:
    warnings.simplefilter("ignore")
    found: dict[str, Any] = {}
    for question, cases in json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")).items():
        answer = ANSWERS[question]
        answer(*cases[0])
        started = time.process_time()
        answers = [answer(*case) for case in cases]
        found[question] = {"seconds": time.process_time() - started, "answers": answers}
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
