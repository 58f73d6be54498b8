-- Amount and close date are dated by the history; LeadSource is not, so it is read as it stands.
WITH told AS (
    SELECT OpportunityId, Amount, CloseDate, TRY_CAST(replace(CreatedDate, '+0000', 'Z') AS TIMESTAMP) AS since
    FROM history
),
every AS (
    SELECT OpportunityId, 'amount' AS attribute, Amount AS value, since FROM told
    UNION ALL
    SELECT OpportunityId, 'expected_close', CloseDate, since FROM told
    UNION ALL
    SELECT Id, 'lead_source', LeadSource, NULL FROM opportunity
)
SELECT OpportunityId AS "case", attribute, value, since AS valid_from
FROM every
QUALIFY row_number() OVER (PARTITION BY OpportunityId, attribute ORDER BY since) = 1
    OR value IS DISTINCT FROM lag(value) OVER (PARTITION BY OpportunityId, attribute ORDER BY since)
ORDER BY OpportunityId, attribute, since
