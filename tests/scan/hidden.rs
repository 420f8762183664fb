//! What GitHub hides of an organization is owed, and hides nothing else; what it hides of another is none of its business.

use jiff::SignedDuration;
use mergeaudit_test_github::{Barrier, Fault, FaultKind, World, now};

use crate::place::{Place, empty};

/// One merge that was reviewed.
fn reviewed() -> World {
    let mut world = empty();
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments");
    let _ = payments
        .merged_pull_request("Change")
        .author("alice")
        .approved_by("bob")
        .merged_at(now() - SignedDuration::from_mins(10))
        .compliant();
    world
}

#[tokio::test]
async fn a_repository_that_the_list_leaves_out_is_owed_and_the_others_are_audited() {
    let place = Place::new(reviewed());
    let hidden = Fault::next(FaultKind::HiddenRepository);
    place.github.fail(hidden.matching("Repositories"));
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.totals.compliant, 1);
    let [debt] = opened.state.debts.as_slice() else {
        panic!("{:?}", opened.state.debts)
    };
    assert!(
        debt.reason
            .contains("organization.repositories.nodes.0 FORBIDDEN"),
        "{}",
        debt.reason
    );
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.debts, [], "it is shown again");
}

#[tokio::test]
async fn single_sign_on_of_another_organization_hides_nothing_of_this_one() {
    let mut world = reviewed();
    world.organization("other").repository("secret");
    let place = Place::new(world);
    place.github.world().tokens[0]
        .barriers
        .insert("other".to_owned(), Barrier::SingleSignOn);
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.state.totals.compliant, 1);
    assert_eq!(opened.state.debts, []);
}

#[tokio::test]
async fn whose_credentials_they_are_is_not_worth_a_scan() {
    let place = Place::new(reviewed());
    let broken = Fault::next(FaultKind::Empty { status: 503 });
    place.github.fail(broken.times(4).matching("/user"));
    let opened = place.scan().await.unwrap();
    assert_eq!(opened.principal, None);
    assert_eq!(opened.state.totals.compliant, 1);
}
