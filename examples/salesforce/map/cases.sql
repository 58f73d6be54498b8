-- A closed opportunity ended when its last stage was first entered; CloseDate, a day one can type, only where that is
-- not in the history.
WITH entered AS (
    SELECT OpportunityId, StageName, min(TRY_CAST(replace(CreatedDate, '+0000', 'Z') AS TIMESTAMP)) AS entered
    FROM history GROUP BY ALL
)
SELECT
    o.Id AS "case", 'deal' AS kind,
    TRY_CAST(replace(o.CreatedDate, '+0000', 'Z') AS TIMESTAMP) AS opened_at,
    CASE WHEN lower(o.IsClosed) = 'true' THEN coalesce(e.entered, TRY_CAST(o.CloseDate AS TIMESTAMP)) END AS closed_at
FROM opportunity o
LEFT JOIN entered e ON e.OpportunityId = o.Id AND e.StageName = o.StageName
ORDER BY o.Id
