//! Tests of judging one change.

use super::*;
use crate::audit::evaluate::Judge;
use crate::audit::facts::ReviewState;
use crate::audit::finding::Finding;
use crate::audit::fixtures::{at, finding, judging, pull_request, requirements, review};
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

#[test]
fn a_record_of_before_titles_had_a_history_is_read_as_it_was_judged() {
    let judge = judge();
    let record = judging(&judge).record(pull_request());
    let text = serde_json::to_string(&record).unwrap();
    assert!(!text.contains("titleRenames"), "{text}");
    let read: Record = serde_json::from_str(&text).unwrap();
    assert_eq!(read.pull_request.title_as_of_merge(), Some("Round up"));
    assert_eq!(judge.evaluate(&read.pull_request), record.verdict);
}

#[test]
fn a_finding_has_the_title_as_of_the_merge() {
    let judge = judge();
    let title = |pull: PullRequest| {
        let record = judging(&judge).record(pull);
        let text = serde_json::to_string(&record).unwrap();
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
        let evidence = finding().evidence;
        Finding::from_record(&record, evidence).unwrap().title
    };
    let named = || pull_request().retitled("PAY-1", "11:00");
    assert_eq!(title(named()), "PAY-1");
    assert_eq!(title(named().retitled("PAY-2", "12:30")), "PAY-1");
    // Where nobody knows, the title that it has is better than none.
    let mut unknown = named();
    "PAY-3".clone_into(&mut unknown.title);
    assert_eq!(title(unknown), "PAY-3");
}
