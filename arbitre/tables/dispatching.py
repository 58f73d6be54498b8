"""Tables of dispatch: what counts when it is decided who brings what."""

from arbitre.tables.schema import Column, Kind, Table

RULES = ("wait", "overdue", "ride", "extra", "lost", "age", "reach", "bundle", "load")
"""What a policy may set, as in the arrays of `optimise`: first the prices, then the limits."""

POLICIES = Table(
    "policies", "A price, or a limit, of a policy of dispatch; what a policy does not set is as in balanced.",
    "Policies of dispatch", "Politiques d'affectation",
    (
        Column("policy", Kind.KEY, "Name of the policy.", "Policy", "Politique", key=True, required=True),
        Column("rule", Kind.CHOICE, "Prices: a minute from click to door (wait), a minute beyond the promise, on top "
               "(overdue), a minute that a rider is under way (ride), an order beyond those that the pay for the hours "
               "covers (extra), an order not brought (lost). Limits: minutes from click to door (age) and from pick-up "
               "to door (reach), orders picked up at once (bundle), open orders for each rider on duty from which new "
               "ones are refused (load).", "Rule", "Règle", key=True, required=True, choices=RULES,
               choices_fr=("attente", "retard", "trajet", "supplément", "perte", "âge", "portée", "groupe", "charge")),
        Column("value", Kind.NUMBER, "Money for a price; minutes or orders for a limit.", "Value", "Valeur",
               required=True, least=0),
    ),
    aliases=("policy", "dispatch rules", "politiques"),
)

TABLES = (POLICIES,)
