"""Tours: the question, the plan, its levers and its slots, behind `optimise.routes`."""
