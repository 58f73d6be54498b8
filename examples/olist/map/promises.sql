-- Without a window, by the day promised.
SELECT 'DATE' AS promise, 'Delivered by the day promised' AS name, 'order' AS kind, NULL AS step, NULL AS "window",
    0.95 AS target_share
UNION ALL
SELECT 'HAND', 'Handed to the carrier within three days', 'order', 'carrier', 72, 0.8
