//! What GitHub's search cannot reach is owed, and is never taken for nothing.

use jiff::SignedDuration;
use mergeaudit_test_github::{MergeNow, World};

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_with_more_repositories_than_a_search_covers_is_never_checked_to_the_end() {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    for number in 0..=4000 {
        let _ = acme.repository(&format!("service-{number}"));
    }
    let place = Place::new(world);
    for repository in ["service-1", "service-4000"] {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: repository.to_owned(),
            title: "Change".to_owned(),
            author: "alice".to_owned(),
            ..MergeNow::default()
        };
        place.github.merge(&what).unwrap();
    }
    place.set_time(SignedDuration::from_hours(2));
    for _ in 0..2 {
        let opened = place.scan().await.unwrap();
        // GitHub does not say that there is a second one.
        assert_eq!(opened.state.totals.changes, 1);
        let owed = opened.state.oldest_debt();
        assert!(
            owed.is_some() && owed < opened.state.window_until,
            "{owed:?}"
        );
    }
}
