-- A day is promised until its end; what was called off was kept from nobody.
SELECT o.order_id AS "case", 'order' AS kind, b.customer_unique_id AS customer, o.order_purchase_timestamp AS opened_at,
    CAST(o.order_estimated_delivery_date AS TIMESTAMP) + INTERVAL 1 DAY AS promised_at,
    o.order_delivered_customer_date AS closed_at
FROM orders o JOIN buyers b USING (customer_id)
WHERE o.order_status NOT IN ('canceled', 'unavailable')
ORDER BY o.order_purchase_timestamp, o.order_id
