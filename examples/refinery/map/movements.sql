-- What left the shelf in a month, and what came back, at its first day. The amounts of November 1997 are doubtful and count
-- for no rate; that a part was asked for then still tells that it is not dead.
SELECT
    Material || ' ' || month AS movement,
    'warehouse' AS site,
    Material AS item,
    CASE WHEN units > 0 THEN 'issue' ELSE 'receipt' END AS kind,
    -units AS quantity,
    month AS moved_at
FROM (
    SELECT Material, month, TRY_CAST(units AS DOUBLE) AS units
    FROM oil UNPIVOT INCLUDE NULLS (units FOR month IN (COLUMNS('^\d{4}-\d{2}-\d{2}$')))
)
WHERE units <> 0
ORDER BY moved_at, item
