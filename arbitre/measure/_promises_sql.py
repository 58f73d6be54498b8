"""The questions that measure.promises asks of the tables. Times are compared in microseconds, as whole numbers.

Parameters: $now, when the facts are judged; $since, the first day judged.
"""

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

WINDOWS = "".join((_FIRST_STEPS, """
, windows AS (SELECT * FROM promises WHERE measure = 'window'),
known AS (
    SELECT cases."case", cases.opened_at, cases.promised_at, cases.closed_at,
        cases.kind, cases.offer, customers.segment, items.criticality
    FROM cases LEFT JOIN customers USING (customer) LEFT JOIN items USING (item)
    WHERE cases.opened_at >= $since AND cases.opened_at <= $now
),
classes AS (SELECT DISTINCT kind, offer, segment, criticality FROM known),
made AS (
    SELECT classes.*, windows.promise, windows.step, CAST(round(windows."window" * 3600e6) AS BIGINT) AS allowed
    FROM classes JOIN windows ON classes.kind = windows.kind
        AND (windows.offer IS NULL OR classes.offer = windows.offer)
        AND (windows.segment IS NULL OR classes.segment = windows.segment)
        AND (windows.criticality IS NULL OR classes.criticality = windows.criticality)
),
timed AS (
    SELECT made.promise, known.segment,
        CASE WHEN made.allowed IS NULL THEN epoch_us(known.promised_at)
            ELSE epoch_us(known.opened_at) + made.allowed END AS due,
        epoch_us(CASE WHEN made.step IS NULL THEN known.closed_at ELSE first_steps.happened_at END) AS stamped,
        CASE WHEN stamped <= epoch_us($now::TIMESTAMP) THEN stamped END AS done
    FROM known JOIN made ON known.kind = made.kind
        AND known.offer IS NOT DISTINCT FROM made.offer
        AND known.segment IS NOT DISTINCT FROM made.segment
        AND known.criticality IS NOT DISTINCT FROM made.criticality
    LEFT JOIN first_steps ON first_steps."case" = known."case" AND first_steps.step = made.step
)
SELECT promise, segment,
    count(*) FILTER (WHERE done IS NOT NULL AND due IS NOT NULL OR due < epoch_us($now::TIMESTAMP)) AS cases,
    count(*) FILTER (WHERE done <= due) AS kept,
    count(*) FILTER (WHERE done IS NULL AND due < epoch_us($now::TIMESTAMP)) AS open_overdue,
    count(*) FILTER (WHERE done IS NULL AND due >= epoch_us($now::TIMESTAMP)) AS open_not_due,
    count(*) FILTER (WHERE due IS NULL) AS without_date
FROM timed GROUP BY promise, segment ORDER BY promise, segment
"""))
"""For each promise with a window and each segment: the cases judged, those kept, and those left out."""

AVAILABILITY = "".join((_FIRST_STEPS, """
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
),
covered AS (
    SELECT promise, asset, starts_at, CAST(sum(epoch_us(until) - epoch_us(since)) AS BIGINT) AS covered
    FROM pieces GROUP BY promise, asset, starts_at
),
lost AS (
    SELECT promise, asset, pieces.starts_at, CAST(sum(
        epoch_us(least(pieces.until, merged.until)) - epoch_us(greatest(pieces.since, merged.since))) AS BIGINT) AS down
    FROM pieces JOIN merged USING (promise, asset)
    WHERE merged.what = 'down' AND merged.since < pieces.until AND merged.until > pieces.since
    GROUP BY promise, asset, pieces.starts_at
)
SELECT promise, customers.segment,
    count(*) FILTER (WHERE target_share IS NOT NULL) AS cases,
    count(*) FILTER (WHERE covered - coalesce(down, 0) >= round(target_share * covered)) AS kept,
    sum(coalesce(down, 0)) / 3600e6 AS down,
    sum(covered) / 3600e6 AS covered
FROM covered LEFT JOIN lost USING (promise, asset, starts_at)
JOIN machines USING (promise) JOIN assets USING (asset) LEFT JOIN customers ON customers.customer = assets.customer
WHERE covered >= 24 * 3600e6
GROUP BY promise, customers.segment ORDER BY promise, customers.segment
"""))
"""For each promise of availability and each segment: the machine-periods judged, those kept; hours down, covered."""
