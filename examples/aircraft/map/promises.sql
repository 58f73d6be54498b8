-- 95 % of the units asked for are on the shelf, and no price class falls below 85 %.
SELECT promise, name, segment, 0 AS "window", target_share, 'year' AS period
FROM (VALUES
    ('all', 'Every item', NULL, 0.95),
    ('P1', 'Cheapest quarter', 'P1', 0.85),
    ('P2', 'Second quarter', 'P2', 0.85),
    ('P3', 'Third quarter', 'P3', 0.85),
    ('P4', 'Dearest quarter', 'P4', 0.85)
) AS asked(promise, name, segment, target_share)
