-- Minutes count from midnight; the day, not told, is taken to be Monday 2 March 2026.
SELECT "order" AS "case", "order" AS customer, restaurant AS site, 'MEAL' AS offer,
    TIMESTAMP '2026-03-02' + to_seconds(60 * CAST(placement_time AS DOUBLE)) AS opened_at
FROM orders
