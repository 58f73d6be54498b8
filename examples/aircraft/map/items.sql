SELECT
    "Item Ref no" AS item,
    DESCRIPTION AS name,
    "PRICE (£)" AS price,
    CAST("Lead Time (months)" AS DOUBLE) * 30.4375 AS lead_time
FROM raf
