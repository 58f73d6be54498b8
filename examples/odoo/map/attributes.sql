-- The revenue expected is tracked from its first change on; before that, and where it never changed, what it was.
WITH told AS (
    SELECT "mail_message_id/res_id" AS "case", old_value_float AS old, new_value_float AS new,
        TRY_CAST("mail_message_id/date" AS TIMESTAMP) AS since
    FROM tracked WHERE "field_id/name" = 'expected_revenue'
),
begun AS (
    SELECT id AS "case", TRY_CAST(create_date AS TIMESTAMP) AS since,
        coalesce((SELECT arg_min(old, told.since) FROM told WHERE told."case" = leads.id), expected_revenue) AS amount
    FROM leads
)
SELECT "case", 'amount' AS attribute, amount AS value, since AS valid_from FROM begun
UNION ALL
SELECT "case", 'amount', new, since FROM told
UNION ALL
SELECT id, 'source', source_id, NULL FROM leads
ORDER BY "case", attribute, valid_from
