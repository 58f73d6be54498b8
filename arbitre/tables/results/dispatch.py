"""What dispatching writes."""

from arbitre.tables.schema import Column, Kind, Table

_CREW = Column("crew", Kind.KEY, "Crew the rider belongs to.", "Crew", "Équipe", key=True)
_RIDER = Column("rider", Kind.INTEGER, "Number of the rider: one for each head of each shift.", "Rider", "Livreur",
                key=True)
_CLICK = Column("click_to_door", Kind.NUMBER, "Minutes from the opening of the order to the door; of several, the mean "
                "of those brought.", "Click to door", "Du clic à la porte", unit="min")
_LOST = Column("lost", Kind.INTEGER, "Orders not brought.", "Lost", "Perdues")

REASONS = ("brought", "nowhere", "nobody_may", "never_in_time", "no_rider", "out_of_area", "overload", "too_busy")
"""Why an order was brought or not, the first that holds."""

DISPATCH_ORDERS = Table(
    "dispatch_orders", "Who brings each order when, or why nobody does.", "Orders dispatched", "Commandes affectées",
    (
        Column("case", Kind.KEY, "Order.", "Case", "Dossier", key=True),
        Column("site", Kind.KEY, "Where it is picked up.", "Site", "Site"),
        Column("customer", Kind.KEY, "To whom it goes.", "Customer", "Client"),
        Column("crew", Kind.KEY, "Crew the rider belongs to; empty: not brought.", "Crew", "Équipe"),
        Column("rider", Kind.INTEGER, "Number of the rider.", "Rider", "Livreur"),
        Column("trip", Kind.INTEGER, "Number of the trip; orders of one trip are picked up at once.", "Trip",
               "Tournée"),
        Column("opened_at", Kind.TIME, "When it was placed.", "Placed at", "Passée le"),
        Column("ready_at", Kind.TIME, "When it can be picked up.", "Ready at", "Prête le"),
        Column("picked_up_at", Kind.TIME, "When it is picked up.", "Picked up at", "Enlevée le"),
        Column("delivered_at", Kind.TIME, "When it is at the door.", "Delivered at", "Livrée le"),
        Column("ready_to_pickup", Kind.NUMBER, "Minutes it waits for the rider.", "Ready to pick-up",
               "De prête à enlevée", unit="min"),
        _CLICK,
        Column("is_kept", Kind.TRUTH, "Whether its promise is kept; empty: it was promised nothing.", "Kept", "Tenue"),
        Column("reason", Kind.CHOICE, "Brought; or why not: nobody knows where it is (nowhere), no rider may serve the "
               "site (nobody_may), it is ready too late for the age limit (never_in_time), nobody is on duty in time "
               "(no_rider), the ride is too long (out_of_area), it was refused as there was too much to do (overload), "
               "or no rider was free in time (too_busy).", "Reason", "Raison", choices=REASONS),
    ),
)

DISPATCH_RIDERS = Table(
    "dispatch_riders", "What each rider does in a shift, and what it is paid.", "Riders dispatched",
    "Livreurs affectés",
    (
        _CREW, _RIDER,
        Column("starts_at", Kind.TIME, "When the shift starts.", "Starts at", "Débute le"),
        Column("ends_at", Kind.TIME, "When the shift ends.", "Ends at", "Finit le"),
        Column("orders", Kind.INTEGER, "Orders it brings.", "Orders", "Commandes"),
        Column("trips", Kind.INTEGER, "Trips it makes.", "Trips", "Tournées"),
        Column("busy_share", Kind.NUMBER, "Minutes on the way and at places over the minutes of the shift; above 1 "
               "where the last delivery comes after it.", "Busy", "Occupation"),
        Column("pay", Kind.NUMBER, "By the order, or by the hour where that is more.", "Pay", "Paie", unit="money"),
    ),
)

DISPATCH_HOURS = Table(
    "dispatch_hours", "How hour follows hour: orders, riders, and what customers wait.", "Dispatch by the hour",
    "Affectation heure par heure",
    (
        Column("starts_at", Kind.TIME, "Start of the hour.", "Hour", "Heure", key=True),
        Column("orders", Kind.INTEGER, "Orders placed in it.", "Orders", "Commandes"),
        Column("riders", Kind.NUMBER, "Riders on duty, on average.", "Riders", "Livreurs"),
        Column("load", Kind.NUMBER, "Minutes of riding that these orders ask for over minutes of riders on duty; "
               "empty: nobody is.", "Load", "Charge"),
        _CLICK, _LOST,
    ),
)

DISPATCH_LEVERS = Table(
    "dispatch_levers", "What one would gain, or lose, by each lever against overload.", "Levers of dispatch",
    "Leviers d'affectation",
    (
        Column("lever", Kind.CHOICE, "None; a smaller area; a slower promise; orders refused when there is too much to "
               "do; one more rider in the hardest hours.", "Lever", "Levier", key=True,
               choices=("none", "area", "slower", "refuse", "rider")),
        Column("setting", Kind.NUMBER, "Minutes of ride at most (area), minutes added (slower), open orders for each "
               "rider (refuse), hour of the day it starts (rider).", "Setting", "Réglage"),
        Column("orders", Kind.INTEGER, "Orders brought.", "Orders", "Commandes"),
        _LOST, _CLICK,
        Column("kept_share", Kind.SHARE, "Share of the orders promised something that are in time.", "Kept", "Tenues"),
        Column("pay", Kind.NUMBER, "Pay of the riders.", "Pay", "Paie", unit="money"),
        Column("cost", Kind.NUMBER, "Pay, late orders and lost orders at their prices.", "Cost", "Coût", unit="money"),
        Column("change", Kind.NUMBER, "Cost beyond that without a lever; negative: the lever pays.", "Change", "Écart",
               unit="money"),
    ),
)

TABLES = (DISPATCH_ORDERS, DISPATCH_RIDERS, DISPATCH_HOURS, DISPATCH_LEVERS)
