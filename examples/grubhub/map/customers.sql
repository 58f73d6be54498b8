-- Each order is of a customer of its own, at the place where it is to be brought.
SELECT "order" AS customer, 'DINER' AS segment, CAST(y AS DOUBLE) / 111195.08 AS latitude,
    CAST(x AS DOUBLE) / 111195.08 AS longitude
FROM orders
