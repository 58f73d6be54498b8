-- A row of the history is written when amount, probability, stage or close date change: only new stages are steps.
WITH told AS (
    SELECT OpportunityId, StageName, CreatedById, TRY_CAST(replace(CreatedDate, '+0000', 'Z') AS TIMESTAMP) AS happened
    FROM history
)
SELECT OpportunityId AS "case", StageName AS step, happened AS happened_at, CreatedById AS resource
FROM told
QUALIFY StageName IS DISTINCT FROM lag(StageName) OVER (PARTITION BY OpportunityId ORDER BY happened)
ORDER BY OpportunityId, happened
