-- One promise per criticality: the part is on the shelf when asked for. An empty target: no worse than today.
SELECT
    lower(criticality) AS promise,
    name,
    criticality,
    0 AS "window",
    NULL AS target_share,
    'year' AS period
FROM (VALUES
    ('High', 'Parts of highly critical equipment'),
    ('Medium', 'Parts of equipment of medium criticality'),
    ('Low', 'Parts of equipment of low criticality'),
    ('None', 'Parts of no known equipment')
) AS classes(criticality, name)
