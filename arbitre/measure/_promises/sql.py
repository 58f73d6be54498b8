"""The questions that measure.promises asks of the tables. Times are compared in microseconds, as whole numbers.

Parameters: $now, when the facts are judged; $since, the first day judged.
"""

from __future__ import annotations

from collections.abc import Sequence

LATEST_FACT = """
SELECT greatest(
    (SELECT max(greatest(opened_at, closed_at)) FROM cases),
    (SELECT max(happened_at) FROM events),
    (SELECT max(moved_at) FROM movements)
) AS latest
"""

_FIRST_STEPS = """
WITH first_steps AS (
    SELECT events."case", events.step, min(events.happened_at) AS happened_at
    FROM events SEMI JOIN promises ON events.step = promises.step
    GROUP BY events."case", events.step
)
"""
"""When each step that a promise names first happened to each case."""

_CASES = "".join((_FIRST_STEPS, """
, made AS (SELECT * FROM promises WHERE measure <> 'availability'),
dates AS (
    SELECT events."case", arg_min(events.promised_at, events.happened_at) AS first_at,
        arg_max(events.promised_at, events.happened_at) AS last_at
    FROM events JOIN cases ON cases."case" = events."case"
    WHERE events.promised_at IS NOT NULL AND events.happened_at <= $now
        AND (cases.closed_at IS NULL OR events.happened_at <= cases.closed_at)
    GROUP BY events."case"
),
issues AS (
    SELECT movements."case", movements.moved_at,
        sum(-movements.quantity) OVER (PARTITION BY movements."case" ORDER BY movements.moved_at) AS issued
    FROM movements SEMI JOIN made ON made.measure = 'fill'
    WHERE movements.kind = 'issue' AND movements."case" IS NOT NULL AND movements.moved_at <= $now
),
filled AS (
    SELECT cases."case", min(issues.moved_at) AS filled_at
    FROM issues JOIN cases ON cases."case" = issues."case" AND issues.issued >= cases.quantity
    GROUP BY cases."case"
),
known AS (
    SELECT cases."case", cases."order", cases.opened_at, cases.closed_at, cases.kind, cases.offer, cases.site,
        cases.customer, cases.item, cases.quantity, coalesce(cases.delivered_quantity, cases.quantity) AS delivered,
        coalesce(cases.promised_at, dates.first_at) AS first_at,
        coalesce(dates.last_at, cases.promised_at) AS last_at,
        customers.segment, items.family, items.criticality,
        strftime(cases.opened_at, '%Y-%m') AS month, lower(strftime(cases.opened_at, '%A')) AS weekday
    FROM cases LEFT JOIN customers USING (customer) LEFT JOIN items USING (item) LEFT JOIN dates USING ("case")
    WHERE cases.opened_at >= $since AND cases.opened_at <= $now
),
-- Which promises are made to which classes is found once for each class, not for each case.
classes AS (SELECT DISTINCT kind, offer, segment, criticality FROM known),
covered AS (
    SELECT classes.*, made.promise, made.measure, made.step, made.counts
    FROM classes JOIN made ON classes.kind = made.kind
        AND (made.offer IS NULL OR classes.offer = made.offer)
        AND (made.segment IS NULL OR classes.segment = made.segment)
        AND (made.criticality IS NULL OR classes.criticality = made.criticality)
)
SELECT covered.promise, covered.measure, covered.counts, known."case", known."order", known.quantity, known.delivered,
    COLUMNS,
    epoch_us(known.opened_at) AS opened, epoch_us(known.first_at) AS first_due, epoch_us(known.last_at) AS last_due,
    CASE WHEN covered.measure = 'fill' THEN filled.filled_at WHEN covered.step IS NULL THEN known.closed_at
        ELSE first_steps.happened_at END AS stamped,
    epoch_us(CASE WHEN stamped <= $now THEN stamped END) AS done
FROM known JOIN covered ON known.kind = covered.kind
    AND known.offer IS NOT DISTINCT FROM covered.offer
    AND known.segment IS NOT DISTINCT FROM covered.segment
    AND known.criticality IS NOT DISTINCT FROM covered.criticality
LEFT JOIN first_steps ON first_steps."case" = known."case" AND first_steps.step = covered.step
LEFT JOIN filled ON filled."case" = known."case"
ORDER BY covered.promise, known."case"
"""))


def cases(by: Sequence[str]) -> str:
    """Ask for each case under each promise made about it: when it was opened, promised and done, and some columns."""
    return _CASES.replace("COLUMNS", ", ".join(f'known."{name}"' for name in by))


def counts(ways: Sequence[Sequence[str]]) -> str:
    """Ask of the cases under promises (`followed`, with the time each is due) what was kept, told in several ways.

    Each way is some columns of the cases; `way` is its place in the list. cases and kept are lines, orders or units, as
    the promise counts; squares is the sum of the squares of what each line or order counts. The others count cases.
    """
    names = list(dict.fromkeys(name for by in ways for name in by))
    parts = []
    for way, by in enumerate(ways):
        shown = [f'"{name}"' if name in by else f'CAST(NULL AS VARCHAR) AS "{name}"' for name in names]
        keys = ["promise", *(f'"{name}"' for name in by)]
        parts.append(_COUNTS.replace("SHOWN", ", ".join((f"{way} AS way, promise", *shown)))
                     .replace("KEYS", ", ".join(keys)))
    return "".join(("SELECT * FROM (", ")\nUNION ALL\nSELECT * FROM (".join(parts), ")"))


_COUNTS = """
WITH issued AS (
    SELECT followed.promise, followed."case", sum(-movements.quantity) AS units
    FROM followed JOIN movements ON movements."case" = followed."case"
    WHERE followed.measure = 'fill' AND movements.kind = 'issue' AND movements.moved_at <= $now
        AND epoch_us(movements.moved_at) <= followed.due
    GROUP BY followed.promise, followed."case"
),
lines AS (
    SELECT followed.*,
        due IS NOT NULL AND (done IS NOT NULL OR due < epoch_us($now::TIMESTAMP)) AS is_judged,
        CASE WHEN measure = 'fill' THEN least(coalesce(issued.units, 0), quantity)
            WHEN done <= due THEN least(delivered, quantity) ELSE 0 END AS units_kept,
        coalesce(done <= due AND (measure = 'fill' OR delivered >= quantity), FALSE) AS is_kept,
        coalesce(last_due <> first_due AND is_dated, FALSE) AS is_repromised
    FROM followed LEFT JOIN issued USING (promise, "case")
),
parts AS (
    SELECT KEYS, 0 AS counted, 0 AS kept, CAST(done IS NULL AND is_judged AS BIGINT) AS open_overdue,
        CAST(done IS NULL AND due IS NOT NULL AND NOT is_judged AS BIGINT) AS open_not_due,
        CAST(due IS NULL AS BIGINT) AS without_date, CAST(is_repromised AS BIGINT) AS repromised,
        CAST(is_dated AND last_due IS NOT NULL AND (done IS NOT NULL OR last_due < epoch_us($now::TIMESTAMP))
            AS BIGINT) AS last_judged,
        CAST(is_dated AND coalesce(done <= last_due AND delivered >= quantity, FALSE) AS BIGINT) AS last_kept
    FROM lines
    UNION ALL
    SELECT KEYS, CASE WHEN counts = 'unit' THEN quantity ELSE 1 END,
        CASE WHEN counts = 'unit' THEN units_kept WHEN is_kept THEN 1 ELSE 0 END, 0, 0, 0, 0, 0, 0
    FROM lines WHERE counts <> 'order' AND is_judged
    UNION ALL
    -- An order is missed once one of its lines is, and kept when all of them are.
    SELECT KEYS, 1, CASE WHEN bool_and(is_kept) THEN 1 ELSE 0 END, 0, 0, 0, 0, 0, 0
    FROM lines WHERE counts = 'order'
    GROUP BY KEYS, "order", CASE WHEN "order" IS NULL THEN "case" END
    HAVING bool_and(is_judged) OR bool_or(is_judged AND NOT is_kept)
)
SELECT SHOWN, CAST(sum(counted) AS DOUBLE) AS cases, CAST(sum(kept) AS DOUBLE) AS kept,
    CAST(sum(counted * counted) AS DOUBLE) AS squares, CAST(sum(open_overdue) AS BIGINT) AS open_overdue,
    CAST(sum(open_not_due) AS BIGINT) AS open_not_due, CAST(sum(without_date) AS BIGINT) AS without_date,
    CAST(sum(repromised) AS BIGINT) AS repromised, CAST(sum(last_judged) AS BIGINT) AS last_judged,
    CAST(sum(last_kept) AS BIGINT) AS last_kept
FROM parts GROUP BY KEYS
"""


MACHINES = "".join((_FIRST_STEPS, """
, machines AS (SELECT * FROM promises WHERE measure = 'availability'),
held AS (
    SELECT machines.promise, assets.asset,
        greatest(contracts.from_on, assets.installed_on, $since)::TIMESTAMP AS since,
        least(contracts.to_on::TIMESTAMP + INTERVAL 1 DAY, $now::TIMESTAMP) AS until
    FROM machines
    JOIN contracts ON machines.offer IS NULL OR contracts.offer = machines.offer
    JOIN assets ON assets.customer = contracts.customer
    LEFT JOIN customers ON customers.customer = contracts.customer
    WHERE machines.segment IS NULL OR customers.segment = machines.segment
),
down AS (
    SELECT machines.promise, cases.asset, cases.opened_at AS since,
        least(coalesce(first_steps.happened_at, cases.closed_at), $now::TIMESTAMP) AS until
    FROM cases JOIN machines ON cases.kind = machines.kind
    SEMI JOIN held ON held.promise = machines.promise AND held.asset = cases.asset
    LEFT JOIN first_steps ON first_steps."case" = cases."case" AND first_steps.step = machines.step
),
spans AS (
    SELECT 'held' AS what, * FROM held
    UNION ALL
    SELECT 'down' AS what, * FROM down
),
-- Spans that touch or overlap are made one, so that no hour counts twice.
marked AS (
    SELECT *, max(until) OVER (
        PARTITION BY what, promise, asset ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS reached
    FROM spans WHERE since < until
),
islands AS (
    SELECT *, count(*) FILTER (WHERE reached IS NULL OR since > reached) OVER (
        PARTITION BY what, promise, asset ORDER BY since, until ROWS UNBOUNDED PRECEDING
    ) AS island
    FROM marked
),
merged AS (
    SELECT what, promise, asset, min(since) AS since, max(until) AS until
    FROM islands GROUP BY what, promise, asset, island
),
starts AS (
    SELECT merged.promise, merged.asset, merged.since, merged.until, CAST('1 ' || period AS INTERVAL) AS length,
        unnest(range(date_trunc(period, merged.since), merged.until, length)) AS starts_at
    FROM merged JOIN machines USING (promise) WHERE merged.what = 'held'
),
pieces AS (
    SELECT promise, asset, starts_at, greatest(since, starts_at) AS since, least(until, starts_at + length) AS until
    FROM starts
)
SELECT 'held' AS what, promise, asset, starts_at, epoch_us(since) AS since, epoch_us(until) AS until FROM pieces
UNION ALL
SELECT 'down', pieces.promise, pieces.asset, pieces.starts_at,
    epoch_us(greatest(pieces.since, merged.since)), epoch_us(least(pieces.until, merged.until))
FROM pieces JOIN merged USING (promise, asset)
WHERE merged.what = 'down' AND merged.since < pieces.until AND merged.until > pieces.since
"""))
"""From when to when each machine was under contract, and down, in each period of each promise of availability."""

AVAILABILITY = """
WITH covered AS (
    SELECT promise, asset, starts_at, CAST(sum(hours) FILTER (WHERE what = 'held') AS BIGINT) AS covered,
        CAST(coalesce(sum(hours) FILTER (WHERE what = 'down'), 0) AS BIGINT) AS down,
        sum(until - since) FILTER (WHERE what = 'held') AS held
    FROM spans GROUP BY promise, asset, starts_at
)
SELECT promise, customers.segment,
    CAST(count(*) FILTER (WHERE target_share IS NOT NULL) AS DOUBLE) AS cases,
    CAST(count(*) FILTER (WHERE covered - down >= round(target_share * covered)) AS DOUBLE) AS kept,
    sum(down) / 3600e6 AS down,
    sum(covered) / 3600e6 AS covered
FROM covered JOIN promises USING (promise) JOIN assets USING (asset)
LEFT JOIN customers ON customers.customer = assets.customer
WHERE held >= 24 * 3600e6 AND covered > 0
GROUP BY promise, customers.segment ORDER BY promise, customers.segment
"""
"""For each promise of availability and each segment: the machine-periods judged, those kept; hours down, covered.

Asked of `spans`, the answer of MACHINES with the hours that count in each, in microseconds.
"""
