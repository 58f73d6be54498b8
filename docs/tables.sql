-- A group of customers treated alike.
CREATE TABLE "segments" (
  "segment" VARCHAR NOT NULL,
  "name" VARCHAR,
  "value" VARCHAR CHECK ("value" IN ('high', 'medium', 'low')),
  "need" VARCHAR CHECK ("need" IN ('high', 'medium', 'low')),
  PRIMARY KEY ("segment")
);

-- What is sold: a bundle of promises at a price.
CREATE TABLE "offers" (
  "offer" VARCHAR NOT NULL,
  "name" VARCHAR,
  "is_differentiating" BOOLEAN DEFAULT false,
  "price" DOUBLE CHECK ("price" >= 0),
  "billing" VARCHAR DEFAULT 'act' CHECK ("billing" IN ('act', 'subscription', 'hour', 'uptime', 'consignment')),
  "fixed_cost" DOUBLE DEFAULT 0.0 CHECK ("fixed_cost" >= 0),
  "case_cost" DOUBLE DEFAULT 0.0 CHECK ("case_cost" >= 0),
  "competitor" VARCHAR,
  PRIMARY KEY ("offer")
);

-- What an alternative of a survey holds, or an offer on the market, attribute by attribute.
CREATE TABLE "alternatives" (
  "alternative" VARCHAR NOT NULL,
  "attribute" VARCHAR NOT NULL,
  "value" DOUBLE NOT NULL,
  PRIMARY KEY ("alternative", "attribute")
);

-- A value that an attribute may take in a survey of choices.
CREATE TABLE "attribute_levels" (
  "attribute" VARCHAR NOT NULL,
  "value" DOUBLE NOT NULL,
  "guess" DOUBLE,
  PRIMARY KEY ("attribute", "value")
);

-- Hours of a weekday in which a calendar is open; several rows a day where it closes in between.
CREATE TABLE "opening_hours" (
  "calendar" VARCHAR NOT NULL,
  "weekday" VARCHAR NOT NULL CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "opens" VARCHAR NOT NULL CHECK (regexp_full_match("opens", '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')),
  "closes" VARCHAR NOT NULL CHECK (regexp_full_match("closes", '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')),
  PRIMARY KEY ("calendar", "weekday", "opens")
);

-- A day that does not follow the week: closed, or open at other hours. Hours belong to the day on which they begin.
CREATE TABLE "holidays" (
  "calendar" VARCHAR,
  "day" DATE NOT NULL,
  "opens" VARCHAR CHECK (regexp_full_match("opens", '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')),
  "closes" VARCHAR CHECK (regexp_full_match("closes", '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')),
  "name" VARCHAR
);

-- What is known of a day beforehand, or foretold: an event, the weather. A day without a row: nought.
CREATE TABLE "conditions" (
  "day" DATE NOT NULL,
  "condition" VARCHAR NOT NULL,
  "value" DOUBLE DEFAULT 1.0,
  PRIMARY KEY ("day", "condition")
);

-- A place where things are held or handled.
CREATE TABLE "sites" (
  "site" VARCHAR NOT NULL,
  "name" VARCHAR,
  "kind" VARCHAR DEFAULT 'central' CHECK ("kind" IN ('central', 'regional', 'local')),
  "supplier" VARCHAR,
  "fixed_cost" DOUBLE CHECK ("fixed_cost" >= 0),
  "capacity" DOUBLE CHECK ("capacity" >= 0),
  "standing" VARCHAR DEFAULT 'open' CHECK ("standing" IN ('open', 'kept', 'candidate')),
  "latitude" DOUBLE CHECK ("latitude" >= -90 AND "latitude" <= 90),
  "longitude" DOUBLE CHECK ("longitude" >= -180 AND "longitude" <= 180),
  PRIMARY KEY ("site"),
  FOREIGN KEY ("supplier") REFERENCES "sites" ("site")
);

-- A shop that repairs units, so many at a time; the others wait.
CREATE TABLE "repair_shops" (
  "shop" VARCHAR NOT NULL,
  "name" VARCHAR,
  "places" BIGINT NOT NULL CHECK ("places" >= 1),
  "hours" DOUBLE DEFAULT 168.0 CHECK ("hours" >= 1 AND "hours" <= 168),
  "scatter" DOUBLE DEFAULT 1.0 CHECK ("scatter" >= 0),
  PRIMARY KEY ("shop")
);

-- A step of supply that may hold what it delivers: buying, making, moving or packing one thing.
CREATE TABLE "stages" (
  "stage" VARCHAR NOT NULL,
  "name" VARCHAR,
  "duration" DOUBLE NOT NULL CHECK ("duration" >= 0 AND "duration" <= 36525),
  "cost_added" DOUBLE NOT NULL CHECK ("cost_added" >= 0),
  "demand_mean" DOUBLE CHECK ("demand_mean" >= 0),
  "demand_deviation" DOUBLE CHECK ("demand_deviation" >= 0),
  "longest_service" DOUBLE CHECK ("longest_service" >= 0 AND "longest_service" <= 36525),
  "target_share" DOUBLE CHECK ("target_share" >= 0 AND "target_share" <= 1),
  PRIMARY KEY ("stage")
);

-- How cases of a kind spread over the week. Without rows they come evenly, day and night.
CREATE TABLE "rhythms" (
  "kind" VARCHAR DEFAULT 'order',
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "starts" DOUBLE NOT NULL CHECK ("starts" >= 0 AND "starts" <= 24),
  "ends" DOUBLE NOT NULL CHECK ("ends" >= 0 AND "ends" <= 24),
  "weight" DOUBLE DEFAULT 1.0 CHECK ("weight" >= 0)
);

-- How cases of a kind spread over the months of a year. Without rows every day is like the next.
CREATE TABLE "seasons" (
  "kind" VARCHAR DEFAULT 'order',
  "month" BIGINT NOT NULL CHECK ("month" >= 1 AND "month" <= 12),
  "weight" DOUBLE DEFAULT 1.0 CHECK ("weight" >= 0)
);

-- A price, or a limit, of a policy of dispatch; what a policy does not set is as in balanced.
CREATE TABLE "policies" (
  "policy" VARCHAR NOT NULL,
  "rule" VARCHAR NOT NULL CHECK ("rule" IN ('wait', 'overdue', 'ride', 'extra', 'lost', 'age', 'reach', 'bundle', 'load')),
  "value" DOUBLE NOT NULL CHECK ("value" >= 0),
  PRIMARY KEY ("policy", "rule")
);

-- Who or what does the work: what it costs, and how long it can work.
CREATE TABLE "resources" (
  "resource" VARCHAR NOT NULL,
  "name" VARCHAR,
  "cost" DOUBLE NOT NULL CHECK ("cost" >= 0),
  "capacity" DOUBLE NOT NULL CHECK ("capacity" >= 0),
  PRIMARY KEY ("resource")
);

-- A thing that events touch: an order, a part, a technician.
CREATE TABLE "objects" (
  "object" VARCHAR NOT NULL,
  "kind" VARCHAR NOT NULL,
  PRIMARY KEY ("object")
);

-- What was known of a case or contract, and since when.
CREATE TABLE "attributes" (
  "case" VARCHAR NOT NULL,
  "attribute" VARCHAR NOT NULL,
  "value" VARCHAR,
  "valid_from" TIMESTAMP
);

-- What somebody or somewhere did in a trial at some time, with the change or without it.
CREATE TABLE "trial_outcomes" (
  "trial" VARCHAR NOT NULL,
  "unit" VARCHAR NOT NULL,
  "seen_at" TIMESTAMP NOT NULL,
  "is_treated" BOOLEAN NOT NULL,
  "outcome" DOUBLE NOT NULL,
  "over" DOUBLE CHECK ("over" >= 0),
  "before" DOUBLE,
  "cluster" VARCHAR,
  "drawn_share" DOUBLE CHECK ("drawn_share" >= 0 AND "drawn_share" <= 1),
  PRIMARY KEY ("trial", "unit", "seen_at")
);

-- A rule that does something to open cases of which a condition holds; the higher row goes first.
CREATE TABLE "automations" (
  "automation" VARCHAR NOT NULL,
  "name" VARCHAR,
  "kind" VARCHAR,
  "condition" VARCHAR,
  "action" VARCHAR NOT NULL CHECK ("action" IN ('close', 'reassign', 'remind', 'prioritise', 'open_task')),
  "parameter" VARCHAR,
  "hours" DOUBLE DEFAULT 0.0 CHECK ("hours" >= 0),
  "is_active" BOOLEAN DEFAULT true,
  PRIMARY KEY ("automation")
);

-- A way to be known or found that is paid by budget: television, search, fairs.
CREATE TABLE "channels" (
  "channel" VARCHAR NOT NULL,
  "name" VARCHAR,
  "lowest" DOUBLE CHECK ("lowest" >= 0),
  "highest" DOUBLE CHECK ("highest" >= 0),
  "audience" DOUBLE CHECK ("audience" >= 0),
  PRIMARY KEY ("channel")
);

-- What was counted or seen in a day or a week: sales, leads, a price, a competitor.
CREATE TABLE "observations" (
  "measure" VARCHAR NOT NULL,
  "from_on" DATE NOT NULL,
  "region" VARCHAR,
  "value" DOUBLE NOT NULL
);

-- What more of anything scarce is worth: hours, budget, stock; one row for each amount looked at.
CREATE TABLE "responses" (
  "response" VARCHAR NOT NULL,
  "amount" DOUBLE NOT NULL CHECK ("amount" >= 0),
  "kind" VARCHAR DEFAULT 'crew',
  "cost" DOUBLE NOT NULL CHECK ("cost" >= 0),
  "worth" DOUBLE NOT NULL,
  "error" DOUBLE DEFAULT 0.0 CHECK ("error" >= 0),
  "is_today" BOOLEAN DEFAULT false,
  PRIMARY KEY ("response", "amount")
);

-- What was decided between which scenarios, by whom, on which numbers.
CREATE TABLE "arbitrations" (
  "question" VARCHAR NOT NULL,
  "on" DATE NOT NULL,
  "scenarios" VARCHAR NOT NULL,
  "choice" VARCHAR NOT NULL,
  "by" VARCHAR NOT NULL,
  "why" VARCHAR,
  "numbers" VARCHAR,
  "turns_on" VARCHAR,
  PRIMARY KEY ("question", "on")
);

-- One customer.
CREATE TABLE "customers" (
  "customer" VARCHAR NOT NULL,
  "segment" VARCHAR NOT NULL,
  "name" VARCHAR,
  "site" VARCHAR,
  "latitude" DOUBLE CHECK ("latitude" >= -90 AND "latitude" <= 90),
  "longitude" DOUBLE CHECK ("longitude" >= -180 AND "longitude" <= 180),
  "since_on" DATE,
  PRIMARY KEY ("customer"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- A measure within a window for a target share over a period. An empty offer, segment or criticality: every one.
CREATE TABLE "promises" (
  "promise" VARCHAR NOT NULL,
  "name" VARCHAR,
  "offer" VARCHAR,
  "segment" VARCHAR,
  "criticality" VARCHAR,
  "measure" VARCHAR DEFAULT 'window' CHECK ("measure" IN ('window', 'fill', 'availability', 'waiting')),
  "kind" VARCHAR DEFAULT 'order',
  "step" VARCHAR,
  "window" DOUBLE CHECK ("window" >= 0),
  "target_share" DOUBLE CHECK ("target_share" >= 0 AND "target_share" <= 1),
  "period" VARCHAR DEFAULT 'month' CHECK ("period" IN ('week', 'month', 'quarter', 'year')),
  "penalty" DOUBLE DEFAULT 0.0 CHECK ("penalty" >= 0),
  "late_cost" DOUBLE CHECK ("late_cost" >= 0),
  "calendar" VARCHAR,
  "cut_off" VARCHAR CHECK (regexp_full_match("cut_off", '([01][0-9]|2[0-3]):[0-5][0-9]|24:00')),
  "counts" VARCHAR DEFAULT 'line' CHECK ("counts" IN ('line', 'order', 'unit')),
  PRIMARY KEY ("promise"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment")
);

-- What share of a segment would take an offer.
CREATE TABLE "acceptance" (
  "segment" VARCHAR NOT NULL,
  "offer" VARCHAR NOT NULL,
  "source" VARCHAR DEFAULT 'sales' CHECK ("source" IN ('survey', 'sales')),
  "price" DOUBLE CHECK ("price" >= 0),
  "share" DOUBLE NOT NULL CHECK ("share" >= 0 AND "share" <= 1),
  "low_share" DOUBLE CHECK ("low_share" >= 0 AND "low_share" <= 1),
  "high_share" DOUBLE CHECK ("high_share" >= 0 AND "high_share" <= 1),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- What a portfolio is bound to: offers kept, offers dropped, least shares served.
CREATE TABLE "commitments" (
  "segment" VARCHAR,
  "offer" VARCHAR,
  "rule" VARCHAR NOT NULL CHECK ("rule" IN ('keep', 'drop', 'floor')),
  "share" DOUBLE CHECK ("share" >= 0 AND "share" <= 1),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- A way from a site to a site. From a site to itself: the last mile to the customers nearby.
CREATE TABLE "lanes" (
  "from_site" VARCHAR NOT NULL,
  "to_site" VARCHAR NOT NULL,
  "duration" DOUBLE NOT NULL CHECK ("duration" >= 0),
  "cost" DOUBLE DEFAULT 0.0 CHECK ("cost" >= 0),
  "lends" BOOLEAN DEFAULT false,
  PRIMARY KEY ("from_site", "to_site"),
  FOREIGN KEY ("from_site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("to_site") REFERENCES "sites" ("site")
);

-- A thing that can be held: a part.
CREATE TABLE "items" (
  "item" VARCHAR NOT NULL,
  "name" VARCHAR,
  "family" VARCHAR,
  "criticality" VARCHAR,
  "price" DOUBLE NOT NULL CHECK ("price" >= 0),
  "sales_price" DOUBLE CHECK ("sales_price" >= 0),
  "lead_time" DOUBLE NOT NULL CHECK ("lead_time" >= 0),
  "lot" BIGINT DEFAULT 1 CHECK ("lot" >= 1),
  "order_cost" DOUBLE CHECK ("order_cost" >= 0),
  "emergency_cost" DOUBLE CHECK ("emergency_cost" >= 0),
  "emergency_time" DOUBLE CHECK ("emergency_time" >= 0),
  "is_repairable" BOOLEAN DEFAULT false,
  "repair_shop" VARCHAR,
  "repair_time" DOUBLE CHECK ("repair_time" >= 0),
  "successor" VARCHAR,
  "last_order_on" DATE,
  "last_service_on" DATE,
  PRIMARY KEY ("item"),
  FOREIGN KEY ("repair_shop") REFERENCES "repair_shops" ("shop"),
  FOREIGN KEY ("successor") REFERENCES "items" ("item")
);

-- A stage that another needs, and how much of it goes into one unit of the other.
CREATE TABLE "stage_links" (
  "from_stage" VARCHAR NOT NULL,
  "to_stage" VARCHAR NOT NULL,
  "quantity" DOUBLE DEFAULT 1.0 CHECK ("quantity" >= 0),
  PRIMARY KEY ("from_stage", "to_stage"),
  FOREIGN KEY ("from_stage") REFERENCES "stages" ("stage"),
  FOREIGN KEY ("to_stage") REFERENCES "stages" ("stage")
);

-- A step that cases go through: it may take work, crews and things from a shelf.
CREATE TABLE "steps" (
  "step" VARCHAR NOT NULL,
  "name" VARCHAR,
  "site" VARCHAR,
  "work" DOUBLE DEFAULT 0.0 CHECK ("work" >= 0),
  "spread" DOUBLE DEFAULT 1.0 CHECK ("spread" >= 0),
  "law" VARCHAR DEFAULT 'exponential' CHECK ("law" IN ('constant', 'exponential', 'erlang', 'lognormal', 'observed')),
  "room" BIGINT CHECK ("room" >= 1),
  "turns_away" BOOLEAN DEFAULT false,
  "batch" BIGINT CHECK ("batch" >= 1),
  "interrupted" VARCHAR DEFAULT 'never' CHECK ("interrupted" IN ('never', 'resume', 'restart')),
  "patience" DOUBLE CHECK ("patience" >= 0),
  "takes_item" BOOLEAN DEFAULT false,
  "calendar" VARCHAR,
  "travels" BOOLEAN DEFAULT false,
  "without_item" VARCHAR,
  PRIMARY KEY ("step"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("without_item") REFERENCES "steps" ("step")
);

-- People, or tools, that steps need and give back.
CREATE TABLE "crews" (
  "crew" VARCHAR NOT NULL,
  "name" VARCHAR,
  "site" VARCHAR,
  "heads" BIGINT DEFAULT 1 CHECK ("heads" >= 0),
  "shift_end" VARCHAR DEFAULT 'finish' CHECK ("shift_end" IN ('finish', 'pause')),
  "calendar" VARCHAR,
  "cost" DOUBLE DEFAULT 0.0 CHECK ("cost" >= 0),
  "load" DOUBLE CHECK ("load" >= 0),
  PRIMARY KEY ("crew"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- How many cases come that are not about an item; those that are come from demand.
CREATE TABLE "arrivals" (
  "kind" VARCHAR DEFAULT 'order',
  "site" VARCHAR,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "criticality" VARCHAR,
  "rate" DOUBLE NOT NULL CHECK ("rate" >= 0),
  "cancel_after" DOUBLE CHECK ("cancel_after" >= 0),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- Planned work that crews do beside their calls: so many cases between two days, as the overhaul or the upgrade of machines.
CREATE TABLE "campaigns" (
  "campaign" VARCHAR NOT NULL,
  "site" VARCHAR,
  "name" VARCHAR,
  "kind" VARCHAR NOT NULL,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "cases" BIGINT NOT NULL CHECK ("cases" >= 0 AND "cases" <= 100000),
  "opens_on" DATE NOT NULL,
  "due_on" DATE NOT NULL,
  "late_cost" DOUBLE DEFAULT 1000.0 CHECK ("late_cost" >= 0),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- Cases that are begun at a known hour of every week, beside those of arrivals; a plan of shifts says when those of campaigns are.
CREATE TABLE "planned_cases" (
  "kind" VARCHAR NOT NULL,
  "site" VARCHAR,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "starts" DOUBLE NOT NULL CHECK ("starts" >= 0 AND "starts" <= 24),
  "cases" BIGINT DEFAULT 1 CHECK ("cases" >= 0 AND "cases" <= 10000),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- Whose turn comes first. Empty: every one; the row that says most about a case counts.
CREATE TABLE "priorities" (
  "kind" VARCHAR DEFAULT 'order',
  "segment" VARCHAR,
  "offer" VARCHAR,
  "criticality" VARCHAR,
  "priority" BIGINT NOT NULL CHECK ("priority" >= 0 AND "priority" <= 59),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- Something a resource does for cases.
CREATE TABLE "activities" (
  "activity" VARCHAR NOT NULL,
  "name" VARCHAR,
  "resource" VARCHAR NOT NULL,
  "kind" VARCHAR DEFAULT 'other' CHECK ("kind" IN ('order', 'handling', 'freight', 'emergency', 'labour', 'travel', 'support', 'return', 'penalty', 'other')),
  PRIMARY KEY ("activity"),
  FOREIGN KEY ("resource") REFERENCES "resources" ("resource")
);

-- Something one can do to a customer: a call, an offer, a training.
CREATE TABLE "levers" (
  "lever" VARCHAR NOT NULL,
  "name" VARCHAR,
  "resource" VARCHAR,
  "hours" DOUBLE DEFAULT 0.0 CHECK ("hours" >= 0),
  "cost" DOUBLE DEFAULT 0.0 CHECK ("cost" >= 0),
  "worth" DOUBLE CHECK ("worth" >= 0),
  PRIMARY KEY ("lever"),
  FOREIGN KEY ("resource") REFERENCES "resources" ("resource")
);

-- What a channel cost in a day or a week, and what it showed.
CREATE TABLE "spend" (
  "channel" VARCHAR NOT NULL,
  "from_on" DATE NOT NULL,
  "region" VARCHAR,
  "amount" DOUBLE NOT NULL CHECK ("amount" >= 0),
  "impressions" DOUBLE CHECK ("impressions" >= 0),
  "clicks" DOUBLE CHECK ("clicks" >= 0),
  "leads" DOUBLE CHECK ("leads" >= 0),
  FOREIGN KEY ("channel") REFERENCES "channels" ("channel")
);

-- A test of a channel: a region in which its spend was changed for a time, the others going on as before.
CREATE TABLE "trials" (
  "trial" VARCHAR NOT NULL,
  "region" VARCHAR NOT NULL,
  "channel" VARCHAR NOT NULL,
  "from_on" DATE NOT NULL,
  "to_on" DATE NOT NULL,
  "change_share" DOUBLE NOT NULL CHECK ("change_share" >= -1 AND "change_share" <= 10),
  PRIMARY KEY ("trial", "region"),
  FOREIGN KEY ("channel") REFERENCES "channels" ("channel")
);

-- What a test of a channel found: measured from trials, or told by somebody else.
CREATE TABLE "lift_tests" (
  "trial" VARCHAR NOT NULL,
  "channel" VARCHAR NOT NULL,
  "from_on" DATE NOT NULL,
  "to_on" DATE NOT NULL,
  "change_share" DOUBLE NOT NULL CHECK ("change_share" >= -1 AND "change_share" <= 10),
  "market_share" DOUBLE DEFAULT 1.0 CHECK ("market_share" >= 0 AND "market_share" <= 1),
  "effect" DOUBLE NOT NULL,
  "error" DOUBLE NOT NULL CHECK ("error" >= 1e-09),
  PRIMARY KEY ("trial"),
  FOREIGN KEY ("channel") REFERENCES "channels" ("channel")
);

-- One machine of the installed base.
CREATE TABLE "assets" (
  "asset" VARCHAR NOT NULL,
  "customer" VARCHAR NOT NULL,
  "model" VARCHAR,
  "installed_on" DATE,
  "failure_rate" DOUBLE CHECK ("failure_rate" >= 0),
  "hours" DOUBLE CHECK ("hours" >= 0),
  PRIMARY KEY ("asset"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer")
);

-- A customer bound to an offer for a time.
CREATE TABLE "contracts" (
  "contract" VARCHAR NOT NULL,
  "customer" VARCHAR NOT NULL,
  "offer" VARCHAR NOT NULL,
  "from_on" DATE NOT NULL,
  "to_on" DATE,
  "price" DOUBLE CHECK ("price" >= 0),
  PRIMARY KEY ("contract"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- One answer of a customer to one question of a survey.
CREATE TABLE "answers" (
  "customer" VARCHAR NOT NULL,
  "question" VARCHAR NOT NULL,
  "answered_on" DATE NOT NULL,
  "score" DOUBLE NOT NULL,
  "method" VARCHAR CHECK ("method" IN ('kano_with', 'kano_without', 'best_worst', 'choice', 'would_buy', 'too_cheap', 'cheap', 'dear', 'too_dear', 'importance', 'performance')),
  "offer" VARCHAR,
  "task" VARCHAR,
  "alternative" VARCHAR,
  "price" DOUBLE CHECK ("price" >= 0),
  PRIMARY KEY ("customer", "question", "answered_on"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- What is held today of an item at a site.
CREATE TABLE "stocks" (
  "site" VARCHAR NOT NULL,
  "item" VARCHAR NOT NULL,
  "on_hand" BIGINT CHECK ("on_hand" >= 0),
  "level" BIGINT NOT NULL CHECK ("level" >= 0),
  "reorder_level" BIGINT CHECK ("reorder_level" >= 0),
  PRIMARY KEY ("site", "item"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("item") REFERENCES "items" ("item")
);

-- How much of an item is asked at a site, by whom, under which offer.
CREATE TABLE "demand" (
  "item" VARCHAR NOT NULL,
  "site" VARCHAR NOT NULL,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "criticality" VARCHAR,
  "size" BIGINT CHECK ("size" >= 1),
  "rate" DOUBLE NOT NULL CHECK ("rate" >= 0),
  "dispersion" DOUBLE DEFAULT 1.0 CHECK ("dispersion" >= 1),
  "transit" DOUBLE DEFAULT 0.0 CHECK ("transit" >= 0),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- Units of an item that are spoken for, from when they go out to when they are given back.
CREATE TABLE "bookings" (
  "booking" VARCHAR NOT NULL,
  "item" VARCHAR NOT NULL,
  "site" VARCHAR NOT NULL,
  "quantity" BIGINT DEFAULT 1 CHECK ("quantity" >= 1),
  "out_at" TIMESTAMP NOT NULL,
  "back_at" TIMESTAMP NOT NULL,
  PRIMARY KEY ("booking", "item"),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- Where an item sits in a model of machine, and how often it fails there.
CREATE TABLE "positions" (
  "model" VARCHAR NOT NULL,
  "item" VARCHAR NOT NULL,
  "parent" VARCHAR,
  "quantity" DOUBLE DEFAULT 1.0 CHECK ("quantity" >= 0),
  "failure_rate" DOUBLE NOT NULL CHECK ("failure_rate" >= 0),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("parent") REFERENCES "items" ("item")
);

-- A time that work at a step has taken: each row of the step is as likely as the next.
CREATE TABLE "durations" (
  "step" VARCHAR NOT NULL,
  "work" DOUBLE NOT NULL CHECK ("work" >= 0),
  FOREIGN KEY ("step") REFERENCES "steps" ("step")
);

-- Hours of the week in which a crew works; rows that overlap add up. A crew without any is always there.
CREATE TABLE "shifts" (
  "crew" VARCHAR NOT NULL,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "starts" DOUBLE NOT NULL CHECK ("starts" >= 0 AND "starts" <= 24),
  "ends" DOUBLE NOT NULL CHECK ("ends" >= 0 AND "ends" <= 24),
  "heads" BIGINT CHECK ("heads" >= 0),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- What a step needs before work begins: heads of a crew, held until it ends, or units of an item, used up.
CREATE TABLE "needs" (
  "step" VARCHAR NOT NULL,
  "crew" VARCHAR,
  "item" VARCHAR,
  "quantity" BIGINT DEFAULT 1 CHECK ("quantity" >= 1),
  "role" VARCHAR,
  FOREIGN KEY ("step") REFERENCES "steps" ("step"),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew"),
  FOREIGN KEY ("item") REFERENCES "items" ("item")
);

-- Where cases go from a step. Rows of an item, segment or offer stand in for those of every one, in this order; a case that no share sends on leaves, done.
CREATE TABLE "routes" (
  "kind" VARCHAR DEFAULT 'order',
  "from_step" VARCHAR,
  "to_step" VARCHAR,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "item" VARCHAR,
  "share" DOUBLE DEFAULT 1.0 CHECK ("share" >= 0 AND "share" <= 1),
  FOREIGN KEY ("from_step") REFERENCES "steps" ("step"),
  FOREIGN KEY ("to_step") REFERENCES "steps" ("step"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("item") REFERENCES "items" ("item")
);

-- An hour at which a step lets go whatever has gathered: a departure, a cut-off.
CREATE TABLE "waves" (
  "step" VARCHAR NOT NULL,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "leaves" DOUBLE NOT NULL CHECK ("leaves" >= 0 AND "leaves" <= 24),
  FOREIGN KEY ("step") REFERENCES "steps" ("step")
);

-- How many of a crew are wanted in some hours of the week. Several rows of the same hours: what the first heads are worth, and what the next.
CREATE TABLE "heads_wanted" (
  "crew" VARCHAR NOT NULL,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "starts" DOUBLE NOT NULL CHECK ("starts" >= 0 AND "starts" <= 24),
  "ends" DOUBLE CHECK ("ends" >= 0 AND "ends" <= 24),
  "heads" BIGINT NOT NULL CHECK ("heads" >= 0),
  "short_cost" DOUBLE DEFAULT 100.0 CHECK ("short_cost" >= 0),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- A family of shifts that may be published: when they may start and how long they may be.
CREATE TABLE "shift_patterns" (
  "pattern" VARCHAR NOT NULL,
  "crew" VARCHAR NOT NULL,
  "earliest" DOUBLE NOT NULL CHECK ("earliest" >= 0 AND "earliest" <= 24),
  "latest" DOUBLE NOT NULL CHECK ("latest" >= 0 AND "latest" <= 24),
  "every" DOUBLE DEFAULT 0.5 CHECK ("every" >= 0.25 AND "every" <= 24),
  "shortest" DOUBLE NOT NULL CHECK ("shortest" >= 0.25 AND "shortest" <= 24),
  "longest" DOUBLE CHECK ("longest" >= 0.25 AND "longest" <= 24),
  "break_hours" DOUBLE DEFAULT 0.0 CHECK ("break_hours" >= 0 AND "break_hours" <= 8),
  "least" BIGINT DEFAULT 0 CHECK ("least" >= 0),
  "most" BIGINT CHECK ("most" >= 0),
  "most_hours" DOUBLE CHECK ("most_hours" >= 0),
  "cost" DOUBLE CHECK ("cost" >= 0),
  "is_flexible" BOOLEAN DEFAULT false,
  PRIMARY KEY ("pattern"),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- A shift that people are given: its hours, and what it takes to work it.
CREATE TABLE "shift_kinds" (
  "shift" VARCHAR NOT NULL,
  "name" VARCHAR,
  "crew" VARCHAR,
  "starts" DOUBLE NOT NULL CHECK ("starts" >= 0 AND "starts" <= 24),
  "ends" DOUBLE NOT NULL CHECK ("ends" >= 0 AND "ends" <= 24),
  "work" DOUBLE CHECK ("work" >= 0 AND "work" <= 24),
  "skill" VARCHAR,
  PRIMARY KEY ("shift"),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- Someone who is given shifts, with the rules of their contract.
CREATE TABLE "people" (
  "person" VARCHAR NOT NULL,
  "name" VARCHAR,
  "crew" VARCHAR,
  "least_hours" DOUBLE DEFAULT 0.0 CHECK ("least_hours" >= 0),
  "most_hours" DOUBLE CHECK ("most_hours" >= 0),
  "longest_run" BIGINT DEFAULT 6 CHECK ("longest_run" >= 1),
  "shortest_run" BIGINT DEFAULT 1 CHECK ("shortest_run" >= 1),
  "shortest_break" BIGINT DEFAULT 1 CHECK ("shortest_break" >= 1),
  "most_weekends" BIGINT CHECK ("most_weekends" >= 0),
  PRIMARY KEY ("person"),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- A term of the time an activity takes: minutes for each case, order, unit, event or hour. An empty condition: every one.
CREATE TABLE "time_equations" (
  "activity" VARCHAR NOT NULL,
  "per" VARCHAR DEFAULT 'case' CHECK ("per" IN ('case', 'order', 'unit', 'event', 'hour')),
  "step" VARCHAR,
  "kind" VARCHAR,
  "offer" VARCHAR,
  "segment" VARCHAR,
  "criticality" VARCHAR,
  "site" VARCHAR,
  "minutes" DOUBLE NOT NULL,
  FOREIGN KEY ("activity") REFERENCES "activities" ("activity"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- A customer that a lever was tried on, or was left alone to compare, and what came of it.
CREATE TABLE "exposures" (
  "customer" VARCHAR NOT NULL,
  "lever" VARCHAR NOT NULL,
  "exposed_at" TIMESTAMP NOT NULL,
  "is_treated" BOOLEAN NOT NULL,
  "outcome" DOUBLE NOT NULL,
  PRIMARY KEY ("customer", "lever", "exposed_at"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer")
);

-- A measure told period by period: what is counted or computed, from which table.
CREATE TABLE "metrics" (
  "metric" VARCHAR NOT NULL,
  "name" VARCHAR,
  "kind" VARCHAR DEFAULT 'simple' CHECK ("kind" IN ('simple', 'ratio', 'derived', 'cumulative', 'conversion', 'promise', 'percentile', 'level')),
  "table" VARCHAR,
  "measure" VARCHAR,
  "aggregation" VARCHAR DEFAULT 'count' CHECK ("aggregation" IN ('count', 'sum', 'mean', 'min', 'max', 'distinct')),
  "filter" VARCHAR,
  "time" VARCHAR,
  "until" VARCHAR,
  "numerator" VARCHAR,
  "denominator" VARCHAR,
  "expression" VARCHAR,
  "window" DOUBLE CHECK ("window" >= 0),
  "to_date" VARCHAR CHECK ("to_date" IN ('month', 'quarter', 'year')),
  "from_step" VARCHAR,
  "to_step" VARCHAR,
  "promise" VARCHAR,
  "quantile" DOUBLE CHECK ("quantile" >= 0 AND "quantile" <= 1),
  "unit" VARCHAR,
  "better" VARCHAR CHECK ("better" IN ('higher', 'lower')),
  "target" DOUBLE,
  PRIMARY KEY ("metric"),
  FOREIGN KEY ("promise") REFERENCES "promises" ("promise")
);

-- How many a shift takes on a day. A row of a day stands in for that of its weekday, and that of a weekday for that of every day.
CREATE TABLE "shift_needs" (
  "shift" VARCHAR NOT NULL,
  "day" DATE,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "heads" BIGINT NOT NULL CHECK ("heads" >= 0),
  "short_cost" DOUBLE DEFAULT 100.0 CHECK ("short_cost" >= 0),
  "spare_cost" DOUBLE DEFAULT 1.0 CHECK ("spare_cost" >= 0),
  FOREIGN KEY ("shift") REFERENCES "shift_kinds" ("shift")
);

-- A skill that someone has.
CREATE TABLE "skills" (
  "person" VARCHAR NOT NULL,
  "skill" VARCHAR NOT NULL,
  PRIMARY KEY ("person", "skill"),
  FOREIGN KEY ("person") REFERENCES "people" ("person")
);

-- When someone is away, and what someone wishes for.
CREATE TABLE "requests" (
  "person" VARCHAR NOT NULL,
  "kind" VARCHAR NOT NULL CHECK ("kind" IN ('away', 'works', 'wants', 'avoids')),
  "from_on" DATE NOT NULL,
  "until_on" DATE,
  "shift" VARCHAR,
  "weight" DOUBLE DEFAULT 1.0 CHECK ("weight" >= 0),
  FOREIGN KEY ("person") REFERENCES "people" ("person"),
  FOREIGN KEY ("shift") REFERENCES "shift_kinds" ("shift")
);

-- A rule of shifts: how often one may be worked, or which may not come on the day after another.
CREATE TABLE "shift_rules" (
  "person" VARCHAR,
  "shift" VARCHAR NOT NULL,
  "next_shift" VARCHAR,
  "most" BIGINT CHECK ("most" >= 0),
  FOREIGN KEY ("person") REFERENCES "people" ("person"),
  FOREIGN KEY ("shift") REFERENCES "shift_kinds" ("shift"),
  FOREIGN KEY ("next_shift") REFERENCES "shift_kinds" ("shift")
);

-- One thing that flows: an order line, an intervention.
CREATE TABLE "cases" (
  "case" VARCHAR NOT NULL,
  "kind" VARCHAR DEFAULT 'order',
  "customer" VARCHAR,
  "offer" VARCHAR,
  "asset" VARCHAR,
  "item" VARCHAR,
  "site" VARCHAR,
  "quantity" DOUBLE DEFAULT 1.0 CHECK ("quantity" >= 0),
  "opened_at" TIMESTAMP NOT NULL,
  "promised_at" TIMESTAMP,
  "closed_at" TIMESTAMP,
  "order" VARCHAR,
  "delivered_quantity" DOUBLE CHECK ("delivered_quantity" >= 0),
  PRIMARY KEY ("case"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("asset") REFERENCES "assets" ("asset"),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- A time in which the visit of a case may start; of several, any.
CREATE TABLE "visit_windows" (
  "case" VARCHAR NOT NULL,
  "opens_at" TIMESTAMP NOT NULL,
  "closes_at" TIMESTAMP NOT NULL,
  PRIMARY KEY ("case", "opens_at"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case")
);

-- Which crew is to visit a case by today's plan.
CREATE TABLE "planned_visits" (
  "case" VARCHAR NOT NULL,
  "crew" VARCHAR NOT NULL,
  "standing" VARCHAR DEFAULT 'planned' CHECK ("standing" IN ('planned', 'fixed', 'begun')),
  "starts_at" TIMESTAMP,
  PRIMARY KEY ("case"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case"),
  FOREIGN KEY ("crew") REFERENCES "crews" ("crew")
);

-- A dated fact about a case.
CREATE TABLE "events" (
  "event" VARCHAR,
  "case" VARCHAR NOT NULL,
  "step" VARCHAR NOT NULL,
  "happened_at" TIMESTAMP NOT NULL,
  "started_at" TIMESTAMP,
  "resource" VARCHAR,
  "site" VARCHAR,
  "promised_at" TIMESTAMP,
  UNIQUE ("event"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- Units that came to a site or left it.
CREATE TABLE "movements" (
  "movement" VARCHAR NOT NULL,
  "site" VARCHAR NOT NULL,
  "item" VARCHAR NOT NULL,
  "kind" VARCHAR NOT NULL CHECK ("kind" IN ('issue', 'receipt', 'repair', 'count')),
  "quantity" DOUBLE NOT NULL,
  "moved_at" TIMESTAMP NOT NULL,
  "case" VARCHAR,
  PRIMARY KEY ("movement"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case")
);

-- Money spent on a case: freight, handling, labour, a penalty.
CREATE TABLE "costs" (
  "cost" VARCHAR NOT NULL,
  "case" VARCHAR,
  "kind" VARCHAR NOT NULL CHECK ("kind" IN ('order', 'handling', 'freight', 'emergency', 'labour', 'travel', 'support', 'return', 'penalty', 'other')),
  "amount" DOUBLE NOT NULL,
  "spent_on" DATE NOT NULL,
  PRIMARY KEY ("cost"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case")
);

-- Money asked from a customer.
CREATE TABLE "invoices" (
  "invoice" VARCHAR NOT NULL,
  "customer" VARCHAR NOT NULL,
  "case" VARCHAR,
  "contract" VARCHAR,
  "amount" DOUBLE NOT NULL,
  "list_amount" DOUBLE,
  "invoiced_on" DATE NOT NULL,
  "paid_on" DATE,
  PRIMARY KEY ("invoice"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case"),
  FOREIGN KEY ("contract") REFERENCES "contracts" ("contract")
);

-- An event touched an object.
CREATE TABLE "event_objects" (
  "event" VARCHAR NOT NULL,
  "object" VARCHAR NOT NULL,
  "role" VARCHAR,
  FOREIGN KEY ("event") REFERENCES "events" ("event"),
  FOREIGN KEY ("object") REFERENCES "objects" ("object")
);
