-- One channel for each campaign; to plan by platform, give all its campaigns one name here and in spend.sql.
SELECT DISTINCT channel FROM spend ORDER BY channel
