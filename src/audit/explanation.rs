//! Why a change gets its verdict, for people: requirement by requirement, review by review, commit by commit.
//!
//! Decides nothing: what it says follows from the same assessment as the verdict.

mod commit;
mod requirement;
mod review;

use serde::Serialize;

use super::approval::Assessment;
use super::evaluate::Judge;
use super::facts::PullRequest;
use super::verdict::Verdict;

pub use commit::CommitPeople;
pub use requirement::{Fulfilment, RequirementAnswer};
pub use review::{ReviewAnswer, Worth};

/// Why a change gets its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// What it is judged to be, by the requirements at hand.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// What was demanded, and whether it is there; also of an exempt change, where it decides nothing.
    pub requirements: Vec<RequirementAnswer>,
    /// Every review by its time, and what it is worth.
    pub reviews: Vec<ReviewAnswer>,
    /// Every commit that GitHub lists, and who is behind it.
    pub commits: Vec<CommitPeople>,
    /// How many commits there are; more than are listed where GitHub does not list them all.
    pub commits_total: i64,
}

impl Judge {
    /// Why [`Judge::evaluate`] says what it says of this pull request.
    pub fn explain(&self, pull: &PullRequest) -> Explanation {
        let assessment = Assessment::of(self.requirements(), pull);
        let verdict = self.evaluate(pull);
        Explanation {
            requirements: requirement::answers(&assessment, &verdict),
            reviews: review::answers(&assessment),
            commits: commit::people(pull),
            commits_total: pull.commits_total,
            verdict,
        }
    }
}

#[cfg(test)]
mod tests;
