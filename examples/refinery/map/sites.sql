-- The export knows one warehouse.
SELECT 'warehouse' AS site, 'Warehouse' AS name
