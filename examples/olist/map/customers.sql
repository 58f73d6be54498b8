-- customer_id is new for each order; customer_unique_id is who buys, at his last known address.
SELECT b.customer_unique_id AS customer, max_by(b.customer_state, o.order_purchase_timestamp) AS segment
FROM buyers b JOIN orders o USING (customer_id) GROUP BY 1 ORDER BY 1
