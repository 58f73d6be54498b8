"""Process tables: the steps cases go through, who works on them, when, and how cases come."""

from arbitre.core.week import WEEKDAYS, WEEKDAYS_FR
from arbitre.tables.schema import Column, Kind, Table


def _weekday(sentence: str) -> Column:
    return Column("weekday", Kind.CHOICE, sentence, "Weekday", "Jour de la semaine", key=True, choices=WEEKDAYS,
                  choices_fr=WEEKDAYS_FR, aliases=("day", "jour"))


def _hour(name: str, sentence: str, label: str, label_fr: str, aliases: tuple[str, ...] = ()) -> Column:
    return Column(name, Kind.NUMBER, sentence, label, label_fr, unit="h", key=True, required=True, least=0, most=24,
                  aliases=aliases)


STEPS = Table(
    "steps", "A step that cases go through: it may take work, crews and things from a shelf.", "Steps", "Étapes",
    (
        Column("step", Kind.KEY, "Short name of the step, as in events.", "Step", "Étape", key=True, required=True,
               aliases=("activity", "activité", "task", "tâche")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("site", Kind.KEY, "Where it is done, a case going from site to site by lanes; empty: at the site of the "
               "case.", "Site", "Site", refers="sites.site"),
        Column("work", Kind.NUMBER, "Mean time of work on one case (or one batch).", "Work", "Travail", unit="h",
               default=0.0, least=0, aliases=("duration", "durée", "service time", "temps de travail", "mean time")),
        Column("spread", Kind.NUMBER, "Standard deviation of the work over its mean; for erlang and lognormal.",
               "Spread", "Variabilité", default=1.0, least=0, aliases=("coefficient of variation", "cv")),
        Column("law", Kind.CHOICE, "How the work varies around its mean; observed: any of its rows in durations.",
               "Law", "Loi", default="exponential",
               choices=("constant", "exponential", "erlang", "lognormal", "observed"),
               choices_fr=("constante", "exponentielle", "d'Erlang", "lognormale", "observée")),
        Column("room", Kind.INTEGER, "Cases it has place for, waiting and in work; empty: no limit.", "Room", "Places",
               unit="unit", least=1, aliases=("capacity", "capacité", "buffer")),
        Column("turns_away", Kind.TRUTH, "True when a case that finds it full leaves; else it waits where it is.",
               "Turns away", "Refoule", default=False),
        Column("batch", Kind.INTEGER, "Cases worked on as one; empty: one by one, or with waves all that are there.",
               "Batch", "Regroupement", unit="unit", least=1, aliases=("batch size", "taille de lot")),
        Column("interrupted", Kind.CHOICE, "May work stop for a case of better priority: never; yes, and be resumed; "
               "yes, and be restarted.", "Interrupted", "Interruption", default="never",
               choices=("never", "resume", "restart"), choices_fr=("jamais", "reprise", "recommencement")),
        Column("patience", Kind.NUMBER, "Mean time a case waits here before it leaves (exponential); empty: for ever.",
               "Patience", "Patience", unit="h", least=0),
        Column("takes_item", Kind.TRUTH, "True when the item the case is about (demand) is taken here from the shelf "
               "of its site.", "Takes its item", "Prend son article", default=False),
        Column("calendar", Kind.KEY, "Calendar in whose hours it is worked on, or its waves leave; empty: at any hour.",
               "Calendar", "Calendrier"),
        Column("travels", Kind.TRUTH, "True when the crew first goes from its site to that of the case (lanes).",
               "Travels", "Se déplace", default=False),
        Column("without_item", Kind.KEY, "Step a case goes to instead when what it takes here is not on the shelf as "
               "it comes: a visit without the part; empty: it waits for it here.", "Without its item",
               "Sans son article", refers="steps.step"),
    ),
    aliases=("activities", "activités", "étapes"),
)

DURATIONS = Table(
    "durations", "A time that work at a step has taken: each row of the step is as likely as the next.", "Durations",
    "Durées observées",
    (
        Column("step", Kind.KEY, "The step.", "Step", "Étape", required=True, refers="steps.step"),
        Column("work", Kind.NUMBER, "How long it took.", "Work", "Travail", unit="h", required=True, least=0,
               aliases=("duration", "durée")),
    ),
    aliases=("durées",),
)

ROUTES = Table(
    "routes", "Where cases go from a step. Rows of an item, segment or offer stand in for those of every one, in this "
    "order; a case that no share sends on leaves, done.",
    "Routes", "Parcours",
    (
        Column("kind", Kind.TEXT, "Kind of case (order, intervention, ...).", "Kind", "Nature", key=True,
               default="order"),
        Column("from_step", Kind.KEY, "Step they come from; empty: here cases begin.", "From", "De", key=True,
               refers="steps.step"),
        Column("to_step", Kind.KEY, "Step they go to; empty: they leave, done.", "To", "Vers", key=True,
               refers="steps.step"),
        Column("segment", Kind.KEY, "Segment of these cases; empty: every one.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer of these cases; empty: every one.", "Offer", "Offre", key=True,
               refers="offers.offer"),
        Column("item", Kind.KEY, "Item these cases are about; empty: any, or none.", "Item", "Article", key=True,
               refers="items.item"),
        Column("share", Kind.SHARE, "Share of the cases that go this way.", "Share", "Part", default=1.0),
    ),
    aliases=("routing", "transitions", "parcours"),
)

CREWS = Table(
    "crews", "People, or tools, that steps need and give back.", "Crews", "Équipes",
    (
        Column("crew", Kind.KEY, "Short name of the crew, as in the resource of events.", "Crew", "Équipe", key=True,
               required=True, aliases=("team", "resource", "ressource", "pool")),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("site", Kind.KEY, "Site it starts from: it serves cases there, and where it travels those a lane leads "
               "to; empty: everywhere.", "Site", "Site", refers="sites.site"),
        Column("heads", Kind.INTEGER, "How many they are, at any hour or in each of its shifts.", "Heads", "Effectif",
               unit="unit", default=1, least=0, aliases=("size", "headcount", "effectifs", "capacity", "servers")),
        Column("shift_end", Kind.CHOICE, "When a shift ends: finish the work in hand, or put it down until the next.",
               "Shift end", "Fin de poste", default="finish", choices=("finish", "pause"),
               choices_fr=("finir", "reprendre")),
        Column("calendar", Kind.KEY, "Calendar in whose hours it works, in its shifts where it has some; empty: its "
               "shifts, on every day.", "Calendar", "Calendrier", aliases=("holidays", "jours fériés")),
        Column("cost", Kind.NUMBER, "Cost of one head for one hour of shift.", "Cost", "Coût", unit="money/h",
               default=0.0, least=0, aliases=("hourly cost", "wage", "coût horaire")),
        Column("load", Kind.NUMBER, "Units it carries at once; empty: no limit.", "Load", "Charge", unit="unit",
               least=0, aliases=("payload", "vehicle capacity", "charge utile")),
    ),
    aliases=("teams", "resources", "équipes", "ressources"),
)

SHIFTS = Table(
    "shifts", "Hours of the week in which a crew works; rows that overlap add up. A crew without any is always there.",
    "Shifts", "Postes",
    (
        Column("crew", Kind.KEY, "The crew.", "Crew", "Équipe", key=True, required=True, refers="crews.crew"),
        _weekday("Day on which the shift starts; empty: every day."),
        _hour("starts", "Hour of the day at which it starts (8.5 is half past eight).", "Starts", "Début",
              ("from", "de", "début")),
        Column("ends", Kind.NUMBER, "Hour of the day at which it ends; no later than it starts: on the next day.",
               "Ends", "Fin", unit="h", required=True, least=0, most=24, aliases=("to", "à", "fin")),
        Column("heads", Kind.INTEGER, "How many work in it; empty: the heads of the crew.", "Heads", "Effectif",
               unit="unit", least=0, aliases=("headcount", "effectifs")),
    ),
    aliases=("rota", "planning", "postes", "horaires de travail"),
)

NEEDS = Table(
    "needs", "What a step needs before work begins: heads of a crew, held until it ends, or units of an item, used up.",
    "Needs", "Besoins",
    (
        Column("step", Kind.KEY, "The step.", "Step", "Étape", key=True, required=True, refers="steps.step"),
        Column("crew", Kind.KEY, "Crew it needs; empty where it needs an item.", "Crew", "Équipe", key=True,
               refers="crews.crew"),
        Column("item", Kind.KEY, "Item it takes from the shelf where it is done; empty where it needs a crew.", "Item",
               "Article", key=True, refers="items.item"),
        Column("quantity", Kind.INTEGER, "Heads or units for one case.", "Quantity", "Quantité", unit="unit", default=1,
               least=1),
        Column("role", Kind.TEXT, "Crews with the same role at a step stand in for one another, in the order of the "
               "rows, where the step travels the nearest first; empty: this very crew.", "Role", "Rôle",
               aliases=("skill", "compétence")),
    ),
    aliases=("requirements", "besoins"),
)

WAVES = Table(
    "waves", "An hour at which a step lets go whatever has gathered: a departure, a cut-off.", "Waves", "Vagues",
    (
        Column("step", Kind.KEY, "The step.", "Step", "Étape", key=True, required=True, refers="steps.step"),
        _weekday("Day of the week; empty: every day."),
        _hour("leaves", "Hour of the day (17.5 is half past five in the afternoon).", "Leaves", "Départ",
              ("cut-off", "heure limite", "departure")),
    ),
    aliases=("departures", "cut-offs", "vagues", "départs"),
)

ARRIVALS = Table(
    "arrivals", "How many cases come that are not about an item; those that are come from demand.", "Arrivals",
    "Arrivées",
    (
        Column("kind", Kind.TEXT, "Kind of case (order, intervention, ...).", "Kind", "Nature", key=True,
               default="order"),
        Column("site", Kind.KEY, "Site of the case; empty: none.", "Site", "Site", key=True, refers="sites.site"),
        Column("segment", Kind.KEY, "Segment of those who ask.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer under which they ask.", "Offer", "Offre", key=True, refers="offers.offer"),
        Column("criticality", Kind.TEXT, "Criticality of the need.", "Criticality", "Criticité", key=True),
        Column("rate", Kind.NUMBER, "Cases that come in a year.", "Rate", "Cadence", unit="1/year", required=True,
               least=0, aliases=("volume", "cases per year", "volume annuel")),
        Column("cancel_after", Kind.NUMBER, "Mean time after which a case is called off if it is still open "
               "(exponential); empty: never.", "Called off after", "Annulé au bout de", unit="h", least=0),
    ),
    aliases=("volumes", "arrivées"),
)

RHYTHMS = Table(
    "rhythms", "How cases of a kind spread over the week. Without rows they come evenly, day and night.", "Rhythms",
    "Rythmes",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True, default="order"),
        _weekday("Day of the week; empty: every day."),
        _hour("starts", "Hour of the day from which this holds.", "Starts", "Début", ("from", "de", "début", "hour")),
        Column("ends", Kind.NUMBER, "Hour of the day until which it holds; no later than it starts: on the next day.",
               "Ends", "Fin", unit="h", required=True, least=0, most=24, aliases=("to", "à", "fin")),
        Column("weight", Kind.NUMBER, "Cases that come in an hour of it, beside those of other hours; hours without a "
               "row have none.", "Weight", "Poids", default=1.0, least=0),
    ),
    aliases=("profiles", "seasonality", "rythmes", "profils"),
)

SEASONS = Table(
    "seasons", "How cases of a kind spread over the months of a year. Without rows every day is like the next.",
    "Seasons", "Saisons",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True, default="order"),
        Column("month", Kind.INTEGER, "Month of the year, 1 is January.", "Month", "Mois", key=True, required=True,
               least=1, most=12),
        Column("weight", Kind.NUMBER, "Cases that come on a day of it, beside those of other months; months without a "
               "row have none.", "Weight", "Poids", default=1.0, least=0),
    ),
    aliases=("seasonality by month", "saisons", "saisonnalité"),
)

CAMPAIGNS = Table(
    "campaigns", "Planned work that crews do beside their calls: so many cases between two days, as the overhaul or "
    "the upgrade of machines.", "Campaigns", "Campagnes",
    (
        Column("campaign", Kind.KEY, "Short name of the campaign.", "Campaign", "Campagne", key=True, required=True),
        Column("site", Kind.KEY, "Site of its cases; empty: none.", "Site", "Site", key=True, refers="sites.site"),
        Column("name", Kind.TEXT, "Name shown in reports.", "Name", "Nom"),
        Column("kind", Kind.TEXT, "Kind of its cases: routes tell their steps, needs the crew.", "Kind", "Nature",
               required=True),
        Column("segment", Kind.KEY, "Segment of its cases; empty: none.", "Segment", "Segment",
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer of its cases; empty: none.", "Offer", "Offre", refers="offers.offer"),
        Column("cases", Kind.INTEGER, "How many are to be done.", "Cases", "Dossiers", unit="unit", required=True,
               least=0, most=100_000, aliases=("machines", "quantity", "quantité")),
        Column("opens_on", Kind.DATE, "First day on which they may be done.", "Opens on", "Ouvre le", required=True,
               aliases=("from", "du", "start")),
        Column("due_on", Kind.DATE, "Last day on which they may be done.", "Due on", "Échéance", required=True,
               aliases=("until", "au", "deadline")),
        Column("late_cost", Kind.NUMBER, "What a case not done by then costs.", "Cost of one late",
               "Coût d'un retard", unit="money", default=1000.0, least=0),
    ),
    aliases=("overhauls", "upgrades", "planned work", "révisions", "travaux prévus"),
)

PLANNED_CASES = Table(
    "planned_cases", "Cases that are begun at a known hour of every week, beside those of arrivals; a plan of shifts "
    "says when those of campaigns are.", "Planned cases", "Dossiers prévus",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True, required=True),
        Column("site", Kind.KEY, "Site of the case; empty: none.", "Site", "Site", key=True, refers="sites.site"),
        Column("segment", Kind.KEY, "Segment of the case; empty: none.", "Segment", "Segment", key=True,
               refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer of the case; empty: none.", "Offer", "Offre", key=True,
               refers="offers.offer"),
        _weekday("Day of the week; empty: every day."),
        _hour("starts", "Hour of the day at which they are begun (8.5 is half past eight).", "Starts", "Début",
              ("from", "de", "début", "hour")),
        Column("cases", Kind.INTEGER, "How many are begun then.", "Cases", "Dossiers", unit="unit", default=1, least=0,
               most=10_000),
    ),
    aliases=("standing appointments", "rendez-vous réguliers"),
)

PRIORITIES = Table(
    "priorities", "Whose turn comes first. Empty: every one; the row that says most about a case counts.", "Priorities",
    "Priorités",
    (
        Column("kind", Kind.TEXT, "Kind of case.", "Kind", "Nature", key=True, default="order"),
        Column("segment", Kind.KEY, "Segment of the case.", "Segment", "Segment", key=True, refers="segments.segment"),
        Column("offer", Kind.KEY, "Offer of the case.", "Offer", "Offre", key=True, refers="offers.offer"),
        Column("criticality", Kind.TEXT, "Criticality of the case.", "Criticality", "Criticité", key=True),
        Column("priority", Kind.INTEGER, "Place in line: 0 is served first; cases that no row names come last.",
               "Priority", "Priorité", required=True, least=0, most=59),
    ),
    aliases=("ranks", "priorités"),
)

TABLES = (STEPS, DURATIONS, CREWS, SHIFTS, NEEDS, ROUTES, WAVES, ARRIVALS, RHYTHMS, SEASONS, CAMPAIGNS,
          PLANNED_CASES, PRIORITIES)
