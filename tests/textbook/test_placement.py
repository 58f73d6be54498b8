"""Published networks of the guaranteed-service model."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from arbitre.capability import Result, silent
from arbitre.maths.stock.placement import Placement, forest_service_times
from arbitre.maths.stock.stages import pooled_deviation, stage_network
from arbitre.optimise import placement
from arbitre.tables.catalogue import INPUTS
from arbitre.tables.chain import Chain
from arbitre.tables.frames import shaped
from arbitre.tables.settings import Settings

DATA = Path(os.environ.get("ARBITRE_DATA", Path(__file__).parents[2].parent / "shared" / "data")) / "gsm"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason=f"no Graves-Willems networks in {DATA}: set ARBITRE_DATA")


def least(links: list[tuple[int, int]], duration: list[int], holding: list[float], deviation: list[float], z: float,
          longest: dict[int, int]) -> tuple[list[int], float]:
    """Return service times and cost of a network of stages from 1, holding costs given stage by stage."""
    arcs = np.array(links) - 1
    network = stage_network(len(duration), arcs[:, 0], arcs[:, 1], np.ones(len(arcs)))
    rate = z * np.array(holding) * pooled_deviation(network, np.array(deviation), 2.0)
    latest = np.array([longest.get(stage, 99) for stage in range(1, len(duration) + 1)])
    asked = Placement(network, np.array(duration), latest, rate)
    service = forest_service_times(asked)
    return service.tolist(), float(asked.costs(service).sum())


def test_snyder_and_shen_example_6_5() -> None:
    """Snyder & Shen 2019; the supplier of stage 1 delivers in 1, which adds to its 2."""
    service, cost = least([(1, 3), (3, 2), (3, 4)], [3, 1, 1, 1], [1, 3, 2, 3], [0, 1, 0, 1], 1.0, {2: 0, 4: 1})
    assert service == [0, 0, 0, 1]
    assert cost == pytest.approx(8.277916867529369, rel=1e-14)


def test_snyder_and_shen_figure_6_14() -> None:
    links = [(1, 2), (2, 3), (3, 5), (4, 5), (5, 6), (6, 10), (7, 10), (8, 10), (9, 10)]
    holding = [0.01, 0.03, 0.04, 0.06, 0.12, 0.13, 0.2, 0.08, 0.04, 0.5]
    service, cost = least(links, [2, 3, 2, 4, 2, 3, 6, 4, 3, 2], holding, [0.0] * 9 + [10.0],
                          1.6448536269514722, {10: 2})
    assert service == [0, 3, 5, 4, 7, 0, 0, 0, 0, 2]
    assert cost == pytest.approx(18.824004472592172, rel=1e-14)


def network(name: str, at_once: tuple[str, ...] = ()) -> Chain:
    """Return a Graves-Willems network; the stages `at_once` deliver without delay."""
    stages: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    rows = csv.reader((DATA / f"{name}.txt").read_text(encoding="utf-8").splitlines()[1:])
    for stage, duration, longest, cost, _, mean, deviation, z, *given in rows:
        assert z in ("", "1.645")  # the costs published are of a target of 95 %, of which this is the rounded factor
        ups = [cell for cell in given if cell]
        stages.append({
            "stage": stage, "duration": float(duration), "cost_added": float(cost),
            "demand_mean": float(mean) if mean else None, "demand_deviation": float(deviation) if deviation else None,
            "longest_service": 0.0 if stage in at_once else float(longest) if longest else None,
        })
        links += [{"from_stage": up, "to_stage": stage, "quantity": float(quantity)}
                  for up, quantity in zip(ups[::2], ups[1::2], strict=True)]
    tables = {"stages": pl.DataFrame(stages, infer_schema_length=None), "stage_links": pl.DataFrame(links)}
    return Chain(Settings(name=name), {key: shaped(INPUTS[key], table) for key, table in tables.items()})


def placed(chain: Chain, holding_share: float) -> Result:
    assert chain.check() == []
    return placement.run(chain, placement.Params(holding_share=holding_share), 1, silent)


@needs_data
@pytest.mark.parametrize(("name", "share", "total"), [("bulldozer", 0.30, 632_720), ("battery", 0.25, 852_992)])
def test_graves_and_willems(name: str, share: float, total: float) -> None:
    """Published as 633,000 and 853,000; every stage to the unit or four digits."""
    result = placed(network(name), share)
    assert result.summary["value"] == pytest.approx(total, abs=10)
    assert (result.bound, result.status) == (result.summary["value"], "optimal")
    costs = dict(result.tables["stage_buffers"].select("stage", "cost").iter_rows())
    published = dict(json.loads((DATA / f"{name}_solution.json").read_text(encoding="utf-8")))
    assert costs.keys() == published.keys()
    for stage, told in published.items():
        assert costs[stage] == pytest.approx(told["cost"], rel=1e-4, abs=1), stage


@needs_data
@pytest.mark.parametrize(("at_once", "total"), [
    ((), 71_757), (("Imager",), 78_000), (("Imager", "Transfer", "Build_Test_Pack"), 89_000),
    (("Imager", "Transfer"), 81_000),
])
def test_digital_camera(at_once: tuple[str, ...], total: float) -> None:
    assert placed(network("digital_camera", at_once), 0.24).summary["value"] == pytest.approx(total, rel=0.01)
