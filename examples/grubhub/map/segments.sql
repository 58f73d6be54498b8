SELECT 'DINER' AS segment, 'Diners' AS name
