//! Commits over REST: one, those of a branch, and what one has that another has not.
use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Paging, user};
use crate::{
    exchange::{Ask, Reply},
    id::NodeId,
    search::Place,
    world::{Commit, Person, World},
};

/// Commits of a comparison that is not asked for in pages.
const COMPARED: usize = 250;

/// The commit that a branch, `heads/BRANCH` or a whole or shortened object id names.
pub(super) fn find<'w>(place: Place<'w>, name: &str) -> Option<&'w Commit> {
    let repository = place.repository;
    let branch = name.strip_prefix("refs/").unwrap_or(name);
    let branch = branch.strip_prefix("heads/").unwrap_or(branch);
    let oid = repository.branches.get(branch).map_or(name, String::as_str);
    repository.commits.get(oid).or_else(|| {
        let begins = |oid: &&String| name.len() >= 7 && oid.starts_with(name);
        let found = repository.commits.keys().find(begins)?;
        repository.commits.get(found)
    })
}

fn unknown(name: &str) -> Reply {
    Reply::error(422, &format!("No commit found for SHA: {name}"))
}

/// `GET …/commits/{ref}`.
pub(super) fn show(world: &World, ask: &Ask, place: Place<'_>, name: &str) -> Reply {
    find(place, name).map_or_else(
        || unknown(name),
        |commit| Reply::json(200, &body(world, ask, place, commit)),
    )
}

/// `GET …/commits`: newest first; `since` and `until` are about the committer's date.
pub(super) fn list(world: &World, ask: &Ask, place: Place<'_>) -> Reply {
    let start = ask
        .parameter("sha")
        .unwrap_or(&place.repository.default_branch);
    if place.repository.commits.is_empty() {
        return Reply::error(409, "Git Repository is empty.");
    }
    let Some(head) = find(place, start) else {
        return Reply::not_found();
    };
    let bound = |name| {
        ask.parameter(name)
            .and_then(|text| text.parse::<Timestamp>().ok())
    };
    let (since, until) = (bound("since"), bound("until"));
    let mut commits = place.repository.history(&head.oid);
    commits.retain(|commit| {
        since.is_none_or(|since| commit.committed_at >= since)
            && until.is_none_or(|until| commit.committed_at <= until)
    });
    pages(world, ask, (place, "commits"), commits)
}

/// A page of commits.
pub(super) fn pages(
    world: &World,
    ask: &Ask,
    (place, path): (Place<'_>, &str),
    commits: Vec<&Commit>,
) -> Reply {
    let paging = Paging::new(ask, commits.len());
    let items: Vec<Value> = paging
        .slice(commits)
        .into_iter()
        .map(|commit| body(world, ask, place, commit))
        .collect();
    let path = format!("/repositories/{}/{path}", place.repository.id);
    paging.link(Reply::json(200, &json!(items)), ask, &path)
}

/// `GET …/compare/{base}...{head}`: what is reachable from the head and not from the base, oldest first.
/// <https://docs.github.com/rest/commits/commits#compare-two-commits>
pub(super) fn compare(world: &World, ask: &Ask, place: Place<'_>, range: &str) -> Reply {
    let ends = range
        .split_once("...")
        .map(|(base, head)| (find(place, base), find(place, head)));
    let Some((Some(base), Some(head))) = ends else {
        return Reply::not_found();
    };
    let (of_base, of_head) = (
        place.repository.history(&base.oid),
        place.repository.history(&head.oid),
    );
    let in_base: BTreeSet<&str> = of_base.iter().map(|commit| commit.oid.as_str()).collect();
    let in_head: BTreeSet<&str> = of_head.iter().map(|commit| commit.oid.as_str()).collect();
    let shared = of_head
        .iter()
        .find(|commit| in_base.contains(commit.oid.as_str()));
    let mut ahead: Vec<&Commit> = of_head
        .iter()
        .copied()
        .filter(|commit| !in_base.contains(commit.oid.as_str()))
        .collect();
    ahead.reverse();
    let behind = in_base.difference(&in_head).count();
    let total = ahead.len();
    let status = match (total, behind) {
        (0, 0) => "identical",
        (_, 0) => "ahead",
        (0, _) => "behind",
        _ => "diverged",
    };
    let paging = Paging::by_default(ask, total, COMPARED);
    let full = |commit: &&Commit| body(world, ask, place, commit);
    let items: Vec<Value> = paging.slice(ahead).iter().map(full).collect();
    let answer = json!({
        "status": status,
        "ahead_by": total,
        "behind_by": behind,
        "total_commits": total,
        "base_commit": full(&base),
        "merge_base_commit": shared.map(full),
        "commits": items,
        "files": [],
    });
    let path = format!("/repositories/{}/compare/{range}", place.repository.id);
    paging.link(Reply::json(200, &answer), ask, &path)
}

/// A commit.
pub(super) fn body(world: &World, ask: &Ask, place: Place<'_>, commit: &Commit) -> Value {
    let full_name = format!("{}/{}", place.organization.login, place.repository.name);
    let address = |oid: &str| format!("{}/repos/{full_name}/commits/{oid}", ask.base());
    let parents: Vec<Value> = commit
        .parents
        .iter()
        .map(|oid| json!({ "sha": oid, "url": address(oid) }))
        .collect();
    let reason = if commit.signed_by_github {
        "valid"
    } else {
        "unsigned"
    };
    json!({
        "sha": commit.oid,
        "node_id": NodeId::Commit(place.repository.id, commit.oid.clone()).encode(),
        "url": address(&commit.oid),
        "html_url": format!("https://github.com/{full_name}/commit/{}", commit.oid),
        "commit": {
            "author": commit.authors.first().map(|author| person(author, commit.authored_at)),
            "committer": person(&commit.committer, commit.committed_at),
            "message": commit.message,
            "verification": { "verified": commit.signed_by_github, "reason": reason },
        },
        "author": commit.authors.first().and_then(|author| account(world, author)),
        "committer": account(world, &commit.committer),
        "parents": parents,
    })
}

fn person(person: &Person, date: Timestamp) -> Value {
    json!({ "name": person.name, "email": person.email, "date": date })
}

fn account(world: &World, person: &Person) -> Option<Value> {
    person.user.and_then(|id| world.users.get(&id)).map(user)
}
