-- "The delivery time is in calendar days." "Min is the reorder point": stock is ordered up to Max when it falls below
-- Min, so a lot is what lies between, one unit at least.
SELECT
    Material AS item,
    Price AS price,
    "Del. time" AS lead_time,
    greatest(CAST("Max" AS INTEGER) - CAST("Min" AS INTEGER) + 1, 1) AS lot
FROM oil
