"""How true are the commercial measures: published numbers, forecasts of a pipeline beside what came, and seconds?

    python -m benchmarks.commercial ../shared/data --json

Prints one JSON object: `published`, a list of rows with name, published, ours and tolerance; `pipeline`, the forecasts
of benchmarks.commercial_crm; `contracts`, `many_periods`, `coverage` of benchmarks.commercial_hazards; `leaving`, the
planted causes of leaving and the price of a breach, of benchmarks.leaving_truth; `desk`, quotas, rules and late
answers, of benchmarks.commercial_desk; `buying` and `speeds` of benchmarks.commercial_buying. The folder is that of all
data, or its part `commercial`. `--seeds` says in how many samples planted truths are sought, some four seconds each.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import commercial_buying, commercial_crm, commercial_desk, commercial_hazards, leaving_truth
from benchmarks.data import data_root


def main() -> None:
    """Print what was measured."""
    asked = argparse.ArgumentParser()
    asked.add_argument("data", type=Path, help="folder of the real data")
    asked.add_argument("--json", action="store_true", help="one JSON object, as is always printed")
    asked.add_argument("--seeds", type=int, default=40, help="samples with planted truths")
    given = asked.parse_args()
    folder = data_root(given.data)
    contracts = commercial_hazards.telco_scores(folder)
    published = [
        {"name": "Telco, C-index left out", "published": 0.8637, "ours": contracts["c_index"], "tolerance": 0.005},
        {"name": "Telco, AUC left out", "published": 0.8433, "ours": contracts["auc"], "tolerance": 0.01},
        *commercial_buying.published(folder / "commercial"),
    ]
    found = {
        "published": published, "pipeline": commercial_crm.forecasts(folder), "contracts": contracts,
        "speeds": commercial_buying.speeds(), "many_periods": commercial_hazards.many_periods(),
        "coverage": commercial_hazards.coverage(given.seeds), "leaving": leaving_truth.coverage(given.seeds),
        "buying": commercial_buying.coverage(given.seeds), "desk": commercial_desk.coverage(given.seeds),
    }
    print(json.dumps(found, default=float))


if __name__ == "__main__":
    main()
