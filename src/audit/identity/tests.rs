//! Tests of identities and names.

use proptest::prelude::*;
use regex::Regex;

use super::*;
use crate::audit::evaluate::Judge;
use crate::audit::finding::EvidenceReference;
use crate::audit::fixtures::{judging, pull_request, requirements};

fn push(branch: &str, before: &str, after: &str) -> ChangeIdentity {
    ChangeIdentity {
        host: "github.com".to_owned(),
        organization_id: 1,
        repository_id: 20,
        change: ChangeKey::Push {
            branch: branch.to_owned(),
            before: before.to_owned(),
            after: after.to_owned(),
        },
    }
}

fn finding() -> Finding {
    let judge = Judge::new(&requirements()).unwrap();
    let record = judging(&judge).record(pull_request());
    let evidence = EvidenceReference {
        sequence: 7,
        digest: Digest::of(b"entry"),
        location: "records/example.jsonl.gz".to_owned(),
    };
    Finding::from_record(&record, evidence).unwrap()
}

#[test]
fn the_identity_of_a_change_outlives_every_name() {
    let before = ChangeIdentity::of_pull_request("github.com", &pull_request());
    let mut renamed = pull_request();
    "acme-inc".clone_into(&mut renamed.organization.login);
    "billing".clone_into(&mut renamed.repository.name);
    let after = ChangeIdentity::of_pull_request("GitHub.com", &renamed);
    assert_eq!(before, after);
    assert_eq!(before.digest(), after.digest());
}

/// Names of findings and archives in the field depend on these: if this fails, the code is wrong, not the test.
#[test]
fn digests_and_names_stay_what_they_always_were() {
    let pull = ChangeIdentity::of_pull_request("github.com", &pull_request());
    let canonical = "10:github.com,1:1,2:20,4:pull,4:1234,";
    assert_eq!(pull.digest(), Digest::of(canonical.as_bytes()));
    let canonical = "10:github.com,1:1,2:20,4:push,4:main,2:aa,2:bb,";
    assert_eq!(
        push("main", "aa", "bb").digest(),
        Digest::of(canonical.as_bytes())
    );
    assert_eq!(
        finding_name("soc2-cc8-1", &finding()),
        "soc2-cc8-1-payments-1234-2c51830993742d04"
    );
}

#[test]
fn no_two_changes_share_a_digest_by_moving_text_between_parts() {
    let digests = [
        push("a", "b", "c"),
        push("a1:b,", "", "c"),
        push("", "ab", "c"),
        push("ab", "", "c"),
    ]
    .map(|identity| identity.digest());
    let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
}

#[test]
fn the_same_change_has_another_finding_in_another_policy() {
    let hash = |policy| finding_name(policy, &finding()).split_off(policy.len());
    assert_ne!(hash("policy-a"), hash("policy-b"));
}

#[test]
fn the_finding_of_a_push_shows_where_it_led() {
    let mut finding = finding();
    finding.identity = push("main", &"a".repeat(40), &"b".repeat(40));
    let name = finding_name("soc2", &finding);
    assert!(name.starts_with("soc2-payments-bbbbbbbbbbbb-"), "{name}");
}

/// The pattern of the API server for a resource's name.
fn is_name(text: &str) -> bool {
    let pattern =
        Regex::new(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$").unwrap();
    text.len() <= 253 && pattern.is_match(text)
}

proptest! {

    #[test]
    fn any_names_make_a_valid_name(policy in "\\PC{0,120}", repository in "\\PC{0,120}|[-.a-zA-Z]{0,120}", number: i64, branch in ".*", after in ".*") {
        let mut finding = finding();
        finding.repository.name = repository;
        finding.identity.change = ChangeKey::PullRequest { number };
        let pull = finding_name(&policy, &finding);
        prop_assert!(is_name(&pull), "{pull:?}");
        finding.identity = push(&branch, "", &after);
        let push = finding_name(&policy, &finding);
        prop_assert!(is_name(&push), "{push:?}");
        prop_assert_ne!(pull, push);
    }

    #[test]
    fn different_numbers_have_different_digests(one: i64, other: i64) {
        let identity = |number| ChangeIdentity { change: ChangeKey::PullRequest { number }, ..push("", "", "") };
        prop_assert_eq!(identity(one).digest() == identity(other).digest(), one == other);
    }
}
