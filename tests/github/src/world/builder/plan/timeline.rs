//! What a pull request's timeline tells besides commits and reviews.
use super::{super::story::Action, PullRequestBuilder};

impl PullRequestBuilder<'_> {
    /// Puts a label on.
    #[must_use]
    pub fn labeled_by(self, login: &str, label: &str) -> Self {
        self.step(login, Action::Label(label.to_owned()))
    }

    /// Takes a label off.
    #[must_use]
    pub fn unlabeled_by(self, login: &str, label: &str) -> Self {
        self.step(login, Action::Unlabel(label.to_owned()))
    }

    /// Adds it to the merge queue.
    #[must_use]
    pub fn queued_by(self, login: &str) -> Self {
        self.step(login, Action::Queue)
    }

    /// Enables auto-merge.
    #[must_use]
    pub fn auto_merge_enabled_by(self, login: &str) -> Self {
        self.step(login, Action::AutoMerge)
    }

    /// Changes the base branch from another one to [`Self::base`].
    #[must_use]
    pub fn base_changed_by(self, login: &str, from: &str) -> Self {
        self.step(
            login,
            Action::ChangeBase {
                from: from.to_owned(),
            },
        )
    }

    /// Edits the description.
    #[must_use]
    pub fn body_edited_by(self, login: &str, text: &str) -> Self {
        self.step(login, Action::EditBody(text.to_owned()))
    }

    /// Gives it another title.
    #[must_use]
    pub fn retitled_by(self, login: &str, title: &str) -> Self {
        self.step(login, Action::Retitle(title.to_owned()))
    }

    /// GitHub does not know any more which commit the last review before this was of.
    #[must_use]
    pub fn reviewed_commit_lost(self) -> Self {
        self.step("ghost", Action::LoseReviewedCommit)
    }

    /// Makes a draft ready for review; it begins as a draft then.
    #[must_use]
    pub fn readied_by(self, login: &str) -> Self {
        self.draft().step(login, Action::Ready)
    }

    /// Closes it and opens it again.
    #[must_use]
    pub fn reopened_by(self, login: &str) -> Self {
        self.step(login, Action::Reopen)
    }
}
