SELECT 'TARGET' AS promise, 'From click to door' AS name, 'MEAL' AS offer,
    CAST("target click-to-door" AS DOUBLE) / 60 AS "window"
FROM rules
