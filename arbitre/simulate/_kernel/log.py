"""What does a replay return? The log of all that happened, the cases, the stock movements, and the sums over time.

All times are hours since the start. The log, the cases and the movements are record arrays in the order of time; at one
instant, in the order in which things were done. Case numbers count from 0 in the order of opening. `ordinal` counts
within the class (or the machine, the node for repairs, the list of given cases): the same case in every scenario.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Records = npt.NDArray[np.void]

KINDS = (
    "opened", "joined", "gathered", "allotted", "started", "reached", "paused", "finished", "blocked", "closed",
    "abandoned", "cancelled", "turned away",
)
(OPENED, JOINED, GATHERED, ALLOTTED, STARTED, REACHED, PAUSED, FINISHED, BLOCKED, CLOSED, ABANDONED, CANCELLED,
 TURNED_AWAY) = np.arange(13)
"""What happens to a case. It joins a step; gathers (its batch is complete or its wave leaves); has all its units of
stock allotted; starts (its pools are seized; again after a pause); reaches the place of work (where the step travels);
is paused; finishes; is blocked (the next step is full). It ends closed (came to the end of its route), abandoned
(patience), cancelled or turned away (no room)."""
OPEN = -1
"""The outcome of a case still open at the end."""

CAUSES = ("issue", "shipment", "receipt", "repair", "emergency", "return", "lateral")
ISSUE, SHIPMENT, RECEIPT, REPAIR, EMERGENCY, RETURN, LATERAL = np.arange(7)
"""Why units move: set aside for a case (-), sent to another node (-), come from a supplier (+), come from repair (+),
flown in for a case past the shelf (0 on hand: `units` counts them), put back by a case that left (+), sent by a
neighbour to a case (-, at the neighbour)."""

EVENT = np.dtype([("time", "f8"), ("case", "i8"), ("place", "i4"), ("step", "i2"), ("kind", "i2")], align=True)
"""`place`: the first pool seized for STARTED, the step wanted for BLOCKED, else -1."""
CASE = np.dtype([
    ("case", "i8"), ("ordinal", "i8"), ("opened", "f8"), ("closed", "f8"), ("due", "f8"), ("of_class", "i4"),
    ("machine", "i4"), ("quantity", "i4"), ("outcome", "i4"),
], align=True)
"""`closed` is nan and `outcome` OPEN for a case still open at the end; such cases come last, by number."""
MOVEMENT = np.dtype([("time", "f8"), ("case", "i8"), ("node", "i4"), ("units", "i4"), ("cause", "i4"), ("other", "i4")],
                    align=True)
"""`other`: the node at the other end of a SHIPMENT or RECEIPT, -1 outside; `case` -1 where no case is concerned."""


@dataclass(frozen=True)
class Run:
    """One replication.

    log, cases, movements: EVENT, CASE, MOVEMENT records; empty when no log was asked for.
    From `measured_from` to `ended` (h), sums over time (unit x h) and counts:
    - classes: opened, closed, abandoned, cancelled, turned_away, kept (closed by the due time); flow, hours from
      opening to the end of those that ended closed; area, case hours open;
    - visits (steps, classes): joined, started (first starts), finished; waited, hours from joining to the first start;
      worked, hours of work done;
    - steps: area, case hours in the step, of which blocked;
    - pools: busy and offered unit hours;
    - lines (sets of needs): waiting case hours;
    - nodes: on_hand, owed, on_order unit hours; asked, ready (units asked by cases; of these set aside at once),
      expedited (from a neighbour or by emergency), ordered units, and requests: asks by cases, of which met at once;
    - fleets: down machine hours, failures.
    `events`: entries of the calendar carried out. `open_at_start`, `open_at_end`: cases open when measuring began and
    ended.
    """

    log: Records
    cases: Records
    movements: Records
    classes: Records
    visits: Records
    steps: Records
    pools: Records
    lines: Records
    nodes: Records
    fleets: Records
    measured_from: float
    ended: float
    events: int
    open_at_start: int
    open_at_end: int

    @property
    def hours(self) -> float:
        """Hours measured."""
        return self.ended - self.measured_from
