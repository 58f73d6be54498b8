SELECT 'in_time' AS metric, 'Delivered by the day promised' AS name, 'promise' AS kind, 'DATE' AS promise,
    NULL AS "table", NULL AS measure, NULL AS aggregation, 'share' AS unit, 'higher' AS better
UNION ALL
SELECT 'lead_time', 'From order to door', 'simple', NULL, 'cases', 'closed_at - opened_at', 'mean', 'day', 'lower'
