"""What is told of shifts and rosters: who works when, what is not covered, and what that breaks."""

from arbitre.tables.schema import Column, Kind, Table

_SHIFT = Column("shift", Kind.KEY, "Shift.", "Shift", "Poste", key=True)
_PERSON = Column("person", Kind.KEY, "Person.", "Person", "Personne", key=True)
_DAY = Column("day", Kind.DATE, "Day on which the shift starts.", "Day", "Jour", key=True)

SHIFT_COVER = Table(
    "shift_cover", "How many of a crew are there in each quarter of an hour of the week, and how many are wanted.",
    "Cover by shifts", "Couverture par les postes",
    (
        Column("crew", Kind.KEY, "Crew.", "Crew", "Équipe", key=True),
        Column("weekday", Kind.TEXT, "Day of the week.", "Weekday", "Jour de la semaine", key=True),
        Column("starts", Kind.NUMBER, "Hour of the day at which the quarter starts.", "Starts", "Début", unit="h",
               key=True),
        Column("wanted", Kind.INTEGER, "Heads wanted.", "Wanted", "Voulu", unit="unit"),
        Column("present", Kind.NUMBER, "Heads there, breaks taken off.", "Present", "Présent", unit="unit"),
        Column("booked", Kind.NUMBER, "Of those, heads set aside for campaigns.", "For campaigns", "Pour les campagnes",
               unit="unit"),
        Column("filled", Kind.NUMBER, "Heads whose idle time campaigns take.", "Idle time used", "Temps creux utilisé",
               unit="unit"),
        Column("today", Kind.NUMBER, "Heads there by today's shifts; empty: there are none.", "Today", "Aujourd'hui",
               unit="unit"),
        Column("cost", Kind.NUMBER, "What those missing cost.", "Cost of those missing", "Coût des manquants",
               unit="money"),
        Column("reason", Kind.CHOICE, "Why some are missing: no shift that may be published reaches there, or limits "
               "and costs speak against it; empty: nobody is missing.", "Reason", "Raison",
               choices=("out_of_reach", "not_worth")),
    ),
)

SHIFT_BREAKS = Table(
    "shift_breaks", "When those of a shift take their break.", "Breaks", "Pauses",
    (
        _SHIFT,
        Column("weekday", Kind.TEXT, "Day of the week.", "Weekday", "Jour de la semaine", key=True),
        Column("starts", Kind.NUMBER, "Hour of the day at which the break starts.", "Starts", "Début", unit="h",
               key=True),
        Column("hours", Kind.NUMBER, "Its length.", "Hours", "Durée", unit="h"),
        Column("heads", Kind.INTEGER, "How many take it then.", "Heads", "Effectif", unit="unit"),
    ),
)

CAMPAIGN_PLANS = Table(
    "campaign_plans", "How many cases of a campaign shifts make room for in each week, and until when they are done.",
    "Plans of campaigns", "Plans des campagnes",
    (
        Column("campaign", Kind.KEY, "Campaign.", "Campaign", "Campagne", key=True),
        Column("site", Kind.KEY, "Site of its cases.", "Site", "Site", key=True),
        Column("crew", Kind.KEY, "Crew that does them.", "Crew", "Équipe"),
        Column("cases", Kind.INTEGER, "Cases to be done.", "Cases", "Dossiers", unit="unit"),
        Column("hours", Kind.NUMBER, "Time set aside for one, the way included.", "Hours for one", "Heures pour un",
               unit="h"),
        Column("heads", Kind.INTEGER, "Heads set aside for one.", "Heads for one", "Effectif pour un", unit="unit"),
        Column("is_filler", Kind.TRUTH, "True when it is done in idle time, and put down for other cases; else heads "
               "are set aside for it.", "In idle time", "En temps creux"),
        Column("asked", Kind.INTEGER, "Cases that must be done in a week to be ready when due.", "Asked a week",
               "Voulus par semaine", unit="unit"),
        Column("booked", Kind.INTEGER, "Cases that there is room for in a week.", "Booked a week",
               "Réservés par semaine", unit="unit"),
        Column("due_on", Kind.DATE, "Last day on which they may be done.", "Due on", "Échéance"),
        Column("ends_on", Kind.DATE, "Day by which they are done; empty: not by the day they are due.", "Ends on",
               "Terminée le"),
        Column("late", Kind.INTEGER, "Cases not done when due.", "Late", "En retard", unit="unit"),
    ),
)

ROSTER = Table(
    "roster", "Who works which shift on which day.", "Roster", "Planning nominatif",
    (
        _PERSON,
        _DAY,
        Column("shift", Kind.KEY, "Shift.", "Shift", "Poste"),
        Column("starts_at", Kind.TIME, "When it starts.", "Starts", "Début"),
        Column("ends_at", Kind.TIME, "When it ends.", "Ends", "Fin"),
        Column("hours", Kind.NUMBER, "Hours that count as worked.", "Hours", "Heures", unit="h"),
        Column("asked", Kind.CHOICE, "What the person had asked for; empty: nothing.", "Asked", "Demandé",
               choices=("works", "wants", "avoids")),
    ),
)

ROSTER_PEOPLE = Table(
    "roster_people", "What the roster gives each person, and which of their rules and wishes it does not keep.",
    "Roster by person", "Planning par personne",
    (
        _PERSON,
        Column("shifts", Kind.INTEGER, "Shifts given.", "Shifts", "Postes", unit="unit"),
        Column("hours", Kind.NUMBER, "Hours given.", "Hours", "Heures", unit="h"),
        Column("weekends", Kind.INTEGER, "Weekends worked.", "Weekends", "Week-ends", unit="unit"),
        Column("wishes", Kind.INTEGER, "Wishes, by day.", "Wishes", "Souhaits", unit="unit"),
        Column("wishes_kept", Kind.INTEGER, "Wishes granted.", "Wishes granted", "Souhaits exaucés", unit="unit"),
        Column("hours_missing", Kind.NUMBER, "Hours below the least of the contract, which no roster could give.",
               "Hours missing", "Heures manquantes", unit="h"),
        Column("unsettled", Kind.INTEGER, "Days settled that no roster within the rules could keep.",
               "Settled days not kept", "Jours convenus non tenus", unit="unit"),
    ),
)

ROSTER_COVER = Table(
    "roster_cover", "How many work each shift on each day, how many are needed, and why some are missing.",
    "Cover by people", "Couverture par les personnes",
    (
        _DAY,
        _SHIFT,
        Column("needed", Kind.INTEGER, "People needed.", "Needed", "Nécessaire", unit="unit"),
        Column("present", Kind.INTEGER, "People given the shift.", "Present", "Présent", unit="unit"),
        Column("missing", Kind.INTEGER, "People missing.", "Missing", "Manquant", unit="unit"),
        Column("cost", Kind.NUMBER, "What those missing, or too many, cost.", "Cost", "Coût", unit="money"),
        Column("reason", Kind.CHOICE, "Why some are missing: nobody may work it, those who may are away, too few are "
               "there, or rules and costs keep those who are there from it; empty: nobody is missing.", "Reason",
               "Raison", choices=("nobody_may", "all_away", "too_few", "rules")),
    ),
)

TABLES = (SHIFT_COVER, SHIFT_BREAKS, CAMPAIGN_PLANS, ROSTER, ROSTER_PEOPLE, ROSTER_COVER)
