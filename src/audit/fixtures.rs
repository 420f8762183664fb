//! Builders for facts, so that a test reads as what happened: opened by alice, committed, approved by bob at eleven, merged at
//! twelve.

use jiff::{SignedDuration, Timestamp};

use super::evaluate::Judge;
use super::facts::{
    Actor, ActorKind, Commit, Contributor, Dismissal, LabelEvent, Organization, PullRequest,
    Repository, Review, ReviewState, TitleRename,
};
use super::finding::{Acknowledgement, Disposition, EvidenceReference, Finding, Independence};
use super::record::Judging;
use super::requirements::{ApprovedCommit, Approver, IndependentOf, Permission, Requirements};
use crate::digest::Digest;

/// The requirements of the smallest policy.
pub(crate) fn requirements() -> Requirements {
    Requirements {
        approvals: 1,
        approved_commit: ApprovedCommit::Head,
        approver: Approver {
            permission: Permission::Write,
            independent_of: IndependentOf::CommitAuthors,
            bots: Vec::new(),
        },
        rules: Vec::new(),
        exemptions: Vec::new(),
        emergency: None,
        severities: Vec::new(),
        owners: Vec::new(),
    }
}

/// A time on the day of the merge, such as `11:30`; the merge is at `12:00`.
pub(crate) fn at(time: &str) -> Timestamp {
    format!("2026-03-02T{time}:00Z").parse().unwrap()
}

/// A person. The id follows from the login.
pub(crate) fn user(login: &str) -> Actor {
    actor(login, ActorKind::User)
}

/// An app's bot.
pub(crate) fn app(login: &str) -> Actor {
    actor(login, ActorKind::Bot)
}

/// An account of any kind.
pub(crate) fn actor(login: &str, kind: ActorKind) -> Actor {
    let step = |id: i64, byte: u8| (id * 31 + i64::from(byte)) % 1_000_003;
    Actor {
        id: Some(login.bytes().fold(7, step)),
        login: login.to_owned(),
        kind,
    }
}

/// Somebody behind a commit, with an account.
pub(crate) fn linked(login: &str) -> Contributor {
    Contributor {
        user: Some(user(login)),
        name: Some(login.to_owned()),
    }
}

/// Somebody behind a commit, whose e-mail address is linked to no account.
pub(crate) fn unlinked(name: &str) -> Contributor {
    Contributor {
        user: None,
        name: Some(name.to_owned()),
    }
}

/// A commit by alice.
pub(crate) fn commit(oid: &str) -> Commit {
    Commit {
        oid: oid.to_owned(),
        authors: vec![linked("alice")],
        committer: Some(linked("alice")),
        made_by_github: false,
        verified: false,
        accepted_suggestion: false,
        parents: 1,
        parent_oids: Vec::new(),
    }
}

/// A pull request by alice: one commit `head`, merged at noon by mallory, read a minute later, and never reviewed.
pub(crate) fn pull_request() -> PullRequest {
    PullRequest {
        organization: Organization {
            id: 1,
            login: "acme".to_owned(),
        },
        repository: Repository {
            id: 20,
            name: "payments".to_owned(),
            default_branch: Some("main".to_owned()),
            archived: false,
        },
        node_id: "PR_kwDOexample".to_owned(),
        number: 1234,
        url: "https://github.com/acme/payments/pull/1234".to_owned(),
        title: "Round up".to_owned(),
        title_renames: Vec::new(),
        author: Some(user("alice")),
        merged_by: Some(user("mallory")),
        created_at: at("09:00"),
        merged_at: at("12:00"),
        base_branch: "main".to_owned(),
        head_commit: "head".to_owned(),
        merge_commit: Some("merged".to_owned()),
        reviews: Vec::new(),
        dismissals: Vec::new(),
        commits: vec![commit("head")],
        body: None,
        body_edited_at: None,
        labels: Vec::new(),
        commits_total: 1,
        observed_at: at("12:01"),
    }
}

/// A review of the head by somebody who may write.
pub(crate) fn review(author: Option<Actor>, state: ReviewState, time: &str) -> Review {
    let who = author.as_ref().map_or("ghost", |author| &author.login);
    Review {
        id: format!("{who} {time}"),
        state,
        submitted_at: Some(at(time)),
        author,
        commit: Some("head".to_owned()),
        author_can_push: Some(true),
    }
}

/// Reviews are of `head` and by people who may write, where nothing else is said.
impl PullRequest {
    /// A review.
    pub(crate) fn reviewed(mut self, review: Review) -> Self {
        self.reviews.push(review);
        self
    }

    /// An approval.
    pub(crate) fn approved(self, login: &str, time: &str) -> Self {
        self.reviewed(review(Some(user(login)), ReviewState::Approved, time))
    }

    /// An approval of this commit.
    pub(crate) fn approved_on(self, login: &str, time: &str, oid: &str) -> Self {
        self.approved(login, time)
            .last(|it| it.commit = Some(oid.to_owned()))
    }

    /// A request for changes.
    pub(crate) fn refused(self, login: &str, time: &str) -> Self {
        self.reviewed(review(
            Some(user(login)),
            ReviewState::ChangesRequested,
            time,
        ))
    }

    /// A comment.
    pub(crate) fn commented(self, login: &str, time: &str) -> Self {
        self.reviewed(review(Some(user(login)), ReviewState::Commented, time))
    }

    /// Changes the last review.
    pub(crate) fn last(mut self, change: impl FnOnce(&mut Review)) -> Self {
        change(self.reviews.last_mut().unwrap());
        self
    }

    /// Dismisses the last review.
    pub(crate) fn dismissed(mut self, time: &str) -> Self {
        let review = self.reviews.last_mut().unwrap();
        self.dismissals.push(Dismissal {
            review: Some(review.id.clone()),
            at: at(time),
            by: Some(user("mallory")),
            previous_state: review.state,
        });
        review.state = ReviewState::Dismissed;
        self
    }

    /// A label is put on.
    pub(crate) fn labeled(self, name: &str, by: &str, time: &str) -> Self {
        self.label_event(name, by, time, true)
    }

    /// A label is taken off.
    pub(crate) fn unlabeled(self, name: &str, by: &str, time: &str) -> Self {
        self.label_event(name, by, time, false)
    }

    fn label_event(mut self, name: &str, by: &str, time: &str, added: bool) -> Self {
        self.labels.push(LabelEvent {
            name: name.to_owned(),
            added,
            at: at(time),
            by: Some(user(by)),
        });
        self
    }

    /// Gets another title, by mallory.
    pub(crate) fn retitled(mut self, title: &str, time: &str) -> Self {
        let previous_title = std::mem::replace(&mut self.title, title.to_owned());
        self.title_renames.push(TitleRename {
            previous_title,
            current_title: title.to_owned(),
            at: at(time),
            by: Some(user("mallory")),
        });
        self
    }

    /// With this description, never edited.
    pub(crate) fn described(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    /// Opened by somebody else than alice.
    pub(crate) fn opened_by(mut self, author: Actor) -> Self {
        self.author = Some(author);
        self
    }

    /// The commits, instead of the one.
    pub(crate) fn committed(mut self, commits: Vec<Commit>) -> Self {
        self.commits_total = i64::try_from(commits.len()).unwrap();
        self.head_commit.clone_from(&commits.last().unwrap().oid);
        self.commits = commits;
        self
    }

    /// Reads the facts this many hours after the merge.
    pub(crate) fn observed_after(mut self, hours: i64) -> Self {
        self.observed_at = self.merged_at + SignedDuration::from_hours(hours);
        self
    }
}

impl Commit {
    /// By this person instead.
    pub(crate) fn by(mut self, login: &str) -> Self {
        self.authors = vec![linked(login)];
        self.committer = Some(linked(login));
        self
    }

    /// Made and signed by this app through GitHub's API: GitHub knows an app's commits by a user of that name.
    pub(crate) fn by_app(mut self, app: &str) -> Self {
        self = self.by(&format!("{app}[bot]"));
        self.verified = true;
        self
    }

    /// With this person, too.
    pub(crate) fn with(mut self, author: Contributor) -> Self {
        self.authors.push(author);
        self
    }

    /// Made by GitHub for its author: in the web editor.
    pub(crate) fn in_web_editor(mut self) -> Self {
        self.committer = None;
        self.made_by_github = true;
        self.verified = true;
        self
    }

    /// Made by GitHub for its author: an accepted suggestion of this person.
    pub(crate) fn suggested_by(mut self, login: &str) -> Self {
        self.accepted_suggestion = true;
        self.with(linked(login)).in_web_editor()
    }

    /// Made by GitHub for its author: a merge of these parents.
    pub(crate) fn merging(mut self, parents: &[&str]) -> Self {
        self.parents = i64::try_from(parents.len()).unwrap();
        self.parent_oids = parents.iter().map(|&oid| oid.to_owned()).collect();
        self.in_web_editor()
    }
}

/// Judging at half past twelve, with a chain that began in the morning and an hour of overlap.
pub(crate) fn judging(judge: &Judge) -> Judging<'_> {
    Judging {
        host: "github.com",
        genesis: at("08:00"),
        overlap: SignedDuration::from_hours(1),
        judge,
        policy_digest: Digest::of(b"policy"),
        now: at("12:30"),
    }
}

/// The finding that nobody's approval of the [`pull_request`] is, recorded at half past twelve.
pub(crate) fn finding() -> Finding {
    let judge = Judge::new(&requirements()).unwrap();
    let record = judging(&judge).record(pull_request());
    let evidence = EvidenceReference {
        sequence: 2,
        digest: Digest::of(b"run"),
        location: "records".to_owned(),
    };
    Finding::from_record(&record, evidence).unwrap()
}

/// A finding whose risk Carol accepted at 13:00, with a term or for good.
pub(crate) fn acknowledged(finding: Finding, until: Option<&str>) -> Finding {
    Finding {
        acknowledgement: Some(Acknowledgement {
            sequence: 3,
            disposition: Disposition::AcceptedRisk,
            reason: "known".to_owned(),
            ticket: None,
            acknowledged_by: "carol".to_owned(),
            expiration_time: until.map(at),
            independence: Independence::Unverified,
        }),
        closed_at: until.is_none().then(|| at("13:00")),
        ..finding
    }
}
