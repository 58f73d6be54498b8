"""How true are the commercial measures: published numbers, forecasts of a pipeline beside what came, and seconds?

    python -m benchmarks.commercial ../shared/data --json

Prints one JSON object: `published`, a list of rows with name, published, ours and tolerance; `pipeline`, the forecasts
of benchmarks.commercial_crm; `contracts` and `many_periods` of benchmarks.commercial_hazards.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import commercial_crm, commercial_hazards


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path, help="folder of the real data")
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    folder = asked.parse_args().data
    contracts = commercial_hazards.telco_scores(folder)
    published = [
        {"name": "Telco, C-index left out", "published": 0.8637, "ours": contracts["c_index"], "tolerance": 0.005},
        {"name": "Telco, AUC left out", "published": 0.8433, "ours": contracts["auc"], "tolerance": 0.01},
    ]
    print(json.dumps({"published": published, "pipeline": commercial_crm.forecasts(folder), "contracts": contracts,
                      "coverage": commercial_hazards.coverage(), "many_periods": commercial_hazards.many_periods()},
                     default=float))


if __name__ == "__main__":
    main()
