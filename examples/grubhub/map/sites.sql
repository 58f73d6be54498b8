-- The plane is laid on the sphere at the equator, where a degree is as long one way as the other: 111,195.08 m.
SELECT restaurant AS site, CAST(y AS DOUBLE) / 111195.08 AS latitude, CAST(x AS DOUBLE) / 111195.08 AS longitude
FROM restaurants
UNION ALL
SELECT courier, CAST(y AS DOUBLE) / 111195.08, CAST(x AS DOUBLE) / 111195.08 FROM couriers
