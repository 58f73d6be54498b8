-- Every other property whose history was asked for, dated; closedate is what was expected then.
SELECT hs_object_id AS "case", CASE property WHEN 'closedate' THEN 'expected_close' ELSE property END AS attribute,
    value, TRY_CAST(timestamp AS TIMESTAMP) AS valid_from
FROM history
WHERE property <> 'dealstage'
QUALIFY row_number() OVER (PARTITION BY hs_object_id, property, timestamp ORDER BY value) = 1
ORDER BY "case", attribute, valid_from
