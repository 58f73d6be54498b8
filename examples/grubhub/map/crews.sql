-- Each rider is a crew of one, who starts where he is first seen.
SELECT courier AS crew, courier AS site, CAST("guaranteed pay per hour" AS DOUBLE) AS cost FROM couriers CROSS JOIN rules
