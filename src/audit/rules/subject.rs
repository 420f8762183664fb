//! The variable `change` that a rule reads: the change as of its merge, bounded.
//!
//! | field | |
//! |---|---|
//! | `kind` | `PullRequest` |
//! | `organization`, `repository`, `branch` | names; the branch is the one it was merged into, which GitHub lets nobody change afterwards |
//! | `number`, `url` | |
//! | `title` | the title as of the merge; missing where the changes of the title do not lead to the one it has now |
//! | `body` | the description; missing where it was edited after the merge, since nobody knows what it said then |
//! | `author`, `mergedBy` | `login` and `kind` (`User`, `Bot`, …; `Deleted`, with login `ghost`, where nobody knows any more) |
//! | `createdTime`, `mergedTime` | timestamps |
//! | `labels` | names, as of the merge |
//! | `commits` | how many |
//! | `headCommit` | the merged head |
//! | `approvals` | who approved as of the merge: `login`, `kind`, `time`, `commit` (empty where unknown), `counts` (whether it meets the requirements) |
//! | `reviewers` | logins of everybody who had reviewed, in whatever way |
//! | `emergency` | only on an emergency, to be asked with `has`: `label`, `labeledBy`, `justification`, `reviewDueTime` |
//!
//! Names of organizations, repositories and accounts are those at the time of reading: GitHub keeps no history of them. So is
//! the permission behind `counts`; see `approval`. A label goes by the name that its event has.

use cel::Timestamp as CelTimestamp;
use jiff::Timestamp;
use serde::Serialize;

use crate::audit::approval::{Approval, Assessment};
use crate::audit::facts::{Actor, ActorKind, BODY_LIMIT, PullRequest, ReviewState};
use crate::audit::message::cut;
use crate::audit::opinion::OpinionKind;
use crate::audit::verdict::Emergency;

/// The names of the fields.
pub(super) const FIELDS: [&str; 18] = [
    "kind",
    "organization",
    "repository",
    "branch",
    "number",
    "url",
    "title",
    "body",
    "author",
    "mergedBy",
    "createdTime",
    "mergedTime",
    "labels",
    "commits",
    "headCommit",
    "approvals",
    "reviewers",
    "emergency",
];

/// The most items of a list: GitHub allows 100 labels on a pull request.
pub(super) const MAX_ITEMS: usize = 100;

/// How many items every list of an example has.
const EXAMPLES: usize = 10;

/// The most characters of a login, a label, a commit's id.
pub(super) const MAX_NAME: usize = 100;

/// The most characters of any other text but the description.
pub(super) const MAX_TEXT: usize = 512;

/// What is not known of a change: the words of the interpreter where a rule reads it, and those that help.
pub(in crate::audit) type Unknown = (&'static str, &'static str);

const TITLE: Unknown = (
    "No such key: title",
    "GitHub's timeline lacks a change of its title, so what it was at the merge is not known",
);

const BODY: Unknown = (
    "No such key: body",
    "its description was edited after the merge, so what it said then is not known",
);

/// The variable.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::audit) struct Subject {
    kind: &'static str,
    organization: String,
    repository: String,
    branch: String,
    number: i64,
    url: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<String>,
    author: Account,
    merged_by: Account,
    created_time: CelTimestamp,
    merged_time: CelTimestamp,
    labels: Vec<String>,
    commits: i64,
    head_commit: String,
    approvals: Vec<Approved>,
    reviewers: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    emergency: Option<Declared>,
}

#[derive(Debug, Serialize)]
struct Account {
    login: String,
    kind: &'static str,
}

#[derive(Debug, Serialize)]
struct Approved {
    login: String,
    kind: &'static str,
    time: CelTimestamp,
    commit: String,
    counts: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Declared {
    label: String,
    labeled_by: String,
    justification: String,
    review_due_time: CelTimestamp,
}

// === impl Subject ===

impl Subject {
    /// What the rules see of a change. Fails, with the reason, where it is beyond the bounds.
    pub(in crate::audit) fn of(
        assessment: &Assessment<'_>,
        emergency: Option<&Emergency>,
    ) -> Result<Self, String> {
        let pull = assessment.pull;
        Ok(Self {
            kind: "PullRequest",
            organization: text(&pull.organization.login),
            repository: text(&pull.repository.name),
            branch: text(&pull.base_branch),
            number: pull.number,
            url: text(&pull.url),
            title: pull.title_as_of_merge().map(text),
            body: description(assessment),
            author: Account::of(pull.author.as_ref()),
            merged_by: Account::of(pull.merged_by.as_ref()),
            created_time: time(pull.created_at)?,
            merged_time: time(pull.merged_at)?,
            labels: bounded("labels", labels(pull))?,
            commits: pull.commits_total,
            head_commit: name(&pull.head_commit),
            approvals: bounded("approvals", approvals(assessment)?)?,
            reviewers: bounded("reviewers", reviewers(pull))?,
            emergency: emergency.map(Declared::of).transpose()?,
        })
    }

    /// A change that nobody made, of which everything is known: every text is this one, every list is long.
    pub(super) fn example(text: &str) -> Self {
        let text = || text.to_owned();
        let account = || Account {
            login: text(),
            kind: "User",
        };
        let approval = || Approved {
            login: text(),
            kind: "User",
            time: CelTimestamp::default(),
            commit: text(),
            counts: true,
        };
        Self {
            kind: "PullRequest",
            organization: text(),
            repository: text(),
            branch: text(),
            number: 1234,
            url: text(),
            title: Some(text()),
            body: Some(text()),
            author: account(),
            merged_by: account(),
            created_time: CelTimestamp::default(),
            merged_time: CelTimestamp::default(),
            labels: vec![text(); EXAMPLES],
            commits: 1,
            head_commit: text(),
            approvals: std::iter::repeat_with(approval).take(EXAMPLES).collect(),
            reviewers: vec![text(); EXAMPLES],
            emergency: Some(Declared {
                label: text(),
                labeled_by: text(),
                justification: text(),
                review_due_time: CelTimestamp::default(),
            }),
        }
    }

    /// What rules cannot read of this change.
    pub(super) fn unknown(&self) -> Vec<Unknown> {
        let title = self.title.is_none().then_some(TITLE);
        title
            .into_iter()
            .chain(self.body.is_none().then_some(BODY))
            .collect()
    }
}

/// The problem in words that help, where it is that something is not known.
pub(super) fn explained(problem: String, unknown: &[Unknown]) -> String {
    let known = unknown.iter().find(|(words, _)| *words == problem);
    known.map_or(problem, |(_, why)| (*why).to_owned())
}

fn description(assessment: &Assessment<'_>) -> Option<String> {
    let pull = assessment.pull;
    let known = assessment.requirements.needs_description() && !pull.was_edited_after_merge();
    known.then(|| cut(pull.body.as_deref().unwrap_or_default(), BODY_LIMIT))
}

fn labels(pull: &PullRequest) -> Vec<String> {
    let on = pull.labels_as_of_merge().into_iter();
    on.map(|event| name(&event.name)).collect()
}

fn approvals(assessment: &Assessment<'_>) -> Result<Vec<Approved>, String> {
    let mut approvals = Vec::new();
    for person in &assessment.people {
        let standing = person.reviewer.standing;
        let Some(opinion) = standing.filter(|it| matches!(it.kind, OpinionKind::Approved)) else {
            continue;
        };
        let Account { login, kind } = Account::of(person.reviewer.account);
        approvals.push(Approved {
            login,
            kind,
            time: time(opinion.at)?,
            commit: name(opinion.review.commit.as_deref().unwrap_or_default()),
            counts: matches!(person.approval, Approval::Counts),
        });
    }
    Ok(approvals)
}

/// By the time of their first review.
fn reviewers(pull: &PullRequest) -> Vec<String> {
    let mut reviews: Vec<(Timestamp, &str, String)> = pull
        .reviews
        .iter()
        .filter(|review| review.state != ReviewState::Pending)
        .filter_map(|review| {
            let at = review.submitted_at.filter(|at| *at <= pull.merged_at)?;
            let login = Account::of(review.author.as_ref()).login;
            Some((at, review.id.as_str(), login))
        })
        .collect();
    reviews.sort();
    let mut logins: Vec<String> = Vec::new();
    for (_, _, login) in reviews {
        if !logins.contains(&login) {
            logins.push(login);
        }
    }
    logins
}

fn bounded<T>(field: &str, items: Vec<T>) -> Result<Vec<T>, String> {
    if items.len() > MAX_ITEMS {
        let count = items.len();
        return Err(format!("it has {count} {field}, rules see {MAX_ITEMS}"));
    }
    Ok(items)
}

fn name(name: &str) -> String {
    cut(name, MAX_NAME)
}

fn text(text: &str) -> String {
    cut(text, MAX_TEXT)
}

fn time(time: Timestamp) -> Result<CelTimestamp, String> {
    let parsed = time.to_string().parse();
    let invalid = |_| format!("{time} is no time for rules");
    parsed.map(CelTimestamp).map_err(invalid)
}

// === impl Account ===

impl Account {
    fn of(actor: Option<&Actor>) -> Self {
        let Some(actor) = actor else {
            return Self {
                login: "ghost".to_owned(),
                kind: "Deleted",
            };
        };
        Self {
            login: name(&actor.login),
            kind: match actor.kind {
                ActorKind::User => "User",
                ActorKind::Bot => "Bot",
                ActorKind::Mannequin => "Mannequin",
                ActorKind::Organization => "Organization",
                ActorKind::EnterpriseUserAccount => "EnterpriseUserAccount",
                ActorKind::Other => "Other",
            },
        }
    }
}

// === impl Declared ===

impl Declared {
    fn of(emergency: &Emergency) -> Result<Self, String> {
        Ok(Self {
            label: name(&emergency.label),
            labeled_by: Account::of(emergency.labeled_by.as_ref()).login,
            justification: text(emergency.justification.as_deref().unwrap_or_default()),
            review_due_time: time(emergency.review_due_time)?,
        })
    }
}
