//! What an exemption makes of a verdict.

use super::*;
use crate::audit::requirements::{Exemption, Rule};

fn exempt(it: &mut Requirements) {
    it.exemptions = vec![Exemption {
        name: "updates".to_owned(),
        authors: vec!["app/dependabot".to_owned()],
        repositories: Vec::new(),
        expiration_time: "2026-12-31T00:00:00Z".parse().unwrap(),
    }];
}

fn exempt_and_ruled(it: &mut Requirements) {
    exempt(it);
    it.rules = vec![Rule {
        name: "ticket".to_owned(),
        expression: "change.title.startsWith('PAY-')".to_owned(),
        message: None,
        severity: Warning,
    }];
}

fn update() -> PullRequest {
    pull_request()
        .opened_by(app("dependabot"))
        .committed(vec![commit("head").by_app("dependabot")])
}

#[test]
fn an_exemption_waives_the_requirement_of_review() {
    let ground = given("nobody approved", update())
        .by(exempt)
        .is_exempt("updates");
    assert!(
        ground.ends_with(
            "; waived: ApprovalMissing (merged by mallory at 2026-03-02T12:00:00Z with 0 of 1 approvals)"
        ),
        "{ground}"
    );
    let refused = update().refused("bob", "11:00");
    let ground = given("somebody objected", refused)
        .by(exempt)
        .is_exempt("updates");
    assert!(
        ground.contains("ChangesRequested (merged over a request for changes: bob"),
        "{ground}"
    );
    let unclear = update().reviewed(review(None, ReviewState::Approved, "11:00"));
    let ground = given("unclear", unclear).by(exempt).is_exempt("updates");
    assert!(
        ground.ends_with("whether it was reviewed as demanded is not known"),
        "{ground}"
    );
    given("without the exemption", update()).is_critical(&[ApprovalMissing]);
}

#[test]
fn what_needs_no_exemption_is_compliant() {
    given("approved", update().approved("bob", "11:00"))
        .by(exempt)
        .is_compliant();
    given("nothing is demanded", update())
        .by(|it| {
            exempt(it);
            it.approvals = 0;
        })
        .is_compliant();
}

#[test]
fn an_exemption_that_does_not_hold_says_why() {
    let pull = update().committed(vec![commit("head").by_app("dependabot"), commit("sneaked")]);
    let case = given("somebody else's commit on top", pull).by(exempt);
    case.is_critical(&[ApprovalMissing]);
    let messages = case.messages();
    assert!(
        messages[0].ends_with(
            "the exemption updates does not hold: commit sneaked is not verified, or somebody else has a part in it"
        ),
        "{messages:?}"
    );
}

#[test]
fn unlisted_commits_leave_an_exemption_open() {
    let cut = |pull| PullRequest {
        commits_total: 300,
        ..pull
    };
    let case = given("only some commits are listed", cut(update())).by(exempt);
    case.lacks(&[Commits]);
    assert_eq!(
        case.messages(),
        ["only 1 of 300 commits are known, so whether the exemption updates holds is not"]
    );
    given(
        "and somebody approved",
        cut(update().approved("bob", "11:00")),
    )
    .by(exempt)
    .lacks(&[Commits]);
}

#[test]
fn rules_hold_for_exempt_changes_too() {
    let ticket = || ReasonType::Rule("ticket".to_owned());
    given("exempt, and a rule is broken", update())
        .by(exempt_and_ruled)
        .is_warning(&[ticket()]);
    let kept = PullRequest {
        title: "PAY-1 Round up".to_owned(),
        ..update()
    };
    given("exempt, and the rule is kept", kept)
        .by(exempt_and_ruled)
        .is_exempt("updates");
}
