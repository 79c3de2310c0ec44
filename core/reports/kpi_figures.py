"""The figures of the exchange (SPEC 12.1), each once. ``sql`` is an expression over the hourly counts of the scope."""

from core.reports.figure import Figure

REQUESTS, REVIEWS, SALES, BOOKS = "requests", "the review's decisions", "sales and what came of them", "the ledger"
STEPS = ("submitted", "confirmed", "approved", "distributed")

KPIS = (
    Figure("submitted", "Submitted", "Requests that came in.", "requests by the moment they were sent",
           "leads", "kpi", REQUESTS, "sum(submitted)"),
    Figure("confirmed", "Confirmed", "Requests whose sender opened the link in the mail and confirmed.",
           "requests by the moment they were confirmed", "leads", "kpi", REQUESTS, "sum(confirmed)"),
    Figure("approved", "Approved", "Requests that an administrator, or the niche's own rule, put on sale.",
           "approvals by the moment of the decision", "leads", "kpi", REVIEWS, "sum(approved)"),
    Figure("rejected", "Rejected", "Requests that the review turned down.",
           "rejections by the moment of the decision", "leads", "kpi", REVIEWS, "sum(rejected)"),
    Figure("distributed", "Distributed", "Leads that reached their first provider.",
           "leads by the moment of their first sale", "leads", "kpi", SALES, "sum(distributed)"),
    Figure("sold", "Sold", "Sales: a lead that three providers bought counts three times.",
           "sales by the moment they were made", "sales", "kpi", SALES, "sum(sold)"),
    Figure("confirmation_rate", "Confirmation rate", "How many requests are confirmed.",
           "confirmed / submitted", "share", "kpi", REQUESTS, "sum(confirmed)::float8 / nullif(sum(submitted), 0)"),
    Figure("approval_rate", "Approval rate", "How many of the decided requests are approved.",
           "approved / (approved + rejected)", "share", "kpi", REVIEWS,
           "sum(approved)::float8 / nullif(sum(approved) + sum(rejected), 0)"),
    Figure("rejection_rate", "Rejection rate", "How many of the decided requests are turned down.",
           "rejected / (approved + rejected)", "share", "kpi", REVIEWS,
           "sum(rejected)::float8 / nullif(sum(approved) + sum(rejected), 0)"),
    Figure("distribution_rate", "Distribution rate", "How many approved leads reach a provider.",
           "distributed / approved", "share", "kpi", SALES, "sum(distributed)::float8 / nullif(sum(approved), 0)"),
    Figure("sales_per_lead", "Sales per lead", "How often a lead that reached anybody is sold.",
           "sold / distributed", "per lead", "kpi", SALES, "sum(sold)::float8 / nullif(sum(distributed), 0)"),
    Figure("view_rate", "Opened", "How many of the period's sales the provider has opened by now.",
           "opened / sold", "share", "kpi", SALES, "sum(viewed)::float8 / nullif(sum(sold), 0)"),
    Figure("acceptance_rate", "Acceptance rate", "How many of the period's sales with an answer were accepted.",
           "accepted / (accepted + declined)", "share", "kpi", SALES,
           "sum(accepted)::float8 / nullif(sum(accepted) + sum(declined), 0)"),
    Figure("refund_rate", "Refund rate", "How many of the period's sales have been given back by now.",
           "refunded / sold", "share", "kpi", SALES, "sum(credited)::float8 / nullif(sum(sold), 0)"),
    Figure("revenue", "Revenue", "What providers paid for the period's sales.",
           "sum of the prices of all sales", "cents", "kpi", BOOKS, "sum(revenue_cents)"),
    Figure("refunds", "Refunds", "What was given back in the period, whenever the lead was sold.",
           "sum of refund transfers", "cents", "kpi", BOOKS, "sum(refund_cents)"),
    Figure("net", "Net revenue", "Revenue less refunds.", "revenue - refunds", "cents", "kpi", BOOKS,
           "sum(revenue_cents) - sum(refund_cents)"),
    Figure("marketplace_share", "Sold on the marketplace", "How many sales a provider chose on the map.",
           "sales on the marketplace / sold", "share", "kpi", SALES,
           "sum(marketplace)::float8 / nullif(sum(sold), 0)"),
    Figure("source_roi", "Return per source", "What a source's leads earn for each dollar it costs.",
           "(revenue - refunds of its leads) / its costs", "share", "kpi", "cost entries of sources", comes_with="the sources"),
    Figure("price_accuracy", "Price accuracy", "How far the model's price is from what the lead earned.",
           "median of |estimate - earned| / earned", "share", "kpi", "the prediction log", comes_with="the models"),
)  # fmt: skip

STAGES = {
    "confirm": ("Wait for the confirmation", "From sending the request to confirming it.", "confirmed - submitted"),
    "review": ("Wait for the decision", "From the confirmation to the decision.", "decided - confirmed"),
    "deliver": ("Wait for a provider", "From the approval to the first sale.", "first sale - approved"),
    "open": ("Until it is opened", "From the sale to its opening by the provider.", "opened - sold"),
    "answer": ("Until it is answered", "From the sale to its acceptance or rejection.", "answered - sold"),
}
QUANTILES = {"p50": 0.5, "p95": 0.95}
TIMES = tuple(
    Figure(
        f"{stage}_{name}",
        f"{title}, {'median' if name == 'p50' else '95 of 100 within'}",
        sentence,
        f"{name} of {formula}, within 2.5%",
        "seconds",
        "time",
        REQUESTS if stage == "confirm" else SALES,
        stage,
    )
    for stage, (title, sentence, formula) in STAGES.items()
    for name in QUANTILES
)
