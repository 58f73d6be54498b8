SELECT 'depot' AS site, 'Depot' AS name
