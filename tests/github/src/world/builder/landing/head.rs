//! What happens on the head branch before the merge.
use jiff::Timestamp;

use super::{
    super::{
        history::{Draft, branch_head, commit},
        story::Hands,
    },
    Landing,
};
use crate::{
    id::UserId,
    world::{EventKind, Person, UserKind},
};

impl Landing<'_> {
    pub(super) fn add_commit(&mut self, time: Timestamp, actor: Option<UserId>, hands: &Hands) {
        let first = match &hands.unlinked {
            Some(name) => Person::unlinked(name),
            None => self.person(actor),
        };
        let mut authors = vec![first.clone()];
        authors.extend(hands.co_authors.iter().map(|user| self.person(*user)));
        let by_github = hands.by_github || (hands.committer.is_none() && self.is_app(actor));
        let committer = match hands.committer {
            _ if by_github => self.github(),
            Some(committer) => self.person(Some(committer)),
            None => first,
        };
        let message = self.message(hands, &authors[1..]);
        let parents = vec![self.pull_request.head_oid.clone()];
        self.put_on_head(Draft {
            authors,
            committer,
            time,
            parents,
            message,
            by_github,
        });
    }

    fn is_app(&self, user: Option<UserId>) -> bool {
        let user = user.and_then(|id| self.users.get(&id));
        user.is_some_and(|user| user.kind == UserKind::Bot)
    }

    fn message(&self, hands: &Hands, co_authors: &[Person]) -> String {
        let headline = match &hands.suggested_by {
            Some(login) => format!("Apply suggestion from @{login}"),
            None => self.pull_request.title.clone(),
        };
        let trailers: Vec<String> = co_authors
            .iter()
            .map(|person| format!("\nCo-authored-by: {} <{}>", person.name, person.email))
            .collect();
        let blank = if trailers.is_empty() { "" } else { "\n" };
        format!("{headline}{blank}{}", trailers.concat())
    }

    fn put_on_head(&mut self, draft: Draft) {
        let oid = commit(self.ids, self.repository, draft);
        self.pull_request.head_oid.clone_from(&oid);
        self.pull_request.commits.push(oid);
    }

    pub(super) fn update_from_base(
        &mut self,
        time: Timestamp,
        actor: Option<UserId>,
        by_hand: bool,
    ) {
        let base = branch_head(self.repository, &self.pull_request.base_name);
        let message = format!(
            "Merge branch '{}' into {}",
            self.pull_request.base_name, self.pull_request.head_name
        );
        let parents = vec![self.pull_request.head_oid.clone(), base];
        let author = self.person(actor);
        let committer = if by_hand {
            author.clone()
        } else {
            self.github()
        };
        self.put_on_head(Draft {
            authors: vec![author],
            committer,
            time,
            parents,
            message,
            by_github: !by_hand,
        });
    }

    pub(super) fn force_push(&mut self, time: Timestamp, actor: Option<UserId>) {
        let before = self.pull_request.head_oid.clone();
        self.pull_request.commits.pop();
        let parent = self
            .repository
            .commits
            .get(&before)
            .and_then(|commit| commit.parents.first());
        self.pull_request.head_oid = parent.cloned().unwrap_or_default();
        self.add_commit(time, actor, &Hands::default());
        let after = self.pull_request.head_oid.clone();
        self.event(time, actor, EventKind::HeadRefForcePushed { before, after });
    }
}
