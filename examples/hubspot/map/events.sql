SELECT hs_object_id AS "case", value AS step, TRY_CAST(timestamp AS TIMESTAMP) AS happened_at,
    "updatedByUserId" AS resource
FROM history
WHERE property = 'dealstage' AND coalesce(value, '') <> ''
ORDER BY "case", happened_at
