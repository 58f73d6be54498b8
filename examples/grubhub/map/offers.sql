SELECT 'MEAL' AS offer, 'A meal brought' AS name
