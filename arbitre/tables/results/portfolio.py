"""What deciding on offers, prices and sites together writes."""

from arbitre.tables.results.columns import ITEM, SITE
from arbitre.tables.schema import Column, Kind, Table

_SEGMENT = Column("segment", Kind.KEY, "Segment.", "Segment", "Segment", key=True)
_OFFER = Column("offer", Kind.KEY, "Offer.", "Offer", "Offre", key=True)
_CAPITAL = Column("capital", Kind.NUMBER, "Money on the shelf.", "Capital", "Capital", unit="money")

PORTFOLIO = Table(
    "portfolio", "Which offer each segment is made, at what price, who takes it and what that brings in a year.",
    "Portfolio", "Portefeuille",
    (
        _SEGMENT,
        Column("offer", Kind.KEY, "Offer it is made, a row for each of a menu; empty: none pays.", "Offer", "Offre",
               key=True),
        Column("price", Kind.NUMBER, "Price, as the offer is billed.", "Price", "Prix", unit="money"),
        Column("planned_share", Kind.SHARE, "Share of cases that stock is planned to keep; at least the target.",
               "Planned", "Prévu"),
        Column("taken_share", Kind.SHARE, "Share of the segment that takes it.", "Taken", "Accepté"),
        Column("customers", Kind.NUMBER, "Customers who take it.", "Customers", "Clients", unit="unit"),
        Column("assets", Kind.NUMBER, "Their machines.", "Assets", "Équipements", unit="unit"),
        Column("revenue", Kind.NUMBER, "What it is billed, and what parts earn above their cost.", "Revenue",
               "Recettes", unit="money/year"),
        Column("case_cost", Kind.NUMBER, "What serving its cases costs.", "Cases", "Dossiers", unit="money/year"),
        Column("transport_cost", Kind.NUMBER, "What transport to its customers costs.", "Transport", "Transport",
               unit="money/year"),
        Column("penalty_cost", Kind.NUMBER, "What missed promises and late cases are expected to cost.", "Penalties",
               "Pénalités", unit="money/year"),
        Column("stock_cost", Kind.NUMBER, "Its part of what holding stock costs, by what it takes of it.", "Stock",
               "Stock", unit="money/year"),
        Column("crew_cost", Kind.NUMBER, "Its part of what heads of crews cost, by the work it brings them.", "Crews",
               "Équipes", unit="money/year"),
        Column("margin", Kind.NUMBER, "Revenue less these costs, before sites and catalogue.", "Margin", "Marge",
               unit="money/year"),
        Column("offer_before", Kind.KEY, "Offer that most of its customers have signed; empty: none.", "Offer today",
               "Offre aujourd'hui"),
        Column("before_share", Kind.SHARE, "Share of its customers who have.", "Signed", "Signé"),
    ),
)

PORTFOLIO_SERVICE = Table(
    "portfolio_service", "From which site each segment is served in each region.", "Service by region",
    "Service par région",
    (
        _SEGMENT,
        Column("region", Kind.KEY, "Site where deliveries to its customers end.", "Region", "Région", key=True),
        _OFFER,
        Column("site", Kind.KEY, "Site that serves it.", "Site", "Site"),
        Column("transit", Kind.NUMBER, "Time on the way.", "Transit", "Acheminement", unit="h"),
        Column("rate", Kind.NUMBER, "Units asked in a year.", "Rate", "Cadence", unit="unit/year"),
        Column("transport_cost", Kind.NUMBER, "What bringing them costs.", "Transport", "Transport", unit="money/year"),
    ),
)

PORTFOLIO_SITES = Table(
    "portfolio_sites", "Which sites are open in the plan, what they cost, serve and hold.", "Sites of the portfolio",
    "Sites du portefeuille",
    (
        SITE,
        Column("before", Kind.TRUTH, "Whether it is open today.", "Open today", "Ouvert aujourd'hui"),
        Column("is_open", Kind.TRUTH, "Whether it is open in the plan.", "Open", "Ouvert"),
        Column("cost", Kind.NUMBER, "Cost of a year open.", "Cost", "Coût", unit="money/year"),
        Column("rate", Kind.NUMBER, "Units it serves to customers in a year.", "Rate", "Cadence", unit="unit/year"),
        _CAPITAL,
    ),
)

PORTFOLIO_STOCK = Table(
    "portfolio_stock", "The stock that the portfolio calls for, item by item, as its model sees it.",
    "Stock of the portfolio", "Stock du portefeuille",
    (
        ITEM, SITE,
        Column("segment", Kind.KEY, "Segment in consignment, at each of whose customers near the site it is; empty: "
               "on the shelf of the site.", "Consigned to", "Consigné chez", key=True),
        Column("offer", Kind.KEY, "Offer under which it is in consignment; empty: on the shelf of the site.", "Offer",
               "Offre", key=True),
        Column("level", Kind.INTEGER, "Order-up-to level.", "Level", "Niveau", unit="unit"),
        Column("price", Kind.NUMBER, "Cost of one unit.", "Price", "Prix", unit="money"),
    ),
)

PORTFOLIO_CREWS = Table(
    "portfolio_crews", "The heads that each crew needs for the work offers bring it and the response they promise.",
    "Crews of the portfolio", "Équipes du portefeuille",
    (
        Column("crew", Kind.TEXT, "Crew, or crews that stand in for one another.", "Crew", "Équipe", key=True),
        Column("heads_before", Kind.INTEGER, "Heads at work at the same time today, at most.", "Heads today",
               "Effectif aujourd'hui", unit="unit"),
        Column("heads", Kind.INTEGER, "Heads needed at the same time.", "Heads", "Effectif", unit="unit"),
        Column("busy", Kind.NUMBER, "Heads kept busy on average.", "Busy", "Occupés", unit="unit"),
        Column("work", Kind.NUMBER, "Hours worked on cases in a year, the way there included.", "Work", "Travail",
               unit="h/year"),
        Column("cost", Kind.NUMBER, "What the heads cost.", "Cost", "Coût", unit="money/year"),
        Column("promise", Kind.KEY, "Promise that takes most heads; empty: the work alone does.", "Tightest promise",
               "Promesse la plus exigeante"),
    ),
)

PORTFOLIO_ARRIVALS = Table(
    "portfolio_arrivals", "How many cases come under the plan that are not about an item: its arrivals.",
    "Arrivals of the portfolio", "Arrivées du portefeuille",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True),
        Column("site", Kind.KEY, "Site of the case; empty: none.", "Site", "Site", key=True),
        Column("segment", Kind.KEY, "Segment of those who ask.", "Segment", "Segment", key=True),
        Column("offer", Kind.KEY, "Offer they take.", "Offer", "Offre", key=True),
        Column("criticality", Kind.TEXT, "Criticality of the need.", "Criticality", "Criticité", key=True),
        Column("rate", Kind.NUMBER, "Cases that come in a year.", "Rate", "Cadence", unit="1/year"),
        Column("cancel_after", Kind.NUMBER, "Mean time after which a case is called off if it is still open; empty: "
               "never.", "Called off after", "Annulé au bout de", unit="h"),
    ),
)

OFFER_IMPACT = Table(
    "offer_impact", "What each offer does to value, stock and sites: what having it is worth, and what to do with it.",
    "Impact of each offer", "Effet de chaque offre",
    (
        _OFFER,
        Column("segments", Kind.INTEGER, "Segments that are made it.", "Segments", "Segments", unit="unit"),
        Column("contribution", Kind.NUMBER, "Its margins less its cost in the catalogue.", "Contribution",
               "Contribution", unit="money/year"),
        Column("worth", Kind.NUMBER, "By how much the plan would fall without it, its segments made the next best "
               "offer from the same sites; empty: commitments ask for it.", "Worth", "Valeur", unit="money/year"),
        Column("capital_with", Kind.NUMBER, "Money on the shelf with it.", "Capital with", "Capital avec",
               unit="money"),
        Column("capital_without", Kind.NUMBER, "Money on the shelf without it.", "Capital without", "Capital sans",
               unit="money"),
        Column("sites", Kind.INTEGER, "Sites that serve it.", "Sites", "Sites", unit="unit"),
        Column("rate", Kind.NUMBER, "Units asked under it in a year.", "Rate", "Cadence", unit="unit/year"),
        Column("work", Kind.NUMBER, "Hours that crews work under it in a year.", "Work", "Travail", unit="h/year"),
        Column("heads_with", Kind.INTEGER, "Heads of all crews with it.", "Heads with", "Effectif avec", unit="unit"),
        Column("heads_without", Kind.INTEGER, "Heads of all crews without it.", "Heads without", "Effectif sans",
               unit="unit"),
        Column("advice", Kind.CHOICE, "Differentiate: it is worth more than the gap of the plan. Standardise: its "
               "segments do as well under another. Leave: it is not sold.", "Advice", "Conseil",
               choices=("differentiate", "standardise", "leave")),
    ),
)

PORTFOLIO_POLICIES = Table(
    "portfolio_policies", "What simple ways to decide would bring, beside the proposal.", "Policies", "Politiques",
    (
        Column("policy", Kind.CHOICE, "Each segment keeps the offer most of it signed; all are made the fastest offer; "
               "all the slowest; offers are chosen by their margin, then the network; each is made one offer, where "
               "menus are decided; all together.", "Policy",
               "Politique", key=True,
               choices=("as_today", "fastest_for_all", "slowest_for_all", "offers_first", "one_offer_each",
                        "proposal")),
        Column("value", Kind.NUMBER, "What it brings.", "Value", "Valeur", unit="money/year"),
        _CAPITAL,
        Column("offers", Kind.INTEGER, "Offers sold.", "Offers", "Offres", unit="unit"),
        Column("sites", Kind.INTEGER, "Sites open.", "Sites", "Sites", unit="unit"),
        Column("reason", Kind.TEXT, "Why it cannot be; empty: it can.", "Reason", "Raison"),
    ),
)

TABLES = (PORTFOLIO, PORTFOLIO_SERVICE, PORTFOLIO_SITES, PORTFOLIO_STOCK, PORTFOLIO_CREWS, PORTFOLIO_ARRIVALS,
          OFFER_IMPACT, PORTFOLIO_POLICIES)
