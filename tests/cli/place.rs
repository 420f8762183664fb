//! A directory, a GitHub, and the binary between them.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jiff::{SignedDuration, Timestamp};
use mergeaudit_test_github::{MergeNow, SeedOptions, Simulator, World};
use serde_json::Value;

/// A token that no other text contains.
pub(crate) const TOKEN: &str = "ghp_thisTokenMustNeverBeSeen0123456789ab";

/// The binary, with nothing in its environment.
pub(crate) fn mergeaudit() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergeaudit"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// A directory with the policy `soc2`, beside a served world.
pub(crate) struct Place {
    pub(crate) directory: tempfile::TempDir,
    pub(crate) github: Simulator,
    passed: Cell<SignedDuration>,
}

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

// === impl Ended ===

impl Ended {
    /// It was refused: code 3, nothing on standard output, and these words on standard error.
    #[track_caller]
    pub(crate) fn assert_refused(&self, words: &[&str]) {
        let Self { stderr, .. } = self;
        assert_eq!((self.code, self.stdout.as_str()), (3, ""), "{stderr}");
        for word in words {
            assert!(stderr.contains(word), "{word:?} is not in {stderr:?}");
        }
    }

    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What was printed as JSON, after an end with this code.
    #[track_caller]
    pub(crate) fn json(&self, code: i32) -> Value {
        assert_eq!(self.code, code, "{}{}", self.stdout, self.stderr);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Everything that was said.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

// === impl Place ===

impl Place {
    /// Serves the world; the policy audits these organizations, the token sees those of them that exist.
    pub(crate) fn new(mut world: World, organizations: &[&str]) -> Self {
        let existing: Vec<String> = world
            .organizations
            .iter()
            .map(|organization| organization.login.clone())
            .collect();
        let mut token = world.token(TOKEN);
        for login in &existing {
            token.organization(login);
        }
        let place = Self {
            directory: tempfile::tempdir().unwrap(),
            github: Simulator::start(world).unwrap(),
            passed: Cell::new(SignedDuration::ZERO),
        };
        place.write("policy.yaml", &place.policy(organizations));
        place
    }

    /// The smallest policy for these organizations.
    pub(crate) fn policy(&self, organizations: &[&str]) -> String {
        let names = organizations
            .iter()
            .map(|name| format!("  - name: {name}\n"));
        format!(
            "apiVersion: mergeaudit.io/v1alpha1\nkind: AuditPolicy\nmetadata: {{name: soc2}}\nspec:\n  \
             schedule: \"*/15 * * * *\"\n  github:\n    apiUrl: {}\n    credentialsRef: {{name: github}}\n  organizations:\n{}",
            self.github.url(),
            names.collect::<String>()
        )
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.directory.path().join(name), text).unwrap();
    }

    /// `mergeaudit scan` of a file, with token and allowed host.
    pub(crate) fn command(&self, file: &str, arguments: &[&str]) -> Command {
        self.asking("scan", &[&["-f", file], arguments].concat())
    }

    /// A command that asks GitHub, with token and allowed host.
    pub(crate) fn asking(&self, command: &str, arguments: &[&str]) -> Command {
        let name = command;
        let host = self.github.url().replace("http://", "");
        let mut command = mergeaudit();
        command
            .current_dir(self.directory.path())
            .env("GITHUB_TOKEN", TOKEN)
            .args([name, "--allowed-github-hosts", &host])
            .args(arguments);
        command
    }

    pub(crate) fn scan(&self, arguments: &[&str]) -> Ended {
        Ended::of(&mut self.command("policy.yaml", arguments))
    }

    /// A scan's result as JSON, after an end with this code.
    #[track_caller]
    pub(crate) fn result(&self, code: i32, arguments: &[&str]) -> Value {
        let arguments = [&["-o", "json"], arguments].concat();
        self.scan(&arguments).json(code)
    }

    /// Lets GitHub's clock run on, so that what happens from now on is clearly later.
    pub(crate) fn minutes_pass(&self, minutes: i64) {
        let offset = self.passed.get() + SignedDuration::from_mins(minutes);
        self.passed.set(offset);
        self.github.set_clock_offset(offset);
    }

    /// Merges something now.
    pub(crate) fn merge(&self, repository: &str, approved_by: &[&str]) -> u64 {
        let what = MergeNow {
            organization: "acme".to_owned(),
            repository: repository.to_owned(),
            title: "Change".to_owned(),
            author: "alice".to_owned(),
            approved_by: approved_by.iter().map(|&who| who.to_owned()).collect(),
            ..MergeNow::default()
        };
        self.github.merge(&what).unwrap()
    }

    /// The directory of an organization's chain.
    pub(crate) fn chain(&self, organization: &str) -> PathBuf {
        let id = self
            .github
            .world()
            .find_organization(organization)
            .unwrap()
            .id;
        let archive = self.directory.path().join("mergeaudit-evidence");
        archive.join(format!("default/soc2/{id}"))
    }

    /// The bytes of an entry.
    pub(crate) fn entry(&self, organization: &str, sequence: &Value) -> Vec<u8> {
        let name = format!("entries/{:020}.json", sequence.as_u64().unwrap());
        fs::read(self.chain(organization).join(name)).unwrap()
    }
}

/// A while before now, by the simulator's clock; in whole seconds, as GitHub's times are.
pub(crate) fn minutes_ago(minutes: i64) -> Timestamp {
    let time = mergeaudit_test_github::now() - SignedDuration::from_mins(minutes);
    Timestamp::from_second(time.as_second()).unwrap()
}

/// Every kind of merge, within the last hours.
pub(crate) fn seeded(seed: u64, organizations: &[&str], pull_requests: usize) -> World {
    let options = SeedOptions {
        organizations: organizations.iter().map(|&name| name.to_owned()).collect(),
        repositories: 4,
        pull_requests,
        until: minutes_ago(90),
        span: SignedDuration::from_hours(18),
        ..SeedOptions::default()
    };
    World::seeded(seed, &options)
}

/// An organization `acme` with one reviewed merge in `payments`.
pub(crate) fn clean() -> World {
    let mut world = World::new(7);
    reviewed(&mut world, "acme");
    world
}

/// Adds an organization with one reviewed merge in `payments`.
pub(crate) fn reviewed(world: &mut World, organization: &str) {
    let mut organization = world.organization(organization);
    let mut payments = organization
        .repository("payments")
        .writers(&["alice", "bob"]);
    let _ = payments
        .merged_pull_request("Round to even")
        .author("alice")
        .approved_by("bob")
        .merged_at(minutes_ago(180))
        .compliant();
}

/// All files under a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let nested = paths.map(|path| {
        if path.is_dir() {
            files(&path)
        } else {
            vec![path]
        }
    });
    nested.flatten().collect()
}
