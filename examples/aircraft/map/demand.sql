-- 84 months from January 1996.
WITH months AS (
    SELECT "Item Ref no" AS item, coalesce(TRY_CAST(units AS DOUBLE), 0) AS units
    FROM raf UNPIVOT INCLUDE NULLS (units FOR month IN (COLUMNS('^[A-Z]{3}\d{2}$')))
)
SELECT
    item,
    'depot' AS site,
    sum(units) * 12 / count(*) AS rate,
    greatest(coalesce(var_samp(units) / nullif(avg(units), 0), 1), 1) AS dispersion
FROM months
GROUP BY item
HAVING sum(units) > 0
ORDER BY item
