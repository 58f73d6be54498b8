SELECT l.order_id AS invoice, l.order_id AS "case", b.customer_unique_id AS customer,
    sum(CAST(l.price AS DOUBLE) + CAST(l.freight_value AS DOUBLE)) AS amount,
    CAST(any_value(o.order_purchase_timestamp) AS DATE) AS invoiced_on
FROM lines l JOIN orders o USING (order_id) JOIN buyers b USING (customer_id)
WHERE o.order_status NOT IN ('canceled', 'unavailable')
GROUP BY ALL ORDER BY 1
