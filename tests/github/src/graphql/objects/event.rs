//! The timeline: events, and reviews and commits in between.
use apollo_compiler::resolvers::{ObjectValue, ResolveInfo};
use jiff::Timestamp;

use super::{
    account::{actor, person},
    commit::{CommitObject, PullRequestCommitObject},
    pull_request::LabelObject,
    repository::RefObject,
    review::ReviewObject,
};
use crate::{
    graphql::{
        View,
        connection::page,
        value::{
            Resolved, WEB, leaf, list_argument, object, object_or_null, optional, text_argument,
            time,
        },
    },
    id::NodeId,
    search::Hit,
    world::{Event, EventKind, Review},
};

/// An event.
struct EventObject<'w> {
    view: View<'w>,
    hit: Hit<'w>,
    event: &'w Event,
}

#[derive(Clone, Copy)]
enum Item<'w> {
    Event(&'w Event),
    Review(&'w Review),
    Commit(&'w str),
    /// A merge closes too.
    Closed(Timestamp),
}

/// The end of a pull request.
struct ClosedObject<'w> {
    view: View<'w>,
    hit: Hit<'w>,
    time: Timestamp,
}

/// `timelineItems`, in the order of time; `itemTypes` and `since` choose.
pub(super) fn timeline<'w>(info: &ResolveInfo<'_>, view: View<'w>, hit: Hit<'w>) -> Resolved<'w> {
    let types = list_argument(info, "itemTypes");
    let since: Option<Timestamp> = text_argument(info, "since").and_then(|text| text.parse().ok());
    let mut items: Vec<(Timestamp, Item<'w>)> = all(hit)
        .filter(|(time, item)| {
            types
                .as_ref()
                .is_none_or(|types| types.iter().any(|value| item.is(value)))
                && since.is_none_or(|since| *time >= since)
        })
        .collect();
    items.sort_by_key(|(time, _)| *time);
    let skip = info
        .arguments()
        .get("skip")
        .and_then(serde_json_bytes::Value::as_u64)
        .unwrap_or(0);
    let items: Vec<(Hit<'w>, Item<'w>)> = items
        .into_iter()
        .skip(usize::try_from(skip).unwrap_or(0))
        .map(|(_, item)| (hit, item))
        .collect();
    page(
        "PullRequestTimelineItemsConnection",
        info,
        view,
        items,
        |view, (hit, item)| match item {
            Item::Event(event) => object(EventObject { view, hit, event }),
            Item::Review(review) => object(ReviewObject { view, hit, review }),
            Item::Commit(oid) => object_or_null(PullRequestCommitObject::find(view, hit, oid)),
            Item::Closed(time) => object(ClosedObject { view, hit, time }),
        },
    )
}

fn all(hit: Hit<'_>) -> impl Iterator<Item = (Timestamp, Item<'_>)> {
    let Hit {
        place,
        pull_request,
    } = hit;
    let commits = pull_request.commits.iter().filter_map(move |oid| {
        Some((
            place.repository.commits.get(oid)?.committed_at,
            Item::Commit(oid.as_str()),
        ))
    });
    let reviews = pull_request
        .reviews
        .iter()
        .map(|review| (review.submitted_at, Item::Review(review)));
    let events = pull_request
        .events
        .iter()
        .map(|event| (event.time, Item::Event(event)));
    let closed = pull_request
        .closed_time()
        .map(|time| (time, Item::Closed(time)));
    commits.chain(reviews).chain(events).chain(closed)
}

impl Item<'_> {
    /// Whether `PullRequestTimelineItemsItemType` spells it so: the type's name in capitals.
    fn is(self, value: &str) -> bool {
        let name = match self {
            Self::Event(event) => type_name(&event.kind),
            Self::Review(_) => "PullRequestReview",
            Self::Commit(_) => "PullRequestCommit",
            Self::Closed(_) => "ClosedEvent",
        };
        let letters = value.bytes().filter(|byte| *byte != b'_');
        letters.eq(name.bytes().map(|byte| byte.to_ascii_uppercase()))
    }
}

fn type_name(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Merged { .. } => "MergedEvent",
        EventKind::ReviewDismissed { .. } => "ReviewDismissedEvent",
        EventKind::HeadRefForcePushed { .. } => "HeadRefForcePushedEvent",
        EventKind::BaseRefForcePushed { .. } => "BaseRefForcePushedEvent",
        EventKind::BaseRefChanged { .. } => "BaseRefChangedEvent",
        EventKind::AddedToMergeQueue { .. } => "AddedToMergeQueueEvent",
        EventKind::RemovedFromMergeQueue { .. } => "RemovedFromMergeQueueEvent",
        EventKind::AutoMergeEnabled => "AutoMergeEnabledEvent",
        EventKind::Labeled { .. } => "LabeledEvent",
        EventKind::Unlabeled { .. } => "UnlabeledEvent",
        EventKind::RenamedTitle { .. } => "RenamedTitleEvent",
        EventKind::ReadyForReview => "ReadyForReviewEvent",
        EventKind::Reopened => "ReopenedEvent",
    }
}

impl<'w> EventObject<'w> {
    fn commit(&self, oid: &str) -> Resolved<'w> {
        let Self { view, hit, .. } = *self;
        let place = hit.place;
        object_or_null(
            place
                .repository
                .commits
                .get(oid)
                .map(|commit| CommitObject {
                    view,
                    place,
                    commit,
                }),
        )
    }

    fn review(&self, id: u64) -> Resolved<'w> {
        let Self { view, hit, .. } = *self;
        let review = hit
            .pull_request
            .reviews
            .iter()
            .find(|review| review.id == id);
        object_or_null(review.map(|review| ReviewObject { view, hit, review }))
    }

    fn detail(&self, field: &str) -> Option<Resolved<'w>> {
        let event = self.event;
        Some(match (&event.kind, field) {
            (EventKind::Merged { commit, .. }, "commit") => self.commit(commit),
            (EventKind::Merged { base, .. }, "mergeRefName") => leaf(base.as_str()),
            (EventKind::Merged { base, .. }, "mergeRef") => {
                object_or_null(RefObject::find(self.view, self.hit.place, base))
            }
            (EventKind::ReviewDismissed { review, .. }, "review") => self.review(*review),
            (EventKind::ReviewDismissed { previous, .. }, "previousReviewState") => {
                leaf(previous.as_str())
            }
            (EventKind::ReviewDismissed { message, .. }, "dismissalMessage") => {
                optional(message.as_deref())
            }
            (
                EventKind::HeadRefForcePushed { before, .. }
                | EventKind::BaseRefForcePushed { before, .. },
                "beforeCommit",
            ) => self.commit(before),
            (
                EventKind::HeadRefForcePushed { after, .. }
                | EventKind::BaseRefForcePushed { after, .. },
                "afterCommit",
            ) => self.commit(after),
            (EventKind::BaseRefChanged { previous, .. }, "previousRefName")
            | (EventKind::RenamedTitle { previous, .. }, "previousTitle") => {
                leaf(previous.as_str())
            }
            (EventKind::BaseRefChanged { current, .. }, "currentRefName")
            | (EventKind::RenamedTitle { current, .. }, "currentTitle") => leaf(current.as_str()),
            (EventKind::AddedToMergeQueue { enqueuer }, "enqueuer") => person(self.view, *enqueuer),
            (EventKind::RemovedFromMergeQueue { reason }, "reason") => leaf(reason.as_str()),
            (EventKind::Labeled { label } | EventKind::Unlabeled { label }, "label") => {
                object(LabelObject(label))
            }
            _ => return None,
        })
    }
}

impl ObjectValue for EventObject<'_> {
    fn type_name(&self) -> &'static str {
        type_name(&self.event.kind)
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match info.field_name() {
            "id" => leaf(NodeId::Other("EV", self.event.id.to_string()).encode()),
            "createdAt" => time(self.event.time),
            "actor" => actor(self.view, self.event.actor),
            field => self
                .detail(field)
                .unwrap_or_else(|| Err(self.unknown_field_error(info))),
        }
    }
}

impl ObjectValue for ClosedObject<'_> {
    fn type_name(&self) -> &'static str {
        "ClosedEvent"
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        let Hit {
            place,
            pull_request,
        } = self.hit;
        let path = || {
            let (owner, name) = (&place.organization.login, &place.repository.name);
            format!("/{owner}/{name}/pull/{}#event-closed", pull_request.number)
        };
        match info.field_name() {
            "id" => leaf(NodeId::Other("CE", pull_request.id.to_string()).encode()),
            "createdAt" => time(self.time),
            "actor" => actor(self.view, pull_request.merged_by.or(pull_request.author)),
            "resourcePath" => leaf(path()),
            "url" => leaf(format!("{WEB}{}", path())),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}
