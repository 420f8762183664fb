//! What holds of every change, however unlikely: properties of the verdict over generated changes.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;

use super::evaluate::Judge;
use super::facts::{Actor, Commit, Contributor, Dismissal, PullRequest, Review, ReviewState};
use super::fixtures::{app, at, commit, linked, pull_request, requirements, unlinked, user};
use super::requirements::{
    ApprovedCommit, EmergencyMark, Exemption, IndependentOf, Permission, Requirements, Rule,
};
use super::verdict::{Severity, Verdict};

const TIMES: [&str; 5] = ["10:00", "10:30", "11:00", "12:00", "13:00"];
const OIDS: [&str; 4] = ["c0", "c1", "c2", "head"];

fn any_actor() -> impl Strategy<Value = Option<Actor>> {
    let people = ["alice", "bob", "carol", "dave"].map(|login| Some(user(login)));
    select([people.as_slice(), &[Some(app("approver")), None]].concat())
}

fn any_state() -> impl Strategy<Value = ReviewState> {
    select(vec![
        ReviewState::Approved,
        ReviewState::Approved,
        ReviewState::ChangesRequested,
        ReviewState::Commented,
        ReviewState::Dismissed,
    ])
}

/// A review, and its dismissal where it is dismissed and that is known.
fn any_review() -> impl Strategy<Value = (Review, Option<Dismissal>)> {
    let time = || select(TIMES.as_slice());
    let commit = select(vec![Some("c1"), Some("head"), Some("head"), None]);
    let push = select(vec![Some(true), Some(true), Some(false), None]);
    let known = (any::<bool>(), time(), any_state());
    (any_actor(), any_state(), time(), commit, push, known).prop_map(
        |(author, state, time, commit, author_can_push, (known, dismissed, previous_state))| {
            let review = Review {
                id: String::new(),
                state,
                submitted_at: Some(at(time)),
                author,
                commit: commit.map(str::to_owned),
                author_can_push,
            };
            let dismissal = Dismissal {
                review: None,
                at: at(dismissed),
                by: None,
                previous_state,
            };
            let known = known && state == ReviewState::Dismissed;
            (review, known.then_some(dismissal))
        },
    )
}

fn any_contributor() -> impl Strategy<Value = Contributor> {
    select(vec![
        linked("alice"),
        linked("alice"),
        linked("bob"),
        unlinked("Bob"),
        unlinked("helper[bot]"),
    ])
}

fn any_commit() -> impl Strategy<Value = Commit> {
    let people = (any_contributor(), vec(any_contributor(), 0..2));
    let parents = select(vec![
        vec![],
        vec!["c0"],
        vec!["c1", "base"],
        vec!["c1", "c2"],
    ]);
    (people, any::<(bool, bool)>(), parents).prop_map(
        |((author, co_authors), (made_by_github, accepted_suggestion), parents)| Commit {
            verified: made_by_github || accepted_suggestion,
            committer: (!made_by_github).then(|| author.clone()),
            authors: std::iter::once(author).chain(co_authors).collect(),
            made_by_github,
            accepted_suggestion,
            parents: i64::try_from(parents.len()).unwrap(),
            parent_oids: parents.into_iter().map(str::to_owned).collect(),
            ..commit("")
        },
    )
}

fn any_pull_request() -> impl Strategy<Value = PullRequest> {
    let reviews = vec(any_review(), 0..6);
    let commits = vec(any_commit(), OIDS.len());
    (reviews, commits, 0..8_i64, 0..40_i64).prop_map(|(reviews, commits, unlisted, hours)| {
        let mut pull = pull_request().committed(commits).observed_after(hours);
        pull = pull.labeled(
            "emergency",
            "bob",
            TIMES[usize::try_from(unlisted).unwrap() % 5],
        );
        for (commit, oid) in pull.commits.iter_mut().zip(OIDS) {
            oid.clone_into(&mut commit.oid);
        }
        "head".clone_into(&mut pull.head_commit);
        pull.commits_total += (unlisted - 6).max(0);
        for (number, (mut review, dismissal)) in reviews.into_iter().enumerate() {
            review.id = format!("review {number}");
            let of_it = |mut it: Dismissal| {
                it.review = Some(review.id.clone());
                it
            };
            pull.dismissals.extend(dismissal.map(of_it));
            pull.reviews.push(review);
        }
        pull
    })
}

fn any_requirements() -> impl Strategy<Value = Requirements> {
    (0..4_usize, any::<[bool; 6]>()).prop_map(
        |(
            approvals,
            [
                any_commit,
                any_permission,
                any_contributor,
                bots,
                exempt,
                urgent,
            ],
        )| {
            let mut requirements = requirements();
            requirements.approvals = approvals;
            if any_commit {
                requirements.approved_commit = ApprovedCommit::Any;
            }
            if any_permission {
                requirements.approver.permission = Permission::Any;
            }
            if any_contributor {
                requirements.approver.independent_of = IndependentOf::PullRequestAuthor;
            }
            if bots {
                requirements.approver.bots = vec!["approver".to_owned()];
            }
            if exempt {
                requirements.exemptions = vec![Exemption {
                    name: "trusted".to_owned(),
                    authors: vec!["alice".to_owned()],
                    repositories: Vec::new(),
                    expiration_time: at("23:00"),
                }];
            }
            requirements.emergency = urgent.then(|| EmergencyMark {
                labels: vec!["emergency".to_owned()],
                justification_pattern: Some("x".to_owned()),
                review_within_seconds: 60,
            });
            requirements
        },
    )
}

fn verdict(requirements: &Requirements, pull: &PullRequest) -> Verdict {
    Judge::new(requirements).unwrap().evaluate(pull)
}

/// How good a verdict is for the change, to compare.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::NonCompliant { .. } => 0,
        Verdict::Undetermined { .. } => 1,
        Verdict::Compliant | Verdict::Exempt { .. } => 2,
    }
}

/// The change, and the same in another order.
fn reordered() -> impl Strategy<Value = (PullRequest, PullRequest)> {
    any_pull_request().prop_flat_map(|pull| {
        let reviews = Just(pull.reviews.clone()).prop_shuffle();
        let commits = Just(pull.commits.clone()).prop_shuffle();
        let dismissals = Just(pull.dismissals.clone()).prop_shuffle();
        (Just(pull), reviews, commits, dismissals).prop_map(
            |(pull, reviews, commits, dismissals)| {
                let other = PullRequest {
                    reviews,
                    dismissals,
                    commits,
                    ..pull.clone()
                };
                (pull, other)
            },
        )
    })
}

/// Rules over everything whose past GitHub tells, and emergencies.
static DEMANDING: LazyLock<Judge> = LazyLock::new(|| {
    let rule = |name: &str, expression: &str| Rule {
        name: name.to_owned(),
        expression: expression.to_owned(),
        message: None,
        severity: Severity::Warning,
    };
    Judge::new(&Requirements {
        rules: vec![
            rule("title", "change.title == 'Round up'"),
            rule("labels", "change.labels == ['emergency']"),
            rule("approvals", "change.approvals.exists(a, a.login == 'bob')"),
        ],
        emergency: Some(EmergencyMark {
            labels: vec!["emergency".to_owned()],
            justification_pattern: None,
            review_within_seconds: 60,
        }),
        ..requirements()
    })
    .unwrap()
});

/// The change after people retitled it, labelled it otherwise and dismissed what reviews of before the merge they could.
fn tampered_with(mut pull: PullRequest, dismissed: &[bool]) -> PullRequest {
    let merged_at = pull.merged_at;
    for (review, _) in pull
        .reviews
        .iter_mut()
        .zip(dismissed)
        .filter(|(_, it)| **it)
    {
        let is_opinion = matches!(
            review.state,
            ReviewState::Approved | ReviewState::ChangesRequested
        );
        if is_opinion && review.submitted_at.is_some_and(|at| at <= merged_at) {
            pull.dismissals.push(Dismissal {
                review: Some(review.id.clone()),
                at: at("12:01"),
                by: Some(user("mallory")),
                previous_state: std::mem::replace(&mut review.state, ReviewState::Dismissed),
            });
        }
    }
    pull.unlabeled("emergency", "mallory", "12:01")
        .labeled("fine", "mallory", "12:01")
        .labeled("emergency", "mallory", "13:00")
        .retitled("PAY-1", "12:01")
        .retitled("PAY-2", "13:00")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_order_of_reviews_commits_and_dismissals_does_not_matter((pull, other) in reordered(), requirements in any_requirements()) {
        prop_assert_eq!(verdict(&requirements, &pull), verdict(&requirements, &other));
    }

    #[test]
    fn a_comment_changes_nothing(pull in any_pull_request(), (mut comment, _) in any_review(), requirements in any_requirements()) {
        let before = verdict(&requirements, &pull);
        comment.state = ReviewState::Commented;
        "comment".clone_into(&mut comment.id);
        prop_assert_eq!(before, verdict(&requirements, &pull.reviewed(comment)));
    }

    #[test]
    fn what_is_said_after_the_merge_makes_no_verdict_better_or_worse(pull in any_pull_request(), (mut late, _) in any_review(), requirements in any_requirements()) {
        let before = verdict(&requirements, &pull);
        late.submitted_at = Some(at("14:00"));
        "late".clone_into(&mut late.id);
        let after = verdict(&requirements, &pull.reviewed(late));
        prop_assert_eq!(rank(&before), rank(&after));
    }

    #[test]
    fn whatever_people_do_to_it_after_the_merge_the_verdict_stays(pull in any_pull_request(), retitled in of(select(&TIMES[..4])), dismissed in vec(any::<bool>(), 6)) {
        let pull = match retitled {
            Some(time) => pull.retitled("Round down", time),
            None => pull,
        };
        let before = DEMANDING.evaluate(&pull);
        prop_assert_eq!(before, DEMANDING.evaluate(&tampered_with(pull, &dismissed)));
    }

    #[test]
    fn demanding_more_approvals_makes_no_verdict_better(pull in any_pull_request(), mut requirements in any_requirements()) {
        let before = verdict(&requirements, &pull);
        requirements.approvals += 1;
        prop_assert!(rank(&verdict(&requirements, &pull)) <= rank(&before));
    }

    #[test]
    fn a_verdict_always_has_grounds_one_per_type_in_order_and_in_bounds(pull in any_pull_request(), requirements in any_requirements()) {
        let (kinds, messages): (Vec<_>, Vec<_>) = match verdict(&requirements, &pull) {
            Verdict::NonCompliant { reasons, .. } => {
                prop_assert!(reasons.windows(2).all(|pair| pair[0].kind < pair[1].kind), "{:?}", reasons);
                reasons.into_iter().map(|it| (it.kind.to_string(), it.message)).unzip()
            }
            Verdict::Undetermined { missing } => {
                prop_assert!(missing.windows(2).all(|pair| pair[0].kind < pair[1].kind), "{:?}", missing);
                missing.into_iter().map(|it| (it.kind.as_str().to_owned(), it.message)).unzip()
            }
            Verdict::Compliant | Verdict::Exempt { .. } => return Ok(()),
        };
        prop_assert!(!kinds.is_empty());
        for message in messages {
            prop_assert!(!message.is_empty() && message.chars().count() <= 512, "{message}");
        }
    }

    #[test]
    fn an_exemption_makes_no_verdict_worse_and_decides_only_what_was_not_compliant(pull in any_pull_request(), mut requirements in any_requirements()) {
        let exempt = verdict(&requirements, &pull);
        requirements.exemptions.clear();
        let plain = verdict(&requirements, &pull);
        prop_assert!(rank(&plain) <= rank(&exempt));
        prop_assert_eq!(plain == Verdict::Compliant, exempt == Verdict::Compliant);
    }

    /// Whatever a deleted account, an unknown permission or an unknown commit turns out to be, it agrees with a verdict that
    /// was given without knowing.
    #[test]
    fn no_missing_piece_could_have_changed_a_verdict(pull in any_pull_request(), known in vec((any::<bool>(), any::<bool>()), 6), requirements in any_requirements()) {
        let before = verdict(&requirements, &pull);
        let mut revealed = pull;
        for (number, (review, (can_push, of_head))) in revealed.reviews.iter_mut().zip(known).enumerate() {
            let stranger = || user(&format!("stranger-{number}"));
            review.author.get_or_insert_with(stranger);
            review.author_can_push.get_or_insert(can_push);
            let commit = if of_head { "head" } else { "gone" };
            review.commit.get_or_insert_with(|| commit.to_owned());
        }
        let after = verdict(&requirements, &revealed);
        let determined = !matches!(before, Verdict::Undetermined { .. });
        prop_assert!(!determined || rank(&before) == rank(&after), "{before:?} became {after:?}");
    }
}
