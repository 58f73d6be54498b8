"""The questions that measure.cost and measure.profit ask of the tables.

Parameters: $from_on, the first day counted; $to_on, the day after the last; $credit_share, the yearly cost of money.

Amounts are rounded to one part in 1,048,576 (2^20) of a unit of money: sums of such numbers are
exact, so an answer does not depend on the order of the rows, and what is shared out adds up to what was spent.
"""

from arbitre.tables.results.profit import COSTS

FACTS_SPAN = """
SELECT CAST(min(on_day) AS DATE) AS first_on, CAST(max(on_day) AS DATE) AS last_on FROM (
    SELECT unnest([opened_at, closed_at]) AS on_day FROM cases
    UNION ALL SELECT invoiced_on FROM invoices
    UNION ALL SELECT spent_on FROM costs
)
"""

_KNOWN = """
WITH known AS (
    SELECT cases."case", cases.kind, cases.customer, cases.offer, cases.site, cases.item, cases.quantity,
        cases.opened_at, cases.closed_at, customers.segment, items.family, items.criticality, items.price
    FROM cases LEFT JOIN customers USING (customer) LEFT JOIN items USING (item)
)
"""
"""The cases, with who asks and for what."""

_WORK = """
, classes AS (SELECT DISTINCT kind, offer, segment, criticality, site FROM known),
terms AS (
    SELECT classes.*, t.activity, t.per, t.step, t.minutes
    FROM classes JOIN time_equations AS t ON (t.kind IS NULL OR classes.kind = t.kind)
        AND (t.offer IS NULL OR classes.offer = t.offer) AND (t.segment IS NULL OR classes.segment = t.segment)
        AND (t.criticality IS NULL OR classes.criticality = t.criticality)
        AND (t.site IS NULL OR classes.site = t.site)
),
equations AS (
    SELECT kind, offer, segment, criticality, site, activity,
        coalesce(sum(minutes) FILTER (WHERE per = 'case'), 0.0) AS per_case,
        coalesce(sum(minutes) FILTER (WHERE per = 'order'), 0.0) AS per_order,
        coalesce(sum(minutes) FILTER (WHERE per = 'unit'), 0.0) AS per_unit
    FROM terms WHERE per IN ('case', 'order', 'unit') GROUP BY ALL
),
opened AS (
    SELECT *, CASE WHEN customer IS NULL THEN 1 ELSE count(*) OVER (PARTITION BY customer, kind, opened_at) END AS lines
    FROM known WHERE opened_at >= $from_on::DATE AND opened_at < $to_on::DATE
),
-- One case and activity: its own minutes, and those of its events.
minutes AS (
    SELECT opened."case", activity, per_case + per_order / lines + per_unit * quantity AS minutes
    FROM opened JOIN equations ON opened.kind = equations.kind
        AND opened.offer IS NOT DISTINCT FROM equations.offer
        AND opened.segment IS NOT DISTINCT FROM equations.segment
        AND opened.criticality IS NOT DISTINCT FROM equations.criticality
        AND opened.site IS NOT DISTINCT FROM equations.site
    UNION ALL
    SELECT known."case", activity, minutes * CASE WHEN per = 'event' THEN 1.0
        ELSE (epoch_us(happened_at) - epoch_us(coalesce(started_at, happened_at))) / 3600e6 END AS minutes
    FROM events JOIN known ON events."case" = known."case" JOIN terms ON terms.per IN ('event', 'hour')
        AND terms.step = events.step AND known.kind = terms.kind
        AND known.offer IS NOT DISTINCT FROM terms.offer
        AND known.segment IS NOT DISTINCT FROM terms.segment
        AND known.criticality IS NOT DISTINCT FROM terms.criticality
        AND known.site IS NOT DISTINCT FROM terms.site
    WHERE happened_at >= $from_on::DATE AND happened_at < $to_on::DATE
),
work AS (
    SELECT minutes."case", activity, activities.resource, activities.kind AS spent_for,
        round(minutes / 60.0 * 1048576) / 1048576 AS hours,
        round(minutes / 60.0 * resources.cost / resources.capacity * 1048576) / 1048576 AS amount
    FROM minutes JOIN activities USING (activity) JOIN resources USING (resource)
)
"""
"""The hours that activities took for each case, and what they cost at the rate of the resource."""

WORK_DONE = "".join((_KNOWN, _WORK, """
, done AS (SELECT resource, activity, "case", sum(hours) AS hours, sum(amount) AS cost FROM work GROUP BY ALL)
SELECT resource, activity, count(*) AS cases, sum(hours) AS hours, sum(cost) AS cost,
    arg_min("case", hours) AS shortest, min(hours) AS least
FROM done GROUP BY resource, activity ORDER BY resource, activity
"""))

_ENTRIES = """
, dated AS (
    SELECT "case", NULL AS customer, NULL AS contract, spent_for AS kind, amount FROM work
    UNION ALL
    SELECT "case", NULL, NULL, kind, amount
    FROM costs WHERE spent_on >= $from_on::DATE AND spent_on < $to_on::DATE
    UNION ALL
    SELECT opened."case", NULL, NULL, 'holding', quantity * unit_holding.cost
    FROM opened JOIN unit_holding ON opened.item = unit_holding.item AND opened.site = unit_holding.site
        AND opened.kind = unit_holding.kind AND opened.segment IS NOT DISTINCT FROM unit_holding.segment
        AND opened.offer IS NOT DISTINCT FROM unit_holding.offer
    UNION ALL
    SELECT "case", NULL, NULL, 'goods', quantity * price
    FROM known WHERE price IS NOT NULL AND closed_at >= $from_on::DATE AND closed_at < $to_on::DATE
    UNION ALL
    SELECT "case", CASE WHEN "case" IS NULL THEN customer END, CASE WHEN "case" IS NULL THEN contract END,
        unnest(['net', 'list', 'credit']),
        unnest([amount, coalesce(list_amount, amount),
            amount * $credit_share * greatest(0, coalesce(paid_on, $to_on::DATE) - invoiced_on) / 365.25])
    FROM invoices WHERE invoiced_on >= $from_on::DATE AND invoiced_on < $to_on::DATE
),
entries AS (SELECT * REPLACE (round(amount * 1048576) / 1048576 AS amount) FROM dated)
"""
"""Every amount of the span, on its own day, with the case it is for; what is paid for no case has its customer."""

LINES = "".join((_KNOWN, _WORK, _ENTRIES, """
, summed AS (
    SELECT "case", customer, contract,
""", ",\n".join(f"        coalesce(sum(amount) FILTER (WHERE kind = '{kind}'), 0.0) AS \"{kind}\""
                for kind in ("list", "net", "goods", *COSTS, "credit")), """
    FROM entries GROUP BY "case", customer, contract
),
-- Who pays for a case that does not say whose it is.
payers AS (
    SELECT "case", min(customer) AS customer
    FROM invoices ANTI JOIN (SELECT "case" FROM cases WHERE customer IS NOT NULL) AS owned USING ("case")
    WHERE "case" IS NOT NULL GROUP BY "case"
),
owned AS (
    SELECT summed.* REPLACE (coalesce(known.customer, payers.customer, summed.customer) AS customer), known.offer,
        known.site, known.family
    FROM summed LEFT JOIN known ON known."case" = summed."case" LEFT JOIN payers ON payers."case" = summed."case"
)
SELECT "case", owned.customer, customers.segment, coalesce(owned.offer, contracts.offer) AS offer, owned.site, family,
    owned.* EXCLUDE ("case", customer, contract, offer, site, family)
FROM owned LEFT JOIN contracts ON contracts.contract = owned.contract
    LEFT JOIN customers ON customers.customer = owned.customer
ORDER BY "case" NULLS LAST, owned.customer, owned.contract
"""))
"""One row for each case, for what each customer pays under each contract, and one for what was spent on no case."""

ASKED = "".join((_KNOWN, """
, windows AS (
    SELECT promise, offer, segment, criticality, "window" AS hours, target_share FROM promises
    WHERE kind = $kind AND measure = 'window' AND "window" IS NOT NULL AND step IS NULL
),
asked AS (
    SELECT known.item, known.site, known.kind, known.segment, known.offer, known.criticality,
        coalesce(customers.site, known.site) AS to_site, CAST(quantity AS DECIMAL(18, 6)) AS asked_units
    FROM known LEFT JOIN customers USING (customer)
    WHERE opened_at >= $from_on::DATE AND opened_at < $to_on::DATE
        AND known.item IS NOT NULL AND known.site IS NOT NULL AND quantity >= 1e-6
),
grouped AS (
    SELECT item, asked.site, kind, segment, offer, criticality, CAST(sum(asked_units) AS DOUBLE) AS units,
        CAST(sum(asked_units * asked_units) AS DOUBLE) AS squares,
        coalesce(CAST(sum(asked_units * CAST(duration AS DECIMAL(18, 6))) AS DOUBLE) / units, 0.0) AS transit
    FROM asked LEFT JOIN lanes ON lanes.from_site = asked.site AND lanes.to_site = asked.to_site
    GROUP BY item, asked.site, kind, segment, offer, criticality
)
SELECT grouped.*, promise, hours, target_share
FROM grouped LEFT JOIN windows ON grouped.kind = $kind
    AND (windows.offer IS NULL OR grouped.offer = windows.offer)
    AND (windows.segment IS NULL OR grouped.segment = windows.segment)
    AND (windows.criticality IS NULL OR grouped.criticality = windows.criticality)
QUALIFY row_number() OVER (PARTITION BY item, grouped.site, kind, grouped.segment, grouped.offer
    ORDER BY hours, target_share DESC, promise) = 1
ORDER BY item, site, kind, segment, offer
"""))
"""The units of each item asked at each site, by whom, and the shortest window promised for them."""

STOCKED = """
SELECT stocks.item, stocks.site, stocks.on_hand, stocks."level", items.price, items.lead_time, sites.supplier,
    lanes.duration
FROM stocks JOIN items USING (item) LEFT JOIN sites USING (site)
    LEFT JOIN lanes ON lanes.from_site = sites.supplier AND lanes.to_site = stocks.site
ORDER BY item, site
"""
"""What is held, what it is worth, and how it is resupplied."""
