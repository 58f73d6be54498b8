SELECT
    'warehouse' AS site,
    Material AS item,
    Stock AS on_hand,
    "Max" AS level,
    "Min" AS reorder_level
FROM oil
