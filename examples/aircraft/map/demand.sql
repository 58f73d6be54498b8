-- 84 months from January 1996. The price class of an item stands in for a segment.
WITH months AS (
    SELECT "Item Ref no" AS item, coalesce(TRY_CAST(units AS DOUBLE), 0) AS units
    FROM raf UNPIVOT INCLUDE NULLS (units FOR month IN (COLUMNS('^[A-Z]{3}\d{2}$')))
),
uses AS (
    SELECT
        item,
        sum(units) * 12 / count(*) AS rate,
        greatest(coalesce(var_samp(units) / nullif(avg(units), 0), 1), 1) AS dispersion
    FROM months
    GROUP BY item
),
classes AS (
    SELECT "Item Ref no" AS item,
           'P' || ntile(4) OVER (ORDER BY CAST("PRICE (£)" AS DOUBLE), CAST("Item Ref no" AS INTEGER)) AS segment
    FROM raf
)
SELECT item, 'depot' AS site, segment, rate, dispersion
FROM uses JOIN classes USING (item)
WHERE rate > 0
ORDER BY item
