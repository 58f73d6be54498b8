"""What does the twin replay? A network of steps and pools as arrays, and nothing of any trade.

Cases of several classes arrive, walk through steps along routes, and at each step ask for units of stock and for units
of pools, which they hold while they are worked on. All times are hours since the start of the replay, all laws are rows
of `Laws`, and -1 stands for "none" wherever an index is asked for. Tables of rows (routes, needs, asks, laterals) may
come in any order except where preference is said to follow it.

The life of a case at a step: it waits for a batch to be full or a wave to leave (where the step has them); its units of
stock are set aside as they come; when all are there it waits in line for its pools, which are seized together; then it
travels (where the step says so), is worked on, lets the pools go and follows its route. A case whose next step is full
keeps what it holds until there is room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from arbitre.simulate._kernel.laws import Floats, Integers, Laws

Flags = npt.NDArray[np.bool_]

NEVER, RESUME, RESTART = range(3)
"""May work be interrupted by a case of better rank? Never; yes, and what is left is done later; yes, all is redone."""
FINISH, PAUSE = range(2)
"""When a shift ends: finish the work in hand, or put it down and resume it with the next one."""
DISPATCH = ("first come", "priority", "earliest promise", "slack", "penalty")
ALLOCATION = ("first come", "promised date", "critical levels")


NONE: Any = -1
ZERO: Any = 0
ONE: Any = 1
NO: Any = False
FOREVER: Any = np.inf
UNKNOWN: Any = np.nan
"""What a column holds where nothing is said: one value that stands for all rows."""
_DTYPES = {"Integers": np.int64, "Floats": np.float64, "Flags": np.bool_}


@dataclass(frozen=True)
class _Rows:
    """Columns of equal length; the first field sets it, and a single value stands for every row."""

    def __post_init__(self) -> None:
        length = len(self)
        for column in fields(self):
            if column.type in _DTYPES:
                values = np.asarray(getattr(self, column.name), dtype=_DTYPES[column.type])
                if values.ndim > 1 or (values.ndim == 1 and len(values) != length):
                    raise ValueError(f"{type(self).__name__}.{column.name} must have {length} rows.")
                object.__setattr__(self, column.name, np.broadcast_to(values, (length,)).copy())

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))

    def plus(self, other: Self) -> Self:
        """Return these rows, then those of another."""
        joined: dict[str, Any] = {}
        for column in fields(self):
            mine, more = getattr(self, column.name), getattr(other, column.name)
            joined[column.name] = np.concatenate([mine, more]) if column.type in _DTYPES else (*mine, *more)
        return type(self)(**joined)

    @classmethod
    def empty(cls) -> Self:
        """Return the table without rows."""
        return cls(**dict.fromkeys([column.name for column in fields(cls) if column.default is MISSING], ()))


@dataclass(frozen=True)
class Classes(_Rows):
    """Classes of cases: what a route, a need, a promise or a rule can tell apart.

    Cases of a class open one by one: Poisson at `rate` (cases/h) times the profile's share of the hour; or, with a
    `gap` law, at independent gaps; or when a machine of a fleet fails; or when a broken unit comes in for repair.

    `entry`: the step they enter. `profile`: row of Network.profiles. `zone`: where the case is. `priority`: 0 is served
    first. `window`: hours within which closing was promised. `penalty`: money for a case closed late. `cancel`: law of
    the hours after which the customer calls it off. `quantity`: law (constant or observed, whole numbers) of the units
    each of its asks is multiplied by.
    """

    name: tuple[str, ...]
    entry: Integers
    rate: Floats = ZERO
    profile: Integers = NONE
    gap: Integers = NONE
    zone: Integers = NONE
    priority: Integers = ZERO
    window: Floats = FOREVER
    penalty: Floats = ZERO
    cancel: Integers = NONE
    quantity: Integers = NONE


@dataclass(frozen=True)
class Steps(_Rows):
    """Steps.

    `zone`: where it is done, -1 where the case is; going from a step to one in another zone takes the lane's time.
    `room`: cases it has place for, waiting and in work, -1 without limit; `turns_away`: a case that finds it full
    leaves (a case that arrives from outside always does), else it waits where it is, holding its pools.
    `interrupted`: NEVER, RESUME or RESTART. `batch`: cases that are worked on as one, 0 as many as there are (then
    `waves` are needed). `waves`: timetable of the times at which whatever has gathered goes. `travels`: work begins
    with the way from the zone of the (first) pool to that of the case, the pool being held.
    `without`: step that a case enters instead when what it asks for is not on the shelf as it comes, -1 to wait for it.
    """

    name: tuple[str, ...]
    zone: Integers = NONE
    room: Integers = NONE
    turns_away: Flags = NO
    interrupted: Integers = ZERO
    batch: Integers = ONE
    waves: Integers = NONE
    travels: Flags = NO
    without: Integers = NONE


@dataclass(frozen=True)
class Routes(_Rows):
    """Where cases go from a step: with probability `share` to step `to` (-1: out); what is left of 1 goes out.

    `of_class` -1 stands for every class that has no row of its own at that step.
    """

    step: Integers
    to: Integers
    share: Floats = ONE
    of_class: Integers = NONE


@dataclass(frozen=True)
class Pools(_Rows):
    """Pools that are held and given back: crews, tools, vehicles, beds.

    `capacity`: units, all the time, or until the first change of its `timetable`. `zone`: where it starts from.
    `shift_end`: FINISH or PAUSE.
    """

    name: tuple[str, ...]
    capacity: Integers = ZERO
    timetable: Integers = NONE
    zone: Integers = NONE
    shift_end: Integers = ZERO


@dataclass(frozen=True)
class Needs(_Rows):
    """Sets of pools seized together. Every group of a set is needed; within a group any pool will do (skills), and they
    are tried in the order of the rows. A pool stands in one group of a set only. Cases that need the same set wait in
    one line.
    """

    of_set: Integers
    group: Integers
    pool: Integers
    quantity: Integers = ONE


@dataclass(frozen=True)
class Timetables(_Rows):
    """Changes in time: `value` holds from hour `at` of timetable `table` on. `period` (one per table, the same in all
    its rows): hours after which it repeats, 0 for never; a repeating table begins with the last value of its period.
    """

    table: Integers
    at: Floats
    value: Integers = ZERO
    period: Floats = ZERO


@dataclass(frozen=True)
class Nodes(_Rows):
    """Stock nodes: an item at a site.

    A node orders `lot` units each time on hand + on order - owed is at or below `reorder` (base stock S: reorder S - 1,
    lot 1). It is resupplied by node `supplier`, or from outside, after a time drawn from `lead`. With lot 1 a share
    `repair_share` of the orders is filled instead by repairing the unit that came back: after a time drawn from
    `repair`, or when a case of class `repair_class`, opened for it, is closed.

    `emergency`: law of the hours to fly a unit in from outside when an ask that may be expedited finds the shelf empty.
    `hold_back`: units a node keeps when a neighbour asks. `rank`: of its own orders at its supplier (see Asks).
    """

    name: tuple[str, ...]
    on_hand: Integers = ZERO
    reorder: Integers = NONE
    lot: Integers = ONE
    supplier: Integers = NONE
    lead: Integers = NONE
    repair_share: Floats = ZERO
    repair: Integers = NONE
    repair_class: Integers = NONE
    emergency: Integers = NONE
    hold_back: Integers = ZERO
    rank: Integers = ZERO


@dataclass(frozen=True)
class Asks(_Rows):
    """Units of stock a case asks for when it comes to a step; `of_class` as in Routes. `expedite`: neighbours and
    emergency may serve it when the shelf is empty. `rank`: column of Network.critical, and place in line, under
    critical levels; 0 is served first. `spare`: hours until it is due, under promised dates.
    """

    step: Integers
    node: Integers
    quantity: Integers = ONE
    of_class: Integers = NONE
    expedite: Flags = NO
    rank: Integers = ZERO
    spare: Floats = ZERO


@dataclass(frozen=True)
class Laterals(_Rows):
    """Neighbours that help out a `node` whose shelf is empty, in the order of the rows, with the law of the way."""

    node: Integers
    source: Integers
    law: Integers


@dataclass(frozen=True)
class Fleets(_Rows):
    """Machines that fail: `machines` of them, each running for a time drawn from `uptime`, then down until the case its
    failure opened is closed. With uptime 0 the machines are the population of a closed network.
    """

    name: tuple[str, ...]
    machines: Integers
    uptime: Integers


@dataclass(frozen=True)
class Given(_Rows):
    """Cases known beforehand: those open at the start (`at` 0, in the `step` they are in) or booked for later.

    machine: the one, of all fleets in turn, that is down from the start until the case has ended; -1 none.
    """

    at: Floats
    of_class: Integers
    step: Integers = NONE
    opened: Floats = UNKNOWN
    machine: Integers = NONE


@dataclass(frozen=True)
class Pipeline(_Rows):
    """Units already on their way to a node at the start."""

    at: Floats
    node: Integers
    units: Integers = ONE


@dataclass(frozen=True)
class Network:
    """A network to replay. Raises ValueError where shapes disagree; `_refusals.check` says whether it can run.

    work (steps, classes): law of the work, -1 none. needs_set (steps, classes): set of `needs` seized for it, -1 none.
    patience (steps, classes): law of the hours a case waits there before it leaves, -1 for ever. One row or one column
    stands for all. profiles (profiles, buckets): shares (0 to 1) of the class's rate in successive buckets of
    `profile_hours`, repeating. lanes (zones, zones): law of the way. fleet_share (fleets, classes): which class a
    failure opens. critical (nodes, ranks): an ask of that rank is served only while more units than this are on hand.

    dispatch: who is served first where several wait: one of DISPATCH, or a compiled rule
    `rule(now, joined, due, priority, work, penalty, of_class, step) -> score`, all float64, the lowest first, declared
    `@numba.cfunc(RULE)` with RULE from `simulate._kernel.run`; it is asked about every waiting case at every choice.
    allocation: who receives a unit of stock where several are owed one: one of ALLOCATION. By promised date nobody does
    before his is due, but its replacement is ordered when he asks; an order to a supplier is due a (constant) way
    earlier.
    """

    laws: Laws
    classes: Classes
    steps: Steps
    work: Integers
    needs_set: Integers = field(default_factory=lambda: np.full((1, 1), -1))
    patience: Integers = field(default_factory=lambda: np.full((1, 1), -1))
    routes: Routes = field(default_factory=Routes.empty)
    pools: Pools = field(default_factory=Pools.empty)
    needs: Needs = field(default_factory=Needs.empty)
    timetables: Timetables = field(default_factory=Timetables.empty)
    profiles: Floats = field(default_factory=lambda: np.ones((0, 1)))
    profile_hours: float = 1.0
    lanes: Integers = field(default_factory=lambda: np.full((0, 0), -1))
    nodes: Nodes = field(default_factory=Nodes.empty)
    asks: Asks = field(default_factory=Asks.empty)
    laterals: Laterals = field(default_factory=Laterals.empty)
    critical: Integers = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))
    fleets: Fleets = field(default_factory=Fleets.empty)
    fleet_share: Floats = field(default_factory=lambda: np.ones((0, 0)))
    given: Given = field(default_factory=Given.empty)
    pipeline: Pipeline = field(default_factory=Pipeline.empty)
    dispatch: str | Callable[..., float] = "first come"
    allocation: str = "first come"

    def __post_init__(self) -> None:
        whole, real = np.int64, np.float64
        cells, ranks = (len(self.steps), len(self.classes)), max(np.shape(self.critical)[-1], 1)
        for name, dtype, shape in (
            ("work", whole, cells), ("needs_set", whole, cells), ("patience", whole, cells),
            ("critical", whole, (len(self.nodes), ranks)), ("fleet_share", real, (len(self.fleets), len(self.classes))),
            ("lanes", whole, np.shape(self.lanes)), ("profiles", real, np.shape(self.profiles)),
        ):
            values = np.asarray(getattr(self, name), dtype=dtype)
            if values.size == 0:
                values = np.zeros((1, 1), dtype=dtype)
            object.__setattr__(self, name, np.broadcast_to(values, shape).copy())
