-- 95 % of the units asked for are on the shelf. The floor for each quarter of the items by price is in chain.toml.
SELECT 'shelf' AS promise, 'On the shelf when asked for' AS name, 0 AS "window", 0.95 AS target_share, 'year' AS period
