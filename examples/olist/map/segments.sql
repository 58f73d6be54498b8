SELECT DISTINCT customer_state AS segment FROM buyers ORDER BY segment
