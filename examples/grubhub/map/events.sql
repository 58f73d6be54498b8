SELECT "order" AS "case", 'ready' AS step, TIMESTAMP '2026-03-02' + to_seconds(60 * CAST(ready_time AS DOUBLE)) AS happened_at
FROM orders
