"""How true are the commercial measures: published numbers, forecasts of a pipeline beside what came, and seconds?

    python -m benchmarks.commercial ../shared/data --json

Prints one JSON object: `published`, a list of rows with name, published, ours and tolerance; `pipeline`, the forecasts
of benchmarks.commercial_crm; `contracts`, `coverage` and `many_periods` of benchmarks.commercial_hazards; `speeds` of
benchmarks.commercial_buying. The folder is that of all data, or its part `commercial`.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import commercial_buying, commercial_crm, commercial_hazards
from benchmarks.data import data_root


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path, help="folder of the real data")
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    folder = data_root(asked.parse_args().data)
    contracts = commercial_hazards.telco_scores(folder)
    published = [
        {"name": "Telco, C-index left out", "published": 0.8637, "ours": contracts["c_index"], "tolerance": 0.005},
        {"name": "Telco, AUC left out", "published": 0.8433, "ours": contracts["auc"], "tolerance": 0.01},
        *commercial_buying.published(folder / "commercial"),
    ]
    found = {
        "published": published, "pipeline": commercial_crm.forecasts(folder), "contracts": contracts,
        "coverage": commercial_hazards.coverage(), "many_periods": commercial_hazards.many_periods(),
        "speeds": commercial_buying.speeds(),
    }
    print(json.dumps(found, default=float))


if __name__ == "__main__":
    main()
