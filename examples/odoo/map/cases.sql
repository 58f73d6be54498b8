-- A lead is won at date_closed; a lost one is archived (active is False), with date_closed as well.
SELECT id AS "case", 'deal' AS kind, TRY_CAST(create_date AS TIMESTAMP) AS opened_at,
    TRY_CAST(date_closed AS TIMESTAMP) AS closed_at
FROM leads
ORDER BY id
