//! Each way in which a review counts or does not, and the sentence that says so.

use super::*;
use crate::audit::facts::{Actor, Review, ReviewState};
use crate::audit::fixtures::{app, at, commit, pull_request, requirements, review, unlinked, user};
use crate::audit::requirements::Requirements;

fn explain(pull: &PullRequest) -> Explanation {
    Judge::new(&requirements()).unwrap().explain(pull)
}

/// The last review is worth this, for a reason with these words.
#[track_caller]
fn assert_last(pull: &PullRequest, worth: Worth, words: &str) {
    let explanation = explain(pull);
    let last = explanation.reviews.last().unwrap();
    let because = last.because.join("; ");
    assert_eq!(last.worth, worth, "{because}");
    assert!(because.contains(words), "{words:?} is not in {because:?}");
}

fn by(author: Option<Actor>, state: ReviewState) -> Review {
    review(author, state, "11:00")
}

#[test]
fn each_review_is_told_what_it_is_worth() {
    let p = pull_request;
    let (counts, no) = (Worth::Counts, Worth::DoesNotCount);
    assert_last(&p().approved("bob", "11:00"), counts, "independent");
    assert_last(&p().approved("alice", "11:00"), no, "own author");
    assert_last(&p().approved("bob", "13:00"), no, "after the merge");
    assert_last(&p().commented("bob", "11:00"), no, "a comment");
    assert_last(
        &p().approved_on("bob", "11:00", "older"),
        no,
        "stale: it is of older, and head was merged",
    );
    let bot = p().reviewed(by(Some(app("ci")), ReviewState::Approved));
    assert_last(&bot, no, "by an app");
    let reader = p()
        .approved("bob", "11:00")
        .last(|it| it.author_can_push = Some(false));
    assert_last(&reader, no, "without write permission");
    let contributor = p()
        .committed(vec![commit("first").by("bob"), commit("head")])
        .approved("bob", "11:00");
    assert_last(&contributor, no, "wrote a part of it: first");
    assert_last(
        &p().approved("bob", "11:00").dismissed("11:30"),
        no,
        "dismissed before the merge by mallory at 2026-03-02T11:30:00Z",
    );
    assert_last(
        &p().approved("bob", "11:00").dismissed("13:00"),
        counts,
        "dismissed only after it",
    );
    let pending = p()
        .approved("bob", "11:00")
        .last(|it| it.submitted_at = None);
    assert_last(&pending, no, "never submitted");
}

#[test]
fn objections_are_told_apart_from_what_blocks_nothing() {
    let p = pull_request;
    assert_last(&p().refused("bob", "11:00"), Worth::Objects, "stood by it");
    let no = Worth::DoesNotCount;
    assert_last(&p().refused("alice", "11:00"), no, "by the author");
    let reader = p()
        .refused("bob", "11:00")
        .last(|it| it.author_can_push = Some(false));
    assert_last(&reader, no, "without write permission");
    let dismissed = p().refused("bob", "11:00").dismissed("11:30");
    assert_last(&dismissed, no, "dismissed before the merge");
}

#[test]
fn what_is_not_known_is_said() {
    let p = pull_request;
    let unclear = Worth::Unclear;
    let ghost = p().reviewed(by(None, ReviewState::Approved));
    assert_last(&ghost, unclear, "account is deleted");
    let late = p().approved("bob", "11:00").observed_after(48);
    let late = late.last(|it| it.author_can_push = Some(false));
    assert_last(&late, unclear, "could write at the merge");
    let mut by_nobody = commit("head");
    by_nobody.authors = vec![unlinked("Bob")];
    let by_nobody = p().committed(vec![by_nobody]).approved("bob", "11:00");
    assert_last(&by_nobody, unclear, "linked to no account");
    let people = &explain(&by_nobody).commits[0].people;
    assert_eq!(
        people,
        &[
            "\"Bob\", linked to no account (author)",
            "alice (committer)"
        ]
    );
}

#[test]
fn an_opinion_that_was_followed_by_another_is_superseded() {
    let pull = pull_request()
        .refused("bob", "10:00")
        .approved("bob", "11:00");
    let explanation = explain(&pull);
    let [first, second] = explanation.reviews.as_slice() else {
        panic!("{explanation:?}")
    };
    let words = "superseded by their later approval at 2026-03-02T11:00:00Z";
    assert_eq!(
        (first.worth, first.because.as_slice()),
        (Worth::DoesNotCount, [words.to_owned()].as_slice())
    );
    assert_eq!(second.worth, Worth::Counts);
    assert_eq!(second.submitted_at, Some(at("11:00")));
}

fn outcomes(explanation: &Explanation) -> Vec<(&str, Fulfilment)> {
    let answers = explanation.requirements.iter();
    answers
        .map(|it| (it.requirement.as_str(), it.outcome))
        .collect()
}

#[test]
fn requirements_are_answered_one_by_one() {
    let p = pull_request;
    let violated = |pull: &PullRequest| {
        let explanation = explain(pull);
        let outcomes = outcomes(&explanation).into_iter();
        let violated = outcomes.filter(|(_, outcome)| *outcome == Fulfilment::Violated);
        violated
            .map(|(text, _)| text.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        violated(&p().approved("bob", "11:00")),
        Vec::<String>::new()
    );
    assert_eq!(violated(&p()), ["an approval by one person that counts"]);
    let stale = p()
        .approved_on("bob", "11:00", "older")
        .refused("carol", "11:30");
    assert_eq!(
        violated(&stale),
        [
            "an approval by one person that counts",
            "of the merged head head, updates from the base branch apart",
            "no request for changes that stands at the merge",
        ]
    );
    let nobody = explain(&p());
    let skipped = |(_, outcome): &(&str, Fulfilment)| *outcome == Fulfilment::NotApplicable;
    assert_eq!(outcomes(&nobody).into_iter().filter(skipped).count(), 6);
    assert_eq!(outcomes(&nobody).last().unwrap().1, Fulfilment::Met);
}

#[test]
fn where_nothing_is_demanded_nothing_more_is_asked() {
    let none = Requirements {
        approvals: 0,
        ..requirements()
    };
    let explanation = Judge::new(&none).unwrap().explain(&pull_request());
    assert_eq!(
        outcomes(&explanation),
        [("approvals by 0 people that count", Fulfilment::Met)]
    );
    assert_eq!(explanation.verdict, Verdict::Compliant);
}

#[test]
fn every_reason_and_every_missing_piece_is_in_some_answer() {
    let p = pull_request;
    let carol = |pull: PullRequest| pull.last(|it| it.author = Some(user("carol")));
    for pull in [
        p(),
        p().approved("alice", "11:00"),
        p().approved("bob", "13:00"),
        p().approved("bob", "11:00").dismissed("11:30"),
        carol(p().approved_on("bob", "11:00", "older")).refused("bob", "11:30"),
        p().reviewed(by(None, ReviewState::Approved)),
        p().approved("bob", "11:00").last(|it| it.commit = None),
        p().approved("bob", "11:00")
            .last(|it| it.author_can_push = None),
        p().reviewed(by(None, ReviewState::ChangesRequested))
            .approved("bob", "11:00"),
    ] {
        let explanation = explain(&pull);
        let messages: Vec<&String> = match &explanation.verdict {
            Verdict::NonCompliant { reasons, .. } => reasons.iter().map(|it| &it.message).collect(),
            Verdict::Undetermined { missing } => missing.iter().map(|it| &it.message).collect(),
            verdict => panic!("{verdict:?}"),
        };
        for message in messages {
            let said = explanation
                .requirements
                .iter()
                .any(|it| it.because.contains(message));
            assert!(
                said,
                "{message} is in none of {:?}",
                explanation.requirements
            );
        }
    }
}
