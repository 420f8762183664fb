//! Retitled before its merge, in its very second, and after it: a rule on titles looks at the one that was merged.
use super::{Cast, OFTEN, SELDOM, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder};

const WITHOUT_TICKET: &str = "Fix a typing error";

pub(super) const SCENARIOS: [Scenario; 7] = [
    one("ticket named before the merge", OFTEN, named_before),
    one(
        "ticket named in the second of the merge",
        SELDOM,
        named_at_merge,
    ),
    one("ticket named after the merge", OFTEN, named_after),
    one(
        "ticket named after the merge, nobody approved",
        SELDOM,
        named_after_unreviewed,
    ),
    one(
        "ticket struck out before the merge",
        SELDOM,
        struck_out_before,
    ),
    one(
        "ticket struck out after the merge",
        SELDOM,
        struck_out_after,
    ),
    one(
        "ticket named and struck out again after the merge",
        SELDOM,
        to_and_fro,
    ),
];

/// The title that names the ticket.
fn named(cast: &Cast) -> String {
    format!("{}: {WITHOUT_TICKET}", cast.ticket)
}

/// What the rule says of the title that was merged: it names no ticket.
fn breaks_rule(pull_request: PullRequestBuilder<'_>) {
    pull_request
        .extended(Verdict::NonCompliant, &["Rule/ticket"])
        .compliant();
}

fn named_before(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .title(WITHOUT_TICKET)
        .approved_by(cast.reviewer)
        .retitled_by(cast.author, &named(cast))
        .compliant();
}

fn named_at_merge(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .title(WITHOUT_TICKET)
        .approved_by(cast.reviewer)
        .retitled_by(cast.author, &named(cast))
        .at(cast.merged_at)
        .compliant();
}

fn named_after(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .title(WITHOUT_TICKET)
        .approved_by(cast.reviewer)
        .retitled_by(cast.author, &named(cast))
        .at(cast.after(1));
    breaks_rule(told);
}

fn named_after_unreviewed(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .title(WITHOUT_TICKET)
        .retitled_by(cast.author, &named(cast))
        .at(cast.after(300))
        .extended(Verdict::NonCompliant, &["ApprovalMissing", "Rule/ticket"]);
    missing(told);
}

fn struck_out_before(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .title(&named(cast))
        .retitled_by(cast.author, WITHOUT_TICKET)
        .approved_by(cast.reviewer);
    breaks_rule(told);
}

fn struck_out_after(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .title(&named(cast))
        .approved_by(cast.reviewer)
        .retitled_by(cast.second, WITHOUT_TICKET)
        .at(cast.after(60))
        .compliant();
}

fn to_and_fro(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let told = pull_request
        .title(&named(cast))
        .approved_by(cast.reviewer)
        .retitled_by(cast.author, WITHOUT_TICKET)
        .retitled_by(cast.author, &named(cast))
        .at(cast.after(60))
        .retitled_by(cast.author, "Fix it")
        .at(cast.after(90));
    breaks_rule(told);
}
