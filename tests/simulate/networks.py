"""Networks for tests: one that uses everything, and random ones."""

import numpy as np

from arbitre.simulate._kernel.laws import LawBook
from arbitre.simulate._kernel.model import (
    PAUSE,
    RESTART,
    RESUME,
    Asks,
    Classes,
    Fleets,
    Given,
    Laterals,
    Needs,
    Network,
    Nodes,
    Pipeline,
    Pools,
    Routes,
    Steps,
    Timetables,
)


def simple(servers: int = 1, rate: float = 0.8, **more: object) -> Network:
    """M/M/c."""
    book = LawBook()
    work = book.exponential(1.0)
    return Network(laws=book.laws(), classes=Classes(("case",), 0, rate), steps=Steps(("step",)), work=[[work]],
                   needs_set=[[0]], pools=Pools(("crew",), servers), needs=Needs([0], 0, 0), **more)


def everything(seed: int = 0, dispatch: str = "priority", allocation: str = "critical levels") -> Network:
    """A chain with every mechanism of the kernel at once, its numbers drawn from the seed."""
    rng = np.random.default_rng(seed)
    book = LawBook()
    short, long = book.exponential(0.4), book.lognormal(0.8, 1.2)
    fixed, wear, lead = book.constant(0.3), book.weibull(40.0, 1.5), book.exponential(12.0)
    patience, cancel, many = book.exponential(6.0), book.exponential(30.0), book.observed([1, 1, 2, 3])
    way, seen, soon = book.erlang(0.5, 3), book.observed([0.2, 0.5, 0.9]), book.mixed([0.5, 3.0], [0.7, 0.3])
    steps = Steps(("desk", "visit", "wash", "pack", "ship", "repair"),
                  zone=[0, -1, 0, 0, 0, 0], room=[-1, -1, 3, 4, -1, -1], interrupted=[RESUME, RESTART, 0, 0, 0, RESUME],
                  batch=[1, 1, 1, 2, 0, 1], waves=[-1, -1, -1, -1, 1, -1], travels=[0, 1, 0, 0, 0, 0])
    classes = Classes(("premium", "plain", "failure", "repairs"), entry=[0, 0, 1, 5],
                      rate=[0.7 + rng.random() / 2, 1.0, 0.0, 0.0], profile=[0, -1, -1, -1], zone=[1, 0, 1, 0],
                      priority=[0, 2, 1, 1], window=[6.0, 24.0, 12.0, np.inf], penalty=[50.0, 5.0, 20.0, 0.0],
                      cancel=[-1, cancel, -1, -1], quantity=[-1, many, -1, -1])
    routes = Routes(step=[0, 0, 1, 2, 3, 1], to=[1, 2, 0, 3, 4, -1], share=[0.5, 0.4, 0.1, 1.0, 1.0, 1.0],
                    of_class=[-1, -1, 0, -1, -1, 2])
    nodes = Nodes(("centre", "here", "there"), [4, 3, 2], [3, 2, 1], lot=[3, 1, 1], supplier=[-1, 0, 0],
                  lead=[lead, way, way], repair_share=[0, 0.5, 0.4], repair=[-1, lead, -1], repair_class=[-1, -1, 3],
                  emergency=[-1, -1, fixed], hold_back=[0, 1, 0], rank=[0, 1, 0])
    return Network(
        laws=book.laws(), classes=classes, steps=steps, routes=routes,
        work=[[short] * 4, [long] * 4, [seen] * 4, [fixed] * 4, [-1] * 4, [soon] * 4],
        needs_set=[[0] * 4, [1] * 4, [2] * 4, [2] * 4, [-1] * 4, [3] * 4],
        patience=[[-1, patience, -1, -1], [-1, patience, -1, -1], *[[-1] * 4] * 4],
        pools=Pools(("desk", "north", "south", "van", "bench", "tub"), [3, 0, 2, 3, 1, 2],
                    timetable=[-1, 0, -1, -1, 2, -1], zone=[0, 1, 0, -1, 0, 0], shift_end=[0, PAUSE, 0, 0, PAUSE, 0]),
        needs=Needs([0, 1, 1, 1, 2, 3], [0, 0, 0, 1, 0, 0], [0, 1, 2, 3, 5, 4], [1, 1, 1, 1, 2, 1]),
        timetables=Timetables([0, 0, 1, 1, 2, 2], [8.0, 18.0, 10.0, 16.0, 0.0, 12.0], [2, 0, 0, 0, 1, 0], 24.0),
        profiles=[[0.2, 1.0, 0.6]], profile_hours=8.0, lanes=[[-1, way], [way, -1]], nodes=nodes,
        asks=Asks([1, 1], [1, 2], [1, 1], of_class=[-1, 2], expedite=[False, True], rank=[1, 0]),
        laterals=Laterals([2], [1], fixed), critical=[[0, 1], [0, 1], [0, 0]],
        fleets=Fleets(("machines",), 12, wear), fleet_share=[[0, 0, 1.0, 0]],
        given=Given([0.0, 0.0, 5.0], [0, 1, 0], [1, -1, 0], [-3.0, np.nan, np.nan]),
        pipeline=Pipeline([2.0, 7.5], [0, 1], 2),
        dispatch=dispatch, allocation=allocation)
