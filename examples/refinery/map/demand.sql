-- Monthly use from January 1997 to August 2001. A blank year is a year without use; a negative month is a return, which
-- cancels a withdrawal. "Be careful with the consumption values of nov 97 ... should be left out": 55 months remain.
-- The demand of a part is shared among criticalities as its installed positions are; a part of no known equipment has
-- the criticality None.
WITH months AS (
    SELECT Material AS item, coalesce(TRY_CAST(units AS DOUBLE), 0) AS units
    FROM oil UNPIVOT INCLUDE NULLS (units FOR month IN (COLUMNS('^\d{4}-\d{2}-\d{2}$')))
    WHERE month <> '1997-11-01'
),
uses AS (
    SELECT
        item,
        greatest(sum(units), 0) * 12 / count(*) AS rate,
        greatest(coalesce(var_samp(units) / nullif(avg(units), 0), 1), 1) AS dispersion
    FROM months
    GROUP BY item
),
installed AS (
    SELECT
        Material AS item,
        coalesce(TRY_CAST(H AS DOUBLE), 0) AS high,
        coalesce(TRY_CAST(M AS DOUBLE), 0) AS medium,
        coalesce(TRY_CAST(L AS DOUBLE), 0) AS low
    FROM oil
),
shares AS (
    SELECT item, 'High' AS criticality, high / (high + medium + low) AS part FROM installed WHERE high > 0
    UNION ALL
    SELECT item, 'Medium', medium / (high + medium + low) FROM installed WHERE medium > 0
    UNION ALL
    SELECT item, 'Low', low / (high + medium + low) FROM installed WHERE low > 0
    UNION ALL
    SELECT item, 'None', 1 FROM installed WHERE high + medium + low = 0
)
SELECT item, 'warehouse' AS site, criticality, rate * part AS rate, dispersion
FROM uses JOIN shares USING (item)
WHERE rate > 0
ORDER BY item, criticality
