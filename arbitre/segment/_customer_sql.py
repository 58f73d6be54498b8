"""The questions that segment.customers asks of the tables.

Parameters: $kind, the kind of case that is an order line; $from_on, the first day counted; $to_on, the day after the
last; $urgent, hours within which a line asked for is urgent. Sums are of decimals and whole numbers: exact, whatever
the order of the rows.
"""

SPAN = """
SELECT CAST(min(opened_at) AS DATE) AS first_on, CAST(max(opened_at) AS DATE) AS last_on FROM cases
WHERE kind = $kind AND customer IS NOT NULL
    AND ($since IS NULL OR opened_at >= $since::DATE) AND ($until IS NULL OR opened_at < $until::DATE + 1)
"""

_LINES = """
WITH windows AS (
    SELECT offer, min("window") AS hours FROM promises
    WHERE kind = $kind AND measure = 'window' AND "window" IS NOT NULL AND offer IS NOT NULL GROUP BY offer
), lines AS (
    SELECT customer, item, site, opened_at, CAST(quantity AS DECIMAL(18, 6)) AS units,
        coalesce((epoch_us(promised_at) - epoch_us(opened_at)) // 60000000, CAST(hours * 60 AS BIGINT)) AS minutes
    FROM cases LEFT JOIN windows USING (offer)
    WHERE kind = $kind AND customer IS NOT NULL AND opened_at >= $from_on::DATE AND opened_at < $to_on::DATE
)
"""
"""The order lines of the span; time allowed is up to the date promised, else the window of the offer."""

ORDERS = "".join((_LINES, """
, asked AS (
    SELECT customer, count(*) AS lines, CAST(sum(units) AS DOUBLE) / count(*) AS lot,
        count(minutes) AS timed, count(*) FILTER (WHERE minutes <= $urgent * 60) AS urgent,
        CAST(sum(greatest(minutes, 0)) AS DOUBLE) / 60 / nullif(count(minutes), 0) AS tolerance,
        sum(CAST(round(1e6 * 2 ** ((epoch_us(opened_at) - epoch_us($to_on::TIMESTAMP)) / 86400e6 / 365.25)) AS BIGINT))
            / 1e6 AS lately
    FROM lines GROUP BY customer
), monthly AS (
    SELECT customer, count(*) AS lines,
        (epoch_us(opened_at) - epoch_us($from_on::TIMESTAMP)) * $months // ($days * 86400000000) AS month
    FROM lines GROUP BY ALL
), irregular AS (
    SELECT customer, CAST(sum(lines * lines) AS DOUBLE) AS squares FROM monthly GROUP BY customer
)
SELECT asked.*, squares FROM asked JOIN irregular USING (customer)
"""))

SPREAD = "".join((_LINES, """
, each AS (SELECT customer, count(*) AS lines FROM lines WHERE {thing} IS NOT NULL GROUP BY customer, {thing})
SELECT customer,
    1 - CAST(sum(lines * (lines - 1)) AS DOUBLE) / nullif(sum(lines) * (sum(lines) - 1), 0) AS {thing}_spread
FROM each GROUP BY customer
"""))
"""The chance that two lines of a customer are about different things (Simpson, Nature 163 (1949) 688)."""

INVOICED = """
SELECT customer, CAST(sum(CAST(amount AS DECIMAL(18, 4))) AS DOUBLE) AS sales FROM invoices
WHERE invoiced_on >= $from_on::DATE AND invoiced_on < $to_on::DATE GROUP BY customer
"""

AT_COST = "".join((_LINES, """
SELECT customer, CAST(sum(units * CAST(price AS DECIMAL(18, 6))) AS DOUBLE) AS sales
FROM lines JOIN items USING (item) GROUP BY customer
"""))

UNITS = "".join((_LINES, "SELECT customer, CAST(sum(units) AS DOUBLE) AS sales FROM lines GROUP BY customer"))

MACHINES = """
SELECT customer, CAST(sum(CAST(failure_rate AS DECIMAL(18, 9))) AS DOUBLE) / count(failure_rate) AS failures
FROM assets WHERE failure_rate IS NOT NULL GROUP BY customer
"""

ANSWERS = """
SELECT customer, question, CAST(sum(CAST(score AS DECIMAL(18, 6))) AS DOUBLE) / count(*) AS score
FROM answers
WHERE (method IS NULL OR method IN ('importance', 'performance')) AND answered_on < $to_on::DATE
GROUP BY customer, question
"""

PROFIT = "SELECT customer, contribution FROM customer_profit WHERE customer IS NOT NULL"
