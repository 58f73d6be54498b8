"""The questions that measure.demand asks of the tables.

Parameters: $kind, the kind of case that is promised its items; $from_on, the first day of the span; $to_on, the day
after its last.
"""

SPAN = """
SELECT asks, CAST(min(opened_at) AS DATE) AS first_on, CAST(max(opened_at) AS DATE) AS last_on,
    count(*) FILTER (WHERE asks OR kind = $kind) AS cases
FROM (
    SELECT kind, opened_at, coalesce(item IS NOT NULL AND site IS NOT NULL AND quantity >= 1e-6, false) AS asks
    FROM cases
    WHERE ($since IS NULL OR opened_at >= $since::DATE) AND ($until IS NULL OR opened_at < $until::DATE + 1)
)
GROUP BY asks
HAVING asks OR bool_or(kind = $kind)
"""

_ASKED = """
WITH asked AS (
    SELECT item, site, customer, kind = $kind AS is_promised, CASE WHEN is_promised THEN offer END AS offer, opened_at,
        CAST(quantity AS DECIMAL(18, 6)) AS asked_units
    FROM cases
    WHERE opened_at >= $from_on::DATE AND opened_at < $to_on::DATE
        AND item IS NOT NULL AND site IS NOT NULL AND quantity >= 1e-6
)
"""
"""The cases that take something from a shelf in the span; only one of the promised kind keeps its offer.

Units are summed as decimals: exact, whatever the order of the rows.
"""

_WAYS = "".join((_ASKED, """
, ways AS (
    SELECT asked.*, customers.segment, items.criticality, coalesce(customers.site, asked.site) AS to_site
    FROM asked LEFT JOIN customers USING (customer) LEFT JOIN items USING (item)
)
"""))
"""The same, with who asks and where it has to go."""

ABSENT_LANES = "".join((_WAYS, """
SELECT DISTINCT ways.site AS from_site, ways.to_site
FROM ways ANTI JOIN lanes ON lanes.from_site = ways.site AND lanes.to_site = ways.to_site
WHERE is_promised
ORDER BY from_site, to_site
"""))

RATES = "".join((_WAYS, """
SELECT item, ways.site, segment, offer, criticality, CAST(sum(asked_units) AS DOUBLE) AS units,
    greatest(1, CAST(round(sum(asked_units) / count(*)) AS BIGINT)) AS size,
    coalesce(CAST(sum(asked_units * CAST(duration AS DECIMAL(38, 6))) AS DOUBLE) / units, 0.0) AS transit,
    count(*) FILTER (WHERE is_promised AND duration IS NULL) AS astray
FROM ways LEFT JOIN lanes ON lanes.from_site = ways.site AND lanes.to_site = ways.to_site
GROUP BY item, ways.site, segment, offer, criticality,
    CASE WHEN asked_units < 3.5 THEN greatest(1, round(asked_units)) ELSE 2 ** floor(log2(round(asked_units))) END
ORDER BY ALL
"""))
"""Sizes of more than three units are gathered from a power of two to the next, at their mean.

Rows have an order, so that what is summed over them is the same to the last digit on every run.
"""

IRREGULARITY = "".join((_ASKED, """
, monthly AS (
    SELECT item, site, sum(asked_units) AS units, count(*) AS cases, sum(asked_units::DOUBLE ** 2) AS lumps,
        (epoch_us(opened_at) - epoch_us($from_on::TIMESTAMP)) * $months // ($days * 86400000000) AS month
    FROM asked GROUP BY ALL
)
SELECT item, site, CAST(sum(units) AS DOUBLE) AS units, CAST(sum(units * units) AS DOUBLE) AS squares,
    sum(lumps) AS lumps, CAST(sum(cases) AS BIGINT) AS cases
FROM monthly GROUP BY item, site ORDER BY item, site
"""))

NEVER_ASKED = "".join((_ASKED, """
SELECT stocks.item, stocks.site, items.criticality, coalesce(lanes.duration, 0.0) AS transit
FROM stocks ANTI JOIN asked ON asked.item = stocks.item AND asked.site = stocks.site
LEFT JOIN items ON items.item = stocks.item
LEFT JOIN lanes ON lanes.from_site = stocks.site AND lanes.to_site = stocks.site
ORDER BY ALL
"""))
