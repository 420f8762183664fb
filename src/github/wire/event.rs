//! The shapes of reviews and of what happened to a pull request: dismissals, labels and titles.

use jiff::Timestamp;
use serde::Deserialize;

use super::{Actor, Id, Oid, Unusable, title};
use crate::audit::facts::{self, ReviewState};

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::github) struct Review {
    id: String,
    state: String,
    submitted_at: Option<Timestamp>,
    author: Option<Actor>,
    commit: Option<Oid>,
    author_can_push_to_repository: Option<bool>,
}

/// One of the timeline's items that are asked for; which fields it has depends on its type.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::github) struct Event {
    #[serde(rename = "__typename")]
    typename: String,
    created_at: Option<Timestamp>,
    actor: Option<Actor>,
    previous_review_state: Option<String>,
    review: Option<Id>,
    label: Option<Label>,
    previous_title: Option<String>,
    current_title: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Label {
    name: String,
}

/// What happened, told apart, each in the order of GitHub.
#[derive(Debug, Default)]
pub(super) struct Events {
    pub(super) dismissals: Vec<facts::Dismissal>,
    pub(super) labels: Vec<facts::LabelEvent>,
    pub(super) title_renames: Vec<facts::TitleRename>,
}

// === impl Review ===

impl Review {
    pub(super) fn into_fact(self) -> Result<facts::Review, Unusable> {
        let state = review_state(&self.state)
            .ok_or_else(|| format!("review {}: unknown state {:?}", self.id, self.state))?;
        // Only a review that is still being written has no time; any other without one would be left out of the order.
        if self.submitted_at.is_none() && state != ReviewState::Pending {
            return Err(format!("review {}: no time of submission", self.id));
        }
        Ok(facts::Review {
            id: self.id,
            state,
            submitted_at: self.submitted_at,
            author: self.author.map(Actor::into_fact),
            commit: self.commit.map(|commit| commit.oid),
            author_can_push: self.author_can_push_to_repository,
        })
    }
}

/// None for a state that did not exist when this was written: what it says of an approval, nobody here knows.
fn review_state(text: &str) -> Option<ReviewState> {
    match text {
        "APPROVED" => Some(ReviewState::Approved),
        "CHANGES_REQUESTED" => Some(ReviewState::ChangesRequested),
        "COMMENTED" => Some(ReviewState::Commented),
        "DISMISSED" => Some(ReviewState::Dismissed),
        "PENDING" => Some(ReviewState::Pending),
        _ => None,
    }
}

// === impl Events ===

impl Events {
    pub(super) fn of(events: Vec<Event>) -> Result<Self, Unusable> {
        let mut sorted = Self::default();
        for event in events {
            match event.typename.as_str() {
                "ReviewDismissedEvent" => sorted.dismissals.push(event.into_dismissal()?),
                "LabeledEvent" => sorted.labels.push(event.into_label(true)?),
                "UnlabeledEvent" => sorted.labels.push(event.into_label(false)?),
                "RenamedTitleEvent" => sorted.title_renames.push(event.into_title_rename()?),
                other => return Err(format!("timelineItems: unknown event {other:?}")),
            }
        }
        Ok(sorted)
    }
}

// === impl Event ===

impl Event {
    fn into_dismissal(self) -> Result<facts::Dismissal, Unusable> {
        let at = self.time()?;
        let previous = self.previous_review_state.unwrap_or_default();
        Ok(facts::Dismissal {
            review: self.review.map(|review| review.id),
            at,
            by: self.actor.map(Actor::into_fact),
            previous_state: review_state(&previous)
                .ok_or_else(|| format!("a dismissal: unknown review state {previous:?}"))?,
        })
    }

    fn into_label(self, added: bool) -> Result<facts::LabelEvent, Unusable> {
        let at = self.time()?;
        let label = self
            .label
            .ok_or_else(|| format!("{}: no label", self.typename))?;
        Ok(facts::LabelEvent {
            name: label.name,
            added,
            at,
            by: self.actor.map(Actor::into_fact),
        })
    }

    fn into_title_rename(self) -> Result<facts::TitleRename, Unusable> {
        let at = self.time()?;
        let (Some(previous), Some(current)) = (self.previous_title, self.current_title) else {
            return Err(format!("{}: no title", self.typename));
        };
        Ok(facts::TitleRename {
            previous_title: title(&previous),
            current_title: title(&current),
            at,
            by: self.actor.map(Actor::into_fact),
        })
    }

    fn time(&self) -> Result<Timestamp, Unusable> {
        self.created_at
            .ok_or_else(|| format!("{}: no time", self.typename))
    }
}
