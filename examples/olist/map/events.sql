WITH steps AS (
    SELECT order_id, 'approved' AS step, order_approved_at AS happened_at FROM orders
    UNION ALL
    SELECT order_id, 'carrier', order_delivered_carrier_date FROM orders
    UNION ALL
    SELECT order_id, 'delivered', order_delivered_customer_date FROM orders
)
SELECT s.order_id AS "case", s.step, s.happened_at
FROM steps s JOIN orders o USING (order_id)
WHERE s.happened_at IS NOT NULL AND o.order_status NOT IN ('canceled', 'unavailable')
ORDER BY s.order_id, s.happened_at, s.step
