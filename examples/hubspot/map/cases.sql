-- closedate is a forecast while a deal is open: a deal ended when its last stage was entered.
WITH entered AS (
    SELECT hs_object_id, value, max(TRY_CAST(timestamp AS TIMESTAMP)) AS entered
    FROM history WHERE property = 'dealstage' GROUP BY ALL
)
SELECT
    d.hs_object_id AS "case", 'deal' AS kind, TRY_CAST(d.createdate AS TIMESTAMP) AS opened_at,
    CASE WHEN lower(d.hs_is_closed) = 'true' THEN coalesce(e.entered, TRY_CAST(d.closedate AS TIMESTAMP)) END
        AS closed_at
FROM deals d
LEFT JOIN entered e ON e.hs_object_id = d.hs_object_id AND e.value = d.dealstage
ORDER BY d.hs_object_id
