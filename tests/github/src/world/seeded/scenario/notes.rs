//! Titles, descriptions and labels: what emergencies and rules look at.
use super::{Cast, OFTEN, SELDOM, Scenario, missing, one};
use crate::world::{Verdict, builder::PullRequestBuilder};

const LABEL: &str = "emergency";
const JUSTIFICATION: &str = "Hurry.\n\nJustification: customers cannot pay.";

pub(super) const SCENARIOS: [Scenario; 11] = [
    one("emergency without review", OFTEN, emergency),
    one("emergency, approved", SELDOM, emergency_approved),
    one("emergency without a justification", SELDOM, unjustified),
    one("justification without the label", SELDOM, unlabelled),
    one(
        "emergency label taken off before the merge",
        SELDOM,
        unlabelled_before,
    ),
    one(
        "emergency label taken off after the merge",
        SELDOM,
        unlabelled_after,
    ),
    one(
        "emergency label put on after the merge",
        SELDOM,
        labelled_after,
    ),
    one("justified after the merge", SELDOM, justified_after),
    one(
        "emergency with a defective approval",
        SELDOM,
        emergency_stale,
    ),
    one("no ticket, approved", OFTEN, no_ticket),
    one("no ticket, nobody approved", SELDOM, no_ticket_unreviewed),
];

fn emergency(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let labelled = pull_request.labeled_by(cast.author, LABEL);
    missing(labelled.body(JUSTIFICATION).an_emergency());
}

fn emergency_approved(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .labeled_by(cast.author, LABEL)
        .body(JUSTIFICATION)
        .approved_by(cast.reviewer)
        .an_emergency()
        .compliant();
}

fn unjustified(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let labelled = pull_request.labeled_by(cast.author, LABEL);
    missing(labelled.body("Will explain later."));
}

fn unlabelled(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    missing(pull_request.body(JUSTIFICATION));
}

fn unlabelled_before(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let labelled = pull_request
        .labeled_by(cast.author, LABEL)
        .unlabeled_by(cast.second, LABEL);
    missing(labelled.body(JUSTIFICATION));
}

fn unlabelled_after(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let labelled = pull_request
        .labeled_by(cast.author, LABEL)
        .unlabeled_by(cast.second, LABEL)
        .at(cast.after(600));
    missing(labelled.body(JUSTIFICATION).an_emergency());
}

fn labelled_after(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    let labelled = pull_request
        .labeled_by(cast.author, LABEL)
        .at(cast.after(600));
    missing(labelled.body(JUSTIFICATION));
}

fn justified_after(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    // What the description said at the merge is not known any more: the justification proves nothing.
    let edited = pull_request
        .labeled_by(cast.author, LABEL)
        .body("Hurry.")
        .body_edited_by(cast.author, JUSTIFICATION)
        .at(cast.after(900));
    missing(edited);
}

fn emergency_stale(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .labeled_by(cast.author, LABEL)
        .body(JUSTIFICATION)
        .approved_by(cast.reviewer)
        .committed_by(cast.author)
        .an_emergency()
        .non_compliant(&["ApprovalStale"]);
}

fn no_ticket(pull_request: PullRequestBuilder<'_>, cast: &Cast) {
    pull_request
        .title("Fix a typing error")
        .approved_by(cast.reviewer)
        .extended(Verdict::NonCompliant, &["Rule/ticket"])
        .compliant();
}

fn no_ticket_unreviewed(pull_request: PullRequestBuilder<'_>, _: &Cast) {
    let told = pull_request
        .title("Fix a typing error")
        .extended(Verdict::NonCompliant, &["ApprovalMissing", "Rule/ticket"]);
    missing(told);
}
