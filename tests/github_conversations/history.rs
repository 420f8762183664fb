//! What is read of a pull request's past: what it was called, labelled and described as, and when.

use jiff::SignedDuration;
use mergeaudit::github::Options;
use mergeaudit_test_github::{Simulator, Verdict, World};

use crate::scripted::{TOKEN, client, options};
use crate::simulator::{scan, until};

#[tokio::test]
async fn the_description_and_the_labels_are_read_with_their_history() {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let _ = payments
        .pull_request("Fix")
        .author("alice")
        .body("see bob@example.com")
        .labeled_by("alice", "emergency")
        .unlabeled_by("bob", "emergency")
        .body_edited_by("alice", "Justification: ask bob@example.com")
        .merged_at(until())
        .declare(Verdict::NonCompliant, &[]);
    world.token(TOKEN).organization("acme");
    let github = Simulator::start(world).unwrap();
    let read = async |descriptions| {
        let options = Options {
            descriptions,
            ..options()
        };
        scan(&client(&github.url(), options)).await.swap_remove(0)
    };
    let facts = read(true).await;
    assert_eq!(facts.body.as_deref(), Some("Justification: ask [e-mail]"));
    assert!(facts.body_edited_at.is_some_and(|at| at <= facts.merged_at));
    let labels: Vec<(&str, bool, &str)> = facts
        .labels
        .iter()
        .map(|event| {
            let by = event.by.as_ref().map_or("nobody", |by| by.login.as_str());
            (event.name.as_str(), event.added, by)
        })
        .collect();
    assert_eq!(
        labels,
        [("emergency", true, "alice"), ("emergency", false, "bob")]
    );
    let facts = read(false).await;
    assert_eq!((facts.body, facts.body_edited_at), (None, None));
    assert_eq!(facts.labels.len(), 2);
}

#[tokio::test]
async fn changes_of_a_title_are_read_from_further_pages_too() {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let mut payments = acme.repository("payments").writers(&["alice", "bob"]);
    let named = payments.pull_request("title 0").author("alice");
    let opened = named.created_at(until() - SignedDuration::from_hours(12));
    let renamed = (1..=130).fold(opened, |told, number| {
        told.retitled_by("alice", &format!("title {number}"))
    });
    let _ = renamed
        .merged_at(until())
        .retitled_by("bob", "another title")
        .at(until() + SignedDuration::from_secs(1))
        .declare(Verdict::NonCompliant, &[]);
    world.token(TOKEN).organization("acme");
    let github = Simulator::start(world).unwrap();
    let facts = scan(&client(&github.url(), options())).await.swap_remove(0);
    assert_eq!(facts.title, "another title");
    assert_eq!(facts.title_renames.len(), 131);
    assert_eq!(facts.title_as_of_merge(), Some("title 130"));
    let later = facts.title_renames_after_merge();
    let by = later.first().and_then(|rename| rename.by.as_ref());
    assert_eq!(by.map(|by| by.login.as_str()), Some("bob"));
}
