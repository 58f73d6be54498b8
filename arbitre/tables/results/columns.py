"""Columns that result tables share."""

from arbitre.tables.schema import Column, Kind

FLOOR = "floor"
"""Stands where a promise would, for a share below which nobody may fall."""

PROMISE = Column("promise", Kind.KEY, f"Promise; {FLOOR}: a share below which nobody may fall.", "Promise",
                  "Promesse", key=True)
SEGMENT = Column("segment", Kind.KEY, "Segment; empty: every one.", "Segment", "Segment", key=True)
OFFER = Column("offer", Kind.KEY, "Offer; empty: every one.", "Offer", "Offre", key=True)
CRITICALITY = Column("criticality", Kind.TEXT, "Criticality; empty: every one.", "Criticality", "Criticité", key=True)
ITEM_CLASS = Column("item_class", Kind.TEXT, "Class of items: a quarter by price (1 the cheapest to 4 the dearest), a "
                     "family or a criticality; empty: every one.", "Items", "Articles", key=True)
TARGET = Column("target_share", Kind.SHARE, "Share promised.", "Target", "Objectif")
ITEM = Column("item", Kind.KEY, "Item.", "Item", "Article", key=True)
SITE = Column("site", Kind.KEY, "Site.", "Site", "Site", key=True)
KEPT_FOR = Column("kept_for", Kind.TEXT, "Class of demand that it is held for; empty: everyone.", "Kept for",
                  "Réservé à", key=True)
BEFORE = Column("before", Kind.INTEGER, "Level today.", "Today", "Aujourd'hui", unit="unit")
LEVEL = Column("level", Kind.INTEGER, "Level in the plan.", "Plan", "Plan", unit="unit")
