//! Tests of judging one change.

use super::*;
use crate::audit::evaluate::Judge;
use crate::audit::facts::ReviewState;
use crate::audit::fixtures::{at, judging, pull_request, requirements, review};
use crate::audit::requirements::OwnerRule;

fn judge() -> Judge {
    let mut requirements = requirements();
    requirements.owners = vec![OwnerRule {
        repositories: vec!["payments".to_owned()],
        owner: "money".to_owned(),
    }];
    Judge::new(&requirements).unwrap()
}

fn unclear() -> PullRequest {
    pull_request().reviewed(review(None, ReviewState::Approved, "11:00"))
}

#[test]
fn a_record_holds_what_was_judged_by_what_and_when() {
    let judge = judge();
    let judging = judging(&judge);
    let record = judging.record(pull_request());
    assert_eq!(record.identity.host, "github.com");
    assert_eq!(record.kind, ChangeKind::PullRequest);
    assert_eq!(record.pull_request, pull_request());
    assert!(matches!(record.verdict, Verdict::NonCompliant { .. }));
    assert_eq!(record.owner.as_deref(), Some("money"));
    assert_eq!(record.policy_digest, judging.policy_digest);
    assert_eq!(record.judged_at, judging.now);
}

#[test]
fn what_landed_before_the_chain_began_is_baseline() {
    let judge = judge();
    for (genesis, baseline) in [("11:59", false), ("12:00", false), ("12:01", true)] {
        let genesis = at(genesis);
        let judging = Judging {
            genesis,
            ..judging(&judge)
        };
        let record = judging.record(pull_request());
        assert_eq!(record.baseline, baseline, "{genesis}");
    }
}

#[test]
fn an_unclear_change_is_pending_while_github_may_lag() {
    let judge = judge();
    for (now, pending) in [("12:30", true), ("12:59", true), ("13:00", false)] {
        let judging = Judging {
            now: at(now),
            ..judging(&judge)
        };
        assert_eq!(judging.record(unclear()).pending, pending, "{now}");
        // What is clear is never pending.
        assert!(!judging.record(pull_request()).pending, "{now}");
    }
}

#[test]
fn a_record_is_written_and_read_back_as_it_was() {
    let judge = judge();
    let judging = judging(&judge);
    let approved = pull_request().approved("bob", "11:00");
    for pull in [pull_request(), unclear(), approved] {
        let record = judging.record(pull);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
