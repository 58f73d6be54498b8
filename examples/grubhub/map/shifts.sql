SELECT courier AS crew, 'monday' AS weekday, CAST(on_time AS DOUBLE) / 60 AS starts, CAST(off_time AS DOUBLE) / 60 AS ends
FROM couriers
