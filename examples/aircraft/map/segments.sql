-- A price class is a quarter of the items: floors by class keep the dear ones from being starved.
SELECT segment, name FROM (VALUES
    ('P1', 'Cheapest quarter of the items'),
    ('P2', 'Second quarter'),
    ('P3', 'Third quarter'),
    ('P4', 'Dearest quarter')
) AS classes(segment, name)
