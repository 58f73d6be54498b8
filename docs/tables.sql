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
  PRIMARY KEY ("offer")
);

-- A place where things are held or handled.
CREATE TABLE "sites" (
  "site" VARCHAR NOT NULL,
  "name" VARCHAR,
  "kind" VARCHAR DEFAULT 'central' CHECK ("kind" IN ('central', 'regional', 'local')),
  "supplier" VARCHAR,
  "latitude" DOUBLE CHECK ("latitude" >= -90 AND "latitude" <= 90),
  "longitude" DOUBLE CHECK ("longitude" >= -180 AND "longitude" <= 180),
  PRIMARY KEY ("site"),
  FOREIGN KEY ("supplier") REFERENCES "sites" ("site")
);

-- A thing that can be held: a part.
CREATE TABLE "items" (
  "item" VARCHAR NOT NULL,
  "name" VARCHAR,
  "family" VARCHAR,
  "criticality" VARCHAR,
  "price" DOUBLE NOT NULL CHECK ("price" >= 0),
  "lead_time" DOUBLE NOT NULL CHECK ("lead_time" >= 0),
  "lot" BIGINT DEFAULT 1 CHECK ("lot" >= 1),
  "order_cost" DOUBLE CHECK ("order_cost" >= 0),
  "emergency_cost" DOUBLE CHECK ("emergency_cost" >= 0),
  "is_repairable" BOOLEAN DEFAULT false,
  "successor" VARCHAR,
  "last_order_on" DATE,
  "last_service_on" DATE,
  PRIMARY KEY ("item"),
  FOREIGN KEY ("successor") REFERENCES "items" ("item")
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

-- A thing that events touch: an order, a part, a technician.
CREATE TABLE "objects" (
  "object" VARCHAR NOT NULL,
  "kind" VARCHAR NOT NULL,
  PRIMARY KEY ("object")
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
  "measure" VARCHAR DEFAULT 'window' CHECK ("measure" IN ('window', 'availability')),
  "kind" VARCHAR DEFAULT 'order',
  "step" VARCHAR,
  "window" DOUBLE CHECK ("window" >= 0),
  "target_share" DOUBLE CHECK ("target_share" >= 0 AND "target_share" <= 1),
  "period" VARCHAR DEFAULT 'month' CHECK ("period" IN ('week', 'month', 'quarter', 'year')),
  "penalty" DOUBLE DEFAULT 0.0 CHECK ("penalty" >= 0),
  "late_cost" DOUBLE CHECK ("late_cost" >= 0),
  PRIMARY KEY ("promise"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment")
);

-- A way from a site to a site. From a site to itself: the last mile to the customers nearby.
CREATE TABLE "lanes" (
  "from_site" VARCHAR NOT NULL,
  "to_site" VARCHAR NOT NULL,
  "duration" DOUBLE NOT NULL CHECK ("duration" >= 0),
  "cost" DOUBLE DEFAULT 0.0 CHECK ("cost" >= 0),
  PRIMARY KEY ("from_site", "to_site"),
  FOREIGN KEY ("from_site") REFERENCES "sites" ("site"),
  FOREIGN KEY ("to_site") REFERENCES "sites" ("site")
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
  "travels" BOOLEAN DEFAULT false,
  PRIMARY KEY ("step"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
);

-- People, or tools, that steps need and give back.
CREATE TABLE "crews" (
  "crew" VARCHAR NOT NULL,
  "name" VARCHAR,
  "site" VARCHAR,
  "heads" BIGINT DEFAULT 1 CHECK ("heads" >= 0),
  "shift_end" VARCHAR DEFAULT 'finish' CHECK ("shift_end" IN ('finish', 'pause')),
  "cost" DOUBLE DEFAULT 0.0 CHECK ("cost" >= 0),
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

-- One machine of the installed base.
CREATE TABLE "assets" (
  "asset" VARCHAR NOT NULL,
  "customer" VARCHAR NOT NULL,
  "model" VARCHAR,
  "installed_on" DATE,
  "failure_rate" DOUBLE CHECK ("failure_rate" >= 0),
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
  PRIMARY KEY ("customer", "question", "answered_on"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer")
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

-- Where cases go from a step. Rows of a segment or offer stand in for those of every one; a case that no share sends on leaves, done.
CREATE TABLE "routes" (
  "kind" VARCHAR DEFAULT 'order',
  "from_step" VARCHAR,
  "to_step" VARCHAR,
  "segment" VARCHAR,
  "offer" VARCHAR,
  "share" DOUBLE DEFAULT 1.0 CHECK ("share" >= 0 AND "share" <= 1),
  FOREIGN KEY ("from_step") REFERENCES "steps" ("step"),
  FOREIGN KEY ("to_step") REFERENCES "steps" ("step"),
  FOREIGN KEY ("segment") REFERENCES "segments" ("segment"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer")
);

-- An hour at which a step lets go whatever has gathered: a departure, a cut-off.
CREATE TABLE "waves" (
  "step" VARCHAR NOT NULL,
  "weekday" VARCHAR CHECK ("weekday" IN ('monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday')),
  "leaves" DOUBLE NOT NULL CHECK ("leaves" >= 0 AND "leaves" <= 24),
  FOREIGN KEY ("step") REFERENCES "steps" ("step")
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
  PRIMARY KEY ("case"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("offer") REFERENCES "offers" ("offer"),
  FOREIGN KEY ("asset") REFERENCES "assets" ("asset"),
  FOREIGN KEY ("item") REFERENCES "items" ("item"),
  FOREIGN KEY ("site") REFERENCES "sites" ("site")
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
  "kind" VARCHAR NOT NULL CHECK ("kind" IN ('freight', 'handling', 'labour', 'penalty', 'other')),
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
  "amount" DOUBLE NOT NULL,
  "invoiced_on" DATE NOT NULL,
  PRIMARY KEY ("invoice"),
  FOREIGN KEY ("customer") REFERENCES "customers" ("customer"),
  FOREIGN KEY ("case") REFERENCES "cases" ("case")
);

-- An event touched an object.
CREATE TABLE "event_objects" (
  "event" VARCHAR NOT NULL,
  "object" VARCHAR NOT NULL,
  "role" VARCHAR,
  FOREIGN KEY ("event") REFERENCES "events" ("event"),
  FOREIGN KEY ("object") REFERENCES "objects" ("object")
);
