//! A world grown from a seed: organizations with every kind of merge, each with its declared truth.
mod scenario;

use jiff::{SignedDuration, Timestamp};

use self::scenario::{Cast, SCENARIOS, Scenario};
use super::{
    MergeMethod, Permission, Truth, Verdict, Visibility, World, builder::RepositoryBuilder,
};

/// People with write permission in every seeded repository.
pub const WRITERS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// People who may only read.
pub const READERS: [&str; 2] = ["rita", "rob"];
/// Names of repositories; after the last one they get numbers.
const REPOSITORIES: [&str; 6] = [
    "payments",
    "ledger",
    "website",
    "infrastructure",
    "mobile",
    "sandbox",
];

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
    /// The first merge is at most this long before the last.
    pub span: SignedDuration,
}

/// A small, repeatable source of numbers (`SplitMix64`): the same seed grows the same world everywhere.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        value ^ (value >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound.max(1) as u64).unwrap_or_default()
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

impl World {
    /// Grows a world. Every scenario appears once before any repeats by chance; the last repository of an organization
    /// is archived if there are three or more, and what merged in it is out of scope.
    pub fn seeded(seed: u64, options: &SeedOptions) -> Self {
        let mut world = Self::new(seed);
        let mut random = Random(seed);
        for login in &options.organizations {
            grow_organization(&mut world, &mut random, login, options);
        }
        world
    }
}

fn grow_organization(world: &mut World, random: &mut Random, login: &str, options: &SeedOptions) {
    let mut organization = world.organization(login);
    let names: Vec<String> = (0..options.repositories).map(repository_name).collect();
    for name in &names {
        let visibility = if name == "website" {
            Visibility::Public
        } else {
            Visibility::Private
        };
        let _ = organization
            .repository(name)
            .visibility(visibility)
            .writers(&WRITERS)
            .readers(&READERS)
            .permit(&["admin"], Permission::Admin);
    }
    let archived = names.last().filter(|_| names.len() >= 3);
    let times = merge_times(random, options);
    for (index, merged_at) in times.into_iter().enumerate() {
        let first_round = SCENARIOS.get(index).copied();
        let scenario = first_round.unwrap_or_else(|| *random.pick(&SCENARIOS));
        // Each kind is at least once in a repository that is audited.
        let spared = usize::from(archived.is_some() && first_round.is_some());
        let name = &names[random.below(names.len() - spared)];
        grow_pull_request(
            &mut organization.repository(name),
            random,
            scenario,
            merged_at,
        );
    }
    if let Some(name) = archived {
        let _ = organization.repository(name).archived();
        let lost = |truth: &&mut Truth| truth.organization == login && truth.repository == *name;
        for truth in world.truth.iter_mut().filter(lost) {
            truth.verdict = Verdict::OutOfScope;
            truth.reasons.clear();
        }
    }
}

fn repository_name(index: usize) -> String {
    REPOSITORIES
        .get(index)
        .map_or_else(|| format!("service-{index}"), |name| (*name).to_owned())
}

/// Times in ascending order, in whole seconds, so that each merge builds on the one before.
fn merge_times(random: &mut Random, options: &SeedOptions) -> Vec<Timestamp> {
    let span = usize::try_from(options.span.as_secs()).unwrap_or_default();
    let until = options.until.as_second();
    let ago = |random: &mut Random| i64::try_from(random.below(span + 1)).unwrap_or_default();
    let mut seconds: Vec<i64> = (0..options.pull_requests)
        .map(|_| until - ago(random))
        .collect();
    seconds.sort_unstable();
    seconds
        .into_iter()
        .filter_map(|second| Timestamp::from_second(second).ok())
        .collect()
}

fn grow_pull_request(
    repository: &mut RepositoryBuilder<'_>,
    random: &mut Random,
    scenario: Scenario,
    merged_at: Timestamp,
) {
    let first = random.below(WRITERS.len());
    let cast = Cast {
        author: WRITERS[first],
        reviewer: WRITERS[(first + 1 + random.below(2)) % WRITERS.len()],
        second: WRITERS[(first + 3 + random.below(2)) % WRITERS.len()],
        reader: READERS[random.below(READERS.len())],
        merged_at,
    };
    let methods = [MergeMethod::Merge, MergeMethod::Squash, MergeMethod::Rebase];
    let title = format!("{}-{}: {}", "PAY", 100 + random.below(900), scenario.title);
    let pull_request = repository
        .pull_request(&title)
        .author(cast.author)
        .merged_by(cast.author)
        .method(*random.pick(&methods))
        .merged_at(merged_at);
    (scenario.tell)(pull_request, &cast);
}
