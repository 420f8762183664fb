//! `mergeaudit backtest`: judges what merged in a past window by a policy, or the same facts by two. It asks GitHub as a scan
//! does; it archives nothing, and alerts nobody.

mod difference;
mod period;
mod report;

use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use super::outcome::{Change, Counts, OrganizationOutcome, Outcome};
use super::progress::Progress;
use super::render::Format;
use super::source::Source;
use super::{Exit, archive};
use crate::audit::facts::PullRequest;
use crate::audit::verdict::Verdict;
use crate::clock::Clock;
use crate::github::Client;
use crate::scan::{self, Assignment, Surveyed};
use crate::schedule::window::Window;

use difference::{Comparison, Difference, Opinions};
use period::{Period, Start};
use report::{Against, Report};

/// How many organizations are read at once.
const SIDE_BY_SIDE: usize = 4;

const AFTER_HELP: &str = "\
What GitHub tells only as of now counts as far as it can be known of then: a reviewer who may not write today may have been \
able to at a merge of more than a day ago, and such a change is undetermined.

Environment:
  GITHUB_TOKEN  GitHub's token; --token-file goes before it

Exit codes, by the policy of --file:
  0  clean
  1  non-compliant changes found
  2  something undetermined, or an organization or a part of it not read
  3  wrong usage, or nothing could be read

Examples:
  GITHUB_TOKEN=… mergeaudit backtest -f policy.yaml --since 30d
  GITHUB_TOKEN=… mergeaudit backtest -f policy.yaml --since 2026-10-01 --until 2026-11-01 -o json
  GITHUB_TOKEN=… mergeaudit backtest -f policy.yaml --since 7d --against stricter.yaml -o markdown";

/// Arguments of `mergeaudit backtest`.
#[derive(Debug, clap::Args)]
#[expect(clippy::doc_markdown, reason = "a terminal shows these comments")]
#[command(after_help = AFTER_HELP)]
pub(super) struct Args {
    /// A file with one AuditPolicy, as it would be applied to a cluster; its schedule and credentialsRef are not used
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    file: PathBuf,

    /// From when on: a date (its first moment in UTC), a time such as 2026-11-01T12:00:00Z, or how long before the end, such as 12h or 30d
    #[arg(long, value_name = "TIME|SPAN", allow_hyphen_values = true)]
    since: Start,

    /// Until when, that moment not included: a date or a time; now where absent
    #[arg(long, value_name = "TIME", value_parser = period::moment)]
    until: Option<Timestamp>,

    /// A second policy: the same facts are judged by it too, and what would change is printed
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,

    #[command(flatten)]
    source: Source,

    /// How to print the result, to standard output
    #[arg(short = 'o', long, default_value = "table", value_name = "FORMAT")]
    output: Format,

    /// List compliant changes too, not only the others
    #[arg(long)]
    all: bool,
}

/// What is asked of every organization.
struct Question {
    client: Client,
    period: Period,
    /// Whether there is a second policy.
    compared: bool,
    all: bool,
}

/// What came of one organization.
struct Answer {
    outcome: OrganizationOutcome,
    /// By the second policy.
    against: Counts,
    differences: Vec<Difference>,
}

pub(super) async fn run(args: Args) -> anyhow::Result<Exit> {
    let period = Period::new(args.since, args.until);
    period.window(Clock::System.now())?;
    let plan = args.source.plan(&args.file)?;
    let other = args.against.as_deref();
    let other = other.map(|file| args.source.plan(file)).transpose()?;
    let comparison = Comparison::new(&plan, other.as_ref())?;
    let progress = Arc::new(Progress::start());
    let question = Question {
        client: args.source.client(&plan, other.as_ref(), &progress)?,
        period,
        compared: other.is_some(),
        all: args.all,
    };
    let assignments = plan.assignments.iter();
    let answers = assignments.map(|it| question.ask(it, comparison.assignment(&it.organization)));
    let answers: Vec<Answer> = futures::stream::iter(answers)
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    progress.end();
    let report = report_of(&plan.key.name, other.map(|it| it.key.name), answers);
    archive::print(&report.text(args.output)?)?;
    Ok(report.outcome.exit())
}

fn report_of(policy: &str, other: Option<String>, answers: Vec<Answer>) -> Report {
    let (mut organizations, mut differences) = (Vec::new(), Vec::new());
    let mut totals = Counts::default();
    for answer in answers {
        organizations.push(answer.outcome);
        totals.add(&answer.against);
        differences.extend(answer.differences);
    }
    let compared = other.is_some();
    Report {
        outcome: Outcome::new(policy.to_owned(), organizations),
        against: other.map(|policy| Against { policy, totals }),
        differences: compared.then_some(differences),
    }
}

// === impl Question ===

impl Question {
    /// One organization; its failure is part of the result, so that it hides none of the others.
    async fn ask(&self, assignment: &Assignment, other: Option<&Assignment>) -> Answer {
        let organization = &assignment.organization;
        tracing::info!(organization, "reading");
        match self.read(assignment, other).await {
            Ok(answer) => answer,
            Err(error) => {
                let error = format!("{error:#}");
                tracing::error!(organization, error, "the organization was not read");
                Answer::new(OrganizationOutcome::failed(organization, error))
            }
        }
    }

    async fn read(
        &self,
        assignment: &Assignment,
        other: Option<&Assignment>,
    ) -> anyhow::Result<Answer> {
        let what = format!("organization {} could not be read", assignment.organization);
        let client = self.client.for_organization(&assignment.organization);
        let organization = client.organization(&assignment.organization).await;
        let organization = anyhow::Context::context(organization, what)?;
        let window = self.period.window(organization.github_time)?;
        let mut answer = Answer::new(OrganizationOutcome::judged(assignment, window));
        let judges = Judges {
            host: client.endpoint().host(),
            window,
            assignment,
            other,
        };
        let mut found = std::pin::pin!(scan::survey(&client, &organization.to_fact(), window));
        while let Some(surveyed) = found.try_next().await? {
            match surveyed {
                Surveyed::Merged(pull) => self.note(judges.opinions(&pull), &mut answer),
                Surveyed::Owed(debt) => answer.outcome.debts.push(debt),
            }
        }
        Ok(answer)
    }

    fn note(&self, opinions: Opinions, answer: &mut Answer) {
        if self.compared {
            answer.differences.extend(Difference::between(&opinions));
        }
        if let Some(record) = opinions.after {
            answer.against.count(&record);
        }
        let Some(record) = opinions.before else {
            return;
        };
        answer.outcome.totals.count(&record);
        if self.all || record.verdict != Verdict::Compliant {
            answer.outcome.changes.push(Change::from_record(record));
        }
    }
}

/// Who judges the changes of one organization.
struct Judges<'a> {
    host: &'a str,
    window: Window,
    assignment: &'a Assignment,
    /// What the second policy asks for there, if there is one and it does not leave the organization out.
    other: Option<&'a Assignment>,
}

// === impl Judges ===

impl Judges<'_> {
    fn opinions(&self, pull: &PullRequest) -> Opinions {
        let judge = |it: &Assignment| it.judge_alone(self.host, self.window.since, pull);
        Opinions {
            before: judge(self.assignment),
            after: self.other.and_then(judge),
        }
    }
}

// === impl Answer ===

impl Answer {
    fn new(outcome: OrganizationOutcome) -> Self {
        Self {
            outcome,
            against: Counts::default(),
            differences: Vec::new(),
        }
    }
}
