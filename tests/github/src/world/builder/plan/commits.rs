//! The commits of a pull request: whose hands each went through, updates from the base branch, rewritten heads.
use super::{
    super::story::{Action, Hands, Step},
    PullRequestBuilder,
};

impl PullRequestBuilder<'_> {
    fn commit(self, login: &str, hands: Hands) -> Self {
        self.step(login, Action::Commit(hands))
    }

    fn edit_commit(mut self, change: impl FnOnce(&mut Hands)) -> Self {
        if let Some(Step {
            action: Action::Commit(hands),
            ..
        }) = self.plan.steps.last_mut()
        {
            change(hands);
        }
        self
    }

    /// A commit by somebody; GitHub signs an app's. The first step is always a commit: the author's, if no other is said
    /// first.
    #[must_use]
    pub fn committed_by(self, login: &str) -> Self {
        self.commit(login, Hands::default())
    }

    /// Several commits by somebody.
    #[must_use]
    pub fn committed_often_by(self, login: &str, count: usize) -> Self {
        (0..count).fold(self, |told, _| told.committed_by(login))
    }

    /// A commit by somebody whose e-mail address is linked to no account.
    #[must_use]
    pub fn committed_by_unlinked(self, name: &str) -> Self {
        let unlinked = Some(name.to_owned());
        self.commit(
            "ghost",
            Hands {
                unlinked,
                ..Hands::default()
            },
        )
    }

    /// A commit made in GitHub's web editor: GitHub commits and signs it.
    #[must_use]
    pub fn edited_on_web_by(self, login: &str) -> Self {
        let by_github = true;
        self.commit(
            login,
            Hands {
                by_github,
                ..Hands::default()
            },
        )
    }

    /// Accepts a suggestion of a review: a commit by whoever accepts, with the suggester as co-author.
    #[must_use]
    pub fn suggestion_accepted_by(self, login: &str, suggester: &str) -> Self {
        let co_authors = vec![self.world.user(suggester)];
        let hands = Hands {
            co_authors,
            by_github: true,
            suggested_by: Some(suggester.to_owned()),
            ..Hands::default()
        };
        self.commit(login, hands)
    }

    /// Adds a co-author to the commit said last.
    #[must_use]
    pub fn co_authored_by(self, login: &str) -> Self {
        let user = self.world.user(login);
        self.edit_commit(|hands| hands.co_authors.push(user))
    }

    /// Makes somebody else the committer of the commit said last.
    #[must_use]
    pub fn with_committer(self, login: &str) -> Self {
        let user = self.world.user(login);
        self.edit_commit(|hands| hands.committer = user)
    }

    /// Merges the base branch into the head by GitHub's button: a pure update.
    #[must_use]
    pub fn updated_from_base_by(self, login: &str) -> Self {
        self.step(login, Action::UpdateFromBase { by_hand: false })
    }

    /// Merges the base branch into the head on somebody's own machine: whatever is in that merge, nobody signed it.
    #[must_use]
    pub fn merged_base_by_hand(self, login: &str) -> Self {
        self.step(login, Action::UpdateFromBase { by_hand: true })
    }

    /// Rewrites the head branch's last commit.
    #[must_use]
    pub fn force_pushed_by(self, login: &str) -> Self {
        self.step(login, Action::ForcePush)
    }
}
