//! A world grown from a seed: organizations with every kind of merge, each with its declared truth.
mod chance;
mod late;
mod scenario;

use std::vec::IntoIter;

use jiff::{SignedDuration, Timestamp};

use self::{
    chance::Chance,
    scenario::{Cast, Scenario, scenarios},
};
use super::{MergeMethod, Permission, Truth, Visibility, World};

/// People with write permission in every seeded repository.
pub const WRITERS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// People who may only read.
pub const READERS: [&str; 2] = ["rita", "rob"];
/// A placeholder of an import.
const PLACEHOLDER: &str = "imported-grace";
/// Names of repositories; after the last one they get numbers.
const REPOSITORIES: [&str; 6] = [
    "payments",
    "ledger",
    "website",
    "infrastructure",
    "mobile",
    "sandbox",
];
/// One whose default branch has another name.
const TRUNK: &str = "ledger";
/// One that is renamed half way, and its new name.
const RENAMED: (&str, &str) = ("mobile", "mobile-app");

/// How much of a world to grow.
#[derive(Debug, Clone)]
pub struct SeedOptions {
    /// Logins of the organizations.
    pub organizations: Vec<String>,
    /// Repositories in each.
    pub repositories: usize,
    /// Merged pull requests in each organization.
    pub pull_requests: usize,
    /// The last merge is at or before this.
    pub until: Timestamp,
    /// The first merge is at most this long before the last. What is declared of approvers without write permission holds for
    /// a day, since GitHub tells permissions as of now.
    pub span: SignedDuration,
    /// A merge is in every replica of the search index at most this long afterwards; zero for at once.
    pub late_by: SignedDuration,
}

/// One scenario of an organization's story.
struct Scene {
    scenario: Scenario,
    /// The first of its kind: it happens in a repository that is audited.
    first: bool,
}

/// An organization while it grows.
struct Growth<'w> {
    world: &'w mut World,
    login: &'w str,
    names: Vec<String>,
    /// How many of them, from the end, become archived.
    archived: usize,
}

/// A policy's fields, in YAML beneath `spec`, for which [`Truth::extended`] is declared: release branches, emergencies,
/// an exemption until a month after `now`, and a rule.
pub fn extended_policy(now: Timestamp) -> String {
    let expiry = now.saturating_add(SignedDuration::from_hours(720));
    let expiry = expiry.unwrap_or(now);
    format!(
        r#"  branches: ["@default", "release/*"]
  emergency:
    labels: ["emergency"]
    justificationPattern: "(?im)^justification:\\s*(.+)$"
    reviewWithinSeconds: 86400
  exemptions:
  - name: dependency-updates
    authors: ["app/dependabot"]
    repositories: ["*"]
    reason: "CI-gated updates"
    approvedBy: "ciso@example.com"
    expirationTime: "{expiry}"
  rules:
  - name: ticket
    expression: "change.title.startsWith('Bump ') || change.title.matches('^[A-Z]+-[0-9]+')"
    message: "the title names no ticket"
    severity: Warning
"#
    )
}

// === impl SeedOptions ===

impl Default for SeedOptions {
    /// Forty merges in three repositories of `acme`, in the day that ends now.
    fn default() -> Self {
        Self {
            organizations: vec!["acme".to_owned()],
            repositories: 3,
            pull_requests: 40,
            until: crate::clock::now(),
            span: SignedDuration::from_hours(20),
            late_by: SignedDuration::ZERO,
        }
    }
}

impl World {
    /// Grows a world. Every kind of merge appears once before any repeats by chance, from some hundred and twenty merges on
    /// all of them; the last repository of an organization is archived if there are three or more, and what merged in it is
    /// out of scope.
    pub fn seeded(seed: u64, options: &SeedOptions) -> Self {
        let mut world = Self::new(seed);
        let mut chance = Chance::new(seed);
        world.mannequin(PLACEHOLDER);
        // Servers differ in whether GitHub's own commits are linked to an account.
        if seed % 2 == 1 {
            world.user("web-flow");
        }
        for login in &options.organizations {
            let mut growth = Growth::begin(&mut world, login, options);
            growth.grow(&mut chance, options);
            growth.archive();
        }
        late::arrive(&mut world, seed, options.late_by);
        world
    }
}

// === impl Growth ===

impl<'w> Growth<'w> {
    fn begin(world: &'w mut World, login: &'w str, options: &SeedOptions) -> Self {
        let names: Vec<String> = (0..options.repositories).map(repository_name).collect();
        let mut organization = world.organization(login);
        for name in &names {
            let visibility = match name.as_str() {
                "website" => Visibility::Public,
                _ => Visibility::Private,
            };
            let repository = organization
                .repository(name)
                .visibility(visibility)
                .writers(&WRITERS)
                .readers(&READERS)
                .permit(&["admin"], Permission::Admin);
            if name == TRUNK {
                let _ = repository.default_branch("trunk");
            }
        }
        Self {
            world,
            login,
            archived: usize::from(names.len() >= 3),
            names,
        }
    }

    fn grow(&mut self, chance: &mut Chance, options: &SeedOptions) {
        let mut times = merge_times(chance, options).into_iter();
        for scene in plot(chance, options.pull_requests) {
            if times.len() * 2 <= options.pull_requests {
                self.rename();
            }
            let spared = if scene.first { self.archived } else { 0 };
            let name = &self.names[chance.below(self.names.len() - spared)];
            let Some(cast) = cast(chance, &mut times, &scene.scenario) else {
                return;
            };
            let mut organization = self.world.organization(self.login);
            scene
                .scenario
                .happen(&mut organization.repository(name), &cast);
        }
    }

    fn rename(&mut self) {
        let (from, to) = RENAMED;
        if let Some(name) = self.names.iter_mut().find(|name| *name == from) {
            self.world.rename_repository(self.login, from, to);
            to.clone_into(name);
        }
    }

    fn archive(self) {
        let kept = self.names.len() - self.archived;
        for name in &self.names[kept..] {
            let _ = self
                .world
                .organization(self.login)
                .repository(name)
                .archived();
            let lost =
                |truth: &&mut Truth| truth.organization == self.login && truth.repository == *name;
            let truths = self.world.truth.iter_mut().filter(lost);
            truths.for_each(Truth::leave_scope);
        }
    }
}

/// What happens, in its order: so many merges.
fn plot(chance: &mut Chance, merges: usize) -> Vec<Scene> {
    let mut kinds = scenarios();
    let long = kinds.iter().filter(|kind| kind.is_long()).count();
    let short = kinds.len() - long;
    chance.shuffle(&mut kinds[..short]);
    let chances: Vec<usize> = kinds.iter().map(|kind| kind.weight).collect();
    let mut first = kinds.clone().into_iter();
    let (mut scenes, mut left) = (Vec::new(), merges);
    while left > 0 {
        let fresh = first.next();
        let scene = Scene {
            first: fresh.is_some(),
            scenario: fresh.unwrap_or_else(|| kinds[chance.weighted(&chances)]),
        };
        if scene.scenario.merges() <= left {
            left -= scene.scenario.merges();
            scenes.push(scene);
        }
    }
    chance.shuffle(&mut scenes);
    scenes
}

fn repository_name(index: usize) -> String {
    REPOSITORIES
        .get(index)
        .map_or_else(|| format!("service-{index}"), |name| (*name).to_owned())
}

/// Times in ascending order, in whole seconds, so that each merge builds on the one before.
fn merge_times(chance: &mut Chance, options: &SeedOptions) -> Vec<Timestamp> {
    let span = usize::try_from(options.span.as_secs()).unwrap_or_default();
    let until = options.until.as_second();
    let ago = |chance: &mut Chance| i64::try_from(chance.below(span + 1)).unwrap_or_default();
    let mut seconds: Vec<i64> = (0..options.pull_requests)
        .map(|_| until - ago(chance))
        .collect();
    seconds.sort_unstable();
    seconds
        .into_iter()
        .filter_map(|second| Timestamp::from_second(second).ok())
        .collect()
}

/// Who plays; what belongs together is merged in one second.
fn cast(chance: &mut Chance, times: &mut IntoIter<Timestamp>, scenario: &Scenario) -> Option<Cast> {
    let merged_at = times.nth(scenario.merges() - 1)?;
    let first = chance.below(WRITERS.len());
    let methods = [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
    Some(Cast {
        author: WRITERS[first],
        reviewer: WRITERS[(first + 1 + chance.below(2)) % WRITERS.len()],
        second: WRITERS[(first + 3 + chance.below(2)) % WRITERS.len()],
        reader: READERS[chance.below(READERS.len())],
        merged_at,
        method: methods[chance.below(methods.len())],
        ticket: format!("PAY-{}", 1000 + chance.below(9000)),
    })
}
