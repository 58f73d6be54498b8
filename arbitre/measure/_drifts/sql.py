"""The questions that measure.drifts asks of the tables.

Parameters: $kind, the kind of case sold under offers; $used, the step that tells that what was delivered is used;
$by_hand, the step of a case handled by hand; $now, when the facts are judged.
"""

LINES = """
WITH stepped AS (
    SELECT "case", min(happened_at) FILTER (WHERE step = $used) AS used_at,
        count(*) FILTER (WHERE step = $by_hand) AS by_hand
    FROM events WHERE happened_at <= $now AND step IN ($used, $by_hand) GROUP BY "case"
),
spent AS (
    SELECT "case", CAST(sum(CAST(amount AS DECIMAL(18, 6))) AS DOUBLE) AS spent,
        CAST(sum(CAST(CASE WHEN kind = 'handling' THEN amount END AS DECIMAL(18, 6))) AS DOUBLE) AS handling
    FROM costs WHERE "case" IS NOT NULL AND kind <> 'penalty' GROUP BY "case"
),
billed AS (
    SELECT "case", CAST(sum(CAST(amount AS DECIMAL(18, 6))) AS DOUBLE) AS billed,
        CAST(sum(CAST(list_amount AS DECIMAL(18, 6))) AS DOUBLE) AS listed
    FROM invoices WHERE "case" IS NOT NULL GROUP BY "case"
)
SELECT cases."case", cases.opened_at, cases.closed_at, cases.offer, cases.site, cases.customer, customers.segment,
    segments.need, segments."value", offers.is_differentiating AS is_premium, stepped.used_at,
    coalesce(stepped.by_hand, 0) > 0 AS is_by_hand, spent.spent, spent.handling, billed.billed, billed.listed
FROM cases LEFT JOIN customers ON customers.customer = cases.customer
LEFT JOIN segments ON segments.segment = customers.segment
LEFT JOIN offers ON offers.offer = cases.offer
LEFT JOIN stepped ON stepped."case" = cases."case"
LEFT JOIN spent ON spent."case" = cases."case"
LEFT JOIN billed ON billed."case" = cases."case"
WHERE cases.kind = $kind AND cases.opened_at <= $now
ORDER BY cases.opened_at, cases."case"
"""
"""Each case sold under an offer: who asked, when it was done and used, what it cost, what was listed and invoiced."""

WINDOWS = """
SELECT promises.offer, min(promises."window") AS hours, coalesce(max(offers.price), 0.0) AS price
FROM promises LEFT JOIN offers ON offers.offer = promises.offer
WHERE promises.kind = $kind AND promises.measure = 'window' AND promises.step IS NULL
    AND promises.offer IS NOT NULL AND promises."window" > 0
GROUP BY promises.offer ORDER BY hours, promises.offer
"""
"""The window that each offer promises a case within, in hours, and its price, the shortest first."""
