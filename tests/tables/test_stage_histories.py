"""Stage histories of three sales tools become the same deals, events and dated attributes."""

from pathlib import Path

import polars as pl
import pytest

from arbitre.tables.chain import Chain
from arbitre.tables.open import open_chain

ROOT = Path(__file__).parents[2]
EXPORTS = {
    "salesforce": {
        "Opportunity.csv": """Id,AccountId,CreatedDate,IsClosed,IsWon,CloseDate,Amount,LeadSource,OwnerId,StageName
d1,a1,2025-01-02T09:00:00.000+0000,true,true,2025-03-01,120,Web,u1,Won
d2,a2,2025-01-05T10:00:00.000+0000,false,false,2025-05-01,80,Fair,u2,Proposal
""",
        "OpportunityHistory.csv": """OpportunityId,StageName,CreatedDate,CreatedById,Amount,CloseDate
d1,Proposal,2025-01-10T09:00:00.000+0000,u1,100,2025-02-01
d1,Proposal,2025-01-20T09:00:00.000+0000,u1,120,2025-02-01
d1,Won,2025-02-03T09:00:00.000+0000,u1,120,2025-02-01
d2,Proposal,2025-01-15T10:00:00.000+0000,u2,80,2025-05-01
"""},
    "hubspot": {
        "deals.csv": """hs_object_id,createdate,closedate,dealstage,hs_is_closed,hs_is_closed_won,amount
d1,2025-01-02T09:00:00.000Z,2025-03-01T00:00:00.000Z,Won,true,true,120
d2,2025-01-05T10:00:00.000Z,2025-05-01T00:00:00.000Z,Proposal,false,false,80
""",
        "deal_history.csv": """hs_object_id,property,value,timestamp,updatedByUserId
d1,dealstage,Proposal,2025-01-10T09:00:00.000Z,u1
d1,dealstage,Won,2025-02-03T09:00:00.000Z,u1
d1,amount,100,2025-01-10T09:00:00.000Z,u1
d1,amount,120,2025-01-20T09:00:00.000Z,u1
d2,dealstage,Proposal,2025-01-15T10:00:00.000Z,u2
d2,amount,80,2025-01-15T10:00:00.000Z,u2
"""},
    "odoo": {
        "crm.lead.csv": """id,create_date,date_closed,stage_id,active,expected_revenue,user_id,source_id
d1,2025-01-02 09:00:00,2025-02-03 09:00:00,Won,True,120,u1,Web
d2,2025-01-05 10:00:00,,Proposal,True,80,u2,Fair
""",
        "mail.tracking.value.csv": (
            "mail_message_id/res_id,mail_message_id/date,mail_message_id/author_id,field_id/name,"
            "old_value_char,new_value_char,old_value_float,new_value_float\n"
            "d1,2025-01-10 09:00:00,u1,stage_id,New,Proposal,,\nd1,2025-02-03 09:00:00,u1,stage_id,Proposal,Won,,\n"
            "d1,2025-01-20 09:00:00,u1,expected_revenue,,,100,120\n"
            "d2,2025-01-15 10:00:00,u2,stage_id,New,Proposal,,\n")},
}


@pytest.fixture(params=sorted(EXPORTS))
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Chain:
    for name, text in EXPORTS[request.param].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return open_chain(ROOT / "examples" / request.param, data=tmp_path)


def test_deals_events_and_amounts_are_read(chain: Chain) -> None:
    assert chain.check() == []
    cases = chain.table("cases").select("case", pl.col("opened_at", "closed_at").dt.strftime("%m-%d %H")).rows()
    assert cases == [("d1", "01-02 09", "02-03 09"), ("d2", "01-05 10", None)]
    events = chain.table("events").select("case", "step", pl.col("happened_at").dt.strftime("%m-%d"), "resource").rows()
    assert events == [
        ("d1", "Proposal", "01-10", "u1"), ("d1", "Won", "02-03", "u1"), ("d2", "Proposal", "01-15", "u2")]
    amounts = chain.table("attributes").filter(attribute="amount").sort("case", "valid_from")
    assert amounts.select("case", pl.col("value").cast(pl.Float64)).rows() == [("d1", 100), ("d1", 120), ("d2", 80)]
    assert amounts["valid_from"][1].strftime("%m-%d") == "01-20"
