-- Changes of stage are tracked, and being archived is how a lead is lost.
SELECT "mail_message_id/res_id" AS "case", new_value_char AS step,
    TRY_CAST("mail_message_id/date" AS TIMESTAMP) AS happened_at, "mail_message_id/author_id" AS resource
FROM tracked
WHERE "field_id/name" = 'stage_id'
UNION ALL
SELECT id, 'Lost', TRY_CAST(date_closed AS TIMESTAMP), user_id
FROM leads
WHERE lower(active) = 'false' AND coalesce(date_closed, '') <> ''
ORDER BY "case", happened_at
