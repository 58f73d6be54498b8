"""What measure.waiting asks of the stock movements."""

STOCK = """
WITH counted AS (
    SELECT site, item, kind, quantity, movement, moved_at,
        sum(CASE WHEN kind = 'count' THEN 1 ELSE 0 END) OVER (
            PARTITION BY site, item ORDER BY moved_at, CASE WHEN kind = 'count' THEN 0 ELSE 1 END, movement
            ROWS UNBOUNDED PRECEDING) AS counts,
        sum(CASE WHEN kind = 'count' THEN 1 ELSE 0 END) OVER (PARTITION BY site, item) AS all_counts
    FROM movements
    WHERE $site IS NULL OR site = $site
)
SELECT site, item, moved_at,
    lead(moved_at) OVER (
        PARTITION BY site, item ORDER BY moved_at, CASE WHEN kind = 'count' THEN 0 ELSE 1 END, movement) AS next_at,
    sum(quantity) OVER (
        PARTITION BY site, item, counts ORDER BY moved_at, CASE WHEN kind = 'count' THEN 0 ELSE 1 END, movement
        ROWS UNBOUNDED PRECEDING) AS level
FROM counted
WHERE counts > 0 OR all_counts = 0
ORDER BY site, moved_at
"""
"""Units on hand from each movement to the next of its item at its site. A count tells the level; before the first one
nothing is known, and without any count movements start from nought."""
