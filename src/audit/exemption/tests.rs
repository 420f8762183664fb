//! For whom, where and when an exemption holds.

use jiff::Timestamp;

use super::*;
use crate::audit::fixtures::{actor, app, commit, linked, pull_request, unlinked, user};

/// For dependabot and release-manager, in `pay*`, to the end of the year.
fn exemption() -> Exemption {
    Exemption {
        name: "updates".to_owned(),
        authors: vec!["app/dependabot".to_owned(), "release-manager".to_owned()],
        repositories: vec!["pay*".to_owned()],
        expiration_time: "2026-12-31T00:00:00Z".parse().unwrap(),
    }
}

/// A word for what an exemption says: `holds`, `unknown`, `none`, or why not.
fn said(exemption: Exemption, pull: &PullRequest) -> String {
    let exemptions = Exemptions::new(&[exemption]).unwrap();
    match exemptions.standing(pull) {
        Standing::Holds { .. } => "holds".to_owned(),
        Standing::Unknown(_) => "unknown".to_owned(),
        Standing::None => "none".to_owned(),
        Standing::Not(why) => why,
    }
}

/// Opened by dependabot, of commits that it made through GitHub's API.
fn update() -> PullRequest {
    pull_request()
        .opened_by(app("dependabot"))
        .committed(vec![commit("head").by_app("dependabot")])
}

fn update_of(commits: Vec<Commit>) -> PullRequest {
    update().committed(commits)
}

#[test]
fn it_is_about_its_authors_in_its_repositories() {
    let elsewhere = {
        let mut pull = update();
        "web".clone_into(&mut pull.repository.name);
        pull
    };
    let capital = {
        let mut pull = update();
        "PayRoll".clone_into(&mut pull.repository.name);
        pull
    };
    let cases = [
        ("by the app", update(), "holds"),
        ("in a repository of another name", elsewhere, "none"),
        ("in a repository in other letters", capital, "holds"),
        (
            "by another app",
            update().opened_by(app("renovate")),
            "none",
        ),
        (
            "by a person of the app's name",
            update().opened_by(user("dependabot")),
            "none",
        ),
        (
            "by a placeholder of a person's name",
            update().opened_by(actor("release-manager", ActorKind::Mannequin)),
            "none",
        ),
        (
            "by an app of a person's name",
            update().opened_by(app("release-manager")),
            "none",
        ),
        ("by a person who is not named", pull_request(), "none"),
        (
            "by a deleted account",
            PullRequest {
                author: None,
                ..update()
            },
            "none",
        ),
    ];
    for (sentence, pull, expected) in cases {
        assert_eq!(said(exemption(), &pull), expected, "{sentence}");
    }
}

#[test]
fn every_commit_is_theirs_and_verified() {
    let theirs = || commit("head").by_app("dependabot");
    let unverified = Commit {
        verified: false,
        ..theirs()
    };
    let in_its_name = Commit {
        verified: true,
        ..commit("head").by_app("dependabot").by("mallory")
    };
    let committed_by_another = Commit {
        committer: Some(linked("mallory")),
        ..theirs()
    };
    let by_both = theirs().with(linked("mallory"));
    let with_nobody_known = theirs().with(unlinked("Mallory"));
    let by_github = {
        let mut commit = theirs().in_web_editor();
        commit.authors = vec![unlinked("dependabot[bot]")];
        commit
    };
    let pushed_by_a_person = commit("fix").by("mallory");
    let updated = commit("head").by("mallory").merging(&["first", "base"]);
    let not = "the exemption updates does not hold: commit head is not verified, or somebody else has a part in it";
    let cases = [
        ("its own", vec![theirs()], "holds"),
        ("its own, signed by GitHub", vec![by_github], "holds"),
        ("not verified", vec![unverified], not),
        ("somebody else's", vec![in_its_name], not),
        (
            "committed by somebody else",
            vec![committed_by_another],
            not,
        ),
        ("co-authored by somebody else", vec![by_both], not),
        (
            "co-authored by nobody knows whom",
            vec![with_nobody_known],
            not,
        ),
        (
            "a person's commit on top",
            vec![theirs(), pushed_by_a_person],
            "the exemption updates does not hold: commit fix is not verified, or somebody else has a part in it",
        ),
        (
            "updated from the base branch by a person",
            vec![theirs(), updated],
            not,
        ),
    ];
    for (sentence, commits, expected) in cases {
        assert_eq!(
            said(exemption(), &update_of(commits)),
            expected,
            "{sentence}"
        );
    }
}

#[test]
fn a_person_who_is_named_signs_their_commits() {
    let by = |verified| Commit {
        verified,
        ..commit("head").by("Release-Manager")
    };
    let opened = |commit| {
        let pull = pull_request().opened_by(user("release-manager"));
        pull.committed(vec![commit])
    };
    assert_eq!(said(exemption(), &opened(by(true))), "holds");
    assert_ne!(said(exemption(), &opened(by(false))), "holds");
    let on_the_web = by(true).in_web_editor();
    assert_eq!(said(exemption(), &opened(on_the_web)), "holds");
}

#[test]
fn unlisted_commits_leave_it_open() {
    let cut = |pull| PullRequest {
        commits_total: 300,
        ..pull
    };
    assert_eq!(said(exemption(), &cut(update())), "unknown");
    assert_eq!(
        said(
            exemption(),
            &PullRequest {
                commits: Vec::new(),
                ..update()
            }
        ),
        "unknown"
    );
    let foreign = update_of(vec![commit("head")]);
    assert!(said(exemption(), &cut(foreign)).contains("does not hold"));
    // Of everybody, commits are not asked.
    let everybody = Exemption {
        authors: Vec::new(),
        ..exemption()
    };
    assert_eq!(said(everybody, &cut(pull_request())), "holds");
}

#[test]
fn it_holds_for_a_term_of_a_year_at_most() {
    let ending = |text: &str| {
        let expiration_time: Timestamp = text.parse().unwrap();
        let exemption = Exemption {
            expiration_time,
            ..exemption()
        };
        said(exemption, &update())
    };
    // Merged at noon of 2026-03-02.
    assert_eq!(ending("2026-03-02T12:00:01Z"), "holds");
    assert!(ending("2026-03-02T12:00:00Z").contains("it expired at 2026-03-02T12:00:00Z"));
    assert_eq!(ending("2027-03-03T12:00:00Z"), "holds");
    assert!(ending("2027-03-03T12:00:01Z").contains("only for the year before that"));
}

#[test]
fn the_first_that_holds_decides() {
    let expired = Exemption {
        name: "old".to_owned(),
        expiration_time: "2026-01-01T00:00:00Z".parse().unwrap(),
        ..exemption()
    };
    let second = Exemption {
        name: "second".to_owned(),
        ..exemption()
    };
    let exemptions = Exemptions::new(&[expired.clone(), exemption(), second]).unwrap();
    let pull = update();
    let Standing::Holds { exemption, ground } = exemptions.standing(&pull) else {
        panic!("it does not hold");
    };
    assert_eq!(exemption.name, "updates");
    assert_eq!(
        ground,
        "every commit is verified and by dependabot only, merged in payments at 2026-03-02T12:00:00Z, before the exemption \
         ends at 2026-12-31T00:00:00Z"
    );
    let both = Exemptions::new(&[expired.clone(), expired]).unwrap();
    assert!(matches!(both.standing(&pull), Standing::Not(_)));
}
