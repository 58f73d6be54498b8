-- Google Ads, campaign report segmented by day: Campaign, Day, Cost, Impr., Clicks, Conversions. Delete the two lines of
-- title above the headers and the totals below, or leave them out on download. Thousands are set apart by commas.
-- Meta Ads Manager, campaigns broken down by day: Campaign name, Day, Amount spent (EUR), Impressions, Clicks (all),
-- Results. Another currency stands in the header: write it here.
SELECT
    'google: ' || Campaign AS channel, Day AS from_on, replace("Cost", ',', '') AS amount,
    replace("Impr.", ',', '') AS impressions, replace(Clicks, ',', '') AS clicks, Conversions AS leads
FROM google
WHERE TRY_CAST(Day AS DATE) IS NOT NULL
UNION ALL
SELECT
    'meta: ' || "Campaign name", Day, "Amount spent (EUR)", Impressions, "Clicks (all)", Results
FROM meta
WHERE TRY_CAST(Day AS DATE) IS NOT NULL
ORDER BY channel, from_on
