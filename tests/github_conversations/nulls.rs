//! Null wherever GitHub's schema allows it: either it has a meaning, or something is missing and is named.

use std::collections::BTreeSet;

use futures::StreamExt;
use mergeaudit::audit::facts::PullRequest;
use mergeaudit::github::{Client, Error};
use mergeaudit_test_github::{Fault, FaultKind, Simulator, World, nullable_paths};

use crate::scripted::{TOKEN, client, options};
use crate::simulator::{until, window};

macro_rules! document {
    ($($file:literal),+) => { concat!($(include_str!(concat!("../../src/github/", $file))),+) };
}

const MERGED: &str = document!(
    "merged_pull_requests.graphql",
    "pull_request.graphql",
    "repository.graphql",
    "review.graphql",
    "event.graphql",
    "commit.graphql",
    "git_actor.graphql",
    "actor.graphql"
);

/// Below a pull request: what GitHub says by null, as its schema's descriptions and its pages tell.
const MEANINGS: [&str; 22] = [
    // Accounts that were deleted, that are not linked to an address, or whose kind has no id.
    "author",
    "author.databaseId",
    "mergedBy",
    "mergedBy.databaseId",
    "reviews.nodes.*.author",
    "reviews.nodes.*.author.databaseId",
    "timelineItems.nodes.*.actor",
    "timelineItems.nodes.*.actor.databaseId",
    "commits.nodes.*.commit.committer",
    "commits.nodes.*.commit.committer.name",
    "commits.nodes.*.commit.committer.user",
    "commits.nodes.*.commit.committer.user.databaseId",
    "commits.nodes.*.commit.authors.nodes.*",
    "commits.nodes.*.commit.authors.nodes.*.name",
    "commits.nodes.*.commit.authors.nodes.*.user",
    "commits.nodes.*.commit.authors.nodes.*.user.databaseId",
    // What was never so: edited, signed, merged by a commit, of a commit that still exists.
    "lastEditedAt",
    "commits.nodes.*.commit.signature",
    "mergeCommit",
    "reviews.nodes.*.commit",
    "timelineItems.nodes.*.review",
    "repository.defaultBranchRef",
];

/// One pull request with everything that is asked for: reviews, a dismissal, labels, a co-author.
fn world() -> World {
    let mut world = World::new(7);
    let mut acme = world.organization("acme");
    let mut payments = acme
        .repository("payments")
        .writers(&["alice", "bob", "rita"]);
    payments
        .merged_pull_request("Change")
        .author("alice")
        .co_authored_by("carl")
        .approved_by("rita")
        .dismissed_by("bob", "rita")
        .approved_by("bob")
        .labeled_by("bob", "emergency")
        .merged_at(until())
        .compliant();
    world.token(TOKEN).organization("acme");
    world
}

async fn read(client: &Client) -> (Vec<PullRequest>, Vec<Error>) {
    let organization = client.organization("acme").await.unwrap().to_fact();
    let pages = client.merged_pull_requests(&organization, window());
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for page in pages.collect::<Vec<_>>().await {
        match page {
            Ok(page) => found.extend(page.pull_requests),
            Err(error) => errors.push(error),
        }
    }
    (found, errors)
}

/// How much of each kind of fact there is: what must not become less without a word.
fn extent(pull_request: &PullRequest) -> [usize; 4] {
    [
        pull_request.reviews.len(),
        pull_request.dismissals.len(),
        pull_request.labels.len(),
        pull_request.commits.len(),
    ]
}

#[tokio::test]
async fn every_null_has_a_meaning_or_is_named_as_missing() {
    let github = Simulator::start(world()).unwrap();
    let client = client(&github.url(), options());
    let (whole, errors) = read(&client).await;
    assert_eq!((whole.len(), errors), (1, Vec::new()));
    assert_eq!(extent(&whole[0]), [2, 1, 1, 1]);
    let paths = nullable_paths(MERGED).unwrap();
    let meanings: BTreeSet<String> = MEANINGS
        .iter()
        .map(|path| format!("search.nodes.*.{path}"))
        .collect();
    let unknown: Vec<_> = meanings.difference(&paths).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    for path in paths.iter().filter(|path| !path.starts_with("rateLimit")) {
        let kind = FaultKind::Null { path: path.clone() };
        github.fail(Fault::next(kind).times(20).matching("MergedPullRequests"));
        let (found, errors) = read(&client).await;
        // What is left of the fault.
        github.fail_none();
        // There is no next page to go on to.
        if meanings.contains(path) || path.ends_with("pageInfo.endCursor") {
            assert_eq!(errors, Vec::new(), "{path}");
            assert_eq!(extent(&found[0]), extent(&whole[0]), "{path}");
        } else {
            assert!(
                !errors.is_empty(),
                "{path} is null without a word: {found:?}"
            );
            assert_eq!(found, Vec::new(), "{path}");
        }
    }
}
