//! Whether who acknowledges a finding is somebody else than who made the change, as far as a map from GitHub's accounts to the
//! cluster's users knows.

use std::collections::BTreeMap;

use super::facts::Actor;
use super::finding::{Finding, Independence};

/// The user of each account, by the account's `databaseId`. Logins would not do: they can be renamed, and taken over.
pub type Users = BTreeMap<i64, String>;

/// Verified where the map knows who acknowledges and the change's author and merger, and they differ; the same person where it
/// knows that they are; else unverified. Apps are nobody: a merge queue acknowledges nothing.
pub fn independence(by: &str, finding: &Finding, users: &Users) -> Independence {
    let people = [&finding.author, &finding.merged_by];
    let user = |person: &Actor| person.id.and_then(|id| users.get(&id));
    let is_same = |person: &Actor| user(person).is_some_and(|user| user == by);
    if people.iter().any(|it| it.as_ref().is_some_and(is_same)) {
        return Independence::SamePerson;
    }
    let is_known = |person: &Actor| !person.is_human() || user(person).is_some();
    let knows_people = people.iter().all(|it| it.as_ref().is_some_and(is_known));
    if knows_people && users.values().any(|user| user == by) {
        Independence::Verified
    } else {
        Independence::Unverified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::facts::ActorKind;
    use crate::audit::fixtures;

    fn account(id: i64, kind: ActorKind) -> Actor {
        Actor {
            id: Some(id),
            login: format!("account-{id}"),
            kind,
        }
    }

    fn finding(author: Option<Actor>, merged_by: Option<Actor>) -> Finding {
        Finding {
            author,
            merged_by,
            ..fixtures::finding()
        }
    }

    #[test]
    fn only_a_map_that_knows_everybody_verifies() {
        let users: Users = [(1, "alice"), (2, "bob"), (3, "carol")]
            .map(|(id, user)| (id, user.to_owned()))
            .into();
        let human = |id| Some(account(id, ActorKind::User));
        let by = |by, author, merger| independence(by, &finding(author, merger), &users);
        assert_eq!(by("carol", human(1), human(2)), Independence::Verified);
        assert_eq!(by("alice", human(1), human(2)), Independence::SamePerson);
        assert_eq!(by("bob", human(1), human(2)), Independence::SamePerson);
        assert_eq!(by("bob", human(9), human(2)), Independence::SamePerson);
        assert_eq!(by("carol", human(9), human(2)), Independence::Unverified);
        assert_eq!(by("dave", human(1), human(2)), Independence::Unverified);
        assert_eq!(by("carol", None, human(2)), Independence::Unverified);
        let queue = Some(account(7, ActorKind::Bot));
        assert_eq!(by("carol", human(1), queue), Independence::Verified);
        let nobody = Users::new();
        let unknown = independence("carol", &finding(human(1), human(2)), &nobody);
        assert_eq!(unknown, Independence::Unverified);
    }
}
