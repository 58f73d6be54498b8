"""What measure.process asks about the objects that meet in an event. Times are microseconds, as whole numbers.

The events of an object are in the order in which they ended, then began; ties by event number, shorter ones first.
"""

_FOLLOWED = """
WITH touches AS (
    SELECT DISTINCT objects.kind, event_objects."object", events.event, events.step,
        epoch_us(coalesce(events.started_at, events.happened_at)) AS started, epoch_us(events.happened_at) AS ended
    FROM event_objects
    JOIN events ON events.event = event_objects.event
    JOIN objects ON objects."object" = event_objects."object"
),
followed AS (
    SELECT *,
        lag(step) OVER (PARTITION BY "object" ORDER BY ended, started, length(event), event) AS from_step,
        lag(ended) OVER (PARTITION BY "object" ORDER BY ended, started, length(event), event) AS since
    FROM touches
)
"""
"""What each object went through, with what came before; an object touched in two roles by one event counts once."""

OBJECT_DELAYS = "".join((_FOLLOWED, """
, arrivals AS (
    SELECT event, step, kind, max(since) AS came, min(since) AS early
    FROM followed WHERE since IS NOT NULL GROUP BY event, step, kind
),
met AS (
    SELECT *, count(*) OVER (PARTITION BY event) AS kinds,
        max(came) OVER (PARTITION BY event) - min(early) OVER (PARTITION BY event) AS apart,
        row_number() OVER (PARTITION BY event ORDER BY came DESC, kind) AS place,
        came - lead(came) OVER (PARTITION BY event ORDER BY came DESC, kind) AS ahead
    FROM arrivals
)
SELECT step, kind, count(*) AS events,
    CAST(sum(CASE WHEN place = 1 AND ahead > 0 THEN 1 ELSE 0 END) AS BIGINT) AS last_events,
    CAST(sum(apart) AS DOUBLE) / count(*) / 3600e6 AS synchronisation,
    CAST(sum(CASE WHEN place = 1 THEN ahead ELSE 0 END) AS DOUBLE) / 3600e6 AS lost
FROM met
WHERE kinds > 1
GROUP BY step, kind
ORDER BY lost DESC, step, kind
"""))
"""An object has come to an event when the one before it of that object ended."""
