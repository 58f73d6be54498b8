"""Tables of what is spent to be asked: channels, what they cost, what was seen meanwhile, and tests of them."""

from arbitre.tables.schema import Column, Kind, Table

_CHANNEL = Column("channel", Kind.KEY, "Channel that is paid.", "Channel", "Canal", key=True, required=True,
                  refers="channels.channel", aliases=("campaign", "campaign name", "campagne", "media"))
_REGION = Column("region", Kind.TEXT, "Where; empty: everywhere.", "Region", "Région", key=True,
                 aliases=("geo", "market", "zone"))

CHANNELS = Table(
    "channels", "A way to be known or found that is paid by budget: television, search, fairs.", "Channels", "Canaux",
    (
        Column("channel", Kind.KEY, "Short name of the channel.", "Channel", "Canal", key=True, required=True),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("lowest", Kind.NUMBER, "Least that can be spent in a week; empty: nothing but the change allowed.",
               "At least", "Au moins", unit="money", least=0),
        Column("highest", Kind.NUMBER, "Most that can be spent in a week; empty: nothing but the change allowed.",
               "At most", "Au plus", unit="money", least=0),
        Column("audience", Kind.NUMBER, "People it can reach.", "Audience", "Audience", least=0,
               aliases=("audience size", "reachable audience")),
    ),
    aliases=("channel", "canaux"),
)

SPEND = Table(
    "spend", "What a channel cost in a day or a week, and what it showed.", "Spend", "Dépenses",
    (
        _CHANNEL,
        Column("from_on", Kind.DATE, "First day of the period.", "From", "Du", key=True, required=True,
               aliases=("day", "date", "week", "jour", "semaine", "reporting starts")),
        _REGION,
        Column("amount", Kind.NUMBER, "Money spent.", "Amount", "Montant", unit="money", required=True, least=0,
               aliases=("cost", "amount spent", "spend", "coût", "dépense", "montant dépensé")),
        Column("impressions", Kind.NUMBER, "Times it was shown.", "Impressions", "Impressions", least=0,
               aliases=("impr",)),
        Column("clicks", Kind.NUMBER, "Times it was clicked.", "Clicks", "Clics", least=0, aliases=("clicks (all)",)),
        Column("leads", Kind.NUMBER, "Contacts that it says it brought.", "Leads", "Contacts", least=0,
               aliases=("conversions", "results", "résultats")),
    ),
    aliases=("media spend", "dépenses média"),
)

OBSERVATIONS = Table(
    "observations", "What was counted or seen in a day or a week: sales, leads, a price, a competitor.",
    "Observations", "Observations",
    (
        Column("measure", Kind.TEXT, "What is counted or seen.", "Measure", "Mesure", key=True, required=True),
        Column("from_on", Kind.DATE, "First day of the period.", "From", "Du", key=True, required=True,
               aliases=("day", "date", "week", "jour", "semaine")),
        _REGION,
        Column("value", Kind.NUMBER, "How much; below nought where more came back than was sold.", "Value", "Valeur",
               required=True),
    ),
)

TRIALS = Table(
    "trials", "A test of a channel: a region in which its spend was changed for a time, the others going on as before.",
    "Trials", "Essais",
    (
        Column("trial", Kind.KEY, "Short name of the test.", "Trial", "Essai", key=True, required=True),
        Column("region", Kind.TEXT, "Region under the change.", "Region", "Région", key=True, required=True),
        Column("channel", Kind.KEY, "Channel that is tested.", "Channel", "Canal", required=True,
               refers="channels.channel"),
        Column("from_on", Kind.DATE, "First day of the change.", "From", "Du", required=True),
        Column("to_on", Kind.DATE, "Last day of the change.", "To", "Au", required=True),
        Column("change_share", Kind.NUMBER, "Change of the spend, as a share of it; -1: switched off.", "Change",
               "Changement", required=True, least=-1, most=10),
    ),
)

LIFT_TESTS = Table(
    "lift_tests", "What a test of a channel found: measured from trials, or told by somebody else.", "Lift tests",
    "Tests de canal",
    (
        Column("trial", Kind.KEY, "Short name of the test.", "Trial", "Essai", key=True, required=True),
        Column("channel", Kind.KEY, "Channel that was tested.", "Channel", "Canal", required=True,
               refers="channels.channel"),
        Column("from_on", Kind.DATE, "First day of the change.", "From", "Du", required=True),
        Column("to_on", Kind.DATE, "Last day of the change.", "To", "Au", required=True),
        Column("change_share", Kind.NUMBER, "Change of the spend, as a share of it; -1: switched off.", "Change",
               "Changement", required=True, least=-1, most=10),
        Column("market_share", Kind.SHARE, "Share of the outcome that comes from where it was changed.",
               "Of the market", "Part du marché", default=1.0),
        Column("effect", Kind.NUMBER, "Outcome gained over the whole test, below nought when lost.", "Effect", "Effet",
               required=True),
        Column("error", Kind.NUMBER, "Standard error of the effect.", "Its error", "Son erreur", required=True,
               least=1e-9),
    ),
)

RESPONSES = Table(
    "responses", "What more of anything scarce is worth: hours, budget, stock; one row for each amount looked at.",
    "Responses", "Réponses",
    (
        Column("response", Kind.KEY, "What the amount is given to: a channel, a team, a shelf.", "Response", "Réponse",
               key=True, required=True),
        Column("amount", Kind.NUMBER, "How much is given, in its own unit.", "Amount", "Quantité", key=True,
               required=True, least=0),
        Column("kind", Kind.TEXT, "What it is: spend, crew, stock, ...", "Kind", "Nature", default="crew"),
        Column("cost", Kind.NUMBER, "What the amount takes out of the budget.", "Cost", "Coût", unit="money/year",
               required=True, least=0),
        Column("worth", Kind.NUMBER, "What it is expected to bring.", "Worth", "Valeur", unit="money/year",
               required=True),
        Column("error", Kind.NUMBER, "How far off that may be, as a standard deviation.", "Its error", "Son erreur",
               unit="money/year", default=0.0, least=0),
        Column("is_today", Kind.TRUTH, "True for the amount given today.", "Today", "Aujourd'hui", default=False),
    ),
)

TABLES = (CHANNELS, SPEND, OBSERVATIONS, TRIALS, LIFT_TESTS, RESPONSES)
"""Every table of this topic."""
